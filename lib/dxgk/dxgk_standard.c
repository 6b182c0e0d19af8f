/* SPDX-License-Identifier: MIT */
/*
 * Standard allocations: Dxgkrnl asks the driver for the private data of a
 * surface, twice, and creates the allocation with them
 * (spec/dxgk-miniport.md, section 2.4).
 */
#include "dxgk/dxgk_object.h"

#include <string.h>

#define DATA_MAX (1u << 20) /* a driver that wants more is mistaken */

/* Bytes of the surface data of a type; 0: not one that we make. */
static uint32_t surface_bytes(uint32_t type)
{
	switch (type) {
	case D3DKMDT_STANDARDALLOCATION_SHAREDPRIMARYSURFACE:
		return sizeof(D3DKMDT_SHAREDPRIMARYSURFACEDATA);
	case D3DKMDT_STANDARDALLOCATION_SHADOWSURFACE:
		return sizeof(D3DKMDT_SHADOWSURFACEDATA);
	case D3DKMDT_STANDARDALLOCATION_STAGINGSURFACE:
		return sizeof(D3DKMDT_STAGINGSURFACEDATA);
	case D3DKMDT_STANDARDALLOCATION_GDISURFACE:
		return sizeof(D3DKMDT_GDISURFACEDATA);
	case D3DKMDT_STANDARDALLOCATION_VGPU:
		return sizeof(D3DKMDT_VIRTUALGPUSURFACEDATA);
	default:
		return 0;
	}
}

static NTSTATUS ask(struct iolas__dxgk_loader *loader,
		    DXGKARG_GETSTANDARDALLOCATIONDRIVERDATA *args)
{
	struct iolas__dxgk_ddi ddi;
	NTSTATUS status;

	iolas__dxgk_ddi_begin(&ddi, loader->adapter,
			      "DxgkDdiGetStandardAllocationDriverData",
			      PASSIVE_LEVEL);
	status = loader->driver->ddi.DxgkDdiGetStandardAllocationDriverData(
		loader->context, args);
	iolas__dxgk_ddi_end(&ddi);
	return status;
}

static void report(struct iolas__dxgk_loader *loader, const char *text)
{
	iolas__dxgk_driver_report(loader->adapter,
				  "DxgkDdiGetStandardAllocationDriverData",
				  IOLAS_DXGK_RULE_STANDARD_DATA, "%s", text);
}

/* First pass: the sizes; the surface data must stay as they are. */
static NTSTATUS ask_sizes(struct iolas__dxgk_loader *loader,
			  DXGKARG_GETSTANDARDALLOCATIONDRIVERDATA *args,
			  uint32_t bytes)
{
	unsigned char before[64];
	NTSTATUS status;

	memcpy(before, args->pCreateGdiSurfaceData, bytes);
	status = ask(loader, args);
	if (!NT_SUCCESS(status))
		return status;
	if (memcmp(before, args->pCreateGdiSurfaceData, bytes) != 0)
		report(loader, "changed the surface data when asked for sizes");
	if (args->AllocationPrivateDriverDataSize == 0 &&
	    args->ResourcePrivateDriverDataSize == 0) {
		report(loader, "both sizes are 0");
		return STATUS_INVALID_PARAMETER;
	}
	if (args->AllocationPrivateDriverDataSize > DATA_MAX ||
	    args->ResourcePrivateDriverDataSize > DATA_MAX)
		return STATUS_INVALID_PARAMETER;
	return STATUS_SUCCESS;
}

NTSTATUS iolas__dxgk_create_standard(struct iolas__dxgk_request *request,
				     uint32_t type, void *surface,
				     uint32_t bytes)
{
	struct iolas__dxgk_loader *loader = request->device->loader;
	struct iolas__dxgk_heap *heap = &loader->adapter->machine->heap;
	DXGKARG_GETSTANDARDALLOCATIONDRIVERDATA args;
	uint32_t allocation_bytes, resource_bytes;
	NTSTATUS status;

	if (!loader->driver->ddi.DxgkDdiGetStandardAllocationDriverData)
		return STATUS_NOT_SUPPORTED;
	memset(&args, 0, sizeof(args));
	args.StandardAllocationType = (D3DKMDT_STANDARDALLOCATION_TYPE)type;
	args.pCreateGdiSurfaceData = surface;
	status = ask_sizes(loader, &args, bytes);
	if (!NT_SUCCESS(status))
		return status;
	allocation_bytes = args.AllocationPrivateDriverDataSize;
	resource_bytes = args.ResourcePrivateDriverDataSize;

	args.pAllocationPrivateDriverData =
		iolas__dxgk_alloc(heap, allocation_bytes);
	args.pResourcePrivateDriverData =
		iolas__dxgk_alloc(heap, resource_bytes);
	if (!args.pAllocationPrivateDriverData ||
	    !args.pResourcePrivateDriverData) {
		status = STATUS_NO_MEMORY;
	} else {
		memset(args.pAllocationPrivateDriverData, IOLAS_DXGK_POISON,
		       allocation_bytes);
		memset(args.pResourcePrivateDriverData, IOLAS_DXGK_POISON,
		       resource_bytes);
		status = ask(loader, &args);
	}
	if (NT_SUCCESS(status)) {
		request->makes_resource |=
			resource_bytes != 0 ||
			type == D3DKMDT_STANDARDALLOCATION_SHAREDPRIMARYSURFACE;
		request->data = args.pResourcePrivateDriverData;
		request->data_bytes = resource_bytes;
		request->items[0].data = args.pAllocationPrivateDriverData;
		request->items[0].data_bytes = allocation_bytes;
		status = iolas__dxgk_create(request);
	}
	iolas__dxgk_free(heap, args.pAllocationPrivateDriverData);
	iolas__dxgk_free(heap, args.pResourcePrivateDriverData);
	return status;
}

int32_t iolas_dxgk_standard_allocation(uint32_t device, uint32_t type,
				       void *surface, uint32_t bytes,
				       uint32_t *resource, uint32_t *allocation)
{
	struct iolas__dxgk_item item = { .data = NULL };
	struct iolas__dxgk_request request = { .items = &item, .count = 1 };
	NTSTATUS status;

	if (!resource || !allocation)
		return STATUS_INVALID_PARAMETER;
	*resource = 0;
	*allocation = 0;
	if (!surface || bytes == 0 || bytes != surface_bytes(type))
		return STATUS_INVALID_PARAMETER;
	request.device = iolas__dxgk_device_lock(device);
	if (!request.device)
		return STATUS_INVALID_HANDLE;
	item.is_primary =
		type == D3DKMDT_STANDARDALLOCATION_SHAREDPRIMARYSURFACE;
	request.is_shared = item.is_primary;
	status = iolas__dxgk_create_standard(&request, type, surface, bytes);
	if (NT_SUCCESS(status)) {
		*resource = request.resource;
		*allocation = item.handle;
	}
	iolas__dxgk_device_unlock(request.device);
	return status;
}
