/* SPDX-License-Identifier: MIT */
/*
 * Device memory and configuration space: MapMemory, UnmapMemory,
 * ReadDeviceSpace, WriteDeviceSpace (spec/dxgk-miniport.md, section 4).
 */
#include "dxgk/dxgk_services.h"

#include "dxgk/dxgk_loader.h"

#include <string.h>

/* One MapMemory that was not undone. */
struct iolas__dxgk_io_map {
	struct iolas__dxgk_io_map *next;
	void *va;
};

/* Pointer to [first, first + bytes) inside one BAR, or NULL. */
static void *bar_ptr(const struct iolas__dxgk_loader *loader, uint64_t first,
		     uint64_t bytes)
{
	for (uint32_t i = 0; i < loader->device.bar_count; i++) {
		const struct iolas_dxgk_bar *bar = &loader->device.bar[i];

		if (first >= bar->first && first - bar->first < bar->bytes &&
		    bytes <= bar->bytes - (first - bar->first))
			return (unsigned char *)bar->memory +
			       (first - bar->first);
	}
	return NULL;
}

static NTSTATUS keep_map(struct iolas__dxgk_loader *loader, void *va)
{
	struct iolas__dxgk_io_map *map = iolas__dxgk_alloc(
		&loader->adapter->machine->heap, sizeof(*map));

	if (!map)
		return STATUS_INSUFFICIENT_RESOURCES;
	map->va = va;
	pthread_mutex_lock(&loader->service_lock);
	map->next = loader->maps;
	loader->maps = map;
	loader->map_count++;
	pthread_mutex_unlock(&loader->service_lock);
	return STATUS_SUCCESS;
}

NTSTATUS APIENTRY iolas__dxgk_cb_map_memory(HANDLE handle,
					    PHYSICAL_ADDRESS address,
					    ULONG length, BOOLEAN in_io_space,
					    BOOLEAN to_user_mode,
					    MEMORY_CACHING_TYPE cache,
					    PVOID *va)
{
	const uint64_t first = (uint64_t)address.QuadPart;
	struct iolas__dxgk_loader *loader;
	NTSTATUS status;
	void *ptr;

	DXGK_CALL("DxgkCbMapMemory");
	(void)to_user_mode; /* one address space */
	(void)cache;
	if (!NT_SUCCESS(iolas__dxgk_loader_of(&call, handle, &loader)) || !va ||
	    length == 0)
		return STATUS_INVALID_PARAMETER;
	*va = NULL;
	if (!iolas__dxgk_irql_allows(&call, loader->adapter->machine,
				     loader->adapter, PASSIVE_LEVEL))
		return STATUS_INVALID_DEVICE_STATE;
	ptr = in_io_space ? NULL : bar_ptr(loader, first, length);
	if (!ptr) {
		iolas__dxgk_driver_report(
			loader->adapter, call.name,
			IOLAS_DXGK_RULE_DEVICE_MEMORY, "%#llx, %u bytes, is %s",
			(unsigned long long)first, length,
			iolas_physmem_ptr(loader->adapter->machine->physmem,
					  first, 1)
				? "system memory"
				: "no memory of the device");
		return STATUS_INVALID_PARAMETER;
	}
	if (iolas__dxgk_plan_fails(loader->adapter->machine, call.name, length,
				   &status))
		return status;
	status = keep_map(loader, ptr);
	if (NT_SUCCESS(status))
		*va = ptr;
	return status;
}

