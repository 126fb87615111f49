// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Block, Rollout } from '@uptide/stream';
import fc from 'fast-check';
import { waysBack } from '../src/policy/back.ts';
import type { Plan, PlanInput, StreamFacts } from '../src/policy/model.ts';
import { PLACES, placeOf } from '../src/policy/place.ts';
import { planHost } from '../src/policy/plan.ts';
import { idOf, indexed, indexOf, input, KERNEL, NOW, policyOf, rolloutOf } from './support/plan-input.ts';

const DAY = 86_400_000;
const LIVE_2 = { level: 2, id: idOf(2) };

function plan(changes: Partial<PlanInput> = {}, stream: Partial<StreamFacts> = {}): Plan {
  return planHost(input(changes, stream));
}

function stepOf({ step }: Plan): string {
  return step === undefined ? 'nothing' : step.do === 'load' ? `load ${step.level.level}` : step.do;
}

function moment(offset: number): string {
  return new Date(NOW + offset).toISOString().replace('.000', '');
}

function block(changes: Partial<Block> = {}): Block {
  return { reason: 'it hangs', since: moment(-DAY), action: 'hold', ...changes };
}

function waves(
  level: number,
  list: readonly (readonly [percent: number, from: number])[],
): Partial<StreamFacts> {
  return {
    rollout: {
      ...rolloutOf([]),
      levels: [
        { level, profile: 'slow', waves: list.map(([percent, from]) => ({ percent, from: moment(from) })) },
      ],
    },
  };
}

describe('the plan of a host', () => {
  it('goes straight to the highest level', () => {
    const { state, available, held } = plan();
    assert.equal(state, 'update-available');
    assert.equal(available?.level, 3);
    assert.deepEqual(held, []);
    assert.equal(stepOf(plan()), 'load 3');
    assert.equal(stepOf(plan({ live: LIVE_2 })), 'load 3');
  });
  it('is content with the newest level, and with none', () => {
    assert.equal(plan({ live: { level: 3, id: idOf(3) } }).state, 'current');
    assert.equal(plan({}, { index: indexOf([]) }).state, 'current');
  });
  it('replaces an update of the same level that is not the one of the stream', () => {
    assert.equal(stepOf(plan({ live: { level: 3, id: 'ff'.repeat(32) } })), 'load 3');
    assert.equal(plan({ live: { level: 9, id: 'ff'.repeat(32) } }).state, 'current');
  });
  it('only tells in the mode ask, and loads when a person asks', () => {
    const policy = policyOf('mode = "ask"');
    assert.equal(plan({ policy }).state, 'update-available');
    assert.equal(stepOf(plan({ policy })), 'nothing');
    assert.equal(stepOf(plan({ policy, byHand: {} })), 'load 3');
    assert.equal(stepOf(plan({ policy: policyOf('mode = "off"') })), 'nothing');
  });
  it('says that there is no stream, or nothing of it yet, or nothing for this kernel', () => {
    assert.equal(planHost({ ...input(), stream: undefined }).state, 'no-stream');
    assert.equal(plan({}, { known: false }).state, 'no-stream');
    const stream: StreamFacts = { known: true, expires: NOW + 1, index: undefined, rollout: undefined };
    assert.equal(planHost({ ...input(), stream }).state, 'unsupported');
  });
  it('tells that a kernel has ended, and still takes its last level', () => {
    const ended = {
      reason: 'its series ended',
      date: moment(-DAY),
      successor: { release: '6.1.0-51-amd64' },
    };
    const index = indexOf([indexed(1)], { ended });
    assert.equal(plan({}, { index }).state, 'unsupported');
    assert.equal(stepOf(plan({}, { index })), 'load 1');
    assert.match(plan({}, { index }).reasons[0] ?? '', /boot 6\.1\.0-51-amd64/);
  });
  it('loads nothing from a stream that has expired, and takes nothing away for it', () => {
    const rollout = rolloutOf([1, 2, 3], { blocks: [block({ action: 'unload' })] });
    assert.equal(stepOf(plan({}, { expires: NOW })), 'nothing');
    assert.equal(stepOf(plan({ live: LIVE_2 }, { expires: NOW, rollout })), 'nothing');
    assert.equal(plan({ live: { level: 3, id: idOf(3) } }, { expires: NOW - DAY }).state, 'current');
  });
});

