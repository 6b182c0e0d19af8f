/* SPDX-License-Identifier: MIT */
/*
 * Opening allocations for a device and closing them again.  Every open gets a
 * D3DKMT_HANDLE before the driver is asked, because drivers call GetHandleData
 * inside DxgkDdiOpenAllocation (spec/dxgk-miniport.md, section 3.3).
 */
#include "dxgk/dxgk_object.h"

#include <string.h>

static void end_handle(uint32_t handle, uint32_t kind)
{
	DXGK_CALL("DxgkDdiCloseAllocation");
	if (iolas__dxgk_handle_take(iolas__dxgk_narrow(), handle, kind, 0, NULL,
				    &call, NULL) == DXGK_HANDLE_FOUND)
		iolas__dxgk_handle_end(iolas__dxgk_narrow(), handle);
}

static uint32_t make_handle(struct iolas_dxgk_adapter *adapter, uint32_t kind,
			    void *object)
{
	const struct iolas__dxgk_handle what = {
		.kind = kind,
		.adapter = adapter,
		.object = object,
	};

	DXGK_CALL("DxgkDdiOpenAllocation");
	return (uint32_t)iolas__dxgk_handle_make(iolas__dxgk_narrow(), &call,
						 &what);
}

/* The device's open of a resource; the existing one while adding to it. */
static struct iolas__dxgk_open_resource *
hold_resource(struct iolas__dxgk_open_batch *batch)
{
	struct iolas__dxgk_device *device = batch->device;
	struct iolas_dxgk_adapter *adapter = device->loader->adapter;
	struct iolas__dxgk_open_resource *open;

	open = iolas__dxgk_alloc(&adapter->machine->heap, sizeof(*open));
	if (!open)
		return NULL;
	open->device = device;
	open->resource = batch->resource;
	open->handle = make_handle(adapter, DXGK_KIND_RESOURCE, open);
	if (open->handle == 0) {
		iolas__dxgk_free(&adapter->machine->heap, open);
		return NULL;
	}
	open->next = device->resources;
	device->resources = open;
	batch->resource->open_count++;
	return open;
}

static void drop_resource(struct iolas__dxgk_open_resource *open)
{
	struct iolas__dxgk_device *device = open->device;
	struct iolas__dxgk_open_resource **at = &device->resources;

	end_handle(open->handle, DXGK_KIND_RESOURCE);
	while (*at != open)
		at = &(*at)->next;
	*at = open->next;
	open->resource->open_count--;
	iolas__dxgk_free(&device->loader->adapter->machine->heap, open);
}

static struct iolas__dxgk_open *
hold_allocation(struct iolas__dxgk_open_batch *batch, uint32_t index)
{
	struct iolas__dxgk_device *device = batch->device;
	struct iolas_dxgk_adapter *adapter = device->loader->adapter;
	struct iolas__dxgk_open *open;

	open = iolas__dxgk_alloc(&adapter->machine->heap, sizeof(*open));
	if (!open)
		return NULL;
	open->device = device;
	open->allocation = batch->allocations[index];
	open->resource = batch->holds;
	open->index = index;
	if (batch->holds)
		open->index +=
			batch->holds->resource->member_count - batch->count;
	open->handle = make_handle(adapter, DXGK_KIND_ALLOCATION, open);
	if (open->handle == 0) {
		iolas__dxgk_free(&adapter->machine->heap, open);
		return NULL;
	}
	open->next = device->opens;
	device->opens = open;
	open->allocation->open_count++;
	return open;
}

static void drop_allocation(struct iolas__dxgk_open *open)
{
	struct iolas__dxgk_device *device = open->device;
	struct iolas__dxgk_open **at = &device->opens;

	end_handle(open->handle, DXGK_KIND_ALLOCATION);
	while (*at != open)
		at = &(*at)->next;
	*at = open->next;
	open->allocation->open_count--;
	iolas__dxgk_free(&device->loader->adapter->machine->heap, open);
}

static void call_close(struct iolas__dxgk_device *device, const HANDLE *list,
		       uint32_t count)
{
	const DXGKARG_CLOSEALLOCATION args = { .NumAllocations = count,
					       .pOpenHandleList = list };
	struct iolas__dxgk_loader *loader = device->loader;
	struct iolas__dxgk_ddi ddi;
	NTSTATUS status;

	iolas__dxgk_ddi_begin(&ddi, loader->adapter, "DxgkDdiCloseAllocation",
			      PASSIVE_LEVEL);
	status = loader->driver->ddi.DxgkDdiCloseAllocation(
		device->driver_handle, &args);
	iolas__dxgk_ddi_end(&ddi);
	if (!NT_SUCCESS(status))
		iolas__dxgk_driver_report(
			loader->adapter, "DxgkDdiCloseAllocation",
			IOLAS_DXGK_RULE_DESTROY_ANSWER,
			"answered %#x; closing cannot be refused",
			(unsigned)status);
}

/* What the driver changed although this is not the creating open. */
static void check_read_only(struct iolas__dxgk_open_batch *batch,
			    const DXGK_OPENALLOCATIONINFO *infos)
{
	for (uint32_t i = 0; i < batch->count; i++) {
		const struct iolas__dxgk_data *kept =
			&batch->allocations[i]->data;

		if (kept->count == 0 ||
		    memcmp(kept->bytes, infos[i].pPrivateDriverData,
			   kept->count) == 0)
			continue;
		iolas__dxgk_driver_report(
			batch->device->loader->adapter, "DxgkDdiOpenAllocation",
			IOLAS_DXGK_RULE_PRIVATE_DATA,
			"private data of allocation %u changed without the "
			"Create flag",
			i);
	}
}

