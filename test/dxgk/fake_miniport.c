/* SPDX-License-Identifier: MIT */
/*
 * A scriptable miniport for tests of the loader.
 */
#include "fake_miniport.h"

#include <string.h>

struct fake_miniport fake;

static int context; /* its address is the MiniportDeviceContext */

/* Writes the letter down; STATUS_SUCCESS or the scripted failure. */
static NTSTATUS step(char letter)
{
	if (fake.log_length + 1 < FAKE_LOG_BYTES)
		fake.log[fake.log_length++] = letter;
	if (fake.fails && strchr(fake.fails, letter))
		return fake.failure;
	return STATUS_SUCCESS;
}

const char *fake_log_without(const char *hidden)
{
	static char shown[FAKE_LOG_BYTES];
	unsigned length = 0;

	for (unsigned i = 0; i < fake.log_length; i++)
		if (!strchr(hidden, fake.log[i]))
			shown[length++] = fake.log[i];
	shown[length] = '\0';
	return shown;
}

static NTSTATUS add_device(const PDEVICE_OBJECT pdo, PVOID *result)
{
	NTSTATUS status = step('A');

	(void)pdo;
	if (NT_SUCCESS(status) && !fake.has_no_context)
		*result = &context;
	return status;
}

static NTSTATUS link_device(const PDEVICE_OBJECT pdo, const PVOID ctx,
			    PLINKED_DEVICE linked)
{
	(void)pdo;
	(void)ctx;
	(void)linked;
	return step('L');
}

static VOID take_leaks(void)
{
	for (ULONG i = 0; i < fake.leaks; i++) {
		DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args;

		RtlZeroMemory(&args, sizeof(args));
		args.NumberOfBytes = PAGE_SIZE;
		args.HighestAcceptableAddress.QuadPart = -1;
		fake.dxgk.DxgkCbAllocateContiguousMemory(fake.dxgk.DeviceHandle,
							 &args);
	}
}

static NTSTATUS start_device(const PVOID ctx, PDXGK_START_INFO info,
			     PDXGKRNL_INTERFACE interface, PULONG sources,
			     PULONG children)
{
	SIZE_T bytes = interface->Size;

	(void)ctx;
	(void)info;
	if (bytes > sizeof(fake.dxgk))
		bytes = sizeof(fake.dxgk);
	RtlZeroMemory(&fake.dxgk, sizeof(fake.dxgk));
	RtlCopyMemory(&fake.dxgk, interface, bytes);
	fake.interface_bytes = interface->Size;
	fake.original = interface;
	take_leaks();
	*sources = 3;
	*children = 2;
	return step('S');
}

static NTSTATUS stop_device(const PVOID ctx)
{
	KIRQL irql;

	(void)ctx;
	if (fake.keeps_irql)
		irql = iolas_dxgk_set_irql(IOLAS_DXGK_DISPATCH);
	(void)irql;
	return step('s');
}

static NTSTATUS remove_device(const PVOID ctx)
{
	(void)ctx;
	return step('R');
}

static VOID unload(VOID)
{
	step('U');
}

static NTSTATUS answer_segments(const DXGKARG_QUERYADAPTERINFO *args)
{
	DXGK_QUERYSEGMENTOUT4 *out = args->pOutputData;

	if (out->NbSegment == 0) {
		out->NbSegment = fake.segment_count;
		return STATUS_SUCCESS;
	}
	for (UINT i = 0; i < out->NbSegment; i++) {
		DXGK_SEGMENTDESCRIPTOR4 *segment =
			(DXGK_SEGMENTDESCRIPTOR4
				 *)(out->pSegmentDescriptor +
				    i * out->SegmentDescriptorStride);

		segment->Flags.Value = fake.segment_flags;
		segment->Size = 1u << 20;
		segment->CommitLimit = 1u << 20;
	}
	if (fake.second_segment_count)
		out->NbSegment = fake.second_segment_count;
	return STATUS_SUCCESS;
}

/* The forms before WDDM 2.0 differ in the descriptor only. */
static NTSTATUS answer_old_segments(const DXGKARG_QUERYADAPTERINFO *args)
{
	DXGK_QUERYSEGMENTOUT3 *out = args->pOutputData;

	for (UINT i = 0; out->pSegmentDescriptor && i < out->NbSegment; i++) {
		DXGK_SEGMENTDESCRIPTOR *first =
			(DXGK_SEGMENTDESCRIPTOR *)out->pSegmentDescriptor + i;
		DXGK_SEGMENTDESCRIPTOR3 *third = out->pSegmentDescriptor + i;

		if (args->Type == DXGKQAITYPE_QUERYSEGMENT) {
			first->Flags.Value = fake.segment_flags;
			first->Size = 1u << 20;
			first->CommitLimit = fake.commit_limit;
		} else {
			third->Flags.Value = fake.segment_flags;
			third->Size = 1u << 20;
			third->CommitLimit = fake.commit_limit;
		}
	}
	out->NbSegment = fake.segment_count;
	return STATUS_SUCCESS;
}

