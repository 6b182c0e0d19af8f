/* SPDX-License-Identifier: MIT */
/*
 * Planned failures: which call fails when, by name, by count and by size.
 */
#include "dxgk/dxgk_priv.h"

#include "base/struct_read.h"

#include <string.h>

#define STATUS_NO_MEMORY_VALUE ((int32_t)0xC0000017)
#define NAME_BYTES	       64

struct iolas__dxgk_plan {
	struct iolas__dxgk_plan *next;
	struct iolas_dxgk_fault_plan plan; /* call points at name, or NULL */
	uint64_t matches;
	char name[NAME_BYTES];
};

int iolas_dxgk_plan_fault(struct iolas_dxgk_machine *machine,
			  const struct iolas_dxgk_fault_plan *plan)
{
	struct iolas_dxgk_fault_plan copy;
	struct iolas__dxgk_plan *fresh;

	if (!machine ||
	    iolas__struct_read(&copy, sizeof(copy), sizeof(copy), plan))
		return IOLAS_EINVAL;
	if ((copy.call && strnlen(copy.call, NAME_BYTES) == NAME_BYTES) ||
	    (copy.max_bytes && copy.max_bytes < copy.min_bytes) ||
	    copy.status > 0)
		return IOLAS_EINVAL;
	fresh = iolas__dxgk_alloc(&machine->heap, sizeof(*fresh));
	if (!fresh)
		return IOLAS_ENOMEM;
	fresh->plan = copy;
	if (copy.call) {
		memcpy(fresh->name, copy.call, strlen(copy.call) + 1);
		fresh->plan.call = fresh->name;
	}
	if (!copy.nth)
		fresh->plan.nth = 1;
	pthread_mutex_lock(&machine->lock);
	fresh->next = machine->plans;
	machine->plans = fresh;
	pthread_mutex_unlock(&machine->lock);
	return IOLAS_OK;
}

void iolas_dxgk_forget_faults(struct iolas_dxgk_machine *machine)
{
	struct iolas__dxgk_plan *plan;

	if (!machine)
		return;
	pthread_mutex_lock(&machine->lock);
	plan = machine->plans;
	machine->plans = NULL;
	pthread_mutex_unlock(&machine->lock);
	while (plan) {
		struct iolas__dxgk_plan *next = plan->next;

		iolas__dxgk_free(&machine->heap, plan);
		plan = next;
	}
}

uint64_t iolas_dxgk_planned_failures(struct iolas_dxgk_machine *machine)
{
	uint64_t count = 0;

	if (machine) {
		pthread_mutex_lock(&machine->lock);
		count = machine->planned_failures;
		pthread_mutex_unlock(&machine->lock);
	}
	return count;
}

/* Counts the call if it matches; true when this one is to fail. */
static bool plan_hits(struct iolas__dxgk_plan *plan, const char *call,
		      uint64_t bytes)
{
	const struct iolas_dxgk_fault_plan *p = &plan->plan;

	if (p->call && strcmp(p->call, call) != 0)
		return false;
	if (bytes < p->min_bytes || (p->max_bytes && bytes > p->max_bytes))
		return false;
	plan->matches++;
	return plan->matches >= p->nth &&
	       (!p->count || plan->matches - p->nth < p->count);
}

bool iolas__dxgk_plan_fails(struct iolas_dxgk_machine *machine,
			    const char *call, uint64_t bytes, int32_t *status)
{
	int32_t answer = 0;
	bool fails = false;

	pthread_mutex_lock(&machine->lock);
	for (struct iolas__dxgk_plan *plan = machine->plans; plan;
	     plan = plan->next) {
		if (!plan_hits(plan, call, bytes))
			continue;
		fails = true;
		answer = plan->plan.status;
	}
	machine->planned_failures += fails;
	pthread_mutex_unlock(&machine->lock);
	if (fails && status)
		*status = answer ? answer : STATUS_NO_MEMORY_VALUE;
	return fails;
}

int32_t iolas__dxgk_ntstatus(int status)
{
	switch (status) {
	case IOLAS_OK:
		return 0;
	case IOLAS_EINVAL:
		return (int32_t)0xC000000D; /* INVALID_PARAMETER */
	case IOLAS_ENOSPC:
		return STATUS_NO_MEMORY_VALUE;
	case IOLAS_ENOMEM:
		return (int32_t)0xC000009A; /* INSUFFICIENT_RESOURCES */
	case IOLAS_ENOENT:
		return (int32_t)0xC0000225; /* NOT_FOUND */
	case IOLAS_EBUSY:
		return (int32_t)0x80000011; /* DEVICE_BUSY */
	case IOLAS_ENOTSUP:
		return (int32_t)0xC00000BB; /* NOT_SUPPORTED */
	case IOLAS_ESTALE:
		return (int32_t)0xC0000008; /* INVALID_HANDLE */
	default:
		return (int32_t)0xC0000001; /* UNSUCCESSFUL */
	}
}
