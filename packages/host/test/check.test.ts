// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkUpdate } from '@uptide/host';
import type { Description, PatchedFunction } from '@uptide/stream';
import {
  coreFile,
  FakeMachine,
  type Files,
  HEALTHY,
  live,
  NAME,
  notes,
  RELEASE,
  runningText,
  sampleUpdate,
} from './support/fake-machine.ts';

/** What the check says of the sample update on a healthy machine with these files besides. */
async function codes(files: Files, changes: Partial<Description> = {}): Promise<string[]> {
  const machine = new FakeMachine({ ...HEALTHY, ...files });
  const { findings } = await checkUpdate(machine, sampleUpdate(changes));
  return findings.map(({ code, verdict }) => `${verdict} ${code}`);
}

/** The sample's objects with its one function changed. */
function withFunction(change: Partial<PatchedFunction>, object = 'vmlinux'): Partial<Description> {
  const [sample] = sampleUpdate().description.objects;
  return {
    objects: [{ name: object, functions: (sample?.functions ?? []).map((one) => ({ ...one, ...change })) }],
  };
}

describe('checkUpdate', () => {
  it('has nothing to say where all is well', async () => {
    const machine = new FakeMachine(HEALTHY);
    assert.deepEqual(await checkUpdate(machine, sampleUpdate()), { findings: [], matched: true });
    assert.deepEqual(machine.calls, []);
  });

  const finding = {
    code: 'EXAMINE_LOCKS_CHANGED',
    verdict: 'review' as const,
    place: {},
    reason: 'r',
    remedy: 'n',
  };
  const signedOff = { name: 'A Maker', reason: 'judged', date: '2024-02-29' };
  const reviews: [string, Partial<Description>, string[]][] = [
    ['that are signed off', { findings: [{ ...finding, signedOff }] }, []],
    ['that nobody judged', { findings: [finding] }, ['review HOST_UNREVIEWED']],
    [
      'that go unjudged in words',
      { findings: [finding], unreviewed: { reason: 'a test' } },
      ['review HOST_UNREVIEWED'],
    ],
    ['that are proven', { findings: [{ ...finding, verdict: 'ok' }] }, []],
  ];
  for (const [what, changes, found] of reviews) {
    it(`says ${found[0] ?? 'nothing'} of findings ${what}`, async () => {
      assert.deepEqual(await codes({}, changes), found);
    });
  }

  const refusals: [string, Files, string][] = [
    ['another release', { 'proc/sys/kernel/osrelease': '6.1.0-49-amd64\n' }, 'HOST_OTHER_RELEASE'],
    ['another build', { 'sys/kernel/notes': notes('ab'.repeat(20)) }, 'HOST_OTHER_BUILD_ID'],
    [
      'a build id that is cut off',
      { 'sys/kernel/notes': notes('ab').subarray(0, 14) },
      'HOST_OTHER_BUILD_ID',
    ],
    ['modules_disabled', { 'proc/sys/kernel/modules_disabled': '1\n' }, 'HOST_MODULES_DISABLED'],
    [
      'lockdown',
      { 'sys/kernel/security/lockdown': 'none [integrity] confidentiality\n' },
      'HOST_SIGNATURE_REQUIRED',
    ],
    ['sig_enforce', { 'sys/module/module/parameters/sig_enforce': 'Y\n' }, 'HOST_SIGNATURE_REQUIRED'],
    ['the module being there', { [`sys/module/${NAME}/initstate`]: 'live\n' }, 'HOST_ALREADY_LOADED'],
    ['a transition of another', live('uptide_ffff', 1, 1), 'HOST_TRANSITION_RUNNING'],
    ['an update of another maker', live('kpatch_x', 1, 0), 'HOST_FOREIGN_UPDATE'],
    [
      'another user who redirects the function',
      { 'sys/kernel/tracing/enabled_functions': 'victim (1) R I\n' },
      'HOST_FUNCTION_TAKEN',
    ],
    [
      'the same in the old place of tracefs',
      { 'sys/kernel/debug/tracing/enabled_functions': 'victim (1) R I\n' },
      'HOST_FUNCTION_TAKEN',
    ],
    ['a name that is not there', { 'proc/kallsyms': 'ffffffff9a000000 T _text\n' }, 'HOST_FUNCTION_MISSING'],
    [
      'a name that is there twice',
      { 'proc/kallsyms': 'ffffffff9a000100 t victim\nffffffff9a000100 d victim\n' },
      'HOST_FUNCTION_MISSING',
    ],
    ['hidden addresses', { 'proc/kallsyms': '0000000000000000 t victim\n' }, 'HOST_CODE_UNREADABLE'],
    ['kallsyms of another form', { 'proc/kallsyms': 'x\n' }, 'HOST_CODE_UNREADABLE'],
    ['a kcore that is no core', { 'proc/kcore': 'x' }, 'HOST_CODE_UNREADABLE'],
    [
      'a kcore that does not hold the function',
      { 'proc/kcore': coreFile(new Uint8Array(4)) },
      'HOST_CODE_UNREADABLE',
    ],
    [
      'a kcore that ends early',
      { 'proc/kcore': coreFile(runningText()).subarray(0, 300) },
      'HOST_CODE_UNREADABLE',
    ],
  ];
  for (const [what, files, code] of refusals) {
    it(`refuses for ${what}`, async () => assert.deepEqual(await codes(files), [`refuse ${code}`]));
  }

  const record = (states?: object): Files => ({
    ...live('uptide_ffff', 1, 0),
    'run/uptide/uptide_ffff.json': JSON.stringify({
      schema: 1,
      module: 'uptide_ffff',
      id: 'x',
      level: 2,
      title: 't',
      cves: [],
      matched: true,
      states,
    }),
  });
  const states = [{ id: '0x1', version: 2 }];
  const unknown = ['refuse HOST_STATE_UNKNOWN'];
  const compared: [string, Files, Partial<Description>, string[]][] = [
    ['it does not know', record(states), {}, unknown],
    ['it knows in an older version', record(states), { states: [{ id: '0x1', version: 1 }] }, unknown],
    ['it knows in the same version', record(states), { states }, []],
    ['it knows in a newer version', record(states), { states: [{ id: '0x1', version: 3 }] }, []],
    ['nobody wrote down', record(), {}, []],
    ['are not of a form that it can read', record([{ id: 1 }]), {}, []],
  ];
  for (const [what, files, changes, found] of compared) {
    it(`says ${found[0] ?? 'nothing'} of states of a live update that ${what}`, async () => {
      assert.deepEqual(await codes(files, changes), found);
    });
  }

  it('sees each byte that changed outside the masks, and none inside', async () => {
    for (const at of [0, 4, 5, 31, 63]) {
      const text = runningText((code) => code.set([(code[at] ?? 0) ^ 1], at));
      const expected = at < 5 ? [] : ['refuse HOST_CODE_DIFFERS'];
      assert.deepEqual(await codes({ 'proc/kcore': coreFile(text) }), expected, `byte ${at}`);
    }
  });
  it('says that a kprobe is there', async () => {
    const text = runningText((code) => code.set([0xcc], 9));
    const list = 'ffffffff9a000109  k  victim+0x9\n';
    const files = { 'proc/kcore': coreFile(text), 'sys/kernel/debug/kprobes/list': list };
    assert.deepEqual(await codes(files), ['review HOST_FUNCTION_PROBED', 'refuse HOST_CODE_DIFFERS']);
  });
  it('takes the position that klp takes', async () => {
    const kallsyms = 'ffffffff9a000000 t victim\nffffffff9a000100 t victim\n';
    assert.deepEqual(await codes({ 'proc/kallsyms': kallsyms }, withFunction({ position: 2 })), []);
    assert.deepEqual(await codes({ 'proc/kallsyms': kallsyms }, withFunction({ position: 1 })), [
      'refuse HOST_CODE_DIFFERS',
    ]);
    assert.deepEqual(await codes({ 'proc/kallsyms': kallsyms }, withFunction({ position: 3 })), [
      'refuse HOST_FUNCTION_MISSING',
    ]);
  });
  it('reads no function that is larger than any', async () => {
    assert.deepEqual(await codes({}, withFunction({ size: 1024 * 1024 + 1 })), ['refuse HOST_CODE_DIFFERS']);
  });
  it('compares functions of a module that is loaded', async () => {
    const kallsyms = 'ffffffff9a000000 t victim\nffffffff9a000100 t victim\t[mod]\n';
    assert.deepEqual(await codes({ 'proc/kallsyms': kallsyms }, withFunction({}, 'mod')), []);
  });
  it('says of a module that is not loaded that it is not compared', async () => {
    assert.deepEqual(await codes({}, withFunction({}, 'absent')), ['review HOST_OBJECT_NOT_LOADED']);
  });
  it('takes the place of an own update that redirects the function', async () => {
    const files = {
      ...live('uptide_ffff', 1, 0),
      'sys/kernel/tracing/enabled_functions': 'victim (1) R I\n',
    };
    assert.deepEqual(await codes(files), []);
  });
  it('wants no signature where the module has one', async () => {
    const machine = new FakeMachine({ ...HEALTHY, 'sys/kernel/security/lockdown': '[integrity]\n' });
    const module = Buffer.from('...~Module signature appended~\n');
    assert.deepEqual((await checkUpdate(machine, { ...sampleUpdate(), module })).findings, []);
  });
  it('says all at once', async () => {
    const files = { 'proc/sys/kernel/modules_disabled': '1\n', ...live('kpatch_x', 1, 1) };
    assert.equal((await codes(files)).length, 3);
  });
  it('looks no further on another kernel', async () => {
    const files = { 'proc/sys/kernel/osrelease': `${RELEASE}x\n`, 'proc/kcore': 'x' };
    assert.deepEqual(await codes(files), ['refuse HOST_OTHER_RELEASE']);
  });
});
