/* SPDX-License-Identifier: MIT */
/*
 * Allocations from the user-mode side: what reaches the driver, what its
 * answers must look like, what is undone when a step fails.
 * Library: dxgk.  Rules: spec/dxgk.md A.7, spec/dxgk-miniport.md 2.4 and 3.
 */
#include "fake_rig.h"

#include "dxgk/dxgk_priv.h"

#define V24 DXGKDDI_INTERFACE_VERSION_WDDM2_4
#define V30 DXGKDDI_INTERFACE_VERSION_WDDM3_0

static const D3DKMT_CREATEALLOCATIONFLAGS private_flags;
static const D3DKMT_CREATEALLOCATIONFLAGS resource_flags = {
	{ { .CreateResource = 1 } }
};

static D3DKMT_CREATEALLOCATION args;
static D3DDDI_ALLOCATIONINFO infos[8];
static UCHAR data[8][16];

static unsigned live_allocations(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < 64; i++)
		count += fake.allocations[i].is_live != 0;
	return count;
}

static void allocations_are_created_then_opened(void **state)
{
	struct iolas_dxgk_allocation_info info = { .struct_size =
							   sizeof(info) };
	struct fake_rig rig;
	D3DKMT_HANDLE list[2];

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(rig_allocate(&rig, 2, private_flags, &args, infos, data),
		 STATUS_SUCCESS);
	CHECK_STR(fake_log_without("QEASD"), "CO");
	CHECK_EQ(fake.create_count, 2);
	CHECK_EQ(fake.create_flags, 0);
	CHECK(fake.create_resource == NULL);
	CHECK_EQ(fake.open_count, 2);
	CHECK_EQ(fake.open_flags, 1); /* Create */
	CHECK(infos[0].hAllocation != 0 && infos[1].hAllocation != 0);
	CHECK(infos[0].hAllocation != infos[1].hAllocation);
	CHECK_EQ(fake.open_handle, infos[0].hAllocation);
	/* From before Open on, the handle leads to the driver's object. */
	CHECK(fake.get_in_open == &fake.allocations[0]);
	/* Private data came back; sizes are rounded to pages. */
	CHECK_EQ(*(UINT *)data[0], 1);
	CHECK_EQ(*(UINT *)data[1], 2);
	CHECK_EQ(iolas_dxgk_allocation_info(infos[0].hAllocation, &info),
		 IOLAS_OK);
	CHECK_EQ(info.size, 0x2000);
	CHECK_EQ(info.alignment, 0x1000);
	CHECK_EQ(info.open_count, 1);
	CHECK(info.driver_handle == &fake.allocations[0]);
	list[0] = infos[0].hAllocation;
	list[1] = infos[1].hAllocation;
	CHECK_EQ(rig_destroy(&rig, 0, list, 2), STATUS_SUCCESS);
	CHECK_STR(fake_log_without("QEASD"), "COococ");
	CHECK_EQ(fake.destroy_flags, 0);
	CHECK_EQ(rig_destroy(&rig, 0, list, 1), STATUS_INVALID_HANDLE);
	CHECK_EQ(iolas_dxgk_allocation_info(list[0], &info), IOLAS_ENOENT);
	rig_is_clean(&rig);
	rig_end(&rig);
}