describe('what stands against a level', () => {
  const cases: readonly (readonly [
    what: string,
    state: Plan['state'],
    changes: Partial<PlanInput>,
    stream: Partial<StreamFacts>,
  ])[] = [
    [
      'quarantine',
      'quarantined',
      { trust: { ...input().trust, quarantined: new Set([1, 2, 3].map(idOf)) } },
      {},
    ],
    [
      'a halt',
      'halted',
      {},
      { rollout: rolloutOf([1, 2, 3], { halt: { reason: 'stop', since: moment(0) } }) },
    ],
    ['a block', 'blocked', {}, { rollout: rolloutOf([1, 2, 3], { blocks: [block()] }) }],
    [
      'a block of this build',
      'blocked',
      {},
      { rollout: rolloutOf([1, 2, 3], { blocks: [block({ buildId: KERNEL.buildId })] }) },
    ],
    [
      'a block after what was loaded in this boot',
      'reboot-first',
      { trust: { ...input().trust, everLoaded: new Set([idOf(7)]) } },
      { rollout: rolloutOf([1, 2, 3], { blocks: [block({ everLoaded: [idOf(7)] })] }) },
    ],
    ['no offer', 'waiting-wave', {}, { rollout: undefined }],
    ['a pin below', 'held-by-policy', { live: LIVE_2, policy: policyOf('mode = "auto"\npin = 2') }, {}],
    ['a hold', 'held-by-policy', { live: LIVE_2, policy: policyOf('mode = "auto"\nhold = 3') }, {}],
    ['a day', 'held-by-policy', { policy: policyOf('mode = "auto"\nas-of = 2026-04-30') }, {}],
    ['a delay', 'held-by-policy', { policy: policyOf('mode = "auto"\ndelay = "60d"') }, {}],
    ['a severity', 'held-by-policy', { policy: policyOf('mode = "auto"\nseverity = "critical"') }, {}],
    ['what a keeper took back', 'held-by-policy', { takenBack: { above: 0, since: moment(-DAY) } }, {}],
    [
      'a closed window',
      'held-by-policy',
      { policy: policyOf('mode = "auto"\nwindows = ["daily 13:00-14:00"]') },
      {},
    ],
  ];
  for (const [what, state, changes, stream] of cases) {
    it(`is ${what}: ${state}`, () => {
      const found = plan(changes, stream);
      assert.equal(found.state, state);
      assert.equal(stepOf(found), 'nothing');
      assert.notEqual(found.reasons.length, 0);
    });
  }
  it('is not a block whose conditions do not hold', () => {
    const blocks = [
      block({ levels: { first: 1, last: 2 } }),
      block({ buildId: 'dead'.repeat(10) }),
      block({ everLoaded: [idOf(7)] }),
    ];
    assert.equal(stepOf(plan({}, { rollout: rolloutOf([1, 2, 3], { blocks }) })), 'load 3');
  });
  it('is told whole, and with the CVEs that stay open, by level', () => {
    const policy = policyOf('mode = "auto"\nhold = [2, 3]\ndelay = "60d"');
    const { held } = plan({ policy, live: { level: 1, id: idOf(1) } });
    assert.deepEqual(
      held.map(({ level, obstacles, cves }) => [level, obstacles.map(({ rule }) => rule), cves]),
      [
        [3, ['hold', 'delay'], ['CVE-2026-1002', 'CVE-2026-1003']],
        [2, ['hold', 'delay'], ['CVE-2026-1002']],
      ],
    );
  });
  it('leaves the level below to be taken', () => {
    const index = indexOf([
      indexed(1),
      indexed(2),
      indexed(3, { withdrawn: { reason: 'bad', date: moment(0) } }),
    ]);
    const trust = { ...input().trust, quarantined: new Set([idOf(2)]) };
    assert.equal(stepOf(plan({ trust }, { index })), 'load 1');
    assert.deepEqual(
      plan({ trust }, { index }).held.map(({ level }) => level),
      [3, 2],
    );
  });
  it('says when it ends by itself', () => {
    const policy = policyOf('mode = "auto"\ndelay = "40d"');
    assert.equal(plan({ policy }).until, Date.UTC(2026, 4, 41));
    assert.equal(
      plan(
        {},
        waves(3, [
          [10, 0],
          [60, 2 * DAY],
          [100, 3 * DAY],
        ]),
      ).until,
      NOW + 2 * DAY,
    );
    const both = policyOf('mode = "auto"\ndelay = "60d"\nhold = 3');
    assert.equal(plan({ policy: both, live: LIVE_2 }).until, undefined);
  });
  it('counts what is not rated as critical, and fixes on the way', () => {
    const policy = policyOf('mode = "auto"\nseverity = "high"');
    const { severity: _, ...unrated } = indexed(3);
    const low = indexed(3, { severity: 'low' });
    assert.equal(stepOf(plan({ policy, live: LIVE_2 }, { index: indexOf([indexed(2), unrated]) })), 'load 3');
    assert.equal(stepOf(plan({ policy, live: LIVE_2 }, { index: indexOf([indexed(2), low]) })), 'nothing');
    assert.equal(stepOf(plan({ policy }, { index: indexOf([indexed(2), low]) })), 'load 3');
  });
  it('is not the own policy when a keeper names a level, and the maker all the same', () => {
    const policy = policyOf('mode = "off"\nhold = 2\npin = 1\ndelay = "60d"');
    assert.equal(stepOf(plan({ policy, byHand: { level: 2 } })), 'load 2');
    const rollout = rolloutOf([1, 2, 3], { blocks: [block({ levels: { first: 2, last: 2 } })] });
    assert.equal(stepOf(plan({ policy, byHand: { level: 2 } }, { rollout })), 'nothing');
    assert.equal(stepOf(plan({ policy, byHand: { level: 9 } })), 'nothing');
  });
  it('is a moment that is none, for ever', () => {
    const index = indexOf([indexed(1, { date: '2026-99-99T00:00:00Z' })]);
    assert.equal(stepOf(plan({}, { index })), 'nothing');
    const rollout = rolloutOf([1]);
    const never = {
      ...rollout,
      levels: [{ level: 1, profile: 'x', waves: [{ percent: 100, from: '2026-99-99T00:00:00Z' }] }],
    };
    assert.equal(stepOf(plan({}, { rollout: never })), 'nothing');
  });
});

