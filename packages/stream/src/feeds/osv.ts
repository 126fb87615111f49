// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Records in the Open Source Vulnerability format (ossf.github.io/osv-schema, 1.7.5), one a fix: this exact
 * version of the kernel package has these faults, and a live update of this level closes them.
 *
 * A record lists the one package version as affected and has no range: a live update changes no version, so no
 * event of a range can say that it is fixed. Which level fixes it stands in `ecosystem_specific`. CVEs are
 * `upstream`, not `aliases`: the record speaks of one build of one distribution.
 */
import type { IndexedLevel, KernelIndex } from '../formats/index-file.ts';
import type { LevelFix } from '../update/schema.ts';
import { noteMoment } from './dates.ts';
import type { FeedInput, KernelPackage } from './model.ts';
import { lastNotes } from './notes.ts';
import { kernelPurl, osvPackage } from './package-url.ts';
import { webAddress } from './web-address.ts';

/** A record and its id, by which its file is named. */
export interface OsvRecord {
  readonly id: string;
  readonly record: object;
}

/** What is fixed at a level and not before it. */
interface NewFix {
  readonly level: IndexedLevel;
  /** Tells it from the other new fixes of the level; the same for ever. */
  readonly place: string;
  readonly fix: Pick<LevelFix, 'title' | 'cves' | 'advisory' | 'severity'>;
  readonly published: string;
}

/** Enough of a build id to tell the builds of a release from each other. */
const BUILD_DIGITS = 8;

/** The records of a kernel, by level; none for a distribution that OSV has no word for. */
export function osvRecords(input: FeedInput): OsvRecord[] {
  const { distribution, package: ofKernel } = input.index;
  const affected = osvPackage(distribution);
  if (affected === undefined || ofKernel === undefined) return [];
  return [...listedFixes(input.index), ...notedFixes(input)].map((one) => ({
    id: recordId(input.index, one),
    record: recordOf(input, affected, ofKernel, one),
  }));
}

function recordOf(
  { index, publisher }: FeedInput,
  affected: object,
  { name, version }: KernelPackage,
  { level, fix, published, ...rest }: NewFix,
): object {
  const { withdrawn } = level;
  const { release, buildId } = index.kernel;
  const address = webAddress(fix.advisory);
  return {
    schema_version: '1.7.5',
    id: recordId(index, { level, fix, published, ...rest }),
    published,
    modified: withdrawn?.date ?? published,
    ...(withdrawn === undefined ? {} : { withdrawn: withdrawn.date }),
    upstream: [...fix.cves].sort(),
    summary: fix.title,
    details: [
      `Live update level ${level.level} of kernel ${release} closes this without a reboot.`,
      ...(fix.advisory === undefined || address !== undefined ? [] : [`Advisory: ${fix.advisory}`]),
    ].join('\n\n'),
    affected: [
      {
        package: affected,
        versions: [version],
        ecosystem_specific: {
          binaries: [{ name, version, purl: kernelPurl(index.distribution, { name, version }) }],
          kernel: { release, build_id: buildId },
          live_update: { level: level.level, id: level.id, sha256: level.sha256 },
          ...(fix.severity === undefined ? {} : { severity: fix.severity }),
        },
      },
    ],
    ...(address === undefined ? {} : { references: [{ type: 'ADVISORY', url: address }] }),
    database_specific: {
      publisher: publisher.name,
      ...(publisher.home === undefined ? {} : { home: publisher.home }),
    },
  };
}

/** `x_` begins the prefixes of databases that are not registered with OSV. */
function recordId({ distribution, kernel }: KernelIndex, { level, place }: NewFix): string {
  const build = kernel.buildId.slice(0, BUILD_DIGITS);
  return `x_UPTIDE-${distribution}-${kernel.release}-${build}-${level.level}.${place}`;
}

/** What each level fixes and no level before it. */
function listedFixes({ levels }: KernelIndex): NewFix[] {
  const seen = new Set<string>();
  const seenCves = new Set<string>();
  return levels.flatMap((level) => {
    const fixes = level.fixes.filter(({ id }) => !seen.has(id));
    // An update made without a series names CVEs and no fixes.
    const named = new Set(level.fixes.flatMap(({ cves }) => cves));
    const unnamed = level.cves.filter((cve) => !named.has(cve) && !seenCves.has(cve));
    for (const { id } of fixes) seen.add(id);
    for (const cve of level.cves) seenCves.add(cve);
    const all = [...fixes, ...(unnamed.length === 0 ? [] : [{ ...ofLevel(level), cves: unnamed }])];
    return all
      .map((fix, at) => ({ level, place: String(at + 1), fix, published: level.date }))
      .filter(({ fix }) => fix.cves.length > 0);
  });
}

/** CVEs that got their number after the level that fixes them was published. */
function notedFixes({ index, notes }: FeedInput): NewFix[] {
  return [...lastNotes(notes).values()].flatMap((note) => {
    const level = index.levels.find((one) => note.status === 'fixed' && one.level === note.since);
    if (level === undefined || level.cves.includes(note.cve)) return [];
    const { cve, reference, severity } = note;
    const fix = {
      title: level.title,
      cves: [cve],
      ...(reference === undefined ? {} : { advisory: reference }),
      ...(severity === undefined ? {} : { severity }),
    };
    return [{ level, place: cve, fix, published: noteMoment(note) }];
  });
}

function ofLevel({ title, severity }: IndexedLevel): Omit<NewFix['fix'], 'cves'> {
  return severity === undefined ? { title } : { title, severity };
}
