/* SPDX-License-Identifier: MIT */
/*
 * Shared resources: global and NT handles, what an opener may ask, and opening.
 * The driver sees only DxgkDdiOpenAllocation, without the Create flag
 * (spec/dxgk-miniport.md, section 3.4).
 */
#include "dxgk/dxgk_object.h"

#include <string.h>

/* What an opener gave room for, whatever the form of the request. */
struct opening {
	struct iolas__dxgk_device *device;
	struct iolas__dxgk_resource *resource;
	bool is_read_only;
	uint32_t count;
	D3DDDI_OPENALLOCATIONINFO *first_form;	 /* one of the two */
	D3DDDI_OPENALLOCATIONINFO2 *second_form; /* is not NULL */
	void *runtime;
	uint32_t runtime_bytes;
	void *resource_data;
	uint32_t resource_bytes;
	unsigned char *total;
	uint32_t total_bytes; /* in: room; out: used */
	uint32_t handle;      /* out */
};

/* The shared resource of a global handle on @device's adapter. */
static struct iolas__dxgk_resource *
find_shared(const struct iolas__dxgk_device *device, uint32_t share)
{
	struct iolas__dxgk_handle found;

	if (iolas__dxgk_handle_find(iolas__dxgk_narrow(), share,
				    DXGK_KIND_SHARE, device->loader->adapter,
				    &found, NULL, NULL) != DXGK_HANDLE_FOUND)
		return NULL;
	return found.object;
}

static struct iolas__dxgk_resource *
find_nt_shared(const struct iolas__dxgk_device *device, const void *handle,
	       bool *is_read_only)
{
	struct iolas__dxgk_handle found;

	if (iolas__dxgk_handle_find(
		    iolas__dxgk_wide(), (uint64_t)(uintptr_t)handle,
		    DXGK_KIND_NT_HANDLE, device->loader->adapter, &found, NULL,
		    NULL) != DXGK_HANDLE_FOUND)
		return NULL;
	*is_read_only = found.sub_kind == DXGK_NT_READ_ONLY;
	return found.object;
}

/* The members in the order of their creation: the list has newest first. */
static void list_members(const struct iolas__dxgk_resource *resource,
			 struct iolas__dxgk_allocation **members)
{
	uint32_t at = resource->member_count;

	for (struct iolas__dxgk_allocation *a = resource->loader->allocations;
	     a; a = a->next)
		if (a->resource == resource)
			members[--at] = a;
}

static uint32_t total_data_bytes(const struct iolas__dxgk_resource *resource)
{
	uint32_t total = 0;

	for (struct iolas__dxgk_allocation *a = resource->loader->allocations;
	     a; a = a->next)
		if (a->resource == resource)
			total += a->data.count;
	return total;
}

/* Answers of a query; @runtime NULL asks for the size only. */
static NTSTATUS query(const struct iolas__dxgk_resource *resource,
		      void *runtime, UINT *runtime_bytes, UINT *total_bytes,
		      UINT *resource_bytes, UINT *count)
{
	if (runtime && *runtime_bytes < resource->runtime.count) {
		*runtime_bytes = resource->runtime.count;
		return STATUS_BUFFER_TOO_SMALL;
	}
	if (runtime && resource->runtime.count != 0)
		memcpy(runtime, resource->runtime.bytes,
		       resource->runtime.count);
	*runtime_bytes = resource->runtime.count;
	*total_bytes = total_data_bytes(resource);
	*resource_bytes = resource->data.count;
	*count = resource->member_count;
	return STATUS_SUCCESS;
}

int32_t iolas_dxgk_query_resource(D3DKMT_QUERYRESOURCEINFO *args)
{
	struct iolas__dxgk_resource *resource;
	struct iolas__dxgk_device *device;
	NTSTATUS status = STATUS_INVALID_PARAMETER;

	if (!args)
		return STATUS_INVALID_PARAMETER;
	device = iolas__dxgk_device_lock(args->hDevice);
	if (!device)
		return STATUS_INVALID_HANDLE;
	resource = find_shared(device, args->hGlobalShare);
	if (resource)
		status = query(resource, args->pPrivateRuntimeData,
			       &args->PrivateRuntimeDataSize,
			       &args->TotalPrivateDriverDataSize,
			       &args->ResourcePrivateDriverDataSize,
			       &args->NumAllocations);
	iolas__dxgk_device_unlock(device);
	return status;
}

