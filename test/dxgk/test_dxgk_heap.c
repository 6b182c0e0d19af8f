/* SPDX-License-Identifier: MIT */
/*
 * The library's own heap: aligned, zeroed, all of it back at the end.
 * Floor: dxgk.
 */
#include "dxgk/dxgk_heap.h"
#include "harness/check.h"
#include "harness/counting_host.h"
#include "harness/rng.h"

#include <string.h>

#define PIECES 64

static void pieces_are_aligned_zeroed_and_apart(void **state)
{
	struct rng rng = rng_seed(0x5eed);
	struct counting_host host;
	struct iolas__dxgk_heap heap;
	unsigned char *piece[PIECES] = { 0 };
	size_t bytes[PIECES] = { 0 };

	(void)state;
	counting_host_init(&host);
	iolas__dxgk_heap_init(&heap, &host.table);
	for (int turn = 0; turn < 4000; turn++) {
		size_t i = rng_below(&rng, PIECES);
		size_t want = rng_below(&rng, 8) ? rng_below(&rng, 3000)
						 : rng_below(&rng, 200000);

		for (size_t k = 0; k < bytes[i]; k++)
			CHECK(piece[i][k] == (unsigned char)(i + 1));
		iolas__dxgk_free(&heap, piece[i]);
		piece[i] = iolas__dxgk_alloc(&heap, want);
		bytes[i] = want;
		CHECK(piece[i] && (uintptr_t)piece[i] % 16 == 0);
		for (size_t k = 0; k < want; k++)
			CHECK(piece[i][k] == 0);
		memset(piece[i], (int)i + 1, want);
	}
	for (size_t i = 0; i < PIECES; i++)
		iolas__dxgk_free(&heap, piece[i]);
	CHECK_EQ(heap.live_count, 0);
	iolas__dxgk_heap_fini(&heap);
	counting_host_fini(&host);
}

static void a_refusing_host_yields_null_and_keeps_the_heap(void **state)
{
	struct counting_host host;
	struct iolas__dxgk_heap heap;

	(void)state;
	counting_host_init(&host);
	iolas__dxgk_heap_init(&heap, &host.table);
	counting_host_fail_from(&host, 1);
	CHECK(!iolas__dxgk_alloc(&heap, 10));
	CHECK(!iolas__dxgk_alloc(&heap, 1 << 20));
	CHECK(!iolas__dxgk_alloc(&heap, SIZE_MAX));
	CHECK(!iolas__dxgk_alloc(&heap, SIZE_MAX - 40));
	CHECK_EQ(heap.live_count, 0);
	counting_host_fail_at(&host, 0);
	CHECK(iolas__dxgk_alloc(&heap, 0));
	CHECK(iolas__dxgk_alloc(&heap, 1 << 20));
	iolas__dxgk_heap_fini(&heap); /* live pieces go too */
	counting_host_fini(&host);
}

static void the_nth_request_can_be_refused(void **state)
{
	struct counting_host host;
	struct iolas__dxgk_heap heap;

	(void)state;
	counting_host_init(&host);
	iolas__dxgk_heap_init(&heap, &host.table);
	iolas__dxgk_heap_fail_at(&heap, 2);
	CHECK(iolas__dxgk_alloc(&heap, 8));
	CHECK(!iolas__dxgk_alloc(&heap, 8));
	CHECK(iolas__dxgk_alloc(&heap, 8));
	iolas__dxgk_free(&heap, NULL);
	iolas__dxgk_heap_fini(&heap);
	counting_host_fini(&host);
}

RUN_CASES(CASE(pieces_are_aligned_zeroed_and_apart),
	  CASE(a_refusing_host_yields_null_and_keeps_the_heap),
	  CASE(the_nth_request_can_be_refused))
