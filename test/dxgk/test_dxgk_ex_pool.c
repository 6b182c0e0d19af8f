/* SPDX-License-Identifier: MIT */
/*
 * Pool: what a block is, and what is told of each way to misuse one.
 * Floor: dxgk.  Tools: leak-checked by the counting host.
 */
#include <dxgk/iolas_dxgk_kernel.h>

#include "dxgk/dxgk_loader.h"
#include "dxgk_rig.h"
#include "harness/rng.h"

#define TAG   0x6c706d53 /* "Smpl" in memory */
#define OTHER 0x72687473

static unsigned char pattern_of(size_t i)
{
	return (unsigned char)(i * 7 + 1);
}

static uint64_t live_blocks(const struct rig *rig, uint32_t tag)
{
	struct iolas_dxgk_pool_stats stats = { .struct_size = sizeof(stats),
					       .tag = tag };

	CHECK_EQ(iolas_dxgk_pool_stats(rig->machine, &stats), IOLAS_OK);
	return stats.live_count;
}

static void blocks_are_aligned_apart_and_keep_their_bytes(void **state)
{
	struct rng rng = rng_seed(0x9001);
	unsigned char *block[40] = { NULL };
	size_t bytes[40] = { 0 };
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	for (int turn = 0; turn < 1500; turn++) {
		size_t i = rng_below(&rng, 40);
		size_t want = rng_below(&rng, 6) ? rng_below(&rng, 5000)
						 : rng_below(&rng, 40000);

		for (size_t k = 0; k < bytes[i]; k++)
			CHECK(block[i][k] == pattern_of(k + i));
		if (block[i])
			ExFreePoolWithTag(block[i], TAG);
		block[i] = ExAllocatePoolWithTag(NonPagedPoolNx, want, TAG);
		bytes[i] = want;
		CHECK(block[i] && (uintptr_t)block[i] % 16 == 0);
		if (want >= PAGE_SIZE)
			CHECK((uintptr_t)block[i] % PAGE_SIZE == 0);
		else
			CHECK(BYTE_OFFSET(block[i]) + want <= PAGE_SIZE);
		for (size_t k = 0; k < want; k++)
			block[i][k] = pattern_of(k + i);
	}
	CHECK_EQ(live_blocks(&rig, TAG), 40);
	for (size_t i = 0; i < 40; i++)
		ExFreePool(block[i]);
	CHECK_EQ(live_blocks(&rig, 0), 0);
	rig_down(&rig);
}

static void check_filled(const unsigned char *block, size_t bytes,
			 unsigned char byte)
{
	for (size_t i = 0; i < bytes; i++)
		CHECK(block[i] == byte);
}

static void pool2_and_zero_clear_what_the_others_poison(void **state)
{
	static const size_t sizes[] = { 1, 24, 100, 2041, 4096, 10000 };
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	for (size_t i = 0; i < ARRAYSIZE(sizes); i++) {
		const size_t bytes = sizes[i];
		unsigned char *a, *b, *c, *d, *e;

		a = ExAllocatePool2(POOL_FLAG_NON_PAGED, bytes, TAG);
		b = ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_UNINITIALIZED,
				    bytes, TAG);
		c = ExAllocatePoolZero(PagedPool, bytes, TAG);
		d = ExAllocatePoolUninitialized(NonPagedPool, bytes, TAG);
		e = ExAllocatePool(NonPagedPool, bytes);
		check_filled(a, bytes, 0);
		check_filled(b, bytes, IOLAS_DXGK_POISON);
		check_filled(c, bytes, 0);
		check_filled(d, bytes, IOLAS_DXGK_POISON);
		check_filled(e, bytes, IOLAS_DXGK_POISON);
		ExFreePoolWithTag(a, TAG);
		ExFreePoolWithTag(b, TAG);
		ExFreePoolWithTag(c, TAG);
		ExFreePoolWithTag(d, TAG);
		ExFreePool(e);
	}
	rig_down(&rig);
}

