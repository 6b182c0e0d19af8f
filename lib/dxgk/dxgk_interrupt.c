/* SPDX-License-Identifier: MIT */
/*
 * Interrupts, DPCs and excluded access: a device raises its interrupt, the
 * driver queues a DPC, and the pump runs it at DISPATCH_LEVEL, never inside the
 * caller (spec/dxgk-miniport.md, section 4).
 */
#include "dxgk/dxgk_services.h"

#include "dxgk/dxgk_loader.h"

#define DEVICE_IRQL 5 /* any above DISPATCH_LEVEL */

/* Whether this thread holds an interrupt lock: it must not take it again. */
static _Thread_local struct iolas__dxgk_loader *synchronized;

BOOLEAN APIENTRY iolas__dxgk_cb_queue_dpc(HANDLE handle)
{
	struct iolas__dxgk_loader *loader;
	BOOLEAN is_new;

	DXGK_CALL("DxgkCbQueueDpc");
	if (!NT_SUCCESS(iolas__dxgk_loader_of(&call, handle, &loader)))
		return FALSE;
	pthread_mutex_lock(&loader->service_lock);
	is_new = !loader->dpc_pending;
	loader->dpc_pending = true;
	pthread_mutex_unlock(&loader->service_lock);
	return is_new;
}

NTSTATUS APIENTRY iolas__dxgk_cb_synchronize_execution(
	HANDLE handle, PKSYNCHRONIZE_ROUTINE routine, PVOID context,
	ULONG message, PBOOLEAN result)
{
	struct iolas__dxgk_loader *loader;
	uint8_t irql;

	DXGK_CALL("DxgkCbSynchronizeExecution");
	(void)message; /* a line interrupt */
	if (!NT_SUCCESS(iolas__dxgk_loader_of(&call, handle, &loader)) ||
	    !routine || !result)
		return STATUS_INVALID_PARAMETER;
	if (!iolas__dxgk_irql_allows(&call, loader->adapter->machine,
				     loader->adapter, DISPATCH_LEVEL))
		return STATUS_INVALID_DEVICE_STATE;
	if (!loader->device.has_interrupt)
		return STATUS_UNSUCCESSFUL;
	if (synchronized == loader) {
		iolas__dxgk_driver_report(loader->adapter, call.name,
					  IOLAS_DXGK_RULE_INTERRUPT_ORDER,
					  "called inside itself");
		return STATUS_INVALID_DEVICE_STATE;
	}
	pthread_mutex_lock(&loader->interrupt_lock);
	synchronized = loader;
	irql = iolas_dxgk_set_irql(DEVICE_IRQL);
	*result = routine(context);
	iolas_dxgk_set_irql(irql);
	synchronized = NULL;
	pthread_mutex_unlock(&loader->interrupt_lock);
	return STATUS_SUCCESS;
}

VOID APIENTRY CALLBACK iolas__dxgk_cb_notify_interrupt(
	const HANDLE adapter, const DXGKARGCB_NOTIFY_INTERRUPT_DATA *data)
{
	struct iolas__dxgk_loader *loader;
	bool in_isr;

	DXGK_CALL("DxgkCbNotifyInterrupt");
	if (!NT_SUCCESS(iolas__dxgk_loader_of(&call, adapter, &loader)) ||
	    !data)
		return;
	pthread_mutex_lock(&loader->service_lock);
	in_isr = loader->in_isr;
	loader->notified = true;
	pthread_mutex_unlock(&loader->service_lock);
	/* Polling drivers notify inside SynchronizeExecution. */
	if (!in_isr && synchronized != loader)
		iolas__dxgk_driver_report(
			loader->adapter, call.name,
			IOLAS_DXGK_RULE_INTERRUPT_ORDER,
			"called below the device's interrupt level");
}

VOID APIENTRY CALLBACK iolas__dxgk_cb_notify_dpc(const HANDLE adapter)
{
	struct iolas__dxgk_loader *loader;
	bool in_dpc;

	DXGK_CALL("DxgkCbNotifyDpc");
	if (!NT_SUCCESS(iolas__dxgk_loader_of(&call, adapter, &loader)))
		return;
	pthread_mutex_lock(&loader->service_lock);
	in_dpc = loader->in_dpc;
	loader->notified = false;
	pthread_mutex_unlock(&loader->service_lock);
	if (!in_dpc)
		iolas__dxgk_driver_report(loader->adapter, call.name,
					  IOLAS_DXGK_RULE_INTERRUPT_ORDER,
					  "called outside DxgkDdiDpcRoutine");
}

static void set_flag(struct iolas__dxgk_loader *loader, bool *flag, bool value)
{
	pthread_mutex_lock(&loader->service_lock);
	*flag = value;
	pthread_mutex_unlock(&loader->service_lock);
}