describe('an order to unload', () => {
  const unload = (changes: Partial<Block> = {}): Partial<StreamFacts> => ({
    rollout: rolloutOf([1, 2, 3], {
      blocks: [block({ action: 'unload', levels: { first: 2, last: 2 }, ...changes })],
    }),
  });
  it('is followed by the next level that is allowed', () => {
    assert.equal(stepOf(plan({ live: LIVE_2 }, unload())), 'load 3');
    assert.equal(plan({ live: LIVE_2 }, unload()).state, 'blocked');
  });
  it('goes down when nothing above is allowed, and the way back is open', () => {
    const levels = { first: 2, last: 3 };
    assert.equal(stepOf(plan({ live: LIVE_2 }, unload({ levels }))), 'load 1');
    const index = indexOf([indexed(1), indexed(2, { back: false }), indexed(3)]);
    assert.equal(stepOf(plan({ live: LIVE_2 }, { ...unload({ levels }), index })), 'unload');
  });
  it('goes by no closed window, and waits for a person in the mode ask', () => {
    const closed = policyOf('mode = "auto"\nwindows = ["daily 13:00-14:00"]');
    assert.equal(stepOf(plan({ live: LIVE_2, policy: closed }, unload())), 'load 3');
    assert.equal(stepOf(plan({ live: LIVE_2, policy: policyOf('mode = "ask"') }, unload())), 'nothing');
  });
  it('is still followed where nothing may be loaded, unless all is switched off', () => {
    const trust = { ...input().trust, stopped: 'two unclean boots' };
    assert.equal(stepOf(plan({ live: LIVE_2, trust }, unload())), 'unload');
    const killed = { where: '/etc/uptide/disable', stops: 'loading' } as const;
    assert.equal(stepOf(plan({ live: LIVE_2, killSwitch: killed }, unload())), 'unload');
    const off = { where: 'uptide=off', stops: 'everything' } as const;
    assert.equal(stepOf(plan({ live: LIVE_2, killSwitch: off }, unload())), 'nothing');
  });
  it('does not touch a level that it does not name', () => {
    assert.equal(plan({ live: { level: 3, id: idOf(3) } }, unload()).state, 'current');
  });
});