static void a_resource_ends_as_a_whole(void **state)
{
	struct fake_rig rig;
	D3DKMT_HANDLE resource;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(rig_allocate(&rig, 3, resource_flags, &args, infos, data),
		 STATUS_SUCCESS);
	CHECK_EQ(fake.create_flags, 1); /* Resource */
	resource = args.hResource;
	CHECK(resource != 0);
	CHECK_EQ(args.hGlobalShare, 0);
	/* A member cannot go alone. */
	CHECK_EQ(rig_destroy(&rig, 0, &infos[0].hAllocation, 1),
		 STATUS_INVALID_PARAMETER);
	/* One can be added; the driver sees its own handle again. */
	memset(&args, 0, sizeof(args));
	args.hDevice = rig.device;
	args.hResource = resource;
	args.NumAllocations = 1;
	args.pAllocationInfo = &infos[3];
	memset(&infos[3], 0, sizeof(infos[3]));
	CHECK_EQ(iolas_dxgk_create_allocation(&args), STATUS_SUCCESS);
	CHECK(fake.create_resource == &fake.create_resource);
	CHECK_EQ(fake.create_flags, 1);
	CHECK_EQ(rig_destroy(&rig, resource, NULL, 0), STATUS_SUCCESS);
	CHECK_EQ(fake.destroy_count, 4);
	CHECK_EQ(fake.destroy_flags, 1); /* DestroyResource */
	/* One Close and one Destroy for all four. */
	CHECK_STR(fake_log_without("QEASD"), "COCOoc");
	CHECK_EQ(live_allocations(), 0);
	rig_is_clean(&rig);
	rig_end(&rig);
}

static void a_resource_may_be_empty(void **state)
{
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(rig_allocate(&rig, 0, resource_flags, &args, infos, data),
		 STATUS_SUCCESS);
	CHECK_EQ(fake.create_count, 0);
	CHECK(args.hResource != 0);
	CHECK_EQ(rig_destroy(&rig, args.hResource, NULL, 0), STATUS_SUCCESS);
	CHECK_EQ(fake.destroy_flags, 1);
	CHECK_EQ(rig_allocate(&rig, 0, private_flags, &args, infos, data),
		 STATUS_INVALID_PARAMETER);
	rig_end(&rig);
}

static void a_device_takes_its_allocations_with_it(void **state)
{
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(rig_allocate(&rig, 2, private_flags, &args, infos, data),
		 STATUS_SUCCESS);
	CHECK_EQ(rig_allocate(&rig, 2, resource_flags, &args, infos, data),
		 STATUS_SUCCESS);
	CHECK_EQ(live_allocations(), 4);
	CHECK_EQ(iolas_dxgk_device_destroy(rig.device), STATUS_SUCCESS);
	CHECK_EQ(live_allocations(), 0);
	CHECK_STR(fake_log_without("QEASD"), "COCOococ"
					     "ocd");
	rig_is_clean(&rig);
	rig_end(&rig);
}

static void a_failing_create_leaves_nothing(void **state)
{
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	fake.fails = "C";
	CHECK_EQ(rig_allocate(&rig, 2, private_flags, &args, infos, data),
		 STATUS_NO_MEMORY);
	CHECK_EQ(data[0][0], 0x10); /* not written back */
	CHECK_EQ(infos[0].hAllocation, 0);
	CHECK_STR(fake_log_without("QEASD"), "C");
	rig_end(&rig);
}

static void a_failing_open_is_followed_by_destroy(void **state)
{
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	fake.fails = "O";
	fake.failure = STATUS_GRAPHICS_DRIVER_MISMATCH;
	CHECK_EQ(rig_allocate(&rig, 2, resource_flags, &args, infos, data),
		 STATUS_GRAPHICS_DRIVER_MISMATCH);
	CHECK_STR(fake_log_without("QEASD"), "COc");
	CHECK_EQ(fake.destroy_count, 2);
	CHECK_EQ(fake.destroy_flags, 1);
	CHECK_EQ(live_allocations(), 0);
	CHECK_EQ(args.hResource, 0);
	CHECK_EQ(data[0][0], 0x10);
	/* A device handle is an answer that Open owes. */
	fake.fails = NULL;
	fake.opens_no_handle = 1;
	CHECK_EQ(rig_allocate(&rig, 1, private_flags, &args, infos, data),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_OPEN_ANSWER), 1);
	CHECK_EQ(live_allocations(), 0);
	rig_end(&rig);
}

