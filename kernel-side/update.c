// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The code that every live update shares. The forge compiles it once for a
 * kernel and writes uptide_patch, the description of what is replaced, beside
 * it.
 */
#include <linux/livepatch.h>
#include <linux/module.h>

extern struct klp_patch uptide_patch;

int init_module(void)
{
	return klp_enable_patch(&uptide_patch);
}

/* Its presence lets the module be unloaded; klp has done all the work by then. */
void cleanup_module(void)
{
}
