/* SPDX-License-Identifier: MIT */
/*
 * The allocation DDIs: what Dxgkrnl asks of a driver when allocations are
 * created, opened, closed and destroyed (spec/dxgk.md, section A.7).  hAdapter
 * is the context from AddDevice here, hDevice the one from CreateDevice.
 */
#ifndef D3DKM_ALLOC_H
#define D3DKM_ALLOC_H

#include "d3dukmdt.h"
#include "d3dkm_base.h"

EXTERN_C_START

typedef D3DDDI_SEGMENTPREFERENCE DXGK_SEGMENTPREFERENCE;

/* Banks are numbered 1 to 127, 0 is none; direction 1 is top-down. */
typedef struct _DXGK_SEGMENTBANKPREFERENCE {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT Bank0 : 7;
			UINT Direction0 : 1;
			UINT Bank1 : 7;
			UINT Direction1 : 1;
			UINT Bank2 : 7;
			UINT Direction2 : 1;
			UINT Bank3 : 7;
			UINT Direction3 : 1;
		};
		UINT Value;
	};
} DXGK_SEGMENTBANKPREFERENCE;

/* WDDM 1.x reading of the flags. */
typedef struct _DXGK_ALLOCATIONINFOFLAGS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT CpuVisible : 1;
			UINT PermanentSysMem : 1;
			UINT Cached : 1;
			UINT Protected : 1;
			UINT ExistingSysMem : 1;
			UINT ExistingKernelSysMem : 1;
			UINT FromEndOfSegment : 1;
			UINT Swizzled : 1;
			UINT Overlay : 1;
			UINT Capture : 1;
			UINT UseAlternateVA : 1;
			UINT SynchronousPaging : 1;
			UINT LinkMirrored : 1;
			UINT LinkInstanced : 1;
			UINT HistoryBuffer : 1;	     /* 1.3 */
			UINT AccessedPhysically : 1; /* this and below: 2.0 */
			UINT ExplicitResidencyNotification : 1;
			UINT HardwareProtected : 1;
			UINT CpuVisibleOnDemand : 1;
			UINT Reserved : 13;
		};
		UINT Value;
	};
} DXGK_ALLOCATIONINFOFLAGS;

/* WDDM 2.0 reading: bits 7 and 10 to 13 mean something else. */
typedef struct _DXGK_ALLOCATIONINFOFLAGS_WDDM2_0 {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT CpuVisible : 1;
			UINT PermanentSysMem : 1;
			UINT Cached : 1;
			UINT Protected : 1;
			UINT ExistingSysMem : 1;
			UINT ExistingKernelSysMem : 1;
			UINT FromEndOfSegment : 1;
			UINT DisableLargePageMapping : 1;
			UINT Overlay : 1;
			UINT Capture : 1;
			UINT CreateInVpr : 1; /* 2.1 */
			UINT Reserved01 : 1;
			UINT Reserved02 : 1;
			UINT MapApertureCpuVisible : 1; /* 2.9 */
			UINT HistoryBuffer : 1;
			UINT AccessedPhysically : 1;
			UINT ExplicitResidencyNotification : 1;
			UINT HardwareProtected : 1;
			UINT CpuVisibleOnDemand : 1;
			UINT Reserved : 13;
		};
		UINT Value;
	};
} DXGK_ALLOCATIONINFOFLAGS_WDDM2_0;

