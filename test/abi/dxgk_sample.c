/* SPDX-License-Identifier: MIT */
/*
 * The memory code of a small display miniport, written as one is for Windows:
 * the includes in their usual order, annotations, code segments, tracing,
 * exceptions.  It is only compiled, in C and in C++, and must be without a
 * warning.  Wide literals ask for -fshort-wchar where wchar_t is wider.
 */
#include <initguid.h>
#include <ntddk.h>
#include <dispmprt.h>
#include <d3dkmddi.h>
#include <d3dkmthk.h>
#include <ntstrsafe.h>
#include <ntintsafe.h>
#include <ntddvdeo.h>
#include <windef.h>
#include <wingdi.h>
#include <winerror.h>
#include <ntverp.h>
#include <dxgiformat.h>
#include <stdarg.h>
#include <stddef.h>

#define SAMPLE_TAG 'lpmS'

DEFINE_GUID(GUID_SAMPLE, 0x12345678, 0x9abc, 0xdef0, 1, 2, 3, 4, 5, 6, 7, 8);
DECLARE_CONST_UNICODE_STRING(ValueName, L"MemoryLimit");

#include <pshpack4.h>
typedef struct _SAMPLE_PACKED {
	UCHAR Kind;
	LARGE_INTEGER Where;
} SAMPLE_PACKED;
#include <poppack.h>
C_ASSERT(FIELD_OFFSET(SAMPLE_PACKED, Where) == 4);

typedef struct _SAMPLE_ADAPTER {
	PDEVICE_OBJECT Pdo;
	DXGKRNL_INTERFACE Dxgk;
	DXGK_DEVICE_INFO Info;
	KSPIN_LOCK Lock;
	LIST_ENTRY Blocks;
	KEVENT Idle;
	FAST_MUTEX Mutex;
	KDPC Dpc;
	KTIMER Timer;
	LONG Count;
	HANDLE Memory;
	PVOID Cpu;
} SAMPLE_ADAPTER, *PSAMPLE_ADAPTER;

typedef struct _SAMPLE_BLOCK {
	LIST_ENTRY Link;
	PMDL Mdl;
	HANDLE Handle;
} SAMPLE_BLOCK, *PSAMPLE_BLOCK;

EXTERN_C_START
DRIVER_INITIALIZE DriverEntry;
DXGKDDI_ADD_DEVICE SampleAddDevice;
DXGKDDI_START_DEVICE SampleStartDevice;
DXGKDDI_STOP_DEVICE SampleStopDevice;
DXGKDDI_REMOVE_DEVICE SampleRemoveDevice;
DXGKDDI_UNLOAD SampleUnload;
DXGKDDI_QUERYADAPTERINFO SampleQueryAdapterInfo;
DXGKDDI_CREATEALLOCATION SampleCreateAllocation;
DXGKDDI_OPENALLOCATIONINFO SampleOpenAllocation;
DXGKDDI_BUILDPAGINGBUFFER SampleBuildPagingBuffer;
DXGKDDI_INTERRUPT_ROUTINE SampleInterruptRoutine;
DXGKDDI_QUERY_CHILD_STATUS SampleQueryChildStatus;
DXGKDDI_PATCH SamplePatch;
DXGKDDI_RENDER SampleRender;
DXGKDDI_ESCAPE SampleEscape;
DXGKDDI_CONTROLINTERRUPT SampleControlInterrupt;
KDEFERRED_ROUTINE SampleDpc;
KSTART_ROUTINE SampleThread;
EXTERN_C_END

#pragma code_seg(push)
#pragma code_seg("PAGE")

_Use_decl_annotations_ NTSTATUS NTAPI
SampleAddDevice(const PDEVICE_OBJECT Pdo, PVOID *MiniportDeviceContext)
{
	PSAMPLE_ADAPTER adapter;

	PAGED_CODE();
	adapter = (PSAMPLE_ADAPTER)ExAllocatePool2(
		POOL_FLAG_NON_PAGED, sizeof(*adapter), SAMPLE_TAG);
	if (adapter == NULL)
		return STATUS_NO_MEMORY;
	adapter->Pdo = Pdo;
	KeInitializeSpinLock(&adapter->Lock);
	InitializeListHead(&adapter->Blocks);
	KeInitializeEvent(&adapter->Idle, NotificationEvent, FALSE);
	ExInitializeFastMutex(&adapter->Mutex);
	KeInitializeDpc(&adapter->Dpc, SampleDpc, adapter);
	KeInitializeTimerEx(&adapter->Timer, SynchronizationTimer);
	*MiniportDeviceContext = adapter;
	return STATUS_SUCCESS;
}

