/* SPDX-License-Identifier: MIT */
/*
 * Handle tables.  Memory comes from calloc: the tables belong to the process,
 * not to any machine and its host.  Tests refuse growth by a counter.
 */
#include "dxgk/dxgk_handle.h"
#include "dxgk/dxgk_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define INDEX_BITS 20
/* A freed index is used again only behind so many others. */
#define LINE_LENGTH 256

#define SLOT_FREE   0u
#define SLOT_LIVE   1u
#define SLOT_TAKEN  2u

struct iolas__dxgk_slot {
	uint64_t generation; /* of the live handle, or of the last one */
	uint32_t state;
	uint32_t next_in_line; /* index + 1 */
	struct iolas__dxgk_handle what;
};

void iolas__dxgk_handles_init(struct iolas__dxgk_handles *table,
			      uint32_t low_bits, uint32_t tag,
			      uint32_t generation_bits, uint64_t limit)
{
	memset(table, 0, sizeof(*table));
	pthread_mutex_init(&table->lock, NULL);
	table->low_bits = low_bits;
	table->tag = tag;
	table->last_generation = (UINT64_C(1) << generation_bits) - 1;
	table->limit = limit;
}

void iolas__dxgk_handles_fini(struct iolas__dxgk_handles *table)
{
	for (size_t i = 0; i < DXGK_HANDLE_CHUNKS; i++)
		free(table->chunks[i]);
	pthread_mutex_destroy(&table->lock);
}

static struct iolas__dxgk_handles wide_table;
static struct iolas__dxgk_handles narrow_table;
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static void init_tables(void)
{
	const uint64_t limit = UINT64_C(1) << INDEX_BITS;

	/* HANDLE: the low byte tells ours from small numbers and pointers. */
	iolas__dxgk_handles_init(&wide_table, 8, 0x6c, 35, limit);
	/* D3DKMT_HANDLE: 32 bits in all. */
	iolas__dxgk_handles_init(&narrow_table, 2, 2, 10, limit);
}

struct iolas__dxgk_handles *iolas__dxgk_wide(void)
{
	pthread_once(&tables_once, init_tables);
	return &wide_table;
}

struct iolas__dxgk_handles *iolas__dxgk_narrow(void)
{
	pthread_once(&tables_once, init_tables);
	return &narrow_table;
}

static struct iolas__dxgk_slot *slot_at(struct iolas__dxgk_handles *table,
					uint64_t index)
{
	return &table->chunks[index / DXGK_HANDLE_CHUNK]
			     [index % DXGK_HANDLE_CHUNK];
}

static uint64_t encode(const struct iolas__dxgk_handles *table, uint64_t index,
		       uint64_t generation)
{
	return generation << (INDEX_BITS + table->low_bits) |
	       index << table->low_bits | table->tag;
}

/* The slot that @handle points at, whatever its generation; NULL: none. */
static struct iolas__dxgk_slot *decode(struct iolas__dxgk_handles *table,
				       uint64_t handle, uint64_t *generation)
{
	const uint64_t low = (UINT64_C(1) << table->low_bits) - 1;
	const uint64_t mask = (UINT64_C(1) << INDEX_BITS) - 1;
	uint64_t index = handle >> table->low_bits & mask;
	struct iolas__dxgk_slot *slot;

	*generation = handle >> (INDEX_BITS + table->low_bits);
	if ((handle & low) != table->tag || index >= table->fresh)
		return NULL;
	slot = slot_at(table, index);
	return *generation && *generation <= slot->generation ? slot : NULL;
}

/* A never-used index; false: the table is full or memory is. */
static bool take_fresh(struct iolas__dxgk_handles *table, uint64_t *index)
{
	struct iolas__dxgk_slot **chunk;

	if (table->fresh >= table->limit)
		return false;
	chunk = &table->chunks[table->fresh / DXGK_HANDLE_CHUNK];
	if (!*chunk) {
		if (table->refuse_growth) {
			table->refuse_growth--;
			return false;
		}
		*chunk = calloc(DXGK_HANDLE_CHUNK, sizeof(**chunk));
	}
	if (!*chunk)
		return false;
	*index = table->fresh++;
	return true;
}

