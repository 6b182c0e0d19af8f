/* SPDX-License-Identifier: MIT */
/*
 * What Dxgkrnl tells a driver about its device, and the callbacks that need
 * next to nothing in a harness (spec/dxgk-miniport.md, section 4).
 */
#include <dxgk/iolas_dxgk_kernel.h>

#include "dxgk/dxgk_services.h"

#include "base/struct_read.h"
#include "dxgk/dxgk_loader.h"

#include <string.h>

/* A resource descriptor for every BAR and the interrupt. */
static int make_resources(struct iolas__dxgk_loader *loader)
{
	const struct iolas_dxgk_device_config *device = &loader->device;
	const uint32_t count = device->bar_count + !!device->has_interrupt;
	CM_PARTIAL_RESOURCE_LIST *list;
	CM_PARTIAL_RESOURCE_DESCRIPTOR *at;
	CM_RESOURCE_LIST *resources;

	resources = iolas__dxgk_alloc(&loader->adapter->machine->heap,
				      sizeof(*resources) + count * sizeof(*at));
	if (!resources)
		return IOLAS_ENOMEM;
	resources->Count = 1;
	resources->List[0].InterfaceType = PCIBus;
	list = &resources->List[0].PartialResourceList;
	list->Version = 1;
	list->Revision = 1;
	list->Count = count;
	at = list->PartialDescriptors;
	for (uint32_t i = 0; i < device->bar_count; i++, at++) {
		at->Type = CmResourceTypeMemory;
		at->Flags = CM_RESOURCE_MEMORY_READ_WRITE;
		at->u.Memory.Start.QuadPart = (LONGLONG)device->bar[i].first;
		at->u.Memory.Length = (ULONG)device->bar[i].bytes;
	}
	if (device->has_interrupt) {
		at->Type = CmResourceTypeInterrupt;
		at->u.Interrupt.Level = 5;
		at->u.Interrupt.Vector = 0x55;
		at->u.Interrupt.Affinity = 1;
	}
	loader->resource_list = resources;
	return IOLAS_OK;
}

static int check_device(const struct iolas__dxgk_loader *loader,
			const struct iolas_dxgk_device_config *device)
{
	if (device->bar_count > IOLAS_DXGK_BARS || device->reserved != 0)
		return IOLAS_EINVAL;
	for (uint32_t i = 0; i < device->bar_count; i++) {
		const struct iolas_dxgk_bar *bar = &device->bar[i];

		if (bar->bytes == 0 || bar->bytes > UINT32_MAX ||
		    (bar->first | bar->bytes) % DXGK_PAGE_BYTES != 0 ||
		    bar->first > UINT64_MAX - bar->bytes ||
		    iolas_physmem_ptr(loader->adapter->machine->physmem,
				      bar->first, 1))
			return IOLAS_EINVAL;
		for (uint32_t k = 0; k < i; k++)
			if (bar->first < device->bar[k].first +
						 device->bar[k].bytes &&
			    device->bar[k].first < bar->first + bar->bytes)
				return IOLAS_EINVAL;
	}
	return IOLAS_OK;
}

static void set_config_space(struct iolas__dxgk_loader *loader)
{
	const struct iolas_dxgk_device_config *device = &loader->device;
	const uint16_t vendor = device->vendor_id ? device->vendor_id : 0x1af4;
	const uint16_t id = device->device_id ? device->device_id : 0x1050;

	if (device->config_space) {
		memcpy(loader->config_space, device->config_space,
		       DXGK_CONFIG_BYTES);
		return;
	}
	memcpy(loader->config_space, &vendor, sizeof(vendor));
	memcpy(loader->config_space + 2, &id, sizeof(id));
}

