/* SPDX-License-Identifier: MIT */
/*
 * DxgkCbAllocateContiguousMemory and DxgkCbFreeContiguousMemory, rule by rule.
 * Floor: dxgk.  Source: spec/dxgk.md, sections A.1 and A.2.
 */
#include "dxgk_rig.h"

static NTSTATUS allocate(const struct rig *rig,
			 DXGKARGCB_ALLOCATECONTIGUOUSMEMORY *args)
{
	return rig->dxgk.DxgkCbAllocateContiguousMemory(rig->handle, args);
}

static uint64_t pa_at(const void *va)
{
	return (uint64_t)MmGetPhysicalAddress((PVOID)(uintptr_t)va).QuadPart;
}

static void a_block_is_contiguous_page_aligned_and_mapped(void **state)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(3 * 4096 + 1);
	struct iolas_dxgk_memory_info info;
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	CHECK(args.hMemoryHandle && args.pMemory);
	CHECK(args.pMemory != (PVOID)&args);
	CHECK_EQ((uintptr_t)args.pMemory % 4096, 0);
	memset(args.pMemory, 0x5a, 3 * 4096 + 1);
	for (int page = 0; page < 4; page++)
		CHECK_EQ(pa_at((char *)args.pMemory + page * 4096),
			 pa_at(args.pMemory) + (uint64_t)page * 4096);
	info = info_of(args.hMemoryHandle);
	CHECK_EQ(info.kind, IOLAS_DXGK_MEMORY_CONTIGUOUS);
	CHECK_EQ(info.bytes, 4 * 4096);
	CHECK_EQ(info.requested, 3 * 4096 + 1);
	CHECK_EQ(info.segment_count, 1);
	CHECK(info.va == args.pMemory);
	CHECK_EQ(info.pa, pa_at(args.pMemory));
	CHECK_EQ(rig_free_pages(&rig), RIG_TOTAL_PAGES - 4);
	CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	rig_down(&rig);
}

static void bad_arguments_are_refused_reported_and_change_nothing(void **state)
{
	static const struct {
		uint64_t bytes, low, high, boundary;
		int cache;
	} bad[] = {
		{ 0, 0, UINT64_MAX, 0, 1 },		    /* no bytes */
		{ UINT64_MAX, 0, UINT64_MAX, 0, 1 },	    /* wraps */
		{ UINT64_MAX - 4094, 0, UINT64_MAX, 0, 1 }, /* wraps */
		{ 4096, 0, UINT64_MAX, 0, 3 },		    /* cache type */
		{ 4096, 0, UINT64_MAX, 0, -1 },		    /* cache type */
		{ 4096, 0, UINT64_MAX, 0x3000, 1 },	    /* no power of 2 */
		{ 4096, 0x2000000, 0x1ffffff, 0, 1 },	    /* low > high */
		{ 4096, UINT64_MAX, 0, 0, 1 },		    /* unsigned */
		{ 4097, 0, UINT64_MAX, 4096, 1 },	    /* above boundary */
		{ 9, 0, UINT64_MAX, 8, 1 },		    /* above boundary */
	};
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(1);

		args.NumberOfBytes = bad[i].bytes;
		args.LowestAcceptableAddress = pa_of(bad[i].low);
		args.HighestAcceptableAddress = pa_of(bad[i].high);
		args.BoundaryAddressMultiple = pa_of(bad[i].boundary);
		args.CacheType = (DXGK_MEMORY_CACHING_TYPE)bad[i].cache;
		CHECK_EQ(allocate(&rig, &args), STATUS_INVALID_PARAMETER);
		CHECK(!args.hMemoryHandle && !args.pMemory);
		rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	}
	CHECK_EQ(rig.dxgk.DxgkCbAllocateContiguousMemory(rig.handle, NULL),
		 STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	rig_down(&rig);
}

/* The sample in the documentation passes a size where hAdapter belongs. */
static void a_wrong_adapter_handle_is_refused(void **state)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(4096);
	HANDLE wrong[] = { NULL, (HANDLE)(uintptr_t)4096, (HANDLE)&args };
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	for (size_t i = 0; i < 3; i++) {
		CHECK_EQ(rig.dxgk.DxgkCbAllocateContiguousMemory(wrong[i],
								 &args),
			 STATUS_INVALID_HANDLE);
		CHECK(!args.hMemoryHandle && !args.pMemory);
		rig_expect(&rig, IOLAS_DXGK_RULE_ADAPTER_HANDLE);
	}
	rig_down(&rig);
}

