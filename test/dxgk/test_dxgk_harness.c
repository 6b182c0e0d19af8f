/* SPDX-License-Identifier: MIT */
/*
 * Machines, adapters, violations, planned failures, and every allocation made
 * to fail in turn.
 * Floor: dxgk.  Tools: leak-checked by the counting host.
 */
#include "dxgk_rig.h"

#include <dxgk/video.h>

#include "dxgk/dxgk_priv.h"
#include "harness/rng.h"

#include <pthread.h>
#include <stdlib.h>

static void broken_machine_configs_are_refused(void **state)
{
	const struct iolas_dxgk_machine_config good = { .struct_size =
								sizeof(good) };
	struct iolas_physmem_region overlap[2] = {
		{ .first = 0x1000000, .last = 0x1ffffff },
		{ .first = 0x1fff000, .last = 0x2ffffff },
	};
	struct iolas_dxgk_machine_config bad[8];
	struct iolas_dxgk_machine *machine = (void *)&bad;
	struct {
		struct iolas_dxgk_machine_config known;
		uint64_t tail;
	} longer = { .tail = 0 };
	struct iolas_host host = *iolas_host_libc();

	(void)state;
	for (int i = 0; i < 8; i++)
		bad[i] = good;
	bad[0].struct_size = 8;
	bad[1].flags = 0x80;
	bad[2].verifier = 3;
	bad[3].fragment_permille = 1001;
	bad[4].region_count = 1; /* without regions */
	bad[5].regions = overlap;
	bad[5].region_count = 2;
	host.chunk_alloc = NULL;
	bad[6].host = &host;
	bad[7].regions = overlap;
	bad[7].region_count = 0;
	for (int i = 0; i < 8; i++) {
		CHECK_EQ(iolas_dxgk_machine_create(&bad[i], &machine),
			 IOLAS_EINVAL);
		CHECK(!machine);
	}
	CHECK_EQ(iolas_dxgk_machine_create(&good, NULL), IOLAS_EINVAL);
	longer.known = good;
	longer.known.struct_size = sizeof(longer);
	longer.tail = 1;
	CHECK_EQ(iolas_dxgk_machine_create(&longer.known, &machine),
		 IOLAS_EINVAL);
	longer.tail = 0;
	CHECK_EQ(iolas_dxgk_machine_create(&longer.known, &machine), IOLAS_OK);
	CHECK_EQ(iolas_dxgk_machine_destroy(machine), IOLAS_OK);
	CHECK_EQ(iolas_dxgk_machine_destroy(NULL), IOLAS_OK);
}

