/* SPDX-License-Identifier: MIT */
/*
 * What user mode asks of Dxgkrnl about allocations: create, destroy, query and
 * open (spec/dxgk-miniport.md, section 3).  The harness takes these structs;
 * the D3DKMT functions themselves are not part of it.
 */
#ifndef DXGK_D3DKMTHK_H
#define DXGK_D3DKMTHK_H

#include "d3dukmdt.h"

EXTERN_C_START

/* In one process on one kernel nothing has to be aligned up. */
#ifndef D3DKMT_ALIGN64
#define D3DKMT_ALIGN64
#endif

typedef struct _D3DDDI_ALLOCATIONINFO_FLAGS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT Primary : 1;
			UINT Stereo : 1;	   /* 1.2 */
			UINT OverridePriority : 1; /* 2.2, in INFO2 only */
			UINT Reserved : 29;
		};
		UINT Value;
	};
} D3DDDI_ALLOCATIONINFO_FLAGS;

typedef struct _D3DDDI_ALLOCATIONINFO {
	D3DKMT_HANDLE hAllocation; /* out */
	const VOID *pSystemMem;
	VOID *pPrivateDriverData;
	UINT PrivateDriverDataSize;
	D3DDDI_VIDEO_PRESENT_SOURCE_ID VidPnSourceId;
	D3DDDI_ALLOCATIONINFO_FLAGS Flags;
} D3DDDI_ALLOCATIONINFO;

typedef struct _D3DDDI_ALLOCATIONINFO2 {
	D3DKMT_HANDLE hAllocation; /* out */
	DXGK_ANONYMOUS union {
		HANDLE hSection;
		const VOID *pSystemMem;
	};
	VOID *pPrivateDriverData;
	UINT PrivateDriverDataSize;
	D3DDDI_VIDEO_PRESENT_SOURCE_ID VidPnSourceId;
	D3DDDI_ALLOCATIONINFO_FLAGS Flags;
	D3DGPU_VIRTUAL_ADDRESS GpuVirtualAddress; /* out */
	DXGK_ANONYMOUS union {
		UINT Priority; /* 2.2 */
		ULONG_PTR Unused;
	};
	ULONG_PTR Reserved[5];
} D3DDDI_ALLOCATIONINFO2;

/* The runtime's callback that ends in D3DKMTCreateAllocation. */
typedef struct _D3DDDICB_ALLOCATE {
	const VOID *pPrivateDriverData;
	UINT PrivateDriverDataSize;
	HANDLE hResource;
	D3DKMT_HANDLE hKMResource; /* out */
	UINT NumAllocations;
	DXGK_ANONYMOUS union {
		D3DDDI_ALLOCATIONINFO *pAllocationInfo;
		D3DDDI_ALLOCATIONINFO2 *pAllocationInfo2;
	};
} D3DDDICB_ALLOCATE;

/* Positions above bit 10 differ in older versions. */
typedef struct _D3DKMT_CREATEALLOCATIONFLAGS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT CreateResource : 1;
			UINT CreateShared : 1;
			UINT NonSecure : 1;
			UINT CreateProtected : 1;
			UINT RestrictSharedAccess : 1;
			UINT ExistingSysMem : 1;
			UINT NtSecuritySharing : 1;
			UINT ReadOnly : 1;
			UINT CreateWriteCombined : 1;
			UINT CreateCached : 1;
			UINT SwapChainBackBuffer : 1;
			UINT CrossAdapter : 1;
			UINT OpenCrossAdapter : 1;
			UINT PartialSharedCreation : 1;
			UINT Zeroed : 1;
			UINT WriteWatch : 1;
			UINT StandardAllocation : 1;
			UINT ExistingSection : 1;
			UINT AllowNotZeroed : 1; /* from here one source */
			UINT PhysicallyContiguous : 1;
			UINT NoKmdAccess : 1;
			UINT SharedDisplayable : 1;
			UINT NoImplicitSynchronization : 1;
			UINT Reserved : 9;
		};
		UINT Value;
	};
} D3DKMT_CREATEALLOCATIONFLAGS;

typedef enum _D3DKMT_STANDARDALLOCATIONTYPE {
	D3DKMT_STANDARDALLOCATIONTYPE_EXISTINGHEAP = 1,
	D3DKMT_STANDARDALLOCATIONTYPE_INTERNALBACKINGSTORE = 2
} D3DKMT_STANDARDALLOCATIONTYPE;

typedef struct _D3DKMT_STANDARDALLOCATION_EXISTINGHEAP {
	SIZE_T Size;
} D3DKMT_STANDARDALLOCATION_EXISTINGHEAP;

typedef struct _D3DKMT_CREATESTANDARDALLOCATIONFLAGS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT Reserved : 32;
		};
		UINT Value;
	};
} D3DKMT_CREATESTANDARDALLOCATIONFLAGS;

typedef struct _D3DKMT_CREATESTANDARDALLOCATION {
	D3DKMT_STANDARDALLOCATIONTYPE Type;
	DXGK_ANONYMOUS union {
		D3DKMT_STANDARDALLOCATION_EXISTINGHEAP ExistingHeapData;
	};
	D3DKMT_CREATESTANDARDALLOCATIONFLAGS Flags;
} D3DKMT_CREATESTANDARDALLOCATION;

