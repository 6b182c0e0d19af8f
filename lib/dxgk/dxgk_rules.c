/* SPDX-License-Identifier: MIT */
/*
 * The rules that reports quote, and the bug checks behind them (spec/dxgk.md,
 * sections A to D; sub-codes of 0x1E4: section B.2).
 */
#include <dxgk/iolas_dxgk_driver.h>
#include <dxgk/iolas_dxgk_kernel.h>

#include "dxgk/dxgk_report.h"

#define BUGCHECK_NONE		      0
#define MAXIMUM_WAIT_OBJECTS_EXCEEDED 0x0C
#define BAD_POOL_HEADER		      0x19
#define KMODE_EXCEPTION_NOT_HANDLED   0x1E
#define BAD_POOL_CALLER		      0xC2
#define TIMER_OR_DPC_INVALID	      0xC7
#define KERNEL_SECURITY_CHECK_FAILURE 0x139
#define IRQL_NOT_LESS_OR_EQUAL	      0x0A
#define PFN_LIST_CORRUPT	      0x4E
#define DRIVER_VERIFIER_VIOLATION     0xC4
#define DRIVER_VERIFIER_DMA	      0xE6
#define VIDEO_DXGKRNL_SYSMM_FATAL     0x1E4

static const struct iolas__dxgk_rule rules[] = {
	[IOLAS_DXGK_RULE_NOT_IMPLEMENTED] = { BUGCHECK_NONE, 0,
					      "this runtime has nothing behind "
					      "the slot; the driver must "
					      "survive STATUS_NOT_SUPPORTED, "
					      "NULL or 0 from it" },
	[IOLAS_DXGK_RULE_BAD_ARGUMENT] = { BUGCHECK_NONE, 0,
					   "an argument breaks a documented "
					   "precondition of the call" },
	[IOLAS_DXGK_RULE_ADAPTER_HANDLE] = { BUGCHECK_NONE, 0,
					     "hAdapter is "
					     "DXGKRNL_INTERFACE.DeviceHandle "
					     "of a started "
					     "adapter, not the miniport's own "
					     "device context" },
	[IOLAS_DXGK_RULE_UNKNOWN_HANDLE] = { BUGCHECK_NONE, 0,
					     "a memory handle is what the "
					     "allocating callback returned in "
					     "hMemoryHandle" },
	[IOLAS_DXGK_RULE_STALE_HANDLE] = { DRIVER_VERIFIER_DMA, 0,
					   "memory is freed once; its handle "
					   "names nothing afterwards" },
	[IOLAS_DXGK_RULE_HANDLE_KIND] = { BUGCHECK_NONE, 0,
					  "each kind of memory goes back "
					  "through its own free callback" },
	[IOLAS_DXGK_RULE_FOREIGN_HANDLE] = { BUGCHECK_NONE, 0,
					     "memory goes back to the adapter "
					     "that it was allocated from" },
	[IOLAS_DXGK_RULE_IRQL] = { IRQL_NOT_LESS_OR_EQUAL, 0,
				   "the call is allowed at or below a "
				   "documented IRQL only" },
	[IOLAS_DXGK_RULE_MODE] = { BUGCHECK_NONE, 0,
				   "a driver that declared "
				   "DmaRemappingSupported and asked for "
				   "WDDM 2.9 or later uses physical memory "
				   "objects and ADLs, not "
				   "the callbacks of WDDM 2.4" },
	[IOLAS_DXGK_RULE_ZERO_HIGH] = { BUGCHECK_NONE, 0,
					"HighAddress is an inclusive limit: 0 "
					"means the first page "
					"only (taken as no limit here, once "
					"told)" },
	[IOLAS_DXGK_RULE_STILL_MAPPED] = { DRIVER_VERIFIER_VIOLATION, 0,
					   "a system mapping of an MDL is "
					   "undone with MmUnmapLockedPages "
					   "before its pages are freed" },
	[IOLAS_DXGK_RULE_MEMORY_LEAKED] = { DRIVER_VERIFIER_DMA, 0,
					    "a driver frees what it allocated "
					    "before its adapter goes" },
	[IOLAS_DXGK_RULE_DEVICE_FAULT] = { BUGCHECK_NONE, 0,
					   "the device reaches only memory "
					   "that is mapped in its domain, "
					   "at its logical address" },
	[IOLAS_DXGK_RULE_DEVICE_AFTER_FREE] = { DRIVER_VERIFIER_DMA, 0,
						"once freed, memory must not "
						"be accessed by the device" },
	[IOLAS_DXGK_RULE_DEVICE_EXCLUSIVE] = { BUGCHECK_NONE, 0,
					       "between BeginExclusiveAccess "
					       "and EndExclusiveAccess the "
					       "device accesses no system "
					       "memory" },
	[IOLAS_DXGK_RULE_CALL_EXCLUSIVE] = { BUGCHECK_NONE, 0,
					     "between BeginExclusiveAccess and "
					     "EndExclusiveAccess the "
					     "driver calls no memory callback "
					     "(warning)" },
	[IOLAS_DXGK_RULE_MDL_CHANGED] = { PFN_LIST_CORRUPT, 0,
					  "an MDL and its pages stay unchanged "
					  "from MapMdlToIoMmu to "
					  "UnmapMdlFromIoMmu" },
	[IOLAS_DXGK_RULE_MDL_CHAIN] = { BUGCHECK_NONE, 0,
					"MapMdlToIoMmu maps the first MDL of a "
					"chain only" },
	[IOLAS_DXGK_RULE_MDL_STATE] = { DRIVER_VERIFIER_VIOLATION, 0,
					"the MDL is not in a state in which "
					"this may be done to it" },
	[IOLAS_DXGK_RULE_MDL_FREE] = { DRIVER_VERIFIER_VIOLATION, 0,
				       "an MDL goes back to whoever made it: "
				       "IoFreeMdl, ExFreePool "
				       "after MmFreePagesFromMdl, or the "
				       "handle of the callback" },
	[IOLAS_DXGK_RULE_MM_FREE] = { DRIVER_VERIFIER_VIOLATION, 0,
				      "memory is freed with exactly the base, "
				      "size and cache type "
				      "that it was allocated with, once" },
	[IOLAS_DXGK_RULE_MM_LEAKED] = { DRIVER_VERIFIER_VIOLATION, 0,
					"a driver frees the memory and MDLs it "
					"allocated" },
	[IOLAS_DXGK_RULE_BANNED_CALL] = { BUGCHECK_NONE, 0,
					  "a driver that opts in to IOMMU "
					  "isolation imports none of "
					  "MmAllocateContiguousMemory("
					  "SpecifyCache), "
					  "MmFreeContiguousMemory, "
					  "MmAllocatePagesForMdl(Ex), "
					  "MmFreePagesFromMdl, "
					  "MmProbeAndLockPages" },
	[IOLAS_DXGK_RULE_VIDEO_FREE] = { BUGCHECK_NONE, 0,
					 "a common buffer is freed whole, with "
					 "every parameter as it "
					 "was allocated" },
	[IOLAS_DXGK_RULE_NO_MACHINE] = { BUGCHECK_NONE, 0,
					 "a call without adapter needs a "
					 "current machine" },
	[IOLAS_DXGK_RULE_ADDRESS] = { BUGCHECK_NONE, 0,
				      "the address must be memory of the "
				      "machine" },
	[IOLAS_DXGK_RULE_DEVICE_BUSY] = { DRIVER_VERIFIER_DMA, 0,
					  "memory is freed after the device's "
					  "last access to it" },
	[IOLAS_DXGK_RULE_ADL_UNLOCKED] = { VIDEO_DXGKRNL_SYSMM_FATAL, 4,
					   "an ADL describes locked memory "
					   "only" },
	[IOLAS_DXGK_RULE_UNLOCK_WITH_ADL] = { VIDEO_DXGKRNL_SYSMM_FATAL, 5,
					      "memory stays locked while ADLs "
					      "describe it" },
	[IOLAS_DXGK_RULE_ADAPTER_OBJECT_LEAK] = { VIDEO_DXGKRNL_SYSMM_FATAL, 6,
						  "adapter memory objects are "
						  "closed before the adapter "
						  "goes" },
	[IOLAS_DXGK_RULE_ADL_LEAK] = { VIDEO_DXGKRNL_SYSMM_FATAL, 7,
				       "ADLs are freed before the adapter "
				       "goes" },
	[IOLAS_DXGK_RULE_ENTRY_STATUS] = { BUGCHECK_NONE, 0,
					   "DriverEntry returns what "
					   "DxgkInitialize returned" },
	[IOLAS_DXGK_RULE_SLOT_MISSING] = { BUGCHECK_NONE, 0,
					   "a DDI that the driver's "
					   "declarations call for is not "
					   "NULL" },
	[IOLAS_DXGK_RULE_DDI_IRQL] = { BUGCHECK_NONE, 0,
				       "a DDI returns at the IRQL at which it "
				       "was called" },
	[IOLAS_DXGK_RULE_DDI_CONTEXT] = { BUGCHECK_NONE, 0,
					  "DxgkDdiAddDevice sets the context "
					  "if, and only if, it succeeds" },
	[IOLAS_DXGK_RULE_SEGMENTS] = { BUGCHECK_NONE, 0,
				       "both answers about segments agree, and "
				       "their flags allow each other" },
	[IOLAS_DXGK_RULE_CAPS] = { BUGCHECK_NONE, 0,
				   "capabilities that say the same thing in "
				   "two places agree" },
	[IOLAS_DXGK_RULE_LEAK_AT_STOP] = { BUGCHECK_NONE, 0,
					   "what DxgkDdiStartDevice took, "
					   "DxgkDdiStopDevice gives back" },
	[IOLAS_DXGK_RULE_ALLOC_ANSWER] = { BUGCHECK_NONE, 0,
					   "DxgkDdiCreateAllocation describes "
					   "each allocation fully" },
	[IOLAS_DXGK_RULE_ALLOC_FLAGS] = { BUGCHECK_NONE, 0,
					  "allocation flags that exclude or "
					  "need each other are set so" },
	[IOLAS_DXGK_RULE_OPEN_ANSWER] = { BUGCHECK_NONE, 0,
					  "DxgkDdiOpenAllocation gives each "
					  "open a handle of its own" },
	[IOLAS_DXGK_RULE_PRIVATE_DATA] = { BUGCHECK_NONE, 0,
					   "private data are written only "
					   "while the Create flag is set" },
	[IOLAS_DXGK_RULE_STANDARD_DATA] = { BUGCHECK_NONE, 0,
					    "the first call asks for sizes "
					    "only, and they are not both 0" },
	[IOLAS_DXGK_RULE_HANDLE_PINNED] = { BUGCHECK_NONE, 0,
					    "what DxgkCbAcquireHandleData "
					    "pinned is released" },
	[IOLAS_DXGK_RULE_HANDLE_TYPE] = { BUGCHECK_NONE, 0,
					  "a handle is resolved as the type "
					  "that it has" },
	[IOLAS_DXGK_RULE_DEVICE_MEMORY] = { BUGCHECK_NONE, 0,
					    "only the device's own resources "
					    "are mapped, and unmapped once" },
	[IOLAS_DXGK_RULE_INTERRUPT_ORDER] = { BUGCHECK_NONE, 0,
					      "NotifyInterrupt at device IRQL, "
					      "then QueueDpc, then NotifyDpc "
					      "in the DPC" },
	[IOLAS_DXGK_RULE_EXCLUSIVE] = { BUGCHECK_NONE, 0,
					"DxgkDdiEndExclusiveAccess undoes what "
					"Begin did" },
	[IOLAS_DXGK_RULE_DESTROY_ANSWER] = { BUGCHECK_NONE, 0,
					     "a DDI that destroys or closes "
					     "succeeds" },
	[IOLAS_DXGK_RULE_POOL_TAG] = { BAD_POOL_CALLER, 0,
				       "pool is freed with the tag that it was "
				       "allocated with" },
	[IOLAS_DXGK_RULE_POOL_FREE] = { BAD_POOL_CALLER, 0,
					"pool is freed once, by the address "
					"that the allocation returned" },
	[IOLAS_DXGK_RULE_POOL_OVERRUN] = { BAD_POOL_HEADER, 0,
					   "a driver writes inside the block "
					   "that it asked for" },
	[IOLAS_DXGK_RULE_POOL_AFTER_FREE] = { BUGCHECK_NONE, 0,
					      "pool is not touched once it is "
					      "freed" },
	[IOLAS_DXGK_RULE_POOL_LEAKED] = { DRIVER_VERIFIER_VIOLATION, 0,
					  "a driver frees its pool before it "
					  "is unloaded" },
	[IOLAS_DXGK_RULE_POOL_RAISE] = { KMODE_EXCEPTION_NOT_HANDLED, 0,
					 "an allocation with "
					 "POOL_FLAG_RAISE_ON_FAILURE raises "
					 "when it fails, and something has to "
					 "catch that" },
	[IOLAS_DXGK_RULE_IRQL_ORDER] = { IRQL_NOT_LESS_OR_EQUAL, 0,
					 "IRQL is raised to a higher one, "
					 "lowered to what it was, and a "
					 "routine returns at the one it was "
					 "called at" },
	[IOLAS_DXGK_RULE_SPIN_LOCK] = { BUGCHECK_NONE, 0,
					"a spin lock is initialised, acquired "
					"once, and released by its holder" },
	[IOLAS_DXGK_RULE_WAIT_IRQL] = { IRQL_NOT_LESS_OR_EQUAL, 0,
					"a thread waits at or below APC_LEVEL, "
					"unless the timeout is zero" },
	[IOLAS_DXGK_RULE_OBJECT] = { BUGCHECK_NONE, 0,
				     "a kernel object is initialised before it "
				     "is used, and used as what it is" },
	[IOLAS_DXGK_RULE_MUTEX_OWNER] = { BUGCHECK_NONE, 0,
					  "a mutex is released by the thread "
					  "that holds it" },
	[IOLAS_DXGK_RULE_SEMAPHORE_LIMIT] = { BUGCHECK_NONE, 0,
					      "a semaphore's count stays at or "
					      "below its limit" },
	[IOLAS_DXGK_RULE_WAIT_COUNT] = { MAXIMUM_WAIT_OBJECTS_EXCEEDED, 0,
					 "a wait takes up to 3 objects, or up "
					 "to 64 with a WaitBlockArray" },
	[IOLAS_DXGK_RULE_QUEUED_FREED] = { TIMER_OR_DPC_INVALID, 0,
					   "timers are cancelled, DPCs removed "
					   "and waits over before their memory "
					   "is freed" },
	[IOLAS_DXGK_RULE_LIST_CORRUPT] = { KERNEL_SECURITY_CHECK_FAILURE, 3,
					   "an entry's neighbours point back "
					   "to it: entries are inserted once "
					   "and removed once" },
	[IOLAS_DXGK_RULE_BUG_CHECK] = { BUGCHECK_NONE, 0,
					"a driver that stops the machine has "
					"found damage" },
	[IOLAS_DXGK_RULE_ASSERTION] = { BUGCHECK_NONE, 0,
					"what a driver asserts is true" },
	[IOLAS_DXGK_RULE_BREAKPOINT] = { BUGCHECK_NONE, 0,
					 "without a debugger a breakpoint "
					 "stops the machine" },
	[IOLAS_DXGK_RULE_THREAD] = { BUGCHECK_NONE, 0,
				     "a system thread ends at PASSIVE_LEVEL, "
				     "holds nothing, and is gone before its "
				     "driver is" },
	[IOLAS_DXGK_RULE_KEY_HANDLE] = { BUGCHECK_NONE, 0,
					 "a handle is closed once, before its "
					 "driver is unloaded" },
	[IOLAS_DXGK_RULE_OBJECT_REFERENCE] = { BUGCHECK_NONE, 0,
					       "each reference of an object is "
					       "given back once" },
	[IOLAS_DXGK_RULE_PORT] = { BUGCHECK_NONE, 0,
				   "a port is read and written where a device "
				   "has ports" },
};

const struct iolas__dxgk_rule *iolas__dxgk_rule(uint32_t rule)
{
	if (rule >= sizeof(rules) / sizeof(rules[0]) || !rules[rule].text)
		return NULL;
	return &rules[rule];
}

const char *iolas_dxgk_rule_text(uint32_t rule)
{
	const struct iolas__dxgk_rule *found = iolas__dxgk_rule(rule);

	return found ? found->text : NULL;
}
