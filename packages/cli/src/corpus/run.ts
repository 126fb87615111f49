// SPDX-License-Identifier: GPL-2.0-or-later
//
// Creates, and proves when asked to, an update from every patch of a corpus, several side by side.
//
// Each patch goes its way alone: create, then proof, then its entry is written. What goes wrong with one is its
// result, and the others go on; only what would stop them too (an interruption, a full disk, no QEMU) ends the run.
// Compilers are shared by all, so that a patch that compiles four hundred units uses every processor when it is the
// last one, and does not crowd the machine before.
import { type Reporter, Slots } from '@uptide/base';
import type { proveOnBaseline } from '@uptide/lab';
import type { Update } from '@uptide/stream';
import { makeUpdate, type Target } from '../glue/make.ts';
import { toProve } from '../glue/proof.ts';
import { admit, UNJUDGED } from '../review/admit.ts';
import { FORM, type KeptResults, Keys } from './kept.ts';
import type { CorpusEntry, CreateRecord, Fix, ProofRecord } from './model.ts';
import { StepTimes } from './step-times.ts';
import { describeEntry } from './table.ts';
import { recordError, recordOutcome } from './verdict.ts';

/** What is run, and how. */
export interface CorpusOptions {
  readonly target: Target;
  readonly fixes: readonly Fix[];
  readonly kept: KeptResults;
  /** Patches at a time, and compilers at a time. */
  readonly jobs: number;
  /** As in `CreateRequest`; nobody is asked. */
  readonly maxUnits?: number | undefined;
  readonly prove: boolean;
  /** Whether to do again what earlier runs did. */
  readonly fresh: boolean;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** How an update is made and proven; tests set it. */
  readonly ways?: CorpusWays;
}

/** The two ways that each patch goes. */
export interface CorpusWays {
  readonly make: typeof makeUpdate;
  readonly prove: typeof proveOnBaseline;
}

/** What the updates of a corpus say in place of sign-offs. */
const NOBODY_JUDGES = 'made by uptide corpus, which asks nobody';

/** The real ones; the rooms are loaded when they are needed. */
const WAYS: CorpusWays = {
  make: makeUpdate,
  prove: async (...args) => (await import('@uptide/lab')).proveOnBaseline(...args),
};

/** What came of the run. */
export interface CorpusRun {
  /** One for each fix, in their order. */
  readonly entries: readonly CorpusEntry[];
  /** How many of them this run worked on; the others are kept from earlier ones. */
  readonly fresh: number;
}

/**
 * Runs the corpus.
 *
 * @throws UptideError INTERRUPTED, DISK_FULL, TOOL_MISSING; LabError when there is no virtual machine to be had.
 */
export async function runCorpus(options: CorpusOptions): Promise<CorpusRun> {
  const { fixes, kept, jobs, reporter } = options;
  await kept.make();
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const run: Run = {
    ways: WAYS,
    ...options,
    signal,
    compilers: new Slots(jobs),
    keys: new Keys(options.target.baseline, options.maxUnits),
  };
  const slots = new Slots(jobs);
  let done = 0;
  let failure: { readonly error: unknown } | undefined;
  let fresh = 0;
  const entries: CorpusEntry[] = [];
  await Promise.all(
    fixes.map((fix, index) =>
      slots.run(async () => {
        if (signal.aborted) return;
        try {
          const { entry, isKept } = await runFix(run, fix);
          entries[index] = entry;
          if (!isKept) fresh += 1;
        } catch (error) {
          // The first failure is the cause; what the others say when they are stopped is not.
          failure ??= { error };
          stop.abort();
        }
        done += 1;
        reporter.progress(done, fixes.length, 'patches');
      }),
    ),
  );
  if (failure !== undefined) throw failure.error;
  options.signal.throwIfAborted();
  return { entries, fresh };
}

interface Run extends CorpusOptions {
  readonly compilers: Slots;
  readonly keys: Keys;
  readonly ways: CorpusWays;
}

async function runFix(run: Run, fix: Fix): Promise<{ entry: CorpusEntry; isKept: boolean }> {
  const { kept, keys, prove, fresh, reporter } = run;
  const earlier = fresh ? undefined : await kept.read(fix.name);
  const isKept = earlier?.key === keys.create(fix);
  if (isKept && (!prove || earlier.create.verdict !== 'made')) return { entry: earlier, isKept };
  const created = isKept ? await readUpdate(run, fix, earlier) : await create(run, fix);
  const { entry, update } = created;
  const proof = update === undefined ? undefined : await proofOf(run, fix, update, earlier?.proof);
  if (update === undefined || proof === undefined) {
    reporter.note(describeEntry(entry));
    return { entry, isKept: false };
  }
  if (entry === earlier && proof === earlier.proof) return { entry, isKept };
  const proven = { ...entry, proof };
  const bytes = Buffer.from(`${JSON.stringify(proof.proof, undefined, 2)}\n`);
  await kept.write(fix.name, proven, { ...update, proof: bytes });
  reporter.note(describeEntry(proven));
  return { entry: proven, isKept: false };
}

/** The proof of an update: the one of an earlier run if it is of the same module, else a new one if it is asked for. */
async function proofOf(
  run: Run,
  fix: Fix,
  update: Update,
  earlier: ProofRecord | undefined,
): Promise<ProofRecord | undefined> {
  if (earlier?.key === run.keys.proof(update)) return earlier;
  return run.prove ? await proveUpdate(run, fix, update) : undefined;
}

interface Created {
  readonly entry: CorpusEntry;
  readonly update: Update | undefined;
}

async function readUpdate(run: Run, fix: Fix, entry: CorpusEntry): Promise<Created> {
  const update = await run.kept.readUpdate(fix.name);
  return update === undefined ? await create(run, fix) : { entry, update };
}

async function create(run: Run, fix: Fix): Promise<Created> {
  const { target, keys, ways, jobs, maxUnits, compilers, signal } = run;
  const times = new StepTimes();
  const { name, title, cves } = fix;
  let record: CreateRecord;
  let update: Update | undefined;
  try {
    const tools = { jobs, maxUnits, compilers, reporter: times, signal };
    const patch = { path: `${name}.patch`, bytes: fix.bytes };
    const made = await ways.make(target, [patch], { title, cves }, tools);
    update = admit(made, UNJUDGED, { unreviewed: NOBODY_JUDGES, command: '' }).update;
    record = recordOutcome(made.outcome, times);
  } catch (error) {
    signal.throwIfAborted();
    record = recordError(error, times);
  }
  const titled = title === undefined ? {} : { title };
  const entry = { form: FORM, key: keys.create(fix), patch: name, ...titled, cves, create: record };
  await run.kept.write(name, entry, update);
  return { entry, update };
}

async function proveUpdate(run: Run, fix: Fix, update: Update): Promise<ProofRecord> {
  const { target, keys, kept, ways, signal } = run;
  const times = new StepTimes();
  const { proof, boots } = await ways.prove(target.baseline, toProve(update), {
    reporter: times,
    signal,
  });
  if (proof.verdict === 'failed') {
    const logs = boots.map(({ boot, outcome, reason, log }) => `== ${boot}: ${outcome} ${reason}\n${log}\n`);
    await kept.writeLog(fix.name, logs.join(''));
  }
  return { key: keys.proof(update), proof, times: times.times };
}
