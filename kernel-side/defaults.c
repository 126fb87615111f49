// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * First values of variables that a patch changes. The forge compiles this for
 * an update that has any, and writes uptide_defaults beside it.
 *
 * A variable that still holds the value that it was shipped with gets the one
 * that the patch gives it; one that something has set since stays as it is.
 * Of one object (vmlinux or a module) all are set or none.
 */
#include <linux/jump_label.h>
#include <linux/livepatch.h>
#include <linux/stop_machine.h>
#include <linux/string.h>

struct uptide_default {
	const char *object;	/* NULL is vmlinux */
	void *live;		/* NULL ends the list */
	const void *before;	/* the value that was shipped */
	const void *after;	/* the value that the patch gives */
	unsigned long size;
	unsigned long keys;	/* static keys that it consists of; 0: bytes */
	unsigned long set;	/* whether the update has set it */
};

extern struct uptide_default uptide_defaults[];

/* Called by klp: the forge writes both into the callbacks of the objects. */
void uptide_set_defaults(struct klp_object *object);
void uptide_put_back_defaults(struct klp_object *object);

struct turn {
	const char *object;
	bool back;
	bool done;
};

static bool of_object(const struct uptide_default *d, const char *object)
{
	if (!d->object || !object)
		return d->object == object;
	return !strcmp(d->object, object);
}

static const void *from(const struct uptide_default *d, bool back)
{
	return back ? d->after : d->before;
}

static const void *to(const struct uptide_default *d, bool back)
{
	return back ? d->before : d->after;
}

static int enabled(const struct static_key *key)
{
	return atomic_read(&key->enabled);
}

/* Only the keys whose first value changes are looked at. */
static bool keys_hold(const struct uptide_default *d, const struct static_key *value)
{
	const struct static_key *before = d->before, *after = d->after;
	const struct static_key *live = d->live;
	unsigned long i;

	for (i = 0; i < d->keys; i++)
		if (enabled(&before[i]) != enabled(&after[i]) &&
		    enabled(&live[i]) != enabled(&value[i]))
			return false;
	return true;
}

static bool holds(const struct uptide_default *d, const void *value)
{
	return d->keys ? keys_hold(d, value) : !memcmp(d->live, value, d->size);
}

/* Runs while no other processor does anything: nobody sees half a value. */
static int turn_bytes(void *data)
{
	struct turn *turn = data;
	struct uptide_default *d;

	for (d = uptide_defaults; d->live || d->object; d++)
		if (of_object(d, turn->object) && d->set == turn->back &&
		    !holds(d, from(d, turn->back)))
			return 0;
	for (d = uptide_defaults; d->live || d->object; d++)
		if (of_object(d, turn->object) && d->set == turn->back && !d->keys)
			memcpy(d->live, to(d, turn->back), d->size);
	turn->done = true;
	return 0;
}

static void turn_keys(struct uptide_default *d, bool back)
{
	const struct static_key *before = d->before, *after = d->after;
	struct static_key *live = d->live;
	unsigned long i;

	for (i = 0; i < d->keys; i++) {
		if (enabled(&before[i]) == enabled(&after[i]))
			continue;
		if (enabled(&((const struct static_key *)to(d, back))[i]))
			static_key_enable(&live[i]);
		else
			static_key_disable(&live[i]);
	}
}

/* A level that replaces another finds the values as that one has set them. */
static bool is_set(const char *object)
{
	const struct uptide_default *d;

	for (d = uptide_defaults; d->live || d->object; d++)
		if (of_object(d, object) && !holds(d, d->after))
			return false;
	return true;
}

static void turn_object(const char *object, bool back)
{
	struct turn turn = { .object = object, .back = back };
	struct uptide_default *d;

	if (back || !is_set(object)) {
		stop_machine(turn_bytes, &turn, NULL);
		if (!turn.done) {
			pr_notice("uptide: %s has variables that were set since, and keeps them\n",
				  object ?: "vmlinux");
			return;
		}
	}
	for (d = uptide_defaults; d->live || d->object; d++) {
		if (!of_object(d, object) || d->set != back)
			continue;
		turn_keys(d, back);
		d->set = !back;
	}
}

void uptide_set_defaults(struct klp_object *object)
{
	turn_object(object->name, false);
}

void uptide_put_back_defaults(struct klp_object *object)
{
	turn_object(object->name, true);
}
