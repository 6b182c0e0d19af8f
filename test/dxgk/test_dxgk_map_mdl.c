/* SPDX-License-Identifier: MIT */
/*
 * DxgkCbMapMdlToIoMmu and DxgkCbUnmapMdlFromIoMmu.
 * Floor: dxgk.  Source: spec/dxgk.md, section B.1; dxgk-gotchas.md, 12.
 */
#include "dxgk_rig.h"

static NTSTATUS map(const struct rig *rig, PMDL mdl, HANDLE *memory)
{
	DXGKARGCB_MAPMDLTOIOMMU args = { .pMdl = mdl,
					 .hMemoryHandle = (HANDLE)rig };
	NTSTATUS status = rig->dxgk.DxgkCbMapMdlToIoMmu(rig->handle, &args);

	*memory = args.hMemoryHandle;
	return status;
}

static void unmap(const struct rig *rig, HANDLE memory)
{
	DXGKARGCB_UNMAPMDLFROMIOMMU args = { .hMemoryHandle = memory };

	rig->dxgk.DxgkCbUnmapMdlFromIoMmu(rig->handle, &args);
}

static bool reaches(const struct rig *rig, uint64_t address)
{
	char byte;
	int status = iolas_dxgk_device_read(rig->adapter, address, &byte, 1);

	iolas_dxgk_violations_clear(rig->machine);
	return status == IOLAS_OK;
}

/* A locked MDL over [va, va + bytes). */
static PMDL locked(PVOID va, ULONG bytes)
{
	PMDL mdl = IoAllocateMdl(va, bytes, FALSE, FALSE, NULL);

	CHECK(mdl);
	MmProbeAndLockPages(mdl, UserMode, IoModifyAccess);
	CHECK(mdl->MdlFlags & MDL_PAGES_LOCKED);
	return mdl;
}

static void unlock(PMDL mdl)
{
	MmUnlockPages(mdl);
	IoFreeMdl(mdl);
}

static void all_pages_spanned_are_mapped(void **state)
{
	static const uint32_t modes[] = { IOLAS_DXGK_IDENTITY,
					  IOLAS_DXGK_REMAPPED };

	(void)state;
	for (int m = 0; m < 2; m++) {
		struct iolas_dxgk_memory_info info;
		unsigned char *user, back[6000];
		HANDLE memory;
		struct rig rig;
		PMDL mdl;

		rig_up(&rig, modes[m]);
		CHECK_EQ(iolas_dxgk_user_alloc(rig.machine, 0x4000,
					       (void **)&user),
			 IOLAS_OK);
		for (size_t i = 0; i < 0x4000; i++)
			user[i] = (unsigned char)(i >> 6);
		mdl = locked(user + 0xf00, 6000); /* pages 0, 1, 2 */
		CHECK_EQ(map(&rig, mdl, &memory), STATUS_SUCCESS);
		info = info_of(memory);
		CHECK_EQ(info.kind, IOLAS_DXGK_MEMORY_MAPPED_MDL);
		CHECK_EQ(info.requested, 6000);
		if (modes[m] == IOLAS_DXGK_REMAPPED) {
			CHECK_EQ(info.logical & 4095, 0xf00);
			CHECK_EQ(iolas_dxgk_device_read(rig.adapter,
							info.logical, back,
							sizeof(back)),
				 IOLAS_OK);
			CHECK_MEM(back, user + 0xf00, sizeof(back));
			CHECK(reaches(&rig, info.logical - 0xf00));
			CHECK(reaches(&rig, info.logical - 0xf00 + 0x2fff));
			CHECK(!reaches(&rig, info.logical - 0xf00 + 0x3000));
		} else {
			for (size_t i = 0; i < 3; i++)
				CHECK(reaches(&rig,
					      MmGetMdlPfnArray(mdl)[i] << 12));
		}
		unmap(&rig, memory);
		rig_expect_none(&rig);
		CHECK(!reaches(&rig, info.logical));
		unlock(mdl);
		CHECK_EQ(iolas_dxgk_user_free(rig.machine, user), IOLAS_OK);
		rig_down(&rig);
	}
}

