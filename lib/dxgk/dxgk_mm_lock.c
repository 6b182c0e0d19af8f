/* SPDX-License-Identifier: MIT */
/*
 * MDLs over addresses: nonpaged buffers, buffers of a process, and where an
 * address lies in memory (spec/dxgk.md, section D.4).
 */
#include "dxgk/dxgk_mdl.h"
#include "dxgk/dxgk_native.h"

#include <sys/mman.h>
#include <unistd.h>

#include <stdlib.h>
#include <string.h>

static void report(struct iolas_dxgk_machine *machine,
		   const struct iolas__dxgk_call *call, uint32_t rule,
		   const void *what, const char *why)
{
	iolas__dxgk_report(&(struct iolas__dxgk_report){ .machine = machine,
							 .call = call,
							 .rule = rule },
			   "%p: %s", what, why);
}

/* Frames of the MDL's virtual range; false: not all of it is memory. */
static bool fill_frames(struct iolas_dxgk_machine *machine, PMDL mdl)
{
	uint64_t count = iolas__dxgk_mdl_pages(mdl);
	PFN_NUMBER *frames = MmGetMdlPfnArray(mdl);
	const unsigned char *page = mdl->StartVa;

	for (uint64_t i = 0; i < count; i++) {
		iolas_pa pa;

		if (!iolas__dxgk_address_pa(machine, page + i * DXGK_PAGE_BYTES,
					    &pa))
			return false;
		frames[i] = pa >> DXGK_PAGE_LG2;
	}
	return count != 0;
}

VOID NTAPI MmBuildMdlForNonPagedPool(PMDL Mdl)
{
	DXGK_CALL("MmBuildMdlForNonPagedPool");
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(&call);

	if (!machine || !Mdl)
		return;
	if (Mdl->MdlFlags &
	    (MDL_PAGES_LOCKED | MDL_PARTIAL | MDL_SOURCE_IS_NONPAGED_POOL)) {
		report(machine, &call, IOLAS_DXGK_RULE_MDL_STATE, Mdl,
		       "the MDL describes pages already");
		return;
	}
	if (!fill_frames(machine, Mdl)) {
		report(machine, &call, IOLAS_DXGK_RULE_ADDRESS,
		       MmGetMdlVirtualAddress(Mdl),
		       "the buffer is not memory of the machine");
		return;
	}
	Mdl->Process = NULL;
	Mdl->MappedSystemVa = MmGetMdlVirtualAddress(Mdl);
	Mdl->MdlFlags = (CSHORT)(Mdl->MdlFlags | MDL_SOURCE_IS_NONPAGED_POOL);
}

/* Buffers of a process that the MDL's range touches are held or let go. */
static void count_lock(struct iolas_dxgk_machine *machine, const MDL *mdl,
		       int change)
{
	struct iolas__dxgk_thing *user = iolas__dxgk_thing_around(
		machine, DXGK_THING_USER, mdl->StartVa);

	if (!user)
		return;
	pthread_mutex_lock(&machine->lock);
	user->lock_count = (uint32_t)((int)user->lock_count + change);
	pthread_mutex_unlock(&machine->lock);
}

VOID NTAPI MmProbeAndLockPages(PMDL Mdl, KPROCESSOR_MODE AccessMode,
			       LOCK_OPERATION Operation)
{
	DXGK_CALL("MmProbeAndLockPages");
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(&call);

	(void)AccessMode;
	if (!machine || !Mdl)
		return;
	if (iolas__dxgk_isolation_is_on(machine))
		report(machine, &call, IOLAS_DXGK_RULE_BANNED_CALL, Mdl,
		       "locked by a driver that runs isolated");
	iolas__dxgk_irql_allows(&call, machine, NULL, IOLAS_DXGK_DISPATCH);
	if (Mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_PARTIAL |
			     MDL_SOURCE_IS_NONPAGED_POOL | MDL_IO_SPACE)) {
		report(machine, &call, IOLAS_DXGK_RULE_MDL_STATE, Mdl,
		       "the MDL cannot be locked in this state");
		return;
	}
	/* Windows raises here; nobody could catch that. */
	if (!fill_frames(machine, Mdl)) {
		report(machine, &call, IOLAS_DXGK_RULE_ADDRESS,
		       MmGetMdlVirtualAddress(Mdl),
		       "the buffer is not memory of the machine; Windows "
		       "raises an exception");
		return;
	}
	Mdl->MdlFlags =
		(CSHORT)(Mdl->MdlFlags | MDL_PAGES_LOCKED |
			 (Operation == IoReadAccess ? 0 : MDL_WRITE_OPERATION));
	count_lock(machine, Mdl, 1);
}

