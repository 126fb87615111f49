// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The one configuration file of a host, `/etc/uptide/uptide.toml`. What it may say is the schema below, and
 * nothing else: a key that nobody reads is a wish that nobody fulfils, so it is refused with the name that was
 * probably meant. Everything that is wrong is told at once.
 */
import { fields, MAX_LATE_DAYS } from '@uptide/stream';
import { parse, TomlDate, TomlError } from 'smol-toml';
import { z } from 'zod';
import { HostError } from '../error.ts';
import { CHANNEL_NAMES, CHANNELS } from './channel.ts';
import { nearest } from './hint.ts';
import { readBytes, readSpan } from './units.ts';
import { isTimeZone, readWindow } from './window.ts';

/** The documented default has 4 kB; nobody writes so much by hand. */
export const MAX_CONFIGURATION_BYTES = 256 * 1024;
/** Inline tables and arrays; the schema needs two. */
const MAX_DEPTH = 8;
/** Nobody mirrors a stream so often, and nobody plans so many windows. */
const MAX_LIST = 100;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const path = z
  .string()
  .max(4096)
  .regex(/^\/[^\0]*$/, 'it is a path that begins with /');

function span(least: number, most: number): z.ZodType<number, string> {
  return z
    .string()
    .transform((text) => readSpan(text) ?? Number.NaN)
    .refine(
      (value) => value >= least && value <= most,
      `it is a span such as 30s, 15min, 48h or 7d, from ${least / 1000}s to ${most / 1000}s`,
    );
}

const address = z
  .string()
  .max(2048)
  .refine(
    isStreamAddress,
    'it is the address of a stream, https://..., http://... or file:///..., or the path of a folder',
  );

const asOf = z
  .union([z.instanceof(TomlDate), z.string()])
  .transform((value) => readMoment(value) ?? Number.NaN)
  .refine((value) => !Number.isNaN(value), 'it is a day such as 2026-10-01, or a moment with its time zone');

const window = z.string().transform((text, context) => {
  const value = readWindow(text);
  if (value !== undefined) return value;
  context.addIssue('it has the form "Mon-Fri 02:00-05:00", "Sat,Sun 00:00-24:00" or "daily 22:00-04:00"');
  return z.NEVER;
});

const sections = {
  stream: z.strictObject({
    url: address.optional(),
    mirrors: z.array(address).max(MAX_LIST).default([]),
    distribution: fields.distribution.optional(),
    offline: span(0, MAX_LATE_DAYS * DAY).optional(),
  }),
  policy: z.strictObject({
    mode: z.enum(['auto', 'ask', 'off']).default('ask'),
    channel: z.enum(CHANNEL_NAMES).default('normal'),
    delay: span(0, 365 * DAY).optional(),
    'as-of': asOf.optional(),
    pin: fields.level.optional(),
    hold: z
      .union([fields.level.transform((level) => [level]), z.array(fields.level).max(MAX_LIST)])
      .default([]),
    severity: fields.severity.optional(),
    windows: z.array(window).max(MAX_LIST).default([]),
    'time-zone': z.string().refine(isTimeZone, 'no time zone of that name is known').optional(),
    'ignore-waves': z.boolean().optional(),
  }),
  network: z.strictObject({
    proxy: z
      .string()
      .max(2048)
      .refine(isProxy, 'it is none, http://HOST:PORT or socks5://HOST:PORT')
      .optional(),
    ca: path.optional(),
    bandwidth: z
      .string()
      .transform((text) => readBytes(text) ?? 0)
      .refine((value) => value >= 1000, 'it is an amount for each second, such as 500kB or 2MB')
      .optional(),
    timeout: span(1000, 60 * MINUTE).default(30_000),
    'check-interval': span(15 * MINUTE, 30 * DAY).default(60 * MINUTE),
  }),
  safety: z.strictObject({
    probation: span(15 * MINUTE, 30 * DAY).default(DAY),
    'transition-limit': span(5000, 60 * MINUTE).default(MINUTE),
    match: z.enum(['required', 'when-readable']).default('required'),
  }),
  report: z.strictObject({ prometheus: path.optional(), openvex: path.optional() }),
  module: z.strictObject({ key: path.optional(), certificate: path.optional() }),
};