static void limits_are_inclusive_and_unsigned(void **state)
{
	static const struct {
		uint64_t low, high;
		NTSTATUS status;
	} limits[] = {
		/* exactly the last page of the low region */
		{ RIG_LOW_LAST - 4095, RIG_LOW_LAST, STATUS_SUCCESS },
		/* one byte less: the page is not whole */
		{ RIG_LOW_LAST - 4095, RIG_LOW_LAST - 1, STATUS_NO_MEMORY },
		{ RIG_LOW_LAST - 4094, RIG_LOW_LAST, STATUS_NO_MEMORY },
		/* 16 MB device: nothing of this machine lies so low */
		{ 0, 0xffffff, STATUS_NO_MEMORY },
		{ 0, 0x1000fff, STATUS_SUCCESS },
		{ 0, UINT64_MAX, STATUS_SUCCESS },
		{ RIG_HIGH_LAST - 4095, UINT64_MAX, STATUS_SUCCESS },
		{ RIG_HIGH_LAST + 1, UINT64_MAX, STATUS_NO_MEMORY },
		/* inside the hole */
		{ RIG_LOW_LAST + 1, RIG_HIGH_FIRST - 1, STATUS_NO_MEMORY },
		/* no page at all */
		{ 0, 0, STATUS_NO_MEMORY },
		{ 0, 4094, STATUS_NO_MEMORY },
	};
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(1);

		args.LowestAcceptableAddress = pa_of(limits[i].low);
		args.HighestAcceptableAddress = pa_of(limits[i].high);
		CHECK_EQ(allocate(&rig, &args), limits[i].status);
		if (limits[i].status) {
			CHECK(!args.hMemoryHandle && !args.pMemory);
			continue;
		}
		CHECK(pa_at(args.pMemory) >= limits[i].low);
		CHECK(pa_at(args.pMemory) + 4095 <= limits[i].high);
		CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle),
			 STATUS_SUCCESS);
	}
	rig_down(&rig);
}

/* ((b ^ (b + n - 1)) & ~(B - 1)) == 0 for every block, however many. */
static void no_block_crosses_its_boundary(void **state)
{
	static const uint64_t boundaries[] = { 8,	   0x1000,    0x2000,
					       0x4000,	   0x10000,   0x400000,
					       1ull << 40, 1ull << 63 };
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	for (size_t i = 0; i < sizeof(boundaries) / sizeof(boundaries[0]);
	     i++) {
		uint64_t boundary = boundaries[i];
		uint64_t bytes = boundary < 0x3000 ? boundary : 0x3000;
		HANDLE held[24];

		for (int k = 0; k < 24; k++) {
			DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args =
				contiguous_args(bytes);
			uint64_t pa;

			args.BoundaryAddressMultiple = pa_of(boundary);
			CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
			pa = pa_at(args.pMemory);
			CHECK_EQ((pa ^ (pa + bytes - 1)) & ~(boundary - 1), 0);
			held[k] = args.hMemoryHandle;
		}
		for (int k = 0; k < 24; k++)
			CHECK_EQ(free_contiguous(&rig, held[k]),
				 STATUS_SUCCESS);
	}
	rig_down(&rig);
}

static void a_block_as_long_as_its_boundary_fits_between_two(void **state)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(0x10000);
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	args.BoundaryAddressMultiple = pa_of(0x10000);
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	CHECK_EQ(pa_at(args.pMemory) % 0x10000, 0);
	CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	rig_down(&rig);
}

