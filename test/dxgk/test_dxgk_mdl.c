/* SPDX-License-Identifier: MIT */
/*
 * MDLs: allocation, partial ones, buffers, mappings, locks.
 * Floor: dxgk.  Source: spec/dxgk.md, sections D.2 and D.4.
 */
#include "dxgk_rig.h"

static void an_mdl_has_room_for_the_pages_its_bytes_span(void **state)
{
	static const struct {
		uintptr_t va;
		ULONG bytes;
		uint64_t pages;
	} spans[] = {
		{ 0, 0, 0 },	      { 0, 1, 1 },
		{ 0xfff, 1, 1 },      { 0xfff, 2, 2 },
		{ 0x1000, 4096, 1 },  { 0x1001, 4096, 2 },
		{ 0xfff, 0x1002, 3 }, { 0, 0xFFFFF000, 1048575 },
	};
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		PMDL mdl = IoAllocateMdl((PVOID)spans[i].va, spans[i].bytes,
					 FALSE, FALSE, NULL);

		CHECK(mdl);
		CHECK_EQ(MmSizeOfMdl((PVOID)spans[i].va, spans[i].bytes),
			 48 + 8 * spans[i].pages);
		CHECK(MmGetMdlVirtualAddress(mdl) == (PVOID)spans[i].va);
		CHECK_EQ(MmGetMdlByteCount(mdl), spans[i].bytes);
		CHECK_EQ(MmGetMdlByteOffset(mdl), spans[i].va & 0xfff);
		CHECK_EQ(mdl->MdlFlags, 0);
		CHECK(!mdl->Next);
		/* all of the array is the caller's to write */
		memset(MmGetMdlPfnArray(mdl), 0xee, 8 * spans[i].pages);
		IoFreeMdl(mdl);
	}
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void impossible_mdls_are_null(void **state)
{
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	CHECK(!IoAllocateMdl(NULL, 0xFFFFF001, FALSE, FALSE, NULL));
	rig_expect_none(&rig);
	CHECK(!IoAllocateMdl(NULL, 4096, TRUE, FALSE, NULL));
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK(!IoAllocateMdl(NULL, 4096, FALSE, FALSE, (PIRP)(PVOID)&rig));
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	iolas_dxgk_set_irql(3);
	CHECK(!IoAllocateMdl(NULL, 4096, FALSE, FALSE, NULL));
	iolas_dxgk_set_irql(0);
	rig_expect(&rig, IOLAS_DXGK_RULE_IRQL);
	rig_down(&rig);
}

static void an_mdl_is_freed_once_by_whom_it_belongs_to(void **state)
{
	MDL own;
	struct rig rig;
	PMDL mdl;

	(void)state;
	rig_machine(&rig, NULL);
	mdl = IoAllocateMdl(NULL, 4096, FALSE, FALSE, NULL);
	IoFreeMdl(mdl);
	IoFreeMdl(mdl);
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_FREE);
	MmInitializeMdl(&own, NULL, 0);
	IoFreeMdl(&own);
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_FREE);
	IoFreeMdl(NULL);
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void a_locked_buffer_has_the_frames_of_its_pages(void **state)
{
	unsigned char *user, *va;
	struct rig rig;
	PMDL mdl;

	(void)state;
	rig_machine(&rig,
		    &(struct iolas_dxgk_machine_config){
			    .fragment_permille = 400, .fragment_seed = 1 });
	CHECK_EQ(iolas_dxgk_user_alloc(rig.machine, 0x5000, (void **)&user),
		 IOLAS_OK);
	mdl = IoAllocateMdl(user + 0x800, 0x3000, FALSE, FALSE, NULL);
	MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
	CHECK_EQ(mdl->MdlFlags, MDL_PAGES_LOCKED | MDL_WRITE_OPERATION);
	for (size_t i = 0; i < 4; i++)
		CHECK_EQ(MmGetMdlPfnArray(mdl)[i],
			 (uint64_t)MmGetPhysicalAddress(user + i * 4096)
					 .QuadPart >>
				 12);
	va = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
	CHECK(va && va != user + 0x800);
	CHECK_EQ((uintptr_t)va & 0xfff, 0x800);
	CHECK(mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA);
	CHECK(mdl->MappedSystemVa == va);
	/* once mapped, the same address again */
	CHECK(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority) == va);
	memset(va, 0xab, 0x3000);
	CHECK(user[0x7ff] == 0 && user[0x800] == 0xab);
	CHECK(user[0x37ff] == 0xab && user[0x3800] == 0);
	CHECK_EQ(iolas_dxgk_user_free(rig.machine, user), IOLAS_EBUSY);
	MmUnlockPages(mdl); /* takes the mapping along */
	CHECK_EQ(mdl->MdlFlags, 0);
	IoFreeMdl(mdl);
	CHECK_EQ(iolas_dxgk_user_free(rig.machine, user), IOLAS_OK);
	CHECK_EQ(iolas_dxgk_user_free(rig.machine, user), IOLAS_ENOENT);
	rig_expect_none(&rig);
	iolas_physmem_defragment(iolas_dxgk_machine_physmem(rig.machine));
	rig_down(&rig);
}

