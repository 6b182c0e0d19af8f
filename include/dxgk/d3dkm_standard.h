/* SPDX-License-Identifier: MIT */
/*
 * Standard allocations and descriptions of allocations: the DDIs with which
 * Dxgkrnl makes surfaces of its own and asks what a surface looks like
 * (spec/dxgk-miniport.md, sections 2.4 and 2.5).
 */
#ifndef D3DKM_STANDARD_H
#define D3DKM_STANDARD_H

#include "d3dkmdt.h"
#include "d3dkm_base.h"

EXTERN_C_START

/* Asked twice: for the two sizes with NULL buffers, then with buffers. */
typedef struct _DXGKARG_GETSTANDARDALLOCATIONDRIVERDATA {
	D3DKMDT_STANDARDALLOCATION_TYPE StandardAllocationType;
	DXGK_ANONYMOUS union {
		D3DKMDT_SHAREDPRIMARYSURFACEDATA
		*pCreateSharedPrimarySurfaceData;
		D3DKMDT_SHADOWSURFACEDATA *pCreateShadowSurfaceData;
		D3DKMDT_STAGINGSURFACEDATA *pCreateStagingSurfaceData;
		D3DKMDT_GDISURFACEDATA *pCreateGdiSurfaceData;
		D3DKMDT_VIRTUALGPUSURFACEDATA *pCreateVirtualGpuSurfaceData;
		D3DKMDT_FENCESTORAGESURFACEDATA *pCreateFenceStorageData;
	};
	VOID *pAllocationPrivateDriverData;
	UINT AllocationPrivateDriverDataSize; /* out */
	VOID *pResourcePrivateDriverData;
	UINT ResourcePrivateDriverDataSize; /* out */
	UINT PhysicalAdapterIndex;	    /* 2.0 */
} DXGKARG_GETSTANDARDALLOCATIONDRIVERDATA;
DXGK_ARG_POINTERS(DXGKARG_GETSTANDARDALLOCATIONDRIVERDATA);

typedef NTSTATUS APIENTRY DXGKDDI_GETSTANDARDALLOCATIONDRIVERDATA(
	const HANDLE hAdapter, DXGKARG_GETSTANDARDALLOCATIONDRIVERDATA *pArgs);
typedef DXGKDDI_GETSTANDARDALLOCATIONDRIVERDATA
	*PDXGKDDI_GETSTANDARDALLOCATIONDRIVERDATA;

typedef struct _DXGK_DESCRIBEALLOCATIONFLAGS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT CheckDisplayMode : 1;
			UINT Reserved : 31;
		};
		UINT Value;
	};
} DXGK_DESCRIBEALLOCATIONFLAGS;

typedef struct _DXGKARG_DESCRIBEALLOCATION {
	HANDLE hAllocation;
	UINT Width;
	UINT Height;
	D3DDDIFORMAT Format;
	D3DDDI_MULTISAMPLINGMETHOD MultisampleMethod;
	D3DDDI_RATIONAL RefreshRate;
	UINT PrivateDriverFormatAttribute;
	DXGK_DESCRIBEALLOCATIONFLAGS Flags; /* this and below: Windows 8 */
	UINT Rotation;
} DXGKARG_DESCRIBEALLOCATION;
DXGK_ARG_POINTERS(DXGKARG_DESCRIBEALLOCATION);

typedef NTSTATUS APIENTRY DXGKDDI_DESCRIBEALLOCATION(
	const HANDLE hAdapter, DXGKARG_DESCRIBEALLOCATION *pDescribeAllocation);
typedef DXGKDDI_DESCRIBEALLOCATION *PDXGKDDI_DESCRIBEALLOCATION;

EXTERN_C_END

#endif /* D3DKM_STANDARD_H */
