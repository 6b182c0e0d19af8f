/* SPDX-License-Identifier: MIT */
/*
 * The user-mode side: requests to create and destroy allocations, checked and
 * brought into one form (spec/dxgk-miniport.md, sections 3.1 to 3.3).
 */
#include "dxgk/dxgk_object.h"

#include <string.h>

#define ITEM_MAX 4096u /* allocations in one request */

/* Is every pointer of the request there? */
static bool is_whole(const D3DKMT_CREATEALLOCATION *args)
{
	/* A standard allocation's size is not looked at. */
	if ((!args->Flags.StandardAllocation && args->PrivateDriverDataSize &&
	     !args->pPrivateDriverData) ||
	    (args->PrivateRuntimeDataSize && !args->pPrivateRuntimeData) ||
	    (args->NumAllocations && !args->pAllocationInfo))
		return false;
	return args->NumAllocations <= ITEM_MAX;
}

/* The flags' rules of section 3.3, step 1. */
static bool flags_are_allowed(const D3DKMT_CREATEALLOCATION *args)
{
	const D3DKMT_CREATEALLOCATIONFLAGS f = args->Flags;

	if (f.Reserved || (f.CreateShared && !f.CreateResource) ||
	    (f.NtSecuritySharing && !f.CreateShared) ||
	    (f.ExistingSysMem && f.ExistingSection))
		return false;
	if (f.CreateResource && args->hResource != 0)
		return false;
	return args->NumAllocations != 0 || f.CreateResource;
}

static void take_item(struct iolas__dxgk_item *item,
		      const D3DKMT_CREATEALLOCATION *args, uint32_t i,
		      bool is_second_form)
{
	if (is_second_form) {
		const D3DDDI_ALLOCATIONINFO2 *info = &args->pAllocationInfo2[i];

		item->data = info->pPrivateDriverData;
		item->data_bytes = info->PrivateDriverDataSize;
		item->system_memory = info->pSystemMem;
		item->is_primary = info->Flags.Primary;
	} else {
		const D3DDDI_ALLOCATIONINFO *info = &args->pAllocationInfo[i];

		item->data = info->pPrivateDriverData;
		item->data_bytes = info->PrivateDriverDataSize;
		item->system_memory = info->pSystemMem;
		item->is_primary = info->Flags.Primary;
	}
}

static bool items_are_whole(const struct iolas__dxgk_request *request)
{
	for (uint32_t i = 0; i < request->count; i++) {
		const struct iolas__dxgk_item *item = &request->items[i];

		if (item->data_bytes != 0 && !item->data)
			return false;
		if (((uintptr_t)item->system_memory & (DXGK_PAGE_BYTES - 1)) !=
		    0)
			return false;
	}
	return true;
}

static void give_handles(const struct iolas__dxgk_request *request,
			 D3DKMT_CREATEALLOCATION *args, bool is_second_form)
{
	for (uint32_t i = 0; i < request->count; i++) {
		if (is_second_form)
			args->pAllocationInfo2[i].hAllocation =
				request->items[i].handle;
		else
			args->pAllocationInfo[i].hAllocation =
				request->items[i].handle;
	}
	if (request->makes_resource) {
		args->hResource = request->resource;
		args->hGlobalShare = request->share;
	}
}

/* The open resource of a handle, if it is @device's. */
static struct iolas__dxgk_open_resource *
own_resource(const struct iolas__dxgk_device *device, uint32_t handle)
{
	struct iolas__dxgk_open_resource *at = device->resources;

	while (at && at->handle != handle)
		at = at->next;
	return at;
}

static struct iolas__dxgk_open *
own_allocation(const struct iolas__dxgk_device *device, uint32_t handle)
{
	struct iolas__dxgk_open *at = device->opens;

	while (at && at->handle != handle)
		at = at->next;
	return at;
}

/* ExistingHeap: the user's memory as a surface of one line, section 3.2. */
static bool take_standard(struct iolas__dxgk_request *request,
			  const D3DKMT_CREATEALLOCATION *args,
			  D3DKMDT_GDISURFACEDATA *surface)
{
	const D3DKMT_CREATESTANDARDALLOCATION *standard =
		args->pStandardAllocation;
	const D3DKMT_CREATEALLOCATIONFLAGS f = args->Flags;

	if (!standard ||
	    standard->Type != D3DKMT_STANDARDALLOCATIONTYPE_EXISTINGHEAP ||
	    standard->Flags.Value != 0 || !f.ExistingSysMem ||
	    !f.CreateShared || !f.CrossAdapter || args->hResource != 0 ||
	    request->count != 1)
		return false;
	if (!request->items[0].system_memory ||
	    standard->ExistingHeapData.Size == 0 ||
	    standard->ExistingHeapData.Size > UINT32_MAX ||
	    standard->ExistingHeapData.Size % DXGK_PAGE_BYTES != 0)
		return false;
	*surface = (D3DKMDT_GDISURFACEDATA){
		.Width = (UINT)standard->ExistingHeapData.Size,
		.Height = 1,
		.Format = D3DDDIFMT_UNKNOWN,
		.Type = D3DKMDT_GDISURFACE_TEXTURE_CROSSADAPTER,
	};
	return true;
}

