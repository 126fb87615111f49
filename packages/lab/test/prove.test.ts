// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CATALOGUE, type Code, type Finding, fileDigest } from '@uptide/base';
import { type BootOptions, type ProveInput, type ProveResult, prove } from '../src/index.ts';
import { BUILT_IN, type Differences, INPUT, klpState, simulate } from './support/simulated-boot.ts';

/** Proves an update in simulated boots; `asked` names the boots and the checks against files in their order. */
async function proveSimulated(
  input: ProveInput,
  differences: { readonly live?: Differences; readonly late?: Differences } = {},
  checked: readonly Finding[] = [],
): Promise<ProveResult & { readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const result = await prove(input, {
    boot: async (options) => {
      const boots = asked.push(asked.length === 0 ? 'live' : 'late');
      return simulate(input, options, boots === 1 ? differences.live : differences.late);
    },
    check: async (object) => {
      asked.push(`check ${object}`);
      return checked;
    },
  });
  assert.deepEqual(JSON.parse(JSON.stringify(result.proof)), result.proof, 'a proof is plain data');
  return { ...result, asked };
}

function codes({ proof }: ProveResult): readonly Code[] {
  return proof.findings.map(({ code }) => code);
}

const refusal: Finding = {
  code: 'CHECK_FUNCTION_MISSING',
  verdict: 'refuse',
  place: { object: 'ext4' },
  reason: 'there is no symbol of the name',
  remedy: CATALOGUE.CHECK_FUNCTION_MISSING.remedy,
};

describe('prove', () => {
  it('proves what was redirected in both boots', async () => {
    const result = await proveSimulated(INPUT);
    assert.deepEqual(codes(result), []);
    assert.equal(result.proof.verdict, 'proven');
    assert.equal(result.proof.module, fileDigest(INPUT.update.bytes));
    assert.deepEqual(result.asked, ['live', 'late', 'check ext4']);
    assert.deepEqual(result.proof.objects, [
      { name: 'vmlinux', loaded: true, shown: 'live', late: null },
      { name: 'ext4', loaded: true, shown: 'live', late: true },
    ]);
    assert.deepEqual(result.proof.functions, [
      { object: 'vmlinux', name: 'do_exit', sympos: 0, shown: 'live' },
      { object: 'ext4', name: 'ext4_open', sympos: 2, shown: 'live' },
    ]);
    assert.deepEqual(
      result.boots.map(({ boot, times }) => [boot, times[1]]),
      [
        ['live', { name: 'kernel:notes', began: 10, took: 5 }],
        ['late', { name: 'kernel:notes', began: 10, took: 5 }],
      ],
    );
  });

  it('says the same of the same boots', async () => {
    assert.deepEqual((await proveSimulated(INPUT)).proof, (await proveSimulated(INPUT)).proof);
  });

  it('boots a machine of two processors, or as many as it is told, and says so', async () => {
    const asked: (number | undefined)[] = [];
    const proofOf = async (input: ProveInput): Promise<number> => {
      const boot = async (options: BootOptions) => {
        asked.push(options.hardware?.cpus);
        return simulate(input, options);
      };
      return (await prove(input, { boot, check: async () => [] })).proof.processors;
    };
    assert.equal(await proofOf(BUILT_IN), 2);
    assert.equal(await proofOf({ ...BUILT_IN, hardware: { cpus: 3 } }), 3);
    assert.deepEqual(asked, [2, 3]);
  });

  it('boots once for an update of the kernel alone', async () => {
    const result = await proveSimulated(BUILT_IN);
    assert.equal(result.proof.verdict, 'proven');
    assert.deepEqual(result.asked, ['live']);
  });

  const noHardware = {
    live: {
      results: {
        'module:load:ext4': { status: 95 },
        'update:state': { stdout: klpState(INPUT, (o) => (o === 'ext4' ? '0' : '1')) },
      },
      log: { 'module:load:ext4': 'ext4: no such device' },
    },
  };

  it('checks the file of a module that cannot be loaded, and then proves only a part', async () => {
    const result = await proveSimulated(INPUT, noHardware);
    assert.deepEqual(codes(result), ['PROOF_MODULE_NOT_LOADED']);
    assert.equal(result.proof.verdict, 'partly');
    assert.deepEqual(result.asked, ['live', 'check ext4']);
    assert.deepEqual(result.proof.objects[1], {
      name: 'ext4',
      loaded: false,
      shown: 'static',
      late: null,
      reason: 'ext4: no such device',
    });
  });

  it('does not try such a module again beside one that loads', async () => {
    const absent = { name: 'efibc', functions: [{ name: 'efibc_exit', sympos: 0 }] };
    const input: ProveInput = {
      ...INPUT,
      objects: [...INPUT.objects, absent],
      modules: [...INPUT.modules, { name: 'efibc', bytes: Buffer.from('efibc') }],
    };
    const loaded: string[][] = [];
    const { proof } = await prove(input, {
      boot: (options) => {
        loaded.push(options.commands.flatMap(({ id }) => /^module:load:(.*)$/.exec(id)?.[1] ?? []));
        return Promise.resolve(
          simulate(input, options, {
            results: {
              'module:load:efibc': { status: 95 },
              'update:state': { stdout: klpState(input, (object) => (object === 'efibc' ? '0' : '1')) },
            },
          }),
        );
      },
      check: () => Promise.resolve([]),
    });
    assert.deepEqual(loaded, [
      ['jbd2', 'ext4', 'efibc'],
      ['jbd2', 'ext4'],
    ]);
    assert.equal(proof.verdict, 'partly');
  });

  it('fails when the file of such a module does not fit', async () => {
    const result = await proveSimulated(INPUT, noHardware, [refusal]);
    assert.deepEqual(codes(result), ['PROOF_MODULE_NOT_LOADED', 'CHECK_FUNCTION_MISSING']);
    assert.equal(result.proof.verdict, 'failed');
    assert.equal(result.proof.objects[1]?.shown, 'none');
  });

  it('fails when the file of a module that was patched live does not fit', async () => {
    const result = await proveSimulated(INPUT, {}, [refusal]);
    assert.deepEqual(codes(result), ['CHECK_FUNCTION_MISSING']);
    assert.equal(result.proof.verdict, 'failed');
  });

  it('checks the file of a module that was not given', async () => {
    const input = { ...INPUT, modules: [] };
    const state = klpState(input, (object) => (object === 'ext4' ? '0' : '1'));
    const result = await proveSimulated(input, { live: { results: { 'update:state': { stdout: state } } } });
    assert.deepEqual(codes(result), ['PROOF_MODULE_NOT_LOADED']);
    assert.deepEqual(result.asked, ['live', 'check ext4']);
  });
});

