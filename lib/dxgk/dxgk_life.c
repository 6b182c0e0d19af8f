/* SPDX-License-Identifier: MIT */
/*
 * A driver's life on an adapter: AddDevice, start, stop, remove, in the order
 * that spec/dxgk.md section C and spec/dxgk-miniport.md section 2.1 give.
 */
#include "dxgk/dxgk_loader.h"

#include <string.h>

void iolas__dxgk_ddi_begin(struct iolas__dxgk_ddi *ddi,
			   struct iolas_dxgk_adapter *adapter, const char *name,
			   uint8_t irql)
{
	ddi->before = iolas__dxgk_set_context(adapter);
	ddi->adapter = adapter;
	ddi->name = name;
	ddi->irql = irql;
	ddi->caller_irql = iolas_dxgk_set_irql(irql);
}

void iolas__dxgk_ddi_end(struct iolas__dxgk_ddi *ddi)
{
	const uint8_t left_at = iolas_dxgk_set_irql(ddi->caller_irql);

	iolas__dxgk_set_context(ddi->before);
	if (left_at != ddi->irql)
		iolas__dxgk_driver_report(
			ddi->adapter, ddi->name, IOLAS_DXGK_RULE_DDI_IRQL,
			"entered at IRQL %u, left at %u", ddi->irql, left_at);
}

NTSTATUS iolas__dxgk_loader_of(const struct iolas__dxgk_call *call,
			       const void *handle,
			       struct iolas__dxgk_loader **loader)
{
	struct iolas_dxgk_adapter *adapter;

	if (!NT_SUCCESS(iolas__dxgk_adapter_of(call, handle, &adapter)))
		return STATUS_INVALID_PARAMETER;
	*loader = adapter->loader;
	return *loader ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

/* Blocks of memory that the driver holds now. */
static uint64_t held_blocks(struct iolas_dxgk_adapter *adapter)
{
	struct iolas_dxgk_memory_info info = { .struct_size = sizeof(info) };
	uint64_t count = 0;

	while (iolas_dxgk_memory_next(adapter, &info) == IOLAS_OK)
		count += info.kind != IOLAS_DXGK_MEMORY_VIDEO;
	return count;
}

static NTSTATUS make_loader(struct iolas_dxgk_adapter *adapter,
			    struct iolas_dxgk_driver *driver,
			    const struct iolas_dxgk_device_config *device,
			    struct iolas__dxgk_loader **result)
{
	struct iolas__dxgk_loader *loader =
		iolas__dxgk_alloc(&adapter->machine->heap, sizeof(*loader));
	int status;

