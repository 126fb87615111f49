// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * What is known of a kernel's CVEs as a document of profile `csaf_vex` (CSAF 2.0, section 4.5).
 *
 * A live update changes no package, so a status of the kernel package alone would be wrong: it would silence a
 * scanner on machines where nothing is live, or accuse those where it is. CSAF can say it right. The kernel is a
 * product, each level is a product, and `level n installed_on kernel` is a third (section 3.2.2.4): a CVE that level
 * 2 fixes is `known_affected` for the kernel and for level 1 on it, and `fixed` for level 2 and above on it. Which
 * of them a machine is, only the machine can say (`uptide status`).
 *
 *   fixed since s      affected: kernel, levels below s (remedy: vendor_fix); fixed: levels from s on
 *   mitigated since s  affected: all; remedy: mitigation, below s by loading it, from s on as long as it is live
 *   not-patchable      affected: all; remedy: none_available, with the reason and what helps instead
 *   not-affected       known_not_affected: all, with the reason as threat `impact` (mandatory test 6.1.27.9)
 *   pending            under_investigation: all
 *
 * The revision history has one revision for each moment at which something was said, from the dates of levels and
 * notes; so the document is made from its inputs alone, and made again it is the same.
 *
 * Limits: no scores, since nobody here computes any; a word for the severity stands in a note. Size grows with
 * levels times CVEs: 100 levels and 300 CVEs are some 500 KB.
 */
import type { CvesFile } from '../formats/cves-file.ts';
import type { IndexedLevel, KernelIndex } from '../formats/index-file.ts';
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
  const levels = index.levels.filter(({ withdrawn }) => withdrawn === undefined);
  return {
    document: documentOf(input, home),
    product_tree: productTree(input, ofKernel, levels),
    vulnerabilities: Object.entries(cves).map(([cve, status]) => vulnerability(cve, status, levels)),
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

function productTree(
  { index, publisher }: FeedInput,
  kernelPackage: KernelPackage,
  levels: readonly IndexedLevel[],
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
  if (levels.length === 0) return { branches: [vendor] };
  return {
    branches: [
      vendor,
      branch('vendor', publisher.name, [
        branch(
          'product_name',
          `Uptide live updates for ${release}`,
          levels.map((level) => levelBranch(level, release)),
        ),
      ]),
    ],
    relationships: levels.map(({ level }) => ({
      category: 'installed_on',
      product_reference: `level-${level}`,
      relates_to_product_reference: KERNEL,
      full_product_name: {
        product_id: onKernel(level),
        name: `level ${level} live on ${release} (build id ${buildId})`,
      },
    })),
  };
}

function levelBranch({ level, sha256 }: IndexedLevel, release: string): object {
  return {
    category: 'product_version',
    name: `level ${level}`,
    product: {
      product_id: `level-${level}`,
      name: `live update level ${level} for ${release}`,
      product_identification_helper: {
        hashes: [
          { filename: `level-${level}.uptide`, file_hashes: [{ algorithm: 'sha256', value: sha256 }] },
        ],
      },
    },
  };
}

function branch(category: string, name: string, branches: readonly object[]): object {
  return { category, name, branches };
}

function onKernel(level: number): string {
  return `kernel-level-${level}`;
}

function vulnerability(cve: string, status: CveStatus, levels: readonly IndexedLevel[]): object {
  const reference = webAddress(status.reference);
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
    ...STATEMENTS[status.status](status, products(status, levels)),
  };
}

function withReason({ reason }: CveStatus): string {
  return reason === undefined || reason === '' ? '' : `: ${reason}`;
}

/** The products below the level that a status names, and those from it on. */
interface Products {
  readonly below: readonly string[];
  readonly above: readonly string[];
  readonly all: readonly string[];
}

function products(
  { since = Number.POSITIVE_INFINITY }: CveStatus,
  levels: readonly IndexedLevel[],
): Products {
  const below = [KERNEL, ...levels.filter(({ level }) => level < since).map(({ level }) => onKernel(level))];
  const above = levels.filter(({ level }) => level >= since).map(({ level }) => onKernel(level));
  return { below, above, all: [...below, ...above] };
}

/** What is stated of the products for each status; the table of the essay above. */
const STATEMENTS: Readonly<Record<CveStatus['status'], (status: CveStatus, products: Products) => object>> = {
  fixed: ({ since }, { below, above }) => ({
    product_status: { known_affected: below, fixed: above, first_fixed: above.slice(0, 1) },
    remediations: [
      {
        category: 'vendor_fix',
        details: `Bring the machine to level ${since} or above: uptide upgrade`,
        product_ids: below,
        restart_required: { category: 'none' },
      },
    ],
  }),
  mitigated: ({ since }, { below, above, all }) => ({
    product_status: { known_affected: all },
    remediations: [
      {
        category: 'mitigation',
        details: `Bring the machine to level ${since} or above: uptide upgrade`,
        product_ids: below,
        restart_required: { category: 'none' },
      },
      {
        category: 'mitigation',
        details: 'It is made harmless as long as the level is live; the fix itself is not there.',
        product_ids: above,
      },
    ],
  }),
  'not-patchable': (_status, { all }) => ({
    product_status: { known_affected: all },
    remediations: [
      {
        category: 'none_available',
        details: 'No live update can bring the fix. Boot a kernel package that has it.',
        product_ids: all,
      },
    ],
  }),
  'not-affected': ({ reason = 'this kernel never had the fault' }, { all }) => ({
    product_status: { known_not_affected: all },
    threats: [{ category: 'impact', details: reason, product_ids: all }],
  }),
  pending: (_status, { all }) => ({ product_status: { under_investigation: all } }),
};
