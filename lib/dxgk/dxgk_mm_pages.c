/* SPDX-License-Identifier: MIT */
/*
 * MmAllocatePagesForMdl and its family (spec/dxgk.md, section D.3): pages
 * without a CPU mapping, perhaps fewer than asked; the pages go back through
 * MmFreePagesFromMdl and the MDL through ExFreePool.
 */
#include "dxgk/dxgk_mdl.h"
#include "dxgk/dxgk_native.h"

static void report(struct iolas_dxgk_machine *machine,
		   const struct iolas__dxgk_call *call, uint32_t rule,
		   const struct iolas__dxgk_thing *thing, const MDL *mdl,
		   const char *why)
{
	iolas__dxgk_report(
		&(struct iolas__dxgk_report){
			.machine = machine,
			.call = call,
			.rule = rule,
			.made_site = thing ? thing->made_site : NULL },
		"MDL %p: %s", (const void *)mdl, why);
}

static const char *bad_chunks(const struct iolas__dxgk_list_request *want,
			      uint64_t bytes)
{
	if (!(want->flags & DXGK_MM_CONTIGUOUS_CHUNKS))
		return want->flags & DXGK_MM_FAST_LARGE_PAGES
			       ? "MM_ALLOCATE_FAST_LARGE_PAGES without chunks"
			       : NULL;
	if (want->skip & (want->skip - 1))
		return "SkipBytes as a chunk is no power of two";
	if (want->skip && bytes & (want->skip - 1))
		return "SkipBytes as a chunk does not divide TotalBytes";
	if (want->flags & DXGK_MM_FAST_LARGE_PAGES &&
	    want->skip & (DXGK_LARGE_PAGE_BYTES - 1))
		return "SkipBytes is no multiple of a large page";
	return NULL;
}

static const char *bad_request(const struct iolas__dxgk_list_request *want,
			       uint64_t bytes, MEMORY_CACHING_TYPE cache)
{
	if (!bytes || bytes > DXGK_MDL_BYTES_MAX)
		return "TotalBytes is 0 or above 4 GB - PAGE_SIZE";
	if (want->low > want->high)
		return "LowAddress is above HighAddress";
	if (want->skip & (DXGK_PAGE_BYTES - 1))
		return "SkipBytes is no multiple of a page";
	if ((int)cache < MmNonCached || cache >= MmMaximumCacheType)
		return "unknown cache type";
	if (want->flags & ~DXGK_MM_KNOWN)
		return "unknown Flags";
	if (want->flags & DXGK_MM_AND_HOT_REMOVE &&
	    want->flags & DXGK_MM_FULLY_REQUIRED)
		return "MM_ALLOCATE_AND_HOT_REMOVE with "
		       "MM_ALLOCATE_FULLY_REQUIRED";
	return bad_chunks(want, bytes);
}

static PMDL allocate(const struct iolas__dxgk_call *call,
		     struct iolas__dxgk_list_request *want, uint64_t bytes,
		     MEMORY_CACHING_TYPE cache, bool is_banned)
{
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(call);
	struct iolas__dxgk_pages pages;
	const char *why;
	PMDL mdl;

	if (!machine)
		return NULL;
	if (!iolas__dxgk_irql_allows(call, machine, NULL,
				     want->flags & DXGK_MM_AND_HOT_REMOVE
					     ? IOLAS_DXGK_PASSIVE
					     : IOLAS_DXGK_DISPATCH))
		return NULL;
	if (is_banned && iolas__dxgk_isolation_is_on(machine))
		report(machine, call, IOLAS_DXGK_RULE_BANNED_CALL, NULL, NULL,
		       "called by a driver that runs isolated");
	why = bad_request(want, bytes, cache);
	if (why) {
		report(machine, call, IOLAS_DXGK_RULE_BAD_ARGUMENT, NULL, NULL,
		       why);
		return NULL;
	}
	if (iolas__dxgk_plan_fails(machine, call->name, bytes, NULL))
		return NULL;
	want->bytes = (bytes + DXGK_PAGE_BYTES - 1) & ~(DXGK_PAGE_BYTES - 1);
	want->is_poisoned = machine->config.verifier >= 1;
	if (iolas__dxgk_pages_list(machine, want, &pages))
		return NULL;
	mdl = iolas__dxgk_mdl_make(machine, call, DXGK_MDL_OF_MM, &pages, NULL);
	if (!mdl)
		iolas__dxgk_pages_free(machine, &pages);
	return mdl;
}

