/* SPDX-License-Identifier: MIT */
/*
 * A process's devices: DxgkDdiCreateDevice and DxgkDdiDestroyDevice
 * (spec/dxgk-miniport.md, section 2.3).
 */
#include "dxgk/dxgk_object.h"

#include <string.h>

struct iolas__dxgk_device *iolas__dxgk_device_lock(uint32_t handle)
{
	struct iolas__dxgk_handle found;
	struct iolas__dxgk_loader *loader;

	if (iolas__dxgk_handle_find(iolas__dxgk_narrow(), handle,
				    DXGK_KIND_DEVICE, NULL, &found, NULL,
				    NULL) != DXGK_HANDLE_FOUND)
		return NULL;
	loader = found.adapter->loader;
	pthread_mutex_lock(&loader->lock);
	/* Again: it may have ended while we waited. */
	if (iolas__dxgk_handle_find(iolas__dxgk_narrow(), handle,
				    DXGK_KIND_DEVICE, NULL, &found, NULL,
				    NULL) == DXGK_HANDLE_FOUND) {
		iolas__dxgk_reap(loader, false);
		return found.object;
	}
	pthread_mutex_unlock(&loader->lock);
	return NULL;
}

void iolas__dxgk_device_unlock(struct iolas__dxgk_device *device)
{
	pthread_mutex_unlock(&device->loader->lock);
}

bool iolas__dxgk_data_copy(struct iolas__dxgk_loader *loader,
			   struct iolas__dxgk_data *data, const void *bytes,
			   uint32_t count)
{
	struct iolas__dxgk_data copy = { NULL, count };

	if (count != 0) {
		copy.bytes = iolas__dxgk_alloc(&loader->adapter->machine->heap,
					       count);
		if (!copy.bytes)
			return false;
		memcpy(copy.bytes, bytes, count);
	}
	*data = copy;
	return true;
}

void iolas__dxgk_data_drop(struct iolas__dxgk_loader *loader,
			   struct iolas__dxgk_data *data)
{
	if (data->bytes)
		memset(data->bytes, IOLAS_DXGK_POISON, data->count);
	iolas__dxgk_free(&loader->adapter->machine->heap, data->bytes);
	data->bytes = NULL;
	data->count = 0;
}

static NTSTATUS call_create(struct iolas__dxgk_loader *loader,
			    struct iolas__dxgk_device *device)
{
	/* In: our handle and the flags; the union is zeroed as a whole. */
	DXGKARG_CREATEDEVICE args;
	struct iolas__dxgk_ddi ddi;
	NTSTATUS status;

	memset(&args, 0, sizeof(args));
	args.hDevice = (HANDLE)(uintptr_t)device->handle;
	iolas__dxgk_ddi_begin(&ddi, loader->adapter, "DxgkDdiCreateDevice",
			      PASSIVE_LEVEL);
	status =
		loader->driver->ddi.DxgkDdiCreateDevice(loader->context, &args);
	iolas__dxgk_ddi_end(&ddi);
	device->driver_handle = args.hDevice;
	return status;
}

static void call_destroy(struct iolas__dxgk_device *device)
{
	struct iolas__dxgk_loader *loader = device->loader;
	struct iolas__dxgk_ddi ddi;
	NTSTATUS status;

	iolas__dxgk_ddi_begin(&ddi, loader->adapter, "DxgkDdiDestroyDevice",
			      PASSIVE_LEVEL);
	status =
		loader->driver->ddi.DxgkDdiDestroyDevice(device->driver_handle);
	iolas__dxgk_ddi_end(&ddi);
	if (!NT_SUCCESS(status))
		iolas__dxgk_driver_report(
			loader->adapter, "DxgkDdiDestroyDevice",
			IOLAS_DXGK_RULE_DESTROY_ANSWER,
			"answered %#x; destroying cannot be refused",
			(unsigned)status);
}