describe('a proof fails', () => {
  const state = (change: (text: string) => string): Differences => ({
    results: { 'update:state': { stdout: change(klpState(BUILT_IN)) } },
  });
  const step = (id: string, status = 1, stdout?: string): Differences => ({
    results: { [id]: stdout === undefined ? { status } : { status, stdout } },
  });
  const cases: readonly (readonly [string, Differences, readonly Code[]])[] = [
    ['for another release', step('kernel:release', 0, '6.1.0-49-amd64\n'), ['PROOF_OTHER_KERNEL']],
    ['for another build of the release', step('kernel:notes', 0, ''), ['PROOF_OTHER_KERNEL']],
    ['when the update does not load', step('update:load', 22), ['PROOF_UPDATE_NOT_LOADED']],
    ['when the transition does not end', step('update:transition'), ['PROOF_TRANSITION_BLOCKED']],
    ['when the state cannot be asked for', step('update:state', 2), ['PROOF_STEP_FAILED']],
    ['when the state cannot be read', state(() => 'rubbish\n'), ['PROOF_STEP_FAILED']],
    [
      'when the object is not there',
      state(() => 'value enabled 1\nvalue transition 0\n'),
      ['PROOF_NOT_PATCHED'],
    ],
    [
      'when the object is not patched',
      state((text) => text.replace('vmlinux 1', 'vmlinux 0')),
      ['PROOF_NOT_PATCHED'],
    ],
    [
      'when the patch is not enabled',
      state((text) => text.replace('enabled 1', 'enabled 0')),
      ['PROOF_NOT_PATCHED'],
    ],
    [
      'when the transition goes on',
      state((text) => text.replace('transition 0', 'transition 1')),
      ['PROOF_NOT_PATCHED'],
    ],
    [
      'when the function has another position',
      state((text) => text.replace(',1', ',2')),
      ['PROOF_NOT_PATCHED', 'PROOF_NOT_PATCHED'],
    ],
    [
      'when more is replaced than described',
      state((text) => `${text}function vmlinux more,1\n`),
      ['PROOF_NOT_PATCHED'],
    ],
    [
      'when ftrace does not redirect the function of a kernel that does not say',
      state((text) => text.replace('vmlinux 1', 'vmlinux unknown')),
      ['PROOF_NOT_PATCHED'],
    ],
    ['when the update cannot be disabled', step('update:disable'), ['PROOF_NOT_REMOVED']],
    ['when the module cannot be unloaded', step('update:unload'), ['PROOF_NOT_REMOVED']],
    ['when the probe fails before', step('probe:before:before'), ['PROOF_PROBE_FAILED']],
    ['when the probe fails while it is live', step('probe:after:after'), ['PROOF_PROBE_FAILED']],
    ['when the probe fails after it was undone', step('probe:before:restored', 137), ['PROOF_PROBE_FAILED']],
    ['when the kernel warns', { log: { 'update:load': 'WARNING: at x' } }, ['PROOF_KERNEL_COMPLAINS']],
    ['when the kernel warns at the very end', { log: { 'taint:end': 'BUG: x' } }, ['PROOF_KERNEL_COMPLAINS']],
    ['when the kernel is tainted by a warning', step('taint:end', 0, `${45056 + 512}\n`), ['PROOF_TAINTED']],
    ['when the taint cannot be read', step('taint:end', 0, 'x\n'), ['PROOF_STEP_FAILED']],
    ['when the kernel panics', { end: { during: 'update:load', outcome: 'panic' } }, ['PROOF_PANIC']],
    ['when the kernel hangs', { end: { during: 'update:disable', outcome: 'hang' } }, ['PROOF_HANG']],
    ['when the machine ends', { end: { during: 'taint:end', outcome: 'ended' } }, ['PROOF_ENDED']],
    [
      'when the machine ends at once',
      { end: { during: 'kernel:release', outcome: 'ended' } },
      ['PROOF_ENDED'],
    ],
  ];
  for (const [what, live, wanted] of cases) {
    it(what, async () => {
      const result = await proveSimulated(BUILT_IN, { live });
      assert.deepEqual(codes(result), wanted);
      assert.equal(result.proof.verdict, 'failed');
    });
  }

  const late: readonly (readonly [string, Differences, readonly Code[]])[] = [
    ['when a module does not load any more', step('module:load:ext4'), ['PROOF_MODULE_REFUSED']],
    [
      'when a module is not patched',
      { results: { 'update:state': { stdout: klpState(INPUT, (o) => (o === 'ext4' ? '0' : '1')) } } },
      ['PROOF_NOT_PATCHED'],
    ],
    ['when the update does not load before its modules', step('update:load'), ['PROOF_UPDATE_NOT_LOADED']],
    ['when the probe fails', step('probe:after:late'), ['PROOF_PROBE_FAILED']],
    ['when the kernel panics', { end: { during: 'module:unload:ext4', outcome: 'panic' } }, ['PROOF_PANIC']],
    ['when the kernel warns', { log: { 'module:load:ext4': 'WARNING: at x' } }, ['PROOF_KERNEL_COMPLAINS']],
  ];
  for (const [what, differences, wanted] of late) {
    it(`in the second boot ${what}`, async () => {
      const result = await proveSimulated(INPUT, { late: differences });
      assert.deepEqual(codes(result), wanted);
      assert.equal(result.proof.verdict, 'failed');
    });
  }

  it('for an update that replaces nothing', async () => {
    const empty = { ...BUILT_IN, objects: [] };
    assert.deepEqual(codes(await proveSimulated(empty)), ['PROOF_NOT_PATCHED']);
    const hollow = { ...BUILT_IN, objects: [...BUILT_IN.objects, { name: 'vmlinux', functions: [] }] };
    assert.equal((await proveSimulated(hollow)).proof.verdict, 'failed');
  });
});

