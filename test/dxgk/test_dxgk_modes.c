/* SPDX-License-Identifier: MIT */
/*
 * What the device reaches where, in the three modes, and what is said when it
 * reaches wrongly.
 * Floor: dxgk.  Source: spec/dxgk.md, sections 0 ("two operating modes") and
 * B.1 (counted identity pages); dxgk-gotchas.md, 1 and 12.
 */
#include "dxgk_rig.h"

static const uint32_t all_modes[] = { IOLAS_DXGK_PASSTHROUGH,
				      IOLAS_DXGK_IDENTITY,
				      IOLAS_DXGK_REMAPPED };

static DXGKARGCB_ALLOCATECONTIGUOUSMEMORY contiguous(const struct rig *rig,
						     SIZE_T bytes)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(bytes);

	CHECK_EQ(rig->dxgk.DxgkCbAllocateContiguousMemory(rig->handle, &args),
		 STATUS_SUCCESS);
	return args;
}

static DXGKARGCB_ALLOCATEPAGESFORMDL pages(const struct rig *rig, SIZE_T bytes)
{
	DXGKARGCB_ALLOCATEPAGESFORMDL args = pages_args(bytes);

	CHECK_EQ(rig->dxgk.DxgkCbAllocatePagesForMdl(rig->handle, &args),
		 STATUS_SUCCESS);
	return args;
}

static bool reaches(const struct rig *rig, uint64_t address)
{
	uint64_t count = iolas_dxgk_violation_count(rig->machine);
	unsigned char byte;
	int status = iolas_dxgk_device_read(rig->adapter, address, &byte, 1);

	CHECK(status == IOLAS_OK || status == IOLAS_EFAULT);
	/* a refusal is reported, a success is not */
	CHECK_EQ(iolas_dxgk_violation_count(rig->machine) - count,
		 status ? 1 : 0);
	if (status && !count)
		iolas_dxgk_violations_clear(rig->machine);
	return status == IOLAS_OK;
}

static void the_device_moves_data_where_the_query_says(void **state)
{
	(void)state;
	for (int m = 0; m < 3; m++) {
		DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args;
		struct iolas_dxgk_memory_info info;
		unsigned char back[6000];
		struct rig rig;

		rig_up(&rig, all_modes[m]);
		args = contiguous(&rig, sizeof(back));
		info = info_of(args.hMemoryHandle);
		CHECK_EQ(info.has_logical, 1);
		memset(args.pMemory, 0x31, sizeof(back));
		CHECK_EQ(iolas_dxgk_device_read(rig.adapter, info.logical, back,
						sizeof(back)),
			 IOLAS_OK);
		CHECK_MEM(back, args.pMemory, sizeof(back));
		memset(back, 0x32, sizeof(back));
		CHECK_EQ(iolas_dxgk_device_write(rig.adapter, info.logical,
						 back, sizeof(back)),
			 IOLAS_OK);
		CHECK_MEM(back, args.pMemory, sizeof(back));
		CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle),
			 STATUS_SUCCESS);
		rig_down(&rig);
	}
}

static void logical_is_physical_unless_remapped(void **state)
{
	(void)state;
	for (int m = 0; m < 3; m++) {
		DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args;
		struct iolas_dxgk_memory_info info;
		uint64_t physical;
		struct rig rig;

		rig_up(&rig, all_modes[m]);
		args = contiguous(&rig, 0x3000);
		info = info_of(args.hMemoryHandle);
		physical =
			(uint64_t)MmGetPhysicalAddress(args.pMemory).QuadPart;
		CHECK_EQ(physical, info.pa); /* in every mode */
		if (all_modes[m] == IOLAS_DXGK_REMAPPED) {
			CHECK(info.logical != physical);
			CHECK(reaches(&rig, info.logical));
			CHECK(!reaches(&rig, physical));
		} else {
			CHECK_EQ(info.logical, physical);
			CHECK(reaches(&rig, physical));
		}
		CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle),
			 STATUS_SUCCESS);
		rig_down(&rig);
	}
}