int32_t iolas_dxgk_query_nt_resource(D3DKMT_QUERYRESOURCEINFOFROMNTHANDLE *args)
{
	struct iolas__dxgk_resource *resource;
	struct iolas__dxgk_device *device;
	NTSTATUS status = STATUS_INVALID_HANDLE;
	bool is_read_only;

	if (!args)
		return STATUS_INVALID_PARAMETER;
	device = iolas__dxgk_device_lock(args->hDevice);
	if (!device)
		return STATUS_INVALID_HANDLE;
	resource = find_nt_shared(device, args->hNtHandle, &is_read_only);
	if (resource)
		status = query(resource, args->pPrivateRuntimeData,
			       &args->PrivateRuntimeDataSize,
			       &args->TotalPrivateDriverDataSize,
			       &args->ResourcePrivateDriverDataSize,
			       &args->NumAllocations);
	iolas__dxgk_device_unlock(device);
	return status;
}

/* Does what the opener offers have room for all? */
static NTSTATUS check_room(const struct opening *o)
{
	const struct iolas__dxgk_resource *r = o->resource;

	if (o->count != r->member_count)
		return STATUS_INVALID_PARAMETER;
	if (o->count != 0 && !o->first_form && !o->second_form)
		return STATUS_INVALID_PARAMETER;
	if (o->runtime_bytes < r->runtime.count ||
	    o->resource_bytes < r->data.count ||
	    o->total_bytes < total_data_bytes(r))
		return STATUS_BUFFER_TOO_SMALL;
	if ((r->runtime.count && !o->runtime) ||
	    (r->data.count && !o->resource_data) ||
	    (total_data_bytes(r) && !o->total))
		return STATUS_INVALID_PARAMETER;
	return STATUS_SUCCESS;
}

static void copy_out(void *to, const struct iolas__dxgk_data *data)
{
	if (data->count != 0)
		memcpy(to, data->bytes, data->count);
}

/* Handles and packed private data to the opener. */
static void give(struct opening *o, struct iolas__dxgk_allocation **members,
		 const uint32_t *handles)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < o->count; i++) {
		const struct iolas__dxgk_data *data = &members[i]->data;
		void *at = o->total + used;

		copy_out(at, data);
		used += data->count;
		if (o->second_form) {
			o->second_form[i].hAllocation = handles[i];
			o->second_form[i].pPrivateDriverData = at;
			o->second_form[i].PrivateDriverDataSize = data->count;
		} else {
			o->first_form[i].hAllocation = handles[i];
			o->first_form[i].pPrivateDriverData = at;
			o->first_form[i].PrivateDriverDataSize = data->count;
		}
	}
	o->total_bytes = used;
	copy_out(o->runtime, &o->resource->runtime);
	copy_out(o->resource_data, &o->resource->data);
}

/* Everything that one open of a resource needs while it runs. */
struct open_room {
	struct iolas__dxgk_allocation **members;
	struct iolas__dxgk_data *datas;
	uint32_t *handles;
	struct iolas__dxgk_data resource_data;
};

static bool room_begin(const struct opening *o, struct open_room *room)
{
	struct iolas__dxgk_loader *loader = o->device->loader;
	struct iolas__dxgk_heap *heap = &loader->adapter->machine->heap;

	room->members =
		iolas__dxgk_alloc(heap, o->count * sizeof(*room->members));
	room->datas = iolas__dxgk_alloc(heap, o->count * sizeof(*room->datas));
	room->handles =
		iolas__dxgk_alloc(heap, o->count * sizeof(*room->handles));
	if (!room->members || !room->datas || !room->handles)
		return false;
	list_members(o->resource, room->members);
	for (uint32_t i = 0; i < o->count; i++)
		if (!iolas__dxgk_data_copy(loader, &room->datas[i],
					   room->members[i]->data.bytes,
					   room->members[i]->data.count))
			return false;
	return iolas__dxgk_data_copy(loader, &room->resource_data,
				     o->resource->data.bytes,
				     o->resource->data.count);
}

static void room_end(const struct opening *o, struct open_room *room)
{
	struct iolas__dxgk_loader *loader = o->device->loader;
	struct iolas__dxgk_heap *heap = &loader->adapter->machine->heap;

	for (uint32_t i = 0; room->datas && i < o->count; i++)
		iolas__dxgk_data_drop(loader, &room->datas[i]);
	iolas__dxgk_data_drop(loader, &room->resource_data);
	iolas__dxgk_free(heap, room->members);
	iolas__dxgk_free(heap, room->datas);
	iolas__dxgk_free(heap, room->handles);
}

