// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { type Code, fileDigest } from '@uptide/base';
import { LOADS, type ProveInput, type ProveResult, proofInputs, prove } from '../src/index.ts';
import { planProof } from '../src/prove/plan.ts';
import { throwsCode } from './support/codes.ts';
import { BUILT_IN, type Differences, INPUT, klpState, simulate } from './support/simulated-boot.ts';

const PREVIOUS = {
  level: 2,
  update: { name: 'fix_0', bytes: Buffer.from('the level before') },
  objects: [{ name: 'vmlinux', functions: [{ name: 'do_fork', sympos: 0 }] }],
  back: true,
};
const FIX_PROBES = [
  { fix: 'old', level: 1, script: 'old fault\n' },
  { fix: 'new', level: 3, script: 'new fault\n' },
];
/** Level 3 with a level before it, of the kernel alone. */
const LEVEL: ProveInput = {
  ...BUILT_IN,
  probes: {},
  level: { level: 3, previous: PREVIOUS },
  fixProbes: FIX_PROBES,
  loads: LOADS,
};
const ONE_WAY: ProveInput = { ...LEVEL, level: { level: 3, previous: { ...PREVIOUS, back: false } } };
/** The same with the module. */
const WITH_MODULE: ProveInput = { ...INPUT, probes: {}, level: { level: 3, previous: PREVIOUS } };

async function proveSimulated(
  input: ProveInput,
  differences: { readonly live?: Differences; readonly late?: Differences } = {},
): Promise<ProveResult> {
  let boots = 0;
  const result = await prove(input, {
    boot: async (options) => {
      boots += 1;
      return simulate(input, options, boots === 1 ? differences.live : differences.late);
    },
    check: async () => [],
  });
  assert.deepEqual(JSON.parse(JSON.stringify(result.proof)), result.proof, 'a proof is plain data');
  return result;
}

function codes({ proof }: ProveResult): readonly Code[] {
  return proof.findings.map(({ code }) => code);
}

/** Probes that say what they should. */
const GOOD_PROBES = Object.fromEntries(
  ['before', 'after', 'restored', 'previous', 'replaced', 'back', 'end'].flatMap((state) => {
    const old = ['before', 'restored', 'end'].includes(state) ? 1 : 0;
    const fresh = ['after', 'replaced'].includes(state) ? 0 : 1;
    return [
      [`probe:fix:old:${state}`, { status: old }],
      [`probe:fix:new:${state}`, { status: fresh }],
    ];
  }),
);
const GOOD: Differences = { results: GOOD_PROBES };
const good = (results: Differences['results'], rest: Differences = {}): { live: Differences } => ({
  live: { ...rest, results: { ...GOOD_PROBES, ...results } },
});

