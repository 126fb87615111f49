// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lockCall } from '../src/examine/locks/lock-names.ts';
import { scopeStep, stepsOf } from '../src/examine/locks/lock-steps.ts';
import { tokenize } from '../src/source/tokens.ts';

const words = (text: string): string[] => tokenize(text).map((token) => token.text);
const steps = (text: string): string[] =>
  stepsOf(words(text), new Map()).map(({ call, lock }) => `${call.step} ${call.way} ${lock.shown}`);

const said: [string, string[]][] = [
  ['spin_lock_irqsave(&a->lock, flags)', ['take spin_lock_irqsave &a->lock']],
  ['raw_spin_unlock_irqrestore(&a->lock, flags)', ['release spin_lock &a->lock']],
  ['mutex_lock_nested((&a->lock), 1)', ['take mutex_lock &a->lock']],
  ['write_lock_bh(&l); read_unlock(&l)', ['take write_lock_bh &l', 'release read_lock &l']],
  ['down_read_trylock(&s)', ['take down_read_trylock &s']],
  ['percpu_up_write(&s)', ['release percpu_down_write &s']],
  ['write_sequnlock_irq(&s)', ['release write_seqlock_irq &s']],
  ['mmap_read_unlock(vma->vm_mm)', ['release mmap_read_lock mmap_lock(vma->vm_mm)']],
  ['hci_dev_lock(hdev)', ['take hci_dev_lock hci_dev_lock(hdev)']],
  ['rcu_read_lock()', ['take rcu_read_lock rcu_read_lock()']],
  ['idx = srcu_read_lock(&s)', ['take srcu_read_lock srcu_read_lock(&s)']],
  ['local_irq_restore(flags)', ['release local_irq_disable local_irq_disable()']],
  ['release_sock(sk)', ['release lock_sock lock_sock(sk)']],
  ['bit_spin_lock(3, &page->flags)', ['take bit_spin_lock bit_spin_lock(3, &page->flags)']],
  ['hlist_bl_lock(head)', ['take hlist_bl_lock hlist_bl_lock(head)']],
  ['lock_rename(a, b)', ['take lock_rename lock_rename(a, b)']],
  ['xfs_ilock_nowait(ip, EXCL)', ['take xfs_ilock_trylock xfs_ilock_trylock(ip, EXCL)']],
  ['pte_offset_map_lock(mm, pmd, addr, &ptl)', ['take spin_lock ptl']],
  ['pte_unmap_unlock(pte, ptl)', ['release spin_lock ptl']],
  ['refcount_dec_and_mutex_lock(&r, &m)', ['take mutex_lock &m']],
  ['ops->lock(x)', ['take lock lock(x)']],
  ['guard(mutex)(&a->lock)', ['take mutex_lock &a->lock']],
  ['guard(rcu)()', ['take rcu_read_lock rcu_read_lock()']],
  ['guard(my_thing)(a, b)', ['take guard(my_thing) guard(my_thing)(a, b)']],
  ['guard(constructor)(a)', ['take guard(constructor) guard(constructor)(a)']],
  ['f(spin_trylock(&a), mutex_unlock(&b))', ['take spin_trylock &a', 'release mutex_lock &b']],
  ['spin_lock(&a[f(x, y)])', ['take spin_lock &a[f(x, y)]']],
  ['spin_lock', []],
  ['guard(mutex)', []],
  ['block(x), clock_get(y), spin_lock_init(&l), mutex_is_locked(&l), lockdep_assert_held(&l)', []],
  ['wait_event_lock_irq(q, c, l), might_lock(&l), lock_is_held(&l), downgrade(x)', []],
];
for (const [text, expected] of said) {
  test(`steps of ${text}`, () => {
    assert.deepEqual(steps(text), expected);
  });
}

test('a scope has the lock of its kind', () => {
  const shown = (text: string): string => scopeStep(words(text), new Map()).lock.shown;
  assert.equal(shown('scoped_guard(spinlock_irqsave, &a->lock)'), '&a->lock');
  assert.equal(shown('scoped_guard(rcu)'), 'rcu_read_lock()');
  assert.equal(shown('scoped_cond_guard(mutex_intr, return -EINTR, &a)'), '&a');
});

test('a taking and its release are of one lock', () => {
  const pairs = [
    ['spin_lock_irqsave(&a, flags)', 'spin_unlock_irqrestore(&a, flags)'],
    ['down_write_killable(&a)', 'up_write(&a)'],
    ['mutex_trylock(&a)', 'mutex_unlock(&a)'],
    ['write_seqlock(&a)', 'write_sequnlock(&a)'],
    ['mmap_write_lock_killable(mm)', 'mmap_write_unlock(mm)'],
    ['inode_lock_shared(inode)', 'inode_unlock_shared(inode)'],
    ['i_mmap_lock_write(m)', 'i_mmap_unlock_write(m)'],
    ['xfs_ilock(ip, EXCL)', 'xfs_iunlock(ip, EXCL)'],
    ['bit_spin_trylock(1, p)', 'bit_spin_unlock(1, p)'],
    ['folio_trylock(f)', 'folio_unlock(f)'],
    ['lock_page(p)', 'unlock_page(p)'],
    ['get_cpu()', 'put_cpu()'],
    ['read_seqbegin(&s)', 'read_seqretry(&s, n)'],
    ['rtnl_trylock()', 'rtnl_unlock()'],
    ['guard(device)(d)', 'device_unlock(d)'],
  ];
  for (const [take = '', release = ''] of pairs) {
    const [one, other] = [stepsOf(words(take), new Map())[0], stepsOf(words(release), new Map())[0]];
    assert.equal(one?.call.step, 'take', take);
    assert.equal(other?.call.step, 'release', release);
    assert.equal(one?.lock.id, other?.lock.id, take);
  }
});

test('who can fail says so by 0 or by another value, and who only tries does not wait', () => {
  const named = (name: string): unknown[] => [lockCall(name)?.succeeds, lockCall(name)?.waits];
  assert.deepEqual(named('mutex_lock'), ['always', true]);
  assert.deepEqual(named('mutex_lock_interruptible'), ['zero', true]);
  assert.deepEqual(named('down_write_killable'), ['zero', true]);
  assert.deepEqual(named('spin_trylock_bh'), ['nonzero', false]);
  assert.deepEqual(named('down_read_trylock'), ['nonzero', false]);
  assert.deepEqual(named('down_trylock'), ['zero', false]);
  assert.deepEqual(named('refcount_dec_and_lock_irqsave'), ['nonzero', true]);
  assert.deepEqual(named('rcu_read_lock'), ['always', false]);
});
