/* SPDX-License-Identifier: MIT */
/*
 * Counted identity pages: random overlaps against counts, failures in the
 * middle, and the bracket of exclusive access.
 * Floor: dxgk.  Source: spec/dxgk.md, sections B.1 and B.3.
 */
#include "dxgk_rig.h"

#include "dxgk/dxgk_priv.h"
#include "harness/rng.h"

#define PAGES 48
#define MAPS  12

static bool reaches(const struct rig *rig, uint64_t address)
{
	char byte;
	int status = iolas_dxgk_device_read(rig->adapter, address, &byte, 1);

	iolas_dxgk_violations_clear(rig->machine);
	return status == IOLAS_OK;
}

static void unmap(const struct rig *rig, HANDLE memory)
{
	rig->dxgk.DxgkCbUnmapMdlFromIoMmu(
		rig->handle, &(DXGKARGCB_UNMAPMDLFROMIOMMU){ memory });
}

/* A fragmented buffer of PAGES pages, and an MDL over part of it. */
static PMDL part_of(char *user, uint64_t first, uint64_t count)
{
	PMDL mdl = IoAllocateMdl(user + first * 4096, (ULONG)count * 4096,
				 FALSE, FALSE, NULL);

	CHECK(mdl);
	MmProbeAndLockPages(mdl, UserMode, IoModifyAccess);
	return mdl;
}

static void up(struct rig *rig, char **user, uint64_t *pa)
{
	rig_machine(rig,
		    &(struct iolas_dxgk_machine_config){
			    .fragment_permille = 200, .fragment_seed = 77 });
	rig_adapter(rig, &(struct iolas_dxgk_adapter_config){
				 .mode = IOLAS_DXGK_IDENTITY });
	CHECK_EQ(iolas_dxgk_user_alloc(rig->machine, PAGES * 4096,
				       (void **)user),
		 IOLAS_OK);
	for (size_t i = 0; i < PAGES; i++)
		pa[i] = (uint64_t)MmGetPhysicalAddress(*user + i * 4096)
				.QuadPart;
}

static void down(struct rig *rig, char *user)
{
	CHECK_EQ(iolas_dxgk_user_free(rig->machine, user), IOLAS_OK);
	iolas_physmem_defragment(iolas_dxgk_machine_physmem(rig->machine));
	rig_down(rig);
}

static void a_page_is_reached_exactly_while_something_maps_it(void **state)
{
	struct rng rng = rng_seed(0x1de27);
	struct {
		PMDL mdl;
		HANDLE memory;
		uint64_t first, count;
	} map[MAPS] = { 0 };
	uint64_t pa[PAGES];
	struct rig rig;
	char *user;

	(void)state;
	up(&rig, &user, pa);
	for (int turn = 0; turn < 600; turn++) {
		size_t m = rng_below(&rng, MAPS);

		if (map[m].mdl) {
			unmap(&rig, map[m].memory);
			rig_expect_none(&rig);
			MmUnlockPages(map[m].mdl);
			IoFreeMdl(map[m].mdl);
			map[m].mdl = NULL;
		} else {
			DXGKARGCB_MAPMDLTOIOMMU args = { 0 };

			map[m].first = rng_below(&rng, PAGES);
			map[m].count =
				1 + rng_below(&rng, PAGES - map[m].first);
			map[m].mdl = part_of(user, map[m].first, map[m].count);
			args.pMdl = map[m].mdl;
			CHECK_EQ(
				rig.dxgk.DxgkCbMapMdlToIoMmu(rig.handle, &args),
				STATUS_SUCCESS);
			map[m].memory = args.hMemoryHandle;
		}
		for (uint64_t i = 0; i < PAGES; i++) {
			bool is_mapped = false;

			for (size_t k = 0; k < MAPS; k++)
				is_mapped |= map[k].mdl && i >= map[k].first &&
					     i - map[k].first < map[k].count;
			CHECK_EQ(reaches(&rig, pa[i]), is_mapped);
		}
	}
	for (size_t m = 0; m < MAPS; m++) {
		if (!map[m].mdl)
			continue;
		unmap(&rig, map[m].memory);
		MmUnlockPages(map[m].mdl);
		IoFreeMdl(map[m].mdl);
	}
	CHECK_EQ(rig.machine->heap.live_count > 0, true);
	down(&rig, user);
}

