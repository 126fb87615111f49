/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the author of a patch can tell the forge. The file is in the include
 * path of the patched source, and only there:
 *
 *	#include <uptide.h>
 *
 * Each macro leaves a mark in a section that the forge reads and that does not
 * become a part of the update. docs/authors.md has an example of each.
 */
#ifndef _UPTIDE_H
#define _UPTIDE_H

#include <linux/livepatch.h>

#define __UPTIDE_MARK(kind, id)						\
	__used __aligned(8) __section(".uptide." kind)			\
	__UNIQUE_ID(uptide_##id)

/*
 * Callbacks. One of each kind for the object (vmlinux or the module) that the
 * file is a part of; they run as Documentation/livepatch/callbacks.rst says.
 *
 *	static int fill_table(struct klp_object *obj) { ... }
 *	UPTIDE_PRE_PATCH(fill_table);
 */
struct __uptide_may_refuse {
	int (*fn)(struct klp_object *obj);
};

struct __uptide_callback {
	void (*fn)(struct klp_object *obj);
};

#define UPTIDE_PRE_PATCH(callback)					\
	static const struct __uptide_may_refuse				\
		__UPTIDE_MARK("pre_patch", pre_patch) = { .fn = (callback) }
#define UPTIDE_POST_PATCH(callback)					\
	static const struct __uptide_callback				\
		__UPTIDE_MARK("post_patch", post_patch) = { .fn = (callback) }
#define UPTIDE_PRE_UNPATCH(callback)					\
	static const struct __uptide_callback				\
		__UPTIDE_MARK("pre_unpatch", pre_unpatch) = { .fn = (callback) }
#define UPTIDE_POST_UNPATCH(callback)					\
	static const struct __uptide_callback				\
		__UPTIDE_MARK("post_unpatch", post_unpatch) = { .fn = (callback) }

struct __uptide_state {
	unsigned long id;
	unsigned long version;
};

/*
 * State that outlives the update, such as what callbacks have changed. An
 * update may replace another only when it knows every state of that one in the
 * same version or a newer one (klp_is_patch_compatible).
 */
#define UPTIDE_STATE(number, since)					\
	static const struct __uptide_state				\
		__UPTIDE_MARK("state", state) = {			\
			.id = (number), .version = (since) }

struct __uptide_ignore {
	const void *what;
	const char *reason;
};

/*
 * A function or variable whose change is not to be made live, and why. The
 * reason stands in the update for everyone to read.
 */
#define UPTIDE_IGNORE(symbol, why)					\
	static const struct __uptide_ignore				\
		__UPTIDE_MARK("ignore", ignore) = {			\
			.what = &(symbol), .reason = (why) }

/*
 * A shadow variable: data of the given type that belongs to an object of the
 * running kernel and is not inside it. Defines
 *
 *	type *NAME_get(void *obj)
 *		what belongs to obj, or NULL;
 *	type *NAME_get_or_make(void *obj, gfp_t gfp)
 *		the same, made by the constructor when there is none;
 *	void NAME_drop(void *obj)
 *		to be called where obj is freed;
 *	void NAME_drop_all(void)
 *		for a post-unpatch callback.
 *
 * The constructor, int NAME_make(void *obj, type *data), gets zeroed memory
 * and may refuse with an error; NAME_clean(void *obj, type *data) is called
 * before the memory goes. The number tells the variable from all others, in
 * all updates that are ever loaded together.
 */
#define UPTIDE_SHADOW(type, name, number)				\
	static int __maybe_unused					\
	name##_ctor(void *obj, void *data, void *unused)		\
	{								\
		return name##_make(obj, data);				\
	}								\
	static void __maybe_unused					\
	name##_dtor(void *obj, void *data)				\
	{								\
		name##_clean(obj, data);				\
	}								\
	static inline type *name##_get(void *obj)			\
	{								\
		return klp_shadow_get(obj, (number));			\
	}								\
	static inline type *name##_get_or_make(void *obj, gfp_t gfp)	\
	{								\
		return klp_shadow_get_or_alloc(obj, (number),		\
			sizeof(type), gfp, name##_ctor, NULL);		\
	}								\
	static inline void name##_drop(void *obj)			\
	{								\
		klp_shadow_free(obj, (number), name##_dtor);		\
	}								\
	static inline void name##_drop_all(void)			\
	{								\
		klp_shadow_free_all((number), name##_dtor);		\
	}

#endif /* _UPTIDE_H */
