// SPDX-License-Identifier: GPL-2.0-or-later
/* The state machine of the guard: every record in every situation, and what no order of records may come to. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HostError } from '@uptide/host';
import fc from 'fast-check';
import { candidates } from '../src/guard/decide/candidates.ts';
import { judgeGate, whyStopped } from '../src/guard/decide/gate.ts';
import { type GuardState, type JournalRecord, stateSchema } from '../src/guard/decide/record.ts';
import {
  isOf,
  MAX_ACTIONS,
  MAX_HISTORY,
  MAX_KNOWN,
  MAX_UNCLEAN_BOOTS,
  NOTHING,
  reduce,
} from '../src/guard/decide/reduce.ts';
import { KERNEL, named, record } from './support/guard-records.ts';

const fold = (records: readonly JournalRecord[], from: GuardState = NOTHING): GuardState =>
  records.reduce(reduce, from);
const live = (level: number): JournalRecord[] => [record.load(level), record.outcome('live')];
const of = (state: GuardState, level: number): GuardState['known'][number] | undefined =>
  state.known.find((one) => isOf(one, KERNEL, named(level)));

/** One word for what the state says of level 1, and whether anything is open or going down. */
function describeState(state: GuardState): string {
  const { boot } = state;
  const known = of(state, 1);
  return [
    boot?.open === undefined ? undefined : `${boot.open.action}ing`,
    boot?.live === undefined ? 'nothing live' : boot.live.phase,
    boot?.shutdown === undefined ? undefined : 'going down',
    known?.quarantined === undefined ? undefined : 'quarantined here',
    known?.trusted === undefined ? undefined : 'trusted here',
    state.uncleanInARow === 0 ? undefined : `${state.uncleanInARow} unclean`,
  ]
    .filter((word) => word !== undefined)
    .join(', ');
}

const SITUATIONS = {
  empty: [],
  idle: [record.boot(1)],
  loading: [record.boot(1), record.load(1)],
  probation: [record.boot(1), ...live(1)],
  trusted: [record.boot(1), ...live(1), record.trusted()],
  complained: [record.boot(1), ...live(1), record.complaint()],
  unloading: [record.boot(1), ...live(1), record.unload(1)],
  goingDown: [record.boot(1), ...live(1), record.shutdown(10)],
  goingDownLate: [record.boot(1), ...live(1), record.shutdown(16)],
} as const satisfies Record<string, readonly JournalRecord[]>;

const RECORDS = {
  boot: record.boot(2),
  load: record.load(1),
  unload: record.unload(1),
  live: record.outcome('live'),
  reverted: record.outcome('reverted'),
  failed: record.outcome('failed'),
  interrupted: record.outcome('interrupted'),
  unloaded: record.outcome('unloaded'),
  kept: record.outcome('kept'),
  gone: record.gone(),
  found: record.found(1),
  complaint: record.complaint(),
  unwatched: record.unwatched(),
  trust: record.trusted(),
  shutdown: record.shutdown(),
  resumed: record.resumed(),
  cleared: record.cleared(),
} as const satisfies Record<string, JournalRecord>;

