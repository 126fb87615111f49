// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * What update.json says. The schema is only ever added to: a reader keeps fields that it does not know
 * (every object here is loose) and refuses a schema version that it does not know.
 */
import { z } from 'zod';

/** The version of the form below. */
export const SCHEMA_VERSION = 1;

const size = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const text = z.string().max(65_536);
/** `struct new_utsname` has 65 bytes for the release, its end included. */
const release = z.string().regex(/^[0-9A-Za-z][0-9A-Za-z.+~_-]{0,63}$/);
/** MODULE_NAME_LEN is 64 less the size of a long, its end included (include/linux/moduleparam.h). */
const moduleName = z.string().regex(/^[A-Za-z0-9_]{1,55}$/);
/** KSYM_NAME_LEN is 512, its end included (include/linux/kallsyms.h). */
const symbolName = z.string().regex(/^[A-Za-z_.$][A-Za-z0-9_.$]{0,510}$/);

const cve = z.string().regex(/^CVE-\d{4}-\d{4,19}$/);
/** How bad a fault is, as advisories put it. */
export const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
export const severity = z.enum(SEVERITIES);

const place = z.looseObject({
  kernel: text.optional(),
  object: text.optional(),
  file: text.optional(),
  line: size.optional(),
  section: text.optional(),
  symbol: text.optional(),
  offset: size.optional(),
});

const finding = z.looseObject({
  /** Tells it from the other findings of the update; the same on every machine. Sign-offs name it. */
  id: z
    .string()
    .regex(/^[0-9a-f]{12}$/)
    .optional(),
  /** A code of the catalogue of the Uptide that made the update. */
  code: z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/),
  /** An update carries what was found and can be lived with; what is refused never becomes an update. */
  verdict: z.enum(['ok', 'review']),
  place,
  reason: text,
  remedy: text,
  /** Who judged a `review` finding, why it is safe, and when (YYYY-MM-DD). */
  signedOff: z
    .looseObject({ name: text, reason: text, date: z.string().regex(/^\d{4}-\d\d-\d\d$/) })
    .optional(),
});

/** A range of a function's shipped bytes that is left out of the digest. */
const mask = z.looseObject({
  /** Bytes from the start of the function. */
  offset: size,
  length: size.min(1),
  /** What the kernel may put there: alternative, jump label, static call, fentry call and so on. */
  kind: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
});

const patchedFunction = z
  .looseObject({
    name: symbolName,
    /** klp's sympos: which of the equal names of the object, from 1; 0 where there is only one. */
    position: size,
    /** Bytes of the shipped function. */
    size: size.min(1),
    /** Why it is replaced. */
    reason: text,
    /** The proof that the function which was compared is the one that was shipped. */
    match: z.looseObject({
      /** Over the shipped bytes, with every masked byte as zero. */
      sha256,
      /** In ascending order, without overlap. */
      masks: z.array(mask).readonly(),
    }),
  })
  .refine((value) => masksFit(value.size, value.match.masks), 'masks overlap or leave the function');

const patchedObject = z
  .looseObject({
    /** `vmlinux` or the name of a module. */
    name: moduleName,
    /** None when the update only calls its callbacks for the object. */
    functions: z.array(patchedFunction).readonly(),
    /** The callbacks that klp calls when the object is patched and unpatched, as struct klp_callbacks names them. */
    callbacks: z
      .array(z.enum(['pre_patch', 'post_patch', 'pre_unpatch', 'post_unpatch']))
      .readonly()
      .optional(),
  })
  .refine(
    ({ functions, callbacks }) => functions.length + (callbacks?.length ?? 0) > 0,
    'nothing is done to the object',
  );

const listedFile = z.looseObject({
  path: z.string().max(100),
  /** `module`, `patch`, `proof`, `kernel-side` or `disassembly`; a reader leaves files of other roles alone. */
  role: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  size,
  sha256,
});

/** A state that the module knows: klp lets an update replace another only when it knows all states of that one. */
const state = z.looseObject({
  /** The `id` of struct klp_state, an unsigned long, in hex. */
  id: z.string().regex(/^0x[1-9a-f][0-9a-f]{0,15}$/),
  /** An unsigned int. */
  version: size.max(0xffff_ffff),
});

/** A fix that a level has, as its series describes it. */
export const levelFix = z.looseObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/),
  title: text,
  cves: z.array(cve).readonly(),
  advisory: text.optional(),
  severity: severity.optional(),
  date: z.iso.date().optional(),
});

/** Everything that the maker of an update says of it; the list of files is added when it is packed. */
export const descriptionSchema = z.looseObject({
  /** SHA-256 over what the update is made of; equal for equal updates. */
  id: sha256,
  /** Name of the livepatch module. */
  module: moduleName,
  kernel: z.looseObject({
    release,
    /** The image's build id, in hex. */
    buildId: z.string().regex(/^[0-9a-f]{8,128}$/),
    architecture: z.literal('x86_64'),
  }),
  /** The n-th cumulative update of this kernel. */
  level: size.min(1),
  title: text,
  cves: z.array(cve).readonly(),
  /** The fixes of a level of a series, oldest first; absent when the update was made without one. */
  fixes: z.array(levelFix).readonly().optional(),
  /** Fixes that earlier levels had and this one took back, oldest first; absent when there is none. */
  undone: z.array(levelFix).readonly().optional(),
  objects: z.array(patchedObject).min(1).readonly(),
  /** By rising id; absent when there is none. */
  states: z.array(state).readonly().optional(),
  findings: z.array(finding).readonly(),
  /** There when the maker let `review` findings go unjudged, with the maker's words for it. */
  unreviewed: z.looseObject({ reason: text.min(1) }).optional(),
  /** `CONFIG_CC_VERSION_TEXT` of the kernel, which is what the update was compiled with. */
  compiler: text,
  source: z.looseObject({
    /** The package with the source, e.g. `linux-source-6.1`. */
    package: text,
    version: text,
    /** Digest of all that the compilation depends on besides the patches. */
    baseline: sha256,
    /** Every package that the baseline was made from: image, headers, source. */
    packages: z
      .array(z.looseObject({ name: text, version: text, sha256 }))
      .readonly()
      .optional(),
    /** The Uptide that made the update; the C that it brought is in the archive with the role `kernel-side`. */
    tool: z.looseObject({ version: text }).optional(),
  }),
});

/** The whole of update.json. */
export const manifestSchema = descriptionSchema.extend({
  schema: z.literal(SCHEMA_VERSION),
  files: z.array(listedFile).readonly(),
});

/** Everything that the maker of an update says of it. */
export type Description = z.infer<typeof descriptionSchema>;
/** A function that an update replaces. */
export type PatchedFunction = z.infer<typeof patchedFunction>;
/** What an update replaces in one object. */
export type PatchedObject = z.infer<typeof patchedObject>;
/** A state that an update knows. */
export type UpdateState = z.infer<typeof state>;
/** A fix of a level. */
export type LevelFix = z.infer<typeof levelFix>;
export type Manifest = z.infer<typeof manifestSchema>;
export type ListedFile = z.infer<typeof listedFile>;

function masksFit(size: number, masks: readonly { offset: number; length: number }[]): boolean {
  let end = 0;
  for (const { offset, length } of masks) {
    if (offset < end || offset + length > size) return false;
    end = offset + length;
  }
  return true;
}
