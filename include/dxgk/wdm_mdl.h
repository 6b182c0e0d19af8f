/* SPDX-License-Identifier: MIT */
/*
 * Memory descriptor lists: the struct, its flags, the page arithmetic and the
 * pure macros (spec/dxgk.md, section D.2), then what the runtime does to them
 * (D.4).  Read a list's length from ByteCount and ByteOffset only: Size is a
 * signed 16-bit field and overflows at some 16 MB of pages.
 */
#ifndef WDM_MDL_H
#define WDM_MDL_H

#include "wdm_types.h"

#ifndef PAGE_SIZE
#define PAGE_SIZE 0x1000
#endif
#ifndef PAGE_SHIFT
#define PAGE_SHIFT 12
#endif

EXTERN_C_START

typedef struct _MDL {
	struct _MDL *Next;
	CSHORT Size;
	CSHORT MdlFlags; /* signed: mask it as uint16_t */
	struct _EPROCESS *Process;
	PVOID MappedSystemVa;
	PVOID StartVa;
	ULONG ByteCount;
	ULONG ByteOffset;
	/* An array of PFN_NUMBER follows; MmGetMdlPfnArray() finds it. */
} MDL, *PMDL;
typedef const MDL *PCMDL;

typedef MDL *PMDLX;

#define MDL_MAPPED_TO_SYSTEM_VA	    0x0001
#define MDL_PAGES_LOCKED	    0x0002
#define MDL_SOURCE_IS_NONPAGED_POOL 0x0004
#define MDL_ALLOCATED_FIXED_SIZE    0x0008
#define MDL_PARTIAL		    0x0010
#define MDL_PARTIAL_HAS_BEEN_MAPPED 0x0020
#define MDL_IO_PAGE_READ	    0x0040
#define MDL_WRITE_OPERATION	    0x0080
#define MDL_LOCKED_PAGE_TABLES	    0x0100
#define MDL_PARENT_MAPPED_SYSTEM_VA MDL_LOCKED_PAGE_TABLES
#define MDL_FREE_EXTRA_PTES	    0x0200
#define MDL_DESCRIBES_AWE	    0x0400
#define MDL_IO_SPACE		    0x0800
#define MDL_NETWORK_HEADER	    0x1000
#define MDL_MAPPING_CAN_FAIL	    0x2000
#define MDL_PAGE_CONTENTS_INVARIANT 0x4000
#define MDL_ALLOCATED_MUST_SUCCEED  MDL_PAGE_CONTENTS_INVARIANT
#define MDL_INTERNAL		    0x8000
#define MDL_MAPPING_FLAGS                                            \
	(MDL_MAPPED_TO_SYSTEM_VA | MDL_PAGES_LOCKED |                \
	 MDL_SOURCE_IS_NONPAGED_POOL | MDL_PARTIAL_HAS_BEEN_MAPPED | \
	 MDL_PARENT_MAPPED_SYSTEM_VA | MDL_IO_SPACE)

/* The limit of the page-list family, in bytes: 4 GB less one page. */
#define MDL_MAXIMUM_BYTES 0xFFFFF000u

#define BYTE_OFFSET(va)	  ((ULONG)((ULONG_PTR)(va) & (PAGE_SIZE - 1)))
#define PAGE_ALIGN(va)	  ((PVOID)((ULONG_PTR)(va) & ~(ULONG_PTR)(PAGE_SIZE - 1)))
#define BYTES_TO_PAGES(size) \
	(((size) >> PAGE_SHIFT) + (((size) & (PAGE_SIZE - 1)) != 0))
/* As on Windows this wraps to 0 in the last page below the type's maximum. */
#define ROUND_TO_PAGES(size) \
	(((ULONG_PTR)(size) + PAGE_SIZE - 1) & ~(ULONG_PTR)(PAGE_SIZE - 1))
/* Parts first, so that no sum wraps, unlike in some copies of the header. */
#define ADDRESS_AND_SIZE_TO_SPAN_PAGES(va, size)                             \
	((ULONG)(((ULONG_PTR)(size) >> PAGE_SHIFT) +                         \
		 ((BYTE_OFFSET(va) + ((ULONG_PTR)(size) & (PAGE_SIZE - 1)) + \
		   PAGE_SIZE - 1) >>                                         \
		  PAGE_SHIFT)))
#define COMPUTE_PAGES_SPANNED(va, size) ADDRESS_AND_SIZE_TO_SPAN_PAGES(va, size)

