/* SPDX-License-Identifier: MIT */
/*
 * Types that user mode and kernel mode share: handles, GPU addresses, formats,
 * priorities and the allocation structs of the runtime
 * (spec/dxgk-miniport.md, sections 2.4 and 3.1).
 */
#ifndef DXGK_D3DUKMDT_H
#define DXGK_D3DUKMDT_H

#include "wdm_types.h"
#include "dxgk_versions.h"

EXTERN_C_START

/* 32 bits on every target, unlike HANDLE. */
typedef UINT D3DKMT_HANDLE;
typedef UINT D3DDDI_VIDEO_PRESENT_SOURCE_ID;
typedef UINT D3DDDI_VIDEO_PRESENT_TARGET_ID;
typedef ULONGLONG D3DGPU_VIRTUAL_ADDRESS;
typedef ULONGLONG D3DGPU_SIZE_T;
typedef ULONGLONG D3DGPU_PHYSICAL_ADDRESS;

#define D3DDDI_ID_UNINITIALIZED		  ((UINT)~0u)
#define D3DDDI_ID_NOTAPPLICABLE		  ((UINT)0)
#define D3DDDI_ID_ANY			  ((UINT)~0u - 1)
#define D3DDDI_ID_ALL			  ((UINT)~0u - 2)

#define D3DDDI_ALLOCATIONPRIORITY_MINIMUM 0x28000000
#define D3DDDI_ALLOCATIONPRIORITY_LOW	  0x50000000
#define D3DDDI_ALLOCATIONPRIORITY_NORMAL  0x78000000
#define D3DDDI_ALLOCATIONPRIORITY_HIGH	  0xA0000000u
#define D3DDDI_ALLOCATIONPRIORITY_MAXIMUM 0xC8000000u

/* The formats that standard allocations use. */
typedef enum _D3DDDIFORMAT {
	D3DDDIFMT_UNKNOWN = 0,
	D3DDDIFMT_A8R8G8B8 = 21,
	D3DDDIFMT_X8R8G8B8 = 22,
	D3DDDIFMT_A8 = 28,
	D3DDDIFMT_A8B8G8R8 = 32,
	D3DDDIFMT_X8B8G8R8 = 33,
	D3DDDIFMT_FORCE_UINT = 0x7fffffff
} D3DDDIFORMAT;

typedef struct _D3DDDI_RATIONAL {
	UINT Numerator;
	UINT Denominator;
} D3DDDI_RATIONAL;

typedef struct _D3DDDI_MULTISAMPLINGMETHOD {
	UINT NumSamples;
	UINT NumQualityLevels;
} D3DDDI_MULTISAMPLINGMETHOD;

/* Segment ids are one-based, 0 is no preference; direction 1 is top-down. */
typedef struct _D3DDDI_SEGMENTPREFERENCE {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT SegmentId0 : 5;
			UINT Direction0 : 1;
			UINT SegmentId1 : 5;
			UINT Direction1 : 1;
			UINT SegmentId2 : 5;
			UINT Direction2 : 1;
			UINT SegmentId3 : 5;
			UINT Direction3 : 1;
			UINT SegmentId4 : 5;
			UINT Direction4 : 1;
			UINT Reserved : 2;
		};
		UINT Value;
	};
} D3DDDI_SEGMENTPREFERENCE;

EXTERN_C_END

#endif /* DXGK_D3DUKMDT_H */