static void broken_adapter_configs_are_refused(void **state)
{
	struct iolas_dxgk_adapter_config bad[12];
	struct iolas_dxgk_adapter *adapter;
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	memset(bad, 0, sizeof(bad));
	for (int i = 0; i < 12; i++) {
		bad[i].struct_size = sizeof(bad[i]);
		bad[i].machine = rig.machine;
	}
	bad[0].struct_size = 4;
	bad[1].flags = 0x80000000;
	bad[2].mode = 3;
	bad[3].level = 0x1051;
	bad[4].driver_version = 1;
	bad[5].requester_id = 0x10000;
	bad[6].logical_first = 2;
	bad[6].logical_last = 1;
	bad[7].reserved = 1;
	bad[8].flags = IOLAS_DXGK_DETACHED; /* nothing to attach */
	bad[9].flags = IOLAS_DXGK_DETACHED;
	bad[9].mode = IOLAS_DXGK_REMAPPED;
	bad[10].highest_visible = 4096; /* no whole page but the first */
	bad[11].machine_config =
		&(struct iolas_dxgk_machine_config){ .struct_size = 1 };
	for (int i = 0; i < 12; i++) {
		CHECK_EQ(iolas_dxgk_adapter_create(&bad[i], &adapter),
			 IOLAS_EINVAL);
		CHECK(!adapter);
	}
	CHECK_EQ(iolas_dxgk_adapter_create(NULL, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_adapter_destroy(NULL), IOLAS_OK);
	CHECK(!iolas_dxgk_adapter_handle(NULL));
	CHECK(!iolas_dxgk_adapter_machine(NULL));
	CHECK(!iolas_dxgk_adapter_domain(NULL));
	CHECK(!iolas_dxgk_adapter_device(NULL));
	CHECK_EQ(iolas_dxgk_adapter_attach(NULL), IOLAS_EINVAL);
	rig_down(&rig);
}

static void an_adapter_may_bring_its_own_machine(void **state)
{
	struct iolas_dxgk_adapter_config config = {
		.struct_size = sizeof(config), .mode = IOLAS_DXGK_IDENTITY
	};
	struct iolas_dxgk_adapter *one, *two;
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(1 << 20);
	DXGKRNL_INTERFACE *dxgk;

	(void)state;
	iolas_dxgk_machine_set_current(NULL);
	CHECK_EQ(iolas_dxgk_adapter_create(NULL, &one), IOLAS_OK);
	CHECK_EQ(iolas_dxgk_adapter_create(&config, &two), IOLAS_OK);
	CHECK(iolas_dxgk_adapter_machine(one) !=
	      iolas_dxgk_adapter_machine(two));
	/* the first of the process is the current one */
	CHECK(iolas_dxgk_machine_current() == iolas_dxgk_adapter_machine(one));
	CHECK(!iolas_dxgk_adapter_domain(one));
	CHECK(iolas_dxgk_adapter_domain(two));
	CHECK_EQ(iolas_dxgk_interface_create(
			 two, DXGKDDI_INTERFACE_VERSION_WDDM2_4, &dxgk),
		 IOLAS_OK);
	CHECK_EQ(
		dxgk->DxgkCbAllocateContiguousMemory(dxgk->DeviceHandle, &args),
		STATUS_SUCCESS);
	CHECK_EQ(dxgk->DxgkCbFreeContiguousMemory(
			 dxgk->DeviceHandle,
			 &(DXGKARGCB_FREECONTIGUOUSMEMORY){
				 args.hMemoryHandle }),
		 STATUS_SUCCESS);
	iolas_dxgk_interface_destroy(two, dxgk);
	CHECK_EQ(iolas_dxgk_adapter_destroy(two), IOLAS_OK);
	CHECK_EQ(iolas_dxgk_adapter_destroy(one), IOLAS_OK);
	CHECK(!iolas_dxgk_machine_current());
}

static void a_machine_with_adapters_stays(void **state)
{
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_REMAPPED);
	CHECK_EQ(iolas_dxgk_machine_destroy(rig.machine), IOLAS_EBUSY);
	CHECK(iolas_dxgk_machine_physmem(rig.machine));
	CHECK(iolas_dxgk_machine_unit(rig.machine));
	CHECK(!iolas_dxgk_machine_physmem(NULL));
	CHECK(!iolas_dxgk_machine_unit(NULL));
	rig_down(&rig);
}

static void requester_ids_are_told_apart(void **state)
{
	struct iolas_dxgk_adapter_config config = { .struct_size =
							    sizeof(config),
						    .requester_id = 0x0100 };
	struct iolas_dxgk_adapter *one, *two;
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	config.machine = rig.machine;
	CHECK_EQ(iolas_dxgk_adapter_create(&config, &one), IOLAS_OK);
	CHECK_EQ(iolas_dxgk_adapter_create(&config, &two), IOLAS_EEXIST);
	CHECK(!two);
	config.requester_id = 0; /* the next free one */
	CHECK_EQ(iolas_dxgk_adapter_create(&config, &two), IOLAS_OK);
	CHECK_EQ(iolas_dxgk_adapter_destroy(two), IOLAS_OK);
	CHECK_EQ(iolas_dxgk_adapter_destroy(one), IOLAS_OK);
	rig_down(&rig);
}

static void a_dead_adapter_handle_is_refused(void **state)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(4096);
	struct rig rig;
	HANDLE dead;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	dead = rig.handle;
	CHECK_EQ(iolas_dxgk_adapter_destroy(rig.adapter), IOLAS_OK);
	rig.adapter = NULL;
	CHECK_EQ(rig.dxgk.DxgkCbAllocateContiguousMemory(dead, &args),
		 STATUS_INVALID_HANDLE);
	rig_expect(&rig, IOLAS_DXGK_RULE_ADAPTER_HANDLE);
	rig_down(&rig);
}

struct heard {
	struct iolas_dxgk_machine *machine;
	uint64_t count;
	uint32_t rule;
	uint64_t kept; /* as the callback sees it */
};