/* The counts of shared pages need records: each is refused once. */
static void a_map_that_fails_midway_leaves_all_pages_as_they_were(void **state)
{
	DXGKARGCB_MAPMDLTOIOMMU one = { 0 }, two = { 0 };
	uint64_t pa[PAGES], records, nth;
	struct rig rig;
	char *user;

	(void)state;
	up(&rig, &user, pa);
	one.pMdl = part_of(user, 4, 16);
	two.pMdl = part_of(user, 0, 32); /* new, shared, new */
	CHECK_EQ(rig.dxgk.DxgkCbMapMdlToIoMmu(rig.handle, &one),
		 STATUS_SUCCESS);
	records = rig.machine->heap.live_count;
	for (nth = 1;; nth++) {
		NTSTATUS status;

		iolas__dxgk_heap_fail_at(&rig.machine->heap, nth);
		status = rig.dxgk.DxgkCbMapMdlToIoMmu(rig.handle, &two);
		iolas__dxgk_heap_fail_at(&rig.machine->heap, 0);
		if (!status)
			break;
		CHECK_EQ(status, STATUS_INSUFFICIENT_RESOURCES);
		CHECK(!two.hMemoryHandle);
		CHECK_EQ(rig.machine->heap.live_count, records);
		for (uint64_t i = 0; i < PAGES; i++)
			CHECK_EQ(reaches(&rig, pa[i]), i >= 4 && i < 20);
	}
	CHECK(nth > 16); /* one record per shared page, and the block */
	for (uint64_t i = 0; i < PAGES; i++)
		CHECK_EQ(reaches(&rig, pa[i]), i < 32);
	unmap(&rig, one.hMemoryHandle);
	for (uint64_t i = 0; i < PAGES; i++)
		CHECK_EQ(reaches(&rig, pa[i]), i < 32);
	unmap(&rig, two.hMemoryHandle);
	for (uint64_t i = 0; i < PAGES; i++)
		CHECK(!reaches(&rig, pa[i]));
	MmUnlockPages(one.pMdl);
	IoFreeMdl(one.pMdl);
	MmUnlockPages(two.pMdl);
	IoFreeMdl(two.pMdl);
	rig_expect_none(&rig);
	down(&rig, user);
}

/* The device sits in one page of many: nothing is unmapped, none lost. */
static void a_free_that_is_refused_midway_puts_everything_back(void **state)
{
	DXGKARGCB_ALLOCATEPAGESFORMDL args = pages_args(24 * 4096);
	uint64_t pa[PAGES], frame, len = 4096, token;
	struct iolas_queue *queue;
	struct rig rig;
	char *user;
	void *ptr;

	(void)state;
	up(&rig, &user, pa);
	CHECK_EQ(rig.dxgk.DxgkCbAllocatePagesForMdl(rig.handle, &args),
		 STATUS_SUCCESS);
	CHECK(info_of(args.hMemoryHandle).segment_count > 2);
	frame = MmGetMdlPfnArray(args.pMdl)[23];
	CHECK_EQ(iolas_queue_create(iolas_dxgk_adapter_device(rig.adapter),
				    IOLAS_PASID_NONE, &queue),
		 IOLAS_OK);
	CHECK_EQ(iolas_dma_map(queue, frame << 12, &len, IOLAS_READ, &ptr,
			       &token),
		 IOLAS_OK);
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_DEVICE_BUSY);
	rig_expect(&rig, IOLAS_DXGK_RULE_DEVICE_BUSY);
	for (size_t i = 0; i < 24; i++)
		CHECK(reaches(&rig, MmGetMdlPfnArray(args.pMdl)[i] << 12));
	CHECK_EQ(iolas_dma_unmap(queue, token), IOLAS_OK);
	CHECK_EQ(iolas_queue_destroy(queue), IOLAS_OK);
	CHECK_EQ(free_pages(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	rig_expect_none(&rig);
	down(&rig, user);
}

static void inside_the_bracket_dma_is_refused_and_calls_are_warned(void **state)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(4096);
	struct rig rig;
	char byte;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_IDENTITY);
	CHECK_EQ(rig.dxgk.DxgkCbAllocateContiguousMemory(rig.handle, &args),
		 STATUS_SUCCESS);
	rig.adapter->is_exclusive = true;
	CHECK_EQ(iolas_dxgk_device_read(rig.adapter,
					info_of(args.hMemoryHandle).logical,
					&byte, 1),
		 IOLAS_EFAULT);
	rig_expect(&rig, IOLAS_DXGK_RULE_DEVICE_EXCLUSIVE);
	CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	rig_expect(&rig, IOLAS_DXGK_RULE_CALL_EXCLUSIVE);
	rig.adapter->is_exclusive = false;
	rig_down(&rig);
}

static void statuses_translate_one_to_one(void **state)
{
	(void)state;
	CHECK_EQ(iolas__dxgk_ntstatus(IOLAS_OK), STATUS_SUCCESS);
	CHECK_EQ(iolas__dxgk_ntstatus(IOLAS_EINVAL), STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas__dxgk_ntstatus(IOLAS_ENOSPC), STATUS_NO_MEMORY);
	CHECK_EQ(iolas__dxgk_ntstatus(IOLAS_ENOMEM),
		 STATUS_INSUFFICIENT_RESOURCES);
	CHECK_EQ(iolas__dxgk_ntstatus(IOLAS_ENOENT), STATUS_NOT_FOUND);
	CHECK_EQ(iolas__dxgk_ntstatus(IOLAS_EBUSY), STATUS_DEVICE_BUSY);
	CHECK_EQ(iolas__dxgk_ntstatus(IOLAS_ENOTSUP), STATUS_NOT_SUPPORTED);
	CHECK_EQ(iolas__dxgk_ntstatus(IOLAS_ESTALE), STATUS_INVALID_HANDLE);
	CHECK_EQ(iolas__dxgk_ntstatus(IOLAS_EIO), STATUS_UNSUCCESSFUL);
	for (int status = -12; status < 0; status++)
		CHECK(!NT_SUCCESS(iolas__dxgk_ntstatus(status)));
}

RUN_CASES(CASE(a_page_is_reached_exactly_while_something_maps_it),
	  CASE(a_map_that_fails_midway_leaves_all_pages_as_they_were),
	  CASE(a_free_that_is_refused_midway_puts_everything_back),
	  CASE(inside_the_bracket_dma_is_refused_and_calls_are_warned),
	  CASE(statuses_translate_one_to_one))
