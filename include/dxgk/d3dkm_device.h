/* SPDX-License-Identifier: MIT */
/*
 * Devices, processes, exclusive access and backing stores: the DDIs between
 * adapter start and allocations (spec/dxgk-miniport.md, sections 2.3, 2.7 and
 * 2.8; dxgk.md, section B.3).
 */
#ifndef D3DKM_DEVICE_H
#define D3DKM_DEVICE_H

#include "d3dukmdt.h"
#include "d3dkm_base.h"

EXTERN_C_START

typedef struct _DXGK_CREATEDEVICEFLAGS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT SystemDevice : 1;
			UINT GdiDevice : 1; /* 1.1 */
			UINT Reserved : 29;
			UINT Reserved0 : 1; /* 1.2 */
		};
		UINT Value;
	};
} DXGK_CREATEDEVICEFLAGS;
#define DXGK_CREATEDEVICEFLAG_SYSTEMDEVICE 0x00000001u
#define DXGK_CREATEDEVICEFLAG_GDIDEVICE	   0x00000002u

typedef struct _DXGK_DEVICEINFOFLAGS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT GuaranteedDmaBufferContract : 1;
			UINT Reserved : 31;
		};
		UINT Value;
	};
} DXGK_DEVICEINFOFLAGS;

typedef struct _DXGK_DEVICEINFO {
	UINT DmaBufferSize;
	UINT DmaBufferSegmentSet; /* 0: locked write-combined system memory */
	UINT DmaBufferPrivateDataSize;
	UINT AllocationListSize;
	UINT PatchLocationListSize;
	DXGK_DEVICEINFOFLAGS Flags;
} DXGK_DEVICEINFO;

/*
 * Flags in, pInfo out, in one place: a driver that answers points pInfo at a
 * struct of its own.  An untouched union means that it has nothing to say.
 */
typedef struct _DXGKARG_CREATEDEVICE {
	HANDLE hDevice; /* in: Dxgkrnl's; out: the driver's */
	DXGK_ANONYMOUS union {
		DXGK_CREATEDEVICEFLAGS Flags;
		DXGK_DEVICEINFO *pInfo;
	};
	ULONG Pasid; /* this and below: 2.0 */
	HANDLE hKmdProcess;
} DXGKARG_CREATEDEVICE;
DXGK_ARG_POINTERS(DXGKARG_CREATEDEVICE);

typedef NTSTATUS APIENTRY DXGKDDI_CREATEDEVICE(
	const HANDLE hAdapter, DXGKARG_CREATEDEVICE *pCreateDevice);
typedef DXGKDDI_CREATEDEVICE *PDXGKDDI_CREATEDEVICE;
typedef NTSTATUS APIENTRY DXGKDDI_DESTROYDEVICE(const HANDLE hDevice);
typedef DXGKDDI_DESTROYDEVICE *PDXGKDDI_DESTROYDEVICE;

typedef struct _DXGK_CREATEPROCESSFLAGS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT SystemProcess : 1;
			UINT GdiProcess : 1;
			UINT VirtualMachineProcess : 1;
			UINT VirtualMachineWorkerProcess : 1;
			UINT Reserved : 28;
		};
		UINT Value;
	};
} DXGK_CREATEPROCESSFLAGS;

/* Since when the last three members exist is not established. */
typedef struct _DXGKARG_CREATEPROCESS {
	HANDLE hDxgkProcess;
	HANDLE hKmdProcess; /* out */
	DXGK_CREATEPROCESSFLAGS Flags;
	UINT NumPasid;
	ULONG *pPasid;
	HANDLE hKmdVmWorkerProcess;
	UINT ProcessNameLength;
	WCHAR *pProcessName;
} DXGKARG_CREATEPROCESS;
DXGK_ARG_POINTERS(DXGKARG_CREATEPROCESS);

typedef NTSTATUS APIENTRY DXGKDDI_CREATEPROCESS(const HANDLE hAdapter,
						DXGKARG_CREATEPROCESS *pArgs);
typedef DXGKDDI_CREATEPROCESS *PDXGKDDI_CREATEPROCESS;
typedef NTSTATUS APIENTRY DXGKDDI_DESTROYPROCESS(const HANDLE hAdapter,
						 const HANDLE hKmdProcess);
typedef DXGKDDI_DESTROYPROCESS *PDXGKDDI_DESTROYPROCESS;

/* The bracket around attaching or detaching a domain: no device traffic. */
typedef struct _DXGKARG_BEGINEXCLUSIVEACCESS {
	UINT Reserved;
} DXGKARG_BEGINEXCLUSIVEACCESS;
DXGK_ARG_POINTERS(DXGKARG_BEGINEXCLUSIVEACCESS);
typedef struct _DXGKARG_ENDEXCLUSIVEACCESS {
	UINT Reserved;
} DXGKARG_ENDEXCLUSIVEACCESS;
DXGK_ARG_POINTERS(DXGKARG_ENDEXCLUSIVEACCESS);

typedef NTSTATUS APIENTRY DXGKDDI_BEGINEXCLUSIVEACCESS(
	const HANDLE hAdapter, DXGKARG_BEGINEXCLUSIVEACCESS *pArgs);
typedef DXGKDDI_BEGINEXCLUSIVEACCESS *PDXGKDDI_BEGINEXCLUSIVEACCESS;
typedef NTSTATUS APIENTRY DXGKDDI_ENDEXCLUSIVEACCESS(
	const HANDLE hAdapter, DXGKARG_ENDEXCLUSIVEACCESS *pArgs);
typedef DXGKDDI_ENDEXCLUSIVEACCESS *PDXGKDDI_ENDEXCLUSIVEACCESS;

typedef struct _DXGKARG_SETALLOCATIONBACKINGSTORE {
	HANDLE hDriverAllocation; /* from DxgkDdiCreateAllocation */
	PVOID pBackingStore;	  /* valid until DxgkDdiDestroyAllocation */
} DXGKARG_SETALLOCATIONBACKINGSTORE;
DXGK_ARG_POINTERS(DXGKARG_SETALLOCATIONBACKINGSTORE);

typedef NTSTATUS APIENTRY DXGKDDI_SETALLOCATIONBACKINGSTORE(
	const HANDLE hAdapter, DXGKARG_SETALLOCATIONBACKINGSTORE *pArgs);
typedef DXGKDDI_SETALLOCATIONBACKINGSTORE *PDXGKDDI_SETALLOCATIONBACKINGSTORE;

EXTERN_C_END

#endif /* D3DKM_DEVICE_H */
