/* SPDX-License-Identifier: MIT */
/*
 * System mappings of MDLs (spec/dxgk.md, section D.4): at most one per MDL, of
 * scattered pages at consecutive CPU addresses.
 */
#include "dxgk/dxgk_mdl.h"
#include "dxgk/dxgk_native.h"

static void report_state(struct iolas_dxgk_machine *machine,
			 const struct iolas__dxgk_call *call, const MDL *mdl,
			 const char *why)
{
	const struct iolas__dxgk_thing *thing =
		iolas__dxgk_thing_find(machine, DXGK_THING_MDL, mdl);

	iolas__dxgk_report(
		&(struct iolas__dxgk_report){
			.machine = machine,
			.call = call,
			.rule = IOLAS_DXGK_RULE_MDL_STATE,
			.made_site = thing ? thing->made_site : NULL },
		"MDL %p: %s", (const void *)mdl, why);
}

static const char *bad_state(const MDL *mdl)
{
	if (mdl->MdlFlags & MDL_SOURCE_IS_NONPAGED_POOL)
		return "it describes memory that is mapped already";
	if (mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA)
		return "it has a system mapping already";
	if (!(mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_PARTIAL | MDL_IO_SPACE)))
		return "its pages are not locked";
	return mdl->ByteCount ? NULL : "it describes no byte";
}

/* Device space has its own pointer, in one piece or not at all. */
static void *map_io(struct iolas_dxgk_machine *machine,
		    const struct iolas_pagelist *list)
{
	struct iolas_run run;

	if (!machine->io.ptr || iolas_pagelist_run_count(list) != 1 ||
	    iolas_pagelist_run_at(list, 0, &run))
		return NULL;
	return machine->io.ptr(machine->io.user, run.pa, run.len);
}

/* The pages at consecutive addresses; *view says whether to close it. */
static void *map_list(struct iolas_dxgk_machine *machine,
		      const struct iolas_pagelist *list, void **view)
{
	if (iolas_physmem_view(machine->physmem, list, view) == IOLAS_OK)
		return *view;
	*view = NULL;
	return map_io(machine, list);
}

static PVOID map_mdl(struct iolas_dxgk_machine *machine,
		     const struct iolas__dxgk_call *call, PMDL mdl,
		     bool is_system)
{
	struct iolas__dxgk_thing *thing =
		iolas__dxgk_thing_make(machine, DXGK_THING_VIEW, call);
	struct iolas_pagelist *list = NULL;
	void *base = NULL;
	void *va = NULL;

	if (!thing)
		return NULL;
	if (iolas__dxgk_mdl_list(machine, mdl, &list) == IOLAS_OK)
		va = map_list(machine, list, &base);
	if (va) {
		thing->bytes = iolas_pagelist_byte_count(list);
		thing->object = mdl;
		thing->base = base;
		iolas__dxgk_thing_add(machine, thing, va);
		va = (PCHAR)va + mdl->ByteOffset;
	} else {
		iolas__dxgk_thing_free(machine, thing);
	}
	iolas_pagelist_destroy(list);
	if (va && is_system) {
		mdl->MappedSystemVa = va;
		mdl->MdlFlags =
			(CSHORT)(mdl->MdlFlags | MDL_MAPPED_TO_SYSTEM_VA |
				 (mdl->MdlFlags & MDL_PARTIAL
					  ? MDL_PARTIAL_HAS_BEEN_MAPPED
					  : 0));
	}
	return va;
}

static PVOID map(const struct iolas__dxgk_call *call, PMDL mdl,
		 KPROCESSOR_MODE mode)
{
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(call);
	const char *why;

	if (!machine || !mdl ||
	    !iolas__dxgk_irql_allows(call, machine, NULL,
				     mode == KernelMode ? IOLAS_DXGK_DISPATCH
							: IOLAS_DXGK_APC))
		return NULL;
	why = bad_state(mdl);
	if (why) {
		report_state(machine, call, mdl, why);
		return NULL;
	}
	if (iolas__dxgk_plan_fails(machine, call->name, mdl->ByteCount, NULL))
		return NULL;
	return map_mdl(machine, call, mdl, mode == KernelMode);
}

PVOID NTAPI MmMapLockedPagesSpecifyCache(PMDL Mdl, KPROCESSOR_MODE AccessMode,
					 MEMORY_CACHING_TYPE CacheType,
					 PVOID RequestedAddress,
					 ULONG BugCheckOnFailure,
					 ULONG Priority)
{
	DXGK_CALL("MmMapLockedPagesSpecifyCache");
	struct iolas_dxgk_machine *machine;

	(void)CacheType; /* the pages' own counts, and memory has one kind */
	(void)RequestedAddress;
	(void)Priority;
	if (BugCheckOnFailure && AccessMode == KernelMode) {
		machine = iolas__dxgk_machine_of(&call);
		if (machine)
			iolas__dxgk_report(
				&(struct iolas__dxgk_report){
					.machine = machine,
					.call = &call,
					.rule = IOLAS_DXGK_RULE_BAD_ARGUMENT },
				"BugCheckOnFailure has to be FALSE");
	}
	return map(&call, Mdl, AccessMode);
}

PVOID NTAPI MmMapLockedPages(PMDL Mdl, KPROCESSOR_MODE AccessMode)
{
	DXGK_CALL("MmMapLockedPages");

	return map(&call, Mdl, AccessMode);
}

static bool is_of_mdl(const struct iolas__dxgk_thing *thing, void *mdl)
{
	return thing->object == mdl;
}

VOID NTAPI MmUnmapLockedPages(PVOID BaseAddress, PMDL Mdl)
{
	DXGK_CALL("MmUnmapLockedPages");
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(&call);
	struct iolas__dxgk_thing *view;

	if (!machine || !Mdl)
		return;
	iolas__dxgk_irql_allows(&call, machine, NULL, IOLAS_DXGK_DISPATCH);
	if (BaseAddress && BaseAddress == Mdl->MappedSystemVa &&
	    iolas__dxgk_mdl_unmap(machine, Mdl))
		return;
	view = iolas__dxgk_thing_take(machine, DXGK_THING_VIEW,
				      PAGE_ALIGN(BaseAddress), is_of_mdl, Mdl);
	if (!view) {
		report_state(machine, &call, Mdl,
			     "this address is no mapping of it");
		return;
	}
	if (view->base)
		iolas_physmem_view_close(machine->physmem, view->base);
	iolas__dxgk_thing_free(machine, view);
}

NTSTATUS NTAPI MmProtectMdlSystemAddress(PMDL Mdl, ULONG NewProtect)
{
	DXGK_CALL("MmProtectMdlSystemAddress");
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(&call);

	(void)NewProtect; /* mappings stay writable: nothing faults here */
	if (!machine || !Mdl)
		return STATUS_INVALID_PARAMETER;
	if (!(Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA)) {
		report_state(machine, &call, Mdl, "it has no system mapping");
		return STATUS_INVALID_PARAMETER;
	}
	return STATUS_SUCCESS;
}
