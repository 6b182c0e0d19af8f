/* SPDX-License-Identifier: MIT */
/*
 * Replay of a recorded trace through domains of this library: the same
 * requests, but the addresses are ours.  Every map is followed by lookups of
 * all its pages, every unmap is preceded by the same and followed by the proof
 * that they are gone; what differs is a mismatch.
 */
#ifndef TOOLS_TRACE_TRACE_REPLAY_H
#define TOOLS_TRACE_TRACE_REPLAY_H

#include <iolas/host.h>

#include "trace/trace_event.h"

struct trace_replay;

struct trace_replay_totals {
	uint64_t events;
	uint64_t allocs, frees, maps, unmaps, flushes;
	uint64_t live_ranges, peak_live_ranges;
	uint64_t live_pages, peak_live_pages;
	uint64_t table_bytes, peak_table_bytes;
	uint64_t lookups;
	uint64_t mismatches;
};

/* @is_lazy: unmaps wait for the next flush of their domain, as recorded. */
struct trace_replay *trace_replay_create(const struct iolas_host *host,
					 int is_lazy);
void trace_replay_destroy(struct trace_replay *replay);

/*
 * Applies one event.  0, or -1 when it contradicts the trace so far or the
 * library refused it; trace_replay_error() says which.
 */
int trace_replay_apply(struct trace_replay *replay,
		       const struct trace_event *event);
const char *trace_replay_error(const struct trace_replay *replay);

/*
 * Compares every page still mapped with what lookup answers, in both
 * directions; adds to the mismatches.
 */
void trace_replay_verify(struct trace_replay *replay);

void trace_replay_totals(struct trace_replay *replay,
			 struct trace_replay_totals *totals);

#endif /* TOOLS_TRACE_TRACE_REPLAY_H */
