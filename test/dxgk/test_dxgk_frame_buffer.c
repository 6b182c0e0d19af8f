/* SPDX-License-Identifier: MIT */
/*
 * The frame buffer's save area: pin, unpin, map, unmap.
 * Floor: dxgk.  Source: spec/dxgk.md, section A.5.
 */
#include "dxgk_rig.h"

#define AREA 0x40000

static void up(struct rig *rig, uint32_t mode, uint32_t flags)
{
	rig_machine(rig, NULL);
	rig_adapter(rig, &(struct iolas_dxgk_adapter_config){ .mode = mode,
							      .flags = flags,
							      .save_area_bytes =
								      AREA });
	CHECK_EQ(rig_free_pages(rig), RIG_TOTAL_PAGES - AREA / 4096);
}

static NTSTATUS pin(const struct rig *rig, SIZE_T bytes, PMDL *mdl)
{
	DXGKARGCB_PINFRAMEBUFFERFORSAVE args = { .CommitSize = bytes,
						 .pMdl = (PMDL)(PVOID)&args };
	NTSTATUS status =
		rig->dxgk.DxgkCbPinFrameBufferForSave(rig->handle, &args);

	*mdl = args.pMdl;
	CHECK_EQ(status == STATUS_SUCCESS, args.pMdl != NULL);
	return status;
}

static NTSTATUS unpin(const struct rig *rig)
{
	DXGKARGCB_UNPINFRAMEBUFFERFORSAVE args = { 0 };

	return rig->dxgk.DxgkCbUnpinFrameBufferForSave(rig->handle, &args);
}

/* The data's own address, as a driver computes it. */
static NTSTATUS map(const struct rig *rig, SIZE_T offset, SIZE_T bytes,
		    PVOID *base, char **data)
{
	DXGKARGCB_MAPFRAMEBUFFERPOINTER args = { .Size = bytes,
						 .Offset = offset };
	NTSTATUS status =
		rig->dxgk.DxgkCbMapFrameBufferPointer(rig->handle, &args);

	*base = args.pBaseAddress;
	*data = status ? NULL : (char *)args.pBaseAddress + args.Offset;
	return status;
}

static NTSTATUS unmap(const struct rig *rig, PVOID base)
{
	DXGKARGCB_UNMAPFRAMEBUFFERPOINTER args = { .pBaseAddress = base };

	return rig->dxgk.DxgkCbUnmapFrameBufferPointer(rig->handle, &args);
}

static bool reaches(const struct rig *rig, uint64_t address)
{
	char byte;
	int status = iolas_dxgk_device_read(rig->adapter, address, &byte, 1);

	iolas_dxgk_violations_clear(rig->machine);
	return status == IOLAS_OK;
}