static void what_is_not_locked_is_refused(void **state)
{
	DXGKARGCB_MAPMDLTOIOMMU args = { 0 };
	HANDLE memory;
	struct rig rig;
	void *user;
	PMDL mdl;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_IDENTITY);
	CHECK_EQ(iolas_dxgk_user_alloc(rig.machine, 4096, &user), IOLAS_OK);
	mdl = IoAllocateMdl(user, 4096, FALSE, FALSE, NULL);
	CHECK_EQ(map(&rig, mdl, &memory), STATUS_INVALID_PARAMETER);
	CHECK(!memory);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK_EQ(map(&rig, NULL, &memory), STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK_EQ(rig.dxgk.DxgkCbMapMdlToIoMmu(rig.handle, NULL),
		 STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
	mdl->ByteCount = 0;
	CHECK_EQ(map(&rig, mdl, &memory), STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	mdl->ByteCount = 4096;
	MmGetMdlPfnArray(mdl)[0] += 0x100000000; /* no such memory */
	CHECK_EQ(map(&rig, mdl, &memory), STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	args.pMdl = mdl;
	CHECK_EQ(rig.dxgk.DxgkCbMapMdlToIoMmu(NULL, &args),
		 STATUS_INVALID_HANDLE);
	rig_expect(&rig, IOLAS_DXGK_RULE_ADAPTER_HANDLE);
	unlock(mdl);
	CHECK_EQ(iolas_dxgk_user_free(rig.machine, user), IOLAS_OK);
	rig_down(&rig);
}

/* The same pages in two MDLs, unmapped in either order: no hole opens. */
static void a_shared_identity_page_stays_until_its_last_unmap(void **state)
{
	(void)state;
	for (int order = 0; order < 2; order++) {
		HANDLE memory[2];
		PMDL mdl[2];
		uint64_t frame[4];
		struct rig rig;
		char *user;

		rig_up(&rig, IOLAS_DXGK_IDENTITY);
		CHECK_EQ(iolas_dxgk_user_alloc(rig.machine, 0x4000,
					       (void **)&user),
			 IOLAS_OK);
		mdl[0] = locked(user, 0x3000);		/* pages 0, 1, 2 */
		mdl[1] = locked(user + 0x1000, 0x3000); /* pages 1, 2, 3 */
		for (size_t i = 0; i < 3; i++)
			frame[i] = MmGetMdlPfnArray(mdl[0])[i] << 12;
		frame[3] = MmGetMdlPfnArray(mdl[1])[2] << 12;
		CHECK_EQ(map(&rig, mdl[0], &memory[0]), STATUS_SUCCESS);
		CHECK_EQ(map(&rig, mdl[1], &memory[1]), STATUS_SUCCESS);
		unmap(&rig, memory[order]);
		for (size_t i = 0; i < 4; i++)
			CHECK_EQ(reaches(&rig, frame[i]),
				 order ? i < 3 : i > 0);
		unmap(&rig, memory[!order]);
		for (size_t i = 0; i < 4; i++)
			CHECK(!reaches(&rig, frame[i]));
		rig_expect_none(&rig);
		unlock(mdl[0]);
		unlock(mdl[1]);
		CHECK_EQ(iolas_dxgk_user_free(rig.machine, user), IOLAS_OK);
		rig_down(&rig);
	}
}

/* A page in the middle of a large leaf of another block. */
static void a_page_of_a_large_block_outlives_the_block(void **state)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(0x600000);
	HANDLE memory;
	uint64_t pa;
	struct rig rig;
	PMDL mdl;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_IDENTITY);
	CHECK_EQ(rig.dxgk.DxgkCbAllocateContiguousMemory(rig.handle, &args),
		 STATUS_SUCCESS);
	pa = info_of(args.hMemoryHandle).pa;
	mdl = IoAllocateMdl((char *)args.pMemory + 0x205000, 0x2000, FALSE,
			    FALSE, NULL);
	MmBuildMdlForNonPagedPool(mdl);
	CHECK_EQ(map(&rig, mdl, &memory), STATUS_SUCCESS);
	CHECK(reaches(&rig, pa + 0x204fff) && reaches(&rig, pa + 0x207000));
	CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	CHECK(!reaches(&rig, pa) && !reaches(&rig, pa + 0x204fff));
	CHECK(reaches(&rig, pa + 0x205000) && reaches(&rig, pa + 0x206fff));
	CHECK(!reaches(&rig, pa + 0x207000) && !reaches(&rig, pa + 0x5fffff));
	unmap(&rig, memory);
	CHECK(!reaches(&rig, pa + 0x205000));
	IoFreeMdl(mdl);
	rig_down(&rig);
}

static void one_mdl_may_be_mapped_twice(void **state)
{
	static const uint32_t modes[] = { IOLAS_DXGK_PASSTHROUGH,
					  IOLAS_DXGK_IDENTITY,
					  IOLAS_DXGK_REMAPPED };

	(void)state;
	for (int m = 0; m < 3; m++) {
		HANDLE one, two;
		struct rig rig;
		void *user;
		PMDL mdl;

		rig_up(&rig, modes[m]);
		CHECK_EQ(iolas_dxgk_user_alloc(rig.machine, 8192, &user),
			 IOLAS_OK);
		mdl = locked(user, 8192);
		CHECK_EQ(map(&rig, mdl, &one), STATUS_SUCCESS);
		CHECK_EQ(map(&rig, mdl, &two), STATUS_SUCCESS);
		CHECK(one != two);
		if (modes[m] == IOLAS_DXGK_REMAPPED)
			CHECK(info_of(one).logical != info_of(two).logical);
		unmap(&rig, one);
		CHECK(reaches(&rig, info_of(two).logical));
		unmap(&rig, two);
		rig_expect_none(&rig);
		unlock(mdl);
		CHECK_EQ(iolas_dxgk_user_free(rig.machine, user), IOLAS_OK);
		rig_down(&rig);
	}
}

static void a_changed_mdl_is_reported_and_the_snapshot_unmapped(void **state)
{
	HANDLE memory;
	uint64_t frame;
	struct rig rig;
	void *user;
	PMDL mdl;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_IDENTITY);
	CHECK_EQ(iolas_dxgk_user_alloc(rig.machine, 8192, &user), IOLAS_OK);
	mdl = locked(user, 8192);
	frame = MmGetMdlPfnArray(mdl)[0];
	CHECK_EQ(map(&rig, mdl, &memory), STATUS_SUCCESS);
	MmGetMdlPfnArray(mdl)[0] = MmGetMdlPfnArray(mdl)[1];
	unmap(&rig, memory);
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_CHANGED);
	CHECK(!reaches(&rig, frame << 12));
	MmGetMdlPfnArray(mdl)[0] = frame;
	CHECK_EQ(map(&rig, mdl, &memory), STATUS_SUCCESS);
	unlock(mdl);
	unmap(&rig, memory); /* the MDL is gone, and not looked at */
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_CHANGED);
	CHECK(!reaches(&rig, frame << 12));
	CHECK_EQ(iolas_dxgk_user_free(rig.machine, user), IOLAS_OK);
	rig_down(&rig);
}