VOID NTAPI MmUnlockPages(PMDL Mdl)
{
	DXGK_CALL("MmUnlockPages");
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(&call);
	const struct iolas__dxgk_thing *thing;

	if (!machine || !Mdl)
		return;
	thing = iolas__dxgk_thing_find(machine, DXGK_THING_MDL, Mdl);
	if (!(Mdl->MdlFlags & MDL_PAGES_LOCKED) ||
	    Mdl->MdlFlags & (MDL_PARTIAL | MDL_SOURCE_IS_NONPAGED_POOL) ||
	    (thing && thing->origin != DXGK_MDL_OF_IO)) {
		report(machine, &call, IOLAS_DXGK_RULE_MDL_STATE, Mdl,
		       "MmProbeAndLockPages did not lock the MDL");
		return;
	}
	iolas__dxgk_mdl_unmap(machine, Mdl); /* as Windows does */
	Mdl->MdlFlags = (CSHORT)(Mdl->MdlFlags &
				 ~(MDL_PAGES_LOCKED | MDL_WRITE_OPERATION));
	count_lock(machine, Mdl, -1);
}

PHYSICAL_ADDRESS NTAPI MmGetPhysicalAddress(PVOID BaseAddress)
{
	DXGK_CALL("MmGetPhysicalAddress");
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(&call);
	PHYSICAL_ADDRESS result = { .QuadPart = 0 };
	const struct iolas__dxgk_thing *io;
	iolas_pa pa = 0;

	if (!machine)
		return result;
	if (!iolas__dxgk_address_pa(machine, BaseAddress, &pa)) {
		io = iolas__dxgk_thing_around(machine, DXGK_THING_IO,
					      BaseAddress);
		if (io)
			pa = io->requested +
			     ((uintptr_t)BaseAddress - (uintptr_t)io->key);
		else
			report(machine, &call, IOLAS_DXGK_RULE_ADDRESS,
			       BaseAddress, "not memory of the machine");
	}
	result.QuadPart = (LONGLONG)pa;
	return result;
}

BOOLEAN NTAPI MmIsAddressValid(PVOID VirtualAddress)
{
	uintptr_t page = (uintptr_t)VirtualAddress;
	unsigned char resident;

	page &= ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
	return (BOOLEAN)(mincore((void *)page, 1, &resident) == 0);
}

/* ---- buffers of a process ---- */

int iolas_dxgk_user_alloc(struct iolas_dxgk_machine *machine, uint64_t bytes,
			  void **va)
{
	DXGK_CALL("iolas_dxgk_user_alloc");
	struct iolas__dxgk_list_request want = {
		.high = UINT64_MAX,
		.flags = DXGK_MM_FULLY_REQUIRED,
		.node = IOLAS_NODE_ANY,
	};
	struct iolas__dxgk_thing *thing;
	int status;

	if (!machine || !va || !bytes || bytes > UINT64_MAX - DXGK_PAGE_BYTES)
		return IOLAS_EINVAL;
	*va = NULL;
	want.bytes = (bytes + DXGK_PAGE_BYTES - 1) & ~(DXGK_PAGE_BYTES - 1);
	thing = iolas__dxgk_thing_make(machine, DXGK_THING_USER, &call);
	if (!thing)
		return IOLAS_ENOMEM;
	status = iolas__dxgk_pages_list(machine, &want, &thing->pages);
	if (!status) {
		status = iolas_physmem_view(machine->physmem, thing->pages.list,
					    &thing->base);
		if (status)
			iolas__dxgk_pages_free(machine, &thing->pages);
	}
	if (status) {
		iolas__dxgk_thing_free(machine, thing);
		return status;
	}
	thing->bytes = want.bytes;
	thing->requested = bytes;
	*va = thing->base;
	iolas__dxgk_thing_add(machine, thing, *va);
	return IOLAS_OK;
}

static bool is_unlocked(const struct iolas__dxgk_thing *thing, void *arg)
{
	*(bool *)arg = thing->lock_count != 0;
	return !thing->lock_count;
}

int iolas_dxgk_user_free(struct iolas_dxgk_machine *machine, void *va)
{
	struct iolas__dxgk_thing *thing;
	bool is_locked = false;

	if (!machine)
		return IOLAS_EINVAL;
	thing = iolas__dxgk_thing_take(machine, DXGK_THING_USER, va,
				       is_unlocked, &is_locked);
	if (!thing)
		return is_locked ? IOLAS_EBUSY : IOLAS_ENOENT;
	iolas_physmem_view_close(machine->physmem, thing->base);
	iolas__dxgk_pages_free(machine, &thing->pages);
	iolas__dxgk_thing_free(machine, thing);
	return IOLAS_OK;
}
