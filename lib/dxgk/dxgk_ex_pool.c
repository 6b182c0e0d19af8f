/* SPDX-License-Identifier: MIT */
/*
 * ExAllocatePool and its family: every block is known by address, tag and
 * maker; nothing a driver hands to a free is touched before it is found
 * (spec/dxgk-miniport.md, section 5).
 */
#include "dxgk/dxgk_ex_pool.h"
#include "dxgk/dxgk_mdl.h"

#include <string.h>

#define KMODE_EXCEPTION 0x1E

/* A tag as its letters stand in memory. */
struct tag_text {
	char text[8];
};

static struct tag_text tag_text(uint32_t tag)
{
	struct tag_text result = { "" };

	for (int i = 0; i < 4; i++) {
		unsigned char letter = (unsigned char)(tag >> 8 * i);

		result.text[i] =
			(char)(letter >= 0x20 && letter < 0x7f ? letter : '.');
	}
	return result;
}

static struct iolas__dxgk_pool *pool_of(struct iolas__dxgk_kernel *kernel)
{
	if (!kernel->pool)
		kernel->pool = iolas__dxgk_alloc(&kernel->machine->heap,
						 sizeof(*kernel->pool));
	return kernel->pool;
}

static struct iolas__dxgk_pool_block **bucket(struct iolas__dxgk_pool *pool,
					      const void *at)
{
	uintptr_t key = (uintptr_t)at >> 5;

	return &pool->blocks[(key ^ key >> 10) & (DXGK_POOL_BUCKETS - 1)];
}

static const struct iolas__dxgk_pool_past *
find_past(const struct iolas__dxgk_pool *pool, const void *at)
{
	uint64_t oldest = pool->past_count > DXGK_POOL_PAST_COUNT
				  ? pool->past_count - DXGK_POOL_PAST_COUNT
				  : 0;

	for (uint64_t i = pool->past_count; i > oldest; i--) {
		const struct iolas__dxgk_pool_past *past =
			&pool->past[(i - 1) % DXGK_POOL_PAST_COUNT];

		if ((uintptr_t)at - (uintptr_t)past->at <
		    (past->bytes ? past->bytes : 1))
			return past;
	}
	return NULL;
}

/* Is [at, at + bytes) full of @byte? */
static bool is_full_of(const unsigned char *at, size_t bytes,
		       unsigned char byte)
{
	for (size_t i = 0; i < bytes; i++)
		if (at[i] != byte)
			return false;
	return true;
}

static void report_written_after_free(const struct iolas__dxgk_call *call,
				      const struct iolas__dxgk_pool_past *past)
{
	iolas__dxgk_report(
		&(struct iolas__dxgk_report){
			.call = call,
			.rule = IOLAS_DXGK_RULE_POOL_AFTER_FREE,
			.made_site = past->made_site,
			.freed_site = past->freed_site },
		"%zu bytes at %p, tag '%s', by %s, freed by %s, were written "
		"after that",
		past->bytes, (const void *)past->at, tag_text(past->tag).text,
		past->made_call ? past->made_call : "an old call",
		past->freed_call ? past->freed_call : "an old call");
}

