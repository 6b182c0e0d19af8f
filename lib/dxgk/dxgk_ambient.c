/* SPDX-License-Identifier: MIT */
/*
 * What a call without adapter means: the machine, whose DDI runs, the IRQL.
 * The context and the simulated IRQL are per thread, the current machine is
 * one per process.
 */
#include "dxgk/dxgk_priv.h"

#include <stdatomic.h>

static _Atomic(struct iolas_dxgk_machine *) current_machine;
static _Thread_local struct iolas_dxgk_adapter *thread_adapter;
static _Thread_local uint8_t thread_irql;

void iolas_dxgk_machine_set_current(struct iolas_dxgk_machine *machine)
{
	/* Release: the machine is whole for who reads the pointer below. */
	atomic_store_explicit(&current_machine, machine, memory_order_release);
}

struct iolas_dxgk_machine *iolas_dxgk_machine_current(void)
{
	/* Acquire: pairs with the release in _set_current(). */
	return atomic_load_explicit(&current_machine, memory_order_acquire);
}

struct iolas_dxgk_adapter *iolas__dxgk_context(void)
{
	return thread_adapter;
}

struct iolas_dxgk_adapter *
iolas__dxgk_set_context(struct iolas_dxgk_adapter *adapter)
{
	struct iolas_dxgk_adapter *before = thread_adapter;

	thread_adapter = adapter;
	return before;
}

struct iolas_dxgk_machine *
iolas__dxgk_machine_of(const struct iolas__dxgk_call *call)
{
	struct iolas_dxgk_machine *machine =
		thread_adapter ? thread_adapter->machine
			       : iolas_dxgk_machine_current();

	if (!machine)
		iolas__dxgk_report(
			&(struct iolas__dxgk_report){
				.call = call,
				.rule = IOLAS_DXGK_RULE_NO_MACHINE },
			"no machine is current");
	return machine;
}

bool iolas__dxgk_isolation_is_on(struct iolas_dxgk_machine *machine)
{
	const uint32_t opted =
		IOLAS_DXGK_DRIVER_ISOLATION | IOLAS_DXGK_DRIVER_REMAPPING;
	struct iolas_dxgk_adapter *adapter = thread_adapter;
	bool is_on = false;

	if (adapter)
		return (adapter->config.flags & opted) != 0;
	pthread_mutex_lock(&machine->lock);
	for (adapter = machine->adapters; adapter; adapter = adapter->next)
		is_on |= (adapter->config.flags & opted) != 0;
	pthread_mutex_unlock(&machine->lock);
	return is_on;
}

uint8_t iolas_dxgk_irql(void)
{
	return thread_irql;
}

uint8_t iolas_dxgk_set_irql(uint8_t irql)
{
	uint8_t before = thread_irql;

	thread_irql = irql > IOLAS_DXGK_HIGH ? IOLAS_DXGK_HIGH : irql;
	return before;
}

uint8_t iolas__dxgk_irql(struct iolas_dxgk_machine *machine)
{
	if (machine && machine->config.irql)
		return machine->config.irql(machine->config.irql_user);
	return thread_irql;
}

bool iolas__dxgk_irql_allows(const struct iolas__dxgk_call *call,
			     struct iolas_dxgk_machine *machine,
			     struct iolas_dxgk_adapter *adapter,
			     uint8_t highest)
{
	uint8_t irql = iolas__dxgk_irql(machine);

	if (irql <= highest)
		return true;
	iolas__dxgk_report(
		&(struct iolas__dxgk_report){ .machine = machine,
					      .adapter = adapter,
					      .call = call,
					      .rule = IOLAS_DXGK_RULE_IRQL },
		"called at IRQL %u, allowed up to %u", irql, highest);
	return false;
}
