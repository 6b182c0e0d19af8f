/* SPDX-License-Identifier: MIT */
/*
 * Seeded random numbers for tests: splitmix64.  rng_seed() takes IOLAS_SEED
 * from the environment when set, and prints the seed, so that a failing run can
 * be had again.
 */
#ifndef TEST_HARNESS_RNG_H
#define TEST_HARNESS_RNG_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct rng {
	uint64_t state;
};

static inline struct rng rng_seed(uint64_t fallback)
{
	const char *given = getenv("IOLAS_SEED");
	struct rng r = { given ? strtoull(given, NULL, 0) : fallback };

	printf("# seed %#" PRIx64 " (set IOLAS_SEED to repeat)\n", r.state);
	return r;
}

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t z = (r->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* Uniform enough in [0, bound); bound is not 0. */
static inline uint64_t rng_below(struct rng *r, uint64_t bound)
{
	return rng_next(r) % bound;
}

#endif /* TEST_HARNESS_RNG_H */
