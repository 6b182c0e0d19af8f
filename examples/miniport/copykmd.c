/* SPDX-License-Identifier: MIT */
/*
 * A reference display miniport: the memory side of a render-only WDDM 2.4
 * driver with a copy engine.  It includes native headers only and compiles
 * unchanged against a WDK.
 */
#include <ntddk.h>
#include <dispmprt.h>
#include <d3dkmddi.h>

#include "copykmd.h"

#define COPYKMD_TAG	      'ypoC'
#define COPYKMD_SEGMENT_BYTES (64u << 20)

/* One adapter: the context that DxgkDdiAddDevice makes. */
typedef struct _COPYKMD_ADAPTER {
	DXGKRNL_INTERFACE Dxgk; /* our copy; the system's is gone after Start */
	PDEVICE_OBJECT Pdo;
	volatile ULONG *Registers;
	HANDLE RingMemory;
	struct copykmd_command *Ring;
	ULONG Tail;
	ULONG Fence;
	ULONG Serial;
} COPYKMD_ADAPTER;

typedef struct _COPYKMD_DEVICE {
	COPYKMD_ADAPTER *Adapter;
	HANDLE Runtime; /* what callbacks about this device want */
} COPYKMD_DEVICE;

typedef struct _COPYKMD_ALLOCATION {
	COPYKMD_ADAPTER *Adapter;
	ULONG Bytes;
	HANDLE Memory; /* hMemoryHandle */
	PMDL Mdl;      /* scattered pages */
	PVOID Va;      /* one block, or the pages' system address */
} COPYKMD_ALLOCATION;

static VOID write_register(COPYKMD_ADAPTER *adapter, ULONG offset, ULONG value)
{
	WRITE_REGISTER_ULONG(&adapter->Registers[offset / 4], value);
}

static ULONG read_register(COPYKMD_ADAPTER *adapter, ULONG offset)
{
	return READ_REGISTER_ULONG(&adapter->Registers[offset / 4]);
}

/* ---- life ---- */

static NTSTATUS add_device(const PDEVICE_OBJECT Pdo, PVOID *Context)
{
	COPYKMD_ADAPTER *adapter = ExAllocatePool2(
		POOL_FLAG_NON_PAGED, sizeof(*adapter), COPYKMD_TAG);

	if (!adapter)
		return STATUS_NO_MEMORY;
	adapter->Pdo = Pdo;
	*Context = adapter;
	return STATUS_SUCCESS;
}

static NTSTATUS remove_device(const PVOID Context)
{
	ExFreePoolWithTag(Context, COPYKMD_TAG);
	return STATUS_SUCCESS;
}

/* The system's table may be shorter or longer than ours. */
static VOID copy_interface(COPYKMD_ADAPTER *adapter,
			   const DXGKRNL_INTERFACE *interface)
{
	SIZE_T bytes = interface->Size;

	if (bytes > sizeof(adapter->Dxgk))
		bytes = sizeof(adapter->Dxgk);
	RtlZeroMemory(&adapter->Dxgk, sizeof(adapter->Dxgk));
	RtlCopyMemory(&adapter->Dxgk, interface, bytes);
}

static NTSTATUS map_registers(COPYKMD_ADAPTER *adapter)
{
	const CM_PARTIAL_RESOURCE_LIST *list;
	DXGK_DEVICE_INFO info;
	PVOID va = NULL;
	NTSTATUS status;

	status = adapter->Dxgk.DxgkCbGetDeviceInformation(
		adapter->Dxgk.DeviceHandle, &info);
	if (!NT_SUCCESS(status))
		return status;
	list = &info.TranslatedResourceList->List[0].PartialResourceList;
	for (ULONG i = 0; i < list->Count; i++) {
		const CM_PARTIAL_RESOURCE_DESCRIPTOR *d =
			&list->PartialDescriptors[i];

		if (d->Type != CmResourceTypeMemory)
			continue;
		status = adapter->Dxgk.DxgkCbMapMemory(
			adapter->Dxgk.DeviceHandle, d->u.Memory.Start,
			COPYKMD_BAR_BYTES, FALSE, FALSE, MmNonCached, &va);
		adapter->Registers = va;
		return status;
	}
	return STATUS_DEVICE_CONFIGURATION_ERROR;
}