static void what_does_not_fit_is_no_memory(void **state)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY all = contiguous_args(0x800000);
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(0x800001);
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	CHECK_EQ(allocate(&rig, &args), STATUS_NO_MEMORY);
	CHECK(!args.hMemoryHandle && !args.pMemory);
	CHECK_EQ(allocate(&rig, &all), STATUS_SUCCESS);
	args.NumberOfBytes = 0x400001;
	CHECK_EQ(allocate(&rig, &args), STATUS_NO_MEMORY);
	args.NumberOfBytes = 0x400000;
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	CHECK_EQ(rig_free_pages(&rig), 0);
	CHECK_EQ(free_contiguous(&rig, all.hMemoryHandle), STATUS_SUCCESS);
	CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void all_three_cache_types_are_taken(void **state)
{
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	for (int cache = 0; cache < 3; cache++) {
		DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(10);

		args.CacheType = (DXGK_MEMORY_CACHING_TYPE)cache;
		CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
		CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle),
			 STATUS_SUCCESS);
	}
	rig_down(&rig);
}

static void the_verifier_poisons_contiguous_memory(void **state)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(8192);
	const unsigned char *bytes;
	struct rig rig;

	(void)state;
	rig_machine(&rig, &(struct iolas_dxgk_machine_config){ .verifier = 1 });
	rig_adapter(&rig, NULL);
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	bytes = args.pMemory;
	for (size_t i = 0; i < 8192; i++)
		CHECK_EQ(bytes[i], IOLAS_DXGK_POISON);
	CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	rig_down(&rig);
}

/* Drivers may rely on page alignment and on nothing stronger. */
static void a_misaligning_machine_avoids_natural_alignment(void **state)
{
	HANDLE held[16];
	struct rig rig;
	int odd = 0;

	(void)state;
	rig_machine(&rig, &(struct iolas_dxgk_machine_config){
				  .flags = IOLAS_DXGK_MISALIGN });
	rig_adapter(&rig, NULL);
	for (int i = 0; i < 16; i++) {
		DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args =
			contiguous_args(0x10000);

		CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
		CHECK_EQ(pa_at(args.pMemory) % 4096, 0);
		odd += pa_at(args.pMemory) % 0x10000 != 0;
		held[i] = args.hMemoryHandle;
	}
	CHECK(odd >= 15); /* none but what fills the last hole */
	for (int i = 0; i < 16; i++)
		CHECK_EQ(free_contiguous(&rig, held[i]), STATUS_SUCCESS);
	rig_down(&rig);
}

static void misaligned_blocks_keep_limits_and_boundary(void **state)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(0x4000);
	struct rig rig;

	(void)state;
	rig_machine(&rig, &(struct iolas_dxgk_machine_config){
				  .flags = IOLAS_DXGK_MISALIGN });
	rig_adapter(&rig, NULL);
	args.BoundaryAddressMultiple = pa_of(0x4000);
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	CHECK_EQ(pa_at(args.pMemory) % 0x4000, 0); /* the only way */
	CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	args = contiguous_args(0x4000);
	args.LowestAcceptableAddress = pa_of(RIG_LOW_FIRST);
	args.HighestAcceptableAddress = pa_of(RIG_LOW_FIRST + 0x3fff);
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	CHECK_EQ(pa_at(args.pMemory), RIG_LOW_FIRST);
	CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	rig_down(&rig);
}

static void too_high_an_irql_is_reported(void **state)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(4096);
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	iolas_dxgk_set_irql(IOLAS_DXGK_APC);
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	iolas_dxgk_set_irql(IOLAS_DXGK_DISPATCH);
	CHECK(!NT_SUCCESS(free_contiguous(&rig, args.hMemoryHandle)));
	rig_expect(&rig, IOLAS_DXGK_RULE_IRQL);
	iolas_dxgk_set_irql(IOLAS_DXGK_APC);
	CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	iolas_dxgk_set_irql(IOLAS_DXGK_DISPATCH);
	CHECK(!NT_SUCCESS(allocate(&rig, &args)));
	CHECK(!args.hMemoryHandle && !args.pMemory);
	rig_expect(&rig, IOLAS_DXGK_RULE_IRQL);
	iolas_dxgk_set_irql(IOLAS_DXGK_PASSIVE);
	rig_down(&rig);
}

static uint8_t fixed_irql(void *user)
{
	return *(uint8_t *)user;
}

static void the_hosts_own_irql_counts(void **state)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(4096);
	uint8_t irql = 2;
	struct rig rig;

	(void)state;
	rig_machine(&rig, &(struct iolas_dxgk_machine_config){
				  .irql = fixed_irql, .irql_user = &irql });
	rig_adapter(&rig, NULL);
	CHECK(!NT_SUCCESS(allocate(&rig, &args)));
	rig_expect(&rig, IOLAS_DXGK_RULE_IRQL);
	irql = 0;
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	rig_down(&rig);
}

