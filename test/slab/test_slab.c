/* SPDX-License-Identifier: MIT */
/*
 * Slab: objects are apart, aligned and reused; physical addresses belong to
 * them; chunks grow and all go back at the end.
 * Floor: slab.
 */
#include "base/asan.h"
#include "slab/slab_priv.h"

#include "harness/check.h"
#include "harness/counting_host.h"
#include "harness/rng.h"

#include <string.h>

#define KIB 1024u
#define MIB (1024u * KIB)

/* As many objects as fit into a test of a few megabytes. */
static unsigned some_objects(uint32_t bytes)
{
	return bytes >= MIB ? 3 : bytes >= 64 * KIB ? 40 : 300;
}

static void fill(void *object, uint32_t bytes, unsigned tag)
{
	memset(object, (int)(tag % 251), bytes);
}

static bool is_filled(const unsigned char *object, uint32_t bytes, unsigned tag)
{
	for (uint32_t i = 0; i < bytes; i++)
		if (object[i] != tag % 251)
			return false;
	return true;
}

/* Takes objects, fills each to the brim, then looks at all of them. */
static void check_shape(struct counting_host *host, uint32_t bytes,
			uint32_t align)
{
	struct iolas__slab slab;
	const unsigned count = some_objects(bytes > align ? bytes : align);
	unsigned char *object[300];
	iolas_pa pa[300];

	iolas__slab_init(&slab, &host->table, bytes, align);
	for (unsigned i = 0; i < count; i++) {
		object[i] = iolas__slab_alloc(&slab, &pa[i]);
		CHECK(object[i] && (uintptr_t)object[i] % align == 0);
		CHECK(pa[i] % align == 0);
		fill(object[i], bytes, i);
	}
	CHECK_EQ(slab.object_count, count);
	for (unsigned i = 0; i < count; i++) {
		CHECK(is_filled(object[i], bytes, i));
		CHECK(iolas__host_ptr(&host->table, pa[i], bytes) == object[i]);
		CHECK_EQ(iolas__slab_pa(&slab, object[i]), pa[i]);
	}
	iolas__slab_fini(&slab);
	CHECK(counting_host_is_empty(host));
}

static void check_shapes(struct counting_host *host)
{
	static const uint32_t sizes[] = { 1,   8,	24,	    64,
					  100, 4096,	5000,	    64 * KIB,
					  MIB, 2 * MIB, 3 * MIB + 8 };
	static const uint32_t aligns[] = {
		8, 16, 64, 4096, 16384, 64 * KIB, MIB
	};

	for (unsigned s = 0; s < sizeof(sizes) / sizeof(*sizes); s++)
		for (unsigned a = 0; a < sizeof(aligns) / sizeof(*aligns); a++)
			check_shape(host, sizes[s], aligns[a]);
}

static void objects_of_every_shape_are_aligned_and_apart(void **state)
{
	struct counting_host host;

	(void)state;
	counting_host_init(&host);
	check_shapes(&host);
	counting_host_fini(&host);
}

static void scattered_physical_addresses_belong_to_their_objects(void **state)
{
	struct counting_host host;

	(void)state;
	counting_host_init_scattered(&host);
	check_shapes(&host);
	counting_host_fini(&host);
}

#define BIAS 0x1000

static void *(*unbiased_alloc)(void *user, size_t bytes, size_t align,
			       iolas_pa *pa);

static void *biased_alloc(void *user, size_t bytes, size_t align, iolas_pa *pa)
{
	void *chunk = unbiased_alloc(user, bytes, align, pa);

	*pa -= BIAS;
	return chunk;
}

static void a_biased_host_has_its_bias_taken_off(void **state)
{
	struct counting_host host;
	struct iolas__slab slab;
	iolas_pa pa;
	void *object;

	(void)state;
	counting_host_init(&host);
	unbiased_alloc = host.table.chunk_alloc;
	host.table.chunk_alloc = biased_alloc;
	host.table.pa_bias = BIAS;
	iolas__slab_init(&slab, &host.table, 64, 64);
	object = iolas__slab_alloc(&slab, &pa);
	CHECK_EQ(pa, (uintptr_t)object - BIAS);
	CHECK(iolas__host_ptr(&host.table, pa, 64) == object);
	iolas__slab_fini(&slab);
	counting_host_fini(&host);
}

static void an_address_of_nobody_has_no_physical_address(void **state)
{
	struct counting_host host;
	struct iolas__slab slab;
	unsigned char *object;

	(void)state;
	counting_host_init_scattered(&host);
	iolas__slab_init(&slab, &host.table, 64, 64);
	CHECK_EQ(iolas__slab_pa(&slab, &slab), 0);
	object = iolas__slab_alloc(&slab, NULL);
	CHECK(iolas__slab_pa(&slab, object) != 0);
	CHECK_EQ(iolas__slab_pa(&slab, &slab), 0);
	iolas__slab_fini(&slab);
	counting_host_fini(&host);
}

static void freed_objects_are_the_next_ones(void **state)
{
	struct counting_host host;
	struct iolas__slab slab;
	void *object[100];
	uint64_t bytes;

	(void)state;
	counting_host_init(&host);
	iolas__slab_init(&slab, &host.table, 4096, 4096);
	for (unsigned i = 0; i < 100; i++)
		object[i] = iolas__slab_alloc(&slab, NULL);
	bytes = host.live_bytes;
	CHECK_EQ(slab.chunk_bytes, bytes);
	for (unsigned round = 0; round < 10; round++) {
		for (unsigned i = 0; i < 100; i++)
			iolas__slab_free(&slab, object[i]);
		CHECK_EQ(slab.object_count, 0);
		for (unsigned i = 0; i < 100; i++)
			object[i] = iolas__slab_alloc(&slab, NULL);
	}
	CHECK_EQ(slab.object_count, 100);
	CHECK_EQ(host.live_bytes, bytes);
	iolas__slab_free(&slab, NULL);
	CHECK_EQ(slab.object_count, 100);
	iolas__slab_fini(&slab);
	counting_host_fini(&host);
}

