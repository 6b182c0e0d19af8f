/* SPDX-License-Identifier: MIT */
/*
 * MmMapIoSpace: pointers into simulated device memory, which the machine's io
 * hook provides.
 */
#include "dxgk/dxgk_native.h"
#include "dxgk/dxgk_thing.h"

static PVOID map(const struct iolas__dxgk_call *call, uint64_t pa,
		 uint64_t bytes)
{
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(call);
	struct iolas__dxgk_thing *thing;
	void *va = NULL;

	if (!machine ||
	    !iolas__dxgk_irql_allows(call, machine, NULL, IOLAS_DXGK_DISPATCH))
		return NULL;
	if (bytes && pa + (bytes - 1) >= pa) {
		if (machine->io.ptr)
			va = machine->io.ptr(machine->io.user, pa, bytes);
		if (!va)
			va = iolas_physmem_ptr(machine->physmem, pa, bytes);
	}
	if (!va) {
		iolas__dxgk_report(
			&(struct iolas__dxgk_report){
				.machine = machine,
				.call = call,
				.rule = IOLAS_DXGK_RULE_ADDRESS },
			"0x%llx, %llu bytes: no device space or memory",
			(unsigned long long)pa, (unsigned long long)bytes);
		return NULL;
	}
	if (iolas__dxgk_plan_fails(machine, call->name, bytes, NULL))
		return NULL;
	thing = iolas__dxgk_thing_make(machine, DXGK_THING_IO, call);
	if (!thing)
		return NULL;
	thing->bytes = bytes;
	thing->requested = pa; /* for MmGetPhysicalAddress */
	iolas__dxgk_thing_add(machine, thing, va);
	return va;
}

PVOID NTAPI MmMapIoSpace(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes,
			 MEMORY_CACHING_TYPE CacheType)
{
	DXGK_CALL("MmMapIoSpace");

	(void)CacheType;
	return map(&call, (uint64_t)PhysicalAddress.QuadPart, NumberOfBytes);
}

PVOID NTAPI MmMapIoSpaceEx(PHYSICAL_ADDRESS PhysicalAddress,
			   SIZE_T NumberOfBytes, ULONG Protect)
{
	DXGK_CALL("MmMapIoSpaceEx");

	(void)Protect;
	return map(&call, (uint64_t)PhysicalAddress.QuadPart, NumberOfBytes);
}

static bool has_bytes(const struct iolas__dxgk_thing *thing, void *bytes)
{
	return thing->bytes == *(SIZE_T *)bytes;
}

VOID NTAPI MmUnmapIoSpace(PVOID BaseAddress, SIZE_T NumberOfBytes)
{
	DXGK_CALL("MmUnmapIoSpace");
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(&call);
	struct iolas__dxgk_thing *thing;

	if (!machine)
		return;
	iolas__dxgk_irql_allows(&call, machine, NULL, IOLAS_DXGK_DISPATCH);
	thing = iolas__dxgk_thing_take(machine, DXGK_THING_IO, BaseAddress,
				       has_bytes, &NumberOfBytes);
	if (!thing) {
		iolas__dxgk_report(
			&(struct iolas__dxgk_report){
				.machine = machine,
				.call = &call,
				.rule = IOLAS_DXGK_RULE_MM_FREE },
			"%p, %llu bytes: no such mapping", BaseAddress,
			(unsigned long long)NumberOfBytes);
		return;
	}
	iolas__dxgk_thing_free(machine, thing);
}