typedef struct _D3DKMT_CREATEALLOCATION {
	D3DKMT_HANDLE hDevice;
	D3DKMT_HANDLE hResource;    /* in and out */
	D3DKMT_HANDLE hGlobalShare; /* out */
	const VOID *pPrivateRuntimeData;
	UINT PrivateRuntimeDataSize;
	DXGK_ANONYMOUS union {
		D3DKMT_CREATESTANDARDALLOCATION *pStandardAllocation; /* 2.3 */
		const VOID *pPrivateDriverData;
	};
	UINT PrivateDriverDataSize;
	UINT NumAllocations;
	DXGK_ANONYMOUS union {
		D3DDDI_ALLOCATIONINFO *pAllocationInfo;
		D3DDDI_ALLOCATIONINFO2 *pAllocationInfo2;
	};
	D3DKMT_CREATEALLOCATIONFLAGS Flags;
	HANDLE hPrivateRuntimeResourceHandle;
} D3DKMT_CREATEALLOCATION;

typedef struct _D3DDDICB_DESTROYALLOCATION2FLAGS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT AssumeNotInUse : 1;
			UINT SynchronousDestroy : 1;
			UINT Reserved : 29;
			UINT SystemUseOnly : 1;
		};
		UINT Value;
	};
} D3DDDICB_DESTROYALLOCATION2FLAGS;

typedef struct _D3DKMT_DESTROYALLOCATION2 {
	D3DKMT_HANDLE hDevice;
	D3DKMT_HANDLE hResource;
	const D3DKMT_HANDLE *phAllocationList;
	UINT AllocationCount;
	D3DDDICB_DESTROYALLOCATION2FLAGS Flags;
} D3DKMT_DESTROYALLOCATION2;

typedef struct _D3DKMT_QUERYRESOURCEINFO {
	D3DKMT_HANDLE hDevice;
	D3DKMT_HANDLE hGlobalShare;
	VOID *pPrivateRuntimeData;	 /* NULL: only ask for the size */
	UINT PrivateRuntimeDataSize;	 /* in and out */
	UINT TotalPrivateDriverDataSize; /* out, as all below */
	UINT ResourcePrivateDriverDataSize;
	UINT NumAllocations;
} D3DKMT_QUERYRESOURCEINFO;

typedef struct _D3DKMT_QUERYRESOURCEINFOFROMNTHANDLE {
	D3DKMT_HANDLE hDevice;
	HANDLE hNtHandle;
	VOID *pPrivateRuntimeData;
	UINT PrivateRuntimeDataSize;
	UINT TotalPrivateDriverDataSize;
	UINT ResourcePrivateDriverDataSize;
	UINT NumAllocations;
} D3DKMT_QUERYRESOURCEINFOFROMNTHANDLE;

typedef struct _D3DDDI_OPENALLOCATIONINFO {
	D3DKMT_HANDLE hAllocation; /* out */
	const VOID *pPrivateDriverData;
	UINT PrivateDriverDataSize;
} D3DDDI_OPENALLOCATIONINFO;

typedef struct _D3DDDI_OPENALLOCATIONINFO2 {
	D3DKMT_HANDLE hAllocation; /* out */
	const VOID *pPrivateDriverData;
	UINT PrivateDriverDataSize;
	D3DGPU_VIRTUAL_ADDRESS GpuVirtualAddress;
	ULONG_PTR Reserved[6];
} D3DDDI_OPENALLOCATIONINFO2;

typedef struct _D3DKMT_OPENRESOURCE {
	D3DKMT_HANDLE hDevice;
	D3DKMT_HANDLE hGlobalShare;
	UINT NumAllocations;
	DXGK_ANONYMOUS union {
		D3DDDI_OPENALLOCATIONINFO *pOpenAllocationInfo;
		D3DDDI_OPENALLOCATIONINFO2 *pOpenAllocationInfo2;
	};
	VOID *pPrivateRuntimeData;
	UINT PrivateRuntimeDataSize;
	VOID *pResourcePrivateDriverData;
	UINT ResourcePrivateDriverDataSize;
	VOID *pTotalPrivateDriverDataBuffer;
	UINT TotalPrivateDriverDataBufferSize; /* in and out */
	D3DKMT_HANDLE hResource;	       /* out */
} D3DKMT_OPENRESOURCE;

typedef struct _D3DKMT_OPENRESOURCEFROMNTHANDLE {
	D3DKMT_HANDLE hDevice;
	HANDLE hNtHandle;
	UINT NumAllocations;
	D3DDDI_OPENALLOCATIONINFO2 *pOpenAllocationInfo2;
	UINT PrivateRuntimeDataSize;
	VOID *pPrivateRuntimeData;
	UINT ResourcePrivateDriverDataSize;
	VOID *pResourcePrivateDriverData;
	UINT TotalPrivateDriverDataBufferSize;
	VOID *pTotalPrivateDriverDataBuffer;
	D3DKMT_HANDLE hResource; /* out */
	D3DKMT_HANDLE hKeyedMutex;
	VOID *pKeyedMutexPrivateRuntimeData;
	UINT KeyedMutexPrivateRuntimeDataSize;
	D3DKMT_HANDLE hSyncObject;
} D3DKMT_OPENRESOURCEFROMNTHANDLE;

EXTERN_C_END

#endif /* DXGK_D3DKMTHK_H */