static void a_small_embedder_pays_64_kib_and_a_large_one_2_mib(void **state)
{
	struct counting_host host;
	struct iolas__slab slab;
	uint64_t before = 0;

	(void)state;
	counting_host_init(&host);
	iolas__slab_init(&slab, &host.table, 4096, 4096);
	CHECK_EQ(host.live_chunks, 0);
	CHECK(iolas__slab_alloc(&slab, NULL));
	CHECK(host.live_chunks == 1 && host.live_bytes <= 64 * KIB);
	/* All but a page and a header of each chunk is objects. */
	for (unsigned i = 1; i < 4000; i++) {
		CHECK(iolas__slab_alloc(&slab, NULL));
		CHECK(host.live_bytes - before <= 2 * MIB ||
		      host.live_bytes == before);
		before = host.live_bytes;
	}
	CHECK(host.live_bytes >= 4000 * 4096 + host.live_chunks * 48);
	CHECK(host.live_bytes <= 4000 * 4096 + 2 * MIB);
	/* 64 + 128 + ... + 1024 KiB, then 2 MiB each. */
	CHECK_EQ(host.live_chunks, 5 + 7);
	iolas__slab_fini(&slab);
	counting_host_fini(&host);
}

static void large_objects_waste_no_more_than_a_header(void **state)
{
	struct counting_host host;
	struct iolas__slab slab;

	(void)state;
	counting_host_init(&host);
	iolas__slab_init(&slab, &host.table, MIB, MIB);
	for (unsigned i = 0; i < 5; i++)
		CHECK(iolas__slab_alloc(&slab, NULL));
	CHECK(host.live_bytes <= 5 * (MIB + 128));
	iolas__slab_fini(&slab);
	counting_host_fini(&host);
}

static void a_slab_that_was_ended_can_begin_again(void **state)
{
	struct counting_host host;
	struct iolas__slab slab;

	(void)state;
	counting_host_init(&host);
	iolas__slab_init(&slab, &host.table, 100, 8);
	iolas__slab_fini(&slab);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 2000; i++)
			CHECK(iolas__slab_alloc(&slab, NULL));
		iolas__slab_fini(&slab);
		CHECK(counting_host_is_empty(&host));
		CHECK(slab.object_count == 0 && slab.chunk_bytes == 0);
	}
	counting_host_fini(&host);
}

static void freed_memory_is_out_of_bounds_for_the_sanitizer(void **state)
{
#if IOLAS__ASAN
	struct counting_host host;
	struct iolas__slab slab;
	unsigned char *a, *b;

	(void)state;
	counting_host_init(&host);
	iolas__slab_init(&slab, &host.table, 64, 8);
	a = iolas__slab_alloc(&slab, NULL);
	CHECK(!__asan_address_is_poisoned(a));
	CHECK(!__asan_address_is_poisoned(a + 63));
	CHECK(__asan_address_is_poisoned(a + 64));
	b = iolas__slab_alloc(&slab, NULL);
	CHECK(b == a + 64 && !__asan_address_is_poisoned(b));
	iolas__slab_free(&slab, a);
	CHECK(__asan_address_is_poisoned(a));
	CHECK(__asan_address_is_poisoned(a + 63));
	CHECK(!__asan_address_is_poisoned(b));
	CHECK(iolas__slab_alloc(&slab, NULL) == a);
	CHECK(!__asan_address_is_poisoned(a + 63));
	iolas__slab_fini(&slab);
	counting_host_fini(&host);
#else
	(void)state;
	SKIP("not built with AddressSanitizer");
#endif
}

/* Random traffic against a plain array of what is live. */
static void random_traffic_keeps_every_byte(void **state)
{
	enum { LIVE = 500, STEPS = 40000, BYTES = 40 };
	struct counting_host host;
	struct iolas__slab slab;
	struct rng rng = rng_seed(2);
	unsigned char *live[LIVE] = { 0 };
	uint64_t count = 0;

	(void)state;
	counting_host_init_scattered(&host);
	iolas__slab_init(&slab, &host.table, BYTES, 8);
	for (unsigned step = 0; step < STEPS; step++) {
		const unsigned at = (unsigned)rng_below(&rng, LIVE);

		if (live[at]) {
			CHECK(is_filled(live[at], BYTES, at));
			iolas__slab_free(&slab, live[at]);
			live[at] = NULL;
			count--;
		} else {
			live[at] = iolas__slab_alloc(&slab, NULL);
			CHECK(live[at]);
			fill(live[at], BYTES, at);
			count++;
		}
		CHECK_EQ(slab.object_count, count);
	}
	CHECK_EQ(host.live_chunks, 1); /* 500 * 40 bytes: one chunk is plenty */
	iolas__slab_fini(&slab);
	counting_host_fini(&host);
}

RUN_CASES(CASE(objects_of_every_shape_are_aligned_and_apart),
	  CASE(scattered_physical_addresses_belong_to_their_objects),
	  CASE(a_biased_host_has_its_bias_taken_off),
	  CASE(an_address_of_nobody_has_no_physical_address),
	  CASE(freed_objects_are_the_next_ones),
	  CASE(a_small_embedder_pays_64_kib_and_a_large_one_2_mib),
	  CASE(large_objects_waste_no_more_than_a_header),
	  CASE(a_slab_that_was_ended_can_begin_again),
	  CASE(freed_memory_is_out_of_bounds_for_the_sanitizer),
	  CASE(random_traffic_keeps_every_byte))
