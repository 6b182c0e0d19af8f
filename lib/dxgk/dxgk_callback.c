/* SPDX-License-Identifier: MIT */
/*
 * The checks that every memory callback begins with (spec/dxgk.md, sections 0
 * and A.1: order of validation, IRQL, wrong mode).
 */
#include "dxgk/dxgk_callback.h"

NTSTATUS iolas__dxgk_bad(const struct iolas__dxgk_call *call,
			 struct iolas_dxgk_adapter *adapter, const char *why)
{
	iolas__dxgk_report(
		&(struct iolas__dxgk_report){
			.adapter = adapter,
			.call = call,
			.rule = IOLAS_DXGK_RULE_BAD_ARGUMENT },
		"%s", why);
	return STATUS_INVALID_PARAMETER;
}

NTSTATUS iolas__dxgk_memory_enter(const struct iolas__dxgk_call *call,
				  const void *handle, const void *args,
				  struct iolas_dxgk_adapter **adapter)
{
	NTSTATUS status;

	if (!args)
		return iolas__dxgk_bad(call, NULL, "no argument struct");
	status = iolas__dxgk_adapter_of(call, handle, adapter);
	if (status)
		return status;
	if (!iolas__dxgk_irql_allows(call, (*adapter)->machine, *adapter,
				     IOLAS_DXGK_APC))
		return STATUS_INVALID_DEVICE_STATE;
	if ((*adapter)->is_exclusive)
		iolas__dxgk_report(
			&(struct iolas__dxgk_report){
				.adapter = *adapter,
				.call = call,
				.rule = IOLAS_DXGK_RULE_CALL_EXCLUSIVE },
			"called inside the bracket");
	return STATUS_SUCCESS;
}

bool iolas__dxgk_mode_allows(const struct iolas__dxgk_call *call,
			     struct iolas_dxgk_adapter *adapter)
{
	if (!(adapter->config.flags & IOLAS_DXGK_DRIVER_REMAPPING) ||
	    adapter->config.driver_version < DXGKDDI_INTERFACE_VERSION_WDDM2_9)
		return true;
	iolas__dxgk_report(
		&(struct iolas__dxgk_report){ .adapter = adapter,
					      .call = call,
					      .rule = IOLAS_DXGK_RULE_MODE },
		"the driver asked for interface 0x%x and remaps",
		adapter->config.driver_version);
	return false;
}