static void set_path(struct iolas__dxgk_loader *loader)
{
	static const char text[] = "\\Registry\\Machine\\System\\Video\\0000";

	for (size_t i = 0; i < sizeof(text); i++)
		loader->path_text[i] = (WCHAR)text[i];
	loader->registry_path.Buffer = loader->path_text;
	loader->registry_path.Length =
		(USHORT)((sizeof(text) - 1) * sizeof(WCHAR));
	loader->registry_path.MaximumLength =
		(USHORT)(sizeof(text) * sizeof(WCHAR));
	/* The key is there for ZwOpenKey, as far as memory goes. */
	iolas_dxgk_registry_set(loader->adapter->machine, text, NULL, 0, NULL,
				0);
}

/* Memory for the BARs that bring none. */
static int make_bars(struct iolas__dxgk_loader *loader)
{
	for (uint32_t i = 0; i < loader->device.bar_count; i++) {
		struct iolas_dxgk_bar *bar = &loader->device.bar[i];

		if (bar->memory)
			continue;
		bar->memory = iolas__dxgk_alloc(&loader->adapter->machine->heap,
						bar->bytes);
		if (!bar->memory)
			return IOLAS_ENOMEM;
		loader->owns_bar[i] = true;
	}
	return IOLAS_OK;
}

int iolas__dxgk_services_init(struct iolas__dxgk_loader *loader,
			      const struct iolas_dxgk_device_config *device)
{
	int status = IOLAS_OK;

	if (device) {
		status = iolas__struct_read(&loader->device,
					    sizeof(loader->device),
					    sizeof(loader->device), device);
		if (!status)
			status = check_device(loader, &loader->device);
		if (status)
			return status;
	}
	set_config_space(loader);
	set_path(loader);
	status = make_bars(loader);
	if (!status)
		status = make_resources(loader);
	if (status)
		iolas__dxgk_services_fini(loader);
	return status;
}

void iolas__dxgk_services_fini(struct iolas__dxgk_loader *loader)
{
	struct iolas__dxgk_heap *heap = &loader->adapter->machine->heap;

	for (uint32_t i = 0; i < loader->device.bar_count; i++)
		if (loader->owns_bar[i])
			iolas__dxgk_free(heap, loader->device.bar[i].memory);
	iolas__dxgk_free(heap, loader->resource_list);
	loader->resource_list = NULL;
}

NTSTATUS APIENTRY iolas__dxgk_cb_get_device_information(HANDLE handle,
							PDXGK_DEVICE_INFO info)
{
	struct iolas_physmem_stats memory = { .struct_size = sizeof(memory),
					      .node = IOLAS_NODE_ANY };
	struct iolas__dxgk_loader *loader;
	NTSTATUS status;

	DXGK_CALL("DxgkCbGetDeviceInformation");
	status = iolas__dxgk_loader_of(&call, handle, &loader);
	if (!NT_SUCCESS(status) || !info)
		return STATUS_INVALID_PARAMETER;
	iolas_physmem_stats(loader->adapter->machine->physmem, &memory);
	memset(info, 0, sizeof(*info));
	info->MiniportDeviceContext = loader->context;
	info->PhysicalDeviceObject = (PDEVICE_OBJECT)loader->device_object;
	info->DeviceRegistryPath = loader->registry_path;
	info->TranslatedResourceList = loader->resource_list;
	info->SystemMemorySize.QuadPart =
		(LONGLONG)(memory.total_pages << DXGK_PAGE_LG2);
	info->HighestPhysicalAddress.QuadPart =
		(LONGLONG)loader->adapter->machine->highest;
	info->DockingState = DockStateUnknown;
	return STATUS_SUCCESS;
}

NTSTATUS APIENTRY iolas__dxgk_cb_is_device_present(
	HANDLE handle, PPCI_DEVICE_PRESENCE_PARAMETERS wanted, PBOOLEAN is)
{
	struct iolas__dxgk_loader *loader;
	uint16_t vendor, id;

	DXGK_CALL("DxgkCbIsDevicePresent");
	if (!NT_SUCCESS(iolas__dxgk_loader_of(&call, handle, &loader)) ||
	    !wanted || !is)
		return STATUS_INVALID_PARAMETER;
	memcpy(&vendor, loader->config_space, sizeof(vendor));
	memcpy(&id, loader->config_space + 2, sizeof(id));
	*is = wanted->VendorID == vendor && wanted->DeviceID == id;
	return STATUS_SUCCESS;
}