/* Makes a block known.  NULL: no memory. */
static struct iolas__dxgk_pool_block *
make_block(const struct iolas__dxgk_call *call,
	   struct iolas_dxgk_machine *machine,
	   const struct iolas__dxgk_pool_block *want)
{
	struct iolas__dxgk_kernel *kernel = iolas__dxgk_kernel_of(machine);
	struct iolas__dxgk_pool_block *block;
	struct iolas__dxgk_pool_past past = { .at = NULL };
	struct iolas__dxgk_pool *pool;
	bool is_made, reused = false;

	block = iolas__dxgk_alloc(&machine->heap, sizeof(*block));
	if (!kernel || !block) {
		iolas__dxgk_free(&machine->heap, block);
		return NULL;
	}
	*block = *want;
	pthread_mutex_lock(&kernel->pool_lock);
	pool = pool_of(kernel);
	is_made = pool && iolas__dxgk_pool_take(machine, pool, block, &reused);
	if (is_made) {
		struct iolas__dxgk_pool_block **at = bucket(pool, block->at);

		if (reused && !is_full_of(block->at, block->room,
					  IOLAS_PHYSMEM_POISON_BYTE)) {
			const struct iolas__dxgk_pool_past *found =
				find_past(pool, block->at);

			past.at = block->at;
			if (found)
				past = *found;
		}
		block->next = *at;
		*at = block;
		pool->live_bytes += block->bytes;
		if (pool->live_bytes > pool->peak_bytes)
			pool->peak_bytes = pool->live_bytes;
	}
	pthread_mutex_unlock(&kernel->pool_lock);
	if (!is_made) {
		iolas__dxgk_free(&machine->heap, block);
		return NULL;
	}
	if (past.at)
		report_written_after_free(call, &past);
	return block;
}

/* The common way; @is_zeroed, else poison. */
static void *allocate(const struct iolas__dxgk_call *call,
		      struct iolas_dxgk_machine *machine, bool is_paged,
		      bool is_zeroed, size_t bytes, uint32_t align,
		      uint32_t tag)
{
	struct iolas__dxgk_pool_block want = {
		.bytes = bytes,
		.tag = tag,
		.is_paged = is_paged,
		.made_call = call->name,
		.made_site = call->site,
	};
	struct iolas__dxgk_pool_block *block;
	unsigned char *at;

	if (!iolas__dxgk_irql_allows(call, machine, NULL,
				     is_paged ? IOLAS_DXGK_APC
					      : IOLAS_DXGK_DISPATCH) ||
	    iolas__dxgk_plan_fails(machine, call->name, bytes, NULL) ||
	    bytes > SIZE_MAX - 2 * DXGK_PAGE_BYTES)
		return NULL;
	/* Slots lie at multiples of their size. */
	if (bytes < align)
		want.bytes = align;
	block = make_block(call, machine, &want);
	if (!block)
		return NULL;
	at = block->at;
	memset(at, is_zeroed ? 0 : IOLAS_DXGK_POISON, want.bytes);
	memset(at + want.bytes, DXGK_POOL_FENCE, block->room - want.bytes);
	return at;
}

void *iolas__dxgk_pool_alloc(const struct iolas__dxgk_call *call, size_t bytes,
			     uint32_t tag)
{
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(call);

	return machine ? allocate(call, machine, true, false, bytes, 0, tag)
		       : NULL;
}

static const char *type_problem(POOL_TYPE type)
{
	switch ((int)type) {
	case NonPagedPool:
	case PagedPool:
	case NonPagedPoolCacheAligned:
	case PagedPoolCacheAligned:
	case NonPagedPoolNx:
	case NonPagedPoolNxCacheAligned:
		return NULL;
	case NonPagedPoolMustSucceed:
	case NonPagedPoolCacheAlignedMustS:
		return "MustSucceed pool is gone";
	default:
		return "no such pool type";
	}
}

PVOID NTAPI ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes,
				  ULONG Tag)
{
	DXGK_CALL("ExAllocatePoolWithTag");
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(&call);
	const char *problem = type_problem(PoolType);

	if (!machine)
		return NULL;
	if (problem) {
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_BAD_ARGUMENT,
					  "PoolType %d: %s", (int)PoolType,
					  problem);
		return NULL;
	}
	return allocate(&call, machine, PoolType & PagedPool, false,
			NumberOfBytes, PoolType & 4 ? 64 : 0, Tag);
}

/* The exception that this runtime cannot raise. */
static void raise_failure(const struct iolas__dxgk_call *call, size_t bytes)
{
	iolas__dxgk_kernel_report(call, IOLAS_DXGK_RULE_POOL_RAISE,
				  "%zu bytes failed with RAISE_ON_FAILURE",
				  bytes);
	iolas__dxgk_guard_leave(KMODE_EXCEPTION,
				(uint32_t)STATUS_INSUFFICIENT_RESOURCES,
				(uintptr_t)call->site, 0, 0);
}

