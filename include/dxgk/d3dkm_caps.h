/* SPDX-License-Identifier: MIT */
/*
 * DXGK_DRIVERCAPS, the answer to DXGKQAITYPE_DRIVERCAPS, with its flag words
 * (spec/dxgk-miniport.md, section 2.2; dxgk.md, section B.3).  What a driver
 * of an older version fills is a prefix: see DXGK_DRIVERCAPS_SIZES.
 */
#ifndef D3DKM_CAPS_H
#define D3DKM_CAPS_H

#include "d3dkmdt.h"

EXTERN_C_START

typedef struct _DXGK_POINTERFLAGS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT Monochrome : 1;
			UINT Color : 1;
			UINT MaskedColor : 1;
			UINT Reserved : 29;
		};
		UINT Value;
	};
} DXGK_POINTERFLAGS;

typedef struct _DXGK_GAMMARAMPCAPS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT Gamma_Rgb256x3x16 : 1;
			UINT Reserved : 31;
		};
		UINT Value;
	};
} DXGK_GAMMARAMPCAPS;

typedef struct _DXGK_COLORTRANSFORMCAPS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT Gamma_Rgb256x3x16 : 1;
			UINT Gamma_Dxgi1 : 1;
			UINT Transform_3x4Matrix : 1;
			UINT Transform_3x4Matrix_WideColor : 1;
			UINT Transform_3x4Matrix_HighColor : 1;
			UINT Transform_Matrix_V2 : 1;
			UINT Reserved : 26;
		};
		UINT Value;
	};
} DXGK_COLORTRANSFORMCAPS;

typedef struct _DXGK_PRESENTATIONCAPS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT NoScreenToScreenBlt : 1;
			UINT NoOverlapScreenBlt : 1;
			UINT SupportKernelModeCommandBuffer : 1;
			UINT NoSameBitmapAlphaBlend : 1;
			UINT NoSameBitmapStretchBlt : 1;
			UINT NoSameBitmapTransparentBlt : 1;
			UINT NoSameBitmapOverlappedAlphaBlend : 1;
			UINT NoSameBitmapOverlappedStretchBlt : 1;
			UINT DriverSupportsCddDwmInterop : 1;
			UINT Reserved0 : 1;
			UINT AlignmentShift : 4;
			UINT MaxTextureWidthShift : 3;
			UINT MaxTextureHeightShift : 3;
			UINT SupportAllBltRops : 1;
			UINT SupportMirrorStretchBlt : 1;
			UINT SupportMonoStretchBltModes : 1;
			UINT StagingRectStartPitchAligned : 1;
			UINT NoSameBitmapBitBlt : 1;
			UINT NoSameBitmapOverlappedBitBlt : 1;
			UINT Reserved1 : 1;
			UINT NoTempSurfaceForClearTypeBlend : 1;
			UINT SupportSoftwareDeviceBitmaps : 1;
			UINT NoCacheCoherentApertureMemory : 1;
			UINT SupportLinearHeap : 1;
			UINT Reserved : 1;
		};
		UINT Value;
	};
} DXGK_PRESENTATIONCAPS;

typedef struct _DXGK_FLIPCAPS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT FlipOnVSyncWithNoWait : 1;
			UINT FlipOnVSyncMmIo : 1;
			UINT FlipInterval : 1;
			UINT FlipImmediateMmIo : 1;
			UINT FlipIndependent : 1;
			UINT DdiPresentForIFlip : 1;
			UINT FlipImmediateOnHSync : 1;
			UINT Reserved : 25;
		};
		UINT Value;
	};
} DXGK_FLIPCAPS;

typedef struct _DXGK_VIDSCHCAPS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT MultiEngineAware : 1;
			UINT VSyncPowerSaveAware : 1;
			UINT PreemptionAware : 1;    /* 1.2 */
			UINT NoDmaPatching : 1;	     /* 1.2 */
			UINT CancelCommandAware : 1; /* 1.2 */
			UINT No64BitAtomics : 1;     /* 2.0 */
			UINT LowIrqlPreemptCommand : 1;
			UINT HwQueuePacketCap : 4;
			UINT NativeGpuFence : 1;
			UINT OptimizedNativeFenceSignaledInterrupt : 1;
			UINT Reserved : 19;
		};
		UINT Value;
	};
} DXGK_VIDSCHCAPS;