static void hear(void *user, const struct iolas_dxgk_violation *violation)
{
	struct heard *heard = user;

	heard->count++;
	heard->rule = violation->rule;
	/* no lock is held: asking back works */
	heard->kept = iolas_dxgk_violation_count(heard->machine);
}

static void violations_are_kept_to_a_limit_and_told_each_time(void **state)
{
	struct iolas_dxgk_violation v = { .struct_size = sizeof(v) };
	struct heard heard = { 0 };
	struct rig rig;

	(void)state;
	rig_machine(&rig, &(struct iolas_dxgk_machine_config){
				  .violation_limit = 2,
				  .violation = hear,
				  .violation_user = &heard });
	heard.machine = rig.machine;
	rig_adapter(&rig, NULL);
	for (int i = 0; i < 5; i++)
		CHECK_EQ(free_contiguous(&rig, NULL), STATUS_INVALID_HANDLE);
	CHECK_EQ(heard.count, 5);
	CHECK_EQ(heard.rule, IOLAS_DXGK_RULE_UNKNOWN_HANDLE);
	CHECK_EQ(heard.kept, 5);
	CHECK_EQ(iolas_dxgk_violation_count(rig.machine), 5);
	CHECK_EQ(iolas_dxgk_violation_get(rig.machine, 0, &v), IOLAS_OK);
	CHECK_EQ(v.sequence, 1);
	CHECK_EQ(iolas_dxgk_violation_get(rig.machine, 1, &v), IOLAS_OK);
	CHECK_EQ(v.sequence, 2);
	CHECK_EQ(iolas_dxgk_violation_get(rig.machine, 2, &v), IOLAS_ENOENT);
	iolas_dxgk_violations_clear(rig.machine);
	CHECK_EQ(iolas_dxgk_violation_get(rig.machine, 0, &v), IOLAS_ENOENT);
	CHECK_EQ(free_contiguous(&rig, NULL), STATUS_INVALID_HANDLE);
	CHECK_EQ(iolas_dxgk_violation_get(rig.machine, 0, &v), IOLAS_OK);
	CHECK_EQ(v.sequence, 6);
	iolas_dxgk_violations_clear(rig.machine);
	rig_down(&rig);
}

static void reading_violations_survives_bad_arguments(void **state)
{
	struct iolas_dxgk_violation v = { .struct_size = 1 };
	char text[8];
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	CHECK_EQ(iolas_dxgk_violation_count(NULL), 0);
	CHECK_EQ(iolas_dxgk_violation_get(NULL, 0, &v), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_violation_get(rig.machine, 0, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_violation_get(rig.machine, 0, &v), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_violation_describe(&v, text, 8), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_violation_describe(NULL, text, 8), IOLAS_EINVAL);
	v = (struct iolas_dxgk_violation){ .struct_size = sizeof(v),
					   .rule = 1,
					   .site = (const void *)1 };
	CHECK_EQ(iolas_dxgk_violation_describe(&v, NULL, 8), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_violation_describe(&v, text, 0), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_violation_describe(&v, text, 8), IOLAS_OK);
	CHECK_EQ(strlen(text), 7);
	CHECK(!iolas_dxgk_rule_text(0));
	CHECK(!iolas_dxgk_rule_text(UINT32_MAX));
	for (uint32_t rule = 1; rule <= IOLAS_DXGK_RULE_ADL_LEAK; rule++)
		CHECK(iolas_dxgk_rule_text(rule));
	iolas_dxgk_violations_clear(NULL);
	rig_down(&rig);
}

static NTSTATUS contiguous(const struct rig *rig, SIZE_T bytes, HANDLE *memory)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(bytes);
	NTSTATUS status =
		rig->dxgk.DxgkCbAllocateContiguousMemory(rig->handle, &args);

	CHECK_EQ(status == STATUS_SUCCESS, args.hMemoryHandle != NULL);
	*memory = args.hMemoryHandle;
	return status;
}

static void plan(const struct rig *rig, struct iolas_dxgk_fault_plan plan)
{
	plan.struct_size = sizeof(plan);
	CHECK_EQ(iolas_dxgk_plan_fault(rig->machine, &plan), IOLAS_OK);
}