NTSTATUS APIENTRY iolas__dxgk_cb_unmap_memory(HANDLE handle, PVOID va)
{
	struct iolas__dxgk_io_map **at, *map;
	struct iolas__dxgk_loader *loader;

	DXGK_CALL("DxgkCbUnmapMemory");
	if (!NT_SUCCESS(iolas__dxgk_loader_of(&call, handle, &loader)) || !va)
		return STATUS_INVALID_PARAMETER;
	pthread_mutex_lock(&loader->service_lock);
	at = &loader->maps;
	while (*at && (*at)->va != va)
		at = &(*at)->next;
	map = *at;
	if (map) {
		*at = map->next;
		loader->map_count--;
	}
	pthread_mutex_unlock(&loader->service_lock);
	if (!map) {
		iolas__dxgk_driver_report(loader->adapter, call.name,
					  IOLAS_DXGK_RULE_DEVICE_MEMORY,
					  "%p was not mapped by "
					  "DxgkCbMapMemory",
					  va);
		return STATUS_INVALID_PARAMETER;
	}
	iolas__dxgk_free(&loader->adapter->machine->heap, map);
	return STATUS_SUCCESS;
}

void iolas__dxgk_services_stop(struct iolas__dxgk_loader *loader)
{
	if (loader->map_count != 0)
		iolas__dxgk_driver_report(
			loader->adapter, "DxgkDdiStopDevice",
			IOLAS_DXGK_RULE_LEAK_AT_STOP,
			"%llu mappings of device memory are left",
			(unsigned long long)loader->map_count);
	while (loader->maps) {
		struct iolas__dxgk_io_map *map = loader->maps;

		loader->maps = map->next;
		iolas__dxgk_free(&loader->adapter->machine->heap, map);
	}
	loader->map_count = 0;
}

/* Bytes of [offset, offset + length) that lie inside the image. */
static ULONG clip(ULONG offset, ULONG length)
{
	if (offset >= DXGK_CONFIG_BYTES)
		return 0;
	return length < DXGK_CONFIG_BYTES - offset ? length
						   : DXGK_CONFIG_BYTES - offset;
}

/* Arguments of both; STATUS_UNSUCCESSFUL: a space that is not simulated. */
static NTSTATUS check_space(const struct iolas__dxgk_call *call, HANDLE handle,
			    ULONG type, const void *buffer, const ULONG *done,
			    struct iolas__dxgk_loader **loader)
{
	if (!NT_SUCCESS(iolas__dxgk_loader_of(call, handle, loader)) ||
	    !buffer || !done)
		return STATUS_INVALID_PARAMETER;
	if (type == DXGK_WHICHSPACE_CONFIG)
		return STATUS_SUCCESS;
	if (type == DXGK_WHICHSPACE_ROM || type == DXGK_WHICHSPACE_MCH ||
	    type == DXGK_WHICHSPACE_BRIDGE)
		return STATUS_UNSUCCESSFUL;
	return STATUS_INVALID_PARAMETER;
}

NTSTATUS APIENTRY iolas__dxgk_cb_read_device_space(HANDLE handle, ULONG type,
						   PVOID buffer, ULONG offset,
						   ULONG length, PULONG read)
{
	struct iolas__dxgk_loader *loader;
	NTSTATUS status;

	DXGK_CALL("DxgkCbReadDeviceSpace");
	status = check_space(&call, handle, type, buffer, read, &loader);
	if (!NT_SUCCESS(status))
		return status;
	pthread_mutex_lock(&loader->service_lock);
	*read = clip(offset, length);
	if (*read != 0)
		memcpy(buffer, loader->config_space + offset, *read);
	pthread_mutex_unlock(&loader->service_lock);
	return STATUS_SUCCESS;
}

NTSTATUS APIENTRY iolas__dxgk_cb_write_device_space(HANDLE handle, ULONG type,
						    PVOID buffer, ULONG offset,
						    ULONG length,
						    PULONG written)
{
	struct iolas__dxgk_loader *loader;
	NTSTATUS status;

	DXGK_CALL("DxgkCbWriteDeviceSpace");
	status = check_space(&call, handle, type, buffer, written, &loader);
	if (!NT_SUCCESS(status))
		return status;
	pthread_mutex_lock(&loader->service_lock);
	*written = clip(offset, length);
	if (*written != 0)
		memcpy(loader->config_space + offset, buffer, *written);
	pthread_mutex_unlock(&loader->service_lock);
	return STATUS_SUCCESS;
}