describe('the plan of a level', () => {
  const ids = (input: ProveInput): string[] =>
    planProof(input).flatMap(({ commands }) =>
      commands.map(({ id }) => id).filter((id) => !/^probe:|^taint:|^kernel:/.test(id)),
    );

  it('goes up, off, up from the level before, back and off', () => {
    const { loads: _loads, ...bare } = LEVEL;
    assert.deepEqual(ids(bare), [
      'update:load',
      'update:transition',
      'update:state',
      'update:disable',
      'update:unload',
      'previous:load',
      'previous:transition',
      'previous:state',
      'replace:load',
      'replace:transition',
      'replace:replaced',
      'replace:state',
      'back:load',
      'back:transition',
      'back:replaced',
      'back:state',
      'end:disable',
      'end:unload',
    ]);
  });
  it('only tries the way back where states forbid it', () => {
    const found = ids(ONE_WAY).filter((id) => id.startsWith('back:'));
    assert.deepEqual(found, ['back:refused', 'back:state']);
    const [live] = planProof(ONE_WAY);
    const end = live.commands.find(({ id }) => id === 'end:disable');
    assert.match(end?.script ?? '', /livepatch\/fix_1\/enabled/);
  });
  it('looks at the loads before the first step and after each', () => {
    const found = ids(LEVEL).filter((id) => /^loads:(?!mark:)/.test(id));
    const steps = ['start', 'before', 'update', 'off', 'previous', 'replace', 'back', 'end'];
    assert.deepEqual(
      found,
      steps.map((step) => `loads:${step}`),
    );
  });
  it('brings modules between the steps of the second boot', () => {
    const [, late] = planProof(WITH_MODULE);
    assert.deepEqual(late?.commands.map(({ id }) => id).slice(3, -1), [
      'previous:load',
      'previous:transition',
      'replace:load',
      'replace:transition',
      'replace:replaced',
      'module:load:jbd2',
      'module:load:ext4',
      'replace:state',
      'back:load',
      'back:transition',
      'back:replaced',
      'back:state',
      'module:unload:ext4',
      'end:disable',
      'end:unload',
    ]);
  });
  it('has a second boot also for modules of the level before alone', () => {
    const previous = { ...PREVIOUS, objects: INPUT.objects };
    const input = { ...WITH_MODULE, objects: BUILT_IN.objects, level: { level: 3, previous } };
    assert.equal(planProof(input).length, 2);
  });
  it('gives scripts that the shell can read', () => {
    for (const input of [LEVEL, ONE_WAY, WITH_MODULE]) {
      for (const { commands, files } of planProof(input)) {
        const scripts = files.filter(({ path }) => path.startsWith('loads/'));
        for (const text of [
          ...commands.map(({ script }) => script),
          ...scripts.map(({ content }) => content),
        ]) {
          const { status, stderr } = spawnSync('sh', ['-n'], { input: text });
          assert.equal(status, 0, `${stderr.toString()}\n${text.toString()}`);
        }
      }
    }
  });
  for (const name of ['', '../x', 'a b', '-x', 'a;b']) {
    it(`refuses ${JSON.stringify(name)} as the name of a fix or a load`, () => {
      throwsCode('LAB_BAD_COMMAND', () =>
        planProof({ ...LEVEL, fixProbes: [{ fix: name, level: 1, script: '' }] }),
      );
      throwsCode('LAB_BAD_COMMAND', () => planProof({ ...LEVEL, loads: [{ name, script: '' }] }));
    });
  }
});