static void the_nth_call_fails_as_planned(void **state)
{
	HANDLE memory[6];
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_REMAPPED);
	plan(&rig, (struct iolas_dxgk_fault_plan){
			   .call = "DxgkCbAllocateContiguousMemory",
			   .nth = 3,
			   .count = 2 });
	for (int i = 0; i < 6; i++)
		CHECK_EQ(contiguous(&rig, 4096, &memory[i]),
			 i == 2 || i == 3 ? STATUS_NO_MEMORY : STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_planned_failures(rig.machine), 2);
	CHECK_EQ(rig_free_pages(&rig), RIG_TOTAL_PAGES - 4);
	for (int i = 0; i < 6; i++)
		if (memory[i])
			CHECK_EQ(free_contiguous(&rig, memory[i]),
				 STATUS_SUCCESS);
	/* a call that is refused for its arguments does not count */
	iolas_dxgk_forget_faults(rig.machine);
	plan(&rig, (struct iolas_dxgk_fault_plan){
			   .status = STATUS_COMMITMENT_LIMIT });
	CHECK_EQ(contiguous(&rig, 0, &memory[0]), STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK_EQ(iolas_dxgk_planned_failures(rig.machine), 2);
	CHECK_EQ(contiguous(&rig, 1, &memory[0]), STATUS_COMMITMENT_LIMIT);
	CHECK_EQ(contiguous(&rig, 1, &memory[0]), STATUS_COMMITMENT_LIMIT);
	iolas_dxgk_forget_faults(rig.machine);
	CHECK_EQ(contiguous(&rig, 1, &memory[0]), STATUS_SUCCESS);
	CHECK_EQ(free_contiguous(&rig, memory[0]), STATUS_SUCCESS);
	rig_down(&rig);
}

static void large_requests_fail_and_small_ones_do_not(void **state)
{
	HANDLE memory;
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	plan(&rig, (struct iolas_dxgk_fault_plan){ .min_bytes = 8193,
						   .max_bytes = 20000 });
	CHECK_EQ(contiguous(&rig, 8193, &memory), STATUS_NO_MEMORY);
	CHECK_EQ(contiguous(&rig, 20000, &memory), STATUS_NO_MEMORY);
	CHECK_EQ(contiguous(&rig, 20001, &memory), STATUS_SUCCESS);
	CHECK_EQ(free_contiguous(&rig, memory), STATUS_SUCCESS);
	CHECK_EQ(contiguous(&rig, 8192, &memory), STATUS_SUCCESS);
	CHECK_EQ(free_contiguous(&rig, memory), STATUS_SUCCESS);
	rig_down(&rig);
}

static void every_allocating_call_can_be_made_to_fail(void **state)
{
	DXGKARGCB_ALLOCATEPAGESFORMDL pages = pages_args(4096);
	DXGKARGCB_MAPMDLTOIOMMU map = { 0 };
	HANDLE memory;
	struct rig rig;
	void *user;
	PMDL mdl;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_IDENTITY);
	CHECK_EQ(iolas_dxgk_user_alloc(rig.machine, 4096, &user), IOLAS_OK);
	mdl = IoAllocateMdl(user, 4096, FALSE, FALSE, NULL);
	MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
	map.pMdl = mdl;
	plan(&rig, (struct iolas_dxgk_fault_plan){ 0 });
	CHECK_EQ(contiguous(&rig, 4096, &memory), STATUS_NO_MEMORY);
	CHECK_EQ(rig.dxgk.DxgkCbAllocatePagesForMdl(rig.handle, &pages),
		 STATUS_NO_MEMORY);
	CHECK_EQ(rig.dxgk.DxgkCbMapMdlToIoMmu(rig.handle, &map),
		 STATUS_NO_MEMORY);
	CHECK(!IoAllocateMdl(user, 4096, FALSE, FALSE, NULL));
	CHECK(!MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority));
	CHECK(!MmAllocateContiguousMemory(4096, pa_of(UINT64_MAX)));
	CHECK(!MmAllocatePagesForMdl(pa_of(0), pa_of(UINT64_MAX), pa_of(0),
				     4096));
	CHECK(!MmMapIoSpace(pa_of(RIG_LOW_FIRST), 4096, MmNonCached));
	CHECK_EQ(iolas_dxgk_planned_failures(rig.machine), 8);
	iolas_dxgk_forget_faults(rig.machine);
	MmUnlockPages(mdl);
	IoFreeMdl(mdl);
	CHECK_EQ(iolas_dxgk_user_free(rig.machine, user), IOLAS_OK);
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void broken_plans_are_refused(void **state)
{
	struct iolas_dxgk_fault_plan bad = { .struct_size = sizeof(bad) };
	char name[65];
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	memset(name, 'x', 64);
	name[64] = 0;
	CHECK_EQ(iolas_dxgk_plan_fault(NULL, &bad), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_plan_fault(rig.machine, NULL), IOLAS_EINVAL);
	bad.call = name;
	CHECK_EQ(iolas_dxgk_plan_fault(rig.machine, &bad), IOLAS_EINVAL);
	name[63] = 0;
	CHECK_EQ(iolas_dxgk_plan_fault(rig.machine, &bad), IOLAS_OK);
	bad.call = NULL;
	bad.min_bytes = 2;
	bad.max_bytes = 1;
	CHECK_EQ(iolas_dxgk_plan_fault(rig.machine, &bad), IOLAS_EINVAL);
	bad.min_bytes = 0;
	bad.status = 1; /* a success */
	CHECK_EQ(iolas_dxgk_plan_fault(rig.machine, &bad), IOLAS_EINVAL);
	bad.struct_size = 3;
	CHECK_EQ(iolas_dxgk_plan_fault(rig.machine, &bad), IOLAS_EINVAL);
	iolas_dxgk_forget_faults(NULL);
	CHECK_EQ(iolas_dxgk_planned_failures(NULL), 0);
	rig_down(&rig);
}