describe('an object of which only callbacks are called', () => {
  const callbacks = ['pre_patch', 'post_unpatch'];
  const input: ProveInput = {
    ...INPUT,
    objects: [...INPUT.objects.slice(0, 1), { name: 'ext4', functions: [], callbacks }],
  };

  it('is proven when the kernel says that it is patched', async () => {
    const result = await proveSimulated(input);
    assert.deepEqual(codes(result), []);
    assert.equal(result.proof.verdict, 'proven');
    assert.deepEqual(result.proof.objects[1], { name: 'ext4', loaded: true, shown: 'live', late: true });
  });

  it('may be the only one', async () => {
    const only = { ...BUILT_IN, objects: [{ name: 'vmlinux', functions: [], callbacks }] };
    assert.equal((await proveSimulated(only)).proof.verdict, 'proven');
  });

  it('speaks against the update when the kernel does not patch it', async () => {
    const state = klpState(input, (object) => (object === 'ext4' ? '0' : '1'));
    const live = { results: { 'update:state': { stdout: state } } };
    const result = await proveSimulated(input, { live });
    assert.ok(codes(result).includes('PROOF_NOT_PATCHED'));
    assert.equal(result.proof.verdict, 'failed');
  });

  it('is shown in part when it cannot be loaded', async () => {
    const live = { results: { 'module:load:ext4': { status: 1 } } };
    const result = await proveSimulated(input, { live });
    assert.deepEqual(codes(result), ['PROOF_MODULE_NOT_LOADED']);
    assert.equal(result.proof.verdict, 'partly');
  });
});

