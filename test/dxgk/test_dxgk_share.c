/* SPDX-License-Identifier: MIT */
/*
 * Shared resources: who may ask, what an opener gets, who keeps what alive.
 * Library: dxgk.  Rules: spec/dxgk-miniport.md section 3.4.
 */
#include "fake_rig.h"

#include <pthread.h>
#include <unistd.h>

#define V24 DXGKDDI_INTERFACE_VERSION_WDDM2_4

static const D3DKMT_CREATEALLOCATIONFLAGS global_flags = {
	{ { .CreateResource = 1, .CreateShared = 1 } }
};
static const D3DKMT_CREATEALLOCATIONFLAGS nt_flags = {
	{ { .CreateResource = 1, .CreateShared = 1, .NtSecuritySharing = 1 } }
};

static D3DKMT_CREATEALLOCATION args;
static D3DDDI_ALLOCATIONINFO infos[8];
static UCHAR data[8][16];
static const UCHAR runtime[5] = "rtime";
static const UCHAR resource_data[7] = "surface";

/* Two allocations, shared, with data on every level. */
static NTSTATUS make_shared(struct fake_rig *rig,
			    D3DKMT_CREATEALLOCATIONFLAGS flags)
{
	memset(&args, 0, sizeof(args));
	memset(infos, 0, sizeof(infos));
	for (UINT i = 0; i < 2; i++) {
		memset(data[i], 0x40, 16);
		infos[i].pPrivateDriverData = data[i];
		infos[i].PrivateDriverDataSize = 16;
	}
	args.hDevice = rig->device;
	args.pPrivateRuntimeData = runtime;
	args.PrivateRuntimeDataSize = sizeof(runtime);
	args.pPrivateDriverData = resource_data;
	args.PrivateDriverDataSize = sizeof(resource_data);
	args.NumAllocations = 2;
	args.pAllocationInfo = infos;
	args.Flags = flags;
	return iolas_dxgk_create_allocation(&args);
}

struct opened {
	D3DKMT_OPENRESOURCE args;
	D3DDDI_OPENALLOCATIONINFO infos[2];
	UCHAR runtime[8], resource[8], total[64];
};

static NTSTATUS open_shared(uint32_t device, D3DKMT_HANDLE share,
			    struct opened *o)
{
	memset(o, 0, sizeof(*o));
	o->args.hDevice = device;
	o->args.hGlobalShare = share;
	o->args.NumAllocations = 2;
	o->args.pOpenAllocationInfo = o->infos;
	o->args.pPrivateRuntimeData = o->runtime;
	o->args.PrivateRuntimeDataSize = sizeof(o->runtime);
	o->args.pResourcePrivateDriverData = o->resource;
	o->args.ResourcePrivateDriverDataSize = sizeof(o->resource);
	o->args.pTotalPrivateDriverDataBuffer = o->total;
	o->args.TotalPrivateDriverDataBufferSize = sizeof(o->total);
	return iolas_dxgk_open_resource(&o->args);
}

static unsigned live_allocations(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < 64; i++)
		count += fake.allocations[i].is_live != 0;
	return count;
}

static void a_query_answers_sizes_and_runtime_data(void **state)
{
	D3DKMT_QUERYRESOURCEINFO q;
	UCHAR bytes[8] = { 0 };
	struct fake_rig rig;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(make_shared(&rig, global_flags), STATUS_SUCCESS);
	CHECK(args.hGlobalShare != 0);
	memset(&q, 0, sizeof(q));
	q.hDevice = rig.device;
	q.hGlobalShare = args.hGlobalShare;
	CHECK_EQ(iolas_dxgk_query_resource(&q), STATUS_SUCCESS);
	CHECK_EQ(q.PrivateRuntimeDataSize, 5);
	CHECK_EQ(q.ResourcePrivateDriverDataSize, 7);
	CHECK_EQ(q.TotalPrivateDriverDataSize, 32);
	CHECK_EQ(q.NumAllocations, 2);
	q.pPrivateRuntimeData = bytes;
	q.PrivateRuntimeDataSize = 4;
	CHECK_EQ(iolas_dxgk_query_resource(&q), STATUS_BUFFER_TOO_SMALL);
	CHECK_EQ(q.PrivateRuntimeDataSize, 5);
	CHECK_EQ(iolas_dxgk_query_resource(&q), STATUS_SUCCESS);
	CHECK_MEM(bytes, runtime, 5);
	q.hGlobalShare ^= 0x100;
	CHECK_EQ(iolas_dxgk_query_resource(&q), STATUS_INVALID_PARAMETER);
	q.hDevice = 3;
	CHECK_EQ(iolas_dxgk_query_resource(&q), STATUS_INVALID_HANDLE);
	CHECK_EQ(iolas_dxgk_query_resource(NULL), STATUS_INVALID_PARAMETER);
	rig_end(&rig);
}