static NTSTATUS make_ring(COPYKMD_ADAPTER *adapter)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args;
	PHYSICAL_ADDRESS pa;
	NTSTATUS status;

	RtlZeroMemory(&args, sizeof(args));
	args.NumberOfBytes = COPYKMD_RING_BYTES;
	args.HighestAcceptableAddress.QuadPart = -1;
	args.CacheType = DXGK_MEMORY_CACHING_TYPE_CACHED;
	status = adapter->Dxgk.DxgkCbAllocateContiguousMemory(
		adapter->Dxgk.DeviceHandle, &args);
	if (!NT_SUCCESS(status))
		return status;
	adapter->RingMemory = args.hMemoryHandle;
	adapter->Ring = args.pMemory;
	RtlZeroMemory(adapter->Ring, COPYKMD_RING_BYTES);
	adapter->Tail = 0;
	pa = MmGetPhysicalAddress(adapter->Ring);
	write_register(adapter, COPYKMD_REG_RING_LOW, pa.LowPart);
	write_register(adapter, COPYKMD_REG_RING_HIGH, (ULONG)pa.HighPart);
	write_register(adapter, COPYKMD_REG_TAIL, 0);
	return STATUS_SUCCESS;
}

static VOID unmap_registers(COPYKMD_ADAPTER *adapter)
{
	adapter->Dxgk.DxgkCbUnmapMemory(adapter->Dxgk.DeviceHandle,
					(PVOID)adapter->Registers);
	adapter->Registers = NULL;
}

static NTSTATUS start_device(const PVOID Context, PDXGK_START_INFO Info,
			     PDXGKRNL_INTERFACE Interface, PULONG Sources,
			     PULONG Children)
{
	COPYKMD_ADAPTER *adapter = Context;
	NTSTATUS status;

	UNREFERENCED_PARAMETER(Info);
	copy_interface(adapter, Interface);
	status = map_registers(adapter);
	if (!NT_SUCCESS(status))
		return status;
	status = make_ring(adapter);
	if (!NT_SUCCESS(status)) {
		unmap_registers(adapter);
		return status;
	}
	*Sources = 0; /* render only */
	*Children = 0;
	return STATUS_SUCCESS;
}

static NTSTATUS stop_device(const PVOID Context)
{
	COPYKMD_ADAPTER *adapter = Context;
	DXGKARGCB_FREECONTIGUOUSMEMORY args;

	args.hMemoryHandle = adapter->RingMemory;
	adapter->Dxgk.DxgkCbFreeContiguousMemory(adapter->Dxgk.DeviceHandle,
						 &args);
	adapter->Ring = NULL;
	unmap_registers(adapter);
	return STATUS_SUCCESS;
}

static VOID unload(VOID)
{
}

/* ---- what it is ---- */

static NTSTATUS answer_caps(const DXGKARG_QUERYADAPTERINFO *args)
{
	DXGK_DRIVERCAPS *caps = args->pOutputData;

	/* 2.4 has no member behind MiscCaps. */
	if (args->OutputDataSize < FIELD_OFFSET(DXGK_DRIVERCAPS, MiscCaps) + 4)
		return STATUS_BUFFER_TOO_SMALL;
	RtlZeroMemory(caps, args->OutputDataSize);
	caps->HighestAcceptableAddress.QuadPart = -1;
	caps->WDDMVersion = DXGKDDI_WDDMv2_4;
	caps->GpuEngineTopology.NbAsymetricProcessingNodes = 1;
	caps->MemoryManagementCaps.IoMmuSecureModeSupported = 1;
	return STATUS_SUCCESS;
}

/* One aperture over system memory. */
static NTSTATUS answer_segments(const DXGKARG_QUERYADAPTERINFO *args)
{
	DXGK_QUERYSEGMENTOUT4 *out = args->pOutputData;
	DXGK_SEGMENTDESCRIPTOR4 *segment;

	if (args->OutputDataSize < sizeof(*out))
		return STATUS_BUFFER_TOO_SMALL;
	if (out->NbSegment == 0) {
		out->NbSegment = 1;
		return STATUS_SUCCESS;
	}
	segment = (DXGK_SEGMENTDESCRIPTOR4 *)out->pSegmentDescriptor;
	segment->Flags.Aperture = 1;
	segment->Flags.CpuVisible = 1;
	segment->Flags.CacheCoherent = 1;
	segment->Size = COPYKMD_SEGMENT_BYTES;
	segment->CommitLimit = COPYKMD_SEGMENT_BYTES;
	out->NbSegment = 1;
	out->PagingBufferSize = PAGE_SIZE;
	return STATUS_SUCCESS;
}

