// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * What CSAF 2.0 asks of a document of profile `csaf_vex`: the schema for the fields that the feed writes, and the
 * mandatory tests of section 6.1 that can fail for them. Tests of fields that are never written (scores, CWE,
 * groups, acknowledgements, involvements, translations) are left out; the schema refuses those fields.
 */
import { z } from 'zod';

const text = z.string().min(1);
const time = z.iso.datetime();
const productIds = z.array(text).min(1).refine(unique, 'ids twice');
const references = z
  .array(z.strictObject({ category: z.enum(['external', 'self']), summary: text, url: z.url() }))
  .min(1);
const notes = z
  .array(
    z.strictObject({
      category: z.enum(['description', 'details', 'faq', 'general', 'legal_disclaimer', 'other', 'summary']),
      title: text.optional(),
      text,
    }),
  )
  .min(1);

const product = z.strictObject({
  name: text,
  product_id: text,
  product_identification_helper: z
    .strictObject({
      purl: z
        .string()
        .regex(/^pkg:[A-Za-z.\-+][A-Za-z0-9.\-+]*\/.+/)
        .optional(),
      hashes: z
        .array(
          z.strictObject({
            filename: text,
            file_hashes: z
              .array(z.strictObject({ algorithm: text, value: z.string().regex(/^[0-9a-fA-F]{32,}$/) }))
              .min(1),
          }),
        )
        .min(1)
        .optional(),
    })
    .optional(),
});
type Product = z.infer<typeof product>;

interface Branch {
  category: string;
  name: string;
  branches?: Branch[] | undefined;
  product?: Product | undefined;
}
const branch: z.ZodType<Branch> = z.strictObject({
  category: z.enum(['vendor', 'product_name', 'product_version', 'product_version_range']),
  name: text,
  get branches() {
    return z.array(branch).min(1).optional();
  },
  product: product.optional(),
});

const schema = z.strictObject({
  document: z.strictObject({
    category: z.literal('csaf_vex'),
    csaf_version: z.literal('2.0'),
    distribution: z.strictObject({
      tlp: z.strictObject({ label: z.enum(['WHITE', 'GREEN', 'AMBER', 'RED']) }),
    }),
    lang: z.literal('en'),
    notes,
    publisher: z.strictObject({
      category: z.enum(['coordinator', 'discoverer', 'other', 'translator', 'user', 'vendor']),
      name: text,
      namespace: z.url(),
    }),
    title: text,
    tracking: z.strictObject({
      id: z.string().regex(/^\S(.*\S)?$/),
      initial_release_date: time,
      current_release_date: time,
      revision_history: z
        .array(z.strictObject({ date: time, number: z.string().regex(/^(0|[1-9][0-9]*)$/), summary: text }))
        .min(1),
      status: z.enum(['draft', 'final', 'interim']),
      version: z.string().regex(/^(0|[1-9][0-9]*)$/),
      generator: z.strictObject({ engine: z.strictObject({ name: text }) }),
    }),
  }),
  product_tree: z.strictObject({
    branches: z.array(branch).min(1),
    relationships: z
      .array(
        z.strictObject({
          category: z.enum(['installed_on']),
          full_product_name: product,
          product_reference: text,
          relates_to_product_reference: text,
        }),
      )
      .min(1)
      .optional(),
  }),
  vulnerabilities: z
    .array(
      z.strictObject({
        cve: z.string().regex(/^CVE-[0-9]{4}-[0-9]{4,}$/),
        notes,
        references: references.optional(),
        product_status: z
          .strictObject({
            first_fixed: productIds.optional(),
            fixed: productIds.optional(),
            known_affected: productIds.optional(),
            known_not_affected: productIds.optional(),
            under_investigation: productIds.optional(),
          })
          .refine((status) => Object.keys(status).length > 0),
        remediations: z
          .array(
            z.strictObject({
              category: z.enum([
                'mitigation',
                'no_fix_planned',
                'none_available',
                'vendor_fix',
                'workaround',
              ]),
              details: text,
              product_ids: productIds.optional(),
              restart_required: z
                .strictObject({ category: z.enum(['none', 'machine', 'system']) })
                .optional(),
            }),
          )
          .min(1)
          .optional(),
        threats: z
          .array(
            z.strictObject({
              category: z.enum(['exploit_status', 'impact', 'target_set']),
              details: text,
              product_ids: productIds.optional(),
            }),
          )
          .min(1)
          .optional(),
      }),
    )
    .min(1),
});
type Csaf = z.infer<typeof schema>;

/** The tests that a document fails: `schema`, or numbers of section 6.1. */
export function failedCsafTests(document: unknown): string[] {
  const read = schema.safeParse(document);
  if (!read.success) return [`schema: ${z.prettifyError(read.error)}`];
  return Object.entries(TESTS)
    .filter(([, holds]) => !holds(read.data))
    .map(([number]) => number);
}

/** Constraints by rising version, each version once (package-url/vers-spec). */
const VERS = /^vers:intdot\/(?:>=\d+(?:\|!=\d+)*|(?:!=\d+\|)*<\d+)$/;