static void an_opener_gets_the_data_as_the_driver_left_them(void **state)
{
	struct iolas_dxgk_allocation_info info = { .struct_size =
							   sizeof(info) };
	struct fake_rig rig;
	struct opened o;
	uint32_t other;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(make_shared(&rig, global_flags), STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_device_create(rig.adapter, &other), STATUS_SUCCESS);
	CHECK_EQ(open_shared(other, args.hGlobalShare, &o), STATUS_SUCCESS);
	/* Only Open, without Create, and no CreateAllocation. */
	CHECK_STR(fake_log_without("QEASD"), "COO");
	CHECK_EQ(fake.open_flags, 0);
	CHECK(o.args.hResource != 0 && o.args.hResource != args.hResource);
	CHECK(o.infos[0].hAllocation != infos[0].hAllocation);
	CHECK_EQ(o.args.TotalPrivateDriverDataBufferSize, 32);
	CHECK(o.infos[0].pPrivateDriverData == o.total);
	CHECK(o.infos[1].pPrivateDriverData == o.total + 16);
	CHECK_MEM(o.total, data[0], 16);
	CHECK_MEM(o.total + 16, data[1], 16);
	CHECK_MEM(o.runtime, runtime, 5);
	CHECK_MEM(o.resource, resource_data, 7);
	/* Handles of both openers lead to the creator's object. */
	CHECK_EQ(iolas_dxgk_allocation_info(o.infos[1].hAllocation, &info),
		 IOLAS_OK);
	CHECK(info.driver_handle == &fake.allocations[1]);
	CHECK_EQ(info.open_count, 2);
	/* The creator's device goes; the resource stays for the other. */
	CHECK_EQ(iolas_dxgk_device_destroy(rig.device), STATUS_SUCCESS);
	CHECK_EQ(live_allocations(), 2);
	CHECK_EQ(iolas_dxgk_device_destroy(other), STATUS_SUCCESS);
	CHECK_EQ(live_allocations(), 0);
	CHECK_EQ(open_shared(other, args.hGlobalShare, &o),
		 STATUS_INVALID_HANDLE);
	rig_is_clean(&rig);
	rig_end(&rig);
}

static void too_little_room_opens_nothing(void **state)
{
	struct fake_rig rig;
	struct opened o;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(make_shared(&rig, global_flags), STATUS_SUCCESS);
	memset(&o, 0, sizeof(o));
	CHECK_EQ(open_shared(rig.device, args.hGlobalShare, &o),
		 STATUS_SUCCESS);
	CHECK_EQ(rig_destroy(&rig, o.args.hResource, NULL, 0), STATUS_SUCCESS);
	o.args.TotalPrivateDriverDataBufferSize = 31;
	CHECK_EQ(iolas_dxgk_open_resource(&o.args), STATUS_BUFFER_TOO_SMALL);
	o.args.TotalPrivateDriverDataBufferSize = 64;
	o.args.PrivateRuntimeDataSize = 4;
	CHECK_EQ(iolas_dxgk_open_resource(&o.args), STATUS_BUFFER_TOO_SMALL);
	o.args.PrivateRuntimeDataSize = 8;
	o.args.ResourcePrivateDriverDataSize = 6;
	CHECK_EQ(iolas_dxgk_open_resource(&o.args), STATUS_BUFFER_TOO_SMALL);
	o.args.ResourcePrivateDriverDataSize = 8;
	o.args.NumAllocations = 1;
	CHECK_EQ(iolas_dxgk_open_resource(&o.args), STATUS_INVALID_PARAMETER);
	o.args.NumAllocations = 2;
	o.args.pTotalPrivateDriverDataBuffer = NULL;
	CHECK_EQ(iolas_dxgk_open_resource(&o.args), STATUS_INVALID_PARAMETER);
	CHECK_EQ(iolas_dxgk_open_resource(NULL), STATUS_INVALID_PARAMETER);
	fake.fails = "O";
	CHECK_EQ(open_shared(rig.device, args.hGlobalShare, &o),
		 STATUS_NO_MEMORY);
	CHECK_EQ(o.args.hResource, 0);
	CHECK_EQ(live_allocations(), 2);
	rig_end(&rig);
}

