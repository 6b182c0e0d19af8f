/* SPDX-License-Identifier: MIT */
/*
 * The demo's two halves and what they count.
 */
#ifndef EXAMPLES_DEMO_DEMO_H
#define EXAMPLES_DEMO_DEMO_H

#include <iolas/host.h>

#include <stdint.h>

struct demo_totals {
	uint64_t allocations;	   /* through the driver callbacks */
	uint64_t dma_bytes;	   /* moved by the copy engine and verified */
	uint64_t faults_explained; /* with who, where, and what lived there */
	uint64_t trace_events;
	uint64_t mismatches; /* anything that was not as it should be */
};

/*
 * Runs a display miniport's life in every adapter mode.  0, or -1 after a
 * message on stderr.
 */
int demo_miniport(const struct iolas_host *host, struct demo_totals *totals);

/*
 * Replays the recorded trace at @path through domains.  0, or -1 after a
 * message on stderr.
 */
int demo_trace(const struct iolas_host *host, const char *path,
	       struct demo_totals *totals);

#endif /* EXAMPLES_DEMO_DEMO_H */
