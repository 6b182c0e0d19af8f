/* SPDX-License-Identifier: MIT */
/*
 * DXGKRNL_INTERFACE as a driver gets it: sizes by version, no NULL slot, stubs
 * that report their own names.
 * Floor: dxgk.  Source: spec/dxgk.md, section C (table of slots and sizes);
 * dxgk-gotchas.md, 4.
 */
#include "dxgk_rig.h"

#include "dxgk/dxgk_interface.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Section C, "Sizes by version", and the releases that keep a size. */
static const struct {
	uint32_t version;
	uint32_t bytes;
} sizes[] = {
	{ 0x1052, 0x0B8 }, { 0x1053, 0x0B8 },  { 0x2005, 0x0B8 },
	{ 0x300E, 0x100 }, { 0x4002, 0x108 },  { 0x4003, 0x108 },
	{ 0x5023, 0x138 }, { 0x6003, 0x148 },  { 0x6010, 0x148 },
	{ 0x6011, 0x148 }, { 0x700A, 0x168 },  { 0x8001, 0x170 },
	{ 0x9006, 0x1C8 }, { 0xA00B, 0x1D0 },  { 0xB004, 0x1E0 },
	{ 0xC004, 0x1E0 }, { 0xD001, 0x1E8 },  { 0xE003, 0x238 },
	{ 0xF003, 0x238 }, { 0x10004, 0x240 }, { 0x11007, 0x240 },
};

#define SIZE_COUNT (sizeof(sizes) / sizeof(sizes[0]))

static struct iolas_dxgk_adapter *adapter_of(struct rig *rig, uint32_t level,
					     uint32_t flags)
{
	struct iolas_dxgk_adapter_config config = {
		.struct_size = sizeof(config),
		.machine = rig->machine,
		.level = level,
		.flags = flags,
	};
	struct iolas_dxgk_adapter *adapter;

	CHECK_EQ(iolas_dxgk_adapter_create(&config, &adapter), IOLAS_OK);
	return adapter;
}

static void the_lower_of_both_versions_is_offered_at_its_size(void **state)
{
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	for (size_t level = 0; level < SIZE_COUNT; level++) {
		struct iolas_dxgk_adapter *adapter =
			adapter_of(&rig, sizes[level].version, 0);

		for (size_t want = 0; want < SIZE_COUNT; want++) {
			size_t low = level < want ? level : want;
			DXGKRNL_INTERFACE *got;
			void **slot;

			CHECK_EQ(iolas_dxgk_interface_create(
					 adapter, sizes[want].version, &got),
				 IOLAS_OK);
			CHECK_EQ(got->Size, sizes[low].bytes);
			CHECK_EQ(got->Version, sizes[low].version);
			CHECK(got->DeviceHandle ==
			      iolas_dxgk_adapter_handle(adapter));
			slot = (void **)(void *)got;
			for (size_t i = 2; i < got->Size / 8; i++)
				CHECK(slot[i] != NULL);
			iolas_dxgk_interface_destroy(adapter, got);
		}
		CHECK_EQ(iolas_dxgk_adapter_destroy(adapter), IOLAS_OK);
	}
	rig_down(&rig);
}

static void an_untrimmed_interface_is_as_long_as_ours(void **state)
{
	struct iolas_dxgk_adapter *adapter;
	DXGKRNL_INTERFACE *got;
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	adapter = adapter_of(&rig, 0x10004, IOLAS_DXGK_UNTRIMMED);
	CHECK_EQ(iolas_dxgk_interface_create(adapter, 0xE003, &got), IOLAS_OK);
	CHECK_EQ(got->Size, 0x240); /* seen for a 2.9 driver */
	CHECK_EQ(got->Version, 0xE003);
	iolas_dxgk_interface_destroy(adapter, got);
	CHECK_EQ(iolas_dxgk_adapter_destroy(adapter), IOLAS_OK);
	rig_down(&rig);
}

/*
 * A driver copies min(Size, sizeof its own struct) and clears the rest, with a
 * header older or newer than the system.
 */
