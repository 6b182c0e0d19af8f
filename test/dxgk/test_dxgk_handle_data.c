/* SPDX-License-Identifier: MIT */
/*
 * GetHandleData and its family.
 * Library: dxgk.  Rules: spec/dxgk.md section A.8.
 */
#include "fake_rig.h"

#define V24 DXGKDDI_INTERFACE_VERSION_WDDM2_4

static const D3DKMT_CREATEALLOCATIONFLAGS private_flags;
static const D3DKMT_CREATEALLOCATIONFLAGS resource_flags = {
	{ { .CreateResource = 1 } }
};

static D3DKMT_CREATEALLOCATION args;
static D3DDDI_ALLOCATIONINFO infos[8];
static UCHAR data[8][16];

static DXGKARGCB_GETHANDLEDATA question(D3DKMT_HANDLE handle,
					DXGK_HANDLE_TYPE type, UINT flags)
{
	DXGKARGCB_GETHANDLEDATA q;

	memset(&q, 0, sizeof(q));
	q.hObject = handle;
	q.Type = type;
	q.Flags.Value = flags;
	return q;
}

static void *get(D3DKMT_HANDLE handle, DXGK_HANDLE_TYPE type, UINT flags)
{
	const DXGKARGCB_GETHANDLEDATA q = question(handle, type, flags);

	return fake.dxgk.DxgkCbGetHandleData(&q);
}

static void handles_lead_to_what_the_driver_stored(void **state)
{
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(rig_allocate(&rig, 2, resource_flags, &args, infos, data),
		 STATUS_SUCCESS);
	CHECK(get(infos[1].hAllocation, DXGK_HANDLE_ALLOCATION, 0) ==
	      &fake.allocations[1]);
	CHECK(get(infos[1].hAllocation, DXGK_HANDLE_ALLOCATION, 1) ==
	      &fake.open_count); /* DeviceSpecific */
	CHECK(get(args.hResource, DXGK_HANDLE_RESOURCE, 0) ==
	      &fake.create_resource);
	rig_is_clean(&rig);
	rig_end(&rig);
}

static void what_cannot_be_resolved_is_null_and_reported(void **state)
{
	struct fake_rig rig;
	D3DKMT_HANDLE was;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(rig_allocate(&rig, 1, private_flags, &args, infos, data),
		 STATUS_SUCCESS);
	was = infos[0].hAllocation;
	CHECK(fake.dxgk.DxgkCbGetHandleData(NULL) == NULL);
	CHECK(get(was, DXGK_HANDLE_RESOURCE, 0) == NULL);
	CHECK(get(was, 0, 0) == NULL);
	CHECK(get(was, 3, 0) == NULL);
	CHECK(get(was, DXGK_HANDLE_RESOURCE, 1) == NULL);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_HANDLE_TYPE), 3);
	CHECK(get(0, DXGK_HANDLE_ALLOCATION, 0) == NULL);
	CHECK(get(0xfffffffe, DXGK_HANDLE_ALLOCATION, 0) == NULL);
	CHECK_EQ(rig_destroy(&rig, 0, &was, 1), STATUS_SUCCESS);
	iolas_dxgk_violations_clear(rig.machine);
	CHECK(get(was, DXGK_HANDLE_ALLOCATION, 0) == NULL);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_STALE_HANDLE), 1);
	rig_end(&rig);
}

static void a_stale_handle_never_names_a_new_allocation(void **state)
{
	struct fake_rig rig;
	D3DKMT_HANDLE first;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(rig_allocate(&rig, 1, private_flags, &args, infos, data),
		 STATUS_SUCCESS);
	first = infos[0].hAllocation;
	CHECK_EQ(rig_destroy(&rig, 0, &first, 1), STATUS_SUCCESS);
	for (unsigned i = 0; i < 3000; i++) {
		D3DKMT_HANDLE next;

		CHECK_EQ(rig_allocate(&rig, 1, private_flags, &args, infos,
				      data),
			 STATUS_SUCCESS);
		next = infos[0].hAllocation;
		CHECK(next != first && next != 0);
		CHECK_EQ(rig_destroy(&rig, 0, &next, 1), STATUS_SUCCESS);
	}
	rig_end(&rig);
}

static void parents_and_children_find_each_other(void **state)
{
	DXGKARGCB_ENUMHANDLECHILDREN e;
	struct fake_rig rig;
	D3DKMT_HANDLE alone;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(rig_allocate(&rig, 1, private_flags, &args, infos, data),
		 STATUS_SUCCESS);
	alone = infos[0].hAllocation;
	CHECK_EQ(rig_allocate(&rig, 3, resource_flags, &args, infos, data),
		 STATUS_SUCCESS);
	CHECK_EQ(fake.dxgk.DxgkCbGetHandleParent(alone), 0);
	e.hObject = args.hResource;
	for (e.Index = 0; e.Index < 3; e.Index++) {
		CHECK_EQ(fake.dxgk.DxgkCbGetHandleParent(
				 infos[e.Index].hAllocation),
			 args.hResource);
		CHECK_EQ(fake.dxgk.DxgkCbEnumHandleChildren(&e),
			 infos[e.Index].hAllocation);
	}
	rig_is_clean(&rig);
	CHECK_EQ(fake.dxgk.DxgkCbEnumHandleChildren(&e), 0); /* past the end */
	CHECK_EQ(fake.dxgk.DxgkCbEnumHandleChildren(NULL), 0);
	e.hObject = alone;
	CHECK_EQ(fake.dxgk.DxgkCbEnumHandleChildren(&e), 0);
	CHECK_EQ(fake.dxgk.DxgkCbGetHandleParent(0), 0);
	rig_end(&rig);
}

