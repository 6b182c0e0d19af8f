/* SPDX-License-Identifier: MIT */
/*
 * Layout of the user-side structs.  Facts from spec/dxgk-miniport.md, sections
 * 3.1 and 3.4.
 */
#include "dxgk_layout.h"

#include <d3dkmthk.h>

#define T D3DDDICB_ALLOCATE
ASSERT_OFFSET(T, pPrivateDriverData, 0, 0)
ASSERT_OFFSET(T, PrivateDriverDataSize, 8, 4)
ASSERT_OFFSET(T, hResource, 16, 8)
ASSERT_OFFSET(T, hKMResource, 24, 12)
ASSERT_OFFSET(T, NumAllocations, 28, 16)
ASSERT_OFFSET(T, pAllocationInfo, 32, 20)
ASSERT_OFFSET(T, pAllocationInfo2, 32, 20)
ASSERT_SIZE(T, 40, 24)
#undef T

#define T D3DKMT_CREATEALLOCATION
ASSERT_OFFSET(T, hDevice, 0, 0)
ASSERT_OFFSET(T, hResource, 4, 4)
ASSERT_OFFSET(T, hGlobalShare, 8, 8)
ASSERT_OFFSET(T, pPrivateRuntimeData, 16, 12)
ASSERT_OFFSET(T, PrivateRuntimeDataSize, 24, 16)
ASSERT_OFFSET(T, pStandardAllocation, 32, 20)
ASSERT_OFFSET(T, pPrivateDriverData, 32, 20)
ASSERT_OFFSET(T, PrivateDriverDataSize, 40, 24)
ASSERT_OFFSET(T, NumAllocations, 44, 28)
ASSERT_OFFSET(T, pAllocationInfo, 48, 32)
ASSERT_OFFSET(T, pAllocationInfo2, 48, 32)
ASSERT_OFFSET(T, Flags, 56, 36)
ASSERT_OFFSET(T, hPrivateRuntimeResourceHandle, 64, 40)
ASSERT_SIZE(T, 72, 44)
#undef T

#define T D3DDDI_ALLOCATIONINFO
ASSERT_OFFSET(T, hAllocation, 0, 0)
ASSERT_OFFSET(T, pSystemMem, 8, 4)
ASSERT_OFFSET(T, pPrivateDriverData, 16, 8)
ASSERT_OFFSET(T, PrivateDriverDataSize, 24, 12)
ASSERT_OFFSET(T, VidPnSourceId, 28, 16)
ASSERT_OFFSET(T, Flags, 32, 20)
ASSERT_SIZE(T, 40, 24)
#undef T

#define T D3DDDI_ALLOCATIONINFO2
ASSERT_OFFSET(T, hAllocation, 0, 0)
ASSERT_OFFSET(T, hSection, 8, 4)
ASSERT_OFFSET(T, pSystemMem, 8, 4)
ASSERT_OFFSET(T, pPrivateDriverData, 16, 8)
ASSERT_OFFSET(T, PrivateDriverDataSize, 24, 12)
ASSERT_OFFSET(T, VidPnSourceId, 28, 16)
ASSERT_OFFSET(T, Flags, 32, 20)
ASSERT_OFFSET(T, GpuVirtualAddress, 40, 24)
ASSERT_OFFSET(T, Priority, 48, 32)
ASSERT_OFFSET(T, Unused, 48, 32)
ASSERT_OFFSET(T, Reserved, 56, 36)
ASSERT_SIZE(T, 96, 56)
#undef T

#define T D3DKMT_CREATESTANDARDALLOCATION
ASSERT_OFFSET(T, Type, 0, 0)
ASSERT_OFFSET(T, ExistingHeapData, 8, 4)
ASSERT_OFFSET(T, Flags, 16, 8)
ASSERT_SIZE(T, 24, 12)
#undef T
ASSERT_VALUE(D3DKMT_STANDARDALLOCATIONTYPE_EXISTINGHEAP, 1)
ASSERT_VALUE(D3DKMT_STANDARDALLOCATIONTYPE_INTERNALBACKINGSTORE, 2)

