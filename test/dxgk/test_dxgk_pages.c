/* SPDX-License-Identifier: MIT */
/*
 * DxgkCbAllocatePagesForMdl and DxgkCbFreePagesFromMdl, rule by rule.
 * Floor: dxgk.  Source: spec/dxgk.md, sections A.3, A.4 and D.3.
 */
#include "dxgk_rig.h"

static NTSTATUS allocate(const struct rig *rig,
			 DXGKARGCB_ALLOCATEPAGESFORMDL *args)
{
	return rig->dxgk.DxgkCbAllocatePagesForMdl(rig->handle, args);
}

static void the_mdl_is_locked_unmapped_and_describes_whole_pages(void **state)
{
	DXGKARGCB_ALLOCATEPAGESFORMDL args = pages_args(5 * 4096 + 1);
	struct rig rig;
	PMDL mdl;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	mdl = args.pMdl;
	CHECK(mdl && args.hMemoryHandle);
	CHECK(!mdl->Next && !mdl->StartVa && !mdl->MappedSystemVa);
	CHECK(!mdl->Process);
	CHECK_EQ(mdl->MdlFlags, MDL_PAGES_LOCKED);
	CHECK_EQ(MmGetMdlByteOffset(mdl), 0);
	CHECK_EQ(MmGetMdlByteCount(mdl), 6 * 4096);
	CHECK_EQ(rig_free_pages(&rig), RIG_TOTAL_PAGES - 6);
	CHECK(info_of(args.hMemoryHandle).mdl == mdl);
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	rig_down(&rig);
}

static void the_pages_are_zeroed_and_seen_through_a_mapping(void **state)
{
	DXGKARGCB_ALLOCATEPAGESFORMDL args = pages_args(64 * 4096);
	unsigned char *bytes;
	PFN_NUMBER *frames;
	struct rig rig;

	(void)state;
	rig_machine(&rig, &(struct iolas_dxgk_machine_config){
				  .fragment_permille = 500,
				  .fragment_seed = 7,
				  .verifier = 2 });
	rig_adapter(&rig, NULL);
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	bytes = MmGetSystemAddressForMdlSafe(args.pMdl, NormalPagePriority);
	CHECK(bytes);
	frames = MmGetMdlPfnArray(args.pMdl);
	for (size_t i = 0; i < 64 * 4096; i++)
		CHECK_EQ(bytes[i], 0);
	for (size_t page = 0; page < 64; page++) {
		unsigned char *memory = iolas_physmem_ptr(
			iolas_dxgk_machine_physmem(rig.machine),
			frames[page] << 12, 4096);

		bytes[page * 4096 + 17] = (unsigned char)page;
		CHECK(memory && memory[17] == (unsigned char)page);
	}
	MmUnmapLockedPages(bytes, args.pMdl);
	CHECK_EQ(args.pMdl->MdlFlags, MDL_PAGES_LOCKED);
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	iolas_physmem_defragment(iolas_dxgk_machine_physmem(rig.machine));
	rig_down(&rig);
}

static void pages_without_zeroing_are_poisoned_by_the_verifier(void **state)
{
	DXGKARGCB_ALLOCATEPAGESFORMDL args = pages_args(8192);
	unsigned char *bytes;
	struct rig rig;

	(void)state;
	rig_machine(&rig, &(struct iolas_dxgk_machine_config){ .verifier = 1 });
	rig_adapter(&rig, NULL);
	args.Flags = MM_DONT_ZERO_ALLOCATION;
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	bytes = MmGetSystemAddressForMdlSafe(args.pMdl, NormalPagePriority);
	CHECK(bytes);
	for (size_t i = 0; i < 8192; i++)
		CHECK_EQ(bytes[i], IOLAS_DXGK_POISON);
	MmUnmapLockedPages(bytes, args.pMdl);
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	rig_down(&rig);
}