static bool take_waiting(struct iolas__dxgk_handles *table, uint64_t *index)
{
	struct iolas__dxgk_slot *slot;

	if (!table->line_first)
		return false;
	*index = table->line_first - 1;
	slot = slot_at(table, *index);
	table->line_first = slot->next_in_line;
	if (!table->line_first)
		table->line_last = 0;
	table->waiting--;
	return true;
}

static bool take_index(struct iolas__dxgk_handles *table, uint64_t *index)
{
	if (table->waiting > LINE_LENGTH)
		return take_waiting(table, index);
	return take_fresh(table, index) || take_waiting(table, index);
}

uint64_t iolas__dxgk_handle_make(struct iolas__dxgk_handles *table,
				 const struct iolas__dxgk_call *call,
				 const struct iolas__dxgk_handle *what)
{
	uint64_t handle = 0;
	uint64_t index;

	pthread_mutex_lock(&table->lock);
	if (take_index(table, &index)) {
		struct iolas__dxgk_slot *slot = slot_at(table, index);

		slot->state = SLOT_LIVE;
		handle = encode(table, index, ++slot->generation);
		slot->what = *what;
		slot->what.handle = handle;
		slot->what.made_call = call ? call->name : NULL;
		slot->what.made_site = call ? call->site : NULL;
		slot->what.freed_call = NULL;
		slot->what.freed_site = NULL;
		table->live++;
	}
	pthread_mutex_unlock(&table->lock);
	return handle;
}

/* Verdict under the lock; *slot is set for all but NEVER. */
static int judge(struct iolas__dxgk_handles *table, uint64_t handle,
		 uint32_t kind, uint32_t sub_kind,
		 const struct iolas_dxgk_adapter *adapter,
		 struct iolas__dxgk_slot **slot,
		 struct iolas__dxgk_handle *copy)
{
	uint64_t generation;

	*slot = decode(table, handle, &generation);
	if (copy)
		memset(copy, 0, sizeof(*copy));
	if (!*slot)
		return DXGK_HANDLE_NEVER;
	if (copy && generation == (*slot)->generation)
		*copy = (*slot)->what;
	if (copy)
		copy->handle = handle;
	if (generation != (*slot)->generation || (*slot)->state != SLOT_LIVE)
		return DXGK_HANDLE_STALE;
	if (kind && (*slot)->what.kind != kind)
		return DXGK_HANDLE_KIND;
	if (adapter && (*slot)->what.adapter != adapter)
		return DXGK_HANDLE_FOREIGN;
	if (sub_kind && (*slot)->what.sub_kind != sub_kind)
		return DXGK_HANDLE_KIND;
	return DXGK_HANDLE_FOUND;
}

int iolas__dxgk_handle_find(struct iolas__dxgk_handles *table, uint64_t handle,
			    uint32_t kind,
			    const struct iolas_dxgk_adapter *adapter,
			    struct iolas__dxgk_handle *copy,
			    void (*visit)(void *object, void *arg), void *arg)
{
	struct iolas__dxgk_slot *slot;
	int verdict;

	pthread_mutex_lock(&table->lock);
	verdict = judge(table, handle, kind, 0, adapter, &slot, copy);
	if (verdict == DXGK_HANDLE_FOUND && visit)
		visit(slot->what.object, arg);
	pthread_mutex_unlock(&table->lock);
	return verdict;
}

int iolas__dxgk_handle_take(struct iolas__dxgk_handles *table, uint64_t handle,
			    uint32_t kind, uint32_t sub_kind,
			    const struct iolas_dxgk_adapter *adapter,
			    const struct iolas__dxgk_call *call,
			    struct iolas__dxgk_handle *copy)
{
	struct iolas__dxgk_slot *slot;
	int verdict;