	if (!loader)
		return STATUS_NO_MEMORY;
	loader->adapter = adapter;
	loader->driver = driver;
	loader->stage = DXGK_STAGE_ADDED;
	status = iolas__dxgk_services_init(loader, device);
	if (status) {
		iolas__dxgk_free(&adapter->machine->heap, loader);
		return iolas__dxgk_ntstatus(status);
	}
	pthread_mutex_init(&loader->lock, NULL);
	pthread_mutex_init(&loader->object_lock, NULL);
	pthread_mutex_init(&loader->interrupt_lock, NULL);
	pthread_mutex_init(&loader->service_lock, NULL);
	*result = loader;
	return STATUS_SUCCESS;
}

/* The adapter is without a driver again. */
static void end_loader(struct iolas__dxgk_loader *loader)
{
	struct iolas_dxgk_adapter *adapter = loader->adapter;

	iolas__dxgk_services_fini(loader);
	if (loader->interface)
		iolas_dxgk_interface_destroy(adapter, loader->interface);
	loader->driver->adapter_count--;
	adapter->loader = NULL;
	adapter->config.driver_version = 0;
	pthread_mutex_destroy(&loader->lock);
	pthread_mutex_destroy(&loader->object_lock);
	pthread_mutex_destroy(&loader->interrupt_lock);
	pthread_mutex_destroy(&loader->service_lock);
	iolas__dxgk_free(&adapter->machine->heap, loader);
}

static NTSTATUS call_add(struct iolas__dxgk_loader *loader)
{
	const PDEVICE_OBJECT pdo = (PDEVICE_OBJECT)loader->device_object;
	struct iolas__dxgk_ddi ddi;
	NTSTATUS status;

	iolas__dxgk_ddi_begin(&ddi, loader->adapter, "DxgkDdiAddDevice",
			      PASSIVE_LEVEL);
	status = loader->driver->ddi.DxgkDdiAddDevice(pdo, &loader->context);
	iolas__dxgk_ddi_end(&ddi);
	if (NT_SUCCESS(status) && !loader->context)
		return STATUS_NOT_SUPPORTED;
	if (!NT_SUCCESS(status) && loader->context)
		iolas__dxgk_driver_report(loader->adapter, "DxgkDdiAddDevice",
					  IOLAS_DXGK_RULE_DDI_CONTEXT,
					  "failed and left a context behind");
	return status;
}

/* Only members of a link are told so. */
static NTSTATUS call_link(struct iolas__dxgk_loader *loader)
{
	LINKED_DEVICE linked = {
		.ChainUid = 1,
		.NumberOfLinksInChain = loader->device.links,
		.LeadLink = TRUE,
	};
	struct iolas__dxgk_ddi ddi;
	NTSTATUS status;

	if (loader->device.links < 2 || !loader->driver->ddi.DxgkDdiLinkDevice)
		return STATUS_SUCCESS;
	iolas__dxgk_ddi_begin(&ddi, loader->adapter, "DxgkDdiLinkDevice",
			      PASSIVE_LEVEL);
	status = loader->driver->ddi.DxgkDdiLinkDevice(
		(PDEVICE_OBJECT)loader->device_object, loader->context,
		&linked);
	iolas__dxgk_ddi_end(&ddi);
	return status;
}

static NTSTATUS call_remove(struct iolas__dxgk_loader *loader)
{
	struct iolas__dxgk_ddi ddi;
	NTSTATUS status;

	iolas__dxgk_ddi_begin(&ddi, loader->adapter, "DxgkDdiRemoveDevice",
			      PASSIVE_LEVEL);
	status = loader->driver->ddi.DxgkDdiRemoveDevice(loader->context);
	iolas__dxgk_ddi_end(&ddi);
	return status;
}

int32_t iolas_dxgk_adapter_add(struct iolas_dxgk_adapter *adapter,
			       struct iolas_dxgk_driver *driver,
			       const struct iolas_dxgk_device_config *device)
{
	struct iolas__dxgk_loader *loader = NULL;
	NTSTATUS status;

	if (!adapter || !driver || adapter->loader || !driver->is_registered ||
	    adapter->machine != driver->machine)
		return STATUS_INVALID_PARAMETER;
	status = make_loader(adapter, driver, device, &loader);
	if (!NT_SUCCESS(status))
		return status;
	driver->adapter_count++;
	adapter->loader = loader;
	adapter->config.driver_version = driver->version;
	status = call_add(loader);
	if (NT_SUCCESS(status)) {
		status = call_link(loader);
		if (!NT_SUCCESS(status))
			call_remove(loader);
	}
	if (!NT_SUCCESS(status))
		end_loader(loader);
	return status;
}

/* Why the device does not start on this machine, before the driver is asked. */
static NTSTATUS judge_isolation(struct iolas__dxgk_loader *loader)
{
	struct iolas_dxgk_adapter *adapter = loader->adapter;
	const bool can_remap = loader->iommu_caps.DmaRemappingSupported;

	if (loader->iommu_caps.IommuIsolationRequired && !adapter->domain)
		return STATUS_NOT_SUPPORTED;
	if (loader->highest_visible != 0 &&
	    loader->highest_visible < adapter->machine->highest && !can_remap)
		return STATUS_NOT_SUPPORTED;
	return STATUS_SUCCESS;
}

static NTSTATUS call_start(struct iolas__dxgk_loader *loader)
{
	DXGK_START_INFO info = { .RequiredDmaQueueEntry = 0 };
	struct iolas_dxgk_adapter *adapter = loader->adapter;
	ULONG sources = 0, children = 0, bytes;
	struct iolas__dxgk_ddi ddi;
	NTSTATUS status;

	if (iolas_dxgk_interface_create(adapter, loader->driver->version,
					&loader->interface))
		return STATUS_NO_MEMORY;
	bytes = loader->interface->Size;
	info.AdapterLuid.LowPart = (ULONG)adapter->handle;
	loader->held_at_start = held_blocks(adapter);
	iolas__dxgk_ddi_begin(&ddi, adapter, "DxgkDdiStartDevice",
			      PASSIVE_LEVEL);
	status = loader->driver->ddi.DxgkDdiStartDevice(
		loader->context, &info, loader->interface, &sources, &children);
	iolas__dxgk_ddi_end(&ddi);
	/* A driver that kept the pointer instead of a copy finds rubbish. */
	memset(loader->interface, IOLAS_DXGK_POISON, bytes);
	loader->interface->Size = bytes; /* whoever frees it asks */
	loader->sources = sources;
	loader->children = children;
	return status;
}

static NTSTATUS call_stop(struct iolas__dxgk_loader *loader)
{
	struct iolas__dxgk_ddi ddi;
	NTSTATUS status;
	uint64_t held;

	iolas__dxgk_ddi_begin(&ddi, loader->adapter, "DxgkDdiStopDevice",
			      PASSIVE_LEVEL);
	status = loader->driver->ddi.DxgkDdiStopDevice(loader->context);
	iolas__dxgk_ddi_end(&ddi);
	held = held_blocks(loader->adapter);
	if (held > loader->held_at_start)
		iolas__dxgk_driver_report(
			loader->adapter, "DxgkDdiStopDevice",
			IOLAS_DXGK_RULE_LEAK_AT_STOP,
			"%llu blocks taken since DxgkDdiStartDevice are held",
			(unsigned long long)(held - loader->held_at_start));
	iolas__dxgk_services_stop(loader);
	iolas_dxgk_interface_destroy(loader->adapter, loader->interface);
	loader->interface = NULL;
	return status;
}

/* A start that failed: Remove without Stop, and what was left is told. */
static NTSTATUS fail_start(struct iolas__dxgk_loader *loader, NTSTATUS status)
{
	const uint64_t held = held_blocks(loader->adapter);

	if (loader->interface && held > loader->held_at_start)
		iolas__dxgk_driver_report(
			loader->adapter, "DxgkDdiStartDevice",
			IOLAS_DXGK_RULE_LEAK_AT_STOP,
			"failed with %llu blocks still held",
			(unsigned long long)(held - loader->held_at_start));
	call_remove(loader);
	end_loader(loader);
	return status;
}

int32_t iolas_dxgk_adapter_start(struct iolas_dxgk_adapter *adapter)
{
	struct iolas__dxgk_loader *loader = adapter ? adapter->loader : NULL;
	NTSTATUS status;

	if (!loader || (loader->stage != DXGK_STAGE_ADDED &&
			loader->stage != DXGK_STAGE_STOPPED))
		return STATUS_INVALID_PARAMETER;
	iolas__dxgk_query_isolation(loader);
	status = judge_isolation(loader);
	if (NT_SUCCESS(status))
		status = iolas__dxgk_attach_exclusively(loader);
	if (NT_SUCCESS(status)) {
		loader->stage = DXGK_STAGE_STARTING;
		status = call_start(loader);
	}
	if (!NT_SUCCESS(status))
		return fail_start(loader, status);
	loader->stage = DXGK_STAGE_STARTED;
	status = iolas__dxgk_query_caps(loader);
	if (!NT_SUCCESS(status)) {
		call_stop(loader);
		return fail_start(loader, status);
	}
	return status;
}

int32_t iolas_dxgk_adapter_stop(struct iolas_dxgk_adapter *adapter)
{
	struct iolas__dxgk_loader *loader = adapter ? adapter->loader : NULL;

	if (!loader || loader->stage != DXGK_STAGE_STARTED)
		return STATUS_INVALID_PARAMETER;
	iolas_dxgk_adapter_pump(adapter);
	iolas__dxgk_devices_end(loader);
	return call_stop(loader);
}

int32_t iolas_dxgk_adapter_remove(struct iolas_dxgk_adapter *adapter)
{
	struct iolas__dxgk_loader *loader = adapter ? adapter->loader : NULL;
	NTSTATUS status;

	if (!loader)
		return STATUS_INVALID_PARAMETER;
	if (loader->stage == DXGK_STAGE_STARTED)
		iolas_dxgk_adapter_stop(adapter);
	status = call_remove(loader);
	end_loader(loader);
	return status;
}

int iolas_dxgk_adapter_info(struct iolas_dxgk_adapter *adapter,
			    struct iolas_dxgk_adapter_info *info)
{
	struct iolas__dxgk_loader *loader = adapter ? adapter->loader : NULL;
	struct iolas_dxgk_adapter_info full = { 0 };
	uint32_t bytes;

	if (!loader || !info || info->struct_size < sizeof(full))
		return IOLAS_EINVAL;
	bytes = info->struct_size;
	full.struct_size = bytes;
	full.is_started = loader->stage == DXGK_STAGE_STARTED;
	full.iommu_caps = loader->iommu_caps.Value;
	full.segment_count = loader->segment_count;
	full.wddm_version = loader->wddm_version;
	full.memory_caps = loader->memory_caps;
	full.sources = loader->sources;
	full.children = loader->children;
	full.highest_visible = loader->highest_visible;
	memcpy(info, &full, sizeof(full));
	return IOLAS_OK;
}