static void bad_arguments_are_refused_and_reported(void **state)
{
	static const struct {
		uint64_t low, high, skip, bytes;
		int cache;
		ULONG flags;
	} bad[] = {
		{ 0, UINT64_MAX, 0, 0, 1, 0 },
		{ 0, UINT64_MAX, 0, 0xFFFFF001, 1, 0 },
		{ 0, UINT64_MAX, 0, 0xFFFFFFFF, 1, 0 },
		{ 0, UINT64_MAX, 0, 0x100000000, 1, 0 },
		{ 0, UINT64_MAX, 0, UINT64_MAX, 1, 0 },
		{ 2, 1, 0, 4096, 1, 0 },
		{ UINT64_MAX, 1, 0, 4096, 1, 0 },
		{ 0, UINT64_MAX, 1, 4096, 1, 0 },
		{ 0, UINT64_MAX, 4097, 4096, 1, 0 },
		{ 0, UINT64_MAX, 0, 4096, 3, 0 },
		{ 0, UINT64_MAX, 0, 4096, -1, 0 },
		{ 0, UINT64_MAX, 0, 4096, 1, 0x80 },
		{ 0, UINT64_MAX, 0, 4096, 1, 0x200 },
		{ 0, UINT64_MAX, 0, 4096, 1, 0x80000000 },
		{ 0, UINT64_MAX, 0, 4096, 1, MM_ALLOCATE_AND_HOT_REMOVE },
		{ 0, UINT64_MAX, 0, 4096, 1, MM_ALLOCATE_FAST_LARGE_PAGES },
		{ 0, UINT64_MAX, 0x3000, 0x6000, 1,
		  MM_ALLOCATE_REQUIRE_CONTIGUOUS_CHUNKS },
		{ 0, UINT64_MAX, 0x800, 0x1000, 1,
		  MM_ALLOCATE_REQUIRE_CONTIGUOUS_CHUNKS },
		{ 0, UINT64_MAX, 0x4000, 0x6000, 1,
		  MM_ALLOCATE_REQUIRE_CONTIGUOUS_CHUNKS },
		{ 0, UINT64_MAX, 0x4000, 0x8000, 1,
		  MM_ALLOCATE_REQUIRE_CONTIGUOUS_CHUNKS |
			  MM_ALLOCATE_FAST_LARGE_PAGES },
	};
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		DXGKARGCB_ALLOCATEPAGESFORMDL args = pages_args(bad[i].bytes);

		args.LowAddress = pa_of(bad[i].low);
		args.HighAddress = pa_of(bad[i].high);
		args.SkipBytes = pa_of(bad[i].skip);
		args.CacheType = (DXGK_MEMORY_CACHING_TYPE)bad[i].cache;
		args.Flags = bad[i].flags;
		CHECK_EQ(allocate(&rig, &args), STATUS_INVALID_PARAMETER);
		CHECK(!args.hMemoryHandle && !args.pMdl);
		rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	}
	CHECK_EQ(rig.dxgk.DxgkCbAllocatePagesForMdl(rig.handle, NULL),
		 STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	rig_down(&rig);
}

/* 0xFFFFF000 bytes, 1,048,575 pages: the limit itself is legal. */
static void four_gigabytes_less_a_page_is_the_limit(void **state)
{
	static const struct iolas_physmem_region region = {
		.first = 0x100000000, .last = 0x1ffffffff
	};
	DXGKARGCB_ALLOCATEPAGESFORMDL args = pages_args(0xFFFFF000);
	PFN_NUMBER *frames;
	struct rig rig;

	(void)state;
	rig_machine(&rig, &(struct iolas_dxgk_machine_config){
				  .regions = &region, .region_count = 1 });
	rig_adapter(&rig, NULL);
	args.Flags = MM_DONT_ZERO_ALLOCATION;
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	CHECK_EQ(MmGetMdlByteCount(args.pMdl), 0xFFFFF000);
	frames = MmGetMdlPfnArray(args.pMdl);
	CHECK(frames[0] >= 0x100000 && frames[1048574] >= 0x100000);
	/* 8,388,648 bytes do not fit a signed 16-bit Size */
	CHECK_EQ((uint16_t)args.pMdl->Size, (uint16_t)8388648);
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	rig_expect_none(&rig);
	CHECK_EQ(iolas_dxgk_adapter_destroy(rig.adapter), IOLAS_OK);
	CHECK_EQ(iolas_dxgk_machine_destroy(rig.machine), IOLAS_OK);
	counting_host_fini(&rig.host);
}

