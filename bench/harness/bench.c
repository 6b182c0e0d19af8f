/* SPDX-License-Identifier: MIT */
/*
 * Timing for benchmarks: alternated samples, medians, ratios.
 */
#include "harness/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CASE_MAX     16
#define SAMPLE_COUNT 11

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double sample(const struct bench_case *c, void *state)
{
	double begin = now_ns();

	c->run(state, c->ops);
	return (now_ns() - begin) / (double)c->ops;
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int begin_all(const struct bench_case *cases, size_t count, void **state)
{
	for (size_t i = 0; i < count; i++) {
		state[i] = cases[i].begin();
		if (!state[i]) {
			fprintf(stderr, "%s: cannot be set up\n",
				cases[i].name);
			return -1;
		}
		cases[i].run(state[i], cases[i].ops); /* warm up */
	}
	return 0;
}

int bench_group(const char *question, const struct bench_case *cases,
		size_t count)
{
	static double ns[CASE_MAX][SAMPLE_COUNT];
	void *state[CASE_MAX] = { NULL };
	int status;

	if (count > CASE_MAX)
		return -1;
	printf("\n%s\n  %-34s %8s %8s %8s %8s %7s\n", question,
	       "ns per operation", "min", "median", "p90", "samples", "ratio");
	status = begin_all(cases, count, state);
	for (size_t s = 0; s < SAMPLE_COUNT && status == 0; s++)
		for (size_t i = 0; i < count; i++)
			ns[i][s] = sample(&cases[i], state[i]);
	for (size_t i = 0; i < count; i++) {
		if (state[i])
			cases[i].end(state[i]);
		if (status != 0)
			continue;
		qsort(ns[i], SAMPLE_COUNT, sizeof(ns[i][0]), compare);
		printf("  %-34s %8.2f %8.2f %8.2f %8d %7.2f\n", cases[i].name,
		       ns[i][0], ns[i][SAMPLE_COUNT / 2],
		       ns[i][SAMPLE_COUNT * 9 / 10], SAMPLE_COUNT,
		       ns[i][SAMPLE_COUNT / 2] / ns[0][SAMPLE_COUNT / 2]);
	}
	return status;
}
