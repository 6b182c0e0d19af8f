/* SPDX-License-Identifier: MIT */
/*
 * Which bits a named flag is, against the bit numbers of spec/dxgk.md and
 * spec/dxgk-miniport.md, and the masks that the headers publish against both.
 * Compiled with optimisation: a check that holds folds away, one that does not
 * leaves a call to a function that cannot be called.
 */
#include <d3dkmddi.h>
#include <d3dkmthk.h>

#ifdef __cplusplus
extern "C"
#endif
	void
	bits_differ(void)
		__attribute__((__error__("a flag is not where it belongs")));

#ifdef DXGK_LAYOUT_OFF_BY_ONE
#define EXPECTED(first, count) MASK((first) + 1, count)
#else
#define EXPECTED(first, count) MASK(first, count)
#endif
#define MASK(first, count) ((UINT)((1ull << (count)) - 1) << (first))

/* Clearing the field clears its bits, and all others leave it clear. */
#define BITS(type, field, first, count)                       \
	do {                                                  \
		type all, others;                             \
		__builtin_memset(&all, 0, sizeof(all));       \
		__builtin_memset(&others, 0, sizeof(others)); \
		all.Value = EXPECTED(first, count);           \
		all.field = 0;                                \
		others.Value = ~EXPECTED(first, count);       \
		if (all.Value != 0 || others.field != 0)      \
			bits_differ();                        \
	} while (0)
#define BIT(type, field, number) BITS(type, field, number, 1)
/* The same, and the published mask. */
#define FLAG(type, field, number, mask)            \
	do {                                       \
		BITS(type, field, number, 1);      \
		if ((mask) != EXPECTED(number, 1)) \
			bits_differ();             \
	} while (0)

void check_allocation_flags(void);
void check_memory_flags(void);
void check_capability_flags(void);
void check_segment_flags(void);
void check_user_flags(void);

