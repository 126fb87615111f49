// SPDX-License-Identifier: GPL-2.0-or-later
import type { Words } from './statements.ts';

/** What a function does to a lock, by its name. */
export interface LockCall {
  readonly step: 'take' | 'release';
  /** The function that takes it, without what only lockdep needs: `spin_lock_irqsave`, `mutex_lock`. */
  readonly way: string;
  /**
   * What the same lock's other functions have in common: empty for those that are given a lock itself (spinlocks,
   * mutexes, semaphores), since two of one address are one; `mmap_lock` for `mmap_read_lock` and `mmap_write_unlock`.
   */
  readonly family: string;
  /** Which arguments tell the locks of a family apart. */
  readonly operands: 'first' | 'second' | 'last' | 'all' | 'none';
  /** Whether the function can leave the lock alone, and by which value it says that it has it. */
  readonly succeeds: 'always' | 'nonzero' | 'zero';
  /** Whether it waits for who holds the lock; what only tries does not. */
  readonly waits: boolean;
  /** Whether who holds it keeps others out; RCU readers and what keeps only this processor do not. */
  readonly excludes: boolean;
  /** Whether the name alone makes it a lock; others are when the function has both steps of the family. */
  readonly isCertain: boolean;
}

/** Pairs that do not say `lock` and `unlock`, or whose operand stands elsewhere: who takes, who releases. */
const PAIRS: readonly (readonly [
  RegExp,
  RegExp,
  Pick<LockCall, 'way' | 'family' | 'operands' | 'waits' | 'excludes'>,
])[] = [
  pair(/^lock_sock(?:_nested)?$/, /^release_sock$/, 'lock_sock', 'first', true),
  pair(/^bh_lock_sock(?:_nested)?$/, /^bh_unlock_sock$/, 'bh_lock_sock', 'first', true),
  pair(/^local_bh_disable$/, /^_?local_bh_enable$/, 'local_bh_disable', 'none', false),
  pair(
    /^(?:raw_)?local_irq_(?:disable|save)$/,
    /^(?:raw_)?local_irq_(?:enable|restore)$/,
    'local_irq_disable',
    'none',
    false,
  ),
  pair(
    /^(?:preempt_disable(?:_notrace)?|get_cpu)$/,
    /^(?:preempt_enable(?:_no_resched|_notrace)*|put_cpu)$/,
    'preempt_disable',
    'none',
    false,
  ),
  pair(/^migrate_disable$/, /^migrate_enable$/, 'migrate_disable', 'none', false),
  pair(/^rcu_read_lock$/, /^rcu_read_unlock$/, 'rcu_read_lock', 'none', false),
  pair(/^rcu_read_lock_bh$/, /^rcu_read_unlock_bh$/, 'rcu_read_lock_bh', 'none', false),
  pair(
    /^rcu_read_lock_sched(?:_notrace)?$/,
    /^rcu_read_unlock_sched(?:_notrace)?$/,
    'rcu_read_lock_sched',
    'none',
    false,
  ),
  pair(/^srcu_read_lock(?:_notrace)?$/, /^srcu_read_unlock(?:_notrace)?$/, 'srcu_read_lock', 'first', false),
  pair(
    /^(?:raw_)?write_seqcount_begin(?:_nested)?$/,
    /^(?:raw_)?write_seqcount_end$/,
    'write_seqcount_begin',
    'first',
    false,
  ),
  pair(/^read_seqbegin$/, /^read_seqretry$/, 'read_seqbegin', 'first', false),
  pair(
    /^(?:raw_)?read_seqcount_begin$/,
    /^__?read_seqcount_retry$|^read_seqcount_retry$/,
    'read_seqcount_begin',
    'first',
    false,
  ),
  pair(/^sb_start_write$/, /^sb_end_write$/, 'sb_start_write', 'first', true),
  pair(/^sb_start_pagefault$/, /^sb_end_pagefault$/, 'sb_start_pagefault', 'first', true),
  pair(/^sb_start_intwrite$/, /^sb_end_intwrite$/, 'sb_start_intwrite', 'first', true),
];

/** Words of names that speak of a lock and do not take it. */
const NO_STEP =
  /(?:^|_)(?:init|lockdep|held|name|map|key|stat|slowpath|wait|event|might|assert|is|class)(?:_|$)/;