static void what_the_device_saves_the_driver_reads_later(void **state)
{
	struct iolas_dxgk_memory_info info = { .struct_size = sizeof(info) };
	struct rig rig;
	PVOID base;
	char *data;
	PMDL mdl;

	(void)state;
	up(&rig, IOLAS_DXGK_REMAPPED, 0);
	CHECK_EQ(pin(&rig, 0x20000, &mdl), STATUS_SUCCESS);
	CHECK_EQ(MmGetMdlByteCount(mdl), 0x20000);
	CHECK_EQ(iolas_dxgk_memory_next(rig.adapter, &info), IOLAS_OK);
	CHECK_EQ(info.kind, IOLAS_DXGK_MEMORY_FRAME_BUFFER);
	CHECK(info.mdl == mdl);
	CHECK_EQ(iolas_dxgk_device_write(rig.adapter, info.logical + 0x13000,
					 "saved", 6),
		 IOLAS_OK);
	CHECK_EQ(unpin(&rig), STATUS_SUCCESS);
	CHECK(!reaches(&rig, info.logical + 0x13000));
	CHECK_EQ(map(&rig, 0x13000, 0x1000, &base, &data), STATUS_SUCCESS);
	CHECK_STR(data, "saved");
	/* drivers that take the base for the data would miss it */
	CHECK(data != (char *)base);
	CHECK_EQ(unmap(&rig, base), STATUS_SUCCESS);
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void only_page_multiples_inside_the_area_are_pinned(void **state)
{
	static const SIZE_T bad[] = {
		0, 1, 4095, AREA + 4096, AREA - 1, MAXSIZE_T, MAXSIZE_T - 4095
	};
	struct rig rig;
	PMDL mdl, again;

	(void)state;
	up(&rig, IOLAS_DXGK_IDENTITY, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_EQ(pin(&rig, bad[i], &mdl), STATUS_INVALID_PARAMETER);
		rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	}
	CHECK_EQ(unpin(&rig), STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK_EQ(pin(&rig, AREA, &mdl), STATUS_SUCCESS);
	CHECK_EQ(pin(&rig, 4096, &again), STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK_EQ(rig.dxgk.DxgkCbUnpinFrameBufferForSave(
			 rig.handle, &(DXGKARGCB_UNPINFRAMEBUFFERFORSAVE){ 1 }),
		 STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK_EQ(unpin(&rig), STATUS_SUCCESS);
	CHECK_EQ(rig.dxgk.DxgkCbPinFrameBufferForSave(rig.handle, NULL),
		 STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK_EQ(rig.dxgk.DxgkCbUnpinFrameBufferForSave(rig.handle, NULL),
		 STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	rig_down(&rig);
}

static void only_page_multiples_inside_the_area_are_mapped(void **state)
{
	static const struct {
		SIZE_T offset, bytes;
	} bad[] = {
		{ 0, 0 },
		{ 1, 4096 },
		{ 0, 4097 },
		{ AREA, 4096 },
		{ 4096, AREA },
		{ MAXSIZE_T - 4095, 8192 },
		{ 4096, MAXSIZE_T },
		{ 8192, MAXSIZE_T - 4095 },
	};
	struct rig rig;
	PVOID base, other;
	char *data;

	(void)state;
	up(&rig, IOLAS_DXGK_PASSTHROUGH, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_EQ(map(&rig, bad[i].offset, bad[i].bytes, &base, &data),
			 STATUS_INVALID_PARAMETER);
		CHECK(!base);
		rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	}
	CHECK_EQ(map(&rig, 0, AREA, &base, &data), STATUS_SUCCESS);
	memset(data, 0x11, AREA);
	CHECK_EQ(map(&rig, AREA - 4096, 4096, &other, &data), STATUS_SUCCESS);
	CHECK_EQ(data[4095], 0x11); /* two mappings of one area */
	CHECK_EQ(unmap(&rig, (char *)base + 4096), STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK_EQ(unmap(&rig, base), STATUS_SUCCESS);
	CHECK_EQ(unmap(&rig, base), STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK_EQ(unmap(&rig, other), STATUS_SUCCESS);
	rig_down(&rig);
}

static void pinning_may_fail_and_mapping_not(void **state)
{
	struct iolas_dxgk_fault_plan plan = {
		.struct_size = sizeof(plan),
		.call = "DxgkCbPinFrameBufferForSave",
	};
	struct rig rig;
	PVOID base;
	char *data;
	PMDL mdl;

	(void)state;
	up(&rig, IOLAS_DXGK_IDENTITY, 0);
	CHECK_EQ(iolas_dxgk_plan_fault(rig.machine, &plan), IOLAS_OK);
	CHECK_EQ(pin(&rig, 4096, &mdl), STATUS_NO_MEMORY);
	CHECK_EQ(map(&rig, 0, 4096, &base, &data), STATUS_SUCCESS);
	CHECK_EQ(unmap(&rig, base), STATUS_SUCCESS);
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void a_remapping_driver_maps_but_does_not_pin_an_mdl(void **state)
{
	struct rig rig;
	PVOID base;
	char *data;
	PMDL mdl;

	(void)state;
	up(&rig, IOLAS_DXGK_REMAPPED, IOLAS_DXGK_DRIVER_REMAPPING);
	CHECK_EQ(pin(&rig, 4096, &mdl), STATUS_NOT_SUPPORTED);
	rig_expect(&rig, IOLAS_DXGK_RULE_MODE);
	CHECK_EQ(map(&rig, 0, 4096, &base, &data), STATUS_SUCCESS);
	CHECK_EQ(unmap(&rig, base), STATUS_SUCCESS);
	rig_down(&rig);
}

static void what_is_left_pinned_or_mapped_is_reported(void **state)
{
	struct rig rig;
	PVOID base;
	char *data;
	PMDL mdl;

	(void)state;
	up(&rig, IOLAS_DXGK_IDENTITY, 0);
	CHECK_EQ(pin(&rig, 4096, &mdl), STATUS_SUCCESS);
	CHECK_EQ(map(&rig, 0, 4096, &base, &data), STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_adapter_destroy(rig.adapter), IOLAS_OK);
	rig.adapter = NULL;
	CHECK_EQ(iolas_dxgk_violation_count(rig.machine), 2);
	CHECK_EQ(rig_last(&rig).rule, IOLAS_DXGK_RULE_MEMORY_LEAKED);
	iolas_dxgk_violations_clear(rig.machine);
	rig_down(&rig);
}

static void without_a_save_area_nothing_can_be_pinned(void **state)
{
	struct iolas_dxgk_adapter_config config = { .struct_size =
							    sizeof(config),
						    .save_area_bytes = 4097 };
	struct iolas_dxgk_adapter *adapter;
	struct rig rig;
	PMDL mdl;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_IDENTITY);
	CHECK_EQ(pin(&rig, 4096, &mdl), STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	config.machine = rig.machine;
	CHECK_EQ(iolas_dxgk_adapter_create(&config, &adapter), IOLAS_EINVAL);
	config.save_area_bytes = RIG_TOTAL_PAGES * 4096 + 4096;
	CHECK_EQ(iolas_dxgk_adapter_create(&config, &adapter), IOLAS_ENOSPC);
	rig_down(&rig);
}

RUN_CASES(CASE(what_the_device_saves_the_driver_reads_later),
	  CASE(only_page_multiples_inside_the_area_are_pinned),
	  CASE(only_page_multiples_inside_the_area_are_mapped),
	  CASE(pinning_may_fail_and_mapping_not),
	  CASE(a_remapping_driver_maps_but_does_not_pin_an_mdl),
	  CASE(what_is_left_pinned_or_mapped_is_reported),
	  CASE(without_a_save_area_nothing_can_be_pinned))