describe('a proof does not count against an update', () => {
  it('what the kernel says before it was loaded', async () => {
    const live = {
      log: { 'module:load:ext4': 'WARNING: at old' },
      results: { 'taint:start': { stdout: '512\n' }, 'taint:end': { stdout: `${45056 + 512}\n` } },
    };
    assert.deepEqual(codes(await proveSimulated(INPUT, { live })), []);
  });

  it('what a module makes the kernel say in both boots', async () => {
    const live = {
      log: { 'module:load:ext4': 'WARNING: CPU: 0 at old' },
      results: { 'taint:start': { stdout: '512\n' }, 'taint:end': { stdout: `${45056 + 512}\n` } },
    };
    const late = {
      log: { 'module:load:ext4': 'WARNING: CPU: 1 at old' },
      results: { 'taint:end': { stdout: `${45056 + 512}\n` } },
    };
    assert.deepEqual(codes(await proveSimulated(INPUT, { live, late })), []);
  });

  it('a module that cannot be unloaded for a reason of its own', async () => {
    const late = { results: { 'module:unload:ext4': { status: 1 } } };
    assert.equal((await proveSimulated(INPUT, { late })).proof.verdict, 'proven');
  });
});

describe('a probe', () => {
  it('that says the same with and without the update is pointed out', async () => {
    const results = { 'probe:after:before': { status: 0 } };
    const result = await proveSimulated(BUILT_IN, { live: { results } });
    assert.deepEqual(codes(result), ['PROOF_PROBE_BLIND']);
    assert.equal(result.proof.verdict, 'proven');
  });

  it('is recorded in every state with what it printed', async () => {
    const results = { 'probe:after:after': { status: 0, stdout: 'new\n' } };
    const { proof } = await proveSimulated(BUILT_IN, { live: { results } });
    assert.equal(proof.probes.length, 6);
    assert.deepEqual(
      proof.probes.find(({ probe, state }) => probe === 'after' && state === 'after'),
      { probe: 'after', state: 'after', mustPass: true, status: 0, stdout: 'new\n', stderr: '' },
    );
  });

  it('that was not run has no status', async () => {
    const live: Differences = { end: { during: 'probe:after:after', outcome: 'panic' } };
    const { proof } = await proveSimulated(BUILT_IN, { live });
    assert.deepEqual(
      proof.probes.map(({ status }) => status),
      [0, 1, 1, null, null, null],
    );
  });
});
