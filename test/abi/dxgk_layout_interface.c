/* SPDX-License-Identifier: MIT */
/*
 * Layout of DXGKRNL_INTERFACE: every slot of the table in spec/dxgk.md,
 * section C, with both of its columns, and the sizes by version below it; then
 * dxgk_slots.h and dxgk_versions.h against the same facts.
 */
#include "dxgk_layout.h"

#include <dispmprt.h>

#define SLOT(index, member, x64, x86)                                       \
	ASSERT_OFFSET(DXGKRNL_INTERFACE, member, x64, x86)                  \
	ASSERT_WIDTH(DXGKRNL_INTERFACE, member, 8, 4)                       \
	FACT(DXGKRNL_SLOT_X64(index) == (x64), "x64 place of slot " #index) \
	FACT(DXGKRNL_SLOT_X86(index) == (x86), "x86 place of slot " #index)

ASSERT_OFFSET(DXGKRNL_INTERFACE, Size, 0, 0)
ASSERT_OFFSET(DXGKRNL_INTERFACE, Version, 4, 4)
ASSERT_OFFSET(DXGKRNL_INTERFACE, DeviceHandle, 8, 8)
SLOT(0, DxgkCbEvalAcpiMethod, 0x010, 0x00C)
SLOT(1, DxgkCbGetDeviceInformation, 0x018, 0x010)
SLOT(2, DxgkCbIndicateChildStatus, 0x020, 0x014)
SLOT(3, DxgkCbMapMemory, 0x028, 0x018)
SLOT(4, DxgkCbQueueDpc, 0x030, 0x01C)
SLOT(5, DxgkCbQueryServices, 0x038, 0x020)
SLOT(6, DxgkCbReadDeviceSpace, 0x040, 0x024)
SLOT(7, DxgkCbSynchronizeExecution, 0x048, 0x028)
SLOT(8, DxgkCbUnmapMemory, 0x050, 0x02C)
SLOT(9, DxgkCbWriteDeviceSpace, 0x058, 0x030)
SLOT(10, DxgkCbIsDevicePresent, 0x060, 0x034)
SLOT(11, DxgkCbGetHandleData, 0x068, 0x038)
SLOT(12, DxgkCbGetHandleParent, 0x070, 0x03C)
SLOT(13, DxgkCbEnumHandleChildren, 0x078, 0x040)
SLOT(14, DxgkCbNotifyInterrupt, 0x080, 0x044)
SLOT(15, DxgkCbNotifyDpc, 0x088, 0x048)
SLOT(16, DxgkCbQueryVidPnInterface, 0x090, 0x04C)
SLOT(17, DxgkCbQueryMonitorInterface, 0x098, 0x050)
SLOT(18, DxgkCbGetCaptureAddress, 0x0A0, 0x054)
SLOT(19, DxgkCbLogEtwEvent, 0x0A8, 0x058)
SLOT(20, DxgkCbExcludeAdapterAccess, 0x0B0, 0x05C)
SLOT(21, DxgkCbCreateContextAllocation, 0x0B8, 0x060)
SLOT(22, DxgkCbDestroyContextAllocation, 0x0C0, 0x064)
SLOT(23, DxgkCbSetPowerComponentActive, 0x0C8, 0x068)
SLOT(24, DxgkCbSetPowerComponentIdle, 0x0D0, 0x06C)
SLOT(25, DxgkCbAcquirePostDisplayOwnership, 0x0D8, 0x070)
SLOT(26, DxgkCbPowerRuntimeControlRequest, 0x0E0, 0x074)
SLOT(27, DxgkCbSetPowerComponentLatency, 0x0E8, 0x078)
SLOT(28, DxgkCbSetPowerComponentResidency, 0x0F0, 0x07C)
SLOT(29, DxgkCbCompleteFStateTransition, 0x0F8, 0x080)
SLOT(30, DxgkCbCompletePStateTransition, 0x100, 0x084)
SLOT(31, DxgkCbMapContextAllocation, 0x108, 0x088)
SLOT(32, DxgkCbUpdateContextAllocation, 0x110, 0x08C)
SLOT(33, DxgkCbReserveGpuVirtualAddressRange, 0x118, 0x090)
SLOT(34, DxgkCbAcquireHandleData, 0x120, 0x094)
SLOT(35, DxgkCbReleaseHandleData, 0x128, 0x098)
SLOT(36, DxgkCbHardwareContentProtectionTeardown, 0x130, 0x09C)
SLOT(37, DxgkCbMultiPlaneOverlayDisabled, 0x138, 0x0A0)
SLOT(38, DxgkCbMitigatedRangeUpdate, 0x140, 0x0A4)
SLOT(39, DxgkCbInvalidateHwContext, 0x148, 0x0A8)
SLOT(40, DxgkCbIndicateConnectorChange, 0x150, 0x0AC)
SLOT(41, DxgkCbUnblockUEFIFrameBufferRanges, 0x158, 0x0B0)
SLOT(42, DxgkCbAcquirePostDisplayOwnership2, 0x160, 0x0B4)
SLOT(43, DxgkCbSetProtectedSessionStatus, 0x168, 0x0B8)
SLOT(44, DxgkCbAllocateContiguousMemory, 0x170, 0x0BC)
SLOT(45, DxgkCbFreeContiguousMemory, 0x178, 0x0C0)
SLOT(46, DxgkCbAllocatePagesForMdl, 0x180, 0x0C4)
SLOT(47, DxgkCbFreePagesFromMdl, 0x188, 0x0C8)
SLOT(48, DxgkCbPinFrameBufferForSave, 0x190, 0x0CC)
SLOT(49, DxgkCbUnpinFrameBufferForSave, 0x198, 0x0D0)
SLOT(50, DxgkCbMapFrameBufferPointer, 0x1A0, 0x0D4)
SLOT(51, DxgkCbUnmapFrameBufferPointer, 0x1A8, 0x0D8)
SLOT(52, DxgkCbMapMdlToIoMmu, 0x1B0, 0x0DC)
SLOT(53, DxgkCbUnmapMdlFromIoMmu, 0x1B8, 0x0E0)
SLOT(54, DxgkCbReportDiagnostic, 0x1C0, 0x0E4)
SLOT(55, DxgkCbSignalEvent, 0x1C8, 0x0E8)
SLOT(56, DxgkCbIsFeatureEnabled, 0x1D0, 0x0EC)
SLOT(57, DxgkCbSaveMemoryForHotUpdate, 0x1D8, 0x0F0)
SLOT(58, DxgkCbNotifyCursorSupportChange, 0x1E0, 0x0F4)
SLOT(59, DxgkCbQueryFeatureSupport, 0x1E8, 0x0F8)
SLOT(60, DxgkCbCreatePhysicalMemoryObject, 0x1F0, 0x0FC)
SLOT(61, DxgkCbDestroyPhysicalMemoryObject, 0x1F8, 0x100)
SLOT(62, DxgkCbMapPhysicalMemory, 0x200, 0x104)
SLOT(63, DxgkCbUnmapPhysicalMemory, 0x208, 0x108)
SLOT(64, DxgkCbAllocateAdl, 0x210, 0x10C)
SLOT(65, DxgkCbFreeAdl, 0x218, 0x110)
SLOT(66, DxgkCbOpenPhysicalMemoryObject, 0x220, 0x114)
SLOT(67, DxgkCbClosePhysicalMemoryObject, 0x228, 0x118)
SLOT(68, DxgkCbPinFrameBufferForSave2, 0x230, 0x11C)
SLOT(69, DxgkCbDisconnectDoorbell, 0x238, 0x120)

/* A version's table ends where the first slot of the next version lies. */
ASSERT_OFFSET(DXGKRNL_INTERFACE, DxgkCbCreateContextAllocation, 0xB8, 0x60)
ASSERT_OFFSET(DXGKRNL_INTERFACE, DxgkCbCompletePStateTransition, 0x100, 0x84)
ASSERT_OFFSET(DXGKRNL_INTERFACE, DxgkCbMapContextAllocation, 0x108, 0x88)
ASSERT_OFFSET(DXGKRNL_INTERFACE, DxgkCbMultiPlaneOverlayDisabled, 0x138, 0xA0)
ASSERT_OFFSET(DXGKRNL_INTERFACE, DxgkCbInvalidateHwContext, 0x148, 0xA8)
ASSERT_OFFSET(DXGKRNL_INTERFACE, DxgkCbSetProtectedSessionStatus, 0x168, 0xB8)
ASSERT_OFFSET(DXGKRNL_INTERFACE, DxgkCbAllocateContiguousMemory, 0x170, 0xBC)
ASSERT_OFFSET(DXGKRNL_INTERFACE, DxgkCbSignalEvent, 0x1C8, 0xE8)
ASSERT_OFFSET(DXGKRNL_INTERFACE, DxgkCbIsFeatureEnabled, 0x1D0, 0xEC)
ASSERT_OFFSET(DXGKRNL_INTERFACE, DxgkCbNotifyCursorSupportChange, 0x1E0, 0xF4)
ASSERT_OFFSET(DXGKRNL_INTERFACE, DxgkCbQueryFeatureSupport, 0x1E8, 0xF8)
ASSERT_OFFSET(DXGKRNL_INTERFACE, DxgkCbDisconnectDoorbell, 0x238, 0x120)
ASSERT_SIZE(DXGKRNL_INTERFACE, 0x240, 0x124)

/* The list in dxgk_slots.h names the same members at the same places. */
#define LISTED(index, member, x64, since)                                     \
	FACT(offsetof(DXGKRNL_INTERFACE, member) ==                           \
		     (sizeof(void *) == 8 ? (x64) : DXGKRNL_SLOT_X86(index)), \
	     "listed place of " #member)
DXGKRNL_INTERFACE_SLOTS(LISTED)

/* The sizes in dxgk_versions.h agree with the gates in dxgk_slots.h. */
#define COUNTED(index, member, x64, since) +((since) <= limit)
#define SIZED(version, x64, x86)                                         \
	__attribute__((unused)) static void size_of_##version(void)      \
	{                                                                \
		enum { limit = (version) };                              \
		enum { count = 0 DXGKRNL_INTERFACE_SLOTS(COUNTED) };     \
		FACT(DXGKRNL_SLOT_X64(count) == (x64), "x64, " #version) \
		FACT(DXGKRNL_SLOT_X86(count) == (x86), "x86, " #version) \
	}
DXGKRNL_INTERFACE_SIZES(SIZED)

/* spec/dxgk.md, section 0. */
ASSERT_VALUE(DXGKDDI_INTERFACE_VERSION_VISTA, 0x1052)
ASSERT_VALUE(DXGKDDI_INTERFACE_VERSION_VISTA_SP1, 0x1053)
ASSERT_VALUE(DXGKDDI_INTERFACE_VERSION_WIN7, 0x2005)
ASSERT_VALUE(DXGKDDI_INTERFACE_VERSION_WIN8, 0x300E)
ASSERT_VALUE(DXGKDDI_INTERFACE_VERSION_WDDM1_3, 0x4002)
ASSERT_VALUE(DXGKDDI_INTERFACE_VERSION_WDDM1_3_PATH_INDEPENDENT_ROTATION,
	     0x4003)
ASSERT_VALUE(DXGKDDI_INTERFACE_VERSION_WDDM2_0, 0x5023)
ASSERT_VALUE(DXGKDDI_INTERFACE_VERSION_WDDM2_1, 0x6003)
ASSERT_VALUE(DXGKDDI_INTERFACE_VERSION_WDDM2_1_5, 0x6010)
ASSERT_VALUE(DXGKDDI_INTERFACE_VERSION_WDDM2_1_6, 0x6011)
ASSERT_VALUE(DXGKDDI_INTERFACE_VERSION_WDDM2_2, 0x700A)
ASSERT_VALUE(DXGKDDI_INTERFACE_VERSION_WDDM2_3, 0x8001)
ASSERT_VALUE(DXGKDDI_INTERFACE_VERSION_WDDM2_4, 0x9006)
ASSERT_VALUE(DXGKDDI_INTERFACE_VERSION_WDDM2_5, 0xA00B)
ASSERT_VALUE(DXGKDDI_INTERFACE_VERSION_WDDM2_6, 0xB004)
ASSERT_VALUE(DXGKDDI_INTERFACE_VERSION_WDDM2_7, 0xC004)
ASSERT_VALUE(DXGKDDI_INTERFACE_VERSION_WDDM2_8, 0xD001)
ASSERT_VALUE(DXGKDDI_INTERFACE_VERSION_WDDM2_9, 0xE003)
ASSERT_VALUE(DXGKDDI_INTERFACE_VERSION_WDDM3_0, 0xF003)
ASSERT_VALUE(DXGKDDI_INTERFACE_VERSION_WDDM3_1, 0x10004)
ASSERT_VALUE(DXGKDDI_INTERFACE_VERSION_WDDM3_2, 0x11007)
