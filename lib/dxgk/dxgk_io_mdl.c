/* SPDX-License-Identifier: MIT */
/*
 * IoAllocateMdl, IoFreeMdl, IoBuildPartialMdl (spec/dxgk.md, section D.4).
 */
#include "dxgk/dxgk_mdl.h"
#include "dxgk/dxgk_native.h"

#include <string.h>

/* Never inlined away: drivers take its address, too. */
SIZE_T NTAPI MmSizeOfMdl(PVOID Base, SIZE_T Length)
{
	return sizeof(MDL) +
	       sizeof(PFN_NUMBER) *
		       (SIZE_T)ADDRESS_AND_SIZE_TO_SPAN_PAGES(Base, Length);
}

static void report_mdl(struct iolas_dxgk_machine *machine,
		       const struct iolas__dxgk_call *call, uint32_t rule,
		       const struct iolas__dxgk_thing *thing, const MDL *mdl,
		       const char *why)
{
	iolas__dxgk_report(
		&(struct iolas__dxgk_report){
			.machine = machine,
			.call = call,
			.rule = rule,
			.made_site = thing ? thing->made_site : NULL },
		"MDL %p%s%s: %s", (const void *)mdl, thing ? " by " : "",
		thing ? thing->made_call : "", why);
}

PMDL NTAPI IoAllocateMdl(PVOID VirtualAddress, ULONG Length,
			 BOOLEAN SecondaryBuffer, BOOLEAN ChargeQuota, PIRP Irp)
{
	DXGK_CALL("IoAllocateMdl");
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(&call);
	struct iolas__dxgk_thing *thing;
	SIZE_T bytes;
	PMDL mdl;

	(void)ChargeQuota;
	if (!machine ||
	    !iolas__dxgk_irql_allows(&call, machine, NULL, IOLAS_DXGK_DISPATCH))
		return NULL;
	if (SecondaryBuffer || Irp) {
		report_mdl(machine, &call, IOLAS_DXGK_RULE_BAD_ARGUMENT, NULL,
			   NULL,
			   Irp ? "this runtime has no IRPs"
			       : "SecondaryBuffer without an IRP");
		return NULL;
	}
	if (Length > DXGK_MDL_BYTES_MAX ||
	    iolas__dxgk_plan_fails(machine, call.name, Length, NULL))
		return NULL;
	bytes = MmSizeOfMdl(VirtualAddress, Length);
	thing = iolas__dxgk_thing_make(machine, DXGK_THING_MDL, &call);
	mdl = iolas__dxgk_alloc(&machine->heap, bytes);
	if (!thing || !mdl) {
		iolas__dxgk_thing_free(machine, thing);
		iolas__dxgk_free(&machine->heap, mdl);
		return NULL;
	}
	/* The array is nobody's yet, and no driver may take it for zeroes. */
	memset(mdl, IOLAS_DXGK_POISON, bytes);
	MmInitializeMdl(mdl, VirtualAddress, Length);
	mdl->Process = NULL;
	mdl->MappedSystemVa = NULL;
	thing->origin = DXGK_MDL_OF_IO;
	thing->bytes = bytes;
	iolas__dxgk_thing_add(machine, thing, mdl);
	return mdl;
}

static bool is_io_mdl(const struct iolas__dxgk_thing *thing, void *arg)
{
	(void)arg;
	return thing->origin == DXGK_MDL_OF_IO;
}

/* Locked by MmProbeAndLockPages, not borrowed from a source. */
static bool holds_lock(const MDL *mdl)
{
	return mdl->MdlFlags & MDL_PAGES_LOCKED &&
	       !(mdl->MdlFlags & MDL_PARTIAL);
}