static NTSTATUS SampleReadLimit(_In_ PSAMPLE_ADAPTER adapter,
				_Out_ PULONG limit)
{
	HANDLE key;
	UCHAR buffer[sizeof(KEY_VALUE_PARTIAL_INFORMATION) + sizeof(ULONG)];
	PKEY_VALUE_PARTIAL_INFORMATION value =
		(PKEY_VALUE_PARTIAL_INFORMATION)buffer;
	ULONG length;
	NTSTATUS status;
	UNICODE_STRING name;

	RtlInitUnicodeString(&name, L"MemoryLimit");
	NT_ASSERT(name.Length == ValueName.Length);
	status = IoOpenDeviceRegistryKey(adapter->Pdo, PLUGPLAY_REGKEY_DRIVER,
					 KEY_READ, &key);
	if (!NT_SUCCESS(status))
		return status;
	status = ZwQueryValueKey(key, &name, KeyValuePartialInformation, value,
				 sizeof(buffer), &length);
	if (NT_SUCCESS(status) && value->Type == REG_DWORD)
		RtlCopyMemory(limit, value->Data, sizeof(*limit));
	ZwClose(key);
	return status;
}

_Use_decl_annotations_ NTSTATUS NTAPI SampleStartDevice(
	const PVOID MiniportDeviceContext, PDXGK_START_INFO DxgkStartInfo,
	PDXGKRNL_INTERFACE DxgkInterface, PULONG NumberOfVideoPresentSources,
	PULONG NumberOfChildren)
{
	PSAMPLE_ADAPTER adapter = (PSAMPLE_ADAPTER)MiniportDeviceContext;
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args;
	ULONG limit = 0;
	NTSTATUS status;

	UNREFERENCED_PARAMETER(DxgkStartInfo);
	RtlZeroMemory(&adapter->Dxgk, sizeof(adapter->Dxgk));
	RtlCopyMemory(&adapter->Dxgk, DxgkInterface,
		      min(DxgkInterface->Size, sizeof(adapter->Dxgk)));
	status = adapter->Dxgk.DxgkCbGetDeviceInformation(
		adapter->Dxgk.DeviceHandle, &adapter->Info);
	if (!NT_SUCCESS(status))
		return status;
	(VOID) SampleReadLimit(adapter, &limit);

	RtlZeroMemory(&args, sizeof(args));
	args.NumberOfBytes = max(limit, 16 * PAGE_SIZE);
	args.HighestAcceptableAddress.QuadPart = -1;
	args.CacheType = DXGK_MEMORY_CACHING_TYPE_WRITE_COMBINED;
	status = adapter->Dxgk.DxgkCbAllocateContiguousMemory(
		adapter->Dxgk.DeviceHandle, &args);
	if (!NT_SUCCESS(status)) {
		DbgPrintEx(DPFLTR_IHVVIDEO_ID, DPFLTR_ERROR_LEVEL,
			   "%s: 0x%08x\n", __FUNCTION__, (unsigned)status);
		return status;
	}
	adapter->Memory = args.hMemoryHandle;
	adapter->Cpu = args.pMemory;
	*NumberOfVideoPresentSources = 0;
	*NumberOfChildren = 0;
	return STATUS_SUCCESS;
}

_Use_decl_annotations_ NTSTATUS NTAPI
SampleStopDevice(const PVOID MiniportDeviceContext)
{
	PSAMPLE_ADAPTER adapter = (PSAMPLE_ADAPTER)MiniportDeviceContext;
	DXGKARGCB_FREECONTIGUOUSMEMORY args;

	args.hMemoryHandle = adapter->Memory;
	return adapter->Dxgk.DxgkCbFreeContiguousMemory(
		adapter->Dxgk.DeviceHandle, &args);
}

NTSTATUS NTAPI SampleRemoveDevice(const PVOID MiniportDeviceContext)
{
	ExFreePoolWithTag(MiniportDeviceContext, SAMPLE_TAG);
	return STATUS_SUCCESS;
}

VOID NTAPI SampleUnload(VOID)
{
	WPP_CLEANUP(NULL);
}

