/* SPDX-License-Identifier: MIT */
/*
 * What all kernel helpers share: a machine's state, quiet look-ups, reports,
 * and numbers for threads.
 */
#include "dxgk/dxgk_kernel.h"

#include <stdatomic.h>
#include <stdio.h>

struct iolas__dxgk_kernel *
iolas__dxgk_kernel_of(struct iolas_dxgk_machine *machine)
{
	struct iolas__dxgk_kernel *kernel, *fresh;

	pthread_mutex_lock(&machine->lock);
	kernel = machine->kernel;
	pthread_mutex_unlock(&machine->lock);
	if (kernel)
		return kernel;
	fresh = iolas__dxgk_alloc(&machine->heap, sizeof(*fresh));
	if (!fresh)
		return NULL;
	fresh->machine = machine;
	pthread_mutex_init(&fresh->pool_lock, NULL);
	pthread_mutex_init(&fresh->lock, NULL);
	pthread_mutex_lock(&machine->lock);
	kernel = machine->kernel;
	if (!kernel)
		machine->kernel = kernel = fresh;
	pthread_mutex_unlock(&machine->lock);
	if (kernel != fresh)
		iolas__dxgk_free(&machine->heap, fresh);
	return kernel;
}

struct iolas_dxgk_machine *iolas__dxgk_kernel_machine(void)
{
	struct iolas_dxgk_adapter *adapter = iolas__dxgk_context();

	return adapter ? adapter->machine : iolas_dxgk_machine_current();
}

void iolas__dxgk_kernel_report(const struct iolas__dxgk_call *call,
			       uint32_t rule, const char *format, ...)
{
	char text[360];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	iolas__dxgk_report(
		&(struct iolas__dxgk_report){ .call = call, .rule = rule },
		"%s", text);
}

bool iolas__dxgk_kernel_irql(const struct iolas__dxgk_call *call,
			     uint8_t highest)
{
	return iolas__dxgk_irql_allows(call, iolas__dxgk_kernel_machine(), NULL,
				       highest);
}

static _Atomic(uint64_t) thread_count;
static _Thread_local uint64_t thread_number;

uint64_t iolas__dxgk_thread_number(void)
{
	/* Relaxed: the number alone matters, nothing is published with it. */
	if (!thread_number)
		thread_number =
			1 + atomic_fetch_add_explicit(&thread_count, 1,
						      memory_order_relaxed);
	return thread_number;
}