static void a_simulated_irql_is_the_threads_own(void **state)
{
	(void)state;
	CHECK_EQ(iolas_dxgk_irql(), 0);
	CHECK_EQ(iolas_dxgk_set_irql(2), 0);
	CHECK_EQ(iolas_dxgk_irql(), 2);
	CHECK_EQ(iolas_dxgk_set_irql(200), 2);
	CHECK_EQ(iolas_dxgk_irql(), IOLAS_DXGK_HIGH);
	iolas_dxgk_set_irql(0);
}

static void queries_survive_bad_arguments(void **state)
{
	struct iolas_dxgk_memory_info info = { .struct_size = 1 };
	struct iolas_dxgk_segment segment;
	HANDLE memory;
	uint64_t count = 1;
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_PASSTHROUGH);
	CHECK_EQ(contiguous(&rig, 4096, &memory), STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_memory_info(memory, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_memory_info(memory, &info), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_memory_next(rig.adapter, &info), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_memory_next(rig.adapter, NULL), IOLAS_EINVAL);
	info.struct_size = sizeof(info);
	CHECK_EQ(iolas_dxgk_memory_next(NULL, &info), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_memory_info(NULL, &info), IOLAS_ENOENT);
	CHECK_EQ(iolas_dxgk_memory_info(rig.handle, &info), IOLAS_ENOENT);
	CHECK_EQ(iolas_dxgk_memory_segments(memory, 0, NULL, &count),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_memory_segments(memory, 0, &segment, NULL),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_memory_segments(memory, 1, &segment, &count),
		 IOLAS_OK);
	CHECK_EQ(count, 0);
	count = 1;
	CHECK_EQ(iolas_dxgk_memory_segments(NULL, 0, &segment, &count),
		 IOLAS_ENOENT);
	CHECK_EQ(free_contiguous(&rig, memory), STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_memory_info(memory, &info), IOLAS_ESTALE);
	rig_expect_none(&rig);
	rig_down(&rig);
}

/* ---- every allocation fails in turn ---- */

static int create_all(struct counting_host *host, void *arg)
{
	struct iolas_dxgk_machine_config machine_config = {
		.struct_size = sizeof(machine_config),
		.host = &host->table,
		.regions = rig_regions,
		.region_count = 2,
		.fragment_permille = 100,
	};
	struct iolas_dxgk_adapter_config config = {
		.struct_size = sizeof(config),
		.machine_config = &machine_config,
		.mode = *(uint32_t *)arg,
	};
	struct iolas_dxgk_adapter *adapter = (void *)host;
	int status = iolas_dxgk_adapter_create(&config, &adapter);

	if (status)
		CHECK(!adapter);
	else
		CHECK_EQ(iolas_dxgk_adapter_destroy(adapter), IOLAS_OK);
	CHECK(!iolas_dxgk_machine_current());
	return status;
}