NTSTATUS APIENTRY SampleQueryAdapterInfo(const HANDLE hAdapter,
					 const DXGKARG_QUERYADAPTERINFO *pQuery)
{
	UNREFERENCED_PARAMETER(hAdapter);
	switch (pQuery->Type) {
	case DXGKQAITYPE_DRIVERCAPS: {
		DXGK_DRIVERCAPS *caps = (DXGK_DRIVERCAPS *)pQuery->pOutputData;

		if (pQuery->OutputDataSize < sizeof(*caps))
			return STATUS_BUFFER_TOO_SMALL;
		RtlZeroMemory(caps, sizeof(*caps));
		caps->HighestAcceptableAddress.QuadPart = (ULONG64)-1;
		caps->MemoryManagementCaps.MapAperture2Supported = 1;
		caps->WDDMVersion = DXGKDDI_WDDMv2_9;
		return STATUS_SUCCESS;
	}
	case DXGKQAITYPE_IOMMU_CAPS: {
		DXGK_IOMMU_CAPS *caps = (DXGK_IOMMU_CAPS *)pQuery->pOutputData;

		caps->Value = 0;
		caps->IommuIsolationSupported = TRUE;
		caps->DmaRemappingSupported = TRUE;
		return STATUS_SUCCESS;
	}
	default:
		return STATUS_NOT_SUPPORTED;
	}
}

NTSTATUS APIENTRY SampleCreateAllocation(
	const HANDLE hAdapter, DXGKARG_CREATEALLOCATION *pCreateAllocation)
{
	UINT i;

	UNREFERENCED_PARAMETER(hAdapter);
	for (i = 0; i < pCreateAllocation->NumAllocations; i++) {
		DXGK_ALLOCATIONINFO *info =
			&pCreateAllocation->pAllocationInfo[i];
		SIZE_T size;

		if (RtlSizeTMult(640, 480 * 4, &size) != STATUS_SUCCESS)
			return STATUS_INVALID_PARAMETER;
		info->Size = ROUND_TO_PAGES(size);
		info->SupportedWriteSegmentSet = 1;
		info->PreferredSegment.Value = 0;
		info->PreferredSegment.SegmentId0 = 1;
		info->FlagsWddm2.CpuVisible = 1;
		info->FlagsWddm2.AccessedPhysically = 1;
		info->AllocationPriority = D3DDDI_ALLOCATIONPRIORITY_NORMAL;
		info->hAllocation = (HANDLE)info;
	}
	return STATUS_SUCCESS;
}

NTSTATUS APIENTRY SampleOpenAllocation(
	const HANDLE hDevice, const DXGKARG_OPENALLOCATION *pOpenAllocation)
{
	PSAMPLE_ADAPTER adapter = (PSAMPLE_ADAPTER)hDevice;
	DXGKARGCB_GETHANDLEDATA get;
	DXGKARGCB_RELEASEHANDLEDATA release;
	DXGKARG_RELEASE_HANDLE token;

	RtlZeroMemory(&get, sizeof(get));
	get.hObject = pOpenAllocation->pOpenAllocation[0].hAllocation;
	get.Type = DXGK_HANDLE_ALLOCATION;
	if (!adapter->Dxgk.DxgkCbAcquireHandleData(&get, &token))
		return STATUS_INVALID_HANDLE;
	release.ReleaseHandle = token;
	release.Type = DXGK_HANDLE_ALLOCATION;
	adapter->Dxgk.DxgkCbReleaseHandleData(release);
	pOpenAllocation->pOpenAllocation[0].hDeviceSpecificAllocation = hDevice;
	return STATUS_SUCCESS;
}

NTSTATUS APIENTRY SampleBuildPagingBuffer(const HANDLE hAdapter,
					  DXGKARG_BUILDPAGINGBUFFER *pArgs)
{
	PFN_NUMBER last = 0;
	SIZE_T i;

	UNREFERENCED_PARAMETER(hAdapter);
	if (pArgs->Operation == DXGK_OPERATION_MAP_APERTURE_SEGMENT) {
		MDL *mdl = pArgs->MapApertureSegment.pMdl;

		for (i = 0; i < pArgs->MapApertureSegment.NumberOfPages; i++)
			last = MmGetMdlPfnArray(
				mdl)[pArgs->MapApertureSegment.MdlOffset + i];
	} else if (pArgs->Operation == DXGK_OPERATION_MAP_APERTURE_SEGMENT2) {
		const DXGK_ADL *adl = &pArgs->MapApertureSegment2.Adl;

		last = adl->Flags.Contiguous ? adl->BasePageNumber
					     : adl->Pages[0];
	}
	return last ? STATUS_SUCCESS : STATUS_GRAPHICS_INSUFFICIENT_DMA_BUFFER;
}
#pragma code_seg(pop)

