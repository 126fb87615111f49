// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a file calls something that may sleep while it must not: between a spinlock and its release, in an RCU read
 * side, in the function of a timer or of an interrupt.
 *
 * Example.
 *
 *     spin_lock(&x->lock);            held from here
 *     if (x->dead) {
 *             spin_unlock(&x->lock);
 *             return -ENODEV;         this way leaves; the other one still holds the lock
 *     }
 *     p = kmalloc(8, GFP_KERNEL);     may sleep
 *     spin_unlock(&x->lock);          to here
 *
 * What is held where is told by the walk through the function (`locks/lock-walk.ts`), on any way that leads there. A
 * call of a function of the file counts as what that one calls.
 *
 * Limits: those of the walk. Locks that are taken by the caller in another file, or behind a name of the subsystem,
 * are not seen. Functions are followed 4 deep, and of each at most 16 ways to sleep are told.
 */
import { lockCall } from './locks/lock-names.ts';
import { lockTexts, readLockText } from './locks/lock-texts.ts';
import { walkLocks } from './locks/lock-walk.ts';
import type { SourceText } from './source.ts';
import { type WrittenCall, writtenCalls } from './written.ts';

/** Ways of taking after which a task must not sleep, as `LockCall` has them. */
const ATOMIC =
  /^(?:raw_)?(?:spin|read|write)_(?:lock|trylock)|^(?:read|write)_seqlock|^write_seqcount_begin$|^(?:bit_spin|hlist_bl|task|sch_tree|netif_tx|netif_addr|bh)_lock|^rcu_read_lock|^(?:local_bh|local_irq|preempt)_disable$/;
/** What may sleep, as it is written; dput, iput and mmput do when they drop the last reference. */
const SLEEPS =
  /^(?:mutex_lock|ww_mutex_lock|down_read|down_write|lock_sock)(?:_(?:interruptible|killable|nested|io))?$|^down(?:_interruptible|_killable|_timeout)?$|^rtnl_lock(?:_killable)?$|^schedule(?:_timeout\w*)?$|^wait_(?:event(?!\w*_lock_irq)|for_completion|on_bit)\w*$|^(?:msleep|ssleep|usleep_range|fsleep)(?:_\w+)?$|^copy_(?:from|to)_user$|^(?:get|put)_user$|^(?:strncpy|strnlen)_(?:from_)?user$|^(?:v|vz)alloc$|^vmalloc(?:_\w+)?$|^memdup_user(?:_nul)?$|^flush_(?:work|workqueue|delayed_work)$|^cancel_(?:delayed_)?work_sync$|^synchronize_(?:rcu|srcu|net|irq)\w*$|^(?:rcu|srcu)_barrier$|^kthread_(?:stop|park)$|^(?:cond_resched|might_sleep|request_firmware|free_irq|disable_irq|napi_disable|usb_kill_urb|usb_control_msg|iput|dput|mmput)$/;
/** Allocations with these words wait for memory (include/linux/gfp_types.h). */
const WAITS =
  /^(?:GFP_(?:KERNEL|KERNEL_ACCOUNT|USER|HIGHUSER|HIGHUSER_MOVABLE|NOFS|NOIO)|__GFP_DIRECT_RECLAIM)$/;
/** What makes a function run where it must not sleep, and the argument that names it, counted from 0. */
const GIVERS: readonly (readonly [RegExp, number, string])[] = [
  [
    /^(?:timer_setup|timer_setup_on_stack|DEFINE_TIMER|tasklet_setup|DECLARE_TASKLET|DEFINE_IRQ_WORK|init_irq_work|call_rcu)$/,
    1,
    'a callback of timers, tasklets or RCU',
  ],
  [/^tasklet_init$/, 1, 'a tasklet'],
  [/^request_(?:threaded_)?irq$/, 1, 'a handler of interrupts'],
  [/^devm_request_(?:threaded_)?irq$/, 2, 'a handler of interrupts'],
  [/^netif_napi_add(?:_weight|_tx)?$/, 2, 'a poll function of NAPI'],
];
const MAX_DEPTH = 4;
/** Ways to sleep that are told of a function that is called; without it they multiply with every depth. */
const MAX_INNER = 16;