/** Every section may be left out, and then has its defaults. */
const configurationSchema = z.strictObject({
  stream: sections.stream.prefault({}),
  policy: sections.policy
    .transform((policy) => ({
      ...policy,
      delay: policy.delay ?? CHANNELS[policy.channel].delay,
      'ignore-waves': policy['ignore-waves'] ?? CHANNELS[policy.channel].ignoreWaves,
    }))
    .prefault({}),
  network: sections.network.prefault({}),
  safety: sections.safety.prefault({}),
  report: sections.report.prefault({}),
  module: sections.module
    .refine(
      ({ key, certificate }) => (key === undefined) === (certificate === undefined),
      'key and certificate belong together',
    )
    .prefault({}),
});

/** The keys of each section. */
export const CONFIGURATION_KEYS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(sections).map(([name, schema]) => [name, Object.keys(schema.shape)]),
);

/** What the keeper of a host wants. Spans are in milliseconds, moments in milliseconds since 1970. */
export type Configuration = z.infer<typeof configurationSchema>;

/**
 * Reads a configuration.
 *
 * @param file its path, for messages.
 * @throws HostError HOST_CONFIG_INVALID with everything that is wrong.
 */
export function parseConfiguration(text: string, file: string): Configuration {
  if (Buffer.byteLength(text) > MAX_CONFIGURATION_BYTES) {
    throw invalid(`it is larger than ${MAX_CONFIGURATION_BYTES} bytes`, { file });
  }
  const read = configurationSchema.safeParse(readToml(text, file));
  if (read.success) return read.data;
  throw invalid(read.error.issues.flatMap(describeIssue).join('\n'), { file });
}

function readToml(text: string, file: string): unknown {
  try {
    return parse(text, { maxDepth: MAX_DEPTH, unsafeKeyBehaviour: 'throw' });
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    // The first line says what is wrong; the others quote the file.
    const reason = cause.message.replace(/^Invalid TOML document: /, '').split('\n')[0] ?? '';
    throw invalid(reason, { file, line: cause.line }, cause);
  }
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  const where = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') return [`${where.join('.')}: ${issue.message}`];
  const known = keysOf(where[0]);
  return issue.keys.map((key) => {
    const meant = nearest(key, known);
    const name = [...where, key].join('.');
    const hint = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean ${meant}?`;
    return `${name}: there is no such key; ${hint}`;
  });
}

function keysOf(section: string | undefined): readonly string[] {
  return CONFIGURATION_KEYS.get(section ?? '') ?? [...CONFIGURATION_KEYS.keys()];
}

/** A day counts to its end in UTC: what was published on it is in. */
function readMoment(value: TomlDate | string): number | undefined {
  const text = typeof value === 'string' ? value : value.toISOString();
  if (/^\d{4}-\d\d-\d\d$/.test(text)) {
    const start = Date.parse(`${text}T00:00:00Z`);
    return Number.isNaN(start) ? undefined : start + DAY - 1;
  }
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  return Date.parse(text.replace(' ', 'T'));
}

function isStreamAddress(text: string): boolean {
  if (text.startsWith('/')) return !text.includes('\0');
  return /^(?:https?|file):\/\//.test(text) && URL.canParse(text);
}

function isProxy(text: string): boolean {
  return text === 'none' || (/^(?:https?|socks5h?):\/\//.test(text) && URL.canParse(text));
}

function invalid(reason: string, place: { file: string; line?: number }, cause?: unknown): HostError {
  return new HostError('HOST_CONFIG_INVALID', reason, { place, cause });
}