static void a_nonpaged_buffer_is_described_and_not_mapped_again(void **state)
{
	struct rig rig;
	char *block;
	PMDL mdl;

	(void)state;
	rig_machine(&rig, NULL);
	block = MmAllocateContiguousMemory(0x3000, pa_of(UINT64_MAX));
	mdl = IoAllocateMdl(block + 0x10, 0x2000, FALSE, FALSE, NULL);
	MmBuildMdlForNonPagedPool(mdl);
	CHECK_EQ(mdl->MdlFlags, MDL_SOURCE_IS_NONPAGED_POOL);
	CHECK(mdl->MappedSystemVa == block + 0x10);
	CHECK(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority) ==
	      block + 0x10);
	CHECK_EQ(MmGetMdlPfnArray(mdl)[2],
		 ((uint64_t)MmGetPhysicalAddress(block).QuadPart >> 12) + 2);
	/* it must not be locked, unlocked, mapped, unmapped or built again */
	MmBuildMdlForNonPagedPool(mdl);
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_STATE);
	MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_STATE);
	MmUnlockPages(mdl);
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_STATE);
	CHECK(!MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL,
					    FALSE, NormalPagePriority));
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_STATE);
	MmUnmapLockedPages(mdl->MappedSystemVa, mdl);
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_STATE);
	IoFreeMdl(mdl);
	MmFreeContiguousMemory(block);
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void what_is_not_memory_cannot_be_locked_or_built(void **state)
{
	static char outside[8192];
	struct rig rig;
	PMDL mdl;

	(void)state;
	rig_machine(&rig, NULL);
	mdl = IoAllocateMdl(outside, 4096, FALSE, FALSE, NULL);
	MmBuildMdlForNonPagedPool(mdl);
	rig_expect(&rig, IOLAS_DXGK_RULE_ADDRESS);
	MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
	rig_expect(&rig, IOLAS_DXGK_RULE_ADDRESS);
	CHECK_EQ(mdl->MdlFlags, 0);
	CHECK_EQ(MmGetPhysicalAddress(outside).QuadPart, 0);
	rig_expect(&rig, IOLAS_DXGK_RULE_ADDRESS);
	CHECK(MmIsAddressValid(outside));
	CHECK(!MmIsAddressValid(NULL));
	CHECK(!MmIsAddressValid((PVOID)0xdead0000dead0000));
	IoFreeMdl(mdl);
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void mappings_follow_their_rules(void **state)
{
	struct rig rig;
	char *user, *va;
	PMDL mdl;

	(void)state;
	rig_machine(&rig, NULL);
	CHECK_EQ(iolas_dxgk_user_alloc(rig.machine, 8192, (void **)&user),
		 IOLAS_OK);
	mdl = IoAllocateMdl(user, 8192, FALSE, FALSE, NULL);
	/* not locked yet */
	CHECK(!MmMapLockedPages(mdl, KernelMode));
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_STATE);
	MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
	va = MmMapLockedPages(mdl, KernelMode);
	CHECK(va);
	/* one system mapping at most */
	CHECK(!MmMapLockedPages(mdl, KernelMode));
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_STATE);
	/* a user mapping may stand beside it */
	user[100] = 1;
	{
		char *other = MmMapLockedPagesSpecifyCache(
			mdl, UserMode, MmCached, NULL, FALSE,
			NormalPagePriority);

		rig_expect(&rig, IOLAS_DXGK_RULE_MDL_STATE);
		CHECK(!other);
	}
	CHECK_EQ(MmProtectMdlSystemAddress(mdl, 2), STATUS_SUCCESS);
	MmUnmapLockedPages(va + 4096, mdl);
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_STATE);
	MmUnmapLockedPages(va, mdl);
	CHECK_EQ(mdl->MdlFlags, MDL_PAGES_LOCKED);
	MmUnmapLockedPages(va, mdl);
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_STATE);
	CHECK_EQ(MmProtectMdlSystemAddress(mdl, 2), STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_STATE);
	va = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE,
					  NormalPagePriority);
	CHECK(va && va[100] == 1);
	CHECK(!(mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA));
	MmUnmapLockedPages(va, mdl);
	rig_expect_none(&rig);
	/* BugCheckOnFailure has to be FALSE */
	va = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, TRUE,
					  NormalPagePriority);
	CHECK(va);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	/* freed while locked and mapped */
	IoFreeMdl(mdl);
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_STATE);
	CHECK_EQ(iolas_dxgk_user_free(rig.machine, user), IOLAS_EBUSY);
	CHECK_EQ(iolas_dxgk_machine_destroy(rig.machine), IOLAS_OK);
	counting_host_fini(&rig.host);
}