const TESTS: Readonly<Record<string, (document: Csaf) => boolean>> = {
  '6.1.1 missing definition of product id': (csaf) => {
    const defined = new Set(definedIds(csaf));
    return usedIds(csaf).every((id) => defined.has(id));
  },
  '6.1.2 multiple definition of product id': (csaf) => unique(definedIds(csaf)),
  '6.1.3 circular definition of product id': (csaf) =>
    relationships(csaf).every(
      ({ full_product_name: { product_id: id }, ...one }) =>
        id !== one.product_reference && id !== one.relates_to_product_reference,
    ),
  '6.1.6 contradicting product status': (csaf) =>
    csaf.vulnerabilities.every(({ product_status: status }) =>
      unique([
        ...(status.known_affected ?? []),
        ...(status.known_not_affected ?? []),
        ...new Set([...(status.fixed ?? []), ...(status.first_fixed ?? [])]),
        ...(status.under_investigation ?? []),
      ]),
    ),
  '6.1.14 sorted revision history': ({ document: { tracking } }) => {
    const byDate = tracking.revision_history.toSorted((a, b) => (a.date < b.date ? -1 : 1));
    return byDate.every(({ number }, at) => number === tracking.revision_history[at]?.number);
  },
  '6.1.16 latest document version': ({ document: { tracking } }) =>
    tracking.version === tracking.revision_history.at(-1)?.number,
  '6.1.17 document status draft': ({ document: { tracking } }) =>
    tracking.version !== '0' || tracking.status === 'draft',
  '6.1.18 released revision history': ({ document: { tracking } }) =>
    tracking.status === 'draft' || tracking.revision_history.every(({ number }) => number !== '0'),
  '6.1.21 missing item in revision history': ({ document: { tracking } }) =>
    tracking.revision_history.every(({ number }, at) => number === String(at + 1)),
  '6.1.22 multiple definition in revision history': ({ document: { tracking } }) =>
    unique(tracking.revision_history.map(({ number }) => number)),
  '6.1.23 multiple use of same CVE': (csaf) => unique(csaf.vulnerabilities.map(({ cve }) => cve)),
  '6.1.25 multiple use of same hash algorithm': (csaf) =>
    products(csaf.product_tree.branches).every((one) =>
      (one.product_identification_helper?.hashes ?? []).every((hashes) =>
        unique(hashes.file_hashes.map(({ algorithm }) => algorithm)),
      ),
    ),
  '6.1.27.7 VEX product status': (csaf) =>
    csaf.vulnerabilities.every(
      ({ product_status: status }) =>
        (status.fixed ?? status.known_affected ?? status.known_not_affected ?? status.under_investigation) !==
        undefined,
    ),
  '6.1.27.9 impact statement': (csaf) =>
    csaf.vulnerabilities.every(({ product_status: { known_not_affected: ids = [] }, threats = [] }) =>
      covers(
        threats.filter(({ category }) => category === 'impact'),
        ids,
      ),
    ),
  '6.1.27.10 action statement': (csaf) =>
    csaf.vulnerabilities.every(({ product_status: { known_affected: ids = [] }, remediations = [] }) =>
      covers(remediations, ids),
    ),
  '6.1.29 remediation without product reference': (csaf) =>
    csaf.vulnerabilities.every(({ remediations = [] }) =>
      remediations.every(({ product_ids: ids }) => ids !== undefined),
    ),
  '6.1.31 version range in product version': (csaf) =>
    versions(csaf.product_tree.branches, 'product_version').every(
      (name) => !/[<>]|\b(all|earlier|later|prior)\b/i.test(name),
    ),
  '3.1.2.3.1 a version range is a vers': (csaf) =>
    versions(csaf.product_tree.branches, 'product_version_range').every((name) => VERS.test(name)),
  '6.2.1 unused definition of product id': (csaf) => {
    const used = new Set(usedIds(csaf));
    return definedIds(csaf).every((id) => used.has(id));
  },
  '6.2.5 and 6.2.6 release dates fit the revision history': ({ document: { tracking } }) =>
    tracking.initial_release_date === tracking.revision_history[0]?.date &&
    tracking.current_release_date === tracking.revision_history.at(-1)?.date,
};

function covers(
  statements: readonly { product_ids?: string[] | undefined }[],
  ids: readonly string[],
): boolean {
  const covered = new Set(statements.flatMap(({ product_ids: own = [] }) => own));
  return ids.every((id) => covered.has(id));
}

function relationships(csaf: Csaf): NonNullable<Csaf['product_tree']['relationships']> {
  return csaf.product_tree.relationships ?? [];
}

function definedIds(csaf: Csaf): string[] {
  return [
    ...products(csaf.product_tree.branches).map(({ product_id: id }) => id),
    ...relationships(csaf).map(({ full_product_name: { product_id: id } }) => id),
  ];
}

function usedIds(csaf: Csaf): string[] {
  return [
    ...relationships(csaf).flatMap((one) => [one.product_reference, one.relates_to_product_reference]),
    ...csaf.vulnerabilities.flatMap(({ product_status: status, remediations = [], threats = [] }) => [
      ...Object.values(status).flatMap((ids) => ids ?? []),
      ...[...remediations, ...threats].flatMap(({ product_ids: ids = [] }) => ids),
    ]),
  ];
}

function products(branches: readonly Branch[]): Product[] {
  return branches.flatMap(({ product: own, branches: below = [] }) => [
    ...(own === undefined ? [] : [own]),
    ...products(below),
  ]);
}

function versions(branches: readonly Branch[], wanted: string): string[] {
  return branches.flatMap(({ category, name, branches: below = [] }) => [
    ...(category === wanted ? [name] : []),
    ...versions(below, wanted),
  ]);
}

function unique(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}