/* One scripted answer; the rule that must be reported, 0: it is right. */
static void check_answer(struct fake_rig *rig, uint32_t rule)
{
	NTSTATUS status;

	iolas_dxgk_violations_clear(rig->machine);
	status = rig_allocate(rig, 1, private_flags, &args, infos, data);
	CHECK_EQ(status, rule ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS);
	if (rule)
		CHECK_EQ(rig_count(rig, rule), 1);
	else
		CHECK_EQ(rig_destroy(rig, 0, &infos[0].hAllocation, 1),
			 STATUS_SUCCESS);
	CHECK_EQ(live_allocations(), 0);
}

static void answers_are_judged_one_by_one(void **state)
{
	DXGK_ALLOCATIONINFO right;
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	right = fake.answer;
	check_answer(&rig, 0);
	fake.answer.Size = 0;
	check_answer(&rig, IOLAS_DXGK_RULE_ALLOC_ANSWER);
	fake.answer = right;
	fake.answer.Size = SIZE_MAX;
	check_answer(&rig, IOLAS_DXGK_RULE_ALLOC_ANSWER);
	fake.answer = right;
	fake.answer.PitchAlignedSize = right.Size - 1;
	check_answer(&rig, IOLAS_DXGK_RULE_ALLOC_ANSWER);
	fake.answer.PitchAlignedSize = right.Size;
	check_answer(&rig, 0);
	fake.answer = right;
	fake.answer.AllocationPriority = 0;
	check_answer(&rig, IOLAS_DXGK_RULE_ALLOC_ANSWER);
	fake.answer = right;
	fake.answer.SupportedWriteSegmentSet = 2; /* there is one segment */
	check_answer(&rig, IOLAS_DXGK_RULE_ALLOC_ANSWER);
	fake.answer = right;
	fake.answer.EvictionSegmentSet = 1; /* no aperture */
	check_answer(&rig, IOLAS_DXGK_RULE_ALLOC_ANSWER);
	rig_end(&rig);
}

static void flags_that_exclude_each_other_are_refused(void **state)
{
	static const struct {
		UINT value;
		int is_right;
	} rows[] = {
		{ DXGK_ALLOCATIONINFOFLAG_CPUVISIBLE, 1 },
		{ DXGK_ALLOCATIONINFOFLAG_CACHED, 0 },
		{ DXGK_ALLOCATIONINFOFLAG_CACHED |
			  DXGK_ALLOCATIONINFOFLAG_CPUVISIBLE,
		  1 },
		{ DXGK_ALLOCATIONINFOFLAG_PERMANENTSYSMEM, 0 },
		{ DXGK_ALLOCATIONINFOFLAG_PERMANENTSYSMEM |
			  DXGK_ALLOCATIONINFOFLAG_CPUVISIBLE,
		  1 },
		{ DXGK_ALLOCATIONINFOFLAG_PERMANENTSYSMEM |
			  DXGK_ALLOCATIONINFOFLAG_CPUVISIBLE |
			  DXGK_ALLOCATIONINFOFLAG_PROTECTED,
		  0 },
		{ DXGK_ALLOCATIONINFOFLAG_PROTECTED, 1 },
		{ DXGK_ALLOCATIONINFOFLAG_PROTECTED |
			  DXGK_ALLOCATIONINFOFLAG_EXISTINGKERNELSYSMEM,
		  0 },
		/* Nobody gave memory. */
		{ DXGK_ALLOCATIONINFOFLAG_EXISTINGSYSMEM, 0 },
	};
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake.answer.Flags.Value = rows[i].value;
		check_answer(&rig, rows[i].is_right
					   ? 0
					   : IOLAS_DXGK_RULE_ALLOC_FLAGS);
	}
	fake.answer.Flags.Value = 0;
	fake.answers_no_handle = 1;
	iolas_dxgk_violations_clear(rig.machine);
	CHECK_EQ(rig_allocate(&rig, 1, private_flags, &args, infos, data),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_ALLOC_ANSWER), 1);
	rig_end(&rig);
}

