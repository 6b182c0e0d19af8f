/* SPDX-License-Identifier: MIT */
/*
 * Layout of the system's own IOMMU interface.  Facts from spec/dxgk.md,
 * section E.
 */
#include "dxgk_layout.h"

#include <wdm.h>

ASSERT_SIZE(DMA_IOMMU_INTERFACE, 112, 56)
ASSERT_OFFSET(DMA_IOMMU_INTERFACE, Version, 0, 0)
ASSERT_OFFSET(DMA_IOMMU_INTERFACE, CreateDomain, 8, 4)
ASSERT_OFFSET(DMA_IOMMU_INTERFACE, ConfigureDomain, 104, 52)

#define T		  DMA_IOMMU_INTERFACE_V1
#define SLOT(member, x64) ASSERT_OFFSET(T, member, x64, (x64) / 2)
SLOT(CreateDomain, 0x00)
SLOT(DeleteDomain, 0x08)
SLOT(AttachDevice, 0x10)
SLOT(DetachDevice, 0x18)
SLOT(FlushDomain, 0x20)
SLOT(FlushDomainByVaList, 0x28)
SLOT(QueryInputMappings, 0x30)
SLOT(MapLogicalRange, 0x38)
SLOT(UnmapLogicalRange, 0x40)
SLOT(MapIdentityRange, 0x48)
SLOT(UnmapIdentityRange, 0x50)
SLOT(SetDeviceFaultReporting, 0x58)
SLOT(ConfigureDomain, 0x60)
ASSERT_SIZE(T, 0x68, 0x34)
#undef T

#define T DMA_IOMMU_INTERFACE_V3
SLOT(CreateDomainEx, 0x00)
SLOT(DeleteDomain, 0x08)
SLOT(AttachDeviceEx, 0x10)
SLOT(DetachDeviceEx, 0x18)
SLOT(FlushDomain, 0x20)
SLOT(FlushDomainByVaList, 0x28)
SLOT(QueryInputMappings, 0x30)
SLOT(MapLogicalRangeEx, 0x38)
SLOT(UnmapLogicalRange, 0x40)
SLOT(MapIdentityRangeEx, 0x48)
SLOT(UnmapIdentityRangeEx, 0x50)
SLOT(SetDeviceFaultReportingEx, 0x58)
SLOT(ConfigureDomain, 0x60)
SLOT(QueryAvailableDomainTypes, 0x68)
SLOT(RegisterInterfaceStateChangeCallback, 0x70)
SLOT(UnregisterInterfaceStateChangeCallback, 0x78)
SLOT(ReserveLogicalAddressRange, 0x80)
SLOT(FreeReservedLogicalAddressRange, 0x88)
SLOT(MapReservedLogicalRange, 0x90)
SLOT(UnmapReservedLogicalRange, 0x98)
SLOT(CreateDevice, 0xA0)
SLOT(DeleteDevice, 0xA8)
SLOT(CreatePasidDevice, 0xB0)
SLOT(DeletePasidDevice, 0xB8)
SLOT(AttachPasidDevice, 0xC0)
SLOT(DetachPasidDevice, 0xC8)
SLOT(QueryDeviceInfo, 0xD0)
ASSERT_SIZE(T, 0xD8, 0x6C)
#undef T
ASSERT_OFFSET(DMA_IOMMU_INTERFACE_V2, DeleteDevice, 0xA8, 0x54)
ASSERT_SIZE(DMA_IOMMU_INTERFACE_V2, 0xB0, 0x58)

ASSERT_OFFSET(DMA_IOMMU_INTERFACE_EX, Size, 0, 0)
ASSERT_OFFSET(DMA_IOMMU_INTERFACE_EX, Version, 8, 4)
ASSERT_OFFSET(DMA_IOMMU_INTERFACE_EX, V1, 16, 8)
ASSERT_OFFSET(DMA_IOMMU_INTERFACE_EX, V3, 16, 8)
ASSERT_SIZE(DMA_IOMMU_INTERFACE_EX, 232, 116)

ASSERT_VALUE(DomainTypeTranslate, 0)
ASSERT_VALUE(DomainTypePassThrough, 1)
ASSERT_VALUE(DomainTypeUnmanaged, 2)
ASSERT_VALUE(DomainTypeTranslateS1, 3)
ASSERT_VALUE(DomainTypeMax, 4)
ASSERT_SIZE(IOMMU_DMA_DOMAIN_CREATION_FLAGS, 8, 8)
ASSERT_OFFSET(IOMMU_DMA_LOGICAL_ALLOCATOR_CONFIG, BuddyAllocatorConfig, 4, 4)
ASSERT_SIZE(IOMMU_DMA_LOGICAL_ALLOCATOR_CONFIG, 8, 8)

#define T IOMMU_MAP_PHYSICAL_ADDRESS
ASSERT_OFFSET(T, MapType, 0, 0)
ASSERT_OFFSET(T, Mdl.Mdl, 8, 8)
ASSERT_OFFSET(T, ContiguousRange.Base, 8, 8)
ASSERT_OFFSET(T, ContiguousRange.Size, 16, 16)
ASSERT_OFFSET(T, PfnArray.PageFrame, 8, 8)
ASSERT_OFFSET(T, PfnArray.NumberOfPages, 16, 12)
ASSERT_SIZE(T, 24, 24)
#undef T

#define T IOMMU_DMA_RESERVED_REGION
ASSERT_OFFSET(T, RegionNext, 0, 0)
ASSERT_OFFSET(T, Base, 8, 8)
ASSERT_OFFSET(T, NumberOfPages, 16, 16)
ASSERT_OFFSET(T, ShouldMap, 24, 20)
ASSERT_SIZE(T, 32, 24)
#undef T

ASSERT_OFFSET(IOMMU_DMA_LOGICAL_ADDRESS_TOKEN, LogicalAddressBase, 0, 0)
ASSERT_OFFSET(IOMMU_DMA_LOGICAL_ADDRESS_TOKEN, Size, 8, 8)
ASSERT_SIZE(IOMMU_DMA_LOGICAL_ADDRESS_TOKEN, 16, 16)

#define T IOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT
ASSERT_OFFSET(T, OwningToken, 0, 0)
ASSERT_OFFSET(T, Offset, 8, 4)
ASSERT_OFFSET(T, Size, 16, 8)
ASSERT_SIZE(T, 24, 12)
#undef T

ASSERT_OFFSET(IOMMU_INTERFACE_STATE_CHANGE, AvailableDomainTypes, 4, 4)
ASSERT_SIZE(IOMMU_INTERFACE_STATE_CHANGE, 8, 8)
ASSERT_OFFSET(IOMMU_DEVICE_CREATION_CONFIGURATION, ConfigType, 16, 8)
ASSERT_OFFSET(IOMMU_DEVICE_CREATION_CONFIGURATION, Acpi, 24, 12)
ASSERT_OFFSET(IOMMU_DEVICE_CREATION_CONFIGURATION, DeviceId, 24, 12)
/* The source gives x64 alone; x86 is the sum of its members. */
ASSERT_SIZE(IOMMU_DEVICE_CREATION_CONFIGURATION, 32, 20)
ASSERT_SIZE(IOMMU_DMA_DEVICE_INFORMATION, 3, 3)
ASSERT_SIZE(INPUT_MAPPING_ELEMENT, 4, 4)
ASSERT_OFFSET(DEVICE_FAULT_CONFIGURATION, FaultContext, 8, 4)
ASSERT_SIZE(DEVICE_FAULT_CONFIGURATION, 16, 8)