static void an_opener_that_is_not_the_creator_may_not_write(void **state)
{
	struct fake_rig rig;
	struct opened o;

	(void)state;
	fake_reset(V24);
	fake.writes_private = 1;
	rig_running(&rig);
	CHECK_EQ(make_shared(&rig, global_flags), STATUS_SUCCESS);
	rig_is_clean(&rig); /* the creating open may */
	CHECK_EQ(open_shared(rig.device, args.hGlobalShare, &o),
		 STATUS_SUCCESS);
	CHECK_EQ(rig_count(&rig, IOLAS_DXGK_RULE_PRIVATE_DATA), 2);
	CHECK_MEM(o.total, data[0], 16); /* and nobody sees it */
	rig_end(&rig);
}

static void a_shared_resource_takes_no_new_members(void **state)
{
	struct fake_rig rig;
	D3DKMT_HANDLE resource;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(make_shared(&rig, global_flags), STATUS_SUCCESS);
	resource = args.hResource;
	memset(&args, 0, sizeof(args));
	args.hDevice = rig.device;
	args.hResource = resource;
	args.NumAllocations = 1;
	args.pAllocationInfo = infos;
	memset(infos, 0, sizeof(infos));
	CHECK_EQ(iolas_dxgk_create_allocation(&args), STATUS_INVALID_PARAMETER);
	rig_end(&rig);
}

static NTSTATUS open_nt(uint32_t device, void *nt, D3DKMT_HANDLE *resource)
{
	static D3DDDI_OPENALLOCATIONINFO2 nt_infos[2];
	static UCHAR bytes[3][64];
	D3DKMT_OPENRESOURCEFROMNTHANDLE o;
	NTSTATUS status;

	memset(&o, 0, sizeof(o));
	o.hDevice = device;
	o.hNtHandle = nt;
	o.NumAllocations = 2;
	o.pOpenAllocationInfo2 = nt_infos;
	o.pPrivateRuntimeData = bytes[0];
	o.PrivateRuntimeDataSize = 64;
	o.pResourcePrivateDriverData = bytes[1];
	o.ResourcePrivateDriverDataSize = 64;
	o.pTotalPrivateDriverDataBuffer = bytes[2];
	o.TotalPrivateDriverDataBufferSize = 64;
	status = iolas_dxgk_open_nt_resource(&o);
	*resource = o.hResource;
	return status;
}

static void an_nt_handle_keeps_the_resource_and_its_access(void **state)
{
	D3DKMT_QUERYRESOURCEINFOFROMNTHANDLE q;
	D3DKMT_HANDLE resource;
	struct fake_rig rig;
	void *nt = NULL, *read_only = NULL;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(make_shared(&rig, nt_flags), STATUS_SUCCESS);
	CHECK_EQ(args.hGlobalShare, 0); /* no guessable handle */
	CHECK_EQ(iolas_dxgk_share_object(args.hResource, 0, &nt),
		 STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_share_object(args.hResource, 1, &read_only),
		 STATUS_SUCCESS);
	memset(&q, 0, sizeof(q));
	q.hDevice = rig.device;
	q.hNtHandle = nt;
	CHECK_EQ(iolas_dxgk_query_nt_resource(&q), STATUS_SUCCESS);
	CHECK_EQ(q.NumAllocations, 2);
	CHECK_EQ(open_nt(rig.device, nt, &resource), STATUS_SUCCESS);
	CHECK_EQ(fake.open_flags, 0);
	CHECK_EQ(rig_destroy(&rig, resource, NULL, 0), STATUS_SUCCESS);
	CHECK_EQ(open_nt(rig.device, read_only, &resource), STATUS_SUCCESS);
	CHECK_EQ(fake.open_flags, 2); /* ReadOnly */
	CHECK_EQ(rig_destroy(&rig, resource, NULL, 0), STATUS_SUCCESS);
	CHECK_EQ(rig_destroy(&rig, args.hResource, NULL, 0), STATUS_SUCCESS);
	CHECK_EQ(live_allocations(), 2); /* the NT handles hold it */
	CHECK_EQ(iolas_dxgk_close_nt_handle(read_only), STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_close_nt_handle(read_only), STATUS_INVALID_HANDLE);
	CHECK_EQ(open_nt(rig.device, read_only, &resource),
		 STATUS_INVALID_HANDLE);
	CHECK_EQ(iolas_dxgk_close_nt_handle(nt), STATUS_SUCCESS);
	CHECK_EQ(live_allocations(), 0);
	CHECK_EQ(iolas_dxgk_close_nt_handle(NULL), STATUS_INVALID_HANDLE);
	rig_end(&rig);
}