/* IoMmuSupported is the shared-address model, not isolation. */
typedef struct _DXGK_VIDMMCAPS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT OutOfOrderLock : 1;
			UINT DedicatedPagingEngine : 1;
			UINT PagingEngineCanSwizzle : 1;
			UINT SectionBackedPrimary : 1;
			UINT CrossAdapterResource : 1;
			UINT VirtualAddressingSupported : 1;
			UINT GpuMmuSupported : 1;
			UINT IoMmuSupported : 1;
			UINT ReplicateGdiContent : 1;
			UINT NonCpuVisiblePrimary : 1;
			UINT ParavirtualizationSupported : 1;
			UINT IoMmuSecureModeSupported : 1; /* 2.4 */
			UINT DisableSelfRefreshVRAMInS3 : 1;
			UINT IoMmuSecureModeRequired : 1; /* 2.7 */
			UINT MapAperture2Supported : 1;	  /* 2.9 */
			UINT CrossAdapterResourceTexture : 1;
			UINT CrossAdapterResourceScanout : 1;
			UINT AlwaysPoweredVRAM : 1;
			UINT Reserved : 14;
		};
		UINT Value;
	};
	UINT PagingNode;
} DXGK_VIDMMCAPS;
#define DXGK_VIDMMCAP_CROSSADAPTERRESOURCE     0x00000010u
#define DXGK_VIDMMCAP_VIRTUALADDRESSING	       0x00000020u
#define DXGK_VIDMMCAP_GPUMMUSUPPORTED	       0x00000040u
#define DXGK_VIDMMCAP_IOMMUSUPPORTED	       0x00000080u
#define DXGK_VIDMMCAP_IOMMUSECUREMODESUPPORTED 0x00000800u
#define DXGK_VIDMMCAP_IOMMUSECUREMODEREQUIRED  0x00002000u
#define DXGK_VIDMMCAP_MAPAPERTURE2SUPPORTED    0x00004000u

typedef struct _DXGK_GPUENGINETOPOLOGY {
	UINT NbAsymetricProcessingNodes;
	UINT Reserved[64];
} DXGK_GPUENGINETOPOLOGY;

typedef struct _DXGK_MISCCAPS {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UINT SupportContextlessPresent : 1;	     /* 2.4 */
			UINT Detachable : 1;			     /* 2.4 */
			UINT VirtualGpuOnly : 1;		     /* 2.5 */
			UINT ComputeOnly : 1;			     /* 2.6 */
			UINT IndependentVidPnVSyncControl : 1;	     /* 2.7 */
			UINT NoHybridDiscreteDListDllSupport : 1;    /* 2.8 */
			UINT DisplayableSupport : 1;		     /* 3.0 */
			UINT NoHybridDiscreteDListDllMuxSupport : 1; /* 3.2 */
			UINT CursorDoesNotSupportXorBlendWithMultiPlaneOverlay : 1; /* 3.2 */
			UINT Reserved : 23;
		};
		UINT Value;
	};
} DXGK_MISCCAPS;

typedef struct _DXGK_DRIVERCAPS {
	PHYSICAL_ADDRESS HighestAcceptableAddress; /* inclusive */
	UINT MaxAllocationListSlotId;
	SIZE_T ApertureSegmentCommitLimit;
	UINT MaxPointerWidth;
	UINT MaxPointerHeight;
	DXGK_POINTERFLAGS PointerCaps;
	UINT InterruptMessageNumber;
	UINT NumberOfSwizzlingRanges;
	UINT MaxOverlays;
	DXGK_ANONYMOUS union {
		DXGK_GAMMARAMPCAPS GammaRampCaps;
		DXGK_COLORTRANSFORMCAPS ColorTransformCaps; /* 2.2 */
	};
	DXGK_PRESENTATIONCAPS PresentationCaps;
	UINT MaxQueuedFlipOnVSync;
	DXGK_FLIPCAPS FlipCaps;
	DXGK_VIDSCHCAPS SchedulingCaps;
	DXGK_VIDMMCAPS MemoryManagementCaps;
	DXGK_GPUENGINETOPOLOGY GpuEngineTopology;
	/* 1.1 */
	DXGK_WDDMVERSION WDDMVersion;
	UINT Reserved[7];   /* virtual addresses, deprecated */
	UINT Reserved1[40]; /* DMA buffers, deprecated */
	/* 1.2 */
	D3DKMDT_PREEMPTION_CAPS PreemptionCaps;
	BOOLEAN SupportNonVGA;
	BOOLEAN SupportSmoothRotation;
	BOOLEAN SupportPerEngineTDR;
	BOOLEAN SupportDirectFlip;
	BOOLEAN SupportMultiPlaneOverlay;
	BOOLEAN SupportRuntimePowerManagement;
	BOOLEAN SupportSurpriseRemovalInHibernation;
	/* 1.3 */
	BOOLEAN HybridDiscrete;
	UINT MaxOverlayPlanes;
	/* 2.0 */
	BOOLEAN HybridIntegrated;
	D3DGPU_VIRTUAL_ADDRESS InternalGpuVirtualAddressRangeStart;
	D3DGPU_VIRTUAL_ADDRESS InternalGpuVirtualAddressRangeEnd;
	BOOLEAN SupportSurpriseRemoval;
	/* 2.1 */
	BOOLEAN SupportMultiPlaneOverlayImmediateFlip;
	BOOLEAN CursorScaledWithMultiPlaneOverlayPlane0;
	BOOLEAN HybridAcpiChainingRequired;
	UINT MaxQueuedMultiPlaneOverlayFlipVSync;
	/* 2.4 */
	DXGK_MISCCAPS MiscCaps;
	/* 2.9 */
	UINT MaxHwQueuedFlips;
	UINT HwQueuedFlipCaps;
} DXGK_DRIVERCAPS;

EXTERN_C_END

#endif /* D3DKM_CAPS_H */