static void a_remapping_driver_of_2_9_may_not_use_it(void **state)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(4096);
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	rig_adapter(&rig, &(struct iolas_dxgk_adapter_config){
				  .flags = IOLAS_DXGK_DRIVER_REMAPPING,
				  .driver_version =
					  DXGKDDI_INTERFACE_VERSION_WDDM2_9 });
	CHECK_EQ(allocate(&rig, &args), STATUS_NOT_SUPPORTED);
	rig_expect(&rig, IOLAS_DXGK_RULE_MODE);
	/* arguments are judged first */
	args.NumberOfBytes = 0;
	CHECK_EQ(allocate(&rig, &args), STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	rig_down(&rig);
	rig_machine(&rig, NULL);
	rig_adapter(&rig, &(struct iolas_dxgk_adapter_config){
				  .flags = IOLAS_DXGK_DRIVER_REMAPPING,
				  .driver_version =
					  DXGKDDI_INTERFACE_VERSION_WDDM2_4 });
	args = contiguous_args(4096);
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	rig_down(&rig);
}

static void a_second_free_is_reported_with_both_call_sites(void **state)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(4096);
	struct iolas_dxgk_violation v;
	char text[1024];
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle),
		 STATUS_INVALID_HANDLE);
	v = rig_last(&rig);
	CHECK_EQ(v.rule, IOLAS_DXGK_RULE_STALE_HANDLE);
	CHECK_EQ(v.bugcheck, 0xE6);
	CHECK_EQ(v.handle, (uintptr_t)args.hMemoryHandle);
	CHECK(v.site && v.made_site && v.freed_site);
	CHECK(v.made_site != v.freed_site);
	CHECK(v.adapter == rig.adapter);
	CHECK_STR(v.call, "DxgkCbFreeContiguousMemory");
	CHECK(strstr(v.text, "DxgkCbAllocateContiguousMemory"));
	CHECK_STR(v.rule_text,
		  iolas_dxgk_rule_text(IOLAS_DXGK_RULE_STALE_HANDLE));
	CHECK_EQ(iolas_dxgk_violation_describe(&v, text, sizeof(text)),
		 IOLAS_OK);
	CHECK(strstr(text, "0xE6") && strstr(text, "freed by"));
	rig_expect(&rig, IOLAS_DXGK_RULE_STALE_HANDLE);
	rig_down(&rig);
}

static void a_stale_handle_never_names_a_later_block(void **state)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(4096);
	HANDLE stale;
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	stale = args.hMemoryHandle;
	CHECK_EQ(free_contiguous(&rig, stale), STATUS_SUCCESS);
	for (int i = 0; i < 3000; i++) {
		args = contiguous_args(4096);
		CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
		CHECK(args.hMemoryHandle != stale);
		if (i % 500 == 0) {
			CHECK_EQ(free_contiguous(&rig, stale),
				 STATUS_INVALID_HANDLE);
			rig_expect(&rig, IOLAS_DXGK_RULE_STALE_HANDLE);
		}
		CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle),
			 STATUS_SUCCESS);
	}
	rig_down(&rig);
}