static void cache_aligned_pool_starts_a_line(void **state)
{
	PVOID block[20];
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	for (size_t i = 0; i < 20; i++) {
		block[i] =
			i & 1 ? ExAllocatePoolWithTag(
					NonPagedPoolNxCacheAligned, 8 * i, TAG)
			      : ExAllocatePool2(POOL_FLAG_NON_PAGED |
							POOL_FLAG_CACHE_ALIGNED,
						8 * i, TAG);
		CHECK(block[i] && (uintptr_t)block[i] % 64 == 0);
	}
	for (size_t i = 0; i < 20; i++)
		ExFreePool(block[i]);
	rig_down(&rig);
}

/* Pool has physical addresses, and more than a page of it is not contiguous. */
static void pool_is_memory_of_the_machine(void **state)
{
	const size_t bytes = 5 * PAGE_SIZE;
	unsigned char *block;
	struct rig rig;
	PMDL mdl;

	(void)state;
	rig_machine(&rig, NULL);
	block = ExAllocatePool2(POOL_FLAG_NON_PAGED, bytes, TAG);
	mdl = IoAllocateMdl(block, (ULONG)bytes, FALSE, FALSE, NULL);
	CHECK(block && mdl);
	MmBuildMdlForNonPagedPool(mdl);
	CHECK(mdl->MdlFlags & MDL_SOURCE_IS_NONPAGED_POOL);
	CHECK(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority) == block);
	for (size_t i = 0; i < 5; i++) {
		PFN_NUMBER pfn = MmGetMdlPfnArray(mdl)[i];
		unsigned char *there = iolas_physmem_ptr(
			iolas_dxgk_machine_physmem(rig.machine),
			(uint64_t)pfn << PAGE_SHIFT, PAGE_SIZE);

		block[i * PAGE_SIZE] = (unsigned char)(i + 1);
		CHECK(there && there[0] == i + 1);
		CHECK_EQ(MmGetPhysicalAddress(block + i * PAGE_SIZE).QuadPart,
			 (uint64_t)pfn << PAGE_SHIFT);
		if (i)
			CHECK(pfn != MmGetMdlPfnArray(mdl)[i - 1] + 1);
	}
	IoFreeMdl(mdl);
	ExFreePoolWithTag(block, TAG);
	rig_down(&rig);
}

static void zero_bytes_make_a_block_and_tag_zero_of_pool2_none(void **state)
{
	struct rig rig;
	PVOID block;

	(void)state;
	rig_machine(&rig, NULL);
	block = ExAllocatePoolWithTag(PagedPool, 0, TAG);
	CHECK(block);
	ExFreePoolWithTag(block, TAG);
	rig_expect_none(&rig);
	CHECK(!ExAllocatePool2(POOL_FLAG_PAGED, 8, 0));
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	rig_down(&rig);
}