static void a_partial_mdl_describes_part_of_its_source(void **state)
{
	struct rig rig;
	char *user, *va, *part_va;
	PMDL mdl, part;

	(void)state;
	rig_machine(&rig, NULL);
	CHECK_EQ(iolas_dxgk_user_alloc(rig.machine, 0x6000, (void **)&user),
		 IOLAS_OK);
	for (int i = 0; i < 0x6000; i++)
		user[i] = (char)(i >> 8);
	mdl = IoAllocateMdl(user + 0x100, 0x5000, FALSE, FALSE, NULL);
	part = IoAllocateMdl(user + 0x1ff0, 0x1020, FALSE, FALSE, NULL);
	/* not locked */
	IoBuildPartialMdl(mdl, part, user + 0x1ff0, 0x1020);
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_STATE);
	MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
	IoBuildPartialMdl(mdl, part, user + 0x1ff0, 0x1020);
	rig_expect_none(&rig);
	CHECK(part->MdlFlags & MDL_PARTIAL);
	CHECK(MmGetMdlVirtualAddress(part) == user + 0x1ff0);
	CHECK_EQ(MmGetMdlByteCount(part), 0x1020);
	for (size_t i = 0; i < 3; i++)
		CHECK_EQ(MmGetMdlPfnArray(part)[i],
			 MmGetMdlPfnArray(mdl)[i + 1]);
	/* a mapping of its own, let go by MmPrepareMdlForReuse */
	part_va = MmGetSystemAddressForMdlSafe(part, NormalPagePriority);
	CHECK(part_va);
	CHECK_MEM(part_va, user + 0x1ff0, 0x1020);
	CHECK(part->MdlFlags & MDL_PARTIAL_HAS_BEEN_MAPPED);
	IoBuildPartialMdl(mdl, part, user + 0x1ff0, 0x20);
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_STATE);
	MmPrepareMdlForReuse(part);
	CHECK(!(part->MdlFlags & MDL_PARTIAL_HAS_BEEN_MAPPED));
	/* with a mapped source it shares that mapping, and never ends it */
	va = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
	IoBuildPartialMdl(mdl, part, user + 0x1ff0, 0x20);
	CHECK(MmGetSystemAddressForMdlSafe(part, NormalPagePriority) ==
	      va + 0x1ef0);
	MmPrepareMdlForReuse(part);
	CHECK(mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA);
	CHECK_EQ(va[0], user[0x100]);
	/* length 0: through the end */
	IoBuildPartialMdl(mdl, part, user + 0x4f00, 0);
	CHECK_EQ(MmGetMdlByteCount(part), 0x200);
	IoFreeMdl(part);
	CHECK_EQ(va[0], user[0x100]); /* the source's mapping lives on */
	MmUnlockPages(mdl);
	IoFreeMdl(mdl);
	CHECK_EQ(iolas_dxgk_user_free(rig.machine, user), IOLAS_OK);
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void a_partial_mdl_stays_inside_source_and_target(void **state)
{
	struct rig rig;
	char *user;
	PMDL mdl, part;
	MDL before;

	(void)state;
	rig_machine(&rig, NULL);
	CHECK_EQ(iolas_dxgk_user_alloc(rig.machine, 0x4000, (void **)&user),
		 IOLAS_OK);
	mdl = IoAllocateMdl(user + 0x1000, 0x2000, FALSE, FALSE, NULL);
	MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
	part = IoAllocateMdl(user, 4096, FALSE, FALSE, NULL);
	before = *part;
	IoBuildPartialMdl(mdl, part, user + 0xfff, 1); /* before it */
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_STATE);
	IoBuildPartialMdl(mdl, part, user + 0x3000, 1); /* behind it */
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_STATE);
	IoBuildPartialMdl(mdl, part, user + 0x3000, 0);
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_STATE);
	IoBuildPartialMdl(mdl, part, user + 0x2fff, 2); /* over its end */
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_STATE);
	IoBuildPartialMdl(mdl, part, user + 0x1001, 4096); /* two pages */
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_STATE);
	CHECK_MEM(part, &before, sizeof(before));
	IoBuildPartialMdl(NULL, part, user, 1);
	IoBuildPartialMdl(mdl, NULL, user, 1);
	rig_expect_none(&rig);
	IoFreeMdl(part);
	MmUnlockPages(mdl);
	IoFreeMdl(mdl);
	CHECK_EQ(iolas_dxgk_user_free(rig.machine, user), IOLAS_OK);
	rig_down(&rig);
}