static void creation_survives_each_refused_chunk(void **state)
{
	uint32_t modes[] = { IOLAS_DXGK_PASSTHROUGH, IOLAS_DXGK_IDENTITY,
			     IOLAS_DXGK_REMAPPED };
	struct counting_host host;

	(void)state;
	iolas_dxgk_machine_set_current(NULL);
	counting_host_init(&host);
	for (int m = 0; m < 3; m++)
		CHECK(counting_host_fail_each(&host, create_all, &modes[m]) >
		      3);
	counting_host_fini(&host);
}

static bool use_save_area(const struct rig *rig)
{
	DXGKARGCB_PINFRAMEBUFFERFORSAVE pin = { .CommitSize = 0x8000 };
	DXGKARGCB_UNPINFRAMEBUFFERFORSAVE unpin = { 0 };
	DXGKARGCB_MAPFRAMEBUFFERPOINTER map = { .Size = 0x8000 };
	DXGKARGCB_UNMAPFRAMEBUFFERPOINTER unmap = { 0 };
	bool is_whole = true;

	if (!rig->dxgk.DxgkCbPinFrameBufferForSave(rig->handle, &pin))
		CHECK_EQ(rig->dxgk.DxgkCbUnpinFrameBufferForSave(rig->handle,
								 &unpin),
			 STATUS_SUCCESS);
	else
		is_whole = false;
	if (rig->dxgk.DxgkCbMapFrameBufferPointer(rig->handle, &map))
		return false;
	unmap.pBaseAddress = map.pBaseAddress;
	CHECK_EQ(rig->dxgk.DxgkCbUnmapFrameBufferPointer(rig->handle, &unmap),
		 STATUS_SUCCESS);
	return is_whole;
}

/* One of everything; answers whether all came through. */
static bool use_everything(const struct rig *rig, PVOID user)
{
	DXGKARGCB_ALLOCATEPAGESFORMDL pages = pages_args(0x9000);
	DXGKARGCB_MAPMDLTOIOMMU map = { 0 };
	PHYSICAL_ADDRESS logical;
	HANDLE memory;
	bool is_whole = true;
	NTSTATUS status;
	PVOID va;
	PMDL mdl;

	status = contiguous(rig, 0x9000, &memory);
	CHECK(status == STATUS_SUCCESS || status == STATUS_NO_MEMORY ||
	      status == STATUS_INSUFFICIENT_RESOURCES);
	is_whole &= status == STATUS_SUCCESS;
	if (!status)
		CHECK_EQ(free_contiguous(rig, memory), STATUS_SUCCESS);
	status = rig->dxgk.DxgkCbAllocatePagesForMdl(rig->handle, &pages);
	is_whole &= status == STATUS_SUCCESS;
	if (!status) {
		va = MmGetSystemAddressForMdlSafe(pages.pMdl,
						  NormalPagePriority);
		is_whole &= va != NULL;
		if (va)
			MmUnmapLockedPages(va, pages.pMdl);
		CHECK_EQ(free_pages(rig, pages.hMemoryHandle), STATUS_SUCCESS);
	} else {
		CHECK(!pages.hMemoryHandle && !pages.pMdl);
	}
	mdl = IoAllocateMdl(user, 0x4000, FALSE, FALSE, NULL);
	is_whole &= mdl != NULL;
	if (mdl) {
		MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
		map.pMdl = mdl;
		status = rig->dxgk.DxgkCbMapMdlToIoMmu(rig->handle, &map);
		is_whole &= status == STATUS_SUCCESS;
		if (!status)
			rig->dxgk.DxgkCbUnmapMdlFromIoMmu(
				rig->handle, &(DXGKARGCB_UNMAPMDLFROMIOMMU){
						     map.hMemoryHandle });
		MmUnlockPages(mdl);
		IoFreeMdl(mdl);
	}
	va = VideoPortGetCommonBuffer((PVOID)(uintptr_t)rig, 0x3000, 0,
				      &logical, NULL, TRUE);
	is_whole &= va != NULL;
	if (va)
		VideoPortFreeCommonBuffer((PVOID)(uintptr_t)rig, 0x3000, va,
					  logical, TRUE);
	va = MmAllocateContiguousMemory(0x3000, pa_of(UINT64_MAX));
	is_whole &= va != NULL;
	if (va)
		MmFreeContiguousMemory(va);
	return use_save_area(rig) && is_whole;
}