#define DXGK_ALLOCATIONINFOFLAG_CPUVISIBLE		0x00000001u
#define DXGK_ALLOCATIONINFOFLAG_PERMANENTSYSMEM		0x00000002u
#define DXGK_ALLOCATIONINFOFLAG_CACHED			0x00000004u
#define DXGK_ALLOCATIONINFOFLAG_PROTECTED		0x00000008u
#define DXGK_ALLOCATIONINFOFLAG_EXISTINGSYSMEM		0x00000010u
#define DXGK_ALLOCATIONINFOFLAG_EXISTINGKERNELSYSMEM	0x00000020u
#define DXGK_ALLOCATIONINFOFLAG_FROMENDOFSEGMENT	0x00000040u
#define DXGK_ALLOCATIONINFOFLAG_SWIZZLED		0x00000080u /* 1.x */
#define DXGK_ALLOCATIONINFOFLAG_DISABLELARGEPAGEMAPPING 0x00000080u /* 2.0 */
#define DXGK_ALLOCATIONINFOFLAG_OVERLAY			0x00000100u
#define DXGK_ALLOCATIONINFOFLAG_CAPTURE			0x00000200u
#define DXGK_ALLOCATIONINFOFLAG_USEALTERNATEVA		0x00000400u /* 1.x */
#define DXGK_ALLOCATIONINFOFLAG_CREATEINVPR		0x00000400u /* 2.1 */
#define DXGK_ALLOCATIONINFOFLAG_SYNCHRONOUSPAGING	0x00000800u /* 1.x */
#define DXGK_ALLOCATIONINFOFLAG_LINKMIRRORED		0x00001000u /* 1.x */
#define DXGK_ALLOCATIONINFOFLAG_LINKINSTANCED		0x00002000u /* 1.x */
#define DXGK_ALLOCATIONINFOFLAG_MAPAPERTURECPUVISIBLE	0x00002000u /* 2.9 */
#define DXGK_ALLOCATIONINFOFLAG_HISTORYBUFFER		0x00004000u /* 1.3 */
#define DXGK_ALLOCATIONINFOFLAG_ACCESSEDPHYSICALLY	0x00008000u /* 2.0 */
#define DXGK_ALLOCATIONINFOFLAG_EXPLICITRESIDENCYNOTIFICATION \
	0x00010000u					       /* 2.0 */
#define DXGK_ALLOCATIONINFOFLAG_HARDWAREPROTECTED  0x00020000u /* 2.0 */
#define DXGK_ALLOCATIONINFOFLAG_CPUVISIBLEONDEMAND 0x00040000u /* 2.0 */

/* WDDM 3.0. */
typedef struct _DXGK_ALLOCATIONINFOFLAGS2 {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT ShareBackingStoreWithKmd : 1;
			UINT NoImplicitSynchronization : 1;
			UINT DisablePartialResidency : 1;
			UINT RestrictedToSingleSegment : 1;
			UINT NotifyEviction : 1;
			UINT NotifyIoMmuUnmap : 1;
			UINT Reserved : 26;
		};
		UINT Value;
	};
} DXGK_ALLOCATIONINFOFLAGS2;

#define DXGK_ALLOCATIONINFOFLAG2_SHAREBACKINGSTOREWITHKMD  0x00000001u
#define DXGK_ALLOCATIONINFOFLAG2_NOIMPLICITSYNCHRONIZATION 0x00000002u
#define DXGK_ALLOCATIONINFOFLAG2_DISABLEPARTIALRESIDENCY   0x00000004u
#define DXGK_ALLOCATIONINFOFLAG2_RESTRICTEDTOSINGLESEGMENT 0x00000008u
#define DXGK_ALLOCATIONINFOFLAG2_NOTIFYEVICTION		   0x00000010u
#define DXGK_ALLOCATIONINFOFLAG2_NOTIFYIOMMUUNMAP	   0x00000020u

/* Its layout is not published: only pointers to it occur. */
typedef struct _DXGK_ALLOCATIONUSAGEHINT DXGK_ALLOCATIONUSAGEHINT;

/* The driver fills everything below PrivateDriverDataSize. */
typedef struct _DXGK_ALLOCATIONINFO {
	VOID *pPrivateDriverData;
	UINT PrivateDriverDataSize;
	DXGK_ANONYMOUS union {
		UINT Alignment;
		DXGK_ANONYMOUS struct {
			UINT16 MinimumPageSize;
			UINT16 RecommendedPageSize;
		};
	};
	SIZE_T Size;
	SIZE_T PitchAlignedSize;
	DXGK_SEGMENTBANKPREFERENCE HintedBank;
	DXGK_SEGMENTPREFERENCE PreferredSegment;
	DXGK_ANONYMOUS union {
		UINT SupportedReadSegmentSet;
		UINT MmuSet;
	};
	UINT SupportedWriteSegmentSet;
	UINT EvictionSegmentSet;
	DXGK_ANONYMOUS union {
		UINT MaximumRenamingListLength;
		UINT PhysicalAdapterIndex;
	};
	HANDLE hAllocation;
	DXGK_ANONYMOUS union {
		DXGK_ALLOCATIONINFOFLAGS Flags;
		DXGK_ALLOCATIONINFOFLAGS_WDDM2_0 FlagsWddm2;
	};
	DXGK_ALLOCATIONUSAGEHINT *pAllocationUsageHint;
	UINT AllocationPriority;
	DXGK_ALLOCATIONINFOFLAGS2 Flags2; /* 3.0 */
} DXGK_ALLOCATIONINFO;

