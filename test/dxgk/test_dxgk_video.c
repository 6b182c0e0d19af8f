/* SPDX-License-Identifier: MIT */
/*
 * The VideoPort allocators of the older driver model.
 * Floor: dxgk.  Source: spec/dxgk.md, section A.6.
 */
#include "dxgk_rig.h"

#include <dxgk/video.h>

static char extension[64];

static void up(struct rig *rig, uint32_t mode)
{
	rig_up(rig, mode);
	CHECK_EQ(iolas_dxgk_video_bind(rig->adapter, extension), IOLAS_OK);
}

static bool reaches(const struct rig *rig, uint64_t address)
{
	char byte;
	int status = iolas_dxgk_device_read(rig->adapter, address, &byte, 1);

	iolas_dxgk_violations_clear(rig->machine);
	return status == IOLAS_OK;
}

static void
contiguous_memory_keeps_its_limit_and_goes_with_the_adapter(void **state)
{
	struct rig rig;
	char *one, *two;

	(void)state;
	up(&rig, IOLAS_DXGK_IDENTITY);
	one = VideoPortAllocateContiguousMemory(extension, 5000,
						pa_of(RIG_LOW_LAST));
	CHECK(one && (uintptr_t)one % 4096 == 0);
	CHECK((uint64_t)MmGetPhysicalAddress(one).QuadPart + 8191 <=
	      RIG_LOW_LAST);
	two = VideoPortAllocateContiguousMemory(extension, 1,
						pa_of(UINT64_MAX));
	CHECK(two && two != one);
	CHECK(!VideoPortAllocateContiguousMemory(extension, 4096,
						 pa_of(RIG_LOW_FIRST - 1)));
	CHECK(!VideoPortAllocateContiguousMemory(extension, 0,
						 pa_of(UINT64_MAX)));
	/* one by the free that video.h lacks, the other at teardown */
	CHECK_EQ(iolas_dxgk_video_free_contiguous(extension, one), IOLAS_OK);
	CHECK_EQ(iolas_dxgk_video_free_contiguous(extension, one),
		 IOLAS_ENOENT);
	rig_expect(&rig, IOLAS_DXGK_RULE_VIDEO_FREE);
	rig_down(&rig); /* no leak is reported */
}

static void a_common_buffer_is_reached_at_its_logical_address(void **state)
{
	static const uint32_t modes[] = { IOLAS_DXGK_PASSTHROUGH,
					  IOLAS_DXGK_IDENTITY,
					  IOLAS_DXGK_REMAPPED };

	(void)state;
	for (int m = 0; m < 3; m++) {
		PHYSICAL_ADDRESS logical;
		ULONG length = 0;
		struct rig rig;
		char *va, byte;

		up(&rig, modes[m]);
		va = VideoPortGetCommonBuffer(extension, 6000, 12345, &logical,
					      &length, TRUE);
		CHECK(va);
		CHECK(length >= 6000);
		va[5999] = 0x66;
		CHECK_EQ(iolas_dxgk_device_read(
				 rig.adapter, (uint64_t)logical.QuadPart + 5999,
				 &byte, 1),
			 IOLAS_OK);
		CHECK_EQ(byte, 0x66);
		CHECK_EQ(logical.QuadPart == MmGetPhysicalAddress(va).QuadPart,
			 modes[m] != IOLAS_DXGK_REMAPPED);
		VideoPortFreeCommonBuffer(extension, 6000, va, logical, TRUE);
		rig_expect_none(&rig);
		CHECK(!reaches(&rig, (uint64_t)logical.QuadPart));
		rig_down(&rig);
	}
}

/*
 * Free takes (VirtualAddress, LogicalAddress), Release the other order; every
 * parameter is as at the allocation, or nothing happens but a report.
 */
static void common_buffers_are_freed_with_exactly_their_parameters(void **state)
{
	PHYSICAL_ADDRESS logical, wrong;
	struct rig rig;
	char *va;

	(void)state;
	up(&rig, IOLAS_DXGK_REMAPPED);
	va = VideoPortAllocateCommonBuffer(extension, NULL, 6000, &logical,
					   FALSE, NULL);
	CHECK(va);
	wrong.QuadPart = logical.QuadPart + 4096;
	VideoPortReleaseCommonBuffer(extension, NULL, 5999, logical, va, FALSE);
	rig_expect(&rig, IOLAS_DXGK_RULE_VIDEO_FREE);
	VideoPortReleaseCommonBuffer(extension, NULL, 6000, wrong, va, FALSE);
	rig_expect(&rig, IOLAS_DXGK_RULE_VIDEO_FREE);
	VideoPortReleaseCommonBuffer(extension, NULL, 6000, logical, va + 4096,
				     FALSE);
	rig_expect(&rig, IOLAS_DXGK_RULE_VIDEO_FREE);
	VideoPortReleaseCommonBuffer(extension, NULL, 6000, logical, va, TRUE);
	rig_expect(&rig, IOLAS_DXGK_RULE_VIDEO_FREE);
	/* the two addresses the other way round */
	wrong.QuadPart = (LONGLONG)(uintptr_t)va;
	VideoPortReleaseCommonBuffer(extension, NULL, 6000, wrong,
				     (PVOID)(uintptr_t)logical.QuadPart, FALSE);
	rig_expect(&rig, IOLAS_DXGK_RULE_VIDEO_FREE);
	CHECK_EQ(iolas_dxgk_video_free_contiguous(extension, va), IOLAS_ENOENT);
	rig_expect(&rig, IOLAS_DXGK_RULE_VIDEO_FREE);
	CHECK(reaches(&rig, (uint64_t)logical.QuadPart));
	VideoPortReleaseCommonBuffer(extension, NULL, 6000, logical, va, FALSE);
	rig_expect_none(&rig);
	VideoPortReleaseCommonBuffer(extension, NULL, 6000, logical, va, FALSE);
	rig_expect(&rig, IOLAS_DXGK_RULE_VIDEO_FREE);
	rig_down(&rig);
}