describe('switches', () => {
  it('are told before all else, and load nothing', () => {
    const trust = { ...input().trust, stopped: 'two unclean boots' };
    assert.equal(plan({ trust }).state, 'stopped');
    assert.equal(stepOf(plan({ trust, byHand: { level: 3 } })), 'nothing');
    const killSwitch = { where: '/etc/uptide/disable', stops: 'loading' } as const;
    assert.equal(plan({ trust, killSwitch }).state, 'disabled');
    assert.equal(stepOf(plan({ killSwitch, byHand: {} })), 'nothing');
  });
});

describe('the place of a host', () => {
  it('is the HMAC of the update by its secret', () => {
    // printf ID | openssl dgst -sha256 -hmac secret: 0x39e5208d are its first four bytes.
    assert.equal(placeOf(Buffer.from('secret'), idOf(1)), 0x39e5208d % PLACES);
  });
  it('is spread evenly, and anew for each update', () => {
    const secret = Buffer.alloc(32, 7);
    const count = 4000;
    const first = Array.from({ length: count }, (_, at) => placeOf(secret, idOf(at))).filter(
      (one) => one < 1000,
    );
    assert.ok(first.length > count * 0.08 && first.length < count * 0.12, String(first.length));
  });
});

/** A stream as a maker may publish it, with all that can stand against its levels. */
const anyInput = fc
  .record({
    count: fc.integer({ min: 0, max: 5 }),
    live: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
    withdrawn: fc.array(fc.integer({ min: 1, max: 5 })),
    quarantined: fc.array(fc.integer({ min: 1, max: 5 })),
    notBack: fc.array(fc.integer({ min: 1, max: 5 })),
    blocks: fc.array(
      fc.record({
        action: fc.constantFrom('hold' as const, 'unload' as const),
        first: fc.integer({ min: 1, max: 5 }),
        length: fc.integer({ min: 0, max: 2 }),
      }),
      { maxLength: 3 },
    ),
    percents: fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 4 }),
    hold: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
    pin: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    halt: fc.boolean(),
    place: fc.integer({ min: 0, max: PLACES - 1 }),
    expired: fc.boolean(),
  })
  .map((facts): PlanInput => {
    const numbers = Array.from({ length: facts.count }, (_, at) => at + 1);
    const index = indexOf(
      numbers.map((level) =>
        indexed(level, {
          back: !facts.notBack.includes(level),
          ...(facts.withdrawn.includes(level) ? { withdrawn: { reason: 'bad', date: moment(-DAY) } } : {}),
        }),
      ),
    );
    const percents = [...facts.percents].sort((a, b) => a - b);
    const rollout: Rollout = {
      ...rolloutOf([]),
      ...(facts.halt ? { halt: { reason: 'stop', since: moment(-DAY) } } : {}),
      levels: numbers.map((level) => ({
        level,
        profile: 'slow',
        waves: percents.map((percent, at) => ({ percent, from: moment((at - 2) * DAY) })),
      })),
      blocks: facts.blocks.map(({ action, first, length }) =>
        block({ action, levels: { first, last: first + length } }),
      ),
    };
    const policy = `mode = "auto"\nhold = [${facts.hold.join(', ')}]${facts.pin === undefined ? '' : `\npin = ${facts.pin}`}`;
    return input(
      {
        policy: policyOf(policy),
        live: facts.live === undefined ? undefined : { level: facts.live, id: idOf(facts.live) },
        trust: { ...input().trust, quarantined: new Set(facts.quarantined.map(idOf)) },
        place: () => facts.place,
      },
      { index, rollout, expires: facts.expired ? NOW : NOW + 1 },
    );
  });