static void never_a_partial_list(void **state)
{
	DXGKARGCB_ALLOCATEPAGESFORMDL args =
		pages_args((RIG_TOTAL_PAGES + 1) * 4096);
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_IDENTITY);
	CHECK_EQ(allocate(&rig, &args), STATUS_NO_MEMORY);
	CHECK(!args.hMemoryHandle && !args.pMdl);
	CHECK_EQ(rig_free_pages(&rig), RIG_TOTAL_PAGES);
	args = pages_args(RIG_TOTAL_PAGES * 4096);
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	CHECK_EQ(rig_free_pages(&rig), 0);
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	rig_down(&rig);
}

static bool all_between(const MDL *mdl, uint64_t low, uint64_t high)
{
	const PFN_NUMBER *frames = (const PFN_NUMBER *)(mdl + 1);

	for (ULONG i = 0; i < mdl->ByteCount / 4096; i++)
		if (frames[i] << 12 < low || (frames[i] << 12) + 4095 > high)
			return false;
	return true;
}

static void limits_are_inclusive_and_count_whole_pages(void **state)
{
	static const struct {
		uint64_t low, high;
		uint64_t pages;
		NTSTATUS status;
	} cases[] = {
		{ RIG_LOW_FIRST, RIG_LOW_FIRST + 8191, 2, STATUS_SUCCESS },
		{ RIG_LOW_FIRST, RIG_LOW_FIRST + 8190, 2, STATUS_NO_MEMORY },
		{ RIG_LOW_FIRST + 1, RIG_LOW_FIRST + 8191, 2,
		  STATUS_NO_MEMORY },
		{ RIG_LOW_FIRST + 1, RIG_LOW_FIRST + 8191, 1, STATUS_SUCCESS },
		{ RIG_HIGH_LAST - 4095, UINT64_MAX, 1, STATUS_SUCCESS },
		{ RIG_HIGH_LAST - 4095, UINT64_MAX, 2, STATUS_NO_MEMORY },
		{ 0, RIG_HIGH_FIRST - 1, 1024, STATUS_SUCCESS },
		{ 0, RIG_HIGH_FIRST - 1, 1025, STATUS_NO_MEMORY },
	};
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		DXGKARGCB_ALLOCATEPAGESFORMDL args =
			pages_args(cases[i].pages * 4096);

		args.LowAddress = pa_of(cases[i].low);
		args.HighAddress = pa_of(cases[i].high);
		CHECK_EQ(allocate(&rig, &args), cases[i].status);
		if (cases[i].status)
			continue;
		CHECK(all_between(args.pMdl, cases[i].low, cases[i].high));
		CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	}
	rig_down(&rig);
}