static NTSTATUS APIENTRY
query_adapter_info(const HANDLE Context, const DXGKARG_QUERYADAPTERINFO *Args)
{
	UNREFERENCED_PARAMETER(Context);
	switch (Args->Type) {
	case DXGKQAITYPE_DRIVERCAPS:
		return answer_caps(Args);
	case DXGKQAITYPE_QUERYSEGMENT4:
		return answer_segments(Args);
	default:
		return STATUS_NOT_SUPPORTED;
	}
}

/* The engine takes addresses as they are: there is no aperture to fill. */
static NTSTATUS APIENTRY build_paging_buffer(const HANDLE Context,
					     DXGKARG_BUILDPAGINGBUFFER *Args)
{
	UNREFERENCED_PARAMETER(Context);
	UNREFERENCED_PARAMETER(Args);
	return STATUS_SUCCESS;
}

static NTSTATUS APIENTRY begin_exclusive(const HANDLE Context,
					 DXGKARG_BEGINEXCLUSIVEACCESS *Args)
{
	UNREFERENCED_PARAMETER(Context);
	UNREFERENCED_PARAMETER(Args);
	return STATUS_SUCCESS; /* the engine is idle between commands */
}

static NTSTATUS APIENTRY end_exclusive(const HANDLE Context,
				       DXGKARG_ENDEXCLUSIVEACCESS *Args)
{
	UNREFERENCED_PARAMETER(Context);
	UNREFERENCED_PARAMETER(Args);
	return STATUS_SUCCESS;
}

/* ---- allocations ---- */

static NTSTATUS take_block(COPYKMD_ALLOCATION *allocation)
{
	const DXGKRNL_INTERFACE *dxgk = &allocation->Adapter->Dxgk;
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args;
	NTSTATUS status;

	RtlZeroMemory(&args, sizeof(args));
	args.NumberOfBytes = allocation->Bytes;
	args.HighestAcceptableAddress.QuadPart = -1;
	args.CacheType = DXGK_MEMORY_CACHING_TYPE_CACHED;
	status =
		dxgk->DxgkCbAllocateContiguousMemory(dxgk->DeviceHandle, &args);
	if (NT_SUCCESS(status)) {
		allocation->Memory = args.hMemoryHandle;
		allocation->Va = args.pMemory;
	}
	return status;
}

static NTSTATUS take_pages(COPYKMD_ALLOCATION *allocation)
{
	const DXGKRNL_INTERFACE *dxgk = &allocation->Adapter->Dxgk;
	DXGKARGCB_ALLOCATEPAGESFORMDL args;
	NTSTATUS status;

	RtlZeroMemory(&args, sizeof(args));
	args.HighAddress.QuadPart = -1;
	args.TotalBytes = allocation->Bytes;
	args.CacheType = DXGK_MEMORY_CACHING_TYPE_CACHED;
	status = dxgk->DxgkCbAllocatePagesForMdl(dxgk->DeviceHandle, &args);
	if (!NT_SUCCESS(status))
		return status;
	allocation->Memory = args.hMemoryHandle;
	allocation->Mdl = args.pMdl;
	allocation->Va =
		MmGetSystemAddressForMdlSafe(args.pMdl, NormalPagePriority);
	return allocation->Va ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static VOID give_back(COPYKMD_ALLOCATION *allocation)
{
	const DXGKRNL_INTERFACE *dxgk = &allocation->Adapter->Dxgk;

	if (allocation->Mdl) {
		DXGKARGCB_FREEPAGESFROMMDL args;

		if (allocation->Va)
			MmUnmapLockedPages(allocation->Va, allocation->Mdl);
		args.hMemoryHandle = allocation->Memory;
		dxgk->DxgkCbFreePagesFromMdl(dxgk->DeviceHandle, &args);
	} else if (allocation->Memory) {
		DXGKARGCB_FREECONTIGUOUSMEMORY args;

		args.hMemoryHandle = allocation->Memory;
		dxgk->DxgkCbFreeContiguousMemory(dxgk->DeviceHandle, &args);
	}
	ExFreePoolWithTag(allocation, COPYKMD_TAG);
}

static NTSTATUS create_one(COPYKMD_ADAPTER *adapter, DXGK_ALLOCATIONINFO *info)
{
	struct copykmd_allocation_data *data = info->pPrivateDriverData;
	COPYKMD_ALLOCATION *allocation;
	NTSTATUS status;

	if (info->PrivateDriverDataSize != sizeof(*data) ||
	    data->magic != COPYKMD_MAGIC || data->bytes == 0)
		return STATUS_INVALID_PARAMETER;
	allocation = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*allocation),
				     COPYKMD_TAG);
	if (!allocation)
		return STATUS_NO_MEMORY;
	allocation->Adapter = adapter;
	allocation->Bytes = data->bytes;
	status = data->is_scattered ? take_pages(allocation)
				    : take_block(allocation);
	if (!NT_SUCCESS(status)) {
		give_back(allocation);
		return status;
	}
	data->serial = ++adapter->Serial;
	info->hAllocation = allocation;
	info->Size = data->bytes;
	info->SupportedWriteSegmentSet = 1;
	info->Flags.CpuVisible = 1;
	info->AllocationPriority = D3DDDI_ALLOCATIONPRIORITY_NORMAL;
	return STATUS_SUCCESS;
}

