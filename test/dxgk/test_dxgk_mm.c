/* SPDX-License-Identifier: MIT */
/*
 * The memory manager's allocators: contiguous blocks and page lists.
 * Floor: dxgk.  Source: spec/dxgk.md, sections D.1, D.3 and B.3 (imports that
 * isolation forbids); dxgk-gotchas.md, 8 to 11.
 */
#include "dxgk_rig.h"

#define PAGE_READWRITE_ 0x04u

static const struct iolas_physmem_region two_nodes[] = {
	{ .first = RIG_LOW_FIRST, .last = RIG_LOW_LAST, .node = 0 },
	{ .first = RIG_HIGH_FIRST, .last = RIG_HIGH_LAST, .node = 1 },
};

static uint64_t pa_at(PVOID va)
{
	return (uint64_t)MmGetPhysicalAddress(va).QuadPart;
}

static PVOID contiguous(SIZE_T bytes, uint64_t low, uint64_t high,
			uint64_t boundary)
{
	return MmAllocateContiguousMemorySpecifyCache(
		bytes, pa_of(low), pa_of(high), pa_of(boundary), MmCached);
}

static void contiguous_limits_are_inclusive(void **state)
{
	struct rig rig;
	PVOID va;

	(void)state;
	rig_machine(&rig, NULL);
	va = MmAllocateContiguousMemory(1, pa_of(RIG_LOW_FIRST + 4095));
	CHECK(va);
	CHECK_EQ(pa_at(va), RIG_LOW_FIRST);
	CHECK(!MmAllocateContiguousMemory(1, pa_of(RIG_LOW_FIRST + 4095)));
	MmFreeContiguousMemory(va);
	CHECK(!MmAllocateContiguousMemory(1, pa_of(RIG_LOW_FIRST + 4094)));
	CHECK(!contiguous(4096, RIG_HIGH_LAST - 4094, UINT64_MAX, 0));
	va = contiguous(4096, RIG_HIGH_LAST - 4095, UINT64_MAX, 0);
	CHECK(va);
	MmFreeContiguousMemory(va);
	va = contiguous(0x10000, 0, UINT64_MAX, 0x10000);
	CHECK(va);
	CHECK_EQ(pa_at(va) % 0x10000, 0);
	MmFreeContiguousMemory(va);
	CHECK(!contiguous(0x10001, 0, UINT64_MAX, 0x10000));
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void bad_contiguous_requests_are_null_and_reported(void **state)
{
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	CHECK(!MmAllocateContiguousMemory(0, pa_of(UINT64_MAX)));
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK(!contiguous(4096, 0x2000000, 0x1000000, 0));
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK(!contiguous(4096, 0, UINT64_MAX, 0x3000));
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK(!MmAllocateContiguousMemorySpecifyCache(
		4096, pa_of(0), pa_of(UINT64_MAX), pa_of(0),
		(MEMORY_CACHING_TYPE)6));
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK(!MmAllocateContiguousMemorySpecifyCache(
		4096, pa_of(0), pa_of(UINT64_MAX), pa_of(0), MmNotMapped));
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK(!contiguous(MAXSIZE_T, 0, UINT64_MAX, 0)); /* just too much */
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void frees_match_the_allocation_exactly(void **state)
{
	struct rig rig;
	char *va;

	(void)state;
	rig_machine(&rig, NULL);
	va = contiguous(5000, 0, UINT64_MAX, 0);
	CHECK(va);
	MmFreeContiguousMemory(va + 4096);
	rig_expect(&rig, IOLAS_DXGK_RULE_MM_FREE);
	MmFreeContiguousMemorySpecifyCache(va, 8192, MmCached);
	CHECK(rig_last(&rig).made_site != NULL);
	rig_expect(&rig, IOLAS_DXGK_RULE_MM_FREE);
	MmFreeContiguousMemorySpecifyCache(va, 5000, MmNonCached);
	rig_expect(&rig, IOLAS_DXGK_RULE_MM_FREE);
	MmFreeContiguousMemorySpecifyCache(va, 5000, MmCached);
	rig_expect_none(&rig);
	MmFreeContiguousMemorySpecifyCache(va, 5000, MmCached);
	rig_expect(&rig, IOLAS_DXGK_RULE_MM_FREE);
	MmFreeContiguousMemory(va);
	rig_expect(&rig, IOLAS_DXGK_RULE_MM_FREE);
	MmFreeContiguousMemory(NULL);
	rig_expect(&rig, IOLAS_DXGK_RULE_MM_FREE);
	rig_down(&rig);
}

static void a_preferred_node_is_strict_unless_any_is_fine(void **state)
{
	struct rig rig;
	PVOID va;

	(void)state;
	rig_machine(&rig, &(struct iolas_dxgk_machine_config){
				  .regions = two_nodes, .region_count = 2 });
	va = MmAllocateContiguousMemorySpecifyCacheNode(
		4096, pa_of(0), pa_of(UINT64_MAX), pa_of(0), MmCached, 1);
	CHECK(va && pa_at(va) >= RIG_HIGH_FIRST);
	MmFreeContiguousMemory(va);
	CHECK(!MmAllocateContiguousMemorySpecifyCacheNode(
		4096, pa_of(0), pa_of(RIG_LOW_LAST), pa_of(0), MmCached, 1));
	va = MmAllocateContiguousMemorySpecifyCacheNode(
		4096, pa_of(0), pa_of(RIG_LOW_LAST), pa_of(0), MmCached,
		1 | MM_ANY_NODE_OK);
	CHECK(va && pa_at(va) <= RIG_LOW_LAST);
	MmFreeContiguousMemory(va);
	va = MmAllocateContiguousNodeMemory(4096, pa_of(0), pa_of(UINT64_MAX),
					    pa_of(0), PAGE_READWRITE_, 0);
	CHECK(va && pa_at(va) <= RIG_LOW_LAST);
	MmFreeContiguousMemory(va);
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void a_protection_is_one_right_and_at_most_one_cache_word(void **state)
{
	static const ULONG good[] = { 0x04, 0x40, 0x204, 0x240, 0x404, 0x440 };
	static const ULONG bad[] = { 0,	    0x44,  0x200, 0x400,
				     0x604, 0x640, 0x02,  0x84 };
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		PVOID va = MmAllocateContiguousNodeMemory(
			4096, pa_of(0), pa_of(UINT64_MAX), pa_of(0), good[i],
			MM_ANY_NODE_OK);

		CHECK(va);
		MmFreeContiguousMemory(va);
	}
	rig_expect_none(&rig);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(!MmAllocateContiguousNodeMemory(
			4096, pa_of(0), pa_of(UINT64_MAX), pa_of(0), bad[i],
			MM_ANY_NODE_OK));
		rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	}
	rig_down(&rig);
}

static void contiguous_memory_is_poisoned_by_the_verifier_too(void **state)
{
	unsigned char *va;
	struct rig rig;

	(void)state;
	rig_machine(&rig,
		    &(struct iolas_dxgk_machine_config){
			    .verifier = 1, .flags = IOLAS_DXGK_MISALIGN });
	va = contiguous(0x10000, 0, UINT64_MAX, 0);
	CHECK(va);
	CHECK(pa_at(va) % 0x10000 != 0);
	for (size_t i = 0; i < 0x10000; i++)
		CHECK_EQ(va[i], IOLAS_DXGK_POISON);
	MmFreeContiguousMemory(va);
	rig_down(&rig);
}

static PMDL pages(uint64_t low, uint64_t high, uint64_t skip, SIZE_T bytes,
		  ULONG flags)
{
	return MmAllocatePagesForMdlEx(pa_of(low), pa_of(high), pa_of(skip),
				       bytes, MmCached, flags);
}

/* Pages first, then the MDL itself. */
static void give_back(PMDL mdl)
{
	MmFreePagesFromMdl(mdl);
	ExFreePool(mdl);
}

static void a_list_may_come_back_shorter_unless_all_is_required(void **state)
{
	struct rig rig;
	PMDL mdl;

	(void)state;
	rig_machine(&rig, NULL);
	/* four pages there, five asked for */
	mdl = pages(RIG_LOW_FIRST, RIG_LOW_FIRST + 0x3fff, 0, 5 * 4096, 0);
	CHECK(mdl);
	CHECK_EQ(MmGetMdlByteCount(mdl), 4 * 4096);
	CHECK(!pages(RIG_LOW_FIRST, RIG_LOW_FIRST + 0x3fff, 0, 4096, 0));
	give_back(mdl);
	CHECK(!pages(RIG_LOW_FIRST, RIG_LOW_FIRST + 0x3fff, 0, 5 * 4096,
		     MM_ALLOCATE_FULLY_REQUIRED));
	mdl = pages(RIG_LOW_FIRST, RIG_LOW_FIRST + 0x3fff, 0, 4 * 4096,
		    MM_ALLOCATE_FULLY_REQUIRED);
	CHECK(mdl);
	give_back(mdl);
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void partial_results_are_whole_chunks(void **state)
{
	struct rig rig;
	PMDL mdl;

	(void)state;
	rig_machine(&rig, NULL);
	/* 3 aligned chunks of 16 KiB fit, 4 are asked for */
	mdl = pages(RIG_LOW_FIRST, RIG_LOW_FIRST + 0xefff, 0x4000, 0x10000,
		    MM_ALLOCATE_REQUIRE_CONTIGUOUS_CHUNKS);
	CHECK(mdl);
	CHECK_EQ(MmGetMdlByteCount(mdl), 0xc000);
	give_back(mdl);
	CHECK(!pages(RIG_LOW_FIRST, RIG_LOW_FIRST + 0xefff, 0x4000, 0x10000,
		     MM_ALLOCATE_REQUIRE_CONTIGUOUS_CHUNKS |
			     MM_ALLOCATE_FULLY_REQUIRED));
	/* without a chunk size it is all or nothing anyway */
	CHECK(!pages(RIG_LOW_FIRST, RIG_LOW_FIRST + 0xefff, 0, 0x10000,
		     MM_ALLOCATE_REQUIRE_CONTIGUOUS_CHUNKS));
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void the_plain_form_zeroes_and_the_other_may_not(void **state)
{
	unsigned char *va;
	struct rig rig;
	PMDL mdl;

	(void)state;
	rig_machine(&rig, &(struct iolas_dxgk_machine_config){ .verifier = 1 });
	mdl = pages(0, UINT64_MAX, 0, 4096, MM_DONT_ZERO_ALLOCATION);
	CHECK(mdl);
	va = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
	CHECK(va && va[0] == IOLAS_DXGK_POISON);
	MmUnmapLockedPages(va, mdl);
	give_back(mdl);
	mdl = MmAllocatePagesForMdl(pa_of(0), pa_of(UINT64_MAX), pa_of(0),
				    4096);
	CHECK(mdl);
	va = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
	CHECK(va);
	for (size_t i = 0; i < 4096; i++)
		CHECK_EQ(va[i], 0);
	MmUnmapLockedPages(va, mdl);
	give_back(mdl);
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void bad_lists_are_null_and_reported(void **state)
{
	static const struct {
		uint64_t low, high, skip, bytes;
		int cache;
		ULONG flags;
	} bad[] = {
		{ 0, UINT64_MAX, 0, 0, 1, 0 },
		{ 0, UINT64_MAX, 0, 0xFFFFF001, 1, 0 },
		{ 0, UINT64_MAX, 0, UINT64_MAX, 1, 0 },
		{ 9, 8, 0, 4096, 1, 0 },
		{ 0, UINT64_MAX, 100, 4096, 1, 0 },
		{ 0, UINT64_MAX, 0, 4096, 6, 0 },
		{ 0, UINT64_MAX, 0, 4096, -1, 0 },
		{ 0, UINT64_MAX, 0, 4096, 1, 0x80 },
		{ 0, UINT64_MAX, 0, 4096, 1, 0x104 },
		{ 0, UINT64_MAX, 0, 4096, 1, 0x40 },
		{ 0, UINT64_MAX, 0x3000, 0x3000, 1, 0x20 },
		{ 0, UINT64_MAX, 0x2000, 0x3000, 1, 0x20 },
		{ 0, UINT64_MAX, 0x2000, 0x4000, 1, 0x60 },
	};
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(!MmAllocatePagesForMdlEx(
			pa_of(bad[i].low), pa_of(bad[i].high),
			pa_of(bad[i].skip), bad[i].bytes,
			(MEMORY_CACHING_TYPE)bad[i].cache, bad[i].flags));
		rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	}
	rig_down(&rig);
}

static void a_node_is_a_wish_unless_local_only(void **state)
{
	struct rig rig;
	PMDL mdl;

	(void)state;
	rig_machine(&rig, &(struct iolas_dxgk_machine_config){
				  .regions = two_nodes, .region_count = 2 });
	mdl = MmAllocateNodePagesForMdlEx(pa_of(0), pa_of(UINT64_MAX), pa_of(0),
					  4096, MmCached, 1, 0);
	CHECK(mdl && MmGetMdlPfnArray(mdl)[0] >= RIG_HIGH_FIRST / 4096);
	give_back(mdl);
	mdl = MmAllocateNodePagesForMdlEx(pa_of(0), pa_of(RIG_LOW_LAST),
					  pa_of(0), 4096, MmCached, 1, 0);
	CHECK(mdl && MmGetMdlPfnArray(mdl)[0] <= RIG_LOW_LAST / 4096);
	give_back(mdl);
	CHECK(!MmAllocateNodePagesForMdlEx(pa_of(0), pa_of(RIG_LOW_LAST),
					   pa_of(0), 4096, MmCached, 1,
					   MM_ALLOCATE_FROM_LOCAL_NODE_ONLY));
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void pages_and_mdl_are_freed_once_each_and_in_order(void **state)
{
	struct rig rig;
	PMDL mdl;

	(void)state;
	rig_machine(&rig, NULL);
	mdl = pages(0, UINT64_MAX, 0, 8192, 0);
	CHECK(mdl);
	ExFreePool(mdl); /* pages are still in it */
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_FREE);
	IoFreeMdl(mdl);
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_FREE);
	CHECK(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority));
	MmFreePagesFromMdlEx(mdl, 0);
	rig_expect(&rig, IOLAS_DXGK_RULE_STILL_MAPPED);
	CHECK_EQ(rig_free_pages(&rig), RIG_TOTAL_PAGES);
	CHECK(!(mdl->MdlFlags & MDL_PAGES_LOCKED));
	MmFreePagesFromMdl(mdl);
	rig_expect(&rig, IOLAS_DXGK_RULE_MM_FREE);
	ExFreePool(mdl);
	rig_expect_none(&rig);
	MmFreePagesFromMdlEx((PMDL)(PVOID)&rig, 0x80);
	CHECK_EQ(iolas_dxgk_violation_count(rig.machine), 2);
	iolas_dxgk_violations_clear(rig.machine);
	MmFreePagesFromMdl(NULL);
	rig_expect_none(&rig);
	rig_down(&rig);
}

/* Raw Mm needs two frees; the one that is forgotten is told. */
static void what_is_left_is_reported_with_its_maker(void **state)
{
	struct iolas_dxgk_violation v;
	uint64_t count;
	struct rig rig;
	PVOID va;
	PMDL mdl;

	(void)state;
	rig_machine(&rig, NULL);
	va = contiguous(4096, 0, UINT64_MAX, 0);
	mdl = pages(0, UINT64_MAX, 0, 4096, 0);
	CHECK(va && mdl);
	MmFreePagesFromMdl(mdl);
	CHECK_EQ(iolas_dxgk_machine_report_leaks(rig.machine, &count),
		 IOLAS_OK);
	CHECK_EQ(count, 2);
	CHECK_EQ(iolas_dxgk_violation_count(rig.machine), 2);
	v = rig_last(&rig);
	CHECK_EQ(v.rule, IOLAS_DXGK_RULE_MM_LEAKED);
	CHECK_STR(v.call, "MmAllocatePagesForMdlEx");
	CHECK(v.made_site);
	iolas_dxgk_violations_clear(rig.machine);
	MmFreeContiguousMemory(va);
	ExFreePool(mdl);
	CHECK_EQ(iolas_dxgk_machine_report_leaks(rig.machine, NULL), IOLAS_OK);
	CHECK_EQ(iolas_dxgk_machine_report_leaks(NULL, &count), IOLAS_EINVAL);
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void an_isolated_driver_is_told_of_banned_calls(void **state)
{
	struct rig rig;
	PVOID va, user;
	PMDL mdl;

	(void)state;
	rig_machine(&rig, NULL);
	rig_adapter(&rig, &(struct iolas_dxgk_adapter_config){
				  .flags = IOLAS_DXGK_DRIVER_ISOLATION });
	va = MmAllocateContiguousMemory(4096, pa_of(UINT64_MAX));
	rig_expect(&rig, IOLAS_DXGK_RULE_BANNED_CALL);
	MmFreeContiguousMemory(va);
	rig_expect(&rig, IOLAS_DXGK_RULE_BANNED_CALL);
	mdl = MmAllocatePagesForMdl(pa_of(0), pa_of(UINT64_MAX), pa_of(0),
				    4096);
	rig_expect(&rig, IOLAS_DXGK_RULE_BANNED_CALL);
	MmFreePagesFromMdl(mdl);
	rig_expect(&rig, IOLAS_DXGK_RULE_BANNED_CALL);
	ExFreePool(mdl);
	rig_expect_none(&rig);
	CHECK_EQ(iolas_dxgk_user_alloc(rig.machine, 4096, &user), IOLAS_OK);
	mdl = IoAllocateMdl(user, 4096, FALSE, FALSE, NULL);
	MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
	rig_expect(&rig, IOLAS_DXGK_RULE_BANNED_CALL);
	MmUnlockPages(mdl);
	IoFreeMdl(mdl);
	CHECK_EQ(iolas_dxgk_user_free(rig.machine, user), IOLAS_OK);
	/* node memory is not on the list */
	va = MmAllocateContiguousNodeMemory(4096, pa_of(0), pa_of(UINT64_MAX),
					    pa_of(0), PAGE_READWRITE_,
					    MM_ANY_NODE_OK);
	MmFreeContiguousMemorySpecifyCache(va, 4096, MmCached);
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void irql_limits_of_the_memory_manager(void **state)
{
	struct rig rig;
	PVOID va;
	PMDL mdl;

	(void)state;
	rig_machine(&rig, NULL);
	iolas_dxgk_set_irql(IOLAS_DXGK_DISPATCH);
	va = contiguous(4096, 0, UINT64_MAX, 0);
	mdl = pages(0, UINT64_MAX, 0, 4096, 0);
	CHECK(va && mdl);
	rig_expect_none(&rig);
	CHECK(!pages(0, UINT64_MAX, 0, 4096, MM_ALLOCATE_AND_HOT_REMOVE));
	rig_expect(&rig, IOLAS_DXGK_RULE_IRQL);
	iolas_dxgk_set_irql(3);
	CHECK(!contiguous(4096, 0, UINT64_MAX, 0));
	rig_expect(&rig, IOLAS_DXGK_RULE_IRQL);
	CHECK(!pages(0, UINT64_MAX, 0, 4096, 0));
	rig_expect(&rig, IOLAS_DXGK_RULE_IRQL);
	MmFreeContiguousMemory(va);
	rig_expect(&rig, IOLAS_DXGK_RULE_IRQL);
	MmFreePagesFromMdlEx(mdl, 0);
	rig_expect(&rig, IOLAS_DXGK_RULE_IRQL);
	iolas_dxgk_set_irql(0);
	MmFreeContiguousMemory(va);
	give_back(mdl);
	mdl = pages(0, UINT64_MAX, 0, 4096, MM_ALLOCATE_AND_HOT_REMOVE);
	CHECK(mdl);
	give_back(mdl);
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void without_a_machine_calls_answer_null(void **state)
{
	(void)state;
	iolas_dxgk_machine_set_current(NULL);
	CHECK(!MmAllocateContiguousMemory(4096, pa_of(UINT64_MAX)));
	CHECK(!pages(0, UINT64_MAX, 0, 4096, 0));
	CHECK(!IoAllocateMdl(NULL, 4096, FALSE, FALSE, NULL));
	CHECK_EQ(MmGetPhysicalAddress((PVOID)&state).QuadPart, 0);
	CHECK(!MmMapIoSpace(pa_of(0), 4096, MmNonCached));
	MmFreeContiguousMemory((PVOID)&state);
	MmUnmapIoSpace((PVOID)&state, 4096);
}

static void io_space_is_mapped_and_unmapped_exactly(void **state)
{
	struct rig rig;
	char *va;

	(void)state;
	rig_machine(&rig, NULL);
	CHECK(!MmMapIoSpace(pa_of(0xf0000000), 4096, MmNonCached));
	rig_expect(&rig, IOLAS_DXGK_RULE_ADDRESS);
	CHECK(!MmMapIoSpace(pa_of(RIG_LOW_FIRST), 0, MmNonCached));
	rig_expect(&rig, IOLAS_DXGK_RULE_ADDRESS);
	CHECK(!MmMapIoSpaceEx(pa_of(UINT64_MAX - 10), 4096, 4));
	rig_expect(&rig, IOLAS_DXGK_RULE_ADDRESS);
	va = MmMapIoSpace(pa_of(RIG_LOW_FIRST + 8), 100, MmNonCached);
	CHECK(va);
	CHECK_EQ(pa_at(va), RIG_LOW_FIRST + 8);
	MmUnmapIoSpace(va, 99);
	rig_expect(&rig, IOLAS_DXGK_RULE_MM_FREE);
	MmUnmapIoSpace(va, 100);
	rig_expect_none(&rig);
	MmUnmapIoSpace(va, 100);
	rig_expect(&rig, IOLAS_DXGK_RULE_MM_FREE);
	rig_down(&rig);
}

RUN_CASES(CASE(contiguous_limits_are_inclusive),
	  CASE(bad_contiguous_requests_are_null_and_reported),
	  CASE(frees_match_the_allocation_exactly),
	  CASE(a_preferred_node_is_strict_unless_any_is_fine),
	  CASE(a_protection_is_one_right_and_at_most_one_cache_word),
	  CASE(contiguous_memory_is_poisoned_by_the_verifier_too),
	  CASE(a_list_may_come_back_shorter_unless_all_is_required),
	  CASE(partial_results_are_whole_chunks),
	  CASE(the_plain_form_zeroes_and_the_other_may_not),
	  CASE(bad_lists_are_null_and_reported),
	  CASE(a_node_is_a_wish_unless_local_only),
	  CASE(pages_and_mdl_are_freed_once_each_and_in_order),
	  CASE(what_is_left_is_reported_with_its_maker),
	  CASE(an_isolated_driver_is_told_of_banned_calls),
	  CASE(irql_limits_of_the_memory_manager),
	  CASE(without_a_machine_calls_answer_null),
	  CASE(io_space_is_mapped_and_unmapped_exactly))
