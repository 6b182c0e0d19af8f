/* SPDX-License-Identifier: MIT */
/*
 * The memory manager's allocators that the display callbacks mirror: physically
 * contiguous blocks, pages for a list, windows onto device memory
 * (spec/dxgk.md, sections D.1 and D.3).  A driver that opts into isolation may
 * not import most of them; the runtime provides them and reports their use.
 */
#ifndef WDM_MM_H
#define WDM_MM_H

#include "wdm_mdl.h"
#include "wdm_object.h"

EXTERN_C_START

typedef ULONG NODE_REQUIREMENT;
#define MM_ANY_NODE_OK 0x80000000u

/* Flags of the page-list family. */
#define MM_DONT_ZERO_ALLOCATION		      0x00000001
#define MM_ALLOCATE_FROM_LOCAL_NODE_ONLY      0x00000002
#define MM_ALLOCATE_FULLY_REQUIRED	      0x00000004
#define MM_ALLOCATE_NO_WAIT		      0x00000008
#define MM_ALLOCATE_PREFER_CONTIGUOUS	      0x00000010
#define MM_ALLOCATE_REQUIRE_CONTIGUOUS_CHUNKS 0x00000020
#define MM_ALLOCATE_FAST_LARGE_PAGES	      0x00000040
#define MM_ALLOCATE_AND_HOT_REMOVE	      0x00000100

/*
 * Exported by libiolas-dxgk.  Contiguous blocks: both bounds inclusive, page
 * aligned, not cleared, NULL on failure.
 */
DXGK_EXPORT PVOID NTAPI MmAllocateContiguousMemory(
	SIZE_T NumberOfBytes, PHYSICAL_ADDRESS HighestAcceptableAddress);
DXGK_EXPORT PVOID NTAPI MmAllocateContiguousMemorySpecifyCache(
	SIZE_T NumberOfBytes, PHYSICAL_ADDRESS LowestAcceptableAddress,
	PHYSICAL_ADDRESS HighestAcceptableAddress,
	PHYSICAL_ADDRESS BoundaryAddressMultiple,
	MEMORY_CACHING_TYPE CacheType);
DXGK_EXPORT PVOID NTAPI MmAllocateContiguousMemorySpecifyCacheNode(
	SIZE_T NumberOfBytes, PHYSICAL_ADDRESS LowestAcceptableAddress,
	PHYSICAL_ADDRESS HighestAcceptableAddress,
	PHYSICAL_ADDRESS BoundaryAddressMultiple, MEMORY_CACHING_TYPE CacheType,
	NODE_REQUIREMENT PreferredNode);
DXGK_EXPORT PVOID NTAPI MmAllocateContiguousNodeMemory(
	SIZE_T NumberOfBytes, PHYSICAL_ADDRESS LowestAcceptableAddress,
	PHYSICAL_ADDRESS HighestAcceptableAddress,
	PHYSICAL_ADDRESS BoundaryAddressMultiple, ULONG Protect,
	NODE_REQUIREMENT PreferredNode);
DXGK_EXPORT VOID NTAPI MmFreeContiguousMemory(PVOID BaseAddress);
DXGK_EXPORT VOID NTAPI MmFreeContiguousMemorySpecifyCache(
	PVOID BaseAddress, SIZE_T NumberOfBytes, MEMORY_CACHING_TYPE CacheType);

/*
 * Exported by libiolas-dxgk.  Pages for a list: at most 0xFFFFF000 bytes, no
 * CPU mapping, perhaps fewer than asked unless FULLY_REQUIRED.  After
 * MmFreePagesFromMdl the list itself is freed with ExFreePool.
 */
DXGK_EXPORT PMDL NTAPI MmAllocatePagesForMdl(PHYSICAL_ADDRESS LowAddress,
					     PHYSICAL_ADDRESS HighAddress,
					     PHYSICAL_ADDRESS SkipBytes,
					     SIZE_T TotalBytes);
DXGK_EXPORT PMDL NTAPI MmAllocatePagesForMdlEx(PHYSICAL_ADDRESS LowAddress,
					       PHYSICAL_ADDRESS HighAddress,
					       PHYSICAL_ADDRESS SkipBytes,
					       SIZE_T TotalBytes,
					       MEMORY_CACHING_TYPE CacheType,
					       ULONG Flags);
DXGK_EXPORT PMDL NTAPI MmAllocateNodePagesForMdlEx(
	PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress,
	PHYSICAL_ADDRESS SkipBytes, SIZE_T TotalBytes,
	MEMORY_CACHING_TYPE CacheType, ULONG IdealNode, ULONG Flags);
DXGK_EXPORT VOID NTAPI MmFreePagesFromMdl(PMDL Mdl);
DXGK_EXPORT VOID NTAPI MmFreePagesFromMdlEx(PMDL Mdl, ULONG Flags);

/* Exported by libiolas-dxgk: device memory, and questions about addresses. */
DXGK_EXPORT PVOID NTAPI MmMapIoSpace(PHYSICAL_ADDRESS PhysicalAddress,
				     SIZE_T NumberOfBytes,
				     MEMORY_CACHING_TYPE CacheType);
DXGK_EXPORT PVOID NTAPI MmMapIoSpaceEx(PHYSICAL_ADDRESS PhysicalAddress,
				       SIZE_T NumberOfBytes, ULONG Protect);
DXGK_EXPORT VOID NTAPI MmUnmapIoSpace(PVOID BaseAddress, SIZE_T NumberOfBytes);
DXGK_EXPORT PHYSICAL_ADDRESS NTAPI MmGetPhysicalAddress(PVOID BaseAddress);
DXGK_EXPORT BOOLEAN NTAPI MmIsAddressValid(PVOID VirtualAddress);

EXTERN_C_END

#endif /* WDM_MM_H */
