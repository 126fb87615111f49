// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ActResult, upgrade } from '@uptide/host';
import { FollowedMachine } from '../../host/test/support/followed-machine.ts';
import { endingOfAct, endingOfState } from '../src/glue/agent/agent.ts';
import { availableToJson, chooseLevels, describeAvailable, readWanted } from '../src/glue/agent/available.ts';
import { confirmWith } from '../src/glue/agent/confirm.ts';
import { describeExamined, endingOfExamined } from '../src/glue/agent/doctor.ts';
import { describeHistory } from '../src/glue/agent/history.ts';
import { describeAct, describePlan, planToJson } from '../src/glue/agent/plan.ts';
import { describeStatus } from '../src/glue/agent/status.ts';
import type { Shell } from '../src/shell/shell.ts';

const host = await import('@uptide/host');

/** A shell that remembers, and answers every question the same. */
function fakeShell(answer: boolean): { shell: Shell; printed: string[]; asked: string[] } {
  const printed: string[] = [];
  const asked: string[] = [];
  const shell: Shell = {
    reporter: { step: (_name, work) => work(), progress: () => {}, note: () => {} },
    signal: new AbortController().signal,
    print: (text) => printed.push(text),
    printJson: (value) => printed.push(JSON.stringify(value)),
    confirm: async (question) => {
      asked.push(question);
      return answer;
    },
    isAttended: () => false,
    ask: async () => undefined,
    secret: async () => undefined,
    act: async (_options, work) => {
      await work();
    },
  };
  return { shell, printed, asked };
}

describe('what the commands of the agent print', () => {
  it('is the plan, with what is held back and what stays open by it', async () => {
    const followed = await FollowedMachine.subscribed(2, '[policy]\nhold = 2\n');
    const { plan } = await host.checkStream(followed.agent);
    assert.equal(
      describePlan(plan),
      [
        'update-available: level 1 can be loaded',
        '  policy.mode is ask: uptide upgrade loads it',
        'level 2 is not taken: policy.hold keeps level 2 off this host',
        '  open meanwhile: CVE-2026-0002',
      ].join('\n'),
    );
    assert.deepEqual(JSON.parse(JSON.stringify(planToJson(plan))), {
      state: 'update-available',
      reasons: plan.reasons,
      available: { level: 1, id: plan.available?.id },
      held: [
        {
          level: 2,
          cves: ['CVE-2026-0002'],
          obstacles: [{ rule: 'hold', reason: 'policy.hold keeps level 2 off this host' }],
        },
      ],
    });
  });
  it('is the status, and obeys no title of a stranger', async () => {
    const followed = await FollowedMachine.subscribed(1);
    await upgrade(followed.agent, { confirm: async () => true });
    const status = await host.readStatus(followed.agent);
    const text = describeStatus({
      ...status,
      live: { ...status.live, title: 'a\x1b[31m\nb' } as typeof status.live,
    });
    assert.match(
      text,
      /^6\.1\.0-50-amd64\+uptide\.1: current\n {2}level 1 is live, the newest there is\nlive: level 1, a b, on probation, since /,
    );
    assert.match(text, /\nCVEs: 1 fixed$/);
  });
  it('is a table of levels, one of them, or who closes a CVE', async () => {
    const followed = await FollowedMachine.subscribed(2);
    await upgrade(followed.agent, { to: 1, confirm: async () => true });
    const known = await host.readAvailable(followed.agent);
    const wanted = (argument?: string, available = false) => {
      const found = readWanted(argument, available);
      assert.ok(found);
      return found;
    };
    assert.match(describeAvailable(known, wanted()), /^level 1 {2}live .*\nlevel 2 {2}open /);
    assert.match(describeAvailable(known, wanted(undefined, true)), /^level 2 [^\n]*$/);
    assert.match(describeAvailable(known, wanted('2')), /^level 2: fix 2\n {2}open, published /);
    assert.equal(
      describeAvailable(known, wanted('cve-2026-0001')),
      'CVE-2026-0001: fixed by level 1 and above, live here',
    );
    assert.equal(
      describeAvailable(known, wanted('CVE-2026-0002')),
      'CVE-2026-0002: fixed by level 2 and above, NOT live here',
    );
    assert.match(describeAvailable(known, wanted('CVE-1999-0001')), /nothing is known of it/);
    assert.equal(chooseLevels(known, wanted('7')).length, 0);
    assert.deepEqual(Object.keys(availableToJson(known, wanted())), ['schema', 'kernel', 'levels']);
    assert.equal(readWanted('fix.uptide', false), undefined);
  });
  it('is the history by boot', async () => {
    const followed = await FollowedMachine.subscribed(1);
    assert.equal(
      describeHistory(await host.readHistory(followed.agent)),
      'nothing was loaded on this host yet',
    );
    await upgrade(followed.agent, { confirm: async () => true });
    assert.match(
      describeHistory(await host.readHistory(followed.agent)),
      /^boot 00000000 of 6\.1\.0-50-amd64, 2026-01-01T00:00:00Z\n {2}2026-01-01T00:00:00Z {2}load level 1 \(by hand\): live in \d+ ms$/,
    );
  });
  it('is what the doctor found, with what to do', async () => {
    const followed = await FollowedMachine.subscribed(1);
    const examined = await host.examineHost(followed.agent, { kernelText: true });
    const text = describeExamined(examined);
    assert.match(text, /^note {2}configuration: .*\n {6}next: /);
    assert.match(text, /\nok {4}stream: reached and verified/);
    assert.equal(endingOfExamined(examined), 'done');
    const [diagnosis] = examined;
    assert.ok(diagnosis);
    assert.equal(
      endingOfExamined([{ name: 'x', diagnoses: [{ state: 'bad', reason: 'y', remedy: 'z' }] }, diagnosis]),
      'attention',
    );
  });
});

describe('before the kernel is touched', () => {
  it('the plan is shown and a person is asked', async () => {
    const followed = await FollowedMachine.subscribed(1);
    const { shell, printed, asked } = fakeShell(false);
    const result = await upgrade(followed.agent, { confirm: confirmWith(shell, {}) });
    assert.equal(result.outcome, undefined);
    assert.equal(describeAct(result), undefined);
    assert.deepEqual(asked, ['load level 1 (high): fix 1?']);
    assert.equal(printed.length, 1);
    assert.equal(endingOfAct(result), 'available');
  });
  it('nobody is asked on a dry run, with a yes, or in the mode auto', async () => {
    const dry = await FollowedMachine.subscribed(1);
    const { shell, asked } = fakeShell(false);
    await upgrade(dry.agent, { confirm: confirmWith(shell, { dryRun: true }) });
    assert.deepEqual(dry.host.live(), []);
    const done: ActResult = await upgrade(dry.agent, { confirm: confirmWith(shell, { yes: true }) });
    assert.match(describeAct(done) ?? '', / is live$/);
    assert.equal(endingOfAct(done), 'done');
    const auto = await FollowedMachine.subscribed(1, '[policy]\nmode = "auto"\n');
    await upgrade(auto.agent, { confirm: confirmWith(shell, {}) });
    assert.deepEqual(auto.host.live(), [1]);
    assert.deepEqual(asked, []);
  });
});

describe('how a command ends', () => {
  it('says whether all is well, a level can be taken, or a person has to look', () => {
    assert.equal(endingOfState('current'), 'done');
    assert.equal(endingOfState('waiting-wave'), 'done');
    assert.equal(endingOfState('update-available'), 'available');
    assert.equal(endingOfState('quarantined'), 'attention');
  });
});