static void behind_a_domain_the_device_sees_only_what_it_was_given(void **state)
{
	(void)state;
	for (int m = 1; m < 3; m++) {
		DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args;
		struct iolas_dxgk_memory_info info;
		struct rig rig;

		rig_up(&rig, all_modes[m]);
		CHECK(!reaches(&rig, RIG_LOW_FIRST));
		args = contiguous(&rig, 0x3000);
		info = info_of(args.hMemoryHandle);
		CHECK(reaches(&rig, info.logical + 0x2fff));
		CHECK(!reaches(&rig, info.logical + 0x3000));
		CHECK(!reaches(&rig, info.logical - 1));
		CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle),
			 STATUS_SUCCESS);
		CHECK(!reaches(&rig, info.logical));
		rig_down(&rig);
	}
}

static void a_remapped_list_is_one_range_for_the_device(void **state)
{
	DXGKARGCB_ALLOCATEPAGESFORMDL args;
	struct iolas_dxgk_segment segments[64];
	struct iolas_dxgk_memory_info info;
	uint64_t count = 64, at = 0;
	unsigned char *va, back[16 * 4096];
	struct rig rig;

	(void)state;
	rig_machine(&rig,
		    &(struct iolas_dxgk_machine_config){
			    .fragment_permille = 500, .fragment_seed = 11 });
	rig_adapter(&rig, &(struct iolas_dxgk_adapter_config){
				  .mode = IOLAS_DXGK_REMAPPED });
	args = pages(&rig, sizeof(back));
	info = info_of(args.hMemoryHandle);
	CHECK_EQ(info.has_logical, 1);
	CHECK(info.segment_count > 1);
	CHECK_EQ(iolas_dxgk_memory_segments(args.hMemoryHandle, 0, segments,
					    &count),
		 IOLAS_OK);
	CHECK_EQ(count, info.segment_count);
	for (uint64_t i = 0; i < count; i++) {
		CHECK_EQ(segments[i].logical, info.logical + at);
		CHECK_EQ(segments[i].pa >> 12,
			 MmGetMdlPfnArray(args.pMdl)[at / 4096]);
		CHECK(segments[i].pa != segments[i].logical);
		at += segments[i].len;
	}
	CHECK_EQ(at, sizeof(back));
	va = MmGetSystemAddressForMdlSafe(args.pMdl, NormalPagePriority);
	CHECK(va);
	for (size_t i = 0; i < sizeof(back); i++)
		va[i] = (unsigned char)(i * 7 >> 8);
	CHECK_EQ(iolas_dxgk_device_read(rig.adapter, info.logical, back,
					sizeof(back)),
		 IOLAS_OK);
	CHECK_MEM(back, va, sizeof(back));
	MmUnmapLockedPages(va, args.pMdl);
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	iolas_physmem_defragment(iolas_dxgk_machine_physmem(rig.machine));
	rig_down(&rig);
}

static void an_identity_list_is_reached_frame_by_frame(void **state)
{
	DXGKARGCB_ALLOCATEPAGESFORMDL args;
	struct iolas_dxgk_memory_info info;
	struct rig rig;

	(void)state;
	rig_machine(&rig,
		    &(struct iolas_dxgk_machine_config){
			    .fragment_permille = 500, .fragment_seed = 5 });
	rig_adapter(&rig, &(struct iolas_dxgk_adapter_config){
				  .mode = IOLAS_DXGK_IDENTITY });
	args = pages(&rig, 16 * 4096);
	info = info_of(args.hMemoryHandle);
	CHECK_EQ(info.has_logical, 0);
	for (size_t i = 0; i < 16; i++)
		CHECK(reaches(&rig, MmGetMdlPfnArray(args.pMdl)[i] << 12));
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	iolas_physmem_defragment(iolas_dxgk_machine_physmem(rig.machine));
	rig_down(&rig);
}

