// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * What is known of a kernel's CVEs as a document of profile `csaf_vex` (CSAF 2.0, section 4.5).
 *
 * A live update changes no package, so a status of the kernel package alone would be wrong: it would silence a
 * scanner on machines where nothing is live, or accuse those where it is. CSAF can say it right. The kernel is a
 * product, ranges of levels are products, and `levels from 2 on installed_on kernel` is a third (section 3.2.2.4): a
 * CVE that level 2 fixes is `known_affected` for the kernel and for the levels below 2 on it, and `fixed` for those
 * from 2 on. Which of them a machine is, only the machine can say (`uptide status`).
 *
 *   fixed since s      affected: kernel, levels below s (remedy: vendor_fix); fixed: levels from s on
 *   mitigated since s  affected: all; remedy: mitigation, below s by loading it, from s on as long as it is live
 *   not-patchable      affected: all; remedy: none_available, with the reason and what helps instead
 *   not-affected       known_not_affected: all, with the reason as threat `impact` (mandatory test 6.1.27.9)
 *   pending            under_investigation: all
 *
 * Ranges are `vers:intdot/>=2`, without the levels that were withdrawn (`|!=3`). One product a level would make the
 * document grow with levels times CVEs: 1,000 levels and 2,000 CVEs were 94 MB; with ranges they are 3 MB.
 *
 * The revision history has one revision for each moment at which something was said, from the dates of levels and
 * notes; so the document is made from its inputs alone, and made again it is the same.
 *
 * Limits: no scores, since nobody here computes any; a word for the severity stands in a note.
 */
import type { CvesFile } from '../formats/cves-file.ts';
import type { KernelIndex } from '../formats/index-file.ts';
import { cvesFile } from './cves.ts';
import { moments, noteMoment } from './dates.ts';
import type { FeedInput, KernelPackage } from './model.ts';
import { kernelPurl } from './package-url.ts';
import { webAddress } from './web-address.ts';

type CveStatus = CvesFile['cves'][string];

/** The product of the kernel without any level. */
const KERNEL = 'kernel';

/**
 * The document; undefined when there is nothing to say of any CVE, since a VEX without one is not valid, and when the
 * package of the kernel or the address of the publisher is not known.
 */
export function vexDocument(input: FeedInput): object | undefined {
  const { cves } = cvesFile(input);
  const { index, publisher } = input;
  const { package: ofKernel } = index;
  const { home } = publisher;
  if (Object.keys(cves).length === 0 || ofKernel === undefined || home === undefined) return undefined;
  const statements = Object.entries(cves).map(([cve, status]) => ({
    cve,
    status,
    products: productsOf(status, index),
  }));
  const ranges = statements.flatMap(({ products: { below, above } }) => [below, above]);
  return {
    document: documentOf(input, home),
    product_tree: productTree(input, ofKernel, distinct(ranges)),
    vulnerabilities: statements.map(({ cve, status, products }) => vulnerability(cve, status, products)),
  };
}

function documentOf({ index, notes, publisher }: FeedInput, namespace: string): object {
  const { release, buildId } = index.kernel;
  const dates = moments(index, notes);
  return {
    category: 'csaf_vex',
    csaf_version: '2.0',
    distribution: { tlp: { label: 'WHITE' } },
    lang: 'en',
    notes: [
      {
        category: 'general',
        title: 'How to read this',
        text: 'A status of a level holds while that level is live. What is live on a machine, uptide status says on it.',
      },
    ],
    publisher: { category: 'vendor', name: publisher.name, namespace },
    title: `Live updates for kernel ${release} of ${index.distribution} (build id ${buildId})`,
    tracking: {
      id: `uptide-${index.distribution}-${release}-${buildId.slice(0, 8)}`,
      initial_release_date: dates[0],
      current_release_date: dates.at(-1),
      revision_history: dates.map((date, at) => ({
        date,
        number: String(at + 1),
        summary: summaryOf(index, notes, date),
      })),
      status: 'interim',
      version: String(dates.length),
      generator: { engine: { name: 'uptide' } },
    },
  };
}

function summaryOf({ levels, ended }: KernelIndex, notes: FeedInput['notes'], date: string): string {
  const news = [
    ...levels.filter((one) => one.date === date).map(({ level }) => `level ${level} published`),
    ...levels
      .filter(({ withdrawn }) => withdrawn?.date === date)
      .map(({ level }) => `level ${level} withdrawn`),
    ...(ended?.date === date ? ['no more levels will come'] : []),
    ...(notes.some((note) => noteMoment(note) === date) ? ['CVEs judged'] : []),
  ];
  return news.join(', ');
}

/** Levels that follow each other, as a product. */
interface LevelRange {
  /** `levels-from-2`, `levels-below-2`. */
  readonly id: string;
  readonly words: string;
  /** In the notation of Version Range Specifiers. */
  readonly vers: string;
}

/** What a status of a CVE speaks of. */
interface Products {
  /** Levels without what the CVE asks for; undefined when there are none. */
  readonly below: LevelRange | undefined;
  /** Levels with it. */
  readonly above: LevelRange | undefined;
}