const STEP = /^(i|r|w|seq)?(try|un|re)?lock$/;
/** Ends of names that say how, and not which. */
const CAN_FAIL = new Set(['interruptible', 'killable', 'timeout']);
const HOW = new Set(['nested', 'nest', 'subclass', 'io', 'notrace', 'try', 'nowait', ...CAN_FAIL]);
const INTERRUPTS = new Set(['irq', 'irqsave', 'irqrestore', 'bh']);
const SHARE = new Set(['read', 'write', 'shared', 'excl', 'exclusive']);
/** Functions that are given a lock itself (include/linux/spinlock.h, mutex.h, rwlock.h, seqlock.h, ...). */
const OBJECT =
  /^(?:raw_)?(?:spin|read|write|mutex|rt_mutex|ww_mutex|local)_lock$|^(?:read|write)_seqlock(?:_excl)?$/;
const SEMAPHORE =
  /^(percpu_)?(down|up)(_read|_write)?((?:_(?:interruptible|killable|trylock|timeout|nested|nest_lock|non_owner))*)$/;
const CERTAIN = /^(?:bit_spin|rtnl|cpus_read)_lock$/;
/** Two locks, or a lock that is one of several in an object. */
const OF_SEVERAL = /bit_spin_|^xfs_iu?n?lock|(?:^|_)(?:un)?lock_(?:rename|two|group)|double_(?:un)?lock/;
/** include/linux/refcount.h, include/linux/spinlock.h */
const WITH_COUNT = /^(?:_?atomic|refcount)_dec_and_(mutex_|raw_)?lock(_irqsave)?$/;

/** What the function of this name does to a lock; undefined when it does nothing to one. */
export function lockCall(name: string): LockCall | undefined {
  return namedPair(name) ?? counted(name) ?? pageTable(name) ?? semaphore(name) ?? byWords(name);
}

function pair(
  take: RegExp,
  release: RegExp,
  way: string,
  operands: LockCall['operands'],
  excludes: boolean,
): (typeof PAIRS)[number] {
  return [take, release, { way, family: way, operands, waits: excludes, excludes }];
}

function namedPair(name: string): LockCall | undefined {
  for (const [take, release, rest] of PAIRS) {
    const step = take.test(name) ? 'take' : release.test(name) ? 'release' : undefined;
    if (step !== undefined) return { ...rest, step, succeeds: 'always', isCertain: true };
  }
  return undefined;
}

/** They take the lock when the count becomes zero, and then say 1. */
function counted(name: string): LockCall | undefined {
  const found = WITH_COUNT.exec(name);
  if (found === null) return undefined;
  const way = found[1] === 'mutex_' ? 'mutex_lock' : `${found[1] ?? ''}spin_lock${found[2] ?? ''}`;
  return { ...object('take', way), operands: 'second', succeeds: 'nonzero' };
}

/** include/linux/mm.h: the lock of a page table is handed out through the last argument. */
function pageTable(name: string): LockCall | undefined {
  const step = name === 'pte_offset_map_lock' || name === 'pte_alloc_map_lock' ? 'take' : 'release';
  if (step === 'release' && name !== 'pte_unmap_unlock') return undefined;
  return { ...object(step, 'spin_lock'), operands: 'last' };
}

function semaphore(name: string): LockCall | undefined {
  const found = SEMAPHORE.exec(name);
  if (found === null) return undefined;
  const [, percpu = '', direction, share = '', how = ''] = found;
  const isTry = how.includes('trylock');
  const way = `${percpu}down${share}${isTry ? '_trylock' : ''}`;
  // down_trylock is the only one that says 0 when it has the lock (kernel/locking/semaphore.c).
  const succeeds =
    isTry && share !== ''
      ? 'nonzero'
      : isTry || /interruptible|killable|timeout/.test(how)
        ? 'zero'
        : 'always';
  return { ...object(direction === 'down' ? 'take' : 'release', way), succeeds };
}