static NTSTATUS APIENTRY query(const HANDLE ctx,
			       const DXGKARG_QUERYADAPTERINFO *args)
{
	NTSTATUS status = step('Q');

	(void)ctx;
	if (!NT_SUCCESS(status))
		return status;
	switch (args->Type) {
	case DXGKQAITYPE_DRIVERCAPS:
		((DXGK_DRIVERCAPS *)args->pOutputData)->WDDMVersion =
			DXGKDDI_WDDMv2_4;
		((DXGK_DRIVERCAPS *)args->pOutputData)
			->MemoryManagementCaps.IoMmuSecureModeSupported =
			fake.iommu_caps.IommuIsolationSupported;
		return STATUS_SUCCESS;
	case DXGKQAITYPE_QUERYSEGMENT4:
		return answer_segments(args);
	case DXGKQAITYPE_QUERYSEGMENT:
	case DXGKQAITYPE_QUERYSEGMENT3:
		return answer_old_segments(args);
	case DXGKQAITYPE_IOMMU_CAPS:
		*(DXGK_IOMMU_CAPS *)args->pOutputData = fake.iommu_caps;
		return STATUS_SUCCESS;
	case DXGKQAITYPE_PHYSICAL_MEMORY_CAPS:
		((DXGK_PHYSICAL_MEMORY_CAPS *)args->pOutputData)
			->HighestVisibleAddress.QuadPart =
			(LONGLONG)fake.highest_visible;
		return fake.highest_visible ? STATUS_SUCCESS
					    : STATUS_NOT_SUPPORTED;
	default:
		return STATUS_NOT_SUPPORTED;
	}
}

static NTSTATUS APIENTRY create_device(const HANDLE ctx,
				       DXGKARG_CREATEDEVICE *args)
{
	(void)ctx;
	fake.runtime_device = args->hDevice;
	args->hDevice = (HANDLE)&fake.serial;
	return step('D');
}

static NTSTATUS APIENTRY destroy_device(const HANDLE device)
{
	(void)device;
	return step('d');
}

static NTSTATUS APIENTRY create_allocation(const HANDLE ctx,
					   DXGKARG_CREATEALLOCATION *args)
{
	NTSTATUS status = step('C');

	(void)ctx;
	fake.create_count = args->NumAllocations;
	fake.create_flags = args->Flags.Value;
	fake.create_bytes = args->PrivateDriverDataSize;
	fake.create_resource = args->hResource;
	if (!NT_SUCCESS(status))
		return status;
	for (UINT i = 0; i < args->NumAllocations; i++) {
		DXGK_ALLOCATIONINFO *info = &args->pAllocationInfo[i];
		VOID *data = info->pPrivateDriverData;
		const UINT bytes = info->PrivateDriverDataSize;
		struct fake_allocation *a = &fake.allocations[fake.serial % 64];

		a->serial = ++fake.serial;
		a->is_live = 1;
		*info = fake.answer;
		info->pPrivateDriverData = data;
		info->PrivateDriverDataSize = bytes;
		info->hAllocation = fake.answers_no_handle ? NULL : a;
		if (bytes >= sizeof(UINT))
			*(UINT *)data = a->serial;
	}
	if (args->Flags.Resource && !args->hResource)
		args->hResource = &fake.create_resource;
	return status;
}

static NTSTATUS APIENTRY
destroy_allocation(const HANDLE ctx, const DXGKARG_DESTROYALLOCATION *args)
{
	(void)ctx;
	fake.destroy_count = args->NumAllocations;
	fake.destroy_flags = args->Flags.Value;
	for (UINT i = 0; i < args->NumAllocations; i++)
		((struct fake_allocation *)args->pAllocationList[i])->is_live =
			0;
	return step('c');
}

static NTSTATUS APIENTRY open_allocation(const HANDLE device,
					 const DXGKARG_OPENALLOCATION *args)
{
	NTSTATUS status = step('O');

	(void)device;
	fake.open_count = args->NumAllocations;
	fake.open_flags = args->Flags.Value;
	for (UINT i = 0; i < args->NumAllocations; i++) {
		DXGK_OPENALLOCATIONINFO *info = &args->pOpenAllocation[i];
		DXGKARGCB_GETHANDLEDATA get;

		RtlZeroMemory(&get, sizeof(get));
		get.hObject = info->hAllocation;
		get.Type = DXGK_HANDLE_ALLOCATION;
		if (i == 0) {
			fake.open_handle = info->hAllocation;
			fake.get_in_open = fake.dxgk.DxgkCbGetHandleData(&get);
		}
		if (fake.writes_private && info->PrivateDriverDataSize)
			*(UCHAR *)info->pPrivateDriverData ^= 0xff;
		if (NT_SUCCESS(status) && !fake.opens_no_handle)
			info->hDeviceSpecificAllocation = &fake.open_count;
	}
	return status;
}

