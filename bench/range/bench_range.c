/* SPDX-License-Identifier: MIT */
/*
 * What does a range cost when small sizes come and go at random?
 *
 * W1: one page, 64 or 1024 live; W2: powers of two from 1 to 32 pages, 1024
 * live; each operation frees one live range, chosen beforehand, and takes
 * another.  A free and an alloc count as two operations.  The sequences are
 * drawn before timing; the `null` contestant reads them and does nothing else.
 * Left out: limits, boundaries, threads.
 */
#include <iolas/range.h>

#include "harness/bench.h"
#include "standard_host.h"

#include <stdlib.h>

#define STEPS 16384u /* pairs per sample */

struct workload {
	struct iolas_space *space;
	uint32_t live_count;
	iolas_iova *live; /* address per slot */
	uint64_t *len;	  /* length per slot */
	uint32_t slot[STEPS];
	uint64_t next_len[STEPS];
};

static uint64_t draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	return *state ^= *state << 17;
}

static void *begin(uint32_t live_count, unsigned order_count)
{
	const struct iolas_range_config config = {
		.struct_size = sizeof(config),
		.first = 0x1000,
		.last = (UINT64_C(1) << 48) - 1,
		.granule_lg2 = 12,
	};
	struct workload *w = calloc(1, sizeof(*w));
	uint64_t seed = 88172645463325252;

	if (!w)
		return NULL;
	w->live_count = live_count;
	w->live = calloc(live_count, sizeof(*w->live));
	w->len = calloc(live_count, sizeof(*w->len));
	if (!w->live || !w->len ||
	    iolas_range_create(standard_host(), &config, &w->space))
		return NULL;
	for (uint32_t i = 0; i < live_count; i++) {
		w->len[i] = UINT64_C(4096) << draw(&seed) % order_count;
		if (iolas_range_alloc(w->space, w->len[i], NULL, &w->live[i]))
			return NULL;
	}
	for (uint32_t i = 0; i < STEPS; i++) {
		w->slot[i] = (uint32_t)(draw(&seed) % live_count);
		w->next_len[i] = UINT64_C(4096) << draw(&seed) % order_count;
	}
	return w;
}

static void *begin_w1_64(void)
{
	return begin(64, 1);
}

static void *begin_w1_1k(void)
{
	return begin(1024, 1);
}

static void *begin_w2_1k(void)
{
	return begin(1024, 6);
}

static void run_null(void *state, uint64_t ops)
{
	struct workload *w = state;

	for (uint64_t i = 0; i < ops / 2; i++) {
		const uint32_t slot = w->slot[i];

		bench_keep(w->live[slot]);
		w->len[slot] = w->next_len[i];
	}
}

static void run_iolas(void *state, uint64_t ops)
{
	struct workload *w = state;

	for (uint64_t i = 0; i < ops / 2; i++) {
		const uint32_t slot = w->slot[i];

		if (iolas_range_free(w->space, w->live[slot], w->len[slot]))
			abort();
		w->len[slot] = w->next_len[i];
		if (iolas_range_alloc(w->space, w->len[slot], NULL,
				      &w->live[slot]))
			abort();
	}
}

static void end(void *state)
{
	struct workload *w = state;

	iolas_range_destroy_all(w->space);
	free(w->live);
	free(w->len);
	free(w);
}

int main(void)
{
	const struct bench_case w1_64[] = {
		{ "range/W1-64/null", begin_w1_64, run_null, end, 2 * STEPS },
		{ "range/W1-64/iolas", begin_w1_64, run_iolas, end, 2 * STEPS },
	};
	const struct bench_case w1_1k[] = {
		{ "range/W1-1k/null", begin_w1_1k, run_null, end, 2 * STEPS },
		{ "range/W1-1k/iolas", begin_w1_1k, run_iolas, end, 2 * STEPS },
	};
	const struct bench_case w2_1k[] = {
		{ "range/W2-1k/null", begin_w2_1k, run_null, end, 2 * STEPS },
		{ "range/W2-1k/iolas", begin_w2_1k, run_iolas, end, 2 * STEPS },
	};

	return bench_group("One page, 64 live: free one, take one", w1_64, 2) ||
	       bench_group("One page, 1024 live", w1_1k, 2) ||
	       bench_group("1 to 32 pages, 1024 live", w2_1k, 2);
}