static void a_driver_with_another_header_copies_what_both_know(void **state)
{
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	for (size_t level = 0; level < SIZE_COUNT; level++) {
		struct iolas_dxgk_adapter *adapter =
			adapter_of(&rig, sizes[level].version, 0);

		for (size_t own = 0; own < SIZE_COUNT; own++) {
			uint32_t bytes = sizes[own].bytes;
			DXGKRNL_INTERFACE *got;
			void **copy = calloc(1, bytes);

			CHECK(copy);
			CHECK_EQ(iolas_dxgk_interface_create(
					 adapter, sizes[level].version, &got),
				 IOLAS_OK);
			memcpy(copy, got,
			       got->Size < bytes ? got->Size : bytes);
			for (size_t i = 2; i < bytes / 8; i++)
				CHECK_EQ(copy[i] != NULL, i < got->Size / 8);
			iolas_dxgk_interface_destroy(adapter, got);
			free(copy);
		}
		CHECK_EQ(iolas_dxgk_adapter_destroy(adapter), IOLAS_OK);
	}
	rig_down(&rig);
}

static void broken_requests_for_an_interface_are_refused(void **state)
{
	DXGKRNL_INTERFACE *got = (DXGKRNL_INTERFACE *)&got;
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	CHECK_EQ(iolas_dxgk_interface_create(NULL, 0xE003, &got), IOLAS_EINVAL);
	CHECK(!got);
	CHECK_EQ(iolas_dxgk_interface_create(rig.adapter, 0xE003, NULL),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_interface_create(rig.adapter, 0x1051, &got),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_interface_create(rig.adapter, 0, &got),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_interface_bytes(0x1051), 0);
	/* newer than anything we know: our highest */
	CHECK_EQ(iolas_dxgk_interface_create(rig.adapter, 0xffffffff, &got),
		 IOLAS_OK);
	CHECK_EQ(got->Version, DXGKDDI_INTERFACE_VERSION_WDDM3_2);
	iolas_dxgk_interface_destroy(rig.adapter, got);
	iolas_dxgk_interface_destroy(rig.adapter, NULL);
	rig_down(&rig);
}

static void expect_name(const struct rig *rig, const char *name)
{
	struct iolas_dxgk_violation v = rig_last(rig);

	CHECK_EQ(v.rule, IOLAS_DXGK_RULE_NOT_IMPLEMENTED);
	CHECK_STR(v.call, name);
	CHECK(v.site);
	CHECK(v.adapter == rig->adapter);
	rig_expect(rig, IOLAS_DXGK_RULE_NOT_IMPLEMENTED);
}