static NTSTATUS make_device(struct iolas__dxgk_loader *loader,
			    const struct iolas__dxgk_call *call,
			    uint32_t *handle)
{
	struct iolas__dxgk_heap *heap = &loader->adapter->machine->heap;
	struct iolas__dxgk_device *device =
		iolas__dxgk_alloc(heap, sizeof(*device));
	const struct iolas__dxgk_handle what = {
		.kind = DXGK_KIND_DEVICE,
		.adapter = loader->adapter,
		.object = device,
	};
	NTSTATUS status = STATUS_NO_MEMORY;

	if (!device)
		return STATUS_NO_MEMORY;
	device->loader = loader;
	device->handle = (uint32_t)iolas__dxgk_handle_make(iolas__dxgk_narrow(),
							   call, &what);
	if (device->handle != 0) {
		status = call_create(loader, device);
		if (!NT_SUCCESS(status)) {
			iolas__dxgk_handle_take(
				iolas__dxgk_narrow(), device->handle,
				DXGK_KIND_DEVICE, 0, NULL, call, NULL);
			iolas__dxgk_handle_end(iolas__dxgk_narrow(),
					       device->handle);
		}
	}
	if (!NT_SUCCESS(status)) {
		iolas__dxgk_free(heap, device);
		return status;
	}
	device->next = loader->devices;
	loader->devices = device;
	*handle = device->handle;
	return status;
}

int32_t iolas_dxgk_device_create(struct iolas_dxgk_adapter *adapter,
				 uint32_t *device)
{
	struct iolas__dxgk_loader *loader = adapter ? adapter->loader : NULL;
	NTSTATUS status = STATUS_INVALID_PARAMETER;

	DXGK_CALL("iolas_dxgk_device_create");
	if (!device)
		return STATUS_INVALID_PARAMETER;
	*device = 0;
	if (!loader || loader->driver->is_display_only)
		return STATUS_INVALID_PARAMETER;
	pthread_mutex_lock(&loader->lock);
	/* Under the lock: a stop may have come while we waited. */
	if (loader->stage == DXGK_STAGE_STARTED) {
		iolas__dxgk_reap(loader, false);
		status = make_device(loader, &call, device);
	}
	pthread_mutex_unlock(&loader->lock);
	return status;
}

/* Everything that the device has open is closed first. */
static void end_device(struct iolas__dxgk_device *device,
		       const struct iolas__dxgk_call *call)
{
	struct iolas__dxgk_loader *loader = device->loader;
	struct iolas__dxgk_device **at = &loader->devices;

	iolas__dxgk_handle_take(iolas__dxgk_narrow(), device->handle,
				DXGK_KIND_DEVICE, 0, NULL, call, NULL);
	while (device->resources)
		iolas__dxgk_close_resource(device->resources);
	while (device->opens)
		iolas__dxgk_close_open(device->opens);
	call_destroy(device);
	iolas__dxgk_handle_end(iolas__dxgk_narrow(), device->handle);
	while (*at != device)
		at = &(*at)->next;
	*at = device->next;
	iolas__dxgk_free(&loader->adapter->machine->heap, device);
}

int32_t iolas_dxgk_device_destroy(uint32_t handle)
{
	struct iolas__dxgk_device *device = iolas__dxgk_device_lock(handle);
	struct iolas__dxgk_loader *loader;

	DXGK_CALL("iolas_dxgk_device_destroy");
	if (!device)
		return STATUS_INVALID_HANDLE;
	loader = device->loader;
	end_device(device, &call);
	pthread_mutex_unlock(&loader->lock);
	return STATUS_SUCCESS;
}

void iolas__dxgk_devices_end(struct iolas__dxgk_loader *loader)
{
	DXGK_CALL("iolas_dxgk_adapter_stop");
	pthread_mutex_lock(&loader->lock);
	while (loader->devices)
		end_device(loader->devices, &call);
	iolas__dxgk_close_nts(loader);
	iolas__dxgk_reap(loader, true);
	loader->stage = DXGK_STAGE_STOPPED; /* nothing new from here on */
	pthread_mutex_unlock(&loader->lock);
}