NTSTATUS APIENTRY iolas__dxgk_cb_eval_acpi_method(
	HANDLE handle, ULONG uid, PACPI_EVAL_INPUT_BUFFER_COMPLEX input,
	ULONG input_bytes, PACPI_EVAL_OUTPUT_BUFFER output, ULONG output_bytes)
{
	struct iolas__dxgk_loader *loader;

	DXGK_CALL("DxgkCbEvalAcpiMethod");
	(void)uid;
	(void)input_bytes;
	(void)output;
	(void)output_bytes;
	if (!NT_SUCCESS(iolas__dxgk_loader_of(&call, handle, &loader)) ||
	    !input)
		return STATUS_INVALID_PARAMETER;
	return STATUS_NOT_SUPPORTED; /* this machine has no ACPI */
}

NTSTATUS APIENTRY iolas__dxgk_cb_query_services(HANDLE handle,
						DXGK_SERVICES type,
						PINTERFACE interface)
{
	struct iolas__dxgk_loader *loader;

	DXGK_CALL("DxgkCbQueryServices");
	(void)type;
	if (!NT_SUCCESS(iolas__dxgk_loader_of(&call, handle, &loader)) ||
	    !interface)
		return STATUS_INVALID_PARAMETER;
	return STATUS_NOT_SUPPORTED; /* the buffer stays as it is */
}

/* Any IRQL up to 256 bytes, PASSIVE above; logging is off. */
VOID APIENTRY iolas__dxgk_cb_log_etw_event(LPCGUID guid, UCHAR type,
					   USHORT bytes, PVOID buffer)
{
	struct iolas_dxgk_adapter *adapter = iolas__dxgk_context();

	DXGK_CALL("DxgkCbLogEtwEvent");
	(void)guid;
	(void)type;
	(void)buffer;
	if (bytes > 256 && adapter)
		iolas__dxgk_irql_allows(&call, adapter->machine, adapter,
					PASSIVE_LEVEL);
}

NTSTATUS APIENTRY iolas__dxgk_cb_report_diagnostic(
	HANDLE handle, DXGK_DIAGNOSTIC_HEADER *diagnostic)
{
	struct iolas__dxgk_loader *loader;

	DXGK_CALL("DxgkCbReportDiagnostic");
	if (!NT_SUCCESS(iolas__dxgk_loader_of(&call, handle, &loader)) ||
	    !diagnostic)
		return STATUS_INVALID_PARAMETER;
	if (!iolas__dxgk_irql_allows(&call, loader->adapter->machine,
				     loader->adapter, DISPATCH_LEVEL))
		return STATUS_INVALID_DEVICE_STATE;
	return STATUS_SUCCESS;
}

/* There is no firmware mode: documented, and drivers must handle it. */
NTSTATUS APIENTRY iolas__dxgk_cb_acquire_post_display_ownership(
	HANDLE handle, PDXGK_DISPLAY_INFORMATION info)
{
	struct iolas__dxgk_loader *loader;

	DXGK_CALL("DxgkCbAcquirePostDisplayOwnership");
	if (!NT_SUCCESS(iolas__dxgk_loader_of(&call, handle, &loader)) || !info)
		return STATUS_INVALID_PARAMETER;
	return STATUS_UNSUCCESSFUL;
}

NTSTATUS APIENTRY iolas__dxgk_cb_acquire_post_display_ownership2(
	HANDLE handle, PDXGK_DISPLAY_INFORMATION info,
	PDXGK_DISPLAY_OWNERSHIP_FLAGS flags)
{
	struct iolas__dxgk_loader *loader;

	DXGK_CALL("DxgkCbAcquirePostDisplayOwnership2");
	if (!NT_SUCCESS(iolas__dxgk_loader_of(&call, handle, &loader)) ||
	    !info || !flags)
		return STATUS_INVALID_PARAMETER;
	return STATUS_UNSUCCESSFUL;
}

