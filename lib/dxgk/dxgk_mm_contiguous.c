/* SPDX-License-Identifier: MIT */
/*
 * MmAllocateContiguousMemory and its family (spec/dxgk.md, section D.1): both
 * limits inclusive, page-aligned and no more, contents undefined, freed by
 * exactly the base.
 */
#include "dxgk/dxgk_native.h"
#include "dxgk/dxgk_thing.h"

#include <string.h>

#define PROTECT_READWRITE    0x04u
#define PROTECT_EXECUTE	     0x40u
#define PROTECT_NOCACHE	     0x200u
#define PROTECT_WRITECOMBINE 0x400u

static void report(struct iolas_dxgk_machine *machine,
		   const struct iolas__dxgk_call *call, uint32_t rule,
		   const void *made_site, const void *base, const char *why)
{
	iolas__dxgk_report(
		&(struct iolas__dxgk_report){ .machine = machine,
					      .call = call,
					      .rule = rule,
					      .made_site = made_site },
		"%p: %s", base, why);
}

static const char *bad_request(const struct iolas__dxgk_block_request *want)
{
	if (!want->bytes)
		return "no bytes asked for";
	if (want->boundary & (want->boundary - 1))
		return "the boundary is no power of two";
	if (want->lowest > want->highest)
		return "the lowest address is above the highest";
	return NULL;
}

static PVOID allocate(const struct iolas__dxgk_call *call,
		      struct iolas__dxgk_block_request *want, uint32_t cache,
		      bool is_banned)
{
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(call);
	struct iolas__dxgk_thing *thing;
	struct iolas_run run;
	const char *why;
	void *va = NULL;

	if (!machine ||
	    !iolas__dxgk_irql_allows(call, machine, NULL, IOLAS_DXGK_DISPATCH))
		return NULL;
	if (is_banned && iolas__dxgk_isolation_is_on(machine))
		report(machine, call, IOLAS_DXGK_RULE_BANNED_CALL, NULL, NULL,
		       "called by a driver that runs isolated");
	why = bad_request(want);
	if (!why && cache >= (uint32_t)MmMaximumCacheType)
		why = "unknown cache type";
	if (why) {
		report(machine, call, IOLAS_DXGK_RULE_BAD_ARGUMENT, NULL, NULL,
		       why);
		return NULL;
	}
	/* No block is longer than the distance between two boundaries. */
	if ((want->boundary && want->bytes > want->boundary) ||
	    iolas__dxgk_plan_fails(machine, call->name, want->bytes, NULL))
		return NULL;
	want->is_poisoned = machine->config.verifier >= 1;
	want->is_misaligned = machine->config.flags & IOLAS_DXGK_MISALIGN;
	thing = iolas__dxgk_thing_make(machine, DXGK_THING_CONTIGUOUS, call);
	if (thing &&
	    !iolas__dxgk_pages_contiguous(machine, want, &thing->pages)) {
		if (!iolas_pagelist_run_at(thing->pages.list, 0, &run))
			va = iolas_physmem_ptr(machine->physmem, run.pa,
					       run.len);
		thing->bytes = thing->pages.bytes;
		thing->requested = want->bytes;
		thing->cache = cache;
		iolas__dxgk_thing_add(machine, thing, va);
		return va;
	}
	iolas__dxgk_thing_free(machine, thing);
	return NULL;
}

PVOID NTAPI MmAllocateContiguousMemory(
	SIZE_T NumberOfBytes, PHYSICAL_ADDRESS HighestAcceptableAddress)
{
	DXGK_CALL("MmAllocateContiguousMemory");
	struct iolas__dxgk_block_request want = {
		.bytes = NumberOfBytes,
		.highest = (uint64_t)HighestAcceptableAddress.QuadPart,
		.node = IOLAS_NODE_ANY,
	};

	return allocate(&call, &want, MmCached, true);
}

PVOID NTAPI MmAllocateContiguousMemorySpecifyCache(
	SIZE_T NumberOfBytes, PHYSICAL_ADDRESS LowestAcceptableAddress,
	PHYSICAL_ADDRESS HighestAcceptableAddress,
	PHYSICAL_ADDRESS BoundaryAddressMultiple, MEMORY_CACHING_TYPE CacheType)
{
	DXGK_CALL("MmAllocateContiguousMemorySpecifyCache");
	struct iolas__dxgk_block_request want = {
		.bytes = NumberOfBytes,
		.lowest = (uint64_t)LowestAcceptableAddress.QuadPart,
		.highest = (uint64_t)HighestAcceptableAddress.QuadPart,
		.boundary = (uint64_t)BoundaryAddressMultiple.QuadPart,
		.node = IOLAS_NODE_ANY,
	};

	return allocate(&call, &want, (uint32_t)CacheType, true);
}

static uint32_t node_of(NODE_REQUIREMENT preferred)
{
	return preferred & MM_ANY_NODE_OK ? IOLAS_NODE_ANY : preferred;
}