static void existing_memory_wants_its_flag_and_whole_pages(void **state)
{
	struct fake_rig rig;
	void *memory;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(iolas_dxgk_user_alloc(rig.machine, 0x2000, &memory), IOLAS_OK);
	memset(&args, 0, sizeof(args));
	memset(infos, 0, sizeof(infos));
	args.hDevice = rig.device;
	args.NumAllocations = 1;
	args.pAllocationInfo = infos;
	infos[0].pSystemMem = memory;
	CHECK_EQ(iolas_dxgk_create_allocation(&args),
		 STATUS_INVALID_PARAMETER); /* ExistingSysMem missing */
	fake.answer.Flags.ExistingSysMem = 1;
	CHECK_EQ(iolas_dxgk_create_allocation(&args),
		 STATUS_INVALID_PARAMETER); /* 0x1800 bytes */
	fake.answer.Size = 0x2000;
	CHECK_EQ(iolas_dxgk_create_allocation(&args), STATUS_SUCCESS);
	infos[1].pSystemMem = (char *)memory + 1;
	args.pAllocationInfo = &infos[1];
	CHECK_EQ(iolas_dxgk_create_allocation(&args), STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas_dxgk_device_destroy(rig.device), STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_user_free(rig.machine, memory), IOLAS_OK);
	rig_end(&rig);
}

static void a_primary_lies_where_the_cpu_sees_it(void **state)
{
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	fake.segment_flags = 0; /* memory that the CPU does not see */
	rig_running(&rig);
	memset(&args, 0, sizeof(args));
	memset(infos, 0, sizeof(infos));
	args.hDevice = rig.device;
	args.NumAllocations = 1;
	args.pAllocationInfo = infos;
	infos[0].Flags.Primary = 1;
	CHECK_EQ(iolas_dxgk_create_allocation(&args), STATUS_INVALID_PARAMETER);
	infos[0].Flags.Primary = 0;
	CHECK_EQ(iolas_dxgk_create_allocation(&args), STATUS_SUCCESS);
	rig_end(&rig);
}

static void requests_that_cannot_be_are_refused(void **state)
{
	static const UINT flags[] = {
		1u << 1,	    /* CreateShared without CreateResource */
		1u << 6,	    /* NtSecuritySharing without CreateShared */
		1u | 1u << 6,	    /* the same, with a resource */
		1u << 5 | 1u << 17, /* ExistingSysMem and ExistingSection */
		1u << 31,	    /* reserved */
	};
	D3DKMT_CREATEALLOCATIONFLAGS f;
	D3DKMT_HANDLE handle = 1;
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		f.Value = flags[i];
		CHECK_EQ(rig_allocate(&rig, 1, f, &args, infos, data),
			 STATUS_INVALID_PARAMETER);
	}
	CHECK_EQ(iolas_dxgk_create_allocation(NULL), STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas_dxgk_create_allocation2(NULL), STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas_dxgk_allocate_cb(rig.device, NULL),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas_dxgk_destroy_allocation(NULL), STATUS_INVALID_PARAMETER);
	memset(&args, 0, sizeof(args));
	args.hDevice = rig.device;
	args.NumAllocations = 1; /* and no array */
	CHECK_EQ(iolas_dxgk_create_allocation(&args), STATUS_INVALID_PARAMETER);
	args.pAllocationInfo = infos;
	memset(infos, 0, sizeof(infos));
	infos[0].PrivateDriverDataSize = 8; /* and no data */
	CHECK_EQ(iolas_dxgk_create_allocation(&args), STATUS_INVALID_PARAMETER);
	infos[0].PrivateDriverDataSize = 0;
	args.NumAllocations = UINT32_MAX;
	CHECK_EQ(iolas_dxgk_create_allocation(&args), STATUS_INVALID_PARAMETER);
	args.NumAllocations = 1;
	args.PrivateDriverDataSize = 4; /* and no data */
	CHECK_EQ(iolas_dxgk_create_allocation(&args), STATUS_INVALID_PARAMETER);
	args.PrivateDriverDataSize = 0;
	args.hDevice = 0x1234;
	CHECK_EQ(iolas_dxgk_create_allocation(&args), STATUS_INVALID_HANDLE);
	args.hDevice = rig.device;
	args.hResource = 0x1234;
	CHECK_EQ(iolas_dxgk_create_allocation(&args), STATUS_INVALID_HANDLE);
	CHECK_EQ(rig_destroy(&rig, 0, NULL, 0), STATUS_INVALID_PARAMETER);
	CHECK_EQ(rig_destroy(&rig, 1, &handle, 1), STATUS_INVALID_PARAMETER);
	CHECK_EQ(rig_destroy(&rig, 0x1234, NULL, 0), STATUS_INVALID_HANDLE);
	CHECK_EQ(rig_destroy(&rig, 0, &handle, 1), STATUS_INVALID_HANDLE);
	CHECK_STR(fake_log_without("QEASD"), "");
	rig_end(&rig);
}