function byWords(name: string): LockCall | undefined {
  const words = name
    .toLowerCase()
    .split('_')
    .filter((word) => word !== '');
  const at = words.findIndex((word) => STEP.test(word));
  if (at === -1 || NO_STEP.test(name)) return undefined;
  const [, share = '', turn = ''] = STEP.exec(words[at] ?? '') ?? [];
  const isTry = turn === 'try' || words[at - 1] === 'try' || words.includes('nowait');
  const named = words.map((word, index) => (index === at ? `${share}lock` : word));
  const base = named.filter((word) => !HOW.has(word) && !INTERRUPTS.has(word)).join('_');
  const how = words.filter((word) => INTERRUPTS.has(word) && word !== 'irqrestore');
  const way = [base, ...(isTry ? ['trylock'] : []), ...how]
    .join('_')
    .replace(/(^|_)lock_trylock/, '$1trylock');
  const step = turn === 'un' ? 'release' : 'take';
  const succeeds = isTry ? 'nonzero' : words.some((word) => CAN_FAIL.has(word)) ? 'zero' : 'always';
  if (OBJECT.test(base)) return { ...object(step, way), succeeds };
  const family = base
    .split('_')
    .filter((word) => !SHARE.has(word))
    .map((word) => word.replace(/^[rw]lock$/, 'lock'))
    .join('_');
  const operands = OF_SEVERAL.test(name) ? 'all' : 'first';
  return {
    step,
    way,
    family,
    operands,
    succeeds,
    waits: !isTry,
    excludes: true,
    isCertain: CERTAIN.test(base),
  };
}

function object(step: LockCall['step'], named: string): LockCall {
  // Without PREEMPT_RT both are one (include/linux/spinlock.h); with it the type of the lock changes too.
  const way = named.replace(/^raw_spin_/, 'spin_');
  const waits = !way.includes('trylock');
  return {
    step,
    way,
    family: '',
    operands: 'first',
    succeeds: 'always',
    waits,
    excludes: true,
    isCertain: true,
  };
}

/** What a guard of a kind stands for (include/linux/mutex.h, spinlock.h, rwsem.h, rcupdate.h, ...). */
const GUARDS: ReadonlyMap<string, string> = new Map([
  ['mutex', 'mutex_lock'],
  ['mutex_intr', 'mutex_lock_interruptible'],
  ['mutex_kill', 'mutex_lock_killable'],
  ['mutex_try', 'mutex_trylock'],
  ['spinlock', 'spin_lock'],
  ['spinlock_irq', 'spin_lock_irq'],
  ['spinlock_irqsave', 'spin_lock_irqsave'],
  ['spinlock_bh', 'spin_lock_bh'],
  ['raw_spinlock', 'raw_spin_lock'],
  ['raw_spinlock_nested', 'raw_spin_lock'],
  ['raw_spinlock_irq', 'raw_spin_lock_irq'],
  ['raw_spinlock_irqsave', 'raw_spin_lock_irqsave'],
  ['raw_spinlock_bh', 'raw_spin_lock_bh'],
  ['rwsem_read', 'down_read'],
  ['rwsem_read_try', 'down_read_trylock'],
  ['rwsem_read_intr', 'down_read_interruptible'],
  ['rwsem_write', 'down_write'],
  ['rwsem_write_try', 'down_write_trylock'],
  ['rwsem_write_kill', 'down_write_killable'],
  ['percpu_read', 'percpu_down_read'],
  ['percpu_write', 'percpu_down_write'],
  ['read_lock', 'read_lock'],
  ['read_lock_irq', 'read_lock_irq'],
  ['read_lock_irqsave', 'read_lock_irqsave'],
  ['write_lock', 'write_lock'],
  ['write_lock_irq', 'write_lock_irq'],
  ['write_lock_irqsave', 'write_lock_irqsave'],
  ['rcu', 'rcu_read_lock'],
  ['srcu', 'srcu_read_lock'],
  ['irq', 'local_irq_disable'],
  ['irqsave', 'local_irq_save'],
  ['preempt', 'preempt_disable'],
  ['preempt_notrace', 'preempt_disable'],
  ['migrate', 'migrate_disable'],
  ['cpus_read_lock', 'cpus_read_lock'],
  ['rtnl', 'rtnl_lock'],
  ['device', 'device_lock'],
]);

/** What `guard(kind)` takes. A kind that is not known is a lock of its own. */
export function guardCall(kind: string): LockCall {
  const known = GUARDS.get(kind);
  const call = known === undefined ? undefined : lockCall(known);
  if (call !== undefined) return { ...call, succeeds: 'always', isCertain: true };
  const way = `guard(${kind})`;
  return { ...object('take', way), family: way, operands: 'all' };
}

/** The words of the arguments that tell which lock it is. */
export function operandOf(call: LockCall, args: readonly Words[]): Words {
  switch (call.operands) {
    case 'none':
      return [];
    case 'first':
      return args[0] ?? [];
    case 'second':
      return args[1] ?? [];
    case 'last': {
      const last = args.at(-1) ?? [];
      return last[0] === '&' ? last.slice(1) : last;
    }
    case 'all':
      return args.flatMap((arg, index) => (index === 0 ? arg : [',', ...arg]));
  }
}