PVOID NTAPI ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag)
{
	DXGK_CALL("ExAllocatePool2");
	const POOL_FLAGS kinds = POOL_FLAG_NON_PAGED |
				 POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_PAGED;
	const POOL_FLAGS known = kinds | POOL_FLAG_USE_QUOTA |
				 POOL_FLAG_UNINITIALIZED | POOL_FLAG_SESSION |
				 POOL_FLAG_CACHE_ALIGNED |
				 POOL_FLAG_RAISE_ON_FAILURE;
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(&call);
	const POOL_FLAGS kind = Flags & kinds;
	void *block = NULL;

	if (!machine)
		return NULL;
	/* The upper half is for flags that may be ignored. */
	if ((uint32_t)Flags & ~(uint32_t)known || !kind || kind & (kind - 1) ||
	    !Tag)
		iolas__dxgk_kernel_report(
			&call, IOLAS_DXGK_RULE_BAD_ARGUMENT,
			"flags 0x%llx, tag 0x%x: one kind of pool, known flags "
			"and a tag are needed",
			(unsigned long long)Flags, Tag);
	else
		block = allocate(&call, machine, kind == POOL_FLAG_PAGED,
				 !(Flags & POOL_FLAG_UNINITIALIZED),
				 NumberOfBytes,
				 Flags & POOL_FLAG_CACHE_ALIGNED ? 64 : 0, Tag);
	if (!block && Flags & POOL_FLAG_RAISE_ON_FAILURE)
		raise_failure(&call, NumberOfBytes);
	return block;
}

/* The block that @address lies in, not at its start. */
static struct iolas__dxgk_pool_block *around(struct iolas__dxgk_pool *pool,
					     const void *address)
{
	for (size_t i = 0; i < DXGK_POOL_BUCKETS; i++)
		for (struct iolas__dxgk_pool_block *block = pool->blocks[i];
		     block; block = block->next)
			if ((uintptr_t)address - (uintptr_t)block->at <
			    block->room)
				return block;
	return NULL;
}

/* Explains an address that is no live block's. */
static void report_unknown(const struct iolas__dxgk_call *call,
			   struct iolas__dxgk_kernel *kernel,
			   const void *address)
{
	struct iolas__dxgk_report report = {
		.call = call,
		.rule = IOLAS_DXGK_RULE_POOL_FREE,
	};
	struct iolas__dxgk_pool_past past = { .at = NULL };
	struct iolas__dxgk_pool_block block = { .at = NULL };

	pthread_mutex_lock(&kernel->pool_lock);
	if (kernel->pool) {
		const struct iolas__dxgk_pool_block *near =
			around(kernel->pool, address);
		const struct iolas__dxgk_pool_past *found =
			find_past(kernel->pool, address);

		if (near)
			block = *near;
		else if (found)
			past = *found;
	}
	pthread_mutex_unlock(&kernel->pool_lock);
	report.made_site = block.at ? block.made_site : past.made_site;
	report.freed_site = past.freed_site;
	if (block.at)
		iolas__dxgk_report(&report,
				   "%p lies inside the block %p of %zu bytes, "
				   "tag '%s', by %s",
				   address, (void *)block.at, block.bytes,
				   tag_text(block.tag).text, block.made_call);
	else if (past.at)
		iolas__dxgk_report(&report,
				   "%p, %zu bytes, tag '%s', by %s, was freed "
				   "by %s",
				   address, past.bytes, tag_text(past.tag).text,
				   past.made_call, past.freed_call);
	else
		iolas__dxgk_report(&report, "%p is no pool block", address);
}

/* Takes the block at @address out of the table; NULL: there is none. */
static struct iolas__dxgk_pool_block *
take_block(struct iolas__dxgk_kernel *kernel, const void *address)
{
	struct iolas__dxgk_pool_block *block = NULL;

	pthread_mutex_lock(&kernel->pool_lock);
	if (kernel->pool) {
		struct iolas__dxgk_pool_block **at =
			bucket(kernel->pool, address);

		while (*at && (*at)->at != address)
			at = &(*at)->next;
		block = *at;
		if (block) {
			*at = block->next;
			kernel->pool->live_bytes -= block->bytes;
		}
	}
	pthread_mutex_unlock(&kernel->pool_lock);
	return block;
}