static void a_zeroed_high_address_is_no_limit_and_told_once(void **state)
{
	DXGKARGCB_ALLOCATEPAGESFORMDL args = pages_args(4096);
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	args.HighAddress = pa_of(0);
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	rig_expect(&rig, IOLAS_DXGK_RULE_ZERO_HIGH);
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	args.HighAddress = pa_of(0);
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	rig_expect_none(&rig);
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	/* with a LowAddress it is a limit like any other */
	args.LowAddress = pa_of(1);
	CHECK_EQ(allocate(&rig, &args), STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	rig_down(&rig);
	rig_machine(&rig, NULL);
	rig_adapter(&rig, &(struct iolas_dxgk_adapter_config){
				  .flags = IOLAS_DXGK_STRICT_HIGH });
	args = pages_args(4096);
	args.HighAddress = pa_of(0);
	CHECK_EQ(allocate(&rig, &args), STATUS_NO_MEMORY);
	rig_down(&rig);
}

/*
 * Window k is [Low + k * Skip, High + k * Skip]; the pages of one window are
 * taken before the next is looked at, none is taken twice.
 */
static void skip_bytes_slides_the_window_until_there_are_enough(void **state)
{
	DXGKARGCB_ALLOCATEPAGESFORMDL args = pages_args(8 * 4096);
	PFN_NUMBER *frames;
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	/* windows of two pages, a stride of eight: 0,1, 8,9, 16,17, 24,25 */
	args.LowAddress = pa_of(RIG_LOW_FIRST);
	args.HighAddress = pa_of(RIG_LOW_FIRST + 0x1fff);
	args.SkipBytes = pa_of(0x8000);
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	frames = MmGetMdlPfnArray(args.pMdl);
	for (size_t i = 0; i < 8; i++)
		CHECK_EQ(frames[i], RIG_LOW_FIRST / 4096 + i / 2 * 8 + i % 2);
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	/* overlapping windows: eight different pages in a row */
	args.SkipBytes = pa_of(0x1000);
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	frames = MmGetMdlPfnArray(args.pMdl);
	for (size_t i = 0; i < 8; i++)
		CHECK_EQ(frames[i], RIG_LOW_FIRST / 4096 + i);
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	/* without a stride there is one window of two pages */
	args.SkipBytes = pa_of(0);
	CHECK_EQ(allocate(&rig, &args), STATUS_NO_MEMORY);
	rig_down(&rig);
}

static void a_window_slides_over_the_hole_and_ends_with_memory(void **state)
{
	DXGKARGCB_ALLOCATEPAGESFORMDL args = pages_args(6 * 4096);
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	/* 4 pages at the low end, the rest behind the hole */
	args.LowAddress = pa_of(RIG_LOW_LAST - 0x3fff);
	args.HighAddress = pa_of(RIG_LOW_LAST);
	args.SkipBytes = pa_of(0x4000);
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	CHECK_EQ(MmGetMdlPfnArray(args.pMdl)[4], RIG_HIGH_FIRST / 4096);
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	/* 4 pages a window, one window in 16: 512 in all of the high region */
	args = pages_args(513 * 4096);
	args.LowAddress = pa_of(RIG_HIGH_FIRST);
	args.HighAddress = pa_of(RIG_HIGH_FIRST + 0x3fff);
	args.SkipBytes = pa_of(0x10000);
	CHECK_EQ(allocate(&rig, &args), STATUS_NO_MEMORY);
	args.TotalBytes = 512 * 4096;
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	for (size_t i = 0; i < 512; i++)
		CHECK_EQ(MmGetMdlPfnArray(args.pMdl)[i] % 16, i % 4);
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	/* a stride past the end of memory: no second window, no endless one */
	args.SkipBytes = pa_of(0x7ffffffffffff000);
	CHECK_EQ(allocate(&rig, &args), STATUS_NO_MEMORY);
	rig_down(&rig);
}

static void chunks_are_contiguous_and_aligned_to_their_size(void **state)
{
	static const uint64_t sizes[] = { 0x1000, 0x2000, 0x10000, 0x40000 };
	struct rig rig;

	(void)state;
	rig_machine(&rig,
		    &(struct iolas_dxgk_machine_config){
			    .fragment_permille = 30, .fragment_seed = 3 });
	rig_adapter(&rig, NULL);
	for (size_t i = 0; i < 4; i++) {
		DXGKARGCB_ALLOCATEPAGESFORMDL args = pages_args(4 * sizes[i]);
		uint64_t per_chunk = sizes[i] / 4096;
		PFN_NUMBER *frames;

		args.SkipBytes = pa_of(sizes[i]);
		args.Flags = MM_ALLOCATE_REQUIRE_CONTIGUOUS_CHUNKS;
		if (allocate(&rig, &args) != STATUS_SUCCESS) {
			CHECK(sizes[i] >= 0x10000); /* too fragmented */
			continue;
		}
		frames = MmGetMdlPfnArray(args.pMdl);
		for (uint64_t k = 0; k < 4 * per_chunk; k++) {
			if (k % per_chunk == 0)
				CHECK_EQ(frames[k] % per_chunk, 0);
			else
				CHECK_EQ(frames[k], frames[k - 1] + 1);
		}
		CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	}
	iolas_physmem_defragment(iolas_dxgk_machine_physmem(rig.machine));
	rig_down(&rig);
}

static void chunks_without_skip_are_one_block(void **state)
{
	DXGKARGCB_ALLOCATEPAGESFORMDL args = pages_args(0x700000);
	PFN_NUMBER *frames;
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	args.Flags = MM_ALLOCATE_REQUIRE_CONTIGUOUS_CHUNKS;
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	frames = MmGetMdlPfnArray(args.pMdl);
	for (size_t i = 1; i < 0x700; i++)
		CHECK_EQ(frames[i], frames[0] + i);
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	args.TotalBytes = 0x900000; /* there is that much, in two pieces */
	CHECK_EQ(allocate(&rig, &args), STATUS_NO_MEMORY);
	rig_down(&rig);
}

static void large_pages_come_in_chunks_of_two_megabytes(void **state)
{
	DXGKARGCB_ALLOCATEPAGESFORMDL args = pages_args(0x600000);
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	args.SkipBytes = pa_of(0x200000);
	args.Flags = MM_ALLOCATE_REQUIRE_CONTIGUOUS_CHUNKS |
		     MM_ALLOCATE_FAST_LARGE_PAGES;
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	for (size_t i = 0; i < 3; i++)
		CHECK_EQ(MmGetMdlPfnArray(args.pMdl)[i * 512] % 512, 0);
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	rig_down(&rig);
}

static void a_mapping_left_behind_is_undone_and_reported(void **state)
{
	DXGKARGCB_ALLOCATEPAGESFORMDL args = pages_args(8192);
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	CHECK(MmGetSystemAddressForMdlSafe(args.pMdl, NormalPagePriority));
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	rig_expect(&rig, IOLAS_DXGK_RULE_STILL_MAPPED);
	rig_down(&rig);
}

static void the_mdl_goes_with_its_handle_only(void **state)
{
	DXGKARGCB_ALLOCATEPAGESFORMDL args = pages_args(8192);
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	IoFreeMdl(args.pMdl);
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_FREE);
	MmFreePagesFromMdl(args.pMdl);
	rig_expect(&rig, IOLAS_DXGK_RULE_MM_FREE);
	MmUnlockPages(args.pMdl);
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_STATE);
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_INVALID_HANDLE);
	rig_expect(&rig, IOLAS_DXGK_RULE_STALE_HANDLE);
	CHECK_EQ(rig.dxgk.DxgkCbFreePagesFromMdl(rig.handle, NULL),
		 STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	rig_down(&rig);
}

