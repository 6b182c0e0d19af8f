/* SPDX-License-Identifier: MIT */
/*
 * Memory segments: the answers to DXGKQAITYPE_QUERYSEGMENT, 3 and 4 and to
 * DXGKQAITYPE_SEGMENTMEMORYSTATE (spec/dxgk-miniport.md, section 2.2).  Asked
 * twice: for the count, then with an array.  A segment's id is its position,
 * counted from one.
 */
#ifndef D3DKM_SEGMENT_H
#define D3DKM_SEGMENT_H

#include "d3dkm_callbacks.h"

EXTERN_C_START

typedef struct _DXGK_SEGMENTFLAGS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT Aperture : 1;
			UINT Agp : 1;
			UINT CpuVisible : 1;
			UINT UseBanking : 1;
			UINT CacheCoherent : 1;
			UINT PitchAlignment : 1;
			UINT PopulatedFromSystemMemory : 1;
			UINT PreservedDuringStandby : 1;
			UINT PreservedDuringHibernate : 1;
			UINT PartiallyPreservedDuringHibernate : 1;
			UINT DirectFlip : 1;   /* 1.2 */
			UINT Use64KBPages : 1; /* this and below: 2.0 */
			UINT ReservedSysMem : 1;
			UINT SupportsCpuHostAperture : 1;
			UINT SupportsCachedCpuHostAperture : 1;
			UINT ApplicationTarget : 1;
			UINT VprSupported : 1;
			UINT VprPreservedDuringStandby : 1;
			UINT EncryptedPagingSupported : 1;
			UINT LocalBudgetGroup : 1;
			UINT NonLocalBudgetGroup : 1;
			UINT PopulatedByReservedDDRByFirmware : 1; /* 2.9 */
			UINT Reserved : 10;
		};
		UINT Value;
	};
} DXGK_SEGMENTFLAGS;
#define DXGK_SEGMENTFLAG_APERTURE			   0x00000001u
#define DXGK_SEGMENTFLAG_AGP				   0x00000002u
#define DXGK_SEGMENTFLAG_CPUVISIBLE			   0x00000004u
#define DXGK_SEGMENTFLAG_USEBANKING			   0x00000008u
#define DXGK_SEGMENTFLAG_CACHECOHERENT			   0x00000010u
#define DXGK_SEGMENTFLAG_PITCHALIGNMENT			   0x00000020u
#define DXGK_SEGMENTFLAG_POPULATEDFROMSYSTEMMEMORY	   0x00000040u
#define DXGK_SEGMENTFLAG_PRESERVEDDURINGSTANDBY		   0x00000080u
#define DXGK_SEGMENTFLAG_PRESERVEDDURINGHIBERNATE	   0x00000100u
#define DXGK_SEGMENTFLAG_PARTIALLYPRESERVEDDURINGHIBERNATE 0x00000200u
#define DXGK_SEGMENTFLAG_DIRECTFLIP			   0x00000400u
#define DXGK_SEGMENTFLAG_USE64KBPAGES			   0x00000800u
#define DXGK_SEGMENTFLAG_RESERVEDSYSMEM			   0x00001000u
#define DXGK_SEGMENTFLAG_SUPPORTSCPUHOSTAPERTURE	   0x00002000u
#define DXGK_SEGMENTFLAG_SUPPORTSCACHEDCPUHOSTAPERTURE	   0x00004000u
#define DXGK_SEGMENTFLAG_APPLICATIONTARGET		   0x00008000u
#define DXGK_SEGMENTFLAG_VPRSUPPORTED			   0x00010000u
#define DXGK_SEGMENTFLAG_VPRPRESERVEDDURINGSTANDBY	   0x00020000u
#define DXGK_SEGMENTFLAG_ENCRYPTEDPAGINGSUPPORTED	   0x00040000u
#define DXGK_SEGMENTFLAG_LOCALBUDGETGROUP		   0x00080000u
#define DXGK_SEGMENTFLAG_NONLOCALBUDGETGROUP		   0x00100000u
#define DXGK_SEGMENTFLAG_POPULATEDBYRESERVEDDDRBYFIRMWARE  0x00200000u