/* dxgk.md, section A.7 */
void check_allocation_flags(void)
{
#define ONE(field, number, mask)                      \
	FLAG(DXGK_ALLOCATIONINFOFLAGS, field, number, \
	     DXGK_ALLOCATIONINFOFLAG_##mask)
#define TWO(field, number, mask)                              \
	FLAG(DXGK_ALLOCATIONINFOFLAGS_WDDM2_0, field, number, \
	     DXGK_ALLOCATIONINFOFLAG_##mask)
#define BOTH(field, number, mask) \
	ONE(field, number, mask); \
	TWO(field, number, mask)
	BOTH(CpuVisible, 0, CPUVISIBLE);
	BOTH(PermanentSysMem, 1, PERMANENTSYSMEM);
	BOTH(Cached, 2, CACHED);
	BOTH(Protected, 3, PROTECTED);
	BOTH(ExistingSysMem, 4, EXISTINGSYSMEM);
	BOTH(ExistingKernelSysMem, 5, EXISTINGKERNELSYSMEM);
	BOTH(FromEndOfSegment, 6, FROMENDOFSEGMENT);
	ONE(Swizzled, 7, SWIZZLED);
	TWO(DisableLargePageMapping, 7, DISABLELARGEPAGEMAPPING);
	BOTH(Overlay, 8, OVERLAY);
	BOTH(Capture, 9, CAPTURE);
	ONE(UseAlternateVA, 10, USEALTERNATEVA);
	TWO(CreateInVpr, 10, CREATEINVPR);
	ONE(SynchronousPaging, 11, SYNCHRONOUSPAGING);
	ONE(LinkMirrored, 12, LINKMIRRORED);
	ONE(LinkInstanced, 13, LINKINSTANCED);
	TWO(MapApertureCpuVisible, 13, MAPAPERTURECPUVISIBLE);
	BOTH(HistoryBuffer, 14, HISTORYBUFFER);
	BOTH(AccessedPhysically, 15, ACCESSEDPHYSICALLY);
	BOTH(ExplicitResidencyNotification, 16, EXPLICITRESIDENCYNOTIFICATION);
	BOTH(HardwareProtected, 17, HARDWAREPROTECTED);
	BOTH(CpuVisibleOnDemand, 18, CPUVISIBLEONDEMAND);
#undef ONE
#undef TWO
#undef BOTH

#define FLAG2(field, number, mask)                     \
	FLAG(DXGK_ALLOCATIONINFOFLAGS2, field, number, \
	     DXGK_ALLOCATIONINFOFLAG2_##mask)
	FLAG2(ShareBackingStoreWithKmd, 0, SHAREBACKINGSTOREWITHKMD);
	FLAG2(NoImplicitSynchronization, 1, NOIMPLICITSYNCHRONIZATION);
	FLAG2(DisablePartialResidency, 2, DISABLEPARTIALRESIDENCY);
	FLAG2(RestrictedToSingleSegment, 3, RESTRICTEDTOSINGLESEGMENT);
	FLAG2(NotifyEviction, 4, NOTIFYEVICTION);
	FLAG2(NotifyIoMmuUnmap, 5, NOTIFYIOMMUUNMAP);

	BIT(DXGK_CREATEALLOCATIONFLAGS, Resource, 0);
	BITS(DXGK_CREATEALLOCATIONFLAGS, Reserved, 1, 31);
	BIT(DXGK_DESTROYALLOCATIONFLAGS, DestroyResource, 0);
	BIT(DXGK_OPENALLOCATIONFLAGS, Create, 0);
	BIT(DXGK_OPENALLOCATIONFLAGS, ReadOnly, 1);
	BIT(DXGK_DESCRIBEALLOCATIONFLAGS, CheckDisplayMode, 0);

	BITS(DXGK_SEGMENTPREFERENCE, SegmentId0, 0, 5);
	BIT(DXGK_SEGMENTPREFERENCE, Direction0, 5);
	BITS(DXGK_SEGMENTPREFERENCE, SegmentId1, 6, 5);
	BIT(DXGK_SEGMENTPREFERENCE, Direction1, 11);
	BITS(DXGK_SEGMENTPREFERENCE, SegmentId2, 12, 5);
	BIT(DXGK_SEGMENTPREFERENCE, Direction2, 17);
	BITS(DXGK_SEGMENTPREFERENCE, SegmentId3, 18, 5);
	BIT(DXGK_SEGMENTPREFERENCE, Direction3, 23);
	BITS(DXGK_SEGMENTPREFERENCE, SegmentId4, 24, 5);
	BIT(DXGK_SEGMENTPREFERENCE, Direction4, 29);
	BITS(DXGK_SEGMENTPREFERENCE, Reserved, 30, 2);
	BITS(DXGK_SEGMENTBANKPREFERENCE, Bank0, 0, 7);
	BIT(DXGK_SEGMENTBANKPREFERENCE, Direction0, 7);
	BITS(DXGK_SEGMENTBANKPREFERENCE, Bank1, 8, 7);
	BIT(DXGK_SEGMENTBANKPREFERENCE, Direction1, 15);
	BITS(DXGK_SEGMENTBANKPREFERENCE, Bank2, 16, 7);
	BIT(DXGK_SEGMENTBANKPREFERENCE, Direction2, 23);
	BITS(DXGK_SEGMENTBANKPREFERENCE, Bank3, 24, 7);
	BIT(DXGK_SEGMENTBANKPREFERENCE, Direction3, 31);
}

/* dxgk.md, sections A.5, A.8 and B; dxgk-miniport.md, sections 2.6 and 4 */
void check_memory_flags(void)
{
	FLAG(DXGKARGCB_GETHANDLEDATAFLAGS, DeviceSpecific, 0,
	     DXGKARGCB_GETHANDLEDATAFLAG_DEVICESPECIFIC);
	FLAG(DXGK_ADL_FLAGS, Contiguous, 0, DXGK_ADL_FLAG_CONTIGUOUS);
	FLAG(DXGK_ALLOCATE_ADL_FLAGS, RequireContiguous, 0,
	     DXGK_ALLOCATE_ADL_FLAG_REQUIRECONTIGUOUS);
	FLAG(DXGK_ALLOCATE_ADL_FLAGS, PreferContiguous, 1,
	     DXGK_ALLOCATE_ADL_FLAG_PREFERCONTIGUOUS);
	BITS(DXGK_ALLOCATE_ADL_FLAGS, Reserved, 2, 30);
	FLAG(DXGK_PINFRAMEBUFFERFORSAVE2_FLAGS, PreferContiguous, 0,
	     DXGK_PINFRAMEBUFFERFORSAVE2_FLAG_PREFERCONTIGUOUS);
	FLAG(DXGK_MAPAPERTUREFLAGS, CacheCoherent, 0,
	     DXGK_MAPAPERTUREFLAG_CACHECOHERENT);
	FLAG(DXGK_IOMMU_CAPS, IommuIsolationSupported, 0,
	     DXGK_IOMMU_CAP_ISOLATIONSUPPORTED);
	FLAG(DXGK_IOMMU_CAPS, IommuIsolationRequired, 1,
	     DXGK_IOMMU_CAP_ISOLATIONREQUIRED);
	FLAG(DXGK_IOMMU_CAPS, DmaRemappingSupported, 2,
	     DXGK_IOMMU_CAP_DMAREMAPPINGSUPPORTED);
	FLAG(DXGK_IOMMU_CAPS, GpuVaIommuRequired, 3,
	     DXGK_IOMMU_CAP_GPUVAIOMMUREQUIRED);
	FLAG(DXGK_IOMMU_CAPS, GpuVaIommuGlobalRequired, 4,
	     DXGK_IOMMU_CAP_GPUVAIOMMUGLOBALREQUIRED);
	BIT(DXGKCB_NOTIFY_INTERRUPT_DATA_FLAGS, ValidPhysicalAdapterMask, 0);
	BIT(DXGKCB_NOTIFY_INTERRUPT_DATA_FLAGS, HsyncFlipCompletion, 1);
	BIT(DXGKARGCB_SIGNALEVENT_FLAGS, CpuEventObject, 0);
	FLAG(DXGK_CREATEDEVICEFLAGS, SystemDevice, 0,
	     DXGK_CREATEDEVICEFLAG_SYSTEMDEVICE);
	FLAG(DXGK_CREATEDEVICEFLAGS, GdiDevice, 1,
	     DXGK_CREATEDEVICEFLAG_GDIDEVICE);
	BITS(DXGK_CREATEDEVICEFLAGS, Reserved, 2, 29);
	BIT(DXGK_CREATEDEVICEFLAGS, Reserved0, 31);
	BIT(DXGK_DEVICEINFOFLAGS, GuaranteedDmaBufferContract, 0);
	BIT(DXGK_CREATEPROCESSFLAGS, SystemProcess, 0);
	BIT(DXGK_CREATEPROCESSFLAGS, GdiProcess, 1);
	BIT(DXGK_CREATEPROCESSFLAGS, VirtualMachineProcess, 2);
	BIT(DXGK_CREATEPROCESSFLAGS, VirtualMachineWorkerProcess, 3);
}

/* dxgk-miniport.md, section 2.2; dxgk.md, section B.3 */
void check_capability_flags(void)
{
	BIT(DXGK_QUERYADAPTERINFOFLAGS, VirtualMachineData, 0);
	BIT(DXGK_QUERYADAPTERINFOFLAGS, SecureVirtualMachine, 1);
	BIT(DXGK_POINTERFLAGS, Monochrome, 0);
	BIT(DXGK_POINTERFLAGS, Color, 1);
	BIT(DXGK_POINTERFLAGS, MaskedColor, 2);
	BIT(DXGK_GAMMARAMPCAPS, Gamma_Rgb256x3x16, 0);
	BIT(DXGK_COLORTRANSFORMCAPS, Gamma_Dxgi1, 1);
	BIT(DXGK_COLORTRANSFORMCAPS, Transform_3x4Matrix, 2);
	BIT(DXGK_COLORTRANSFORMCAPS, Transform_Matrix_V2, 5);
	BIT(DXGK_PRESENTATIONCAPS, NoScreenToScreenBlt, 0);
	BIT(DXGK_PRESENTATIONCAPS, SupportKernelModeCommandBuffer, 2);
	BIT(DXGK_PRESENTATIONCAPS, DriverSupportsCddDwmInterop, 8);
	BITS(DXGK_PRESENTATIONCAPS, AlignmentShift, 10, 4);
	BITS(DXGK_PRESENTATIONCAPS, MaxTextureWidthShift, 14, 3);
	BITS(DXGK_PRESENTATIONCAPS, MaxTextureHeightShift, 17, 3);
	BIT(DXGK_PRESENTATIONCAPS, SupportAllBltRops, 20);
	BIT(DXGK_PRESENTATIONCAPS, SupportMirrorStretchBlt, 21);
	BIT(DXGK_PRESENTATIONCAPS, SupportMonoStretchBltModes, 22);
	BIT(DXGK_PRESENTATIONCAPS, StagingRectStartPitchAligned, 23);
	BIT(DXGK_PRESENTATIONCAPS, NoSameBitmapBitBlt, 24);
	BIT(DXGK_PRESENTATIONCAPS, NoSameBitmapOverlappedBitBlt, 25);
	BIT(DXGK_PRESENTATIONCAPS, NoTempSurfaceForClearTypeBlend, 27);
	BIT(DXGK_PRESENTATIONCAPS, SupportSoftwareDeviceBitmaps, 28);
	BIT(DXGK_PRESENTATIONCAPS, NoCacheCoherentApertureMemory, 29);
	BIT(DXGK_PRESENTATIONCAPS, SupportLinearHeap, 30);
	BIT(DXGK_FLIPCAPS, FlipOnVSyncWithNoWait, 0);
	BIT(DXGK_FLIPCAPS, FlipOnVSyncMmIo, 1);
	BIT(DXGK_FLIPCAPS, FlipInterval, 2);
	BIT(DXGK_FLIPCAPS, FlipImmediateMmIo, 3);
	BIT(DXGK_FLIPCAPS, FlipIndependent, 4);
	BIT(DXGK_FLIPCAPS, DdiPresentForIFlip, 5);
	BIT(DXGK_FLIPCAPS, FlipImmediateOnHSync, 6);
	BIT(DXGK_VIDSCHCAPS, MultiEngineAware, 0);
	BIT(DXGK_VIDSCHCAPS, VSyncPowerSaveAware, 1);
	BIT(DXGK_VIDSCHCAPS, PreemptionAware, 2);
	BIT(DXGK_VIDSCHCAPS, NoDmaPatching, 3);
	BIT(DXGK_VIDSCHCAPS, CancelCommandAware, 4);
	BIT(DXGK_VIDSCHCAPS, No64BitAtomics, 5);
	BIT(DXGK_VIDSCHCAPS, LowIrqlPreemptCommand, 6);
	BITS(DXGK_VIDSCHCAPS, HwQueuePacketCap, 7, 4);
	BIT(DXGK_VIDSCHCAPS, NativeGpuFence, 11);
	BIT(DXGK_VIDSCHCAPS, OptimizedNativeFenceSignaledInterrupt, 12);
	BIT(DXGK_VIDMMCAPS, OutOfOrderLock, 0);
	BIT(DXGK_VIDMMCAPS, DedicatedPagingEngine, 1);
	BIT(DXGK_VIDMMCAPS, PagingEngineCanSwizzle, 2);
	BIT(DXGK_VIDMMCAPS, SectionBackedPrimary, 3);
	FLAG(DXGK_VIDMMCAPS, CrossAdapterResource, 4,
	     DXGK_VIDMMCAP_CROSSADAPTERRESOURCE);
	FLAG(DXGK_VIDMMCAPS, VirtualAddressingSupported, 5,
	     DXGK_VIDMMCAP_VIRTUALADDRESSING);
	FLAG(DXGK_VIDMMCAPS, GpuMmuSupported, 6, DXGK_VIDMMCAP_GPUMMUSUPPORTED);
	FLAG(DXGK_VIDMMCAPS, IoMmuSupported, 7, DXGK_VIDMMCAP_IOMMUSUPPORTED);
	BIT(DXGK_VIDMMCAPS, ReplicateGdiContent, 8);
	BIT(DXGK_VIDMMCAPS, NonCpuVisiblePrimary, 9);
	BIT(DXGK_VIDMMCAPS, ParavirtualizationSupported, 10);
	FLAG(DXGK_VIDMMCAPS, IoMmuSecureModeSupported, 11,
	     DXGK_VIDMMCAP_IOMMUSECUREMODESUPPORTED);
	BIT(DXGK_VIDMMCAPS, DisableSelfRefreshVRAMInS3, 12);
	FLAG(DXGK_VIDMMCAPS, IoMmuSecureModeRequired, 13,
	     DXGK_VIDMMCAP_IOMMUSECUREMODEREQUIRED);
	FLAG(DXGK_VIDMMCAPS, MapAperture2Supported, 14,
	     DXGK_VIDMMCAP_MAPAPERTURE2SUPPORTED);
	BIT(DXGK_VIDMMCAPS, CrossAdapterResourceTexture, 15);
	BIT(DXGK_VIDMMCAPS, CrossAdapterResourceScanout, 16);
	BIT(DXGK_VIDMMCAPS, AlwaysPoweredVRAM, 17);
	BITS(DXGK_VIDMMCAPS, Reserved, 18, 14);
	BIT(DXGK_MISCCAPS, SupportContextlessPresent, 0);
	BIT(DXGK_MISCCAPS, Detachable, 1);
	BIT(DXGK_MISCCAPS, VirtualGpuOnly, 2);
	BIT(DXGK_MISCCAPS, ComputeOnly, 3);
	BIT(DXGK_MISCCAPS, IndependentVidPnVSyncControl, 4);
	BIT(DXGK_MISCCAPS, NoHybridDiscreteDListDllSupport, 5);
	BIT(DXGK_MISCCAPS, DisplayableSupport, 6);
	BIT(DXGK_MISCCAPS, NoHybridDiscreteDListDllMuxSupport, 7);
	BIT(DXGK_MISCCAPS, CursorDoesNotSupportXorBlendWithMultiPlaneOverlay,
	    8);
}

/* dxgk-miniport.md, section 2.2 */
void check_segment_flags(void)
{
#define SEGMENT(field, number, mask) \
	FLAG(DXGK_SEGMENTFLAGS, field, number, DXGK_SEGMENTFLAG_##mask)
	SEGMENT(Aperture, 0, APERTURE);
	SEGMENT(Agp, 1, AGP);
	SEGMENT(CpuVisible, 2, CPUVISIBLE);
	SEGMENT(UseBanking, 3, USEBANKING);
	SEGMENT(CacheCoherent, 4, CACHECOHERENT);
	SEGMENT(PitchAlignment, 5, PITCHALIGNMENT);
	SEGMENT(PopulatedFromSystemMemory, 6, POPULATEDFROMSYSTEMMEMORY);
	SEGMENT(PreservedDuringStandby, 7, PRESERVEDDURINGSTANDBY);
	SEGMENT(PreservedDuringHibernate, 8, PRESERVEDDURINGHIBERNATE);
	SEGMENT(PartiallyPreservedDuringHibernate, 9,
		PARTIALLYPRESERVEDDURINGHIBERNATE);
	SEGMENT(DirectFlip, 10, DIRECTFLIP);
	SEGMENT(Use64KBPages, 11, USE64KBPAGES);
	SEGMENT(ReservedSysMem, 12, RESERVEDSYSMEM);
	SEGMENT(SupportsCpuHostAperture, 13, SUPPORTSCPUHOSTAPERTURE);
	SEGMENT(SupportsCachedCpuHostAperture, 14,
		SUPPORTSCACHEDCPUHOSTAPERTURE);
	SEGMENT(ApplicationTarget, 15, APPLICATIONTARGET);
	SEGMENT(VprSupported, 16, VPRSUPPORTED);
	SEGMENT(VprPreservedDuringStandby, 17, VPRPRESERVEDDURINGSTANDBY);
	SEGMENT(EncryptedPagingSupported, 18, ENCRYPTEDPAGINGSUPPORTED);
	SEGMENT(LocalBudgetGroup, 19, LOCALBUDGETGROUP);
	SEGMENT(NonLocalBudgetGroup, 20, NONLOCALBUDGETGROUP);
	SEGMENT(PopulatedByReservedDDRByFirmware, 21,
		POPULATEDBYRESERVEDDDRBYFIRMWARE);
	BITS(DXGK_SEGMENTFLAGS, Reserved, 22, 10);
}

/* dxgk-miniport.md, section 3.1 */
void check_user_flags(void)
{
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, CreateResource, 0);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, CreateShared, 1);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, NonSecure, 2);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, CreateProtected, 3);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, RestrictSharedAccess, 4);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, ExistingSysMem, 5);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, NtSecuritySharing, 6);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, ReadOnly, 7);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, CreateWriteCombined, 8);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, CreateCached, 9);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, SwapChainBackBuffer, 10);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, CrossAdapter, 11);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, OpenCrossAdapter, 12);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, PartialSharedCreation, 13);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, Zeroed, 14);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, WriteWatch, 15);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, StandardAllocation, 16);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, ExistingSection, 17);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, AllowNotZeroed, 18);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, PhysicallyContiguous, 19);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, NoKmdAccess, 20);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, SharedDisplayable, 21);
	BIT(D3DKMT_CREATEALLOCATIONFLAGS, NoImplicitSynchronization, 22);
	BIT(D3DDDI_ALLOCATIONINFO_FLAGS, Primary, 0);
	BIT(D3DDDI_ALLOCATIONINFO_FLAGS, Stereo, 1);
	BIT(D3DDDI_ALLOCATIONINFO_FLAGS, OverridePriority, 2);
	BIT(D3DDDICB_DESTROYALLOCATION2FLAGS, AssumeNotInUse, 0);
	BIT(D3DDDICB_DESTROYALLOCATION2FLAGS, SynchronousDestroy, 1);
	BIT(D3DDDICB_DESTROYALLOCATION2FLAGS, SystemUseOnly, 31);
}