const NO = 'damaged';
const QUARANTINED = 'quarantined, quarantined here';
/** What follows from each record in each situation; `damaged`: it cannot stand there. */
const TABLE: Record<keyof typeof SITUATIONS, Record<keyof typeof RECORDS, string>> = {
  empty: {
    boot: 'nothing live',
    load: NO,
    unload: NO,
    live: NO,
    reverted: NO,
    failed: NO,
    interrupted: NO,
    unloaded: NO,
    kept: NO,
    gone: NO,
    found: NO,
    complaint: NO,
    unwatched: NO,
    trust: NO,
    shutdown: NO,
    resumed: NO,
    cleared: 'nothing live',
  },
  idle: {
    boot: 'nothing live, 1 unclean',
    load: 'loading, nothing live',
    unload: 'unloading, nothing live',
    live: NO,
    reverted: NO,
    failed: NO,
    interrupted: NO,
    unloaded: NO,
    kept: NO,
    gone: 'nothing live',
    found: 'probation',
    complaint: NO,
    unwatched: NO,
    trust: NO,
    shutdown: 'nothing live, going down',
    resumed: 'nothing live',
    cleared: 'nothing live',
  },
  loading: {
    boot: 'nothing live, quarantined here, 1 unclean',
    load: NO,
    unload: NO,
    live: 'probation',
    reverted: 'nothing live',
    failed: 'nothing live',
    interrupted: 'nothing live',
    unloaded: 'nothing live',
    kept: 'nothing live',
    gone: 'loading, nothing live',
    found: 'loading, probation',
    complaint: NO,
    unwatched: NO,
    trust: NO,
    shutdown: 'loading, nothing live, going down',
    resumed: 'loading, nothing live',
    cleared: 'loading, nothing live',
  },
  probation: {
    boot: 'nothing live, quarantined here, 1 unclean',
    load: 'loading, probation',
    unload: 'unloading, probation',
    live: NO,
    reverted: NO,
    failed: NO,
    interrupted: NO,
    unloaded: NO,
    kept: NO,
    gone: 'nothing live',
    found: NO,
    complaint: QUARANTINED,
    unwatched: 'probation',
    trust: 'trusted, trusted here',
    shutdown: 'probation, going down',
    resumed: 'probation',
    cleared: 'probation',
  },
  trusted: {
    boot: 'nothing live, trusted here, 1 unclean',
    load: 'loading, trusted, trusted here',
    unload: 'unloading, trusted, trusted here',
    live: NO,
    reverted: NO,
    failed: NO,
    interrupted: NO,
    unloaded: NO,
    kept: NO,
    gone: 'nothing live, trusted here',
    found: NO,
    complaint: QUARANTINED,
    unwatched: 'trusted, trusted here',
    trust: 'trusted, trusted here',
    shutdown: 'trusted, going down, trusted here',
    resumed: 'trusted, trusted here',
    cleared: 'trusted, trusted here',
  },
  complained: {
    boot: 'nothing live, quarantined here, 1 unclean',
    load: `loading, ${QUARANTINED}`,
    unload: `unloading, ${QUARANTINED}`,
    live: NO,
    reverted: NO,
    failed: NO,
    interrupted: NO,
    unloaded: NO,
    kept: NO,
    gone: 'nothing live, quarantined here',
    found: NO,
    complaint: QUARANTINED,
    unwatched: QUARANTINED,
    trust: NO,
    shutdown: 'quarantined, going down, quarantined here',
    resumed: QUARANTINED,
    cleared: 'quarantined',
  },
  unloading: {
    boot: 'nothing live, quarantined here, 1 unclean',
    load: NO,
    unload: NO,
    live: 'probation',
    reverted: 'probation',
    failed: 'probation',
    interrupted: 'probation',
    unloaded: 'nothing live',
    kept: 'probation',
    gone: 'unloading, nothing live',
    found: NO,
    complaint: `unloading, ${QUARANTINED}`,
    unwatched: 'unloading, probation',
    trust: 'unloading, trusted, trusted here',
    shutdown: 'unloading, probation, going down',
    resumed: 'unloading, probation',
    cleared: 'unloading, probation',
  },
  goingDown: {
    boot: 'nothing live',
    load: 'loading, probation, going down',
    unload: 'unloading, probation, going down',
    live: NO,
    reverted: NO,
    failed: NO,
    interrupted: NO,
    unloaded: NO,
    kept: NO,
    gone: 'nothing live, going down',
    found: NO,
    complaint: 'quarantined, going down, quarantined here',
    unwatched: 'probation, going down',
    trust: 'trusted, going down, trusted here',
    shutdown: 'probation, going down',
    resumed: 'probation',
    cleared: 'probation, going down',
  },
  goingDownLate: {
    boot: 'nothing live, trusted here',
    load: 'loading, probation, going down',
    unload: 'unloading, probation, going down',
    live: NO,
    reverted: NO,
    failed: NO,
    interrupted: NO,
    unloaded: NO,
    kept: NO,
    gone: 'nothing live, going down',
    found: NO,
    complaint: 'quarantined, going down, quarantined here',
    unwatched: 'probation, going down',
    trust: 'trusted, going down, trusted here',
    shutdown: 'probation, going down',
    resumed: 'probation',
    cleared: 'probation, going down',
  },
};

describe('every record in every situation', () => {
  for (const [situation, records] of Object.entries(SITUATIONS)) {
    for (const [name, next] of Object.entries(RECORDS)) {
      const row: Record<string, string> = TABLE[situation as keyof typeof TABLE];
      it(`${situation}, then ${name}: ${row[name]}`, () => {
        const before = fold(records);
        if (row[name] === NO) {
          assert.throws(
            () => reduce(before, next),
            (error) => error instanceof HostError && error.code === 'HOST_JOURNAL_DAMAGED',
          );
        } else assert.equal(describeState(reduce(before, next)), row[name]);
      });
    }
  }
});