static bool feature(struct iolas__dxgk_loader *loader, uint32_t id)
{
	return id < DXGK_FEATURES && loader->feature[id];
}

NTSTATUS APIENTRY CALLBACK
iolas__dxgk_cb_is_feature_enabled(DXGKARGCB_ISFEATUREENABLED *args)
{
	struct iolas__dxgk_loader *loader;

	DXGK_CALL("DxgkCbIsFeatureEnabled");
	if (!args || !NT_SUCCESS(iolas__dxgk_loader_of(
			     &call, args->DeviceHandle, &loader)))
		return STATUS_INVALID_PARAMETER;
	args->Enabled = feature(loader, (uint32_t)args->FeatureId);
	return STATUS_SUCCESS;
}

NTSTATUS APIENTRY CALLBACK
iolas__dxgk_cb_query_feature_support(DXGKARGCB_QUERYFEATURESUPPORT *args)
{
	struct iolas__dxgk_loader *loader;

	DXGK_CALL("DxgkCbQueryFeatureSupport");
	if (!args ||
	    !NT_SUCCESS(iolas__dxgk_loader_of(&call, args->DeviceHandle,
					      &loader)) ||
	    args->DriverSupportState > DXGK_FEATURE_SUPPORT_ALWAYS_ON)
		return STATUS_INVALID_PARAMETER;
	args->Enabled =
		args->DriverSupportState == DXGK_FEATURE_SUPPORT_ALWAYS_ON ||
		(args->DriverSupportState != DXGK_FEATURE_SUPPORT_ALWAYS_OFF &&
		 feature(loader, (uint32_t)args->FeatureId));
	return STATUS_SUCCESS;
}

int iolas_dxgk_adapter_set_feature(struct iolas_dxgk_adapter *adapter,
				   uint32_t id, int is_enabled)
{
	if (!adapter || !adapter->loader || id >= DXGK_FEATURES)
		return IOLAS_EINVAL;
	adapter->loader->feature[id] = is_enabled != 0;
	return IOLAS_OK;
}

/* Power management ends here: components are always on. */
static void power(const char *name, const HANDLE handle)
{
	const struct iolas__dxgk_call call = { .name = name, .site = NULL };
	struct iolas_dxgk_adapter *adapter;

	(void)iolas__dxgk_adapter_of(&call, handle, &adapter);
}

VOID APIENTRY CALLBACK
iolas__dxgk_cb_set_power_component_active(const HANDLE adapter, UINT component)
{
	(void)component;
	power("DxgkCbSetPowerComponentActive", adapter);
}

VOID APIENTRY CALLBACK
iolas__dxgk_cb_set_power_component_idle(const HANDLE adapter, UINT component)
{
	(void)component;
	power("DxgkCbSetPowerComponentIdle", adapter);
}

VOID APIENTRY CALLBACK iolas__dxgk_cb_set_power_component_latency(
	const HANDLE adapter, UINT component, ULONGLONG latency)
{
	(void)component;
	(void)latency;
	power("DxgkCbSetPowerComponentLatency", adapter);
}

VOID APIENTRY CALLBACK iolas__dxgk_cb_set_power_component_residency(
	const HANDLE adapter, UINT component, ULONGLONG residency)
{
	(void)component;
	(void)residency;
	power("DxgkCbSetPowerComponentResidency", adapter);
}

VOID APIENTRY CALLBACK
iolas__dxgk_cb_complete_fstate_transition(const HANDLE adapter, UINT component)
{
	(void)component;
	power("DxgkCbCompleteFStateTransition", adapter);
}

VOID APIENTRY CALLBACK iolas__dxgk_cb_complete_pstate_transition(
	const HANDLE adapter, UINT component, UINT completed)
{
	(void)component;
	(void)completed;
	power("DxgkCbCompletePStateTransition", adapter);
}
