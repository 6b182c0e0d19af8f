/* SPDX-License-Identifier: MIT */
/*
 * Timing for benchmarks.  Contestants of one group run alternated, in one
 * process, so that a noisy machine disturbs them alike; figures are nanoseconds
 * per operation, and what counts is the ratio inside one run.
 */
#ifndef BENCH_HARNESS_BENCH_H
#define BENCH_HARNESS_BENCH_H

#include <stddef.h>
#include <stdint.h>

/* Keeps the compiler from dropping a computed value. */
#define bench_keep(value) __asm__ volatile("" : : "g"(value) : "memory")

struct bench_case {
	const char *name; /* floor/workload/.../who */
	/* Makes the state; NULL on failure. */
	void *(*begin)(void);
	/* Does @ops operations. */
	void (*run)(void *state, uint64_t ops);
	void (*end)(void *state);
	uint64_t ops; /* operations per sample */
};

/*
 * Runs the cases of one group, alternated, and prints a line for each: name,
 * min, median, p90, samples, and the ratio of medians to the first case.
 * 0, or -1 after a message.
 */
int bench_group(const char *question, const struct bench_case *cases,
		size_t count);

#endif /* BENCH_HARNESS_BENCH_H */