static void logical_frames_by_option_map_and_reach(void **state)
{
	DXGKARGCB_ALLOCATEPAGESFORMDL args;
	struct iolas_dxgk_memory_info info;
	unsigned char *va, byte;
	struct rig rig;
	PMDL part;

	(void)state;
	rig_machine(&rig, NULL);
	rig_adapter(&rig, &(struct iolas_dxgk_adapter_config){
				  .mode = IOLAS_DXGK_REMAPPED,
				  .flags = IOLAS_DXGK_LOGICAL_PFNS });
	args = pages(&rig, 4 * 4096);
	info = info_of(args.hMemoryHandle);
	for (size_t i = 0; i < 4; i++)
		CHECK_EQ(MmGetMdlPfnArray(args.pMdl)[i],
			 (info.logical >> 12) + i);
	va = MmGetSystemAddressForMdlSafe(args.pMdl, NormalPagePriority);
	CHECK(va);
	va[0x2fff] = 0x77;
	CHECK_EQ(iolas_dxgk_device_read(rig.adapter,
					(MmGetMdlPfnArray(args.pMdl)[2] << 12) +
						0xfff,
					&byte, 1),
		 IOLAS_OK);
	CHECK_EQ(byte, 0x77);
	CHECK_EQ((uint64_t)MmGetPhysicalAddress(va).QuadPart, info.pa);
	MmUnmapLockedPages(va, args.pMdl);
	/* a partial MDL carries the logical frames on */
	part = IoAllocateMdl((PVOID)0x2000, 4096, FALSE, FALSE, NULL);
	CHECK(part);
	IoBuildPartialMdl(args.pMdl, part, (PVOID)0x2000, 4096);
	va = MmGetSystemAddressForMdlSafe(part, NormalPagePriority);
	CHECK(va);
	CHECK_EQ(va[0xfff], 0x77);
	IoFreeMdl(part);
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	rig_down(&rig);
}

static void an_access_after_free_names_who_allocated_and_who_freed(void **state)
{
	(void)state;
	for (int m = 0; m < 3; m++) {
		DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args;
		struct iolas_dxgk_memory_info info;
		struct iolas_dxgk_violation v;
		char text[400];
		char byte = 1;
		struct rig rig;

		rig_up(&rig, all_modes[m]);
		args = contiguous(&rig, 8192);
		info = info_of(args.hMemoryHandle);
		CHECK_EQ(iolas_dxgk_explain(rig.adapter, info.logical + 4097,
					    text, sizeof(text)),
			 IOLAS_OK);
		CHECK(strstr(text, "lives there"));
		CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle),
			 STATUS_SUCCESS);
		CHECK_EQ(iolas_dxgk_device_write(rig.adapter,
						 info.logical + 4097, &byte, 1),
			 IOLAS_EFAULT);
		v = rig_last(&rig);
		CHECK_EQ(v.rule, IOLAS_DXGK_RULE_DEVICE_AFTER_FREE);
		CHECK_EQ(v.handle, (uintptr_t)args.hMemoryHandle);
		CHECK(v.site && v.made_site && v.freed_site);
		CHECK(strstr(v.text, "DxgkCbAllocateContiguousMemory"));
		CHECK(strstr(v.text, "DxgkCbFreeContiguousMemory"));
		rig_expect(&rig, IOLAS_DXGK_RULE_DEVICE_AFTER_FREE);
		CHECK_EQ(iolas_dxgk_explain(rig.adapter, info.logical, text,
					    sizeof(text)),
			 IOLAS_OK);
		CHECK(strstr(text, "lived there"));
		CHECK_EQ(iolas_dxgk_explain(rig.adapter, 0x10, text,
					    sizeof(text)),
			 IOLAS_ENOENT);
		rig_down(&rig);
	}
}