static NTSTATUS SampleLock(PVOID buffer, ULONG length, PMDL *result)
{
	NTSTATUS status = STATUS_SUCCESS;
	PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

	if (!mdl)
		return STATUS_INSUFFICIENT_RESOURCES;
	__try {
		MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
	} __except (EXCEPTION_EXECUTE_HANDLER) {
		status = GetExceptionCode();
	}
	if (!NT_SUCCESS(status)) {
		IoFreeMdl(mdl);
		return status;
	}
	if (!MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority |
						       MdlMappingNoExecute))
		return STATUS_INSUFFICIENT_RESOURCES;
	*result = mdl;
	return STATUS_SUCCESS;
}

VOID NTAPI SampleDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
	PSAMPLE_ADAPTER adapter = (PSAMPLE_ADAPTER)Context;
	PSAMPLE_BLOCK block;
	KIRQL irql;

	UNREFERENCED_PARAMETER(Dpc);
	UNREFERENCED_PARAMETER(Argument1);
	UNREFERENCED_PARAMETER(Argument2);
	KeAcquireSpinLock(&adapter->Lock, &irql);
	while (!IsListEmpty(&adapter->Blocks)) {
		block = CONTAINING_RECORD(RemoveHeadList(&adapter->Blocks),
					  SAMPLE_BLOCK, Link);
		MmUnlockPages(block->Mdl);
		IoFreeMdl(block->Mdl);
		ExFreePool(block);
	}
	KeReleaseSpinLock(&adapter->Lock, irql);
	InterlockedDecrement(&adapter->Count);
	KeSetEvent(&adapter->Idle, IO_NO_INCREMENT, FALSE);
}

VOID NTAPI SampleThread(PVOID StartContext)
{
	PSAMPLE_ADAPTER adapter = (PSAMPLE_ADAPTER)StartContext;
	PSAMPLE_BLOCK block;
	LARGE_INTEGER timeout;
	CHAR text[32];

	timeout.QuadPart = -10 * 1000 * 1000;
	block = (PSAMPLE_BLOCK)ExAllocatePoolWithTag(
		NonPagedPoolNx, sizeof(*block), SAMPLE_TAG);
	if (block) {
		if (NT_SUCCESS(SampleLock(adapter->Cpu, 4096, &block->Mdl)))
			ExInterlockedInsertTailList(
				&adapter->Blocks, &block->Link, &adapter->Lock);
		InterlockedIncrement(&adapter->Count);
	}
	ExAcquireFastMutex(&adapter->Mutex);
	if (RtlStringCbPrintfA(text, sizeof(text), "%u", 1u) == STATUS_SUCCESS)
		DbgPrint("%s\n", text);
	ExReleaseFastMutex(&adapter->Mutex);
	WRITE_REGISTER_ULONG(
		(volatile ULONG *)adapter->Cpu,
		READ_REGISTER_ULONG((volatile ULONG *)adapter->Cpu));
	KeWaitForSingleObject(&adapter->Idle, Executive, KernelMode, FALSE,
			      &timeout);
	PsTerminateSystemThread(STATUS_SUCCESS);
}

_Use_decl_annotations_ NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject,
						  PUNICODE_STRING RegistryPath)
{
	DRIVER_INITIALIZATION_DATA data;

	WPP_INIT_TRACING(DriverObject, RegistryPath);
	RtlZeroMemory(&data, sizeof(data));
	data.Version = DXGKDDI_INTERFACE_VERSION;
	data.DxgkDdiAddDevice = SampleAddDevice;
	data.DxgkDdiStartDevice = SampleStartDevice;
	data.DxgkDdiStopDevice = SampleStopDevice;
	data.DxgkDdiRemoveDevice = SampleRemoveDevice;
	data.DxgkDdiUnload = SampleUnload;
	data.DxgkDdiQueryAdapterInfo = SampleQueryAdapterInfo;
	data.DxgkDdiCreateAllocation = SampleCreateAllocation;
	data.DxgkDdiOpenAllocation = SampleOpenAllocation;
	data.DxgkDdiBuildPagingBuffer = SampleBuildPagingBuffer;
	/* Declared here, written in files that a memory harness leaves out. */
	data.DxgkDdiInterruptRoutine = SampleInterruptRoutine;
	data.DxgkDdiQueryChildStatus = SampleQueryChildStatus;
	data.DxgkDdiPatch = SamplePatch;
	data.DxgkDdiRender = SampleRender;
	data.DxgkDdiRenderKm = SampleRender;
	data.DxgkDdiEscape = SampleEscape;
	data.DxgkDdiControlInterrupt = SampleControlInterrupt;
	return DxgkInitialize(DriverObject, RegistryPath, &data);
}