typedef struct _DXGK_CREATEALLOCATIONFLAGS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT Resource : 1;
			UINT Reserved : 31;
		};
		UINT Value;
	};
} DXGK_CREATEALLOCATIONFLAGS;

typedef struct _DXGKARG_CREATEALLOCATION {
	const VOID *pPrivateDriverData;
	UINT PrivateDriverDataSize;
	UINT NumAllocations;
	DXGK_ALLOCATIONINFO *pAllocationInfo;
	HANDLE hResource;
	DXGK_CREATEALLOCATIONFLAGS Flags;
} DXGKARG_CREATEALLOCATION;
DXGK_ARG_POINTERS(DXGKARG_CREATEALLOCATION);

typedef struct _DXGK_DESTROYALLOCATIONFLAGS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT DestroyResource : 1;
			UINT Reserved : 31;
		};
		UINT Value;
	};
} DXGK_DESTROYALLOCATIONFLAGS;

typedef struct _DXGKARG_DESTROYALLOCATION {
	UINT NumAllocations;
	const HANDLE *pAllocationList;
	HANDLE hResource;
	DXGK_DESTROYALLOCATIONFLAGS Flags;
} DXGKARG_DESTROYALLOCATION;
DXGK_ARG_POINTERS(DXGKARG_DESTROYALLOCATION);

typedef struct _DXGK_OPENALLOCATIONINFO {
	D3DKMT_HANDLE hAllocation;
	VOID *pPrivateDriverData;
	UINT PrivateDriverDataSize;
	HANDLE hDeviceSpecificAllocation; /* out, not NULL on success */
} DXGK_OPENALLOCATIONINFO;

typedef struct _DXGK_OPENALLOCATIONFLAGS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT Create : 1;
			UINT ReadOnly : 1;
			UINT Reserved : 30;
		};
		UINT Value;
	};
} DXGK_OPENALLOCATIONFLAGS;

typedef struct _DXGKARG_OPENALLOCATION {
	UINT NumAllocations;
	DXGK_OPENALLOCATIONINFO *pOpenAllocation;
	VOID *pPrivateDriverData;
	UINT PrivateDriverSize;
	DXGK_OPENALLOCATIONFLAGS Flags;
	UINT SubresourceIndex; /* this and below: Windows 8 */
	SIZE_T SubresourceOffset;
	UINT Pitch;
} DXGKARG_OPENALLOCATION;
DXGK_ARG_POINTERS(DXGKARG_OPENALLOCATION);

typedef struct _DXGKARG_CLOSEALLOCATION {
	UINT NumAllocations;
	const HANDLE *pOpenHandleList;
} DXGKARG_CLOSEALLOCATION;
DXGK_ARG_POINTERS(DXGKARG_CLOSEALLOCATION);

/* All at PASSIVE_LEVEL. */
typedef NTSTATUS APIENTRY DXGKDDI_CREATEALLOCATION(
	const HANDLE hAdapter, DXGKARG_CREATEALLOCATION *pCreateAllocation);
typedef DXGKDDI_CREATEALLOCATION *PDXGKDDI_CREATEALLOCATION;

typedef NTSTATUS APIENTRY
DXGKDDI_DESTROYALLOCATION(const HANDLE hAdapter,
			  const DXGKARG_DESTROYALLOCATION *pDestroyAllocation);
typedef DXGKDDI_DESTROYALLOCATION *PDXGKDDI_DESTROYALLOCATION;

typedef NTSTATUS APIENTRY DXGKDDI_OPENALLOCATIONINFO(
	const HANDLE hDevice, const DXGKARG_OPENALLOCATION *pOpenAllocation);
typedef DXGKDDI_OPENALLOCATIONINFO *PDXGKDDI_OPENALLOCATIONINFO;

typedef NTSTATUS APIENTRY DXGKDDI_CLOSEALLOCATION(
	const HANDLE hDevice, const DXGKARG_CLOSEALLOCATION *pCloseAllocation);
typedef DXGKDDI_CLOSEALLOCATION *PDXGKDDI_CLOSEALLOCATION;

EXTERN_C_END

#endif /* D3DKM_ALLOC_H */