static void a_list_that_names_one_twice_changes_nothing(void **state)
{
	struct fake_rig rig;
	D3DKMT_HANDLE list[2];

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(rig_allocate(&rig, 1, private_flags, &args, infos, data),
		 STATUS_SUCCESS);
	list[0] = list[1] = infos[0].hAllocation;
	CHECK_EQ(rig_destroy(&rig, 0, list, 2), STATUS_INVALID_PARAMETER);
	CHECK_EQ(live_allocations(), 1);
	CHECK_EQ(rig_destroy(&rig, 0, list, 1), STATUS_SUCCESS);
	rig_end(&rig);
}

static void
allocate_cb_makes_a_resource_when_the_runtime_names_one(void **state)
{
	D3DDDICB_ALLOCATE cb;
	struct fake_rig rig;
	int runtime;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	memset(&cb, 0, sizeof(cb));
	memset(infos, 0, sizeof(infos));
	cb.hResource = &runtime;
	cb.NumAllocations = 2;
	cb.pAllocationInfo = infos;
	cb.pPrivateDriverData = data;
	cb.PrivateDriverDataSize = 16;
	CHECK_EQ(iolas_dxgk_allocate_cb(rig.device, &cb), STATUS_SUCCESS);
	CHECK(cb.hKMResource != 0);
	CHECK_EQ(fake.create_bytes, 16);
	CHECK_EQ(rig_destroy(&rig, cb.hKMResource, NULL, 0), STATUS_SUCCESS);
	rig_end(&rig);
}

static void a_standard_allocation_asks_twice(void **state)
{
	D3DKMDT_GDISURFACEDATA surface = { .Width = 64, .Height = 32 };
	D3DKMDT_SHAREDPRIMARYSURFACEDATA primary = { .Width = 64 };
	uint32_t resource, allocation;
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	fake.standard_allocation_bytes = 24;
	rig_running(&rig);
	CHECK_EQ(iolas_dxgk_standard_allocation(
			 rig.device, D3DKMDT_STANDARDALLOCATION_GDISURFACE,
			 &surface, sizeof(surface), &resource, &allocation),
		 STATUS_SUCCESS);
	CHECK_STR(fake_log_without("QEASD"), "GGCO");
	CHECK_EQ(resource, 0);
	CHECK(allocation != 0);
	/* A shared primary always is a resource. */
	CHECK_EQ(iolas_dxgk_standard_allocation(
			 rig.device,
			 D3DKMDT_STANDARDALLOCATION_SHAREDPRIMARYSURFACE,
			 &primary, sizeof(primary), &resource, &allocation),
		 STATUS_SUCCESS);
	CHECK(resource != 0);
	CHECK_EQ(fake.create_flags, 1);
	/* Both sizes 0 is no answer; so is a refusal. */
	fake.standard_allocation_bytes = 0;
	CHECK_EQ(iolas_dxgk_standard_allocation(
			 rig.device, D3DKMDT_STANDARDALLOCATION_GDISURFACE,
			 &surface, sizeof(surface), &resource, &allocation),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_STANDARD_DATA), 1);
	fake.fails = "G";
	CHECK_EQ(iolas_dxgk_standard_allocation(
			 rig.device, D3DKMDT_STANDARDALLOCATION_GDISURFACE,
			 &surface, sizeof(surface), &resource, &allocation),
		 STATUS_NO_MEMORY);
	CHECK_EQ(iolas_dxgk_standard_allocation(rig.device, 99, &surface,
						sizeof(surface), &resource,
						&allocation),
		 STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas_dxgk_standard_allocation(
			 rig.device, D3DKMDT_STANDARDALLOCATION_GDISURFACE,
			 NULL, sizeof(surface), &resource, &allocation),
		 STATUS_INVALID_PARAMETER);
	rig_end(&rig);
}

