/* SPDX-License-Identifier: MIT */
/*
 * Slab on a host that refuses: nothing changes, nothing leaks, reserved objects
 * are there, and smaller chunks do when there are no large ones.
 * Floor: slab.
 */
#include "slab/slab_priv.h"

#include "harness/check.h"
#include "harness/counting_host.h"

#include <string.h>

/* Enough objects for several chunks; the slab of a refusal is as it was. */
static int fill_several_chunks(struct counting_host *host, void *arg)
{
	struct iolas__slab slab, before;
	unsigned count = 0;
	int status = IOLAS_OK;

	(void)arg;
	iolas__slab_init(&slab, &host->table, 4096, 4096);
	while (count < 200) {
		iolas_pa pa = 42;

		memcpy(&before, &slab, sizeof(slab));
		if (!iolas__slab_alloc(&slab, &pa)) {
			CHECK(memcmp(&slab, &before, sizeof(slab)) == 0);
			CHECK_EQ(pa, 42);
			status = IOLAS_ENOMEM;
			break;
		}
		count++;
	}
	CHECK_EQ(slab.object_count, count);
	iolas__slab_fini(&slab);
	return status;
}

static void a_refused_allocation_changes_nothing(void **state)
{
	struct counting_host host;

	(void)state;
	counting_host_init(&host);
	/* 15 + 31 + 63 + 127 objects of 4 KiB: four chunks for 200. */
	CHECK_EQ(counting_host_fail_each(&host, fill_several_chunks, NULL), 4);
	counting_host_fini(&host);
}

static int reserve_many(struct counting_host *host, void *arg)
{
	struct iolas__slab slab;
	int status;

	(void)arg;
	iolas__slab_init(&slab, &host->table, 4096, 4096);
	status = iolas__slab_reserve(&slab, 200);
	CHECK(slab.object_count == 0);
	CHECK(status || slab.idle_count >= 200);
	/* What was taken before the refusal serves later allocations. */
	counting_host_fail_from(host, 0);
	CHECK(iolas__slab_alloc(&slab, NULL));
	iolas__slab_fini(&slab);
	return status;
}

static void a_refused_reserve_leaks_nothing(void **state)
{
	struct counting_host host;

	(void)state;
	counting_host_init(&host);
	for (unsigned nth = 1; nth <= 4; nth++) {
		counting_host_fail_from(&host, nth);
		CHECK_EQ(reserve_many(&host, NULL), IOLAS_ENOMEM);
		CHECK(counting_host_is_empty(&host));
	}
	counting_host_fail_from(&host, 5);
	CHECK_EQ(reserve_many(&host, NULL), IOLAS_OK);
	counting_host_fini(&host);
}

static void reserved_objects_need_no_host(void **state)
{
	struct counting_host host;
	struct iolas__slab slab;
	void *object[1000];

	(void)state;
	counting_host_init_scattered(&host);
	iolas__slab_init(&slab, &host.table, 4096, 4096);
	CHECK_EQ(iolas__slab_reserve(&slab, 0), IOLAS_OK);
	CHECK_EQ(host.requests, 0);
	for (unsigned round = 0; round < 3; round++) {
		counting_host_fail_at(&host, 0);
		CHECK_EQ(iolas__slab_reserve(&slab, 1000), IOLAS_OK);
		counting_host_fail_from(&host, 1);
		for (unsigned i = 0; i < 1000; i++) {
			iolas_pa pa;

			object[i] = iolas__slab_alloc(&slab, &pa);
			CHECK(object[i]);
			CHECK(host.table.pa_to_ptr(&host, pa, 4096) ==
			      object[i]);
			memset(object[i], (int)i, 4096);
		}
		CHECK_EQ(host.requests, 0);
		/* Half of them back: a reserve counts those too. */
		for (unsigned i = 0; i < 1000; i += 2)
			iolas__slab_free(&slab, object[i]);
		CHECK_EQ(iolas__slab_reserve(&slab, 500), IOLAS_OK);
		CHECK_EQ(host.requests, 0);
	}
	iolas__slab_fini(&slab);
	counting_host_fini(&host);
}

/* A host without large contiguous memory. */
static struct counting_host fragmented;

static void *alloc_at_most_64_kib(void *user, size_t bytes, size_t align,
				  iolas_pa *pa)
{
	(void)user;
	if (bytes > 64 * 1024)
		return NULL;
	return fragmented.table.chunk_alloc(&fragmented, bytes, align, pa);
}

static void free_to_fragmented(void *user, void *chunk, size_t bytes)
{
	(void)user;
	fragmented.table.chunk_free(&fragmented, chunk, bytes);
}

static void a_fragmented_host_is_asked_for_smaller_chunks(void **state)
{
	struct iolas__slab slab;
	struct iolas_host host;

	(void)state;
	counting_host_init(&fragmented);
	host = fragmented.table;
	host.chunk_alloc = alloc_at_most_64_kib;
	host.chunk_free = free_to_fragmented;
	iolas__slab_init(&slab, &host, 4096, 4096);
	for (unsigned i = 0; i < 1000; i++)
		CHECK(iolas__slab_alloc(&slab, NULL));
	CHECK_EQ(fragmented.live_chunks, (1000 + 14) / 15);
	iolas__slab_fini(&slab);
	counting_host_fini(&fragmented);
}

RUN_CASES(CASE(a_refused_allocation_changes_nothing),
	  CASE(a_refused_reserve_leaks_nothing),
	  CASE(reserved_objects_need_no_host),
	  CASE(a_fragmented_host_is_asked_for_smaller_chunks))