describe('the proof of a level', () => {
  it('says which steps were taken', async () => {
    const { proof } = await proveSimulated(LEVEL, { live: GOOD });
    assert.deepEqual(proof.findings, []);
    assert.equal(proof.verdict, 'proven');
    const step = (name: string, from: number, to: number) => ({
      boot: 'live',
      step: name,
      from,
      to,
      shown: true,
    });
    assert.deepEqual(proof.levels, {
      level: 3,
      previous: { level: 2, update: 'fix_0', module: fileDigest(PREVIOUS.update.bytes) },
      back: true,
      steps: [
        step('update', 0, 3),
        step('off', 3, 0),
        step('previous', 0, 2),
        step('replace', 2, 3),
        step('back', 3, 2),
        step('end', 2, 0),
      ],
    });
  });
  it('says that there is no way back, and that the kernel refused', async () => {
    const results = Object.fromEntries(
      Object.entries(GOOD_PROBES).map(([id, { status }]) => [
        id,
        { status: id === 'probe:fix:new:back' ? 0 : status },
      ]),
    );
    const refusal =
      'livepatch: Livepatch patch (fix_0) is not compatible with the already installed livepatches.';
    const result = await proveSimulated(ONE_WAY, { live: { results, log: { 'back:refused': refusal } } });
    assert.deepEqual(codes(result), []);
    const { levels } = result.proof;
    assert.equal(levels?.back, false);
    assert.deepEqual(levels.steps[4], { boot: 'live', step: 'back', from: 3, to: 3, shown: true });
  });
  it('counts the words of a refusal against it in any other step', async () => {
    const refusal =
      'livepatch: Livepatch patch (fix_0) is not compatible with the already installed livepatches.';
    const result = await proveSimulated(LEVEL, good({}, { log: { 'replace:load': refusal } }));
    assert.deepEqual(codes(result), ['PROOF_KERNEL_COMPLAINS']);
  });
  it('has no level before when none was given', async () => {
    const { proof } = await proveSimulated({ ...BUILT_IN, level: { level: 1 } });
    assert.deepEqual(
      [proof.levels?.previous, proof.levels?.back, proof.levels?.steps.length],
      [null, null, 2],
    );
  });
  it('has two boots when modules are touched', async () => {
    const { proof } = await proveSimulated(WITH_MODULE);
    assert.equal(proof.verdict, 'proven');
    assert.deepEqual(
      proof.levels?.steps.filter(({ boot }) => boot === 'late').map(({ step }) => step),
      ['previous', 'replace', 'back', 'end'],
    );
    assert.equal(proof.objects[1]?.late, true);
  });
  it('times transitions by the log, and keeps it with the rounds of the loads', async () => {
    const log = {
      'replace:load': "[   10.250000] livepatch: enabling patch 'fix_1'\n[   10.250100] other",
      'replace:transition': "[   10.500000] livepatch: 'fix_1': patching complete",
    };
    const rounds = { 'loads:replace': { stdout: 'files.1 4\nfiles.2 5\nnetwork.3 1\nnetwork.4 1\n' } };
    const { proof } = await proveSimulated(LEVEL, good(rounds, { log }));
    const run = proof.runs.find(({ step }) => step === 'replace');
    assert.deepEqual(run, {
      boot: 'live',
      step: 'replace',
      transition: 250,
      rounds: [
        { load: 'files', rounds: 9 },
        { load: 'network', rounds: 2 },
        { load: 'processes', rounds: 0 },
      ],
      log: ["livepatch: enabling patch 'fix_1'", 'other', "livepatch: 'fix_1': patching complete"],
    });
    assert.equal(proof.runs.find(({ step }) => step === 'back')?.transition, null);
  });

  const previousState = klpState({ objects: PREVIOUS.objects });
  const wrong: readonly (readonly [string, Differences['results'], readonly Code[], string?])[] = [
    [
      'the level before does not load',
      { 'previous:load': { status: 1 } },
      ['PROOF_UPDATE_NOT_LOADED'],
      '"previous" from level 0 to level 2',
    ],
    [
      'it cannot replace that one',
      { 'replace:load': { status: 22 } },
      ['PROOF_UPDATE_NOT_LOADED'],
      '"replace" from level 2 to level 3',
    ],
    [
      'the transition between the two hangs',
      { 'replace:transition': { status: 1 } },
      ['PROOF_TRANSITION_BLOCKED'],
      '"replace"',
    ],
    ['what was replaced stays', { 'replace:replaced': { status: 1 } }, ['PROOF_NOT_REMOVED'], '"replace"'],
    [
      'functions of the level before stay',
      { 'replace:state': { stdout: `${klpState(LEVEL)}function vmlinux do_fork,1\n` } },
      ['PROOF_NOT_PATCHED'],
      '"replace"',
    ],
    [
      'a function of the level before stays redirected',
      { 'replace:state': { stdout: `${klpState(LEVEL)}traced do_exit (1)\ntraced do_fork (1)\n` } },
      ['PROOF_STILL_PATCHED'],
      'do_fork is redirected, which the live update does not replace in the step "replace"',
    ],
    [
      'one of an object that is not patched any more does',
      { 'replace:state': { stdout: `${klpState(LEVEL)}traced ext4_open [ext4] (1)\n` } },
      ['PROOF_STILL_PATCHED'],
      'ext4 ext4_open',
    ],
    [
      'the way back does not lead back',
      { 'back:state': { stdout: klpState(LEVEL) } },
      ['PROOF_NOT_PATCHED', 'PROOF_NOT_PATCHED'],
      'do_fork',
    ],
    [
      'the way back does not load',
      { 'back:load': { status: 22 } },
      ['PROOF_UPDATE_NOT_LOADED'],
      '"back" from level 3 to level 2',
    ],
    ['it does not go off at the end', { 'end:disable': { status: 1 } }, ['PROOF_NOT_REMOVED'], '"end"'],
    ['a load fails', { 'loads:replace': { status: 1 } }, ['PROOF_LOAD_FAILED'], '"replace"'],
    ['a load fails before anything', { 'loads:before': { status: 1 } }, ['PROOF_LOAD_FAILED'], 'before any'],
    [
      'a fault is there with its fix',
      { 'probe:fix:new:replaced': { status: 1 } },
      ['PROOF_PROBE_FAILED'],
      '"replaced"',
    ],
    ['an old fault is back', { 'probe:fix:old:back': { status: 1 } }, ['PROOF_PROBE_FAILED'], 'fix old'],
    [
      'a fault is not shown before',
      { 'probe:fix:new:before': { status: 0 } },
      ['PROOF_FAULT_NOT_SHOWN'],
      '"before"',
    ],
    [
      'a fault is not shown a level before',
      { 'probe:fix:new:previous': { status: 0 } },
      ['PROOF_FAULT_NOT_SHOWN'],
      '"previous"',
    ],
    [
      'a probe cannot tell before',
      { 'probe:fix:new:before': { status: 127 } },
      ['PROOF_PROBE_FAILED'],
      'status 127',
    ],
    [
      'a probe takes too long',
      { 'probe:fix:new:before': { status: 137 } },
      ['PROOF_PROBE_FAILED'],
      'killed, as it is after 60 s',
    ],
    [
      'a probe cannot tell after',
      { 'probe:fix:new:after': { status: 2 } },
      ['PROOF_PROBE_FAILED'],
      'status 2',
    ],
    [
      'what the kernel says cannot be read',
      { 'previous:state': { stdout: `${previousState}x` } },
      ['PROOF_STEP_FAILED'],
      '"previous"',
    ],
  ];
  for (const [what, results, wanted, words = ''] of wrong) {
    it(`fails when ${what}`, async () => {
      const result = await proveSimulated(LEVEL, good(results));
      assert.deepEqual(codes(result), wanted);
      assert.equal(result.proof.verdict, 'failed');
      assert.ok(
        result.proof.findings.some(({ reason }) => reason.includes(words)),
        JSON.stringify(result.proof.findings),
      );
    });
  }
  it('wants the fault of a fix that the level takes back', async () => {
    const fixProbes = FIX_PROBES.map((probe) => (probe.fix === 'old' ? { ...probe, until: 3 } : probe));
    const input = { ...LEVEL, fixProbes };
    const shown = { 'probe:fix:old:after': { status: 1 }, 'probe:fix:old:replaced': { status: 1 } };
    assert.deepEqual(codes(await proveSimulated(input, good(shown))), []);
    const hidden = await proveSimulated(input, { live: GOOD });
    assert.deepEqual(codes(hidden), ['PROOF_FAULT_NOT_SHOWN', 'PROOF_FAULT_NOT_SHOWN']);
    const taken = fixProbes.map((probe) => (probe.fix === 'old' ? { ...probe, until: 2 } : probe));
    const since = { ...shown, 'probe:fix:old:previous': { status: 1 }, 'probe:fix:old:back': { status: 1 } };
    assert.deepEqual(codes(await proveSimulated({ ...LEVEL, fixProbes: taken }, good(since))), []);
  });
  it('fails when the kernel does not refuse the way back that states forbid', async () => {
    const results = { ...GOOD_PROBES, 'probe:fix:new:back': { status: 0 }, 'back:refused': { status: 1 } };
    const result = await proveSimulated(ONE_WAY, { live: { results } });
    assert.deepEqual(codes(result), ['PROOF_NOT_REFUSED']);
  });
  it('names only the first load that came to harm', async () => {
    const steps = ['previous', 'replace', 'back', 'end'];
    const results = Object.fromEntries(steps.map((step) => [`loads:${step}`, { status: 1 }]));
    const result = await proveSimulated(LEVEL, good(results));
    assert.deepEqual(codes(result), ['PROOF_LOAD_FAILED']);
  });
  it('is a result when the kernel panics on the way', async () => {
    const result = await proveSimulated(
      LEVEL,
      good({}, { end: { during: 'back:transition', outcome: 'panic' } }),
    );
    assert.deepEqual(codes(result), ['PROOF_PANIC']);
    assert.deepEqual(
      result.proof.levels?.steps.map(({ shown }) => shown),
      [true, true, true, true, false, false],
    );
    assert.equal(result.proof.levels?.back, false);
  });
});

describe('the inputs of a proof', () => {
  const base = proofInputs(LEVEL);
  it('are the same for the same', () => assert.deepEqual(proofInputs({ ...LEVEL }), base));
  const other: readonly (readonly [string, Partial<ProveInput>])[] = [
    ['level', { level: { level: 4, previous: PREVIOUS } }],
    [
      'level before',
      { level: { level: 3, previous: { ...PREVIOUS, update: { name: 'fix_0', bytes: Buffer.from('x') } } } },
    ],
    ['missing level before', { level: { level: 3 } }],
    ['probe', { fixProbes: [{ fix: 'old', level: 1, script: 'x' }] }],
    ['line', { probes: { before: 'true' } }],
    ['load', { loads: LOADS.slice(1) }],
    ['file', { files: [{ path: 'a', content: Buffer.from('a') }] }],
  ];
  for (const [what, changes] of other) {
    it(`differ with another ${what}`, () => assert.notDeepEqual(proofInputs({ ...LEVEL, ...changes }), base));
  }
});