describe('a boot that ended', () => {
  it('cleanly, but left a new crash dump, is unclean', () => {
    const before = [record.boot(1, { dumps: ['old 1'] }), ...live(1), record.shutdown(20)];
    const same = fold([...before, record.boot(2, { dumps: ['old 1'] })]);
    assert.equal(describeState(same), 'nothing live, trusted here');
    const fresh = fold([...before, record.boot(2, { dumps: ['old 1', 'new 2'], evidence: ['panic'] })]);
    assert.equal(describeState(fresh), 'nothing live, quarantined here, 1 unclean');
    assert.deepEqual(of(fresh, 1)?.quarantined?.evidence, ['panic']);
  });
  it('uncleanly while another level was being loaded strikes both that were new', () => {
    const state = fold([record.boot(1), ...live(1), record.load(2), record.boot(2)]);
    assert.deepEqual(
      [1, 2].map((level) => of(state, level)?.strikes),
      [1, 1],
    );
  });
  it('uncleanly while a trusted update was being loaded strikes it', () => {
    const trusted = [record.boot(1), ...live(1), record.trusted(), record.shutdown(), record.boot(2)];
    const state = fold([...trusted, record.load(1), record.boot(3)]);
    assert.equal(describeState(state), 'nothing live, quarantined here, 1 unclean');
  });
  it('says nothing of the same update on another kernel', () => {
    const other = { release: KERNEL.release, buildId: 'ab'.repeat(20) };
    const state = fold([record.boot(1), ...live(1), record.boot(2, { kernel: other })]);
    assert.deepEqual(judgeGate(state, {}, other, named(1), false), []);
    assert.equal(judgeGate(state, {}, KERNEL, named(1), false)[0]?.code, 'HOST_QUARANTINED');
  });
});

describe('what comes back', () => {
  const levels = (state: GuardState): number[] => candidates(state, KERNEL).map(({ update }) => update.level);
  const trusted = (...numbers: number[]): JournalRecord[] => [
    record.boot(1),
    ...numbers.flatMap((number) => [...live(number), record.trusted()]),
  ];
  it('is the highest trusted level first', () => assert.deepEqual(levels(fold(trusted(1, 2, 3))), [3, 2, 1]));
  it('is nothing above what was loaded last', () =>
    assert.deepEqual(levels(fold([...trusted(1, 2, 3), ...live(2)])), [2, 1]));
  it('is nothing after an unload', () => {
    const unloaded = [...trusted(1, 2), record.unload(2), record.outcome('unloaded')];
    assert.deepEqual(levels(fold(unloaded)), []);
    assert.deepEqual(levels(fold([...unloaded, ...live(1)])), [1]);
  });
  it('is nothing after somebody took the update out past the guard', () =>
    assert.deepEqual(levels(fold([...trusted(1, 2), record.gone()])), []));
  it('is not what was reverted', () =>
    assert.deepEqual(levels(fold([...trusted(1), record.load(2), record.outcome('reverted')])), [1]));
  it('is of one level what was loaded last', () => {
    const other = { ...named(1), id: 'ff'.repeat(32) };
    const second: JournalRecord = { ...record.load(1), kind: 'intent', update: other } as JournalRecord;
    const state = fold([...trusted(1), second, record.outcome('live'), record.trusted()]);
    assert.deepEqual(
      candidates(state, KERNEL).map(({ update }) => update.id),
      [other.id, named(1).id],
    );
  });
});

describe('an administrator who clears', () => {
  const struck = [record.boot(1), ...live(1), record.boot(2), ...live(2), record.boot(3)];
  it('ends the stop and all quarantines', () => {
    const state = fold([...struck, record.cleared()]);
    assert.equal(whyStopped(state), undefined);
    assert.deepEqual(judgeGate(state, {}, KERNEL, named(1), false), []);
    assert.equal(of(state, 1)?.strikes, 1);
  });
  it('may end one quarantine', () => {
    const state = fold([...struck, record.cleared([named(1).id])]);
    assert.deepEqual(judgeGate(state, {}, KERNEL, named(1), false), []);
    assert.equal(judgeGate(state, {}, KERNEL, named(2), false)[0]?.code, 'HOST_QUARANTINED');
  });
});

describe('the bounds of the state', () => {
  it('keep the last boots, and all ids of this one', () => {
    const boots = Array.from({ length: MAX_HISTORY + 5 }, (_, at) => record.boot(at + 1));
    const state = fold(boots);
    assert.equal(state.history.length, MAX_HISTORY);
    assert.equal(Number(state.history.at(-1)?.boot.slice(-12)), MAX_HISTORY + 4);
    const many = fold(
      Array.from({ length: MAX_ACTIONS + 5 }, (_, at) => [
        record.load(at + 1),
        record.outcome('failed'),
      ]).flat(),
      state,
    );
    assert.equal(many.boot?.actions.length, MAX_ACTIONS);
    assert.equal(many.boot?.forgotten, 5);
    assert.equal(many.boot?.everLoaded.length, MAX_ACTIONS + 5);
  });
  it('forget other kernels first, and no quarantine of this one', () => {
    const quarantined = fold([record.boot(1), ...live(1), record.boot(2)]);
    const other = { release: '6.1.0-49-amd64', buildId: 'ab'.repeat(20) };
    const filled: GuardState = {
      ...quarantined,
      known: [
        ...quarantined.known,
        { update: named(9999), kernel: other, wanted: false, strikes: 0 },
        ...Array.from({ length: MAX_KNOWN - 2 }, (_, at) => ({
          update: named(at + 10),
          kernel: KERNEL,
          wanted: false,
          strikes: 0,
        })),
      ],
    };
    const once = reduce(filled, record.load(5001));
    assert.equal(once.known.length, MAX_KNOWN);
    assert.ok(once.known.every((one) => one.kernel !== other));
    const twice = fold([record.outcome('failed'), record.load(5002)], once);
    assert.equal(twice.known.length, MAX_KNOWN);
    assert.notEqual(of(twice, 1)?.quarantined, undefined);
    assert.equal(of(twice, 10), undefined);
  });
});