int iolas_dxgk_adapter_interrupt(struct iolas_dxgk_adapter *adapter,
				 uint32_t message)
{
	struct iolas__dxgk_loader *loader = adapter ? adapter->loader : NULL;
	struct iolas__dxgk_ddi ddi;
	bool forgot_dpc;
	BOOLEAN claimed;

	if (!loader || loader->stage != DXGK_STAGE_STARTED ||
	    !loader->device.has_interrupt ||
	    !loader->driver->ddi.DxgkDdiInterruptRoutine)
		return IOLAS_EINVAL;
	pthread_mutex_lock(&loader->interrupt_lock);
	set_flag(loader, &loader->in_isr, true);
	iolas__dxgk_ddi_begin(&ddi, adapter, "DxgkDdiInterruptRoutine",
			      DEVICE_IRQL);
	claimed = loader->driver->ddi.DxgkDdiInterruptRoutine(loader->context,
							      message);
	iolas__dxgk_ddi_end(&ddi);
	pthread_mutex_lock(&loader->service_lock);
	loader->in_isr = false;
	forgot_dpc = loader->notified && !loader->dpc_pending;
	pthread_mutex_unlock(&loader->service_lock);
	pthread_mutex_unlock(&loader->interrupt_lock);
	if (forgot_dpc)
		iolas__dxgk_driver_report(
			adapter, "DxgkDdiInterruptRoutine",
			IOLAS_DXGK_RULE_INTERRUPT_ORDER,
			"DxgkCbNotifyInterrupt without DxgkCbQueueDpc");
	return claimed ? 1 : 0;
}

NTSTATUS APIENTRY iolas__dxgk_cb_exclude_adapter_access(
	HANDLE handle, ULONG attributes, DXGKDDI_PROTECTED_CALLBACK callback,
	PVOID context)
{
	const ULONG both =
		DXGK_EXCLUDE_EVICT_ALL | DXGK_EXCLUDE_CALL_SYNCHRONOUS;
	struct iolas__dxgk_loader *loader;
	NTSTATUS status = STATUS_SUCCESS;

	DXGK_CALL("DxgkCbExcludeAdapterAccess");
	if (!NT_SUCCESS(iolas__dxgk_loader_of(&call, handle, &loader)) ||
	    !callback || (attributes & ~UINT32_C(0xff)) != 0 ||
	    (attributes & both) == both)
		return STATUS_INVALID_PARAMETER;
	if (attributes & DXGK_EXCLUDE_CALL_SYNCHRONOUS) {
		callback(loader->context, context, STATUS_SUCCESS);
		return STATUS_SUCCESS;
	}
	pthread_mutex_lock(&loader->service_lock);
	if (loader->exclude_count == DXGK_DPC_EXCLUSIVE)
		status = STATUS_INSUFFICIENT_RESOURCES;
	else
		loader->exclude[loader->exclude_count++] =
			(struct iolas__dxgk_exclude){ callback, context };
	pthread_mutex_unlock(&loader->service_lock);
	return status;
}

/* The next thing that waits.  false: nothing. */
static bool take_work(struct iolas__dxgk_loader *loader, bool *is_dpc,
		      struct iolas__dxgk_exclude *exclude)
{
	bool found = true;

	pthread_mutex_lock(&loader->service_lock);
	*is_dpc = loader->dpc_pending;
	if (loader->dpc_pending)
		loader->dpc_pending = false;
	else if (loader->exclude_count != 0)
		*exclude = loader->exclude[--loader->exclude_count];
	else
		found = false;
	pthread_mutex_unlock(&loader->service_lock);
	return found;
}

static void run_dpc(struct iolas__dxgk_loader *loader)
{
	struct iolas__dxgk_ddi ddi;

	if (!loader->driver->ddi.DxgkDdiDpcRoutine)
		return;
	set_flag(loader, &loader->in_dpc, true);
	iolas__dxgk_ddi_begin(&ddi, loader->adapter, "DxgkDdiDpcRoutine",
			      DISPATCH_LEVEL);
	loader->driver->ddi.DxgkDdiDpcRoutine(loader->context);
	iolas__dxgk_ddi_end(&ddi);
	set_flag(loader, &loader->in_dpc, false);
}

static void run_exclude(struct iolas__dxgk_loader *loader,
			const struct iolas__dxgk_exclude *exclude)
{
	struct iolas__dxgk_ddi ddi;

	/* No other DDI runs meanwhile. */
	pthread_mutex_lock(&loader->lock);
	iolas__dxgk_ddi_begin(&ddi, loader->adapter, "DxgkProtectedCallback",
			      PASSIVE_LEVEL);
	exclude->callback(loader->context, exclude->context, STATUS_SUCCESS);
	iolas__dxgk_ddi_end(&ddi);
	pthread_mutex_unlock(&loader->lock);
}

int iolas_dxgk_adapter_pump(struct iolas_dxgk_adapter *adapter)
{
	struct iolas__dxgk_loader *loader = adapter ? adapter->loader : NULL;
	struct iolas__dxgk_exclude exclude = { NULL, NULL };
	bool is_dpc;
	int ran = 0;

	if (!loader)
		return IOLAS_EINVAL;
	/* Bounded: a DPC may queue itself for ever. */
	while (ran < 1024 && take_work(loader, &is_dpc, &exclude)) {
		if (is_dpc)
			run_dpc(loader);
		else
			run_exclude(loader, &exclude);
		ran++;
	}
	return ran;
}