static void kinds_of_pool_that_do_not_exist_yield_null(void **state)
{
	static const POOL_FLAGS flags[] = {
		0, POOL_FLAG_NON_PAGED | POOL_FLAG_PAGED,
		POOL_FLAG_NON_PAGED | UINT64_C(0x40000000),
		POOL_FLAG_UNINITIALIZED
	};
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	for (size_t i = 0; i < ARRAYSIZE(flags); i++) {
		CHECK(!ExAllocatePool2(flags[i], 8, TAG));
		rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	}
	CHECK(!ExAllocatePoolWithTag(NonPagedPoolMustSucceed, 8, TAG));
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK(!ExAllocatePoolWithTag((POOL_TYPE)77, 8, TAG));
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK(!ExAllocatePoolWithTag(PagedPool, SIZE_MAX, TAG));
	CHECK(!ExAllocatePoolWithTag(PagedPool, SIZE_MAX / 2, TAG));
	CHECK(!ExAllocatePoolWithTag(PagedPool, 1 << 30, TAG));
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void a_wrong_tag_is_told_with_both_tags_and_the_block_goes(void **state)
{
	struct rig rig;
	PVOID block;

	(void)state;
	rig_machine(&rig, NULL);
	block = ExAllocatePoolWithTag(PagedPool, 100, TAG);
	ExFreePoolWithTag(block, OTHER);
	CHECK(strstr(rig_last(&rig).text, "'Smpl'"));
	CHECK(strstr(rig_last(&rig).text, "'sthr'"));
	CHECK_EQ(rig_last(&rig).bugcheck, 0xC2);
	rig_expect(&rig, IOLAS_DXGK_RULE_POOL_TAG);
	CHECK_EQ(live_blocks(&rig, 0), 0);
	/* Zero asks for no check. */
	block = ExAllocatePoolWithTag(PagedPool, 100, TAG);
	ExFreePoolWithTag(block, 0);
	rig_down(&rig);
}

static void a_double_free_names_both_calls(void **state)
{
	static const size_t sizes[] = { 16, 3000, 9000 };
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	for (size_t i = 0; i < ARRAYSIZE(sizes); i++) {
		PVOID block = ExAllocatePool2(POOL_FLAG_PAGED, sizes[i], TAG);
		struct iolas_dxgk_violation v;

		ExFreePoolWithTag(block, TAG);
		ExFreePool(block);
		v = rig_last(&rig);
		CHECK(strstr(v.text, "by ExAllocatePool2"));
		CHECK(strstr(v.text, "freed by ExFreePoolWithTag"));
		CHECK(v.made_site && v.freed_site && v.site);
		CHECK_EQ(v.bugcheck, 0xC2);
		rig_expect(&rig, IOLAS_DXGK_RULE_POOL_FREE);
	}
	rig_down(&rig);
}

static void what_is_no_block_is_not_touched(void **state)
{
	unsigned char mine[64];
	unsigned char *block;
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	memset(mine, 0x33, sizeof(mine));
	ExFreePool(mine + 16);
	rig_expect(&rig, IOLAS_DXGK_RULE_POOL_FREE);
	check_filled(mine, sizeof(mine), 0x33);
	ExFreePool(NULL);
	rig_expect(&rig, IOLAS_DXGK_RULE_POOL_FREE);
	ExFreePoolWithTag((PVOID)(uintptr_t)0xdeadbeef000, TAG);
	rig_expect(&rig, IOLAS_DXGK_RULE_POOL_FREE);
	block = ExAllocatePoolWithTag(PagedPool, 300, TAG);
	ExFreePool(block + 16);
	CHECK(strstr(rig_last(&rig).text, "inside"));
	rig_expect(&rig, IOLAS_DXGK_RULE_POOL_FREE);
	CHECK_EQ(live_blocks(&rig, TAG), 1);
	ExFreePool(block);
	rig_down(&rig);
}

static void a_write_past_the_end_is_found_at_the_free(void **state)
{
	static const size_t sizes[] = { 1, 24, 57, 2040, 2041, 4090 };
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	for (size_t i = 0; i < ARRAYSIZE(sizes); i++) {
		unsigned char *block =
			ExAllocatePoolWithTag(PagedPool, sizes[i], TAG);

		block[sizes[i]] = 0;
		ExFreePoolWithTag(block, TAG);
		rig_expect(&rig, IOLAS_DXGK_RULE_POOL_OVERRUN);
	}
	rig_down(&rig);
}

static void a_write_after_the_free_is_found_at_the_next_use(void **state)
{
	unsigned char *keep, *block, *all[64];
	size_t count = 0;
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	keep = ExAllocatePoolWithTag(PagedPool, 500, TAG);
	block = ExAllocatePoolWithTag(PagedPool, 500, TAG);
	ExFreePoolWithTag(block, TAG);
	block[3] = 1;
	/* Some allocation gets that place again. */
	while (!iolas_dxgk_violation_count(rig.machine) && count < 64)
		all[count++] = ExAllocatePoolWithTag(PagedPool, 500, OTHER);
	CHECK(strstr(rig_last(&rig).text, "'Smpl'"));
	rig_expect(&rig, IOLAS_DXGK_RULE_POOL_AFTER_FREE);
	while (count)
		ExFreePoolWithTag(all[--count], OTHER);
	ExFreePool(keep);
	rig_down(&rig);
}

static void paged_pool_is_for_low_irqls(void **state)
{
	struct rig rig;
	PVOID paged, nonpaged;
	KIRQL irql;

	(void)state;
	rig_machine(&rig, NULL);
	paged = ExAllocatePoolWithTag(PagedPool, 8, TAG);
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	nonpaged = ExAllocatePoolWithTag(NonPagedPoolNx, 8, TAG);
	CHECK(nonpaged);
	rig_expect_none(&rig);
	CHECK(!ExAllocatePoolWithTag(PagedPool, 8, TAG));
	rig_expect(&rig, IOLAS_DXGK_RULE_IRQL);
	ExFreePool(nonpaged);
	rig_expect_none(&rig);
	ExFreePool(paged);
	rig_expect(&rig, IOLAS_DXGK_RULE_IRQL);
	KeLowerIrql(irql);
	rig_down(&rig);
}

static void a_plan_makes_the_third_allocation_fail(void **state)
{
	const struct iolas_dxgk_fault_plan plan = {
		.struct_size = sizeof(plan),
		.call = "ExAllocatePool2",
		.nth = 3,
		.count = 1,
	};
	PVOID block[4];
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	CHECK_EQ(iolas_dxgk_plan_fault(rig.machine, &plan), IOLAS_OK);
	for (size_t i = 0; i < 4; i++) {
		block[i] = ExAllocatePool2(POOL_FLAG_PAGED, 64, TAG);
		CHECK(!block[i] == (i == 2));
	}
	for (size_t i = 0; i < 4; i++)
		if (block[i])
			ExFreePoolWithTag(block[i], TAG);
	rig_down(&rig);
}

static void must_succeed(void *result)
{
	*(PVOID *)result = ExAllocatePool2(
		POOL_FLAG_PAGED | POOL_FLAG_RAISE_ON_FAILURE, 64, TAG);
	*(PVOID *)result = result; /* never reached when that fails */
}

static void pool_that_raises_ends_in_the_guard(void **state)
{
	const struct iolas_dxgk_fault_plan plan = { .struct_size = sizeof(plan),
						    .call = "ExAllocatePool2" };
	struct iolas_dxgk_bugcheck bugcheck = { .struct_size =
							sizeof(bugcheck) };
	struct rig rig;
	PVOID result = NULL;

	(void)state;
	rig_machine(&rig, NULL);
	CHECK_EQ(iolas_dxgk_plan_fault(rig.machine, &plan), IOLAS_OK);
	CHECK_EQ(iolas_dxgk_guard_run(must_succeed, &result, &bugcheck),
		 IOLAS_EFAULT);
	CHECK(!result);
	CHECK_EQ(bugcheck.code, 0x1E);
	rig_expect(&rig, IOLAS_DXGK_RULE_POOL_RAISE);
	/* Without a guard it is NULL, as without the flag. */
	CHECK(!ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_RAISE_ON_FAILURE, 1,
			       TAG));
	rig_expect(&rig, IOLAS_DXGK_RULE_POOL_RAISE);
	rig_down(&rig);
}