static NTSTATUS APIENTRY create_allocation(const HANDLE Context,
					   DXGKARG_CREATEALLOCATION *Args)
{
	NTSTATUS status = STATUS_SUCCESS;
	UINT made = 0;

	while (made < Args->NumAllocations && NT_SUCCESS(status)) {
		status = create_one(Context, &Args->pAllocationInfo[made]);
		made += NT_SUCCESS(status);
	}
	if (!NT_SUCCESS(status))
		while (made-- > 0)
			give_back(Args->pAllocationInfo[made].hAllocation);
	if (NT_SUCCESS(status) && Args->Flags.Resource && !Args->hResource)
		Args->hResource = Context; /* nothing of its own to keep */
	return status;
}

static NTSTATUS APIENTRY
destroy_allocation(const HANDLE Context, const DXGKARG_DESTROYALLOCATION *Args)
{
	UNREFERENCED_PARAMETER(Context);
	for (UINT i = 0; i < Args->NumAllocations; i++)
		give_back(Args->pAllocationList[i]);
	return STATUS_SUCCESS;
}

static NTSTATUS APIENTRY create_device(const HANDLE Context,
				       DXGKARG_CREATEDEVICE *Args)
{
	COPYKMD_DEVICE *device = ExAllocatePool2(POOL_FLAG_NON_PAGED,
						 sizeof(*device), COPYKMD_TAG);

	if (!device)
		return STATUS_NO_MEMORY;
	device->Adapter = Context;
	device->Runtime = Args->hDevice;
	Args->hDevice = device;
	return STATUS_SUCCESS;
}

static NTSTATUS APIENTRY destroy_device(const HANDLE Device)
{
	ExFreePoolWithTag(Device, COPYKMD_TAG);
	return STATUS_SUCCESS;
}

static NTSTATUS APIENTRY open_allocation(const HANDLE Device,
					 const DXGKARG_OPENALLOCATION *Args)
{
	const DXGKRNL_INTERFACE *dxgk =
		&((COPYKMD_DEVICE *)Device)->Adapter->Dxgk;

	for (UINT i = 0; i < Args->NumAllocations; i++) {
		DXGKARGCB_GETHANDLEDATA get;

		RtlZeroMemory(&get, sizeof(get));
		get.hObject = Args->pOpenAllocation[i].hAllocation;
		get.Type = DXGK_HANDLE_ALLOCATION;
		Args->pOpenAllocation[i].hDeviceSpecificAllocation =
			dxgk->DxgkCbGetHandleData(&get);
		if (!Args->pOpenAllocation[i].hDeviceSpecificAllocation)
			return STATUS_INVALID_HANDLE;
	}
	return STATUS_SUCCESS;
}

static NTSTATUS APIENTRY close_allocation(const HANDLE Device,
					  const DXGKARG_CLOSEALLOCATION *Args)
{
	UNREFERENCED_PARAMETER(Device);
	UNREFERENCED_PARAMETER(Args);
	return STATUS_SUCCESS;
}

/* ---- the engine ---- */