static void callbacks_survive_each_refused_chunk_and_record(void **state)
{
	static const uint32_t modes[] = { IOLAS_DXGK_PASSTHROUGH,
					  IOLAS_DXGK_IDENTITY,
					  IOLAS_DXGK_REMAPPED };

	(void)state;
	for (int m = 0; m < 3; m++) {
		uint64_t pages, live, records;
		uint64_t nth = 0;
		struct rig rig;
		void *user;

		rig_machine(&rig, &(struct iolas_dxgk_machine_config){
					  .fragment_permille = 300,
					  .fragment_seed = 9 });
		rig_adapter(&rig, &(struct iolas_dxgk_adapter_config){
					  .mode = modes[m],
					  .save_area_bytes = 0x10000 });
		CHECK_EQ(iolas_dxgk_video_bind(rig.adapter, &rig), IOLAS_OK);
		CHECK_EQ(iolas_dxgk_user_alloc(rig.machine, 0x4000, &user),
			 IOLAS_OK);
		pages = rig_free_pages(&rig);
		records = rig.machine->heap.live_count;
		/* the host refuses its n-th chunk */
		do {
			counting_host_fail_at(&rig.host, ++nth);
			use_everything(&rig, user);
			CHECK_EQ(rig_free_pages(&rig), pages);
			CHECK_EQ(rig.machine->heap.live_count, records);
			rig_expect_none(&rig);
			CHECK(nth < 1000);
		} while (rig.host.refused);
		counting_host_fail_at(&rig.host, 0);
		CHECK(use_everything(&rig, user));
		live = rig.host.live_chunks;
		/* the library's own heap refuses its n-th record */
		for (nth = 1;; nth++) {
			bool is_whole;

			iolas__dxgk_heap_fail_at(&rig.machine->heap, nth);
			is_whole = use_everything(&rig, user);
			CHECK_EQ(is_whole, rig.machine->heap.requests < nth);
			CHECK_EQ(rig_free_pages(&rig), pages);
			CHECK_EQ(rig.machine->heap.live_count, records);
			rig_expect_none(&rig);
			if (is_whole)
				break;
		}
		CHECK(nth > 8);
		iolas__dxgk_heap_fail_at(&rig.machine->heap, 0);
		/* what is remembered of freed blocks is bounded */
		CHECK(rig.host.live_chunks <= live + 2 * 256);
		CHECK_EQ(iolas_dxgk_user_free(rig.machine, user), IOLAS_OK);
		iolas_physmem_defragment(
			iolas_dxgk_machine_physmem(rig.machine));
		rig_down(&rig);
	}
}

static void a_full_handle_table_gives_everything_back(void **state)
{
	struct rig rig;
	uint64_t pages;
	HANDLE memory;
	int refused = 0;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_IDENTITY);
	pages = rig_free_pages(&rig);
	/* growth is refused once; whoever needs it fails, whole */
	iolas__dxgk_wide()->refuse_growth = 1;
	for (int i = 0; i < 3000; i++) {
		NTSTATUS status = contiguous(&rig, 4096, &memory);

		if (status) {
			CHECK_EQ(status, STATUS_INSUFFICIENT_RESOURCES);
			CHECK_EQ(rig_free_pages(&rig), pages);
			refused++;
			break;
		}
		CHECK_EQ(free_contiguous(&rig, memory), STATUS_SUCCESS);
	}
	iolas__dxgk_wide()->refuse_growth = 0;
	CHECK(refused <= 1);
	rig_down(&rig);
}

/* ---- threads ---- */

struct worker {
	struct rig *rig;
	uint64_t seed;
};