/** A day in the life of a host, as the guard would carry it out. */
type Event =
  | {
      readonly do: 'load';
      readonly level: number;
      readonly early: boolean;
      readonly ends: 'live' | 'reverted' | 'crash';
    }
  | { readonly do: 'trust' | 'complain' | 'unload' | 'reboot' | 'crash' | 'clear' };

const LEVELS = 4;
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    do: fc.constant('load' as const),
    level: fc.integer({ min: 1, max: LEVELS }),
    early: fc.boolean(),
    ends: fc.constantFrom('live' as const, 'live' as const, 'reverted' as const, 'crash' as const),
  }),
  fc.record({
    do: fc.constantFrom(
      'trust',
      'trust',
      'complain',
      'unload',
      'reboot',
      'reboot',
      'crash',
      'clear' as const,
    ),
  }),
);

/** What a careful person would remember of the same days, in the plainest way. */
class Memory {
  readonly bad = new Set<number>();
  readonly proven = new Set<number>();
  crashes = 0;
  loading: number | undefined;
  fresh: number | undefined;
  live: number | undefined;

  crash(): void {
    for (const level of [this.loading, this.fresh]) {
      if (level === undefined) continue;
      this.bad.add(level);
      this.proven.delete(level);
    }
    this.crashes += 1;
    this.forgetBoot();
  }

  forgetBoot(): void {
    this.loading = undefined;
    this.fresh = undefined;
    this.live = undefined;
  }
}

it('no days of a host come to the loading of what must not be loaded', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const memory = new Memory();
      let boots = 1;
      let state = reduce(NOTHING, record.boot(boots));
      const add = (...records: readonly JournalRecord[]): void => {
        state = fold(records, state);
      };
      const boot = (): void => add(record.boot(++boots));
      for (const one of events) {
        if (one.do === 'load') {
          const allowed = judgeGate(state, {}, KERNEL, named(one.level), one.early).length === 0;
          if (!allowed) continue;
          assert.ok(!memory.bad.has(one.level), 'a quarantined update is never loaded');
          assert.ok(memory.crashes < MAX_UNCLEAN_BOOTS, 'nothing is loaded after two unclean boots');
          assert.ok(!one.early || memory.proven.has(one.level), 'only what is trusted is loaded early');
          add(record.load(one.level));
          memory.loading = one.level;
          if (one.ends === 'crash') {
            memory.crash();
            boot();
          } else {
            add(record.outcome(one.ends));
            memory.loading = undefined;
            if (one.ends === 'live') {
              memory.live = one.level;
              memory.fresh = memory.proven.has(one.level) ? undefined : one.level;
            }
          }
        } else if (one.do === 'trust' && memory.fresh !== undefined) {
          add(record.trusted());
          memory.proven.add(memory.fresh);
          memory.fresh = undefined;
        } else if (one.do === 'complain' && memory.fresh !== undefined) {
          add(record.complaint());
          memory.bad.add(memory.fresh);
          memory.fresh = undefined;
        } else if (one.do === 'unload' && memory.live !== undefined) {
          add(record.unload(memory.live), record.outcome('unloaded'));
          memory.live = undefined;
          memory.fresh = undefined;
        } else if (one.do === 'reboot') {
          add(record.shutdown(2));
          memory.crashes = 0;
          memory.forgetBoot();
          boot();
        } else if (one.do === 'crash') {
          memory.crash();
          boot();
        } else if (one.do === 'clear') {
          add(record.cleared());
          memory.crashes = 0;
          memory.bad.clear();
        }
        for (const { update } of candidates(state, KERNEL)) {
          assert.ok(
            memory.proven.has(update.level) && !memory.bad.has(update.level),
            'what comes back is trusted',
          );
        }
        assert.deepEqual(stateSchema.parse(state), state, 'the state has its form');
      }
    }),
    { numRuns: 500 },
  );
});
