/* SPDX-License-Identifier: MIT */
/*
 * Callbacks about the device itself, for the interface table.
 */
#ifndef IOLAS_DXGK_DXGK_SERVICES_H
#define IOLAS_DXGK_DXGK_SERVICES_H

#include <d3dkmddi.h>
#include <dispmprt.h>

/* dxgk_services.c */
NTSTATUS APIENTRY iolas__dxgk_cb_get_device_information(HANDLE handle,
							PDXGK_DEVICE_INFO info);
NTSTATUS APIENTRY iolas__dxgk_cb_is_device_present(
	HANDLE handle, PPCI_DEVICE_PRESENCE_PARAMETERS wanted, PBOOLEAN is);
NTSTATUS APIENTRY iolas__dxgk_cb_eval_acpi_method(
	HANDLE handle, ULONG uid, PACPI_EVAL_INPUT_BUFFER_COMPLEX input,
	ULONG input_bytes, PACPI_EVAL_OUTPUT_BUFFER output, ULONG output_bytes);
NTSTATUS APIENTRY iolas__dxgk_cb_query_services(HANDLE handle,
						DXGK_SERVICES type,
						PINTERFACE interface);
VOID APIENTRY iolas__dxgk_cb_log_etw_event(LPCGUID guid, UCHAR type,
					   USHORT bytes, PVOID buffer);
NTSTATUS APIENTRY iolas__dxgk_cb_report_diagnostic(
	HANDLE handle, DXGK_DIAGNOSTIC_HEADER *diagnostic);
NTSTATUS APIENTRY iolas__dxgk_cb_acquire_post_display_ownership(
	HANDLE handle, PDXGK_DISPLAY_INFORMATION info);
NTSTATUS APIENTRY iolas__dxgk_cb_acquire_post_display_ownership2(
	HANDLE handle, PDXGK_DISPLAY_INFORMATION info,
	PDXGK_DISPLAY_OWNERSHIP_FLAGS flags);
NTSTATUS APIENTRY CALLBACK
iolas__dxgk_cb_is_feature_enabled(DXGKARGCB_ISFEATUREENABLED *args);
NTSTATUS APIENTRY CALLBACK
iolas__dxgk_cb_query_feature_support(DXGKARGCB_QUERYFEATURESUPPORT *args);
VOID APIENTRY CALLBACK
iolas__dxgk_cb_set_power_component_active(const HANDLE adapter, UINT component);
VOID APIENTRY CALLBACK
iolas__dxgk_cb_set_power_component_idle(const HANDLE adapter, UINT component);
VOID APIENTRY CALLBACK iolas__dxgk_cb_set_power_component_latency(
	const HANDLE adapter, UINT component, ULONGLONG latency);
VOID APIENTRY CALLBACK iolas__dxgk_cb_set_power_component_residency(
	const HANDLE adapter, UINT component, ULONGLONG residency);
VOID APIENTRY CALLBACK
iolas__dxgk_cb_complete_fstate_transition(const HANDLE adapter, UINT component);
VOID APIENTRY CALLBACK iolas__dxgk_cb_complete_pstate_transition(
	const HANDLE adapter, UINT component, UINT completed);

/* dxgk_bar.c */
NTSTATUS APIENTRY iolas__dxgk_cb_map_memory(HANDLE handle,
					    PHYSICAL_ADDRESS address,
					    ULONG length, BOOLEAN in_io_space,
					    BOOLEAN to_user_mode,
					    MEMORY_CACHING_TYPE cache,
					    PVOID *va);
NTSTATUS APIENTRY iolas__dxgk_cb_unmap_memory(HANDLE handle, PVOID va);
NTSTATUS APIENTRY iolas__dxgk_cb_read_device_space(HANDLE handle, ULONG type,
						   PVOID buffer, ULONG offset,
						   ULONG length, PULONG read);
NTSTATUS APIENTRY iolas__dxgk_cb_write_device_space(HANDLE handle, ULONG type,
						    PVOID buffer, ULONG offset,
						    ULONG length,
						    PULONG written);

/* dxgk_interrupt.c */
BOOLEAN APIENTRY iolas__dxgk_cb_queue_dpc(HANDLE handle);
NTSTATUS APIENTRY iolas__dxgk_cb_synchronize_execution(
	HANDLE handle, PKSYNCHRONIZE_ROUTINE routine, PVOID context,
	ULONG message, PBOOLEAN result);
VOID APIENTRY CALLBACK iolas__dxgk_cb_notify_interrupt(
	const HANDLE adapter, const DXGKARGCB_NOTIFY_INTERRUPT_DATA *data);
VOID APIENTRY CALLBACK iolas__dxgk_cb_notify_dpc(const HANDLE adapter);
NTSTATUS APIENTRY iolas__dxgk_cb_exclude_adapter_access(
	HANDLE handle, ULONG attributes, DXGKDDI_PROTECTED_CALLBACK callback,
	PVOID context);

#endif /* IOLAS_DXGK_DXGK_SERVICES_H */