static void every_host_allocation_failing_in_turn_changes_nothing(void **state)
{
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	for (uint64_t n = 1;; n++) {
		uint64_t pages = rig_free_pages(&rig);
		PVOID block;

		iolas__dxgk_heap_fail_at(&rig.machine->heap, n);
		block = ExAllocatePoolWithTag(PagedPool, 9000, TAG);
		iolas__dxgk_heap_fail_at(&rig.machine->heap, 0);
		CHECK(n < 20);
		if (block) {
			ExFreePool(block);
			CHECK(n > 1);
			break;
		}
		CHECK_EQ(rig_free_pages(&rig), pages);
		CHECK_EQ(live_blocks(&rig, 0), 0);
	}
	for (uint64_t n = 1;; n++) {
		uint64_t pages = rig_free_pages(&rig);
		PVOID block;

		counting_host_fail_from(&rig.host, n);
		block = ExAllocatePoolWithTag(PagedPool, 9000, TAG);
		counting_host_fail_from(&rig.host, 0);
		CHECK(n < 50);
		if (block) {
			ExFreePool(block);
			break;
		}
		CHECK_EQ(rig_free_pages(&rig), pages);
		CHECK_EQ(live_blocks(&rig, 0), 0);
	}
	rig_down(&rig);
}

static void leaks_are_reported_once_per_tag_and_freed(void **state)
{
	struct iolas_dxgk_violation v = { .struct_size = sizeof(v) };
	struct rig rig;
	bool saw_tag = false, saw_other = false;

	(void)state;
	rig_machine(&rig, NULL);
	for (size_t i = 0; i < 5; i++)
		CHECK(ExAllocatePool2(POOL_FLAG_PAGED, 1000 * i + 8, TAG));
	CHECK(ExAllocatePoolWithTag(NonPagedPoolNx, 77, OTHER));
	iolas__dxgk_pool_report(rig.machine);
	CHECK_EQ(iolas_dxgk_violation_count(rig.machine), 2);
	for (uint64_t i = 0; i < 2; i++) {
		CHECK_EQ(iolas_dxgk_violation_get(rig.machine, i, &v),
			 IOLAS_OK);
		CHECK_EQ(v.rule, IOLAS_DXGK_RULE_POOL_LEAKED);
		CHECK_EQ(v.bugcheck, 0xC4);
		CHECK(v.made_site);
		saw_tag |= strstr(v.text, "'Smpl': 5 blocks, 10040 bytes") != 0;
		saw_other |= strstr(v.text, "'sthr': 1 blocks, 77 bytes") != 0;
	}
	CHECK(saw_tag && saw_other);
	iolas_dxgk_violations_clear(rig.machine);
	iolas__dxgk_pool_report(rig.machine);
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void an_mdl_of_mm_goes_through_pool(void **state)
{
	struct rig rig;
	PMDL mdl;

	(void)state;
	rig_machine(&rig, NULL);
	mdl = MmAllocatePagesForMdl(pa_of(0), pa_of(UINT64_MAX), pa_of(0),
				    3 * PAGE_SIZE);
	CHECK(mdl);
	ExFreePool(mdl);
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_FREE);
	MmFreePagesFromMdl(mdl);
	ExFreePool(mdl);
	rig_down(&rig);
}