	pthread_mutex_lock(&table->lock);
	verdict = judge(table, handle, kind, sub_kind, adapter, &slot, copy);
	if (verdict == DXGK_HANDLE_FOUND) {
		slot->state = SLOT_TAKEN;
		slot->what.freed_call = call ? call->name : NULL;
		slot->what.freed_site = call ? call->site : NULL;
	}
	pthread_mutex_unlock(&table->lock);
	return verdict;
}

void iolas__dxgk_handle_untake(struct iolas__dxgk_handles *table,
			       uint64_t handle)
{
	struct iolas__dxgk_slot *slot;
	uint64_t generation;

	pthread_mutex_lock(&table->lock);
	slot = decode(table, handle, &generation);
	if (slot && slot->generation == generation &&
	    slot->state == SLOT_TAKEN) {
		slot->state = SLOT_LIVE;
		slot->what.freed_call = NULL;
		slot->what.freed_site = NULL;
	}
	pthread_mutex_unlock(&table->lock);
}

static void stand_in_line(struct iolas__dxgk_handles *table,
			  struct iolas__dxgk_slot *slot, uint32_t index)
{
	if (slot->generation >= table->last_generation) {
		table->retired++;
		return;
	}
	slot->next_in_line = 0;
	if (table->line_last)
		slot_at(table, table->line_last - 1)->next_in_line = index + 1;
	else
		table->line_first = index + 1;
	table->line_last = index + 1;
	table->waiting++;
}

void iolas__dxgk_handle_end(struct iolas__dxgk_handles *table, uint64_t handle)
{
	const uint64_t mask = (UINT64_C(1) << INDEX_BITS) - 1;
	struct iolas__dxgk_slot *slot;
	uint64_t generation;

	pthread_mutex_lock(&table->lock);
	slot = decode(table, handle, &generation);
	if (slot && slot->generation == generation &&
	    slot->state != SLOT_FREE) {
		slot->state = SLOT_FREE;
		slot->what.object = NULL;
		table->live--;
		stand_in_line(table, slot,
			      (uint32_t)(handle >> table->low_bits & mask));
	}
	pthread_mutex_unlock(&table->lock);
}

void iolas__dxgk_handle_report(const struct iolas__dxgk_call *call,
			       struct iolas_dxgk_adapter *adapter, int verdict,
			       uint64_t handle,
			       const struct iolas__dxgk_handle *copy,
			       const char *wanted)
{
	static const uint32_t rules[] = {
		[DXGK_HANDLE_NEVER] = IOLAS_DXGK_RULE_UNKNOWN_HANDLE,
		[DXGK_HANDLE_STALE] = IOLAS_DXGK_RULE_STALE_HANDLE,
		[DXGK_HANDLE_KIND] = IOLAS_DXGK_RULE_HANDLE_KIND,
		[DXGK_HANDLE_FOREIGN] = IOLAS_DXGK_RULE_FOREIGN_HANDLE,
	};
	struct iolas__dxgk_report report = {
		.adapter = adapter,
		.call = call,
		.rule = rules[verdict],
		.handle = handle,
		.made_site = copy->made_site,
		.freed_site = copy->freed_site,
	};
	const char *made = copy->made_call ? copy->made_call : "nobody known";
	const char *freed =
		copy->freed_call ? copy->freed_call : "a call not remembered";

	switch (verdict) {
	case DXGK_HANDLE_NEVER:
		iolas__dxgk_report(&report,
				   "0x%" PRIx64 " was never handed out; the "
				   "call takes %s",
				   handle, wanted);
		break;
	case DXGK_HANDLE_STALE:
		iolas__dxgk_report(&report,
				   "0x%" PRIx64 " is gone: made by %s, freed "
				   "by %s; the call takes %s",
				   handle, made, freed, wanted);
		break;
	case DXGK_HANDLE_KIND:
		iolas__dxgk_report(&report,
				   "0x%" PRIx64 " was made by %s; the call "
				   "takes %s",
				   handle, made, wanted);
		break;
	default:
		iolas__dxgk_report(&report,
				   "0x%" PRIx64 " was made by %s on another "
				   "adapter",
				   handle, made);
		break;
	}
}
