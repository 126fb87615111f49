// SPDX-License-Identifier: GPL-2.0-or-later
import { compareLocks } from '../../src/examine/locks/lock-changes.ts';
import { readSource } from '../../src/examine/source.ts';

const SOURCE = `static int f(struct x *x, int n)
{
	struct mutex *m = &x->lock;
	int r = mutex_lock_interruptible(m);
	if (r)
		return r;
	list_for_each_entry(p, &x->list, node) {
		guard(spinlock_irqsave)(&p->lock);
		if (n || !spin_trylock(&x->other)) { x->n++; goto out; }
		scoped_guard(rcu) { switch (n) { case 1: g(x); break; default: h(x); } }
		spin_unlock(&x->other);
	}
again:
	do { down_read(&x->sem); up_read(&x->sem); } while (n--);
out:
	mutex_unlock(&x->lock);
	return 0;
}
`;

export const seeds: readonly Uint8Array[] = [
  Buffer.from(SOURCE),
  Buffer.from('int g(int x) { spin_lock(&a); } int h(int x) { g(1); spin_unlock(&a); g(2); }'),
  Buffer.from('int f(void) { ptl = pmd_lock(a, b); if (!ptl) goto x; w(); x: spin_unlock(ptl); }'),
];

/** Any text is read and compared, and one with itself has not changed. */
export function target(bytes: Uint8Array): void {
  const first = readSource(SOURCE).functions.get('f')?.tokens ?? [];
  const { functions } = readSource(Buffer.from(bytes).toString('latin1'));
  const helpers = new Map([...functions].map(([name, { tokens }]) => [name, tokens]));
  for (const { tokens: words } of functions.values()) {
    compareLocks({ words: first, helpers: new Map() }, { words, helpers });
    const same = compareLocks({ words, helpers }, { words, helpers });
    if (same !== undefined && same.said.length + same.taken.length > 0) {
      throw new Error(`one text is said to differ: ${same.said.join('; ')}`);
    }
  }
}