/* Ends a block that is out of the table. */
static void end_block(const struct iolas__dxgk_call *call,
		      struct iolas__dxgk_kernel *kernel,
		      struct iolas__dxgk_pool_block *block)
{
	struct iolas_dxgk_machine *machine = kernel->machine;
	struct iolas__dxgk_pool *pool = kernel->pool;

	memset(block->at, IOLAS_PHYSMEM_POISON_BYTE, block->room);
	pthread_mutex_lock(&kernel->pool_lock);
	pool->past[pool->past_count++ % DXGK_POOL_PAST_COUNT] =
		(struct iolas__dxgk_pool_past){
			.at = block->at,
			.bytes = block->bytes,
			.tag = block->tag,
			.made_call = block->made_call,
			.made_site = block->made_site,
			.freed_call = call->name,
			.freed_site = call->site,
		};
	iolas__dxgk_pool_give(machine, pool, block);
	pthread_mutex_unlock(&kernel->pool_lock);
	iolas__dxgk_free(&machine->heap, block);
}

/* What is wrong with a block at its free. */
static void check_block(const struct iolas__dxgk_call *call,
			const struct iolas__dxgk_pool_block *block,
			const uint32_t *tag)
{
	struct iolas__dxgk_report report = {
		.call = call,
		.rule = IOLAS_DXGK_RULE_POOL_TAG,
		.made_site = block->made_site,
	};
	uint64_t timers, dpcs, waiters;

	if (tag && *tag && *tag != block->tag)
		iolas__dxgk_report(
			&report, "%p by %s has tag '%s' and is freed as '%s'",
			(void *)block->at, block->made_call,
			tag_text(block->tag).text, tag_text(*tag).text);
	report.rule = IOLAS_DXGK_RULE_POOL_OVERRUN;
	if (!is_full_of(block->at + block->bytes, block->room - block->bytes,
			DXGK_POOL_FENCE))
		iolas__dxgk_report(&report,
				   "%p, %zu bytes, tag '%s', by %s, was "
				   "written past its end",
				   (void *)block->at, block->bytes,
				   tag_text(block->tag).text, block->made_call);
	report.rule = IOLAS_DXGK_RULE_QUEUED_FREED;
	if (iolas__dxgk_queues_forget(block->at, block->room, &timers, &dpcs,
				      &waiters))
		iolas__dxgk_report(&report,
				   "%p, tag '%s', by %s, is freed with %llu "
				   "timers set, %llu DPCs queued and %llu "
				   "threads waiting in it",
				   (void *)block->at, tag_text(block->tag).text,
				   block->made_call, (unsigned long long)timers,
				   (unsigned long long)dpcs,
				   (unsigned long long)waiters);
}

/* @tag NULL: any. */
static void free_pool(const struct iolas__dxgk_call *call, void *address,
		      const uint32_t *tag)
{
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(call);
	struct iolas__dxgk_kernel *kernel;
	struct iolas__dxgk_pool_block *block;

	if (!machine)
		return;
	kernel = iolas__dxgk_kernel_of(machine);
	block = kernel ? take_block(kernel, address) : NULL;
	iolas__dxgk_irql_allows(call, machine, NULL,
				block && block->is_paged ? IOLAS_DXGK_APC
							 : IOLAS_DXGK_DISPATCH);
	if (block) {
		check_block(call, block, tag);
		end_block(call, kernel, block);
		return;
	}
	if (address && iolas__dxgk_mdl_pool_free(machine, call, address))
		return;
	if (kernel)
		report_unknown(call, kernel, address);
}

void iolas__dxgk_pool_free(const struct iolas__dxgk_call *call, void *pool)
{
	free_pool(call, pool, NULL);
}

