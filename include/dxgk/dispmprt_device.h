/* SPDX-License-Identifier: MIT */
/*
 * What the port driver tells a miniport about its device, and the callbacks
 * that reach the device (spec/dxgk-miniport.md, sections 2.1 and 4).
 */
#ifndef DISPMPRT_DEVICE_H
#define DISPMPRT_DEVICE_H

#include "acpiioct.h"
#include "d3dkm_base.h"
#include "d3dukmdt.h"
#include "wdm_mdl.h"
#include "wdm_resource.h"

EXTERN_C_START

typedef struct _DXGK_START_INFO {
	ULONG RequiredDmaQueueEntry;
	GUID AdapterGuid;
	LUID AdapterLuid; /* Windows 8 */
} DXGK_START_INFO, *PDXGK_START_INFO, *IN_PDXGK_START_INFO;

typedef struct _LINKED_DEVICE {
	ULONG ChainUid;
	ULONG NumberOfLinksInChain;
	BOOLEAN LeadLink;
} LINKED_DEVICE, *PLINKED_DEVICE, *INOUT_PLINKED_DEVICE;

typedef enum _DOCKING_STATE {
	DockStateUnsupported = 0,
	DockStateUnDocked = 1,
	DockStateDocked = 2,
	DockStateUnknown = 3
} DOCKING_STATE;

typedef struct _DXGK_DEVICE_INFO {
	PVOID MiniportDeviceContext;
	PDEVICE_OBJECT PhysicalDeviceObject;
	UNICODE_STRING DeviceRegistryPath;
	PCM_RESOURCE_LIST TranslatedResourceList;
	LARGE_INTEGER SystemMemorySize;
	PHYSICAL_ADDRESS HighestPhysicalAddress; /* inclusive */
	PHYSICAL_ADDRESS AgpApertureBase;
	SIZE_T AgpApertureSize;
	DOCKING_STATE DockingState;
} DXGK_DEVICE_INFO, *PDXGK_DEVICE_INFO;

/* DataType of DxgkCbReadDeviceSpace and DxgkCbWriteDeviceSpace. */
#define DXGK_WHICHSPACE_CONFIG PCI_WHICHSPACE_CONFIG
#define DXGK_WHICHSPACE_ROM    PCI_WHICHSPACE_ROM
#define DXGK_WHICHSPACE_MCH    0x80000000u
#define DXGK_WHICHSPACE_BRIDGE 0x80000001u

/* DeviceUid of DxgkCbEvalAcpiMethod that means the adapter itself. */
#define DISPLAY_ADAPTER_HW_ID 0xFFFFFFFFu

/* Attributes of DxgkCbExcludeAdapterAccess. */
#define DXGK_EXCLUDE_EVICT_ALL		 0x00000001
#define DXGK_EXCLUDE_CALL_SYNCHRONOUS	 0x00000002
#define DXGK_EXCLUDE_BRIDGE_ACCESS	 0x00000004
#define DXGK_EXCLUDE_EVICT_STANDBY	 0x00000008
#define DXGK_EXCLUDE_EVICT_HIBERNATE	 0x00000010
#define DXGK_EXCLUDE_EVICT_SHUTDOWN	 0x00000020
#define DXGK_EXCLUDE_D3_STATE_TRANSITION 0x00000040
#define DXGK_EXCLUDE_EVICT_DFX_STANDBY	 0x00000080

typedef enum _DXGK_SERVICES {
	DxgkServicesAgp = 0,
	DxgkServicesDebugReport = 1,
	DxgkServicesTimedOperation = 2,
	DxgkServicesSPB = 3,
	DxgkServicesBDD = 4,
	DxgkServicesFirmwareTable = 5,
	DxgkServicesIDD = 6,
	DxgkServicesFeature = 7 /* 3.2 */
} DXGK_SERVICES;

/* Children and firmware modes: layouts of the public reference pages. */
typedef enum _DXGK_CHILD_STATUS_TYPE {
	StatusUninitialized,
	StatusConnection,
	StatusRotation,
	StatusMiracastConnection
} DXGK_CHILD_STATUS_TYPE,
	*PDXGK_CHILD_STATUS_TYPE;

typedef INT D3DKMDT_VIDEO_OUTPUT_TECHNOLOGY; /* an enumeration on Windows */

typedef struct _DXGK_CHILD_STATUS {
	DXGK_CHILD_STATUS_TYPE Type;
	ULONG ChildUid;
	DXGK_ANONYMOUS union {
		struct {
			BOOLEAN Connected;
		} HotPlug;
		struct {
			UCHAR Angle;
		} Rotation;
		struct {
			BOOLEAN Connected;
			D3DKMDT_VIDEO_OUTPUT_TECHNOLOGY MiracastMonitorType;
		} Miracast; /* 1.3 */
	};
} DXGK_CHILD_STATUS, *PDXGK_CHILD_STATUS, *INOUT_PDXGK_CHILD_STATUS;

typedef struct _DXGK_DISPLAY_INFORMATION {
	UINT Width;
	UINT Height;
	UINT Pitch;
	D3DDDIFORMAT ColorFormat;
	PHYSICAL_ADDRESS PhysicAddress;
	D3DDDI_VIDEO_PRESENT_TARGET_ID TargetId;
	ULONG AcpiId;
} DXGK_DISPLAY_INFORMATION, *PDXGK_DISPLAY_INFORMATION;

