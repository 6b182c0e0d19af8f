/* SPDX-License-Identifier: MIT */
/*
 * One stub per slot of DXGKRNL_INTERFACE, of the slot's own type: it reports
 * its name and answers STATUS_NOT_SUPPORTED, NULL, 0 or nothing by prototype.
 * The parameters stand there for their types only.
 */
#include "dxgk/dxgk_interface.h"

#include <stdlib.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wunused-parameter"

/* hAdapter's adapter, or whose driver else it can be; NULL: unknown. */
static struct iolas_dxgk_adapter *caller_of(const void *handle)
{
	struct iolas_dxgk_machine *machine = iolas_dxgk_machine_current();
	struct iolas_dxgk_adapter *adapter = iolas__dxgk_context();
	struct iolas__dxgk_handle copy;

	if (iolas__dxgk_handle_find(iolas__dxgk_wide(), dxgk_handle_in(handle),
				    DXGK_KIND_ADAPTER, NULL, &copy, NULL,
				    NULL) == DXGK_HANDLE_FOUND)
		return copy.object;
	if (!adapter && machine) {
		pthread_mutex_lock(&machine->lock);
		adapter = machine->adapters;
		pthread_mutex_unlock(&machine->lock);
	}
	return adapter;
}

static void report_stub(const struct iolas__dxgk_call *call, const void *handle)
{
	struct iolas_dxgk_adapter *adapter = caller_of(handle);

	iolas__dxgk_report(
		&(struct iolas__dxgk_report){
			.adapter = adapter,
			.call = call,
			.rule = IOLAS_DXGK_RULE_NOT_IMPLEMENTED,
			.handle = dxgk_handle_in(handle) },
		"%s is not implemented", call->name);
	if (adapter && adapter->config.flags & IOLAS_DXGK_TRAP) {
		const struct iolas_host *host = &adapter->machine->host;

		if (host->log)
			host->log(host->user, IOLAS_LOG_ERROR, call->name);
		abort();
	}
}