static NTSTATUS open_shared(struct opening *o)
{
	struct open_room room = { .members = NULL };
	NTSTATUS status = check_room(o);

	if (!NT_SUCCESS(status))
		return status;
	status = STATUS_NO_MEMORY;
	if (room_begin(o, &room)) {
		struct iolas__dxgk_open_batch batch = {
			.device = o->device,
			.resource = o->resource,
			.allocations = room.members,
			.count = o->count,
			.is_read_only = o->is_read_only,
			.resource_data = room.resource_data.bytes,
			.resource_bytes = room.resource_data.count,
			.datas = room.datas,
			.handles = room.handles,
		};

		status = iolas__dxgk_open_all(&batch);
		if (NT_SUCCESS(status)) {
			give(o, room.members, room.handles);
			o->handle = batch.holds->handle;
		}
	}
	room_end(o, &room);
	return status;
}

int32_t iolas_dxgk_open_resource(D3DKMT_OPENRESOURCE *args)
{
	struct opening o = { .device = NULL };
	NTSTATUS status = STATUS_INVALID_PARAMETER;

	if (!args)
		return STATUS_INVALID_PARAMETER;
	o.device = iolas__dxgk_device_lock(args->hDevice);
	if (!o.device)
		return STATUS_INVALID_HANDLE;
	o.resource = find_shared(o.device, args->hGlobalShare);
	o.count = args->NumAllocations;
	o.first_form = args->pOpenAllocationInfo;
	o.runtime = args->pPrivateRuntimeData;
	o.runtime_bytes = args->PrivateRuntimeDataSize;
	o.resource_data = args->pResourcePrivateDriverData;
	o.resource_bytes = args->ResourcePrivateDriverDataSize;
	o.total = args->pTotalPrivateDriverDataBuffer;
	o.total_bytes = args->TotalPrivateDriverDataBufferSize;
	if (o.resource)
		status = open_shared(&o);
	if (NT_SUCCESS(status)) {
		args->hResource = o.handle;
		args->TotalPrivateDriverDataBufferSize = o.total_bytes;
	}
	iolas__dxgk_device_unlock(o.device);
	return status;
}

int32_t iolas_dxgk_open_nt_resource(D3DKMT_OPENRESOURCEFROMNTHANDLE *args)
{
	struct opening o = { .device = NULL };
	NTSTATUS status = STATUS_INVALID_HANDLE;

	if (!args)
		return STATUS_INVALID_PARAMETER;
	o.device = iolas__dxgk_device_lock(args->hDevice);
	if (!o.device)
		return STATUS_INVALID_HANDLE;
	o.resource = find_nt_shared(o.device, args->hNtHandle, &o.is_read_only);
	o.count = args->NumAllocations;
	o.second_form = args->pOpenAllocationInfo2;
	o.runtime = args->pPrivateRuntimeData;
	o.runtime_bytes = args->PrivateRuntimeDataSize;
	o.resource_data = args->pResourcePrivateDriverData;
	o.resource_bytes = args->ResourcePrivateDriverDataSize;
	o.total = args->pTotalPrivateDriverDataBuffer;
	o.total_bytes = args->TotalPrivateDriverDataBufferSize;
	if (o.resource)
		status = open_shared(&o);
	if (NT_SUCCESS(status)) {
		args->hResource = o.handle;
		args->hKeyedMutex = 0;
		args->hSyncObject = 0;
		args->TotalPrivateDriverDataBufferSize = o.total_bytes;
	}
	iolas__dxgk_device_unlock(o.device);
	return status;
}

/* The lock of the adapter that a D3DKMT resource handle is on, taken. */
static struct iolas__dxgk_open_resource *lock_resource(uint32_t handle)
{
	struct iolas__dxgk_handle found;
	struct iolas__dxgk_loader *loader;

	if (iolas__dxgk_handle_find(iolas__dxgk_narrow(), handle,
				    DXGK_KIND_RESOURCE, NULL, &found, NULL,
				    NULL) != DXGK_HANDLE_FOUND)
		return NULL;
	loader = found.adapter->loader;
	pthread_mutex_lock(&loader->lock);
	if (iolas__dxgk_handle_find(iolas__dxgk_narrow(), handle,
				    DXGK_KIND_RESOURCE, NULL, &found, NULL,
				    NULL) == DXGK_HANDLE_FOUND)
		return found.object;
	pthread_mutex_unlock(&loader->lock);
	return NULL;
}