describe('no plan', () => {
  it('loads what is withdrawn, quarantined, blocked, halted or expired, or goes a way back that is closed', () => {
    fc.assert(
      fc.property(anyInput, (facts) => {
        const { step } = planHost(facts);
        if (step?.do !== 'load') return;
        const { level, id, withdrawn } = step.level;
        const { rollout, index } = facts.stream ?? {};
        assert.equal(withdrawn, undefined);
        assert.equal(facts.trust.quarantined.has(id), false);
        assert.equal(rollout?.halt, undefined);
        assert.equal(
          rollout?.blocks.some(({ levels }) => levels && level >= levels.first && level <= levels.last),
          false,
        );
        assert.ok((facts.stream?.expires ?? 0) > facts.now);
        const live = facts.live?.level ?? 0;
        for (const one of index?.levels ?? []) {
          if (one.level > level && one.level <= live) assert.equal(one.back, true);
        }
        if (level < live) return;
        assert.equal(facts.policy.hold.includes(level), false);
        assert.ok(facts.policy.pin === undefined || level <= facts.policy.pin);
      }),
    );
  });
  it('takes a host out when a wave grows', () => {
    fc.assert(
      fc.property(anyInput, fc.integer({ min: 1, max: 50 }), (facts, more) => {
        const { stream } = facts;
        assert.ok(stream?.rollout);
        const levels = stream.rollout.levels.map((one) => ({
          ...one,
          waves: one.waves.map((wave) => ({ ...wave, percent: Math.min(100, wave.percent + more) })),
        }));
        const before = planHost(facts);
        const after = planHost({ ...facts, stream: { ...stream, rollout: { ...stream.rollout, levels } } });
        if (before.step?.do !== 'load' || before.step.level.level < (facts.live?.level ?? 0)) return;
        assert.equal(after.step?.do, 'load');
        assert.ok(after.step?.do === 'load' && after.step.level.level >= before.step.level.level);
      }),
    );
  });
  it('has a state without a reason, or a level that is neither loaded nor explained', () => {
    fc.assert(
      fc.property(anyInput, (facts) => {
        const { reasons, held, step } = planHost(facts);
        assert.notEqual(reasons.length, 0);
        for (const { obstacles } of held) assert.notEqual(obstacles.length, 0);
        const top = facts.stream?.index?.levels.at(-1)?.level ?? 0;
        const orders = facts.stream?.rollout?.blocks.some(({ action }) => action === 'unload') ?? false;
        if (orders || top <= (facts.live?.level ?? 0) || facts.stream?.expires === facts.now) return;
        const reached = step?.do === 'load' ? step.level.level : (facts.live?.level ?? 0);
        const explained = held.map(({ level }) => level);
        for (let level = reached + 1; level <= top; level += 1) assert.ok(explained.includes(level));
      }),
    );
  });
});

describe('the ways back from a level', () => {
  const ways = (index: StreamFacts['index'], halted: boolean) => {
    const given = input();
    const rollout = rolloutOf([1, 2, 3], halted ? { halt: { since: moment(-DAY), reason: 'it hangs' } } : {});
    assert.ok(index !== undefined);
    return waysBack(LIVE_2, { ...given, index, rollout }).map(({ against, isOneWay }) => [
      against.length > 0,
      isOneWay,
    ]);
  };
  const oneWay = indexOf([indexed(1), indexed(2, { back: false })]);
  it('are open where klp knows the states', () => {
    assert.deepEqual(ways(indexOf([indexed(1), indexed(2)]), false), [[false, false]]);
  });
  it('tell whether states alone stand against them', () => {
    assert.deepEqual(ways(oneWay, false), [[true, true]]);
    assert.deepEqual(ways(oneWay, true), [[true, false]]);
    assert.deepEqual(ways(indexOf([indexed(1), indexed(2)]), true), [[true, false]]);
  });
});