static void a_drivers_own_mdl_can_be_built_and_mapped(void **state)
{
	struct {
		MDL mdl;
		PFN_NUMBER frames[2];
	} own;
	struct rig rig;
	PVOID block;
	char *va;

	(void)state;
	rig_machine(&rig, NULL);
	block = MmAllocateContiguousMemory(8192, pa_of(UINT64_MAX));
	memset(block, 0x42, 8192);
	MmInitializeMdl(&own.mdl, block, 8192);
	for (size_t i = 0; i < 2; i++)
		own.frames[i] =
			((uint64_t)MmGetPhysicalAddress(block).QuadPart >> 12) +
			1 - i; /* the other way round */
	own.mdl.MdlFlags = MDL_PAGES_LOCKED;
	((char *)block)[0] = 1;
	va = MmGetSystemAddressForMdlSafe(&own.mdl, NormalPagePriority);
	CHECK(va);
	CHECK(va[0] == 0x42 && va[4096] == 1);
	MmUnmapLockedPages(va, &own.mdl);
	MmFreeContiguousMemory(block);
	rig_expect_none(&rig);
	rig_down(&rig);
}

static void user_buffers_survive_bad_arguments(void **state)
{
	struct rig rig;
	void *va = &rig;

	(void)state;
	rig_machine(&rig, NULL);
	CHECK_EQ(iolas_dxgk_user_alloc(NULL, 4096, &va), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_user_alloc(rig.machine, 0, &va), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_user_alloc(rig.machine, 4096, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_user_alloc(rig.machine, UINT64_MAX, &va),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_user_alloc(rig.machine, 1ull << 40, &va),
		 IOLAS_ENOSPC);
	CHECK(!va);
	CHECK_EQ(iolas_dxgk_user_free(NULL, va), IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_user_free(rig.machine, &rig), IOLAS_ENOENT);
	MmBuildMdlForNonPagedPool(NULL);
	MmProbeAndLockPages(NULL, UserMode, IoReadAccess);
	MmUnlockPages(NULL);
	MmUnmapLockedPages(NULL, NULL);
	CHECK(!MmMapLockedPages(NULL, KernelMode));
	CHECK_EQ(MmProtectMdlSystemAddress(NULL, 2), STATUS_INVALID_PARAMETER);
	rig_expect_none(&rig);
	rig_down(&rig);
}

RUN_CASES(CASE(an_mdl_has_room_for_the_pages_its_bytes_span),
	  CASE(impossible_mdls_are_null),
	  CASE(an_mdl_is_freed_once_by_whom_it_belongs_to),
	  CASE(a_locked_buffer_has_the_frames_of_its_pages),
	  CASE(a_nonpaged_buffer_is_described_and_not_mapped_again),
	  CASE(what_is_not_memory_cannot_be_locked_or_built),
	  CASE(mappings_follow_their_rules),
	  CASE(a_partial_mdl_describes_part_of_its_source),
	  CASE(a_partial_mdl_stays_inside_source_and_target),
	  CASE(a_drivers_own_mdl_can_be_built_and_mapped),
	  CASE(user_buffers_survive_bad_arguments))