/** The levels that can be had, cut where a status changes; all of them stand below where it never does. */
function productsOf({ since = Number.POSITIVE_INFINITY }: CveStatus, { levels }: KernelIndex): Products {
  const range = (id: string, words: string, bound: string, within: (level: number) => boolean) => {
    const all = levels.filter(({ level }) => within(level));
    const gone = all.filter(({ withdrawn }) => withdrawn !== undefined).map(({ level }) => `!=${level}`);
    if (all.length === gone.length) return undefined;
    // Constraints rise by version: an upper bound stands last.
    const constraints = bound.startsWith('<') ? [...gone, bound] : [bound, ...gone];
    return { id, words, vers: `vers:intdot/${constraints.join('|')}` };
  };
  if (since === Number.POSITIVE_INFINITY) {
    return { below: range('levels', 'any level', '>=1', () => true), above: undefined };
  }
  return {
    below: range(`levels-below-${since}`, `levels below ${since}`, `<${since}`, (level) => level < since),
    above: range(`levels-from-${since}`, `levels from ${since} on`, `>=${since}`, (level) => level >= since),
  };
}

function distinct(ranges: readonly (LevelRange | undefined)[]): LevelRange[] {
  return [...new Map(ranges.flatMap((range) => (range === undefined ? [] : [[range.id, range]]))).values()];
}

function productTree(
  { index, publisher }: FeedInput,
  kernelPackage: KernelPackage,
  ranges: readonly LevelRange[],
): object {
  const { release, buildId } = index.kernel;
  const kernel = {
    product_id: KERNEL,
    name: `${kernelPackage.name} ${kernelPackage.version} (build id ${buildId})`,
    product_identification_helper: { purl: kernelPurl(index.distribution, kernelPackage) },
  };
  const vendor = branch('vendor', index.distribution, [
    branch('product_name', kernelPackage.name, [
      { category: 'product_version', name: kernelPackage.version, product: kernel },
    ]),
  ]);
  if (ranges.length === 0) return { branches: [vendor] };
  const updates = ranges.map(({ id, words, vers }) => ({
    category: 'product_version_range',
    name: vers,
    product: { product_id: id, name: `Uptide live updates for ${release}, ${words}` },
  }));
  return {
    branches: [
      vendor,
      branch('vendor', publisher.name, [
        branch('product_name', `Uptide live updates for ${release}`, updates),
      ]),
    ],
    relationships: ranges.map(({ id, words }) => ({
      category: 'installed_on',
      product_reference: id,
      relates_to_product_reference: KERNEL,
      full_product_name: {
        product_id: onKernel(id),
        name: `${words} live on ${release} (build id ${buildId})`,
      },
    })),
  };
}

function branch(category: string, name: string, branches: readonly object[]): object {
  return { category, name, branches };
}

function onKernel(id: string): string {
  return `${KERNEL}-with-${id}`;
}

function vulnerability(cve: string, status: CveStatus, { below, above }: Products): object {
  const reference = webAddress(status.reference);
  const without = [KERNEL, ...(below === undefined ? [] : [onKernel(below.id)])];
  const having = above === undefined ? [] : [onKernel(above.id)];
  return {
    cve,
    notes: [
      { category: 'summary', text: `${cve} on this kernel: ${status.status}${withReason(status)}` },
      ...(status.severity === undefined
        ? []
        : [{ category: 'other', title: 'Severity', text: status.severity }]),
    ],
    ...(reference === undefined
      ? {}
      : { references: [{ category: 'external', summary: `What ${cve} is`, url: reference }] }),
    ...STATEMENTS[status.status](status, without, having),
  };
}

function withReason({ reason }: CveStatus): string {
  return reason === undefined || reason === '' ? '' : `: ${reason}`;
}

/** Makes what is stated of the products `without` what the CVE asks for, and of those `having` it. */
type Statement = (status: CveStatus, without: readonly string[], having: readonly string[]) => object;

/** By status; the table of the essay above. */
const STATEMENTS: Readonly<Record<CveStatus['status'], Statement>> = {
  fixed: ({ since }, without, having) => ({
    product_status: { known_affected: without, fixed: having },
    remediations: [
      {
        category: 'vendor_fix',
        details: `Bring the machine to level ${since} or above: uptide upgrade`,
        product_ids: without,
        restart_required: { category: 'none' },
      },
    ],
  }),
  mitigated: ({ since }, without, having) => ({
    product_status: { known_affected: [...without, ...having] },
    remediations: [
      {
        category: 'mitigation',
        details: `Bring the machine to level ${since} or above: uptide upgrade`,
        product_ids: without,
        restart_required: { category: 'none' },
      },
      {
        category: 'mitigation',
        details: 'It is made harmless as long as the level is live; the fix itself is not there.',
        product_ids: having,
      },
    ],
  }),
  'not-patchable': (_status, without) => ({
    product_status: { known_affected: without },
    remediations: [
      {
        category: 'none_available',
        details: 'No live update can bring the fix. Boot a kernel package that has it.',
        product_ids: without,
      },
    ],
  }),
  'not-affected': ({ reason = 'this kernel never had the fault' }, without) => ({
    product_status: { known_not_affected: without },
    threats: [{ category: 'impact', details: reason, product_ids: without }],
  }),
  pending: (_status, without) => ({ product_status: { under_investigation: without } }),
};