static NTSTATUS APIENTRY close_allocation(const HANDLE device,
					  const DXGKARG_CLOSEALLOCATION *args)
{
	(void)device;
	(void)args;
	return step('o');
}

static NTSTATUS APIENTRY
standard_data(const HANDLE ctx, DXGKARG_GETSTANDARDALLOCATIONDRIVERDATA *args)
{
	NTSTATUS status = step('G');

	(void)ctx;
	if (!args->pAllocationPrivateDriverData &&
	    !args->pResourcePrivateDriverData) {
		args->AllocationPrivateDriverDataSize =
			fake.standard_allocation_bytes;
		args->ResourcePrivateDriverDataSize =
			fake.standard_resource_bytes;
		return status;
	}
	RtlFillMemory(args->pAllocationPrivateDriverData,
		      fake.standard_allocation_bytes, 0x5a);
	return status;
}

static NTSTATUS APIENTRY begin_exclusive(const HANDLE ctx,
					 DXGKARG_BEGINEXCLUSIVEACCESS *args)
{
	(void)ctx;
	(void)args;
	return step('B');
}

static NTSTATUS APIENTRY end_exclusive(const HANDLE ctx,
				       DXGKARG_ENDEXCLUSIVEACCESS *args)
{
	(void)ctx;
	(void)args;
	return step('b');
}

static NTSTATUS APIENTRY
set_backing_store(const HANDLE ctx, DXGKARG_SETALLOCATIONBACKINGSTORE *args)
{
	(void)ctx;
	if (args->pBackingStore)
		*(UCHAR *)args->pBackingStore = 1; /* it must be memory */
	return step('K');
}

static BOOLEAN interrupt(const PVOID ctx, ULONG message)
{
	DXGKARGCB_NOTIFY_INTERRUPT_DATA data;

	(void)ctx;
	(void)message;
	step('I');
	RtlZeroMemory(&data, sizeof(data));
	data.InterruptType = DXGK_INTERRUPT_DMA_COMPLETED;
	fake.dxgk.DxgkCbNotifyInterrupt(fake.dxgk.DeviceHandle, &data);
	if (!fake.fails || !strchr(fake.fails, 'P'))
		fake.dxgk.DxgkCbQueueDpc(fake.dxgk.DeviceHandle);
	return TRUE;
}

static VOID dpc(const PVOID ctx)
{
	(void)ctx;
	step('P');
	fake.dxgk.DxgkCbNotifyDpc(fake.dxgk.DeviceHandle);
}

void fake_reset(uint32_t version)
{
	memset(&fake, 0, sizeof(fake));
	fake.failure = STATUS_NO_MEMORY;
	fake.segment_count = 1;
	fake.segment_flags = DXGK_SEGMENTFLAG_CPUVISIBLE;
	fake.answer.Size = 0x1800;
	fake.answer.SupportedWriteSegmentSet = 1;
	fake.answer.AllocationPriority = D3DDDI_ALLOCATIONPRIORITY_NORMAL;
	fake.ddi.Version = version;
	fake.ddi.DxgkDdiAddDevice = add_device;
	fake.ddi.DxgkDdiLinkDevice = link_device;
	fake.ddi.DxgkDdiStartDevice = start_device;
	fake.ddi.DxgkDdiStopDevice = stop_device;
	fake.ddi.DxgkDdiRemoveDevice = remove_device;
	fake.ddi.DxgkDdiUnload = unload;
	fake.ddi.DxgkDdiQueryAdapterInfo = query;
	fake.ddi.DxgkDdiCreateDevice = create_device;
	fake.ddi.DxgkDdiDestroyDevice = destroy_device;
	fake.ddi.DxgkDdiCreateAllocation = create_allocation;
	fake.ddi.DxgkDdiDestroyAllocation = destroy_allocation;
	fake.ddi.DxgkDdiOpenAllocation = open_allocation;
	fake.ddi.DxgkDdiCloseAllocation = close_allocation;
	fake.ddi.DxgkDdiGetStandardAllocationDriverData = standard_data;
	fake.ddi.DxgkDdiInterruptRoutine = interrupt;
	fake.ddi.DxgkDdiDpcRoutine = dpc;
	fake.ddi.DxgkDdiBeginExclusiveAccess = begin_exclusive;
	fake.ddi.DxgkDdiEndExclusiveAccess = end_exclusive;
	fake.ddi.DxgkDdiSetAllocationBackingStore = set_backing_store;
}

int32_t fake_entry(void *driver_object, void *registry_path)
{
	NTSTATUS status = step('E');

	if (!NT_SUCCESS(status))
		return status;
	status = DxgkInitialize(driver_object, registry_path, &fake.ddi);
	return fake.entry_answer ? fake.entry_answer : status;
}