/* Without a layout in the specification: incomplete. */
typedef struct _DXGK_DISPLAY_OWNERSHIP_FLAGS DXGK_DISPLAY_OWNERSHIP_FLAGS,
	*PDXGK_DISPLAY_OWNERSHIP_FLAGS;
typedef struct _DXGK_DIAGNOSTIC_HEADER DXGK_DIAGNOSTIC_HEADER,
	*PDXGK_DIAGNOSTIC_HEADER;

typedef BOOLEAN NTAPI KSYNCHRONIZE_ROUTINE(PVOID SynchronizeContext);
typedef KSYNCHRONIZE_ROUTINE *PKSYNCHRONIZE_ROUTINE;
typedef VOID(APIENTRY *DXGKDDI_PROTECTED_CALLBACK)(
	const PVOID MiniportDeviceContext, PVOID ProtectedCallbackContext,
	NTSTATUS ProtectionStatus);

typedef NTSTATUS(APIENTRY *DXGKCB_EVAL_ACPI_METHOD)(
	HANDLE DeviceHandle, ULONG DeviceUid,
	PACPI_EVAL_INPUT_BUFFER_COMPLEX AcpiInputBuffer,
	ULONG AcpiInputBufferSize, PACPI_EVAL_OUTPUT_BUFFER AcpiOutputBuffer,
	ULONG AcpiOutputBufferSize);
typedef NTSTATUS(APIENTRY *DXGKCB_GET_DEVICE_INFORMATION)(
	HANDLE DeviceHandle, PDXGK_DEVICE_INFO DeviceInfo);
typedef NTSTATUS(APIENTRY *DXGKCB_INDICATE_CHILD_STATUS)(
	HANDLE DeviceHandle, PDXGK_CHILD_STATUS ChildStatus);
typedef NTSTATUS(APIENTRY *DXGKCB_MAP_MEMORY)(
	HANDLE DeviceHandle, PHYSICAL_ADDRESS TranslatedAddress, ULONG Length,
	BOOLEAN InIoSpace, BOOLEAN MapToUserMode, MEMORY_CACHING_TYPE CacheType,
	PVOID *VirtualAddress);
typedef BOOLEAN(APIENTRY *DXGKCB_QUEUE_DPC)(HANDLE DeviceHandle);
typedef NTSTATUS(APIENTRY *DXGKCB_QUERY_SERVICES)(HANDLE DeviceHandle,
						  DXGK_SERVICES ServicesType,
						  PINTERFACE Interface);
typedef NTSTATUS(APIENTRY *DXGKCB_READ_DEVICE_SPACE)(HANDLE DeviceHandle,
						     ULONG DataType,
						     PVOID Buffer, ULONG Offset,
						     ULONG Length,
						     PULONG BytesRead);
typedef NTSTATUS(APIENTRY *DXGKCB_SYNCHRONIZE_EXECUTION)(
	HANDLE DeviceHandle, PKSYNCHRONIZE_ROUTINE SynchronizeRoutine,
	PVOID Context, ULONG MessageNumber, PBOOLEAN ReturnValue);
typedef NTSTATUS(APIENTRY *DXGKCB_UNMAP_MEMORY)(HANDLE DeviceHandle,
						PVOID VirtualAddress);
typedef NTSTATUS(APIENTRY *DXGKCB_WRITE_DEVICE_SPACE)(
	HANDLE DeviceHandle, ULONG DataType, PVOID Buffer, ULONG Offset,
	ULONG Length, PULONG BytesWritten);
typedef NTSTATUS(APIENTRY *DXGKCB_IS_DEVICE_PRESENT)(
	HANDLE DeviceHandle,
	PPCI_DEVICE_PRESENCE_PARAMETERS DevicePresenceParameters,
	PBOOLEAN DevicePresent);
typedef VOID(APIENTRY *DXGKCB_LOG_ETW_EVENT)(LPCGUID EventGuid, UCHAR Type,
					     USHORT EventBufferSize,
					     PVOID EventBuffer);
typedef NTSTATUS(APIENTRY *DXGKCB_EXCLUDE_ADAPTER_ACCESS)(
	HANDLE DeviceHandle, ULONG Attributes,
	DXGKDDI_PROTECTED_CALLBACK DxgkProtectedCallback,
	PVOID ProtectedCallbackContext);
typedef NTSTATUS(APIENTRY *DXGKCB_ACQUIRE_POST_DISPLAY_OWNERSHIP)(
	HANDLE DeviceHandle, PDXGK_DISPLAY_INFORMATION DisplayInfo);
typedef NTSTATUS(APIENTRY *DXGKCB_ACQUIRE_POST_DISPLAY_OWNERSHIP2)(
	HANDLE DeviceHandle, PDXGK_DISPLAY_INFORMATION DisplayInfo,
	PDXGK_DISPLAY_OWNERSHIP_FLAGS Flags);
typedef NTSTATUS(APIENTRY *DXGKCB_REPORT_DIAGNOSTIC)(
	HANDLE DeviceHandle, DXGK_DIAGNOSTIC_HEADER *pDiagnostic);

EXTERN_C_END

#endif /* DISPMPRT_DEVICE_H */
