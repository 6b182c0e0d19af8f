/* SPDX-License-Identifier: MIT */
/*
 * Facts about the kernel's types that are checked twice: against our headers,
 * and against the driver headers of mingw-w64, which know nothing of ours.
 */
#ifndef TEST_ABI_DXGK_MINGW_FACTS_H
#define TEST_ABI_DXGK_MINGW_FACTS_H

#define DXGK_MINGW_FACTS(SIZE, OFFSET, VALUE)                                \
	SIZE(MDL, 48, 28)                                                    \
	OFFSET(MDL, Next, 0, 0)                                              \
	OFFSET(MDL, Size, 8, 4)                                              \
	OFFSET(MDL, MdlFlags, 10, 6)                                         \
	OFFSET(MDL, Process, 16, 8)                                          \
	OFFSET(MDL, MappedSystemVa, 24, 12)                                  \
	OFFSET(MDL, StartVa, 32, 16)                                         \
	OFFSET(MDL, ByteCount, 40, 20)                                       \
	OFFSET(MDL, ByteOffset, 44, 24)                                      \
	VALUE(MDL_MAPPED_TO_SYSTEM_VA, 0x0001)                               \
	VALUE(MDL_PAGES_LOCKED, 0x0002)                                      \
	VALUE(MDL_SOURCE_IS_NONPAGED_POOL, 0x0004)                           \
	VALUE(MDL_ALLOCATED_FIXED_SIZE, 0x0008)                              \
	VALUE(MDL_PARTIAL, 0x0010)                                           \
	VALUE(MDL_PARTIAL_HAS_BEEN_MAPPED, 0x0020)                           \
	VALUE(MDL_IO_PAGE_READ, 0x0040)                                      \
	VALUE(MDL_WRITE_OPERATION, 0x0080)                                   \
	VALUE(MDL_PARENT_MAPPED_SYSTEM_VA, 0x0100)                           \
	VALUE(MDL_FREE_EXTRA_PTES, 0x0200)                                   \
	VALUE(MDL_DESCRIBES_AWE, 0x0400)                                     \
	VALUE(MDL_IO_SPACE, 0x0800)                                          \
	VALUE(MDL_NETWORK_HEADER, 0x1000)                                    \
	VALUE(MDL_MAPPING_CAN_FAIL, 0x2000)                                  \
	VALUE(MDL_ALLOCATED_MUST_SUCCEED, 0x4000)                            \
	SIZE(UNICODE_STRING, 16, 8)                                          \
	OFFSET(UNICODE_STRING, MaximumLength, 2, 2)                          \
	OFFSET(UNICODE_STRING, Buffer, 8, 4)                                 \
	SIZE(LIST_ENTRY, 16, 8)                                              \
	SIZE(OBJECT_ATTRIBUTES, 48, 24)                                      \
	OFFSET(OBJECT_ATTRIBUTES, RootDirectory, 8, 4)                       \
	OFFSET(OBJECT_ATTRIBUTES, ObjectName, 16, 8)                         \
	OFFSET(OBJECT_ATTRIBUTES, Attributes, 24, 12)                        \
	OFFSET(OBJECT_ATTRIBUTES, SecurityDescriptor, 32, 16)                \
	SIZE(DISPATCHER_HEADER, 24, 16)                                      \
	OFFSET(DISPATCHER_HEADER, SignalState, 4, 4)                         \
	OFFSET(DISPATCHER_HEADER, WaitListHead, 8, 8)                        \
	SIZE(KEVENT, 24, 16)                                                 \
	SIZE(KSEMAPHORE, 32, 20)                                             \
	SIZE(KMUTEX, 56, 32)                                                 \
	SIZE(KDPC, 64, 32)                                                   \
	OFFSET(KDPC, DeferredRoutine, 24, 12)                                \
	OFFSET(KDPC, DeferredContext, 32, 16)                                \
	SIZE(KTIMER, 64, 40)                                                 \
	OFFSET(KTIMER, DueTime, 24, 16)                                      \
	OFFSET(KTIMER, Dpc, 48, 32)                                          \
	SIZE(FAST_MUTEX, 56, 32)                                             \
	OFFSET(FAST_MUTEX, Event, 24, 12)                                    \
	SIZE(CM_PARTIAL_RESOURCE_DESCRIPTOR, 20, 16)                         \
	OFFSET(CM_PARTIAL_RESOURCE_DESCRIPTOR, u.Memory.Start, 4, 4)         \
	OFFSET(CM_PARTIAL_RESOURCE_DESCRIPTOR, u.Memory.Length, 12, 12)      \
	OFFSET(CM_PARTIAL_RESOURCE_DESCRIPTOR, u.Interrupt.Affinity, 12, 12) \
	OFFSET(CM_RESOURCE_LIST, List[0].PartialResourceList, 12, 12)        \
	SIZE(CM_RESOURCE_LIST, 40, 36)                                       \
	SIZE(INTERFACE, 32, 16)                                              \
	SIZE(PCI_DEVICE_PRESENCE_PARAMETERS, 24, 24)                         \
	OFFSET(PCI_DEVICE_PRESENCE_PARAMETERS, SubVendorID, 14, 14)          \
	VALUE(CmResourceTypePort, 1)                                         \
	VALUE(CmResourceTypeInterrupt, 2)                                    \
	VALUE(CmResourceTypeMemory, 3)                                       \
	VALUE(PCIBus, 5)                                                     \
	VALUE(IoReadAccess, 0)                                               \
	VALUE(IoWriteAccess, 1)                                              \
	VALUE(IoModifyAccess, 2)                                             \
	VALUE(LowPagePriority, 0)                                            \
	VALUE(NormalPagePriority, 16)                                        \
	VALUE(HighPagePriority, 32)                                          \
	VALUE(KernelMode, 0)                                                 \
	VALUE(UserMode, 1)                                                   \
	VALUE(NonPagedPoolNx, 512)                                           \
	VALUE(DevicePropertyBusNumber, 14)                                   \
	VALUE(KeyValuePartialInformation, 2)                                 \
	OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data, 12, 12)                  \
	OFFSET(KEY_VALUE_FULL_INFORMATION, Name, 20, 20)                     \
	VALUE(OBJ_KERNEL_HANDLE, 0x200)                                      \
	VALUE(KEY_READ, 0x20019)

#endif /* TEST_ABI_DXGK_MINGW_FACTS_H */