#define STUB(type, member, parameters, handle, result) \
	static type APIENTRY stub_##member parameters  \
	{                                              \
		DXGK_CALL(#member);                    \
                                                       \
		report_stub(&call, handle);            \
		return result;                         \
	}

#define STUB_VOID(member, parameters, handle)         \
	static VOID APIENTRY stub_##member parameters \
	{                                             \
		DXGK_CALL(#member);                   \
                                                      \
		report_stub(&call, handle);           \
	}

/* clang-format off */
STUB(NTSTATUS, DxgkCbEvalAcpiMethod,
     (HANDLE DeviceHandle, ULONG DeviceUid, PACPI_EVAL_INPUT_BUFFER_COMPLEX
      AcpiInputBuffer, ULONG AcpiInputBufferSize, PACPI_EVAL_OUTPUT_BUFFER
      AcpiOutputBuffer, ULONG AcpiOutputBufferSize),
     DeviceHandle, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbGetDeviceInformation,
     (HANDLE DeviceHandle, PDXGK_DEVICE_INFO DeviceInfo),
     DeviceHandle, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbIndicateChildStatus,
     (HANDLE DeviceHandle, PDXGK_CHILD_STATUS ChildStatus),
     DeviceHandle, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbMapMemory,
     (HANDLE DeviceHandle, PHYSICAL_ADDRESS TranslatedAddress, ULONG Length,
      BOOLEAN InIoSpace, BOOLEAN MapToUserMode, MEMORY_CACHING_TYPE CacheType,
      PVOID *VirtualAddress),
     DeviceHandle, STATUS_NOT_SUPPORTED)
STUB(BOOLEAN, DxgkCbQueueDpc,
     (HANDLE DeviceHandle),
     DeviceHandle, FALSE)
STUB(NTSTATUS, DxgkCbQueryServices,
     (HANDLE DeviceHandle, DXGK_SERVICES ServicesType, PINTERFACE Interface),
     DeviceHandle, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbReadDeviceSpace,
     (HANDLE DeviceHandle, ULONG DataType, PVOID Buffer, ULONG Offset, ULONG
      Length, PULONG BytesRead),
     DeviceHandle, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbSynchronizeExecution,
     (HANDLE DeviceHandle, PKSYNCHRONIZE_ROUTINE SynchronizeRoutine, PVOID
      Context, ULONG MessageNumber, PBOOLEAN ReturnValue),
     DeviceHandle, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbUnmapMemory,
     (HANDLE DeviceHandle, PVOID VirtualAddress),
     DeviceHandle, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbWriteDeviceSpace,
     (HANDLE DeviceHandle, ULONG DataType, PVOID Buffer, ULONG Offset, ULONG
      Length, PULONG BytesWritten),
     DeviceHandle, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbIsDevicePresent,
     (HANDLE DeviceHandle, PPCI_DEVICE_PRESENCE_PARAMETERS
      DevicePresenceParameters, PBOOLEAN DevicePresent),
     DeviceHandle, STATUS_NOT_SUPPORTED)
STUB(VOID *, DxgkCbGetHandleData,
     (const DXGKARGCB_GETHANDLEDATA *pArgs),
     NULL, NULL)
STUB(D3DKMT_HANDLE, DxgkCbGetHandleParent,
     (D3DKMT_HANDLE hAllocation),
     NULL, 0)
STUB(D3DKMT_HANDLE, DxgkCbEnumHandleChildren,
     (const DXGKARGCB_ENUMHANDLECHILDREN *pArgs),
     NULL, 0)
STUB_VOID(DxgkCbNotifyInterrupt,
     (const HANDLE hAdapter, const DXGKARGCB_NOTIFY_INTERRUPT_DATA *pData),
     hAdapter)
STUB_VOID(DxgkCbNotifyDpc,
     (const HANDLE hAdapter),
     hAdapter)
STUB(NTSTATUS, DxgkCbQueryVidPnInterface,
     (const D3DKMDT_HVIDPN hVidPn, const DXGK_VIDPN_INTERFACE_VERSION
      VidPnInterfaceVersion, const DXGK_VIDPN_INTERFACE **ppVidPnInterface),
     NULL, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbQueryMonitorInterface,
     (const HANDLE hAdapter, const DXGK_MONITOR_INTERFACE_VERSION
      MonitorInterfaceVersion, const DXGK_MONITOR_INTERFACE
      **ppMonitorInterface),
     hAdapter, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbGetCaptureAddress,
     (DXGKARGCB_GETCAPTUREADDRESS *pArgs),
     NULL, STATUS_NOT_SUPPORTED)
STUB_VOID(DxgkCbLogEtwEvent,
     (LPCGUID EventGuid, UCHAR Type, USHORT EventBufferSize, PVOID
      EventBuffer),
     NULL)
STUB(NTSTATUS, DxgkCbExcludeAdapterAccess,
     (HANDLE DeviceHandle, ULONG Attributes, DXGKDDI_PROTECTED_CALLBACK
      DxgkProtectedCallback, PVOID ProtectedCallbackContext),
     DeviceHandle, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbCreateContextAllocation,
     (DXGKARGCB_CREATECONTEXTALLOCATION *pArgs),
     NULL, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbDestroyContextAllocation,
     (const HANDLE hAdapter, const HANDLE hAllocation),
     hAdapter, STATUS_NOT_SUPPORTED)
STUB_VOID(DxgkCbSetPowerComponentActive,
     (const HANDLE hAdapter, UINT ComponentIndex),
     hAdapter)
STUB_VOID(DxgkCbSetPowerComponentIdle,
     (const HANDLE hAdapter, UINT ComponentIndex),
     hAdapter)
STUB(NTSTATUS, DxgkCbAcquirePostDisplayOwnership,
     (HANDLE DeviceHandle, PDXGK_DISPLAY_INFORMATION DisplayInfo),
     DeviceHandle, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbPowerRuntimeControlRequest,
     (const HANDLE hAdapter, LPCGUID PowerControlCode, PVOID InBuffer, SIZE_T
      InBufferSize, PVOID OutBuffer, SIZE_T OutBufferSize, PSIZE_T
      BytesReturned),
     hAdapter, STATUS_NOT_SUPPORTED)
STUB_VOID(DxgkCbSetPowerComponentLatency,
     (const HANDLE hAdapter, UINT ComponentIndex, ULONGLONG Latency),
     hAdapter)
STUB_VOID(DxgkCbSetPowerComponentResidency,
     (const HANDLE hAdapter, UINT ComponentIndex, ULONGLONG Residency),
     hAdapter)
STUB_VOID(DxgkCbCompleteFStateTransition,
     (const HANDLE hAdapter, UINT ComponentIndex),
     hAdapter)
STUB_VOID(DxgkCbCompletePStateTransition,
     (const HANDLE hAdapter, UINT ComponentIndex, UINT CompletedPState),
     hAdapter)
STUB(D3DGPU_VIRTUAL_ADDRESS, DxgkCbMapContextAllocation,
     (const HANDLE hAdapter, const DXGKARGCB_MAPCONTEXTALLOCATION *pArgs),
     hAdapter, 0)
STUB(NTSTATUS, DxgkCbUpdateContextAllocation,
     (const HANDLE hAdapter, const DXGKARGCB_UPDATECONTEXTALLOCATION *pArgs),
     hAdapter, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbReserveGpuVirtualAddressRange,
     (const HANDLE hAdapter, DXGKARGCB_RESERVEGPUVIRTUALADDRESSRANGE *pArgs),
     hAdapter, STATUS_NOT_SUPPORTED)
STUB(VOID *, DxgkCbAcquireHandleData,
     (const DXGKARGCB_GETHANDLEDATA *pArgs, DXGKARG_RELEASE_HANDLE
      *pReleaseHandle),
     NULL, NULL)
STUB_VOID(DxgkCbReleaseHandleData,
     (const DXGKARGCB_RELEASEHANDLEDATA Args),
     NULL)
STUB_VOID(DxgkCbHardwareContentProtectionTeardown,
     (const HANDLE hAdapter, UINT Flags),
     hAdapter)
STUB_VOID(DxgkCbMultiPlaneOverlayDisabled,
     (const HANDLE hAdapter, D3DDDI_VIDEO_PRESENT_SOURCE_ID VidPnSourceId),
     hAdapter)
STUB(PVOID, DxgkCbMitigatedRangeUpdate,
     (VOID),
     NULL, NULL)
STUB(NTSTATUS, DxgkCbInvalidateHwContext,
     (DXGKARGCB_INVALIDATEHWCONTEXT *pArgs),
     NULL, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbIndicateConnectorChange,
     (const HANDLE hAdapter),
     hAdapter, STATUS_NOT_SUPPORTED)
STUB(PVOID, DxgkCbUnblockUEFIFrameBufferRanges,
     (VOID),
     NULL, NULL)
STUB(NTSTATUS, DxgkCbAcquirePostDisplayOwnership2,
     (HANDLE DeviceHandle, PDXGK_DISPLAY_INFORMATION DisplayInfo,
      PDXGK_DISPLAY_OWNERSHIP_FLAGS Flags),
     DeviceHandle, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbSetProtectedSessionStatus,
     (const DXGKARGCB_PROTECTEDSESSIONSTATUS *pArgs),
     NULL, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbAllocateContiguousMemory,
     (const HANDLE hAdapter, DXGKARGCB_ALLOCATECONTIGUOUSMEMORY *pArgs),
     hAdapter, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbFreeContiguousMemory,
     (const HANDLE hAdapter, const DXGKARGCB_FREECONTIGUOUSMEMORY *pArgs),
     hAdapter, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbAllocatePagesForMdl,
     (const HANDLE hAdapter, DXGKARGCB_ALLOCATEPAGESFORMDL *pArgs),
     hAdapter, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbFreePagesFromMdl,
     (const HANDLE hAdapter, const DXGKARGCB_FREEPAGESFROMMDL *pArgs),
     hAdapter, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbPinFrameBufferForSave,
     (const HANDLE hAdapter, DXGKARGCB_PINFRAMEBUFFERFORSAVE *pArgs),
     hAdapter, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbUnpinFrameBufferForSave,
     (const HANDLE hAdapter, const DXGKARGCB_UNPINFRAMEBUFFERFORSAVE *pArgs),
     hAdapter, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbMapFrameBufferPointer,
     (const HANDLE hAdapter, DXGKARGCB_MAPFRAMEBUFFERPOINTER *pArgs),
     hAdapter, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbUnmapFrameBufferPointer,
     (const HANDLE hAdapter, const DXGKARGCB_UNMAPFRAMEBUFFERPOINTER *pArgs),
     hAdapter, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbMapMdlToIoMmu,
     (const HANDLE hAdapter, DXGKARGCB_MAPMDLTOIOMMU *pArgs),
     hAdapter, STATUS_NOT_SUPPORTED)
STUB_VOID(DxgkCbUnmapMdlFromIoMmu,
     (const HANDLE hAdapter, const DXGKARGCB_UNMAPMDLFROMIOMMU *pArgs),
     hAdapter)
STUB(NTSTATUS, DxgkCbReportDiagnostic,
     (HANDLE DeviceHandle, DXGK_DIAGNOSTIC_HEADER *pDiagnostic),
     DeviceHandle, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbSignalEvent,
     (DXGKARGCB_SIGNALEVENT *pArgs),
     NULL, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbIsFeatureEnabled,
     (DXGKARGCB_ISFEATUREENABLED *pArgs),
     NULL, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbSaveMemoryForHotUpdate,
     (const HANDLE hAdapter, const DXGKARGCB_SAVEMEMORYFORHOTUPDATE *pArgs),
     hAdapter, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbNotifyCursorSupportChange,
     (const DXGKARGCB_NOTIFYCURSORSUPPORTCHANGE *pArgs),
     NULL, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbQueryFeatureSupport,
     (DXGKARGCB_QUERYFEATURESUPPORT *pArgs),
     NULL, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbCreatePhysicalMemoryObject,
     (DXGKARGCB_CREATE_PHYSICAL_MEMORY_OBJECT *pArgs),
     NULL, STATUS_NOT_SUPPORTED)
STUB_VOID(DxgkCbDestroyPhysicalMemoryObject,
     (const DXGKARGCB_DESTROY_PHYSICAL_MEMORY_OBJECT *pArgs),
     NULL)
STUB(NTSTATUS, DxgkCbMapPhysicalMemory,
     (DXGKARGCB_MAP_PHYSICAL_MEMORY *pArgs),
     NULL, STATUS_NOT_SUPPORTED)
STUB_VOID(DxgkCbUnmapPhysicalMemory,
     (const DXGKARGCB_UNMAP_PHYSICAL_MEMORY *pArgs),
     NULL)
STUB(NTSTATUS, DxgkCbAllocateAdl,
     (DXGKARGCB_ALLOCATE_ADL *pArgs),
     NULL, STATUS_NOT_SUPPORTED)
STUB_VOID(DxgkCbFreeAdl,
     (const DXGKARGCB_FREE_ADL *pArgs),
     NULL)
STUB(NTSTATUS, DxgkCbOpenPhysicalMemoryObject,
     (DXGKARGCB_OPEN_PHYSICAL_MEMORY_OBJECT *pArgs),
     NULL, STATUS_NOT_SUPPORTED)
STUB_VOID(DxgkCbClosePhysicalMemoryObject,
     (const DXGKARGCB_CLOSE_PHYSICAL_MEMORY_OBJECT *pArgs),
     NULL)
STUB(NTSTATUS, DxgkCbPinFrameBufferForSave2,
     (const HANDLE hAdapter, DXGKARGCB_PINFRAMEBUFFERFORSAVE2 *pArgs),
     hAdapter, STATUS_NOT_SUPPORTED)
STUB(NTSTATUS, DxgkCbDisconnectDoorbell,
     (DXGKARGCB_DISCONNECTDOORBELL *pArgs),
     NULL, STATUS_NOT_SUPPORTED)
/* clang-format on */

/* The two slots whose prototypes are not published. */
static void set_untyped(PVOID *slot, PVOID(APIENTRY *stub)(VOID))
{
	_Static_assert(sizeof(stub) == sizeof(*slot), "pointers are alike");
	memcpy(slot, &stub, sizeof(*slot));
}

static const DXGKRNL_INTERFACE stubs = {
	/* clang-format off */
	.DxgkCbEvalAcpiMethod = stub_DxgkCbEvalAcpiMethod,
	.DxgkCbGetDeviceInformation = stub_DxgkCbGetDeviceInformation,
	.DxgkCbIndicateChildStatus = stub_DxgkCbIndicateChildStatus,
	.DxgkCbMapMemory = stub_DxgkCbMapMemory,
	.DxgkCbQueueDpc = stub_DxgkCbQueueDpc,
	.DxgkCbQueryServices = stub_DxgkCbQueryServices,
	.DxgkCbReadDeviceSpace = stub_DxgkCbReadDeviceSpace,
	.DxgkCbSynchronizeExecution = stub_DxgkCbSynchronizeExecution,
	.DxgkCbUnmapMemory = stub_DxgkCbUnmapMemory,
	.DxgkCbWriteDeviceSpace = stub_DxgkCbWriteDeviceSpace,
	.DxgkCbIsDevicePresent = stub_DxgkCbIsDevicePresent,
	.DxgkCbGetHandleData = stub_DxgkCbGetHandleData,
	.DxgkCbGetHandleParent = stub_DxgkCbGetHandleParent,
	.DxgkCbEnumHandleChildren = stub_DxgkCbEnumHandleChildren,
	.DxgkCbNotifyInterrupt = stub_DxgkCbNotifyInterrupt,
	.DxgkCbNotifyDpc = stub_DxgkCbNotifyDpc,
	.DxgkCbQueryVidPnInterface = stub_DxgkCbQueryVidPnInterface,
	.DxgkCbQueryMonitorInterface = stub_DxgkCbQueryMonitorInterface,
	.DxgkCbGetCaptureAddress = stub_DxgkCbGetCaptureAddress,
	.DxgkCbLogEtwEvent = stub_DxgkCbLogEtwEvent,
	.DxgkCbExcludeAdapterAccess = stub_DxgkCbExcludeAdapterAccess,
	.DxgkCbCreateContextAllocation = stub_DxgkCbCreateContextAllocation,
	.DxgkCbDestroyContextAllocation = stub_DxgkCbDestroyContextAllocation,
	.DxgkCbSetPowerComponentActive = stub_DxgkCbSetPowerComponentActive,
	.DxgkCbSetPowerComponentIdle = stub_DxgkCbSetPowerComponentIdle,
	.DxgkCbAcquirePostDisplayOwnership = stub_DxgkCbAcquirePostDisplayOwnership,
	.DxgkCbPowerRuntimeControlRequest = stub_DxgkCbPowerRuntimeControlRequest,
	.DxgkCbSetPowerComponentLatency = stub_DxgkCbSetPowerComponentLatency,
	.DxgkCbSetPowerComponentResidency = stub_DxgkCbSetPowerComponentResidency,
	.DxgkCbCompleteFStateTransition = stub_DxgkCbCompleteFStateTransition,
	.DxgkCbCompletePStateTransition = stub_DxgkCbCompletePStateTransition,
	.DxgkCbMapContextAllocation = stub_DxgkCbMapContextAllocation,
	.DxgkCbUpdateContextAllocation = stub_DxgkCbUpdateContextAllocation,
	.DxgkCbReserveGpuVirtualAddressRange = stub_DxgkCbReserveGpuVirtualAddressRange,
	.DxgkCbAcquireHandleData = stub_DxgkCbAcquireHandleData,
	.DxgkCbReleaseHandleData = stub_DxgkCbReleaseHandleData,
	.DxgkCbHardwareContentProtectionTeardown = stub_DxgkCbHardwareContentProtectionTeardown,
	.DxgkCbMultiPlaneOverlayDisabled = stub_DxgkCbMultiPlaneOverlayDisabled,
	.DxgkCbInvalidateHwContext = stub_DxgkCbInvalidateHwContext,
	.DxgkCbIndicateConnectorChange = stub_DxgkCbIndicateConnectorChange,
	.DxgkCbAcquirePostDisplayOwnership2 = stub_DxgkCbAcquirePostDisplayOwnership2,
	.DxgkCbSetProtectedSessionStatus = stub_DxgkCbSetProtectedSessionStatus,
	.DxgkCbAllocateContiguousMemory = stub_DxgkCbAllocateContiguousMemory,
	.DxgkCbFreeContiguousMemory = stub_DxgkCbFreeContiguousMemory,
	.DxgkCbAllocatePagesForMdl = stub_DxgkCbAllocatePagesForMdl,
	.DxgkCbFreePagesFromMdl = stub_DxgkCbFreePagesFromMdl,
	.DxgkCbPinFrameBufferForSave = stub_DxgkCbPinFrameBufferForSave,
	.DxgkCbUnpinFrameBufferForSave = stub_DxgkCbUnpinFrameBufferForSave,
	.DxgkCbMapFrameBufferPointer = stub_DxgkCbMapFrameBufferPointer,
	.DxgkCbUnmapFrameBufferPointer = stub_DxgkCbUnmapFrameBufferPointer,
	.DxgkCbMapMdlToIoMmu = stub_DxgkCbMapMdlToIoMmu,
	.DxgkCbUnmapMdlFromIoMmu = stub_DxgkCbUnmapMdlFromIoMmu,
	.DxgkCbReportDiagnostic = stub_DxgkCbReportDiagnostic,
	.DxgkCbSignalEvent = stub_DxgkCbSignalEvent,
	.DxgkCbIsFeatureEnabled = stub_DxgkCbIsFeatureEnabled,
	.DxgkCbSaveMemoryForHotUpdate = stub_DxgkCbSaveMemoryForHotUpdate,
	.DxgkCbNotifyCursorSupportChange = stub_DxgkCbNotifyCursorSupportChange,
	.DxgkCbQueryFeatureSupport = stub_DxgkCbQueryFeatureSupport,
	.DxgkCbCreatePhysicalMemoryObject = stub_DxgkCbCreatePhysicalMemoryObject,
	.DxgkCbDestroyPhysicalMemoryObject = stub_DxgkCbDestroyPhysicalMemoryObject,
	.DxgkCbMapPhysicalMemory = stub_DxgkCbMapPhysicalMemory,
	.DxgkCbUnmapPhysicalMemory = stub_DxgkCbUnmapPhysicalMemory,
	.DxgkCbAllocateAdl = stub_DxgkCbAllocateAdl,
	.DxgkCbFreeAdl = stub_DxgkCbFreeAdl,
	.DxgkCbOpenPhysicalMemoryObject = stub_DxgkCbOpenPhysicalMemoryObject,
	.DxgkCbClosePhysicalMemoryObject = stub_DxgkCbClosePhysicalMemoryObject,
	.DxgkCbPinFrameBufferForSave2 = stub_DxgkCbPinFrameBufferForSave2,
	.DxgkCbDisconnectDoorbell = stub_DxgkCbDisconnectDoorbell,
	/* clang-format on */
};

void iolas__dxgk_interface_stubs(DXGKRNL_INTERFACE *interface)
{
	*interface = stubs;
	set_untyped(&interface->DxgkCbMitigatedRangeUpdate,
		    stub_DxgkCbMitigatedRangeUpdate);
	set_untyped(&interface->DxgkCbUnblockUEFIFrameBufferRanges,
		    stub_DxgkCbUnblockUEFIFrameBufferRanges);
}