#define MmGetMdlByteCount(mdl)		((mdl)->ByteCount)
#define MmGetMdlByteOffset(mdl)		((mdl)->ByteOffset)
#define MmGetMdlBaseVa(mdl)		((mdl)->StartVa)
#define MmGetMdlVirtualAddress(mdl) \
	((PVOID)((PCHAR)((mdl)->StartVa) + (mdl)->ByteOffset))
#define MmGetMdlPfnArray(mdl) ((PPFN_NUMBER)((mdl) + 1))

#define MmInitializeMdl(mdl, va, length)                                       \
	do {                                                                   \
		(mdl)->Next = NULL;                                            \
		(mdl)->Size = (CSHORT)(sizeof(MDL) +                           \
				       sizeof(PFN_NUMBER) *                    \
					       ADDRESS_AND_SIZE_TO_SPAN_PAGES( \
						       (va), (length)));       \
		(mdl)->MdlFlags = 0;                                           \
		(mdl)->StartVa = PAGE_ALIGN(va);                               \
		(mdl)->ByteOffset = BYTE_OFFSET(va);                           \
		(mdl)->ByteCount = (ULONG)(length);                            \
	} while (0)

#define MmPrepareMdlForReuse(mdl)                                         \
	do {                                                              \
		if (((mdl)->MdlFlags & MDL_PARTIAL_HAS_BEEN_MAPPED) != 0) \
			MmUnmapLockedPages((mdl)->MappedSystemVa, (mdl)); \
	} while (0)

/* How a mapping or a lock is asked for. */
enum { KernelMode, UserMode, MaximumMode };
typedef enum _MEMORY_CACHING_TYPE {
	MmNotMapped = -1,
	MmNonCached = 0,
	MmCached = 1,
	MmWriteCombined = 2,
	MmHardwareCoherentCached = 3,
	MmNonCachedUnordered = 4,
	MmUSWCCached = 5,
	MmMaximumCacheType = 6
} MEMORY_CACHING_TYPE;

typedef enum _LOCK_OPERATION {
	IoReadAccess,
	IoWriteAccess,
	IoModifyAccess
} LOCK_OPERATION;

typedef enum _MM_PAGE_PRIORITY {
	LowPagePriority = 0,
	NormalPagePriority = 16,
	HighPagePriority = 32
} MM_PAGE_PRIORITY;
#define MdlMappingNoExecute 0x40000000u
#define MdlMappingNoWrite   0x80000000u

/* Exported by libiolas-dxgk. */
DXGK_EXPORT SIZE_T NTAPI MmSizeOfMdl(PVOID Base, SIZE_T Length);
DXGK_EXPORT PMDL NTAPI IoAllocateMdl(PVOID VirtualAddress, ULONG Length,
				     BOOLEAN SecondaryBuffer,
				     BOOLEAN ChargeQuota, PIRP Irp);
DXGK_EXPORT VOID NTAPI IoFreeMdl(PMDL Mdl);
DXGK_EXPORT VOID NTAPI IoBuildPartialMdl(PMDL SourceMdl, PMDL TargetMdl,
					 PVOID VirtualAddress, ULONG Length);
DXGK_EXPORT VOID NTAPI MmBuildMdlForNonPagedPool(PMDL Mdl);
DXGK_EXPORT VOID NTAPI MmProbeAndLockPages(PMDL Mdl, KPROCESSOR_MODE AccessMode,
					   LOCK_OPERATION Operation);
DXGK_EXPORT VOID NTAPI MmUnlockPages(PMDL Mdl);
DXGK_EXPORT PVOID NTAPI MmMapLockedPages(PMDL Mdl, KPROCESSOR_MODE AccessMode);
DXGK_EXPORT PVOID NTAPI MmMapLockedPagesSpecifyCache(
	PMDL Mdl, KPROCESSOR_MODE AccessMode, MEMORY_CACHING_TYPE CacheType,
	PVOID RequestedAddress, ULONG BugCheckOnFailure, ULONG Priority);
DXGK_EXPORT VOID NTAPI MmUnmapLockedPages(PVOID BaseAddress, PMDL Mdl);
DXGK_EXPORT NTSTATUS NTAPI MmProtectMdlSystemAddress(PMDL Mdl,
						     ULONG NewProtect);

/* A buffer that already has a system address keeps it; others are mapped. */
FORCEINLINE PVOID MmGetSystemAddressForMdlSafe(PMDL mdl, ULONG priority)
{
	if (mdl->MdlFlags &
	    (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL))
		return mdl->MappedSystemVa;
	return MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL,
					    FALSE, priority);
}

EXTERN_C_END

#endif /* WDM_MDL_H */
