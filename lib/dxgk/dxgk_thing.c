/* SPDX-License-Identifier: MIT */
/*
 * The table of things: buckets of a hash by address, links inside the records,
 * all under the machine's lock.
 */
#include "dxgk/dxgk_thing.h"

static size_t bucket_of(const void *key)
{
	uint64_t k = (uint64_t)(uintptr_t)key >> 4;

	k *= UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(k >> 40) & (DXGK_TABLE_BUCKETS - 1);
}

struct iolas__dxgk_thing *
iolas__dxgk_thing_make(struct iolas_dxgk_machine *machine, uint32_t kind,
		       const struct iolas__dxgk_call *call)
{
	struct iolas__dxgk_thing *thing =
		iolas__dxgk_alloc(&machine->heap, sizeof(*thing));

	if (!thing)
		return NULL;
	thing->kind = kind;
	if (call) {
		thing->made_call = call->name;
		thing->made_site = call->site;
	}
	return thing;
}

void iolas__dxgk_thing_free(struct iolas_dxgk_machine *machine,
			    struct iolas__dxgk_thing *thing)
{
	iolas__dxgk_free(&machine->heap, thing);
}

void iolas__dxgk_thing_add(struct iolas_dxgk_machine *machine,
			   struct iolas__dxgk_thing *thing, const void *key)
{
	struct iolas__dxgk_thing **bucket = &machine->things[bucket_of(key)];

	thing->key = key;
	pthread_mutex_lock(&machine->lock);
	thing->next = *bucket;
	*bucket = thing;
	pthread_mutex_unlock(&machine->lock);
}

/* The link that leads to it; under the lock. */
static struct iolas__dxgk_thing **link_to(struct iolas_dxgk_machine *machine,
					  uint32_t kind, const void *key)
{
	struct iolas__dxgk_thing **link = &machine->things[bucket_of(key)];

	while (*link && ((*link)->key != key || (*link)->kind != kind))
		link = &(*link)->next;
	return link;
}

struct iolas__dxgk_thing *
iolas__dxgk_thing_find(struct iolas_dxgk_machine *machine, uint32_t kind,
		       const void *key)
{
	struct iolas__dxgk_thing *thing;

	pthread_mutex_lock(&machine->lock);
	thing = *link_to(machine, kind, key);
	pthread_mutex_unlock(&machine->lock);
	return thing;
}

struct iolas__dxgk_thing *iolas__dxgk_thing_take(
	struct iolas_dxgk_machine *machine, uint32_t kind, const void *key,
	bool (*is_right)(const struct iolas__dxgk_thing *thing, void *arg),
	void *arg)
{
	struct iolas__dxgk_thing **link;
	struct iolas__dxgk_thing *thing;

	pthread_mutex_lock(&machine->lock);
	link = link_to(machine, kind, key);
	thing = *link;
	if (thing && is_right && !is_right(thing, arg))
		thing = NULL;
	if (thing)
		*link = thing->next;
	pthread_mutex_unlock(&machine->lock);
	return thing;
}

struct iolas__dxgk_thing *
iolas__dxgk_thing_take_any(struct iolas_dxgk_machine *machine, uint32_t kind,
			   const struct iolas_dxgk_adapter *adapter)
{
	struct iolas__dxgk_thing *found = NULL;

	pthread_mutex_lock(&machine->lock);
	for (size_t i = 0; i < DXGK_TABLE_BUCKETS && !found; i++) {
		struct iolas__dxgk_thing **link = &machine->things[i];

		for (; *link && !found; link = &(*link)->next) {
			if ((*link)->kind != kind ||
			    (adapter && (*link)->adapter != adapter))
				continue;
			found = *link;
			*link = found->next;
			break;
		}
	}
	pthread_mutex_unlock(&machine->lock);
	return found;
}

struct iolas__dxgk_thing *
iolas__dxgk_thing_around(struct iolas_dxgk_machine *machine, uint32_t kind,
			 const void *address)
{
	struct iolas__dxgk_thing *found = NULL;

	pthread_mutex_lock(&machine->lock);
	for (size_t i = 0; i < DXGK_TABLE_BUCKETS && !found; i++) {
		for (struct iolas__dxgk_thing *thing = machine->things[i];
		     thing; thing = thing->next) {
			uint64_t offset =
				(uintptr_t)address - (uintptr_t)thing->key;

			if (thing->kind != kind || offset >= thing->bytes)
				continue;
			found = thing;
			break;
		}
	}
	pthread_mutex_unlock(&machine->lock);
	return found;
}