static NTSTATUS create_checked(struct iolas__dxgk_request *request,
			       D3DKMT_CREATEALLOCATION *args,
			       bool is_second_form)
{
	D3DKMDT_GDISURFACEDATA surface;
	NTSTATUS status;

	for (uint32_t i = 0; i < request->count; i++)
		take_item(&request->items[i], args, i, is_second_form);
	if (!items_are_whole(request))
		return STATUS_INVALID_PARAMETER;
	if (args->hResource != 0) {
		request->into = own_resource(request->device, args->hResource);
		if (!request->into)
			return STATUS_INVALID_HANDLE;
		/* Others may have it open: its members are fixed. */
		if (request->into->resource->is_shared)
			return STATUS_INVALID_PARAMETER;
	}
	if (args->Flags.StandardAllocation) {
		if (!take_standard(request, args, &surface))
			return STATUS_INVALID_PARAMETER;
		status = iolas__dxgk_create_standard(
			request, D3DKMDT_STANDARDALLOCATION_GDISURFACE,
			&surface, sizeof(surface));
	} else {
		request->data = args->pPrivateDriverData;
		request->data_bytes = args->PrivateDriverDataSize;
		status = iolas__dxgk_create(request);
	}
	if (NT_SUCCESS(status))
		give_handles(request, args, is_second_form);
	return status;
}

static NTSTATUS create(D3DKMT_CREATEALLOCATION *args, bool is_second_form)
{
	struct iolas__dxgk_request request;
	struct iolas__dxgk_device *device;
	struct iolas__dxgk_heap *heap;
	NTSTATUS status = STATUS_NO_MEMORY;

	if (!args)
		return STATUS_INVALID_PARAMETER;
	if (!is_whole(args) || !flags_are_allowed(args))
		return STATUS_INVALID_PARAMETER;
	device = iolas__dxgk_device_lock(args->hDevice);
	if (!device)
		return STATUS_INVALID_HANDLE;
	request = (struct iolas__dxgk_request){
		.device = device,
		.makes_resource = args->Flags.CreateResource,
		.is_shared = args->Flags.CreateShared,
		.is_nt_shared = args->Flags.NtSecuritySharing,
		.runtime = args->pPrivateRuntimeData,
		.runtime_bytes = args->PrivateRuntimeDataSize,
		.count = args->NumAllocations,
	};
	heap = &device->loader->adapter->machine->heap;
	request.items =
		iolas__dxgk_alloc(heap, request.count * sizeof(*request.items));
	if (request.items)
		status = create_checked(&request, args, is_second_form);
	iolas__dxgk_free(heap, request.items);
	iolas__dxgk_device_unlock(device);
	return status;
}

int32_t iolas_dxgk_create_allocation(D3DKMT_CREATEALLOCATION *args)
{
	return create(args, false);
}

int32_t iolas_dxgk_create_allocation2(D3DKMT_CREATEALLOCATION *args)
{
	return create(args, true);
}

int32_t iolas_dxgk_allocate_cb(uint32_t device, D3DDDICB_ALLOCATE *args)
{
	D3DKMT_CREATEALLOCATION create_args;
	NTSTATUS status;

	if (!args)
		return STATUS_INVALID_PARAMETER;
	memset(&create_args, 0, sizeof(create_args));
	create_args.hDevice = device;
	create_args.pPrivateDriverData = args->pPrivateDriverData;
	create_args.PrivateDriverDataSize = args->PrivateDriverDataSize;
	create_args.NumAllocations = args->NumAllocations;
	create_args.pAllocationInfo = args->pAllocationInfo;
	create_args.Flags.CreateResource = args->hResource != NULL;
	create_args.hPrivateRuntimeResourceHandle = args->hResource;
	status = create(&create_args, false);
	if (NT_SUCCESS(status))
		args->hKMResource = create_args.hResource;
	return status;
}

/* All of the list stand alone, are the device's, and stand there once. */
static NTSTATUS check_list(const struct iolas__dxgk_device *device,
			   const D3DKMT_DESTROYALLOCATION2 *args)
{
	for (uint32_t i = 0; i < args->AllocationCount; i++) {
		const struct iolas__dxgk_open *open =
			own_allocation(device, args->phAllocationList[i]);

		if (!open)
			return STATUS_INVALID_HANDLE;
		if (open->resource)
			return STATUS_INVALID_PARAMETER;
		for (uint32_t k = 0; k < i; k++)
			if (args->phAllocationList[k] ==
			    args->phAllocationList[i])
				return STATUS_INVALID_PARAMETER;
	}
	return STATUS_SUCCESS;
}

static NTSTATUS destroy(struct iolas__dxgk_device *device,
			const D3DKMT_DESTROYALLOCATION2 *args)
{
	struct iolas__dxgk_open_resource *resource;
	NTSTATUS status;

	if (args->hResource != 0) {
		resource = own_resource(device, args->hResource);
		if (!resource)
			return STATUS_INVALID_HANDLE;
		iolas__dxgk_close_resource(resource);
		return STATUS_SUCCESS;
	}
	status = check_list(device, args);
	for (uint32_t i = 0; NT_SUCCESS(status) && i < args->AllocationCount;
	     i++)
		iolas__dxgk_close_open(
			own_allocation(device, args->phAllocationList[i]));
	return status;
}

int32_t iolas_dxgk_destroy_allocation(const D3DKMT_DESTROYALLOCATION2 *args)
{
	struct iolas__dxgk_device *device;
	NTSTATUS status;

	if (!args || args->Flags.Reserved || args->Flags.SystemUseOnly ||
	    (args->hResource != 0) == (args->AllocationCount != 0) ||
	    args->AllocationCount > ITEM_MAX ||
	    (args->AllocationCount && !args->phAllocationList))
		return STATUS_INVALID_PARAMETER;
	device = iolas__dxgk_device_lock(args->hDevice);
	if (!device)
		return STATUS_INVALID_HANDLE;
	status = destroy(device, args);
	iolas__dxgk_device_unlock(device);
	return status;
}