static void *churn(void *arg)
{
	struct worker *worker = arg;
	struct rng rng = { worker->seed };
	const struct rig *rig = worker->rig;
	HANDLE held[8] = { NULL };

	for (int i = 0; i < 400; i++) {
		size_t k = rng_below(&rng, 8);

		if (held[k]) {
			DXGKARGCB_FREECONTIGUOUSMEMORY give = { held[k] };

			CHECK_ANY_THREAD(rig->dxgk.DxgkCbFreeContiguousMemory(
						 rig->handle, &give) ==
					 STATUS_SUCCESS);
			held[k] = NULL;
		} else {
			DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args =
				contiguous_args(4096 *
						(1 + rng_below(&rng, 4)));
			struct iolas_dxgk_memory_info info = {
				.struct_size = sizeof(info)
			};
			unsigned char byte;

			CHECK_ANY_THREAD(
				rig->dxgk.DxgkCbAllocateContiguousMemory(
					rig->handle, &args) == STATUS_SUCCESS);
			held[k] = args.hMemoryHandle;
			memset(args.pMemory, (int)worker->seed, 4096);
			CHECK_ANY_THREAD(iolas_dxgk_memory_info(
						 held[k], &info) == IOLAS_OK);
			CHECK_ANY_THREAD(iolas_dxgk_device_read(
						 rig->adapter, info.logical,
						 &byte, 1) == IOLAS_OK);
			CHECK_ANY_THREAD(byte == (unsigned char)worker->seed);
		}
	}
	for (size_t k = 0; k < 8; k++)
		if (held[k])
			CHECK_ANY_THREAD(
				rig->dxgk.DxgkCbFreeContiguousMemory(
					rig->handle,
					&(DXGKARGCB_FREECONTIGUOUSMEMORY){
						held[k] }) == STATUS_SUCCESS);
	return NULL;
}

static void threads_share_an_adapter(void **state)
{
	static const uint32_t modes[] = { IOLAS_DXGK_IDENTITY,
					  IOLAS_DXGK_REMAPPED };

	(void)state;
	for (int m = 0; m < 2; m++) {
		pthread_t threads[4];
		struct worker workers[4];
		struct rig rig;

		rig_up(&rig, modes[m]);
		for (int i = 0; i < 4; i++) {
			workers[i] = (struct worker){ &rig, (uint64_t)i + 1 };
			CHECK_EQ(pthread_create(&threads[i], NULL, churn,
						&workers[i]),
				 0);
		}
		for (int i = 0; i < 4; i++)
			CHECK_EQ(pthread_join(threads[i], NULL), 0);
		rig_expect_none(&rig);
		rig_down(&rig);
	}
}

struct racer {
	struct rig *rig;
	HANDLE memory;
	_Atomic(int) *wins;
};

static void *free_once(void *arg)
{
	struct racer *racer = arg;
	DXGKARGCB_FREECONTIGUOUSMEMORY give = { racer->memory };

	if (racer->rig->dxgk.DxgkCbFreeContiguousMemory(
		    racer->rig->handle, &give) == STATUS_SUCCESS)
		atomic_fetch_add_explicit(racer->wins, 1, memory_order_relaxed);
	return NULL;
}

static void of_two_racing_frees_one_wins(void **state)
{
	_Atomic(int) wins;
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_REMAPPED);
	for (int i = 0; i < 50; i++) {
		struct racer racer = { &rig, NULL, &wins };
		pthread_t threads[2];

		atomic_store(&wins, 0);
		CHECK_EQ(contiguous(&rig, 8192, &racer.memory), STATUS_SUCCESS);
		for (int k = 0; k < 2; k++)
			CHECK_EQ(pthread_create(&threads[k], NULL, free_once,
						&racer),
				 0);
		for (int k = 0; k < 2; k++)
			CHECK_EQ(pthread_join(threads[k], NULL), 0);
		CHECK_EQ(atomic_load(&wins), 1);
		rig_expect(&rig, IOLAS_DXGK_RULE_STALE_HANDLE);
	}
	rig_down(&rig);
}

RUN_CASES(CASE(broken_machine_configs_are_refused),
	  CASE(broken_adapter_configs_are_refused),
	  CASE(an_adapter_may_bring_its_own_machine),
	  CASE(a_machine_with_adapters_stays),
	  CASE(requester_ids_are_told_apart),
	  CASE(a_dead_adapter_handle_is_refused),
	  CASE(violations_are_kept_to_a_limit_and_told_each_time),
	  CASE(reading_violations_survives_bad_arguments),
	  CASE(the_nth_call_fails_as_planned),
	  CASE(large_requests_fail_and_small_ones_do_not),
	  CASE(every_allocating_call_can_be_made_to_fail),
	  CASE(broken_plans_are_refused),
	  CASE(a_simulated_irql_is_the_threads_own),
	  CASE(queries_survive_bad_arguments),
	  CASE(creation_survives_each_refused_chunk),
	  CASE(callbacks_survive_each_refused_chunk_and_record),
	  CASE(a_full_handle_table_gives_everything_back),
	  CASE(threads_share_an_adapter), CASE(of_two_racing_frees_one_wins))