/* Calls the DDI; on success every open has its device handle. */
static NTSTATUS call_open(struct iolas__dxgk_open_batch *batch,
			  struct iolas__dxgk_open **opens,
			  DXGK_OPENALLOCATIONINFO *infos)
{
	struct iolas__dxgk_loader *loader = batch->device->loader;
	DXGKARG_OPENALLOCATION args = {
		.NumAllocations = batch->count,
		.pOpenAllocation = infos,
		.pPrivateDriverData = batch->resource_data,
		.PrivateDriverSize = batch->resource_bytes,
	};
	struct iolas__dxgk_ddi ddi;
	NTSTATUS status;

	if (batch->count == 0)
		return STATUS_SUCCESS; /* a resource without members */
	args.Flags.Create = batch->is_create;
	args.Flags.ReadOnly = batch->is_read_only;
	for (uint32_t i = 0; i < batch->count; i++) {
		infos[i].hAllocation = opens[i]->handle;
		infos[i].pPrivateDriverData = batch->datas[i].bytes;
		infos[i].PrivateDriverDataSize = batch->datas[i].count;
	}
	iolas__dxgk_ddi_begin(&ddi, loader->adapter, "DxgkDdiOpenAllocation",
			      PASSIVE_LEVEL);
	status = loader->driver->ddi.DxgkDdiOpenAllocation(
		batch->device->driver_handle, &args);
	iolas__dxgk_ddi_end(&ddi);
	if (!NT_SUCCESS(status))
		return status;
	for (uint32_t i = 0; i < batch->count; i++) {
		opens[i]->device_handle = infos[i].hDeviceSpecificAllocation;
		if (opens[i]->device_handle)
			continue;
		iolas__dxgk_driver_report(
			loader->adapter, "DxgkDdiOpenAllocation",
			IOLAS_DXGK_RULE_OPEN_ANSWER,
			"hDeviceSpecificAllocation of allocation %u is NULL",
			i);
		status = STATUS_INVALID_PARAMETER;
	}
	if (!batch->is_create)
		check_read_only(batch, infos);
	return status;
}

/* Device handles of what the driver opened, so that it can close them. */
static void close_opened(struct iolas__dxgk_open_batch *batch,
			 struct iolas__dxgk_open **opens, HANDLE *list)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < batch->count; i++)
		if (opens[i]->device_handle)
			list[count++] = opens[i]->device_handle;
	if (count != 0)
		call_close(batch->device, list, count);
}

NTSTATUS iolas__dxgk_open_all(struct iolas__dxgk_open_batch *batch)
{
	struct iolas__dxgk_heap *heap =
		&batch->device->loader->adapter->machine->heap;
	const bool is_held = batch->holds != NULL;
	struct iolas__dxgk_open **opens;
	DXGK_OPENALLOCATIONINFO *infos;
	HANDLE *list;
	NTSTATUS status = STATUS_NO_MEMORY;
	uint32_t held = 0;

	opens = iolas__dxgk_alloc(heap, batch->count * sizeof(*opens));
	infos = iolas__dxgk_alloc(heap, batch->count * sizeof(*infos));
	list = iolas__dxgk_alloc(heap, batch->count * sizeof(*list));
	if (opens && infos && list) {
		if (batch->resource && !is_held)
			batch->holds = hold_resource(batch);
		while ((!batch->resource || batch->holds) &&
		       held < batch->count &&
		       (opens[held] = hold_allocation(batch, held)))
			held++;
		if (held == batch->count && (!batch->resource || batch->holds))
			status = call_open(batch, opens, infos);
		if (!NT_SUCCESS(status) && held == batch->count)
			close_opened(batch, opens, list);
	}
	for (uint32_t i = 0; i < held; i++) {
		if (NT_SUCCESS(status))
			batch->handles[i] = opens[i]->handle;
		else
			drop_allocation(opens[i]);
	}
	if (!NT_SUCCESS(status) && batch->holds && !is_held) {
		drop_resource(batch->holds);
		batch->holds = NULL;
	}
	iolas__dxgk_free(heap, opens);
	iolas__dxgk_free(heap, infos);
	iolas__dxgk_free(heap, list);
	return status;
}

void iolas__dxgk_close_open(struct iolas__dxgk_open *open)
{
	struct iolas__dxgk_allocation *allocation = open->allocation;
	struct iolas__dxgk_loader *loader = open->device->loader;

	call_close(open->device, &open->device_handle, 1);
	drop_allocation(open);
	if (allocation->open_count == 0)
		iolas__dxgk_end_allocation(loader, allocation);
}

void iolas__dxgk_close_resource(struct iolas__dxgk_open_resource *open)
{
	struct iolas__dxgk_device *device = open->device;
	struct iolas__dxgk_resource *resource = open->resource;
	struct iolas__dxgk_heap *heap = &device->loader->adapter->machine->heap;
	struct iolas__dxgk_open *at;
	HANDLE *list;
	uint32_t count = 0;

	/* All of a resource is closed in one call; one by one if starved. */
	list = iolas__dxgk_alloc(heap, resource->member_count * sizeof(*list));
	for (at = device->opens; at; at = at->next) {
		if (at->resource != open)
			continue;
		if (list)
			list[count++] = at->device_handle;
		else
			call_close(device, &at->device_handle, 1);
	}
	if (count != 0)
		call_close(device, list, count);
	iolas__dxgk_free(heap, list);
	for (at = device->opens; at;) {
		struct iolas__dxgk_open *next = at->next;

		if (at->resource == open)
			drop_allocation(at);
		at = next;
	}
	drop_resource(open);
	if (resource->open_count == 0)
		iolas__dxgk_end_resource(resource);
}
