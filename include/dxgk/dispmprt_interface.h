/* SPDX-License-Identifier: MIT */
/*
 * DXGKRNL_INTERFACE: the table of callbacks that a miniport receives in
 * DxgkDdiStartDevice (spec/dxgk.md, section C).  Members are only ever
 * appended, so this one struct serves all versions; Size says how much of it
 * the system filled.  Copy min(Size, sizeof) bytes and clear the rest.
 */
#ifndef DISPMPRT_INTERFACE_H
#define DISPMPRT_INTERFACE_H

#include "d3dkm_callbacks.h"
#include "d3dkm_handle.h"
#include "d3dkm_isolation.h"
#include "d3dkm_physmem.h"
#include "dispmprt_device.h"
#include "dxgk_slots.h"

EXTERN_C_START

typedef struct _DXGKRNL_INTERFACE {
	ULONG Size;	     /* of the struct as the system built it */
	ULONG Version;	     /* a DXGKDDI_INTERFACE_VERSION */
	HANDLE DeviceHandle; /* what the callbacks take as hAdapter */

	/* 1.0 (Vista) */
	DXGKCB_EVAL_ACPI_METHOD DxgkCbEvalAcpiMethod;
	DXGKCB_GET_DEVICE_INFORMATION DxgkCbGetDeviceInformation;
	DXGKCB_INDICATE_CHILD_STATUS DxgkCbIndicateChildStatus;
	DXGKCB_MAP_MEMORY DxgkCbMapMemory;
	DXGKCB_QUEUE_DPC DxgkCbQueueDpc;
	DXGKCB_QUERY_SERVICES DxgkCbQueryServices;
	DXGKCB_READ_DEVICE_SPACE DxgkCbReadDeviceSpace;
	DXGKCB_SYNCHRONIZE_EXECUTION DxgkCbSynchronizeExecution;
	DXGKCB_UNMAP_MEMORY DxgkCbUnmapMemory;
	DXGKCB_WRITE_DEVICE_SPACE DxgkCbWriteDeviceSpace;
	DXGKCB_IS_DEVICE_PRESENT DxgkCbIsDevicePresent;
	DXGKCB_GETHANDLEDATA DxgkCbGetHandleData;
	DXGKCB_GETHANDLEPARENT DxgkCbGetHandleParent;
	DXGKCB_ENUMHANDLECHILDREN DxgkCbEnumHandleChildren;
	DXGKCB_NOTIFY_INTERRUPT DxgkCbNotifyInterrupt;
	DXGKCB_NOTIFY_DPC DxgkCbNotifyDpc;
	DXGKCB_QUERYVIDPNINTERFACE DxgkCbQueryVidPnInterface;
	DXGKCB_QUERYMONITORINTERFACE DxgkCbQueryMonitorInterface;
	DXGKCB_GETCAPTUREADDRESS DxgkCbGetCaptureAddress;
	DXGKCB_LOG_ETW_EVENT DxgkCbLogEtwEvent;
	DXGKCB_EXCLUDE_ADAPTER_ACCESS DxgkCbExcludeAdapterAccess;

	/* 1.2 (Win8) */
	DXGKCB_CREATECONTEXTALLOCATION DxgkCbCreateContextAllocation;
	DXGKCB_DESTROYCONTEXTALLOCATION DxgkCbDestroyContextAllocation;
	DXGKCB_SETPOWERCOMPONENTACTIVE DxgkCbSetPowerComponentActive;
	DXGKCB_SETPOWERCOMPONENTIDLE DxgkCbSetPowerComponentIdle;
	DXGKCB_ACQUIRE_POST_DISPLAY_OWNERSHIP DxgkCbAcquirePostDisplayOwnership;
	DXGKCB_POWERRUNTIMECONTROLREQUEST DxgkCbPowerRuntimeControlRequest;
	DXGKCB_SETPOWERCOMPONENTLATENCY DxgkCbSetPowerComponentLatency;
	DXGKCB_SETPOWERCOMPONENTRESIDENCY DxgkCbSetPowerComponentResidency;
	DXGKCB_COMPLETEFSTATETRANSITION DxgkCbCompleteFStateTransition;

	/* 1.3 (Win8.1) */
	DXGKCB_COMPLETEPSTATETRANSITION DxgkCbCompletePStateTransition;

	/* 2.0 */
	DXGKCB_MAPCONTEXTALLOCATION DxgkCbMapContextAllocation;
	DXGKCB_UPDATECONTEXTALLOCATION DxgkCbUpdateContextAllocation;
	DXGKCB_RESERVEGPUVIRTUALADDRESSRANGE
	DxgkCbReserveGpuVirtualAddressRange;
	DXGKCB_ACQUIREHANDLEDATA DxgkCbAcquireHandleData;
	DXGKCB_RELEASEHANDLEDATA DxgkCbReleaseHandleData;
	DXGKCB_HARDWARECONTENTPROTECTIONTEARDOWN
	DxgkCbHardwareContentProtectionTeardown;

	/* 2.1 */
	DXGKCB_MULTIPLANEOVERLAYDISABLED DxgkCbMultiPlaneOverlayDisabled;
	PVOID DxgkCbMitigatedRangeUpdate; /* prototype not published */

	/* 2.2 */
	DXGKCB_INVALIDATEHWCONTEXT DxgkCbInvalidateHwContext;
	DXGKCB_INDICATE_CONNECTOR_CHANGE DxgkCbIndicateConnectorChange;
	PVOID DxgkCbUnblockUEFIFrameBufferRanges; /* prototype not published */
	DXGKCB_ACQUIRE_POST_DISPLAY_OWNERSHIP2
	DxgkCbAcquirePostDisplayOwnership2;

	/* 2.3 */
	DXGKCB_SETPROTECTEDSESSIONSTATUS DxgkCbSetProtectedSessionStatus;

	/* 2.4 */
	DXGKCB_ALLOCATECONTIGUOUSMEMORY DxgkCbAllocateContiguousMemory;
	DXGKCB_FREECONTIGUOUSMEMORY DxgkCbFreeContiguousMemory;
	DXGKCB_ALLOCATEPAGESFORMDL DxgkCbAllocatePagesForMdl;
	DXGKCB_FREEPAGESFROMMDL DxgkCbFreePagesFromMdl;
	DXGKCB_PINFRAMEBUFFERFORSAVE DxgkCbPinFrameBufferForSave;
	DXGKCB_UNPINFRAMEBUFFERFORSAVE DxgkCbUnpinFrameBufferForSave;
	DXGKCB_MAPFRAMEBUFFERPOINTER DxgkCbMapFrameBufferPointer;
	DXGKCB_UNMAPFRAMEBUFFERPOINTER DxgkCbUnmapFrameBufferPointer;
	DXGKCB_MAPMDLTOIOMMU DxgkCbMapMdlToIoMmu;
	DXGKCB_UNMAPMDLFROMIOMMU DxgkCbUnmapMdlFromIoMmu;
	DXGKCB_REPORT_DIAGNOSTIC DxgkCbReportDiagnostic;

	/* 2.5 */
	DXGKCB_SIGNALEVENT DxgkCbSignalEvent;

	/* 2.6 */
	DXGKCB_ISFEATUREENABLED DxgkCbIsFeatureEnabled;
	DXGKCB_SAVEMEMORYFORHOTUPDATE DxgkCbSaveMemoryForHotUpdate;

	/* 2.8 */
	DXGKCB_NOTIFYCURSORSUPPORTCHANGE DxgkCbNotifyCursorSupportChange;

	/* 2.9 */
	DXGKCB_QUERYFEATURESUPPORT DxgkCbQueryFeatureSupport;
	DXGKCB_CREATEPHYSICALMEMORYOBJECT DxgkCbCreatePhysicalMemoryObject;
	DXGKCB_DESTROYPHYSICALMEMORYOBJECT DxgkCbDestroyPhysicalMemoryObject;
	DXGKCB_MAPPHYSICALMEMORY DxgkCbMapPhysicalMemory;
	DXGKCB_UNMAPPHYSICALMEMORY DxgkCbUnmapPhysicalMemory;
	DXGKCB_ALLOCATEADL DxgkCbAllocateAdl;
	DXGKCB_FREEADL DxgkCbFreeAdl;
	DXGKCB_OPENPHYSICALMEMORYOBJECT DxgkCbOpenPhysicalMemoryObject;
	DXGKCB_CLOSEPHYSICALMEMORYOBJECT DxgkCbClosePhysicalMemoryObject;
	DXGKCB_PINFRAMEBUFFERFORSAVE2 DxgkCbPinFrameBufferForSave2;

	/* 3.1 */
	DXGKCB_DISCONNECTDOORBELL DxgkCbDisconnectDoorbell;
} DXGKRNL_INTERFACE, *PDXGKRNL_INTERFACE, *IN_PDXGKRNL_INTERFACE;

EXTERN_C_END

#endif /* DISPMPRT_INTERFACE_H */