static void a_chain_is_reported_and_its_first_mdl_mapped(void **state)
{
	HANDLE memory;
	struct rig rig;
	PMDL one, two;
	char *user;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_IDENTITY);
	CHECK_EQ(iolas_dxgk_user_alloc(rig.machine, 8192, (void **)&user),
		 IOLAS_OK);
	one = locked(user, 4096);
	two = locked(user + 4096, 4096);
	one->Next = two;
	CHECK_EQ(map(&rig, one, &memory), STATUS_SUCCESS);
	rig_expect(&rig, IOLAS_DXGK_RULE_MDL_CHAIN);
	CHECK(reaches(&rig, MmGetMdlPfnArray(one)[0] << 12));
	CHECK(!reaches(&rig, MmGetMdlPfnArray(two)[0] << 12));
	unmap(&rig, memory);
	one->Next = NULL;
	unlock(one);
	unlock(two);
	CHECK_EQ(iolas_dxgk_user_free(rig.machine, user), IOLAS_OK);
	rig_down(&rig);
}

static void handles_of_other_calls_are_not_unmapped(void **state)
{
	DXGKARGCB_ALLOCATECONTIGUOUSMEMORY args = contiguous_args(4096);
	struct rig rig;

	(void)state;
	rig_up(&rig, IOLAS_DXGK_IDENTITY);
	CHECK_EQ(rig.dxgk.DxgkCbAllocateContiguousMemory(rig.handle, &args),
		 STATUS_SUCCESS);
	unmap(&rig, args.hMemoryHandle);
	rig_expect(&rig, IOLAS_DXGK_RULE_HANDLE_KIND);
	unmap(&rig, NULL);
	rig_expect(&rig, IOLAS_DXGK_RULE_UNKNOWN_HANDLE);
	rig.dxgk.DxgkCbUnmapMdlFromIoMmu(rig.handle, NULL);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK_EQ(free_contiguous(&rig, args.hMemoryHandle), STATUS_SUCCESS);
	unmap(&rig, args.hMemoryHandle);
	rig_expect(&rig, IOLAS_DXGK_RULE_STALE_HANDLE);
	rig_down(&rig);
}

RUN_CASES(CASE(all_pages_spanned_are_mapped),
	  CASE(what_is_not_locked_is_refused),
	  CASE(a_shared_identity_page_stays_until_its_last_unmap),
	  CASE(a_page_of_a_large_block_outlives_the_block),
	  CASE(one_mdl_may_be_mapped_twice),
	  CASE(a_changed_mdl_is_reported_and_the_snapshot_unmapped),
	  CASE(a_chain_is_reported_and_its_first_mdl_mapped),
	  CASE(handles_of_other_calls_are_not_unmapped))