static void every_kind_of_surface_is_asked_for_with_its_own_data(void **state)
{
	static const struct {
		uint32_t type;
		uint32_t bytes;
	} rows[] = {
		/* spec/dxgk-miniport.md section 2.4 */
		{ D3DKMDT_STANDARDALLOCATION_SHAREDPRIMARYSURFACE, 24 },
		{ D3DKMDT_STANDARDALLOCATION_SHADOWSURFACE, 16 },
		{ D3DKMDT_STANDARDALLOCATION_STAGINGSURFACE, 12 },
		{ D3DKMDT_STANDARDALLOCATION_GDISURFACE, 24 },
		{ D3DKMDT_STANDARDALLOCATION_VGPU, 24 },
	};
	uint64_t surface[3] = { 0 };
	uint32_t resource, allocation;
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	fake.standard_allocation_bytes = 8;
	fake.standard_resource_bytes = 4;
	rig_running(&rig);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_EQ(iolas_dxgk_standard_allocation(
				 rig.device, rows[i].type, surface,
				 rows[i].bytes + 4, &resource, &allocation),
			 STATUS_INVALID_PARAMETER);
		CHECK_EQ(iolas_dxgk_standard_allocation(
				 rig.device, rows[i].type, surface,
				 rows[i].bytes, &resource, &allocation),
			 STATUS_SUCCESS);
		CHECK(resource != 0); /* it has resource data */
		CHECK_EQ(fake.create_bytes, 4);
	}
	rig_is_clean(&rig);
	CHECK_EQ(iolas_dxgk_standard_allocation(0x77, rows[0].type, surface, 24,
						&resource, &allocation),
		 STATUS_INVALID_HANDLE);
	rig_end(&rig);
}

static void an_existing_heap_becomes_a_surface_of_one_line(void **state)
{
	D3DKMT_CREATESTANDARDALLOCATION standard = {
		.Type = D3DKMT_STANDARDALLOCATIONTYPE_EXISTINGHEAP,
	};
	struct fake_rig rig;
	void *memory;

	(void)state;
	fake_reset(V24);
	fake.standard_allocation_bytes = 24;
	fake.answer.Size = 0x3000;
	fake.answer.Flags.ExistingSysMem = 1;
	rig_running(&rig);
	CHECK_EQ(iolas_dxgk_user_alloc(rig.machine, 0x3000, &memory), IOLAS_OK);
	memset(&args, 0, sizeof(args));
	memset(infos, 0, sizeof(infos));
	standard.ExistingHeapData.Size = 0x3000;
	args.hDevice = rig.device;
	args.pStandardAllocation = &standard;
	args.PrivateDriverDataSize = 3;
	args.NumAllocations = 1;
	args.pAllocationInfo = infos;
	args.Flags.StandardAllocation = 1;
	args.Flags.ExistingSysMem = 1;
	args.Flags.CreateResource = 1;
	args.Flags.CreateShared = 1;
	infos[0].pSystemMem = memory;
	CHECK_EQ(iolas_dxgk_create_allocation(&args),
		 STATUS_INVALID_PARAMETER);	 /* CrossAdapter missing */
	CHECK_EQ(args.PrivateDriverDataSize, 3); /* the caller's, untouched */
	args.Flags.CrossAdapter = 1;
	CHECK_EQ(iolas_dxgk_create_allocation(&args), STATUS_SUCCESS);
	CHECK_STR(fake_log_without("QEASD"), "GGCO");
	CHECK_EQ(iolas_dxgk_device_destroy(rig.device), STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_user_free(rig.machine, memory), IOLAS_OK);
	rig_end(&rig);
}