static void wrong_handles_are_told_apart(void **state)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(4096);
	DXGKARGCB_ALLOCATEPAGESFORMDL pages = pages_args(4096);
	struct iolas_dxgk_adapter_config config = {
		.struct_size = sizeof(config),
	};
	struct iolas_dxgk_adapter *other;
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	CHECK_EQ(free_contiguous(&rig, NULL), STATUS_INVALID_HANDLE);
	rig_expect(&rig, IOLAS_DXGK_RULE_UNKNOWN_HANDLE);
	CHECK_EQ(free_contiguous(&rig, &rig), STATUS_INVALID_HANDLE);
	rig_expect(&rig, IOLAS_DXGK_RULE_UNKNOWN_HANDLE);
	CHECK_EQ(free_contiguous(&rig, rig.handle), STATUS_INVALID_HANDLE);
	rig_expect(&rig, IOLAS_DXGK_RULE_HANDLE_KIND);
	CHECK_EQ(rig.dxgk.DxgkCbAllocatePagesForMdl(rig.handle, &pages),
		 STATUS_SUCCESS);
	CHECK_EQ(free_contiguous(&rig, pages.hMemoryHandle),
		 STATUS_INVALID_HANDLE);
	rig_expect(&rig, IOLAS_DXGK_RULE_HANDLE_KIND);
	CHECK_EQ(allocate(&rig, &args), STATUS_SUCCESS);
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_INVALID_HANDLE);
	rig_expect(&rig, IOLAS_DXGK_RULE_HANDLE_KIND);
	config.machine = rig.machine;
	CHECK_EQ(iolas_dxgk_adapter_create(&config, &other), IOLAS_OK);
	CHECK_EQ(rig.dxgk.DxgkCbFreeContiguousMemory(
			 iolas_dxgk_adapter_handle(other),
			 &(DXGKARGCB_FREECONTIGUOUSMEMORY){
				 args.hMemoryHandle }),
		 STATUS_INVALID_HANDLE);
	rig_expect(&rig, IOLAS_DXGK_RULE_FOREIGN_HANDLE);
	CHECK_EQ(iolas_dxgk_adapter_destroy(other), IOLAS_OK);
	CHECK_EQ(rig.dxgk.DxgkCbFreeContiguousMemory(rig.handle, NULL),
		 STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	CHECK_EQ(free_pages(&rig, pages.hMemoryHandle), STATUS_SUCCESS);
	rig_down(&rig);
}

static void what_is_left_is_listed_and_reported_at_teardown(void **state)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY one = contiguous_args(4096);
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY two = contiguous_args(5000);
	struct iolas_dxgk_memory_info info = { .struct_size = sizeof(info) };
	struct iolas_dxgk_violation v;
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_IDENTITY);
	CHECK_EQ(iolas_dxgk_memory_next(rig.adapter, &info), IOLAS_ENOENT);
	CHECK_EQ(allocate(&rig, &one), STATUS_SUCCESS);
	CHECK_EQ(allocate(&rig, &two), STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_memory_next(rig.adapter, &info), IOLAS_OK);
	CHECK_EQ(info.handle, (uintptr_t)two.hMemoryHandle);
	CHECK_EQ(iolas_dxgk_memory_next(rig.adapter, &info), IOLAS_OK);
	CHECK_EQ(info.handle, (uintptr_t)one.hMemoryHandle);
	CHECK_EQ(iolas_dxgk_memory_next(rig.adapter, &info), IOLAS_ENOENT);
	CHECK_EQ(iolas_dxgk_adapter_destroy(rig.adapter), IOLAS_OK);
	rig.adapter = NULL;
	CHECK_EQ(iolas_dxgk_violation_count(rig.machine), 2);
	v = rig_last(&rig);
	CHECK_EQ(v.rule, IOLAS_DXGK_RULE_MEMORY_LEAKED);
	CHECK(v.made_site);
	CHECK_EQ(iolas_dxgk_memory_info(one.hMemoryHandle, &info),
		 IOLAS_ESTALE);
	iolas_dxgk_violations_clear(rig.machine);
	rig_down(&rig);
}

RUN_CASES(CASE(a_block_is_contiguous_page_aligned_and_mapped),
	  CASE(bad_arguments_are_refused_reported_and_change_nothing),
	  CASE(a_wrong_adapter_handle_is_refused),
	  CASE(limits_are_inclusive_and_unsigned),
	  CASE(no_block_crosses_its_boundary),
	  CASE(a_block_as_long_as_its_boundary_fits_between_two),
	  CASE(what_does_not_fit_is_no_memory),
	  CASE(all_three_cache_types_are_taken),
	  CASE(the_verifier_poisons_contiguous_memory),
	  CASE(a_misaligning_machine_avoids_natural_alignment),
	  CASE(misaligned_blocks_keep_limits_and_boundary),
	  CASE(too_high_an_irql_is_reported), CASE(the_hosts_own_irql_counts),
	  CASE(a_remapping_driver_of_2_9_may_not_use_it),
	  CASE(a_second_free_is_reported_with_both_call_sites),
	  CASE(a_stale_handle_never_names_a_later_block),
	  CASE(wrong_handles_are_told_apart),
	  CASE(what_is_left_is_listed_and_reported_at_teardown))
