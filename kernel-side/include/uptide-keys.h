/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Static keys asked by reading them. Included before everything else when a
 * replaced function switches on a key of a module: the kernel reads the jump
 * table of a livepatch module before klp has written such a key's address into
 * it, but a load from the key is an ordinary relocation that klp writes in time.
 *
 * enabled is negative while the first user switches the key on; that counts as
 * on (static_key_count in kernel/jump_label.c). The counter is read as it is:
 * not every header that asks keys has atomic_read.
 */
#ifndef _UPTIDE_KEYS_H
#define _UPTIDE_KEYS_H

#include <linux/jump_label.h>

#define uptide_key_is_on(key)	(READ_ONCE((key)->enabled.counter) != 0)

#undef static_branch_likely
#define static_branch_likely(x)		likely_notrace(uptide_key_is_on(&(x)->key))
#undef static_branch_unlikely
#define static_branch_unlikely(x)	unlikely_notrace(uptide_key_is_on(&(x)->key))

/* Tracepoints ask their keys so. Both are functions, which macros hide. */
#define static_key_false(key)		unlikely_notrace(uptide_key_is_on(key))
#define static_key_true(key)		likely_notrace(uptide_key_is_on(key))

#endif /* _UPTIDE_KEYS_H */