static void what_was_never_the_drivers_is_a_plain_fault(void **state)
{
	struct rig rig;
	char byte;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_REMAPPED);
	CHECK_EQ(iolas_dxgk_device_read(rig.adapter, 0xdead0000, &byte, 1),
		 IOLAS_EFAULT);
	rig_expect(&rig, IOLAS_DXGK_RULE_DEVICE_FAULT);
	rig_down(&rig);
}

static void a_device_drives_no_address_above_its_highest(void **state)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args;
	struct iolas_dxgk_memory_info info;
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	rig_adapter(&rig, &(struct iolas_dxgk_adapter_config){
				  .highest_visible = 0xffffffff });
	args = contiguous_args(4096);
	args.LowestAcceptableAddress = pa_of(RIG_HIGH_FIRST);
	CHECK_EQ(rig.dxgk.DxgkCbAllocateContiguousMemory(rig.handle, &args),
		 STATUS_SUCCESS);
	CHECK(!reaches(&rig, RIG_HIGH_FIRST));
	CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	rig_down(&rig);
	/* remapped, the same device reaches all memory */
	rig_machine(&rig, NULL);
	rig_adapter(&rig, &(struct iolas_dxgk_adapter_config){
				  .mode = IOLAS_DXGK_REMAPPED,
				  .highest_visible = 0xffffffff });
	args = contiguous_args(4096);
	args.LowestAcceptableAddress = pa_of(RIG_HIGH_FIRST);
	CHECK_EQ(rig.dxgk.DxgkCbAllocateContiguousMemory(rig.handle, &args),
		 STATUS_SUCCESS);
	info = info_of(args.hMemoryHandle);
	CHECK(info.pa >= RIG_HIGH_FIRST && info.logical <= 0xffffffff);
	CHECK(reaches(&rig, info.logical));
	CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	rig_down(&rig);
}

/*
 * A window that memory shares: no page gets itself as logical address.
 */
static void a_remapped_page_never_has_its_own_address(void **state)
{
	HANDLE held[64];
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	rig_adapter(&rig, &(struct iolas_dxgk_adapter_config){
				  .mode = IOLAS_DXGK_REMAPPED,
				  .logical_first = RIG_LOW_FIRST,
				  .logical_last = RIG_LOW_LAST });
	for (int i = 0; i < 64; i++) {
		DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args =
			contiguous(&rig, 0x4000);
		struct iolas_dxgk_memory_info info =
			info_of(args.hMemoryHandle);

		CHECK(info.logical >= RIG_LOW_FIRST &&
		      info.logical + 0x3fff <= RIG_LOW_LAST);
		CHECK(info.logical != info.pa);
		held[i] = args.hMemoryHandle;
	}
	for (int i = 0; i < 64; i++)
		CHECK_EQ(free_contiguous(&rig, held[i]), STATUS_SUCCESS);
	rig_down(&rig);
}

static void a_full_logical_space_is_no_memory_and_takes_nothing(void **state)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args;
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	rig_adapter(&rig, &(struct iolas_dxgk_adapter_config){
				  .mode = IOLAS_DXGK_REMAPPED,
				  .logical_first = 0x10000,
				  .logical_last = 0x1ffff });
	args = contiguous_args(0x11000);
	CHECK_EQ(rig.dxgk.DxgkCbAllocateContiguousMemory(rig.handle, &args),
		 STATUS_NO_MEMORY);
	CHECK_EQ(rig_free_pages(&rig), RIG_TOTAL_PAGES);
	args = contiguous(&rig, 0x10000);
	CHECK_EQ(info_of(args.hMemoryHandle).logical, 0x10000);
	CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void memory_from_before_the_attach_is_there_after_it(void **state)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args;
	struct iolas_dxgk_memory_info info;
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	rig_adapter(&rig, &(struct iolas_dxgk_adapter_config){
				  .mode = IOLAS_DXGK_IDENTITY,
				  .flags = IOLAS_DXGK_DETACHED });
	args = contiguous(&rig, 8192);
	info = info_of(args.hMemoryHandle);
	CHECK(reaches(&rig, info.pa));
	CHECK(reaches(&rig, RIG_HIGH_FIRST)); /* nobody's page, bypassed */
	CHECK_EQ(iolas_dxgk_adapter_attach(rig.adapter), IOLAS_OK);
	CHECK_EQ(iolas_dxgk_adapter_attach(rig.adapter), IOLAS_EBUSY);
	CHECK(reaches(&rig, info.pa));
	CHECK(!reaches(&rig, RIG_HIGH_FIRST + 0x100000));
	CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	CHECK(!reaches(&rig, info.pa));
	rig_down(&rig);
}