static void a_common_buffer_left_behind_is_a_leak(void **state)
{
	PHYSICAL_ADDRESS logical;
	struct rig rig;

	(void)state;
	up(&rig, IOLAS_DXGK_IDENTITY);
	CHECK(VideoPortGetCommonBuffer(extension, 100, 0, &logical, NULL,
				       FALSE));
	CHECK_EQ(iolas_dxgk_adapter_destroy(rig.adapter), IOLAS_OK);
	rig.adapter = NULL;
	rig_expect(&rig, IOLAS_DXGK_RULE_MEMORY_LEAKED);
	rig_down(&rig);
}

static void unknown_extensions_and_high_irqls_are_refused(void **state)
{
	PHYSICAL_ADDRESS logical;
	struct rig rig;
	ULONG length;

	(void)state;
	up(&rig, IOLAS_DXGK_IDENTITY);
	CHECK(!VideoPortAllocateContiguousMemory(&rig, 4096,
						 pa_of(UINT64_MAX)));
	rig_expect(&rig, IOLAS_DXGK_RULE_ADAPTER_HANDLE);
	logical.QuadPart = 1;
	length = 1;
	CHECK(!VideoPortGetCommonBuffer(NULL, 4096, 0, &logical, &length,
					FALSE));
	CHECK(logical.QuadPart == 0 && length == 0);
	rig_expect(&rig, IOLAS_DXGK_RULE_ADAPTER_HANDLE);
	VideoPortFreeCommonBuffer(&rig, 4096, &rig, logical, FALSE);
	rig_expect(&rig, IOLAS_DXGK_RULE_ADAPTER_HANDLE);
	CHECK(!VideoPortGetCommonBuffer(extension, 4096, 0, NULL, NULL, FALSE));
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK_EQ(iolas_dxgk_video_free_contiguous(&rig, &rig), IOLAS_EINVAL);
	rig_expect(&rig, IOLAS_DXGK_RULE_ADAPTER_HANDLE);
	CHECK_EQ(iolas_dxgk_video_bind(rig.adapter, extension), IOLAS_EEXIST);
	CHECK_EQ(iolas_dxgk_video_bind(rig.adapter, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_video_bind(NULL, extension), IOLAS_EINVAL);
	iolas_dxgk_set_irql(IOLAS_DXGK_APC);
	CHECK(!VideoPortAllocateContiguousMemory(extension, 4096,
						 pa_of(UINT64_MAX)));
	iolas_dxgk_set_irql(IOLAS_DXGK_PASSIVE);
	rig_expect(&rig, IOLAS_DXGK_RULE_IRQL);
	rig_down(&rig);
}

static void a_short_sighted_device_gets_a_buffer_it_can_drive(void **state)
{
	PHYSICAL_ADDRESS logical;
	struct rig rig;
	char *va;

	(void)state;
	rig_machine(&rig, NULL);
	rig_adapter(&rig, &(struct iolas_dxgk_adapter_config){
				  .mode = IOLAS_DXGK_PASSTHROUGH,
				  .highest_visible = RIG_LOW_LAST });
	CHECK_EQ(iolas_dxgk_video_bind(rig.adapter, extension), IOLAS_OK);
	va = VideoPortGetCommonBuffer(extension, 0x400000, 0, &logical, NULL,
				      TRUE);
	CHECK(va);
	CHECK_EQ((uint64_t)logical.QuadPart, RIG_LOW_FIRST);
	VideoPortFreeCommonBuffer(extension, 0x400000, va, logical, TRUE);
	CHECK(!VideoPortGetCommonBuffer(extension, 0x400001, 0, &logical, NULL,
					TRUE));
	rig_expect_none(&rig);
	rig_down(&rig);
}

RUN_CASES(CASE(contiguous_memory_keeps_its_limit_and_goes_with_the_adapter),
	  CASE(a_common_buffer_is_reached_at_its_logical_address),
	  CASE(common_buffers_are_freed_with_exactly_their_parameters),
	  CASE(a_common_buffer_left_behind_is_a_leak),
	  CASE(unknown_extensions_and_high_irqls_are_refused),
	  CASE(a_short_sighted_device_gets_a_buffer_it_can_drive))
