/* SPDX-License-Identifier: MIT */
/*
 * A driver author's test program: native headers, native calls, and a machine
 * for them to run on.
 */
#include <ntddk.h>
#include <dispmprt.h>

#include <iolas_dxgk.h>

int main(void)
{
	PHYSICAL_ADDRESS highest;
	struct iolas_dxgk_machine *machine;
	PVOID memory;

	highest.QuadPart = 0x7fffffff;
	if (iolas_dxgk_machine_create(NULL, &machine))
		return 1;
	memory = MmAllocateContiguousMemory(PAGE_SIZE, highest);
	if (!memory || MmGetPhysicalAddress(memory).QuadPart >= 0x80000000)
		return 1;
	MmFreeContiguousMemory(memory);
	return iolas_dxgk_machine_destroy(machine);
}
