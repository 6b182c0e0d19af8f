/* SPDX-License-Identifier: MIT */
/*
 * The interface of callbacks as a driver gets it: as long as its version, in
 * memory of exactly that length, so that a driver which copies its own
 * header's size is caught by a sanitizer (spec/dxgk.md, section C).
 */
#include "dxgk/dxgk_interface.h"

#include "dxgk/dxgk_handle_data.h"
#include "dxgk/dxgk_services.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(DXGKRNL_INTERFACE) == 0x240, "3.1 on 64 bits");

/* The memory family; one line per slot that is implemented. */
static void fill_callbacks(DXGKRNL_INTERFACE *interface)
{
	iolas__dxgk_interface_stubs(interface);
	interface->DxgkCbAllocateContiguousMemory =
		iolas__dxgk_cb_allocate_contiguous;
	interface->DxgkCbFreeContiguousMemory = iolas__dxgk_cb_free_contiguous;
	interface->DxgkCbAllocatePagesForMdl = iolas__dxgk_cb_allocate_pages;
	interface->DxgkCbFreePagesFromMdl = iolas__dxgk_cb_free_pages;
	interface->DxgkCbMapMdlToIoMmu = iolas__dxgk_cb_map_mdl;
	interface->DxgkCbUnmapMdlFromIoMmu = iolas__dxgk_cb_unmap_mdl;
	interface->DxgkCbPinFrameBufferForSave =
		iolas__dxgk_cb_pin_frame_buffer;
	interface->DxgkCbUnpinFrameBufferForSave =
		iolas__dxgk_cb_unpin_frame_buffer;
	interface->DxgkCbMapFrameBufferPointer =
		iolas__dxgk_cb_map_frame_buffer;
	interface->DxgkCbUnmapFrameBufferPointer =
		iolas__dxgk_cb_unmap_frame_buffer;
}

/* About handles, and about the device itself. */
static void fill_services(DXGKRNL_INTERFACE *interface)
{
	interface->DxgkCbGetHandleData = iolas__dxgk_cb_get_handle_data;
	interface->DxgkCbGetHandleParent = iolas__dxgk_cb_get_handle_parent;
	interface->DxgkCbEnumHandleChildren =
		iolas__dxgk_cb_enum_handle_children;
	interface->DxgkCbAcquireHandleData = iolas__dxgk_cb_acquire_handle_data;
	interface->DxgkCbReleaseHandleData = iolas__dxgk_cb_release_handle_data;
	interface->DxgkCbGetDeviceInformation =
		iolas__dxgk_cb_get_device_information;
	interface->DxgkCbIsDevicePresent = iolas__dxgk_cb_is_device_present;
	interface->DxgkCbEvalAcpiMethod = iolas__dxgk_cb_eval_acpi_method;
	interface->DxgkCbQueryServices = iolas__dxgk_cb_query_services;
	interface->DxgkCbLogEtwEvent = iolas__dxgk_cb_log_etw_event;
	interface->DxgkCbReportDiagnostic = iolas__dxgk_cb_report_diagnostic;
	interface->DxgkCbAcquirePostDisplayOwnership =
		iolas__dxgk_cb_acquire_post_display_ownership;
	interface->DxgkCbAcquirePostDisplayOwnership2 =
		iolas__dxgk_cb_acquire_post_display_ownership2;
	interface->DxgkCbIsFeatureEnabled = iolas__dxgk_cb_is_feature_enabled;
	interface->DxgkCbQueryFeatureSupport =
		iolas__dxgk_cb_query_feature_support;
	interface->DxgkCbSetPowerComponentActive =
		iolas__dxgk_cb_set_power_component_active;
	interface->DxgkCbSetPowerComponentIdle =
		iolas__dxgk_cb_set_power_component_idle;
	interface->DxgkCbSetPowerComponentLatency =
		iolas__dxgk_cb_set_power_component_latency;
	interface->DxgkCbSetPowerComponentResidency =
		iolas__dxgk_cb_set_power_component_residency;
	interface->DxgkCbCompleteFStateTransition =
		iolas__dxgk_cb_complete_fstate_transition;
	interface->DxgkCbCompletePStateTransition =
		iolas__dxgk_cb_complete_pstate_transition;
	interface->DxgkCbMapMemory = iolas__dxgk_cb_map_memory;
	interface->DxgkCbUnmapMemory = iolas__dxgk_cb_unmap_memory;
	interface->DxgkCbReadDeviceSpace = iolas__dxgk_cb_read_device_space;
	interface->DxgkCbWriteDeviceSpace = iolas__dxgk_cb_write_device_space;
	interface->DxgkCbQueueDpc = iolas__dxgk_cb_queue_dpc;
	interface->DxgkCbSynchronizeExecution =
		iolas__dxgk_cb_synchronize_execution;
	interface->DxgkCbNotifyInterrupt = iolas__dxgk_cb_notify_interrupt;
	interface->DxgkCbNotifyDpc = iolas__dxgk_cb_notify_dpc;
	interface->DxgkCbExcludeAdapterAccess =
		iolas__dxgk_cb_exclude_adapter_access;
}

uint32_t iolas_dxgk_interface_bytes(uint32_t version)
{
	uint32_t bytes = 0;

#define STEP(first, x64, x86)   \
	if (version >= (first)) \
		bytes = DXGK_BY_POINTER(x64, x86);
	DXGKRNL_INTERFACE_SIZES(STEP)
#undef STEP
	return bytes;
}

void iolas__dxgk_interface_fill(struct iolas_dxgk_adapter *adapter,
				uint32_t driver_version,
				DXGKRNL_INTERFACE *interface)
{
	uint32_t level = adapter->config.level;
	uint32_t offered = driver_version < level ? driver_version : level;
	bool is_whole = adapter->config.flags & IOLAS_DXGK_UNTRIMMED;

	fill_callbacks(interface);
	fill_services(interface);
	interface->Size =
		iolas_dxgk_interface_bytes(is_whole ? level : offered);
	interface->Version = offered;
	interface->DeviceHandle = dxgk_handle_out(adapter->handle);
}

int iolas_dxgk_interface_create(struct iolas_dxgk_adapter *adapter,
				uint32_t driver_version,
				struct _DXGKRNL_INTERFACE **result)
{
	DXGKRNL_INTERFACE whole;

	if (result)
		*result = NULL;
	if (!adapter || !result || !iolas_dxgk_interface_bytes(driver_version))
		return IOLAS_EINVAL;
	iolas__dxgk_interface_fill(adapter, driver_version, &whole);
	/* malloc and no heap piece: its end is where a sanitizer looks. */
	*result = malloc(whole.Size);
	if (!*result)
		return IOLAS_ENOMEM;
	memcpy(*result, &whole, whole.Size);
	return IOLAS_OK;
}

void iolas_dxgk_interface_destroy(struct iolas_dxgk_adapter *adapter,
				  struct _DXGKRNL_INTERFACE *interface)
{
	(void)adapter;
	if (!interface)
		return;
	memset(interface, IOLAS_DXGK_POISON, interface->Size);
	free(interface);
}