#define T D3DKMT_DESTROYALLOCATION2
ASSERT_OFFSET(T, hDevice, 0, 0)
ASSERT_OFFSET(T, hResource, 4, 4)
ASSERT_OFFSET(T, phAllocationList, 8, 8)
ASSERT_OFFSET(T, AllocationCount, 16, 12)
ASSERT_OFFSET(T, Flags, 20, 16)
ASSERT_SIZE(T, 24, 20)
#undef T

#define T D3DKMT_QUERYRESOURCEINFO
ASSERT_OFFSET(T, hDevice, 0, 0)
ASSERT_OFFSET(T, hGlobalShare, 4, 4)
ASSERT_OFFSET(T, pPrivateRuntimeData, 8, 8)
ASSERT_OFFSET(T, PrivateRuntimeDataSize, 16, 12)
ASSERT_OFFSET(T, TotalPrivateDriverDataSize, 20, 16)
ASSERT_OFFSET(T, ResourcePrivateDriverDataSize, 24, 20)
ASSERT_OFFSET(T, NumAllocations, 28, 24)
ASSERT_SIZE(T, 32, 28)
#undef T

#define T D3DKMT_OPENRESOURCE
ASSERT_OFFSET(T, hDevice, 0, 0)
ASSERT_OFFSET(T, hGlobalShare, 4, 4)
ASSERT_OFFSET(T, NumAllocations, 8, 8)
ASSERT_OFFSET(T, pOpenAllocationInfo, 16, 12)
ASSERT_OFFSET(T, pOpenAllocationInfo2, 16, 12)
ASSERT_OFFSET(T, pPrivateRuntimeData, 24, 16)
ASSERT_OFFSET(T, PrivateRuntimeDataSize, 32, 20)
ASSERT_OFFSET(T, pResourcePrivateDriverData, 40, 24)
ASSERT_OFFSET(T, ResourcePrivateDriverDataSize, 48, 28)
ASSERT_OFFSET(T, pTotalPrivateDriverDataBuffer, 56, 32)
ASSERT_OFFSET(T, TotalPrivateDriverDataBufferSize, 64, 36)
ASSERT_OFFSET(T, hResource, 68, 40)
ASSERT_SIZE(T, 72, 44)
#undef T

#define T D3DKMT_OPENRESOURCEFROMNTHANDLE
ASSERT_OFFSET(T, hDevice, 0, 0)
ASSERT_OFFSET(T, hNtHandle, 8, 4)
ASSERT_OFFSET(T, NumAllocations, 16, 8)
ASSERT_OFFSET(T, pOpenAllocationInfo2, 24, 12)
ASSERT_OFFSET(T, PrivateRuntimeDataSize, 32, 16)
ASSERT_OFFSET(T, pPrivateRuntimeData, 40, 20)
ASSERT_OFFSET(T, ResourcePrivateDriverDataSize, 48, 24)
ASSERT_OFFSET(T, pResourcePrivateDriverData, 56, 28)
ASSERT_OFFSET(T, TotalPrivateDriverDataBufferSize, 64, 32)
ASSERT_OFFSET(T, pTotalPrivateDriverDataBuffer, 72, 36)
ASSERT_OFFSET(T, hResource, 80, 40)
ASSERT_OFFSET(T, hKeyedMutex, 84, 44)
ASSERT_OFFSET(T, pKeyedMutexPrivateRuntimeData, 88, 48)
ASSERT_OFFSET(T, KeyedMutexPrivateRuntimeDataSize, 96, 52)
ASSERT_OFFSET(T, hSyncObject, 100, 56)
ASSERT_SIZE(T, 104, 60)
#undef T

#define T D3DDDI_OPENALLOCATIONINFO
ASSERT_OFFSET(T, hAllocation, 0, 0)
ASSERT_OFFSET(T, pPrivateDriverData, 8, 4)
ASSERT_OFFSET(T, PrivateDriverDataSize, 16, 8)
ASSERT_SIZE(T, 24, 12)
#undef T
#define T D3DDDI_OPENALLOCATIONINFO2
ASSERT_OFFSET(T, GpuVirtualAddress, 24, 16)
ASSERT_OFFSET(T, Reserved, 32, 24)
ASSERT_SIZE(T, 80, 48)
#undef T