PVOID NTAPI MmAllocateContiguousMemorySpecifyCacheNode(
	SIZE_T NumberOfBytes, PHYSICAL_ADDRESS LowestAcceptableAddress,
	PHYSICAL_ADDRESS HighestAcceptableAddress,
	PHYSICAL_ADDRESS BoundaryAddressMultiple, MEMORY_CACHING_TYPE CacheType,
	NODE_REQUIREMENT PreferredNode)
{
	DXGK_CALL("MmAllocateContiguousMemorySpecifyCacheNode");
	struct iolas__dxgk_block_request want = {
		.bytes = NumberOfBytes,
		.lowest = (uint64_t)LowestAcceptableAddress.QuadPart,
		.highest = (uint64_t)HighestAcceptableAddress.QuadPart,
		.boundary = (uint64_t)BoundaryAddressMultiple.QuadPart,
		.node = node_of(PreferredNode),
	};

	return allocate(&call, &want, (uint32_t)CacheType, true);
}

/* Exactly one right, at most one cache word, nothing else. */
static bool is_protection(ULONG protect, uint32_t *cache)
{
	const ULONG right = protect & (PROTECT_READWRITE | PROTECT_EXECUTE);
	const ULONG kind = protect & (PROTECT_NOCACHE | PROTECT_WRITECOMBINE);

	*cache = kind == PROTECT_NOCACHE	? MmNonCached
		 : kind == PROTECT_WRITECOMBINE ? MmWriteCombined
						: MmCached;
	return (right == PROTECT_READWRITE || right == PROTECT_EXECUTE) &&
	       kind != (PROTECT_NOCACHE | PROTECT_WRITECOMBINE) &&
	       !(protect & ~(right | kind));
}

PVOID NTAPI MmAllocateContiguousNodeMemory(
	SIZE_T NumberOfBytes, PHYSICAL_ADDRESS LowestAcceptableAddress,
	PHYSICAL_ADDRESS HighestAcceptableAddress,
	PHYSICAL_ADDRESS BoundaryAddressMultiple, ULONG Protect,
	NODE_REQUIREMENT PreferredNode)
{
	DXGK_CALL("MmAllocateContiguousNodeMemory");
	struct iolas__dxgk_block_request want = {
		.bytes = NumberOfBytes,
		.lowest = (uint64_t)LowestAcceptableAddress.QuadPart,
		.highest = (uint64_t)HighestAcceptableAddress.QuadPart,
		.boundary = (uint64_t)BoundaryAddressMultiple.QuadPart,
		.node = node_of(PreferredNode),
	};
	uint32_t cache;

	if (!is_protection(Protect, &cache))
		cache = MmMaximumCacheType; /* refused and reported below */
	return allocate(&call, &want, cache, false);
}

struct expected {
	bool is_checked; /* else any size and cache type */
	uint64_t bytes;
	uint32_t cache;
	const void *made_site; /* out: of the thing that differs */
};

static bool matches(const struct iolas__dxgk_thing *thing, void *arg)
{
	struct expected *want = arg;

	want->made_site = thing->made_site;
	return !want->is_checked ||
	       (thing->requested == want->bytes && thing->cache == want->cache);
}

static void free_block(const struct iolas__dxgk_call *call, PVOID base,
		       struct expected *want)
{
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(call);
	struct iolas__dxgk_thing *thing;

	if (!machine ||
	    !iolas__dxgk_irql_allows(call, machine, NULL, IOLAS_DXGK_DISPATCH))
		return;
	if (!want->is_checked && iolas__dxgk_isolation_is_on(machine))
		report(machine, call, IOLAS_DXGK_RULE_BANNED_CALL, NULL, base,
		       "freed by a driver that runs isolated");
	thing = iolas__dxgk_thing_take(machine, DXGK_THING_CONTIGUOUS, base,
				       matches, want);
	if (!thing) {
		report(machine, call, IOLAS_DXGK_RULE_MM_FREE, want->made_site,
		       base,
		       want->made_site
			       ? "size or cache type are not those of the "
				 "allocation"
			       : "no live contiguous block begins here");
		return;
	}
	iolas__dxgk_pages_free(machine, &thing->pages);
	iolas__dxgk_thing_free(machine, thing);
}

VOID NTAPI MmFreeContiguousMemory(PVOID BaseAddress)
{
	DXGK_CALL("MmFreeContiguousMemory");

	free_block(&call, BaseAddress, &(struct expected){ 0 });
}

VOID NTAPI MmFreeContiguousMemorySpecifyCache(PVOID BaseAddress,
					      SIZE_T NumberOfBytes,
					      MEMORY_CACHING_TYPE CacheType)
{
	DXGK_CALL("MmFreeContiguousMemorySpecifyCache");

	free_block(&call, BaseAddress,
		   &(struct expected){ .is_checked = true,
				       .bytes = NumberOfBytes,
				       .cache = (uint32_t)CacheType });
}