PMDL NTAPI MmAllocatePagesForMdl(PHYSICAL_ADDRESS LowAddress,
				 PHYSICAL_ADDRESS HighAddress,
				 PHYSICAL_ADDRESS SkipBytes, SIZE_T TotalBytes)
{
	DXGK_CALL("MmAllocatePagesForMdl");
	struct iolas__dxgk_list_request want = {
		.low = (uint64_t)LowAddress.QuadPart,
		.high = (uint64_t)HighAddress.QuadPart,
		.skip = (uint64_t)SkipBytes.QuadPart,
		.node = IOLAS_NODE_ANY,
	};

	return allocate(&call, &want, TotalBytes, MmCached, true);
}

PMDL NTAPI MmAllocatePagesForMdlEx(PHYSICAL_ADDRESS LowAddress,
				   PHYSICAL_ADDRESS HighAddress,
				   PHYSICAL_ADDRESS SkipBytes,
				   SIZE_T TotalBytes,
				   MEMORY_CACHING_TYPE CacheType, ULONG Flags)
{
	DXGK_CALL("MmAllocatePagesForMdlEx");
	struct iolas__dxgk_list_request want = {
		.low = (uint64_t)LowAddress.QuadPart,
		.high = (uint64_t)HighAddress.QuadPart,
		.skip = (uint64_t)SkipBytes.QuadPart,
		.flags = Flags,
		.node = IOLAS_NODE_ANY,
	};

	return allocate(&call, &want, TotalBytes, CacheType, true);
}

PMDL NTAPI MmAllocateNodePagesForMdlEx(PHYSICAL_ADDRESS LowAddress,
				       PHYSICAL_ADDRESS HighAddress,
				       PHYSICAL_ADDRESS SkipBytes,
				       SIZE_T TotalBytes,
				       MEMORY_CACHING_TYPE CacheType,
				       ULONG IdealNode, ULONG Flags)
{
	DXGK_CALL("MmAllocateNodePagesForMdlEx");
	struct iolas__dxgk_list_request want = {
		.low = (uint64_t)LowAddress.QuadPart,
		.high = (uint64_t)HighAddress.QuadPart,
		.skip = (uint64_t)SkipBytes.QuadPart,
		.flags = Flags,
		.node = IdealNode,
		.is_node_strict = Flags & DXGK_MM_LOCAL_NODE_ONLY,
	};

	return allocate(&call, &want, TotalBytes, CacheType, false);
}

static void free_pages(const struct iolas__dxgk_call *call, PMDL mdl)
{
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(call);
	struct iolas__dxgk_pages pages = { 0 };
	struct iolas__dxgk_thing *thing;

	if (!machine || !mdl ||
	    !iolas__dxgk_irql_allows(call, machine, NULL, IOLAS_DXGK_DISPATCH))
		return;
	thing = iolas__dxgk_thing_find(machine, DXGK_THING_MDL, mdl);
	if (thing && thing->origin == DXGK_MDL_OF_MM) {
		pthread_mutex_lock(&machine->lock);
		pages = thing->pages;
		thing->pages.list = NULL;
		pthread_mutex_unlock(&machine->lock);
	}
	if (!pages.list) {
		report(machine, call, IOLAS_DXGK_RULE_MM_FREE, thing, mdl,
		       !thing ? "no MDL of MmAllocatePagesForMdl"
		       : thing->origin == DXGK_MDL_OF_MM
			       ? "its pages were freed before"
			       : "its pages came from elsewhere");
		return;
	}
	if (iolas__dxgk_mdl_unmap(machine, mdl))
		report(machine, call, IOLAS_DXGK_RULE_STILL_MAPPED, thing, mdl,
		       "it still had a system mapping");
	mdl->MdlFlags = (CSHORT)(mdl->MdlFlags & ~MDL_PAGES_LOCKED);
	iolas__dxgk_pages_free(machine, &pages);
}

VOID NTAPI MmFreePagesFromMdl(PMDL Mdl)
{
	DXGK_CALL("MmFreePagesFromMdl");
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(&call);

	if (machine && iolas__dxgk_isolation_is_on(machine))
		report(machine, &call, IOLAS_DXGK_RULE_BANNED_CALL, NULL, Mdl,
		       "called by a driver that runs isolated");
	free_pages(&call, Mdl);
}

VOID NTAPI MmFreePagesFromMdlEx(PMDL Mdl, ULONG Flags)
{
	DXGK_CALL("MmFreePagesFromMdlEx");
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(&call);

	if (machine && Flags & ~(ULONG)MM_DONT_ZERO_ALLOCATION)
		report(machine, &call, IOLAS_DXGK_RULE_BAD_ARGUMENT, NULL, Mdl,
		       "unknown Flags");
	free_pages(&call, Mdl);
}