static BOOLEAN interrupt(const PVOID Context, ULONG Message)
{
	COPYKMD_ADAPTER *adapter = Context;
	const ULONG status = read_register(adapter, COPYKMD_REG_STATUS);
	DXGKARGCB_NOTIFY_INTERRUPT_DATA data;

	UNREFERENCED_PARAMETER(Message);
	if (!(status & COPYKMD_STATUS_PENDING))
		return FALSE;
	write_register(adapter, COPYKMD_REG_STATUS,
		       status & ~COPYKMD_STATUS_PENDING);
	RtlZeroMemory(&data, sizeof(data));
	data.InterruptType = DXGK_INTERRUPT_DMA_COMPLETED;
	data.DmaCompleted.SubmissionFenceId =
		read_register(adapter, COPYKMD_REG_FENCE);
	adapter->Dxgk.DxgkCbNotifyInterrupt(adapter->Dxgk.DeviceHandle, &data);
	adapter->Dxgk.DxgkCbQueueDpc(adapter->Dxgk.DeviceHandle);
	return TRUE;
}

static VOID dpc(const PVOID Context)
{
	COPYKMD_ADAPTER *adapter = Context;

	adapter->Dxgk.DxgkCbNotifyDpc(adapter->Dxgk.DeviceHandle);
}

/* Where the page of @offset is, as far as this driver knows. */
static ULONGLONG page_address(COPYKMD_ALLOCATION *allocation, ULONG offset)
{
	if (allocation->Mdl)
		return (ULONGLONG)MmGetMdlPfnArray(
			       allocation->Mdl)[offset >> PAGE_SHIFT]
		       << PAGE_SHIFT;
	return (ULONGLONG)MmGetPhysicalAddress((PUCHAR)allocation->Va + offset)
		.QuadPart;
}

uint32_t copykmd_copy(void *context, void *destination, void *source,
		      uint32_t bytes)
{
	COPYKMD_ADAPTER *adapter = context;
	COPYKMD_ALLOCATION *to = destination, *from = source;

	if (bytes > to->Bytes || bytes > from->Bytes ||
	    BYTES_TO_PAGES(bytes) > COPYKMD_RING_COUNT)
		return 0;
	for (ULONG at = 0; at < bytes; at += PAGE_SIZE) {
		struct copykmd_command *command =
			&adapter->Ring[adapter->Tail % COPYKMD_RING_COUNT];

		command->source = page_address(from, at);
		command->destination = page_address(to, at);
		command->bytes = min(bytes - at, PAGE_SIZE);
		command->fence = ++adapter->Fence;
		adapter->Tail++;
	}
	write_register(adapter, COPYKMD_REG_TAIL, adapter->Tail);
	return adapter->Fence;
}

void *copykmd_memory_handle(void *allocation)
{
	return ((COPYKMD_ALLOCATION *)allocation)->Memory;
}

void *copykmd_context(void *allocation)
{
	return ((COPYKMD_ALLOCATION *)allocation)->Adapter;
}

void *copykmd_cpu_address(void *allocation)
{
	return ((COPYKMD_ALLOCATION *)allocation)->Va;
}

/* ---- registration ---- */

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath);

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
	DRIVER_INITIALIZATION_DATA ddi;

	RtlZeroMemory(&ddi, sizeof(ddi));
	ddi.Version = DXGKDDI_INTERFACE_VERSION_WDDM2_4;
	ddi.DxgkDdiAddDevice = add_device;
	ddi.DxgkDdiStartDevice = start_device;
	ddi.DxgkDdiStopDevice = stop_device;
	ddi.DxgkDdiRemoveDevice = remove_device;
	ddi.DxgkDdiUnload = unload;
	ddi.DxgkDdiInterruptRoutine = interrupt;
	ddi.DxgkDdiDpcRoutine = dpc;
	ddi.DxgkDdiQueryAdapterInfo = query_adapter_info;
	ddi.DxgkDdiCreateDevice = create_device;
	ddi.DxgkDdiDestroyDevice = destroy_device;
	ddi.DxgkDdiCreateAllocation = create_allocation;
	ddi.DxgkDdiDestroyAllocation = destroy_allocation;
	ddi.DxgkDdiOpenAllocation = open_allocation;
	ddi.DxgkDdiCloseAllocation = close_allocation;
	ddi.DxgkDdiBuildPagingBuffer = build_paging_buffer;
	ddi.DxgkDdiBeginExclusiveAccess = begin_exclusive;
	ddi.DxgkDdiEndExclusiveAccess = end_exclusive;
	return DxgkInitialize(DriverObject, RegistryPath, &ddi);
}

int32_t copykmd_entry(void *driver_object, void *registry_path)
{
	return DriverEntry(driver_object, registry_path);
}