static void only_nt_shared_resources_get_nt_handles(void **state)
{
	struct fake_rig rig;
	void *nt = &rig;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(make_shared(&rig, global_flags), STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_share_object(args.hResource, 0, &nt),
		 STATUS_INVALID_PARAMETER);
	CHECK(nt == NULL);
	CHECK_EQ(iolas_dxgk_share_object(infos[0].hAllocation, 0, &nt),
		 STATUS_INVALID_HANDLE);
	CHECK_EQ(iolas_dxgk_share_object(args.hResource, 0, NULL),
		 STATUS_INVALID_PARAMETER);
	rig_end(&rig);
}

static void a_stop_closes_nt_handles_that_were_left(void **state)
{
	struct fake_rig rig;
	void *nt;

	(void)state;
	fake_reset(V24);
	rig_running(&rig);
	CHECK_EQ(make_shared(&rig, nt_flags), STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_share_object(args.hResource, 0, &nt),
		 STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_adapter_stop(rig.adapter), STATUS_SUCCESS);
	CHECK_EQ(live_allocations(), 0);
	CHECK_EQ(iolas_dxgk_close_nt_handle(nt), STATUS_INVALID_HANDLE);
	rig_end(&rig);
}

static void *left_nt;

static void *close_left(void *arg)
{
	(void)arg;
	return (void *)(intptr_t)iolas_dxgk_close_nt_handle(left_nt);
}

static void *create_late(void *adapter)
{
	uint32_t device;

	return (void *)(intptr_t)iolas_dxgk_device_create(adapter, &device);
}

static struct fake_rig *stopping;
static pthread_t closer, creator;

/* Inside the stop: others come, and wait until it is over. */
static NTSTATUS APIENTRY destroy_slowly(const HANDLE device)
{
	(void)device;
	CHECK_EQ(pthread_create(&closer, NULL, close_left, NULL), 0);
	CHECK_EQ(pthread_create(&creator, NULL, create_late, stopping->adapter),
		 0);
	usleep(50000);
	return STATUS_SUCCESS;
}

static void who_waits_for_a_stop_finds_nothing_left(void **state)
{
	struct fake_rig rig;
	void *status;

	(void)state;
	fake_reset(V24);
	fake.ddi.DxgkDdiDestroyDevice = destroy_slowly;
	rig_running(&rig);
	stopping = &rig;
	CHECK_EQ(make_shared(&rig, nt_flags), STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_share_object(args.hResource, 0, &left_nt),
		 STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_adapter_stop(rig.adapter), STATUS_SUCCESS);
	pthread_join(closer, &status);
	CHECK_EQ((intptr_t)status, STATUS_INVALID_HANDLE);
	pthread_join(creator, &status);
	CHECK_EQ((intptr_t)status, STATUS_INVALID_PARAMETER);
	CHECK_EQ(live_allocations(), 0);
	rig_end(&rig);
}

RUN_CASES(CASE(a_query_answers_sizes_and_runtime_data),
	  CASE(an_opener_gets_the_data_as_the_driver_left_them),
	  CASE(too_little_room_opens_nothing),
	  CASE(an_opener_that_is_not_the_creator_may_not_write),
	  CASE(a_shared_resource_takes_no_new_members),
	  CASE(an_nt_handle_keeps_the_resource_and_its_access),
	  CASE(only_nt_shared_resources_get_nt_handles),
	  CASE(a_stop_closes_nt_handles_that_were_left),
	  CASE(who_waits_for_a_stop_finds_nothing_left))