/* A device that still holds a pointer: the free is refused, nothing lost. */
static void a_block_under_a_live_dma_is_not_freed(void **state)
{
	(void)state;
	for (int m = 1; m < 3; m++) {
		DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args;
		struct iolas_dxgk_memory_info info;
		struct iolas_queue *queue;
		uint64_t len = 4096, token;
		void *ptr;
		struct rig rig;

		rig_up(&rig, all_modes[m]);
		args = contiguous(&rig, 4096);
		info = info_of(args.hMemoryHandle);
		CHECK_EQ(iolas_queue_create(
				 iolas_dxgk_adapter_device(rig.adapter),
				 IOLAS_PASID_NONE, &queue),
			 IOLAS_OK);
		CHECK_EQ(iolas_dma_map(queue, info.logical, &len, IOLAS_READ,
				       &ptr, &token),
			 IOLAS_OK);
		CHECK(ptr == args.pMemory);
		CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle),
			 STATUS_DEVICE_BUSY);
		rig_expect(&rig, IOLAS_DXGK_RULE_DEVICE_BUSY);
		CHECK(reaches(&rig, info.logical));
		CHECK_EQ(iolas_dma_unmap(queue, token), IOLAS_OK);
		CHECK_EQ(iolas_dxgk_adapter_destroy(rig.adapter), IOLAS_EBUSY);
		CHECK_EQ(iolas_queue_destroy(queue), IOLAS_OK);
		CHECK(reaches(&rig, info.logical)); /* as before */
		CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle),
			 STATUS_SUCCESS);
		rig_down(&rig);
	}
}

static void accesses_survive_bad_arguments(void **state)
{
	char byte = 0;
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_IDENTITY);
	CHECK_EQ(iolas_dxgk_device_read(NULL, 0, &byte, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_device_read(rig.adapter, 0, NULL, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_device_write(rig.adapter, 0, NULL, 1),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_device_read(rig.adapter, UINT64_MAX, &byte, 2),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_device_read(rig.adapter, 0, NULL, 0), IOLAS_OK);
	CHECK_EQ(iolas_dxgk_explain(NULL, 0, &byte, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_explain(rig.adapter, 0, NULL, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_explain(rig.adapter, 0, &byte, 0), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_explain(rig.adapter, 0, &byte, 1), IOLAS_ENOENT);
	CHECK_EQ(byte, 0);
	rig_expect_none(&rig);
	rig_down(&rig);
}

RUN_CASES(CASE(the_device_moves_data_where_the_query_says),
	  CASE(logical_is_physical_unless_remapped),
	  CASE(behind_a_domain_the_device_sees_only_what_it_was_given),
	  CASE(a_remapped_list_is_one_range_for_the_device),
	  CASE(an_identity_list_is_reached_frame_by_frame),
	  CASE(logical_frames_by_option_map_and_reach),
	  CASE(an_access_after_free_names_who_allocated_and_who_freed),
	  CASE(what_was_never_the_drivers_is_a_plain_fault),
	  CASE(a_device_drives_no_address_above_its_highest),
	  CASE(a_remapped_page_never_has_its_own_address),
	  CASE(a_full_logical_space_is_no_memory_and_takes_nothing),
	  CASE(memory_from_before_the_attach_is_there_after_it),
	  CASE(a_block_under_a_live_dma_is_not_freed),
	  CASE(accesses_survive_bad_arguments))