static VOID NTAPI never_called(PKDPC dpc, PVOID context, PVOID a, PVOID b)
{
	(void)dpc;
	(void)context;
	(void)a;
	(void)b;
	CHECK_ANY_THREAD(false); /* its timer was freed */
}

static void a_freed_block_takes_its_timers_and_dpcs_along(void **state)
{
	struct extension {
		KTIMER timer;
		KDPC dpc;
	} * extension;
	LARGE_INTEGER due = { .QuadPart = -10 * 1000 * 1000 };
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	extension =
		ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*extension), TAG);
	KeInitializeTimer(&extension->timer);
	KeInitializeDpc(&extension->dpc, never_called, NULL);
	KeSetTimer(&extension->timer, due, &extension->dpc);
	ExFreePoolWithTag(extension, TAG);
	CHECK(strstr(rig_last(&rig).text, "1 timers"));
	CHECK_EQ(rig_last(&rig).bugcheck, 0xC7);
	rig_expect(&rig, IOLAS_DXGK_RULE_QUEUED_FREED);
	KeFlushQueuedDpcs();
	rig_down(&rig);
}

static void without_a_machine_there_is_no_pool(void **state)
{
	(void)state;
	iolas_dxgk_machine_set_current(NULL);
	CHECK(!ExAllocatePoolWithTag(PagedPool, 8, TAG));
	CHECK(!ExAllocatePool2(POOL_FLAG_PAGED, 8, TAG));
	ExFreePool(NULL);
	CHECK_EQ(iolas_dxgk_pool_stats(NULL, NULL), IOLAS_EINVAL);
}

RUN_CASES(CASE(blocks_are_aligned_apart_and_keep_their_bytes),
	  CASE(pool2_and_zero_clear_what_the_others_poison),
	  CASE(cache_aligned_pool_starts_a_line),
	  CASE(pool_is_memory_of_the_machine),
	  CASE(zero_bytes_make_a_block_and_tag_zero_of_pool2_none),
	  CASE(kinds_of_pool_that_do_not_exist_yield_null),
	  CASE(a_wrong_tag_is_told_with_both_tags_and_the_block_goes),
	  CASE(a_double_free_names_both_calls),
	  CASE(what_is_no_block_is_not_touched),
	  CASE(a_write_past_the_end_is_found_at_the_free),
	  CASE(a_write_after_the_free_is_found_at_the_next_use),
	  CASE(paged_pool_is_for_low_irqls),
	  CASE(a_plan_makes_the_third_allocation_fail),
	  CASE(pool_that_raises_ends_in_the_guard),
	  CASE(every_host_allocation_failing_in_turn_changes_nothing),
	  CASE(leaks_are_reported_once_per_tag_and_freed),
	  CASE(an_mdl_of_mm_goes_through_pool),
	  CASE(a_freed_block_takes_its_timers_and_dpcs_along),
	  CASE(without_a_machine_there_is_no_pool))