static void a_remapping_driver_of_2_9_may_not_use_it(void **state)
{
	DXGKARGCB_ALLOCATEPAGESFORMDL args = pages_args(0);
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	rig_adapter(&rig, &(struct iolas_dxgk_adapter_config){
				  .flags = IOLAS_DXGK_DRIVER_REMAPPING,
				  .driver_version =
					  DXGKDDI_INTERFACE_VERSION_WDDM3_0 });
	/* here the mode is judged before the sizes */
	CHECK_EQ(allocate(&rig, &args), STATUS_NOT_SUPPORTED);
	CHECK(!args.hMemoryHandle && !args.pMdl);
	rig_expect(&rig, IOLAS_DXGK_RULE_MODE);
	rig_down(&rig);
}

RUN_CASES(CASE(the_mdl_is_locked_unmapped_and_describes_whole_pages),
	  CASE(the_pages_are_zeroed_and_seen_through_a_mapping),
	  CASE(pages_without_zeroing_are_poisoned_by_the_verifier),
	  CASE(bad_arguments_are_refused_and_reported),
	  CASE(four_gigabytes_less_a_page_is_the_limit),
	  CASE(never_a_partial_list),
	  CASE(limits_are_inclusive_and_count_whole_pages),
	  CASE(a_zeroed_high_address_is_no_limit_and_told_once),
	  CASE(skip_bytes_slides_the_window_until_there_are_enough),
	  CASE(a_window_slides_over_the_hole_and_ends_with_memory),
	  CASE(chunks_are_contiguous_and_aligned_to_their_size),
	  CASE(chunks_without_skip_are_one_block),
	  CASE(large_pages_come_in_chunks_of_two_megabytes),
	  CASE(a_mapping_left_behind_is_undone_and_reported),
	  CASE(the_mdl_goes_with_its_handle_only),
	  CASE(a_remapping_driver_of_2_9_may_not_use_it))