VOID NTAPI ExFreePool(PVOID P)
{
	DXGK_CALL("ExFreePool");

	free_pool(&call, P, NULL);
}

VOID NTAPI ExFreePoolWithTag(PVOID P, ULONG Tag)
{
	DXGK_CALL("ExFreePoolWithTag");

	free_pool(&call, P, &Tag);
}

int iolas_dxgk_pool_stats(struct iolas_dxgk_machine *machine,
			  struct iolas_dxgk_pool_stats *stats)
{
	struct iolas__dxgk_kernel *kernel;

	if (!machine || !stats || stats->struct_size != sizeof(*stats))
		return IOLAS_EINVAL;
	stats->live_count = stats->live_bytes = stats->peak_bytes = 0;
	pthread_mutex_lock(&machine->lock);
	kernel = machine->kernel;
	pthread_mutex_unlock(&machine->lock);
	if (!kernel)
		return IOLAS_OK;
	pthread_mutex_lock(&kernel->pool_lock);
	for (size_t i = 0; kernel->pool && i < DXGK_POOL_BUCKETS; i++) {
		for (struct iolas__dxgk_pool_block *block =
			     kernel->pool->blocks[i];
		     block; block = block->next) {
			if (stats->tag && stats->tag != block->tag)
				continue;
			stats->live_count++;
			stats->live_bytes += block->bytes;
		}
	}
	if (kernel->pool)
		stats->peak_bytes = kernel->pool->peak_bytes;
	pthread_mutex_unlock(&kernel->pool_lock);
	return IOLAS_OK;
}

/* All blocks, out of the table. */
static struct iolas__dxgk_pool_block *
take_all(struct iolas__dxgk_kernel *kernel)
{
	struct iolas__dxgk_pool_block *all = NULL;

	pthread_mutex_lock(&kernel->pool_lock);
	for (size_t i = 0; kernel->pool && i < DXGK_POOL_BUCKETS; i++) {
		while (kernel->pool->blocks[i]) {
			struct iolas__dxgk_pool_block *block =
				kernel->pool->blocks[i];

			kernel->pool->blocks[i] = block->next;
			block->next = all;
			all = block;
		}
	}
	if (kernel->pool)
		kernel->pool->live_bytes = 0;
	pthread_mutex_unlock(&kernel->pool_lock);
	return all;
}

/* Reports and ends all blocks of the first one's tag; the others remain. */
static struct iolas__dxgk_pool_block *
report_tag(struct iolas__dxgk_kernel *kernel,
	   struct iolas__dxgk_pool_block *all)
{
	const struct iolas__dxgk_call call = { all->made_call, all->made_site };
	const uint32_t tag = all->tag;
	struct iolas__dxgk_pool_block *rest = NULL, *next;
	unsigned long long count = 0, bytes = 0;

	for (struct iolas__dxgk_pool_block *block = all; block; block = next) {
		next = block->next;
		if (block->tag != tag) {
			block->next = rest;
			rest = block;
			continue;
		}
		count++;
		bytes += block->bytes;
		check_block(&call, block, NULL);
		end_block(&call, kernel, block);
	}
	iolas__dxgk_report(
		&(struct iolas__dxgk_report){
			.machine = kernel->machine,
			.call = &call,
			.rule = IOLAS_DXGK_RULE_POOL_LEAKED,
			.made_site = call.site },
		"tag '%s': %llu blocks, %llu bytes in all, were never freed",
		tag_text(tag).text, count, bytes);
	return rest;
}

void iolas__dxgk_pool_report(struct iolas_dxgk_machine *machine)
{
	struct iolas__dxgk_pool_block *all;
	struct iolas__dxgk_kernel *kernel;

	iolas__dxgk_threads_report(machine);
	pthread_mutex_lock(&machine->lock);
	kernel = machine->kernel;
	pthread_mutex_unlock(&machine->lock);
	if (!kernel)
		return;
	iolas__dxgk_keys_report(kernel);
	for (all = take_all(kernel); all; all = report_tag(kernel, all))
		;
}