/* Calls a slot if it is a stub. */
#define ANSWER(member, expected, ...)                                      \
	do {                                                               \
		if (rig.dxgk.member == stubs.member) {                     \
			CHECK(rig.dxgk.member(__VA_ARGS__) == (expected)); \
			expect_name(&rig, #member);                        \
			count++;                                           \
		}                                                          \
	} while (0)

#define NOTHING(member, ...)                           \
	do {                                           \
		if (rig.dxgk.member == stubs.member) { \
			rig.dxgk.member(__VA_ARGS__);  \
			expect_name(&rig, #member);    \
			count++;                       \
		}                                      \
	} while (0)

static void
each_stub_reports_its_own_name_and_answers_by_prototype(void **state)
{
	const DXGKARGCB_RELEASEHANDLEDATA release = { 0 };
	DXGKRNL_INTERFACE stubs;
	PVOID (*untyped)(VOID);
	struct rig rig;
	int count = 0;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	iolas__dxgk_interface_stubs(&stubs);
	/* clang-format off */
	ANSWER(DxgkCbEvalAcpiMethod, STATUS_NOT_SUPPORTED, NULL, 0, NULL, 0,
		NULL, 0);
	ANSWER(DxgkCbGetDeviceInformation, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbIndicateChildStatus, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbMapMemory, STATUS_NOT_SUPPORTED, NULL, pa_of(0), 0, 0, 0,
		0, NULL);
	ANSWER(DxgkCbQueueDpc, FALSE, NULL);
	ANSWER(DxgkCbQueryServices, STATUS_NOT_SUPPORTED, NULL, 0, NULL);
	ANSWER(DxgkCbReadDeviceSpace, STATUS_NOT_SUPPORTED, NULL, 0, NULL, 0,
		0, NULL);
	ANSWER(DxgkCbSynchronizeExecution, STATUS_NOT_SUPPORTED, NULL, NULL,
		NULL, 0, NULL);
	ANSWER(DxgkCbUnmapMemory, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbWriteDeviceSpace, STATUS_NOT_SUPPORTED, NULL, 0, NULL, 0,
		0, NULL);
	ANSWER(DxgkCbIsDevicePresent, STATUS_NOT_SUPPORTED, NULL, NULL, NULL);
	ANSWER(DxgkCbGetHandleData, NULL, NULL);
	ANSWER(DxgkCbGetHandleParent, 0, 0);
	ANSWER(DxgkCbEnumHandleChildren, 0, NULL);
	NOTHING(DxgkCbNotifyInterrupt, NULL, NULL);
	NOTHING(DxgkCbNotifyDpc, NULL);
	ANSWER(DxgkCbQueryVidPnInterface, STATUS_NOT_SUPPORTED, NULL, 0, NULL);
	ANSWER(DxgkCbQueryMonitorInterface, STATUS_NOT_SUPPORTED, NULL, 0,
		NULL);
	ANSWER(DxgkCbGetCaptureAddress, STATUS_NOT_SUPPORTED, NULL);
	NOTHING(DxgkCbLogEtwEvent, NULL, 0, 0, NULL);
	ANSWER(DxgkCbExcludeAdapterAccess, STATUS_NOT_SUPPORTED, NULL, 0,
		NULL, NULL);
	ANSWER(DxgkCbCreateContextAllocation, STATUS_NOT_SUPPORTED, NULL);
	ANSWER(DxgkCbDestroyContextAllocation, STATUS_NOT_SUPPORTED, NULL,
		NULL);
	NOTHING(DxgkCbSetPowerComponentActive, NULL, 0);
	NOTHING(DxgkCbSetPowerComponentIdle, NULL, 0);
	ANSWER(DxgkCbAcquirePostDisplayOwnership, STATUS_NOT_SUPPORTED, NULL,
		NULL);
	ANSWER(DxgkCbPowerRuntimeControlRequest, STATUS_NOT_SUPPORTED, NULL,
		NULL, NULL, 0, NULL, 0, NULL);
	NOTHING(DxgkCbSetPowerComponentLatency, NULL, 0, 0);
	NOTHING(DxgkCbSetPowerComponentResidency, NULL, 0, 0);
	NOTHING(DxgkCbCompleteFStateTransition, NULL, 0);
	NOTHING(DxgkCbCompletePStateTransition, NULL, 0, 0);
	ANSWER(DxgkCbMapContextAllocation, 0, NULL, NULL);
	ANSWER(DxgkCbUpdateContextAllocation, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbReserveGpuVirtualAddressRange, STATUS_NOT_SUPPORTED,
		NULL, NULL);
	ANSWER(DxgkCbAcquireHandleData, NULL, NULL, NULL);
	NOTHING(DxgkCbReleaseHandleData, release);
	NOTHING(DxgkCbHardwareContentProtectionTeardown, NULL, 0);
	NOTHING(DxgkCbMultiPlaneOverlayDisabled, NULL, 0);
	ANSWER(DxgkCbInvalidateHwContext, STATUS_NOT_SUPPORTED, NULL);
	ANSWER(DxgkCbIndicateConnectorChange, STATUS_NOT_SUPPORTED, NULL);
	ANSWER(DxgkCbAcquirePostDisplayOwnership2, STATUS_NOT_SUPPORTED, NULL,
		NULL, NULL);
	ANSWER(DxgkCbSetProtectedSessionStatus, STATUS_NOT_SUPPORTED, NULL);
	ANSWER(DxgkCbAllocateContiguousMemory, STATUS_NOT_SUPPORTED, NULL,
		NULL);
	ANSWER(DxgkCbFreeContiguousMemory, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbAllocatePagesForMdl, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbFreePagesFromMdl, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbPinFrameBufferForSave, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbUnpinFrameBufferForSave, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbMapFrameBufferPointer, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbUnmapFrameBufferPointer, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbMapMdlToIoMmu, STATUS_NOT_SUPPORTED, NULL, NULL);
	NOTHING(DxgkCbUnmapMdlFromIoMmu, NULL, NULL);
	ANSWER(DxgkCbReportDiagnostic, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbSignalEvent, STATUS_NOT_SUPPORTED, NULL);
	ANSWER(DxgkCbIsFeatureEnabled, STATUS_NOT_SUPPORTED, NULL);
	ANSWER(DxgkCbSaveMemoryForHotUpdate, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbNotifyCursorSupportChange, STATUS_NOT_SUPPORTED, NULL);
	ANSWER(DxgkCbQueryFeatureSupport, STATUS_NOT_SUPPORTED, NULL);
	ANSWER(DxgkCbCreatePhysicalMemoryObject, STATUS_NOT_SUPPORTED, NULL);
	NOTHING(DxgkCbDestroyPhysicalMemoryObject, NULL);
	ANSWER(DxgkCbMapPhysicalMemory, STATUS_NOT_SUPPORTED, NULL);
	NOTHING(DxgkCbUnmapPhysicalMemory, NULL);
	ANSWER(DxgkCbAllocateAdl, STATUS_NOT_SUPPORTED, NULL);
	NOTHING(DxgkCbFreeAdl, NULL);
	ANSWER(DxgkCbOpenPhysicalMemoryObject, STATUS_NOT_SUPPORTED, NULL);
	NOTHING(DxgkCbClosePhysicalMemoryObject, NULL);
	ANSWER(DxgkCbPinFrameBufferForSave2, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbDisconnectDoorbell, STATUS_NOT_SUPPORTED, NULL);
	/* clang-format on */
	memcpy(&untyped, &rig.dxgk.DxgkCbMitigatedRangeUpdate, sizeof(untyped));
	CHECK(untyped() == NULL);
	expect_name(&rig, "DxgkCbMitigatedRangeUpdate");
	memcpy(&untyped, &rig.dxgk.DxgkCbUnblockUEFIFrameBufferRanges,
	       sizeof(untyped));
	CHECK(untyped() == NULL);
	expect_name(&rig, "DxgkCbUnblockUEFIFrameBufferRanges");
	CHECK(count > 0);
	rig_down(&rig);
}

/* All 68 typed stubs, those behind implemented slots included. */
static void every_slot_has_a_stub_of_its_own_name(void **state)
{
	const DXGKARGCB_RELEASEHANDLEDATA release = { 0 };
	DXGKRNL_INTERFACE stubs;
	struct rig rig;
	int count = 0;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	iolas__dxgk_interface_stubs(&stubs);
	rig.dxgk = stubs;
	/* clang-format off */
	ANSWER(DxgkCbEvalAcpiMethod, STATUS_NOT_SUPPORTED, NULL, 0, NULL, 0,
		NULL, 0);
	ANSWER(DxgkCbGetDeviceInformation, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbIndicateChildStatus, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbMapMemory, STATUS_NOT_SUPPORTED, NULL, pa_of(0), 0, 0, 0,
		0, NULL);
	ANSWER(DxgkCbQueueDpc, FALSE, NULL);
	ANSWER(DxgkCbQueryServices, STATUS_NOT_SUPPORTED, NULL, 0, NULL);
	ANSWER(DxgkCbReadDeviceSpace, STATUS_NOT_SUPPORTED, NULL, 0, NULL, 0,
		0, NULL);
	ANSWER(DxgkCbSynchronizeExecution, STATUS_NOT_SUPPORTED, NULL, NULL,
		NULL, 0, NULL);
	ANSWER(DxgkCbUnmapMemory, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbWriteDeviceSpace, STATUS_NOT_SUPPORTED, NULL, 0, NULL, 0,
		0, NULL);
	ANSWER(DxgkCbIsDevicePresent, STATUS_NOT_SUPPORTED, NULL, NULL, NULL);
	ANSWER(DxgkCbGetHandleData, NULL, NULL);
	ANSWER(DxgkCbGetHandleParent, 0, 0);
	ANSWER(DxgkCbEnumHandleChildren, 0, NULL);
	NOTHING(DxgkCbNotifyInterrupt, NULL, NULL);
	NOTHING(DxgkCbNotifyDpc, NULL);
	ANSWER(DxgkCbQueryVidPnInterface, STATUS_NOT_SUPPORTED, NULL, 0, NULL);
	ANSWER(DxgkCbQueryMonitorInterface, STATUS_NOT_SUPPORTED, NULL, 0,
		NULL);
	ANSWER(DxgkCbGetCaptureAddress, STATUS_NOT_SUPPORTED, NULL);
	NOTHING(DxgkCbLogEtwEvent, NULL, 0, 0, NULL);
	ANSWER(DxgkCbExcludeAdapterAccess, STATUS_NOT_SUPPORTED, NULL, 0,
		NULL, NULL);
	ANSWER(DxgkCbCreateContextAllocation, STATUS_NOT_SUPPORTED, NULL);
	ANSWER(DxgkCbDestroyContextAllocation, STATUS_NOT_SUPPORTED, NULL,
		NULL);
	NOTHING(DxgkCbSetPowerComponentActive, NULL, 0);
	NOTHING(DxgkCbSetPowerComponentIdle, NULL, 0);
	ANSWER(DxgkCbAcquirePostDisplayOwnership, STATUS_NOT_SUPPORTED, NULL,
		NULL);
	ANSWER(DxgkCbPowerRuntimeControlRequest, STATUS_NOT_SUPPORTED, NULL,
		NULL, NULL, 0, NULL, 0, NULL);
	NOTHING(DxgkCbSetPowerComponentLatency, NULL, 0, 0);
	NOTHING(DxgkCbSetPowerComponentResidency, NULL, 0, 0);
	NOTHING(DxgkCbCompleteFStateTransition, NULL, 0);
	NOTHING(DxgkCbCompletePStateTransition, NULL, 0, 0);
	ANSWER(DxgkCbMapContextAllocation, 0, NULL, NULL);
	ANSWER(DxgkCbUpdateContextAllocation, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbReserveGpuVirtualAddressRange, STATUS_NOT_SUPPORTED,
		NULL, NULL);
	ANSWER(DxgkCbAcquireHandleData, NULL, NULL, NULL);
	NOTHING(DxgkCbReleaseHandleData, release);
	NOTHING(DxgkCbHardwareContentProtectionTeardown, NULL, 0);
	NOTHING(DxgkCbMultiPlaneOverlayDisabled, NULL, 0);
	ANSWER(DxgkCbInvalidateHwContext, STATUS_NOT_SUPPORTED, NULL);
	ANSWER(DxgkCbIndicateConnectorChange, STATUS_NOT_SUPPORTED, NULL);
	ANSWER(DxgkCbAcquirePostDisplayOwnership2, STATUS_NOT_SUPPORTED, NULL,
		NULL, NULL);
	ANSWER(DxgkCbSetProtectedSessionStatus, STATUS_NOT_SUPPORTED, NULL);
	ANSWER(DxgkCbAllocateContiguousMemory, STATUS_NOT_SUPPORTED, NULL,
		NULL);
	ANSWER(DxgkCbFreeContiguousMemory, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbAllocatePagesForMdl, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbFreePagesFromMdl, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbPinFrameBufferForSave, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbUnpinFrameBufferForSave, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbMapFrameBufferPointer, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbUnmapFrameBufferPointer, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbMapMdlToIoMmu, STATUS_NOT_SUPPORTED, NULL, NULL);
	NOTHING(DxgkCbUnmapMdlFromIoMmu, NULL, NULL);
	ANSWER(DxgkCbReportDiagnostic, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbSignalEvent, STATUS_NOT_SUPPORTED, NULL);
	ANSWER(DxgkCbIsFeatureEnabled, STATUS_NOT_SUPPORTED, NULL);
	ANSWER(DxgkCbSaveMemoryForHotUpdate, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbNotifyCursorSupportChange, STATUS_NOT_SUPPORTED, NULL);
	ANSWER(DxgkCbQueryFeatureSupport, STATUS_NOT_SUPPORTED, NULL);
	ANSWER(DxgkCbCreatePhysicalMemoryObject, STATUS_NOT_SUPPORTED, NULL);
	NOTHING(DxgkCbDestroyPhysicalMemoryObject, NULL);
	ANSWER(DxgkCbMapPhysicalMemory, STATUS_NOT_SUPPORTED, NULL);
	NOTHING(DxgkCbUnmapPhysicalMemory, NULL);
	ANSWER(DxgkCbAllocateAdl, STATUS_NOT_SUPPORTED, NULL);
	NOTHING(DxgkCbFreeAdl, NULL);
	ANSWER(DxgkCbOpenPhysicalMemoryObject, STATUS_NOT_SUPPORTED, NULL);
	NOTHING(DxgkCbClosePhysicalMemoryObject, NULL);
	ANSWER(DxgkCbPinFrameBufferForSave2, STATUS_NOT_SUPPORTED, NULL, NULL);
	ANSWER(DxgkCbDisconnectDoorbell, STATUS_NOT_SUPPORTED, NULL);
	/* clang-format on */
	CHECK_EQ(count, DXGKRNL_INTERFACE_SLOT_COUNT - 2);
	rig_down(&rig);
}

static void a_trapping_adapter_aborts_at_a_stub(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	fflush(NULL);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		DXGKRNL_INTERFACE stubs;
		struct rig rig;

		rig_machine(&rig, NULL);
		rig_adapter(&rig, &(struct iolas_dxgk_adapter_config){
					  .flags = IOLAS_DXGK_TRAP });
		iolas__dxgk_interface_stubs(&stubs);
		stubs.DxgkCbSignalEvent(NULL);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

RUN_CASES(CASE(the_lower_of_both_versions_is_offered_at_its_size),
	  CASE(an_untrimmed_interface_is_as_long_as_ours),
	  CASE(a_driver_with_another_header_copies_what_both_know),
	  CASE(broken_requests_for_an_interface_are_refused),
	  CASE(each_stub_reports_its_own_name_and_answers_by_prototype),
	  CASE(every_slot_has_a_stub_of_its_own_name),
	  CASE(a_trapping_adapter_aborts_at_a_stub))
