/* SPDX-License-Identifier: MIT */
/*
 * video.h of the Windows surface: the port functions of the older driver model
 * that allocate memory (spec/dxgk.md, section A.6).  All at PASSIVE_LEVEL.
 */
#ifndef DXGK_VIDEO_H
#define DXGK_VIDEO_H

#include "wdm_types.h"

EXTERN_C_START

typedef struct _VP_DMA_ADAPTER VP_DMA_ADAPTER, *PVP_DMA_ADAPTER;

/* Exported by libiolas-dxgk. */

/* HighestAcceptableAddress is inclusive.  No function frees the block. */
DXGK_EXPORT PVOID NTAPI
VideoPortAllocateContiguousMemory(PVOID HwDeviceExtension, ULONG NumberOfBytes,
				  PHYSICAL_ADDRESS HighestAcceptableAddress);

DXGK_EXPORT PVOID NTAPI
VideoPortGetCommonBuffer(PVOID HwDeviceExtension, ULONG DesiredLength,
			 ULONG Alignment, PPHYSICAL_ADDRESS LogicalAddress,
			 PULONG pActualLength, BOOLEAN CacheEnabled);
DXGK_EXPORT VOID NTAPI VideoPortFreeCommonBuffer(
	PVOID HwDeviceExtension, ULONG Length, PVOID VirtualAddress,
	PHYSICAL_ADDRESS LogicalAddress, BOOLEAN CacheEnabled);

/* The addresses stand in the other order here than in Free. */
DXGK_EXPORT PVOID NTAPI VideoPortAllocateCommonBuffer(
	PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter,
	ULONG DesiredLength, PPHYSICAL_ADDRESS LogicalAddress,
	BOOLEAN CacheEnabled, PVOID Reserved);
DXGK_EXPORT VOID NTAPI VideoPortReleaseCommonBuffer(
	PVOID HwDeviceExtension, PVP_DMA_ADAPTER VpDmaAdapter, ULONG Length,
	PHYSICAL_ADDRESS LogicalAddress, PVOID VirtualAddress,
	BOOLEAN CacheEnabled);

EXTERN_C_END

#endif /* DXGK_VIDEO_H */