VOID NTAPI IoFreeMdl(PMDL Mdl)
{
	DXGK_CALL("IoFreeMdl");
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(&call);
	struct iolas__dxgk_thing *thing;

	if (!machine || !Mdl)
		return;
	iolas__dxgk_irql_allows(&call, machine, NULL, IOLAS_DXGK_DISPATCH);
	thing = iolas__dxgk_thing_take(machine, DXGK_THING_MDL, Mdl, is_io_mdl,
				       NULL);
	if (!thing) {
		thing = iolas__dxgk_thing_find(machine, DXGK_THING_MDL, Mdl);
		report_mdl(machine, &call, IOLAS_DXGK_RULE_MDL_FREE, thing, Mdl,
			   thing ? "not freed with IoFreeMdl"
				 : "no MDL of IoAllocateMdl, or freed before");
		return;
	}
	if (holds_lock(Mdl))
		report_mdl(machine, &call, IOLAS_DXGK_RULE_MDL_STATE, thing,
			   Mdl, "its pages are still locked");
	iolas__dxgk_mdl_unmap(machine, Mdl);
	iolas__dxgk_thing_free(machine, thing);
	iolas__dxgk_free(&machine->heap, Mdl);
}

/* Why [va, va + length) of @source cannot go into @target; NULL: it can. */
static const char *bad_partial(struct iolas_dxgk_machine *machine,
			       const MDL *source, const MDL *target,
			       uint64_t offset, uint64_t length)
{
	const int described = MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL |
			      MDL_PARTIAL | MDL_IO_SPACE;
	const struct iolas__dxgk_thing *thing =
		iolas__dxgk_thing_find(machine, DXGK_THING_MDL, target);
	uint64_t pages = (((uint64_t)source->ByteOffset + offset) &
			  (DXGK_PAGE_BYTES - 1)) +
			 length;

	if (!(source->MdlFlags & described))
		return "the source's pages are not locked";
	if (target->MdlFlags & MDL_PARTIAL_HAS_BEEN_MAPPED)
		return "the target still has a mapping: MmPrepareMdlForReuse";
	if (offset >= source->ByteCount || length > source->ByteCount - offset)
		return "the range is not inside the source";
	pages = (pages + DXGK_PAGE_BYTES - 1) >> DXGK_PAGE_LG2;
	if (thing && sizeof(MDL) + pages * sizeof(PFN_NUMBER) > thing->bytes)
		return "the target is too small";
	return NULL;
}

VOID NTAPI IoBuildPartialMdl(PMDL SourceMdl, PMDL TargetMdl,
			     PVOID VirtualAddress, ULONG Length)
{
	DXGK_CALL("IoBuildPartialMdl");
	const int inherited = MDL_MAPPED_TO_SYSTEM_VA |
			      MDL_SOURCE_IS_NONPAGED_POOL | MDL_IO_SPACE |
			      MDL_IO_PAGE_READ;
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(&call);
	uint64_t offset, first;
	const char *why;

	if (!machine || !SourceMdl || !TargetMdl)
		return;
	offset = (uintptr_t)VirtualAddress -
		 (uintptr_t)MmGetMdlVirtualAddress(SourceMdl);
	if (!Length && offset < SourceMdl->ByteCount)
		Length = (ULONG)(SourceMdl->ByteCount - offset);
	why = bad_partial(machine, SourceMdl, TargetMdl, offset, Length);
	if (why) {
		report_mdl(machine, &call, IOLAS_DXGK_RULE_MDL_STATE,
			   iolas__dxgk_thing_find(machine, DXGK_THING_MDL,
						  TargetMdl),
			   TargetMdl, why);
		return;
	}
	first = (SourceMdl->ByteOffset + offset) >> DXGK_PAGE_LG2;
	TargetMdl->Process = SourceMdl->Process;
	TargetMdl->StartVa = PAGE_ALIGN(VirtualAddress);
	TargetMdl->ByteOffset = BYTE_OFFSET(VirtualAddress);
	TargetMdl->ByteCount = Length;
	TargetMdl->MdlFlags =
		(CSHORT)((TargetMdl->MdlFlags & MDL_ALLOCATED_FIXED_SIZE) |
			 (SourceMdl->MdlFlags & inherited) | MDL_PARTIAL);
	TargetMdl->MappedSystemVa =
		TargetMdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA |
				       MDL_SOURCE_IS_NONPAGED_POOL)
			? (PVOID)((PCHAR)SourceMdl->MappedSystemVa + offset)
			: NULL;
	memcpy(MmGetMdlPfnArray(TargetMdl), MmGetMdlPfnArray(SourceMdl) + first,
	       iolas__dxgk_mdl_pages(TargetMdl) * sizeof(PFN_NUMBER));
}