static void a_backing_store_is_shared_between_create_and_open(void **state)
{
	const D3DKMT_CREATEALLOCATIONFLAGS shared = {
		{ { .CreateResource = 1, .CreateShared = 1 } }
	};
	struct fake_rig rig;

	(void)state;
	fake_reset(V30);
	rig_running(&rig);
	fake.answer.Flags2.ShareBackingStoreWithKmd = 1;
	CHECK_EQ(rig_allocate(&rig, 1, shared, &args, infos, data),
		 STATUS_INVALID_PARAMETER); /* the feature is off */
	CHECK_EQ(live_allocations(), 0);
	CHECK_EQ(iolas_dxgk_adapter_set_feature(rig.adapter, 5, 1), IOLAS_OK);
	CHECK_EQ(rig_allocate(&rig, 1, shared, &args, infos, data),
		 STATUS_SUCCESS);
	CHECK_STR(fake_log_without("QEASD"), "CcCKO");
	fake.fails = "K";
	CHECK_EQ(rig_allocate(&rig, 1, shared, &args, infos, data),
		 STATUS_NO_MEMORY);
	CHECK_EQ(live_allocations(), 1);
	fake.fails = NULL;
	CHECK_EQ(rig_allocate(&rig, 1, private_flags, &args, infos, data),
		 STATUS_INVALID_PARAMETER); /* not shared */
	rig_end(&rig);
	CHECK_EQ(live_allocations(), 0);
}

/* Every bookkeeping allocation inside a request fails once. */
static void a_starved_request_leaves_nothing(void **state)
{
	struct fake_rig rig;
	NTSTATUS status;
	uint64_t nth = 1;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	do {
		iolas__dxgk_heap_fail_at(&rig.machine->heap, nth);
		status = rig_allocate(&rig, 2, resource_flags, &args, infos,
				      data);
		iolas__dxgk_heap_fail_at(&rig.machine->heap, 0);
		if (!NT_SUCCESS(status)) {
			CHECK_EQ(status, STATUS_NO_MEMORY);
			CHECK_EQ(live_allocations(), 0);
			CHECK_EQ(data[0][0], 0x10);
		}
	} while (!NT_SUCCESS(status) && nth++ < 200);
	CHECK(nth > 5);
	CHECK_EQ(status, STATUS_SUCCESS);
	CHECK_EQ(rig_destroy(&rig, args.hResource, NULL, 0), STATUS_SUCCESS);
	CHECK_EQ(live_allocations(), 0);
	rig_is_clean(&rig);
	rig_end(&rig);
}

RUN_CASES(CASE(allocations_are_created_then_opened),
	  CASE(a_resource_ends_as_a_whole), CASE(a_resource_may_be_empty),
	  CASE(a_device_takes_its_allocations_with_it),
	  CASE(a_failing_create_leaves_nothing),
	  CASE(a_failing_open_is_followed_by_destroy),
	  CASE(answers_are_judged_one_by_one),
	  CASE(flags_that_exclude_each_other_are_refused),
	  CASE(existing_memory_wants_its_flag_and_whole_pages),
	  CASE(a_primary_lies_where_the_cpu_sees_it),
	  CASE(requests_that_cannot_be_are_refused),
	  CASE(a_list_that_names_one_twice_changes_nothing),
	  CASE(allocate_cb_makes_a_resource_when_the_runtime_names_one),
	  CASE(a_standard_allocation_asks_twice),
	  CASE(every_kind_of_surface_is_asked_for_with_its_own_data),
	  CASE(an_existing_heap_becomes_a_surface_of_one_line),
	  CASE(a_backing_store_is_shared_between_create_and_open),
	  CASE(a_starved_request_leaves_nothing))
