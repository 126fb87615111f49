// SPDX-License-Identifier: GPL-2.0-or-later
import { CATALOGUE, type Code, type ExitName, type Finding, fileDigest, type Place } from '@uptide/base';
import { ElfError, locateDifference, readObject } from '@uptide/elf';
import type { CreateOutcome } from '@uptide/forge';
import { type Description, decodeUpdate, encodeUpdate, type Update } from '@uptide/stream';
import { printable } from '../shell/lines.ts';
import { describeFindings } from './findings.ts';
import { isRemade } from './origin.ts';
import { summarizeProof } from './proof-summary.ts';

/** `intact`: the file is whole. `same`: it is what a rebuild gives. `differs`: it is not what it says. */
export type Verdict = 'intact' | 'same' | 'differs';

/** What a verification came to. */
export interface Verification {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** Files of the update that a rebuild does not make: they are no part of what was compared. */
  readonly notRebuilt: readonly string[];
}

/** Judges an update whose own digests hold, without a rebuild. */
export function verifyProof({ description, module, proof }: Update): readonly Finding[] {
  if (proof === undefined) return [];
  const summary = summarizeProof(proof);
  const other = (reason: string): Finding[] => [
    finding('VERIFY_OTHER_PROOF', { file: 'proof.json' }, reason),
  ];
  if (summary === undefined) return other('this is no proof that Uptide writes');
  if (summary.module !== fileDigest(module)) return other(`it is of a module with SHA-256 ${summary.module}`);
  return summary.buildId === description.kernel.buildId
    ? []
    : other(`it is of a kernel with build id ${summary.buildId}`);
}

/** Compares an update with what its own sources gave when it was made again. */
export function compareUpdates(
  given: Update,
  outcome: CreateOutcome,
  rebuilt: Update | undefined,
): Finding[] {
  if (rebuilt === undefined) {
    const refusals = outcome.findings.filter(({ verdict }) => verdict === 'refuse');
    return [...refusals, finding('VERIFY_DIFFERS', {}, `a rebuild ends with: ${outcome.verdict}`)];
  }
  // In the form in which it would be read from a file.
  const again = decodeUpdate(encodeUpdate(rebuilt));
  const found = [...compareModules(given, again), ...compareDescriptions(given, again)];
  if (found.length > 0 || Buffer.compare(remadeBytes(given), remadeBytes(again)) === 0) return found;
  return [finding('VERIFY_DIFFERS', {}, 'the archive is another when it is rebuilt')];
}

/** The files of an update that no rebuild makes. */
export function notRebuilt({ proof, others = [] }: Update): string[] {
  const unknown = others.filter((file) => !isRemade(file)).map(({ path }) => path);
  return proof === undefined ? unknown : ['proof.json', ...unknown];
}

/** How a verification ends: that an update is not what its sources give weighs most. */
export function worstExit(findings: readonly Finding[]): ExitName {
  const codes = new Set(findings.map(({ code }) => code));
  const code = codes.has('VERIFY_DIFFERS') ? 'VERIFY_DIFFERS' : findings[0]?.code;
  return code === undefined ? 'done' : CATALOGUE[code].exit;
}

/** A verification as people read it. */
export function describeVerification(file: string, { verdict, findings, notRebuilt }: Verification): string {
  const rest = verdict === 'same' && notRebuilt.length > 0 ? `not rebuilt: ${notRebuilt.join(', ')}` : '';
  return [printable(`${file}: ${MEANING[verdict]}`), printable(rest), describeFindings(findings)]
    .filter((part) => part !== '')
    .join('\n');
}

const MEANING: Readonly<Record<Verdict, string>> = {
  intact: 'every file in it has its digest; nothing was rebuilt',
  same: 'module and description are, byte for byte, what a rebuild gives',
  differs: 'it is not what it says',
};

/** The bytes of all that a rebuild makes anew: the update without its proof and without what people judged. */
export function remadeBytes({ description, module, patches, others = [] }: Update): Uint8Array {
  return encodeUpdate({
    description: withoutJudgement(description),
    module,
    patches,
    others: others.filter(isRemade),
  });
}

/** Who signed a finding off, and why findings go unjudged, is what people say: no rebuild makes it. */
function withoutJudgement({ unreviewed: _unreviewed, ...description }: Description): Description {
  const findings = description.findings.map(({ signedOff: _signedOff, ...made }) => made);
  return { ...description, findings };
}

function compareModules(given: Update, again: Update): Finding[] {
  if (Buffer.compare(given.module, again.module) === 0) return [];
  const object = given.description.module;
  const difference = locate(given.module, again.module);
  if (difference !== undefined) {
    const { what, ...where } = difference;
    return [finding('VERIFY_DIFFERS', { object, ...where }, `${what} when it is rebuilt`)];
  }
  const first = given.module.findIndex((byte, index) => byte !== again.module[index]);
  const offset = first === -1 ? given.module.length : first;
  return [finding('VERIFY_DIFFERS', { file: `${object}.ko`, offset }, 'another byte when it is rebuilt')];
}

/** Undefined when a module is no object, or when they differ in what is no part of an object. */
function locate(given: Uint8Array, again: Uint8Array): ReturnType<typeof locateDifference> {
  try {
    return locateDifference(readObject(given), readObject(again));
  } catch (error) {
    if (error instanceof ElfError) return undefined;
    throw error;
  }
}

function compareDescriptions(given: Update, again: Update): Finding[] {
  const difference = differentValue(withoutJudgement(given.description), again.description, '');
  return difference === undefined ? [] : [finding('VERIFY_DIFFERS', { file: 'update.json' }, difference)];
}

/** The first place where two JSON values differ, by the order of keys: `kernel.release: "a" or "b"`. */
function differentValue(a: unknown, b: unknown, path: string): string | undefined {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return a === b ? undefined : `${path}: ${shortJson(a)} or ${shortJson(b)} when it is rebuilt`;
  }
  if (Array.isArray(a) !== Array.isArray(b)) return `${path}: a list or none`;
  for (const key of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()) {
    const child = Array.isArray(a) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    const difference = differentValue(own(a, key), own(b, key), child);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function own(value: object, key: string): unknown {
  return Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

/** Enough of a value to know it by. */
const MAX_SHOWN = 120;

function shortJson(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}

function finding(code: Code, place: Place, reason: string): Finding {
  return { code, verdict: 'refuse', place, reason, remedy: CATALOGUE[code].remedy };
}