/** A call that may sleep where it must not. */
export interface HeldSleeper {
  /** The function that must not sleep there. */
  readonly name: string;
  /** The call: its name, with the function of the file on the way to it. */
  readonly call: string;
  /** What forbids it, in words. */
  readonly why: string;
}

/** Every call of a file that may sleep where it must not, as far as the file tells. */
export function heldSleepers({ functions, tokens }: Pick<SourceText, 'functions' | 'tokens'>): HeldSleeper[] {
  const calls = new Map(
    [...functions].map(([name, { tokens: words }]) => {
      const body = words.indexOf('{');
      return [name, writtenCalls(words).filter(({ at }) => at > body)];
    }),
  );
  const deep = new Map<string, readonly string[]>();
  const given = atomicFunctions(tokens.map(({ text }) => text));
  const inner = (name: string, depth: number): readonly string[] => {
    if (depth === 0) return [];
    const known = deep.get(`${depth} ${name}`);
    if (known !== undefined) return known;
    const own = calls.get(name) ?? [];
    // A helper that begins with a release lets go of what its caller holds.
    const drops = own.flatMap((call) => lockCall(call.name) ?? [])[0]?.step === 'release';
    const found = drops ? [] : [...new Set(own.flatMap((call) => sleeping(call, depth)))].slice(0, MAX_INNER);
    deep.set(`${depth} ${name}`, found);
    return found;
  };
  const sleeping = (call: WrittenCall, depth: number): readonly string[] => {
    if (calls.has(call.name)) return inner(call.name, depth - 1).map((last) => `${call.name}: ${last}`);
    if (SLEEPS.test(call.name)) return [call.name];
    // Not those of a call that stands in the argument: it is a call of its own.
    const flags = call.arguments.filter((argument) => !argument.includes('(')).join(' ');
    const waits = flags.split(' ').find((word) => WAITS.test(word));
    return waits === undefined ? [] : [`${call.name} with ${waits}`];
  };
  return [...functions].flatMap(([name, { tokens: words }]) => {
    const own = calls.get(name) ?? [];
    const role = given.get(name);
    const whole = role === undefined ? [] : own.map((call) => ({ call, why: `it is ${role}` }));
    const held = role === undefined ? underLocks(words) : whole;
    return held.flatMap(({ call, why }) =>
      sleeping(call, MAX_DEPTH).map((each) => ({ name, call: each, why })),
    );
  });
}

/** The calls of a function that run under a lock with which a task must not sleep, each with that lock. */
function underLocks(words: readonly string[]): { readonly call: WrittenCall; readonly why: string }[] {
  if (!words.some((word) => ATOMIC.test(lockCall(word)?.way ?? ''))) return [];
  const text = readLockText(words, new Map());
  const walk = text === undefined ? undefined : walkLocks(lockTexts(text, [text]));
  if (walk === undefined) return [];
  const takings = walk.takings.map(({ step, held }) => ({
    calls: [{ name: step.call.way, arguments: [], at: 0 }],
    held,
  }));
  const places = walk.places.map((place) => ({ calls: writtenCalls(place.words), held: place.held }));
  return [...takings, ...places].flatMap(({ calls, held }) => {
    const lock = held.findLast(({ call }) => ATOMIC.test(call.way));
    return lock === undefined
      ? []
      : calls.map((call) => ({ call, why: `it stands behind ${lock.call.way}` }));
  });
}

/** The functions that the file gives to timers, interrupts and the like, each with what it is then. */
function atomicFunctions(words: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { name, arguments: given } of writtenCalls(words)) {
    const giver = GIVERS.find(([pattern]) => pattern.test(name));
    const function_ = giver === undefined ? undefined : given[giver[1]];
    if (giver !== undefined && function_ !== undefined) found.set(function_.replace(/^& /, ''), giver[2]);
  }
  for (const [at, word] of words.entries()) {
    // The function of a high-resolution timer is put into its struct (include/linux/hrtimer.h).
    const function_ = words[at + 2] ?? '';
    if (word === 'function' && words[at + 1] === '=' && words[at + 3] === ';')
      found.set(function_, 'the function of a timer');
    if (word === 'ndo_start_xmit' && words[at + 1] === '=') found.set(function_, 'the way out of packets');
  }
  return found;
}