static void an_acquired_allocation_outlives_its_destruction(void **state)
{
	DXGKARGCB_RELEASEHANDLEDATA release = { NULL, DXGK_HANDLE_ALLOCATION };
	DXGKARGCB_GETHANDLEDATA q;
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(rig_allocate(&rig, 1, private_flags, &args, infos, data),
		 STATUS_SUCCESS);
	q = question(infos[0].hAllocation, DXGK_HANDLE_ALLOCATION, 0);
	CHECK(fake.dxgk.DxgkCbAcquireHandleData(&q, &release.ReleaseHandle) ==
	      &fake.allocations[0]);
	CHECK(release.ReleaseHandle != NULL);
	CHECK_EQ(rig_destroy(&rig, 0, &infos[0].hAllocation, 1),
		 STATUS_SUCCESS);
	CHECK_STR(fake_log_without("QEASD"), "COo"); /* closed, not destroyed */
	CHECK(get(infos[0].hAllocation, DXGK_HANDLE_ALLOCATION, 0) == NULL);
	iolas_dxgk_violations_clear(rig.machine);
	fake.dxgk.DxgkCbReleaseHandleData(release);
	rig_is_clean(&rig);
	/* The next request on the adapter carries the destruction out. */
	CHECK_EQ(rig_allocate(&rig, 1, private_flags, &args, infos, data),
		 STATUS_SUCCESS);
	CHECK_STR(fake_log_without("QEASD"), "COocCO");
	fake.dxgk.DxgkCbReleaseHandleData(release);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_STALE_HANDLE), 1);
	rig_end(&rig);
}

static void a_resource_waits_for_pins_on_its_members(void **state)
{
	DXGKARGCB_RELEASEHANDLEDATA of_member = { NULL,
						  DXGK_HANDLE_ALLOCATION };
	DXGKARGCB_RELEASEHANDLEDATA of_resource = { NULL,
						    DXGK_HANDLE_RESOURCE };
	DXGKARGCB_GETHANDLEDATA q;
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(rig_allocate(&rig, 2, resource_flags, &args, infos, data),
		 STATUS_SUCCESS);
	q = question(infos[1].hAllocation, DXGK_HANDLE_ALLOCATION, 0);
	CHECK(fake.dxgk.DxgkCbAcquireHandleData(&q, &of_member.ReleaseHandle));
	q = question(args.hResource, DXGK_HANDLE_RESOURCE, 0);
	CHECK(fake.dxgk.DxgkCbAcquireHandleData(&q,
						&of_resource.ReleaseHandle));
	CHECK_EQ(rig_destroy(&rig, args.hResource, NULL, 0), STATUS_SUCCESS);
	CHECK_STR(fake_log_without("QEASD"), "COo");
	fake.dxgk.DxgkCbReleaseHandleData(of_member);
	CHECK_EQ(rig_destroy(&rig, 1, NULL, 0), STATUS_INVALID_HANDLE);
	CHECK_STR(fake_log_without("QEASD"), "COo"); /* one pin is left */
	of_resource.Type = DXGK_HANDLE_ALLOCATION;   /* acquired as resource */
	fake.dxgk.DxgkCbReleaseHandleData(of_resource);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_HANDLE_TYPE), 1);
	CHECK_EQ(rig_destroy(&rig, 1, NULL, 0), STATUS_INVALID_HANDLE);
	CHECK_STR(fake_log_without("QEASD"), "COoc");
	CHECK_EQ(fake.destroy_count, 2);
	rig_end(&rig);
}

static void pins_that_are_left_at_stop_are_reported_and_dropped(void **state)
{
	DXGKARGCB_RELEASEHANDLEDATA release = { NULL, DXGK_HANDLE_ALLOCATION };
	DXGKARGCB_GETHANDLEDATA q;
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(rig_allocate(&rig, 1, private_flags, &args, infos, data),
		 STATUS_SUCCESS);
	q = question(infos[0].hAllocation, DXGK_HANDLE_ALLOCATION, 0);
	CHECK(fake.dxgk.DxgkCbAcquireHandleData(&q, &release.ReleaseHandle));
	CHECK_EQ(iolas_dxgk_adapter_stop(rig.adapter), STATUS_SUCCESS);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_HANDLE_PINNED), 1);
	CHECK_EQ(fake.allocations[0].is_live, 0);
	fake.dxgk.DxgkCbReleaseHandleData(release); /* too late, harmless */
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_STALE_HANDLE), 1);
	rig_end(&rig);
}

static void acquiring_nothing_gives_nothing(void **state)
{
	DXGKARG_RELEASE_HANDLE release = &args;
	DXGKARGCB_GETHANDLEDATA q = question(5, DXGK_HANDLE_ALLOCATION, 0);
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK(fake.dxgk.DxgkCbAcquireHandleData(&q, &release) == NULL);
	CHECK(release == NULL);
	CHECK(fake.dxgk.DxgkCbAcquireHandleData(NULL, &release) == NULL);
	CHECK(fake.dxgk.DxgkCbAcquireHandleData(&q, NULL) == NULL);
	/* A live handle of another kind is no allocation either. */
	q.hObject = rig.device;
	CHECK(fake.dxgk.DxgkCbAcquireHandleData(&q, &release) == NULL);
	CHECK(release == NULL);
	rig_end(&rig);
}

RUN_CASES(CASE(handles_lead_to_what_the_driver_stored),
	  CASE(what_cannot_be_resolved_is_null_and_reported),
	  CASE(a_stale_handle_never_names_a_new_allocation),
	  CASE(parents_and_children_find_each_other),
	  CASE(an_acquired_allocation_outlives_its_destruction),
	  CASE(a_resource_waits_for_pins_on_its_members),
	  CASE(pins_that_are_left_at_stop_are_reported_and_dropped),
	  CASE(acquiring_nothing_gives_nothing))