/* A new NT handle on @resource, which it keeps as a device's open does. */
static NTSTATUS make_nt(const struct iolas__dxgk_call *call,
			struct iolas__dxgk_resource *resource,
			bool is_read_only, uint64_t *handle)
{
	struct iolas_dxgk_adapter *adapter = resource->loader->adapter;
	struct iolas__dxgk_nt *nt =
		iolas__dxgk_alloc(&adapter->machine->heap, sizeof(*nt));
	const struct iolas__dxgk_handle what = {
		.kind = DXGK_KIND_NT_HANDLE,
		.sub_kind = is_read_only ? DXGK_NT_READ_ONLY : 0,
		.adapter = adapter,
		.object = resource,
	};

	if (!nt)
		return STATUS_NO_MEMORY;
	nt->handle = iolas__dxgk_handle_make(iolas__dxgk_wide(), call, &what);
	if (nt->handle == 0) {
		iolas__dxgk_free(&adapter->machine->heap, nt);
		return STATUS_NO_MEMORY;
	}
	nt->next = resource->nts;
	resource->nts = nt;
	resource->open_count++;
	*handle = nt->handle;
	return STATUS_SUCCESS;
}

/* The handle has been taken already. */
static void end_nt(struct iolas__dxgk_resource *resource, uint64_t handle)
{
	struct iolas__dxgk_nt **at = &resource->nts, *nt;

	while ((*at)->handle != handle)
		at = &(*at)->next;
	nt = *at;
	*at = nt->next;
	iolas__dxgk_handle_end(iolas__dxgk_wide(), handle);
	iolas__dxgk_free(&resource->loader->adapter->machine->heap, nt);
	if (--resource->open_count == 0)
		iolas__dxgk_end_resource(resource);
}

void iolas__dxgk_close_nts(struct iolas__dxgk_loader *loader)
{
	struct iolas__dxgk_resource *resource = loader->resources;

	DXGK_CALL("DxgkDdiStopDevice");
	while (resource) {
		if (!resource->nts) {
			resource = resource->next;
			continue;
		}
		iolas__dxgk_handle_take(
			iolas__dxgk_wide(), resource->nts->handle,
			DXGK_KIND_NT_HANDLE, 0, NULL, &call, NULL);
		end_nt(resource, resource->nts->handle);
		resource = loader->resources; /* the list may have changed */
	}
}

int32_t iolas_dxgk_share_object(uint32_t resource, int is_read_only,
				void **nt_handle)
{
	struct iolas__dxgk_open_resource *open;
	struct iolas__dxgk_loader *loader;
	NTSTATUS status = STATUS_INVALID_PARAMETER;
	uint64_t handle = 0;

	DXGK_CALL("D3DKMTShareObjects");
	if (!nt_handle)
		return STATUS_INVALID_PARAMETER;
	*nt_handle = NULL;
	open = lock_resource(resource);
	if (!open)
		return STATUS_INVALID_HANDLE;
	loader = open->device->loader;
	if (open->resource->is_nt_shared)
		status = make_nt(&call, open->resource, is_read_only != 0,
				 &handle);
	pthread_mutex_unlock(&loader->lock);
	*nt_handle = (void *)(uintptr_t)handle;
	return status;
}

int32_t iolas_dxgk_close_nt_handle(void *nt_handle)
{
	const uint64_t handle = (uint64_t)(uintptr_t)nt_handle;
	struct iolas__dxgk_handle found;
	struct iolas__dxgk_loader *loader;
	NTSTATUS status = STATUS_INVALID_HANDLE;

	DXGK_CALL("CloseHandle");
	if (iolas__dxgk_handle_find(iolas__dxgk_wide(), handle,
				    DXGK_KIND_NT_HANDLE, NULL, &found, NULL,
				    NULL) != DXGK_HANDLE_FOUND)
		return STATUS_INVALID_HANDLE;
	loader = found.adapter->loader;
	pthread_mutex_lock(&loader->lock);
	/* Under the lock: a stop may have closed it while we waited. */
	if (iolas__dxgk_handle_take(iolas__dxgk_wide(), handle,
				    DXGK_KIND_NT_HANDLE, 0, NULL, &call,
				    &found) == DXGK_HANDLE_FOUND) {
		end_nt(found.object, handle);
		status = STATUS_SUCCESS;
	}
	pthread_mutex_unlock(&loader->lock);
	return status;
}
