// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { readObject } from '@uptide/elf';
import { compareObjects } from '../../src/compare/compare.ts';
import { UNKNOWN_FACTS } from '../../src/examine/examine.ts';
import type { ExamineContext, ExamineRule } from '../../src/examine/model.ts';
import { readSource } from '../../src/examine/source.ts';
import { compiledFile } from './pairs.ts';

/** Functions of the kernel that the sources of the tests call. */
const KERNEL = `
struct lock; struct ref; struct task;
extern void mutex_lock(struct lock *), mutex_unlock(struct lock *);
extern void _raw_spin_lock(struct lock *), _raw_spin_unlock(struct lock *);
extern void down_read(struct lock *), up_read(struct lock *);
extern void fput(struct ref *), kobject_put(struct ref *);
extern struct ref *kobject_get(struct ref *), *fget(u32);
extern void msleep(u32), schedule(void), wait_for_completion(struct lock *);
extern bool kthread_should_stop(void);
extern struct task *kthread_create_on_node(int (*)(void *), void *, int, const char *);
extern struct lock a, b; extern struct ref r;
#line 1 "drivers/x/file.c"
`;

/** Compiles two versions of a source as one translation unit, for a rule to look at. */
export async function unitOf(original: string, patched: string): Promise<ExamineContext> {
  const [pre, post] = await Promise.all([compiledFile(KERNEL + original), compiledFile(KERNEL + patched)]);
  const comparison = compareObjects(readObject(pre), readObject(post));
  const path = 'drivers/x/file.c';
  const [before, after] = [readSource(original), readSource(patched)];
  const changes = [{ path, pre: before, post: after }];
  const { types, origins } = UNKNOWN_FACTS;
  return { source: path, object: 'vmlinux', comparison, types, changes, text: before, origins, resting: [] };
}

/** What a rule says of two versions of a source. */
export async function asked(
  rule: ExamineRule,
  original: string,
  patched: string,
): Promise<readonly Finding[]> {
  return rule.examine(await unitOf(original, patched));
}

/** What a rule that only reads the text says of two versions of one, beside code that changes. */
export async function askedText(
  rule: ExamineRule,
  original: string,
  patched: string,
  path = 'drivers/x/file.c',
): Promise<readonly Finding[]> {
  // A text is looked at when code changes; this is the code.
  const changing = (n: number): string => `int changing(u64 x) { return sink(x + ${n}); }`;
  const [pre, post] = [readSource(original), readSource(patched)];
  return rule.examine({
    ...(await unitOf(changing(1), changing(2))),
    changes: [{ path, pre, post }],
    text: pre,
  });
}

/** The functions of the findings, with code and verdict. */
export function seen(findings: readonly Finding[]): string[] {
  return findings.map(({ code, verdict, place }) => `${verdict} ${code} ${place.file} ${place.symbol}`);
}
