/* SPDX-License-Identifier: MIT */
/*
 * DxgkDdiBuildPagingBuffer: the operations on aperture segments, and the frame
 * of all others (spec/dxgk-miniport.md, section 2.6).  Operation 6 undoes both
 * map operations.
 */
#ifndef D3DKM_PAGING_H
#define D3DKM_PAGING_H

#include "d3dkm_physmem.h"
#include "d3dukmdt.h"

EXTERN_C_START

typedef enum _DXGK_BUILDPAGINGBUFFER_OPERATION {
	DXGK_OPERATION_TRANSFER = 0,
	DXGK_OPERATION_FILL = 1,
	DXGK_OPERATION_DISCARD_CONTENT = 2,
	DXGK_OPERATION_READ_PHYSICAL = 3,
	DXGK_OPERATION_WRITE_PHYSICAL = 4,
	DXGK_OPERATION_MAP_APERTURE_SEGMENT = 5,
	DXGK_OPERATION_UNMAP_APERTURE_SEGMENT = 6,
	DXGK_OPERATION_SPECIAL_LOCK_TRANSFER = 7,
	DXGK_OPERATION_VIRTUAL_TRANSFER = 8, /* 2.0 */
	DXGK_OPERATION_VIRTUAL_FILL = 9,
	DXGK_OPERATION_INIT_CONTEXT_RESOURCE = 10,
	DXGK_OPERATION_UPDATE_PAGE_TABLE = 11,
	DXGK_OPERATION_FLUSH_TLB = 12,
	DXGK_OPERATION_UPDATE_CONTEXT_ALLOCATION = 13,
	DXGK_OPERATION_COPY_PAGE_TABLE_ENTRIES = 14,
	DXGK_OPERATION_NOTIFY_RESIDENCY = 15,
	DXGK_OPERATION_SIGNAL_MONITORED_FENCE = 16,
	DXGK_OPERATION_MAP_APERTURE_SEGMENT2 = 17, /* 2.9 */
	/* One source only. */
	DXGK_OPERATION_NOTIFY_FENCE_RESIDENCY = 18,
	DXGK_OPERATION_MAP_MMU = 19,
	DXGK_OPERATION_UNMAP_MMU = 20,
	DXGK_OPERATION_NOTIFY_RESIDENCY2 = 21,
	DXGK_OPERATION_NOTIFY_ALLOC = 22
} DXGK_BUILDPAGINGBUFFER_OPERATION;

typedef struct _DXGK_MAPAPERTUREFLAGS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT CacheCoherent : 1;
			UINT Reserved : 31;
		};
		UINT Value;
	};
} DXGK_MAPAPERTUREFLAGS;
#define DXGK_MAPAPERTUREFLAG_CACHECOHERENT 0x00000001u

/* The union is 256 bytes long in every version: see its Reserved arm. */
typedef struct _DXGKARG_BUILDPAGINGBUFFER {
	VOID *pDmaBuffer; /* in and out: past what the driver wrote */
	UINT DmaSize;
	VOID *pDmaBufferPrivateData;
	UINT DmaBufferPrivateDataSize;
	DXGK_BUILDPAGINGBUFFER_OPERATION Operation;
	UINT MultipassOffset; /* in and out: kept over retries */
	DXGK_ANONYMOUS union {
		struct {
			HANDLE hDevice;
			HANDLE hAllocation;
			UINT SegmentId;
			SIZE_T OffsetInPages;
			SIZE_T NumberOfPages;
			MDL *pMdl;
			DXGK_MAPAPERTUREFLAGS Flags;
			ULONG MdlOffset; /* in pages */
		} MapApertureSegment;
		struct {
			HANDLE hDevice;
			HANDLE hAllocation;
			UINT SegmentId;
			SIZE_T OffsetInPages;
			SIZE_T NumberOfPages;
			PHYSICAL_ADDRESS DummyPage;
		} UnmapApertureSegment;
		struct {
			HANDLE hDevice;
			HANDLE hAllocation;
			UINT SegmentId;
			SIZE_T OffsetInPages;
			SIZE_T NumberOfPages;
			DXGK_ADL Adl;
			DXGK_MAPAPERTUREFLAGS Flags;
			ULONG AdlOffset; /* in pages */
			PVOID CpuVisibleAddress;
		} MapApertureSegment2;
		struct {
			UINT Reserved[64];
		} Reserved;
	};
	HANDLE hSystemContext;
	D3DGPU_VIRTUAL_ADDRESS DmaBufferGpuVirtualAddress; /* 2.0 */
	UINT DmaBufferWriteOffset;			   /* 2.0 */
} DXGKARG_BUILDPAGINGBUFFER;
DXGK_ARG_POINTERS(DXGKARG_BUILDPAGINGBUFFER);

typedef NTSTATUS APIENTRY DXGKDDI_BUILDPAGINGBUFFER(
	const HANDLE hAdapter, DXGKARG_BUILDPAGINGBUFFER *pBuildPagingBuffer);
typedef DXGKDDI_BUILDPAGINGBUFFER *PDXGKDDI_BUILDPAGINGBUFFER;

EXTERN_C_END

#endif /* D3DKM_PAGING_H */