/* Input of types 2 and 5; zeroes say that there is no AGP. */
typedef struct _DXGK_QUERYSEGMENTIN {
	PHYSICAL_ADDRESS AgpApertureBase;
	LARGE_INTEGER AgpApertureSize;
	DXGK_SEGMENTFLAGS AgpFlags;
} DXGK_QUERYSEGMENTIN;

/* Input of type 11. */
typedef struct _DXGK_QUERYSEGMENTIN4 {
	UINT PhysicalAdapterIndex;
} DXGK_QUERYSEGMENTIN4;

typedef struct _DXGK_SEGMENTDESCRIPTOR {
	PHYSICAL_ADDRESS BaseAddress;
	PHYSICAL_ADDRESS CpuTranslatedAddress;
	SIZE_T Size;
	UINT NbOfBanks;
	SIZE_T *pBankRangeTable;
	SIZE_T CommitLimit;
	DXGK_SEGMENTFLAGS Flags;
} DXGK_SEGMENTDESCRIPTOR;

typedef struct _DXGK_SEGMENTDESCRIPTOR3 {
	DXGK_SEGMENTFLAGS Flags;
	PHYSICAL_ADDRESS BaseAddress;
	PHYSICAL_ADDRESS CpuTranslatedAddress;
	SIZE_T Size;
	UINT NbOfBanks;
	SIZE_T *pBankRangeTable;
	SIZE_T CommitLimit;
	SIZE_T SystemMemoryEndAddress;
	SIZE_T Reserved;
} DXGK_SEGMENTDESCRIPTOR3;

typedef struct _DXGK_CPUHOSTAPERTURE {
	UINT64 PhysicalAddress;
	UINT32 SizeInPages;
} DXGK_CPUHOSTAPERTURE;

typedef struct _DXGK_SEGMENTDESCRIPTOR4 {
	DXGK_SEGMENTFLAGS Flags;
	PHYSICAL_ADDRESS BaseAddress;
	SIZE_T Size;
	SIZE_T CommitLimit;
	SIZE_T SystemMemoryEndAddress;
	DXGK_ANONYMOUS union {
		PHYSICAL_ADDRESS CpuTranslatedAddress;
		DXGK_CPUHOSTAPERTURE CpuHostAperture;
	};
	UINT NumInvalidMemoryRanges;
	SIZE_T VprRangeStartOffset;
	SIZE_T VprRangeSize;
	UINT VprAlignment;
	UINT NumVprSupported;
	UINT VprReserveSize;
	UINT NumUEFIFrameBufferRanges; /* 2.2 */
} DXGK_SEGMENTDESCRIPTOR4;

typedef struct _DXGK_QUERYSEGMENTOUT {
	UINT NbSegment;
	DXGK_SEGMENTDESCRIPTOR *pSegmentDescriptor;
	UINT PagingBufferSegmentId;
	UINT PagingBufferSize;
	UINT PagingBufferPrivateDataSize;
} DXGK_QUERYSEGMENTOUT;

typedef struct _DXGK_QUERYSEGMENTOUT3 {
	UINT NbSegment;
	DXGK_SEGMENTDESCRIPTOR3 *pSegmentDescriptor;
	UINT PagingBufferSegmentId;
	UINT PagingBufferSize;
	UINT PagingBufferPrivateDataSize;
} DXGK_QUERYSEGMENTOUT3;

/* The array is walked in steps of SegmentDescriptorStride bytes. */
typedef struct _DXGK_QUERYSEGMENTOUT4 {
	UINT NbSegment;
	BYTE *pSegmentDescriptor;
	UINT PagingBufferSegmentId;
	UINT PagingBufferSize;
	UINT PagingBufferPrivateDataSize;
	SIZE_T SegmentDescriptorStride;
} DXGK_QUERYSEGMENTOUT4;

typedef struct _DXGK_QUERYSEGMENTMEMORYSTATE {
	UINT16 DriverSegmentId;
	UINT16 PhysicalAdapterIndex;
	DXGK_ANONYMOUS union {
		UINT NumInvalidMemoryRanges;
		UINT NumUEFIFrameBufferRanges; /* 2.2 */
	};
	DXGK_MEMORYRANGE *pMemoryRanges;
} DXGK_QUERYSEGMENTMEMORYSTATE;

EXTERN_C_END

#endif /* D3DKM_SEGMENT_H */
