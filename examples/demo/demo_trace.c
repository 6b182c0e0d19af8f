/* SPDX-License-Identifier: MIT */
/*
 * Second half of the demo: DMA traffic recorded from a Linux guest, replayed
 * through domains of this library and compared page by page.
 */
#include "demo.h"

#include "trace/trace_file.h"
#include "trace/trace_replay.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Lines of the header that steer the replay. */
struct header {
	bool is_lazy;
	uint64_t event_count; /* announced, marks included; 0: not said */
	uint64_t mark_count;  /* wl-start, wl-end */
};

static void read_header(const char *line, struct header *header)
{
	if (strncmp(line, "# iommu:", 8) == 0 && strstr(line, "lazy"))
		header->is_lazy = true;
	header->mark_count +=
		strstr(line, " wl-start") || strstr(line, " wl-end");
	sscanf(line, "# events: %" SCNu64, &header->event_count);
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void show_progress(uint64_t done, uint64_t of, bool is_last)
{
	if (!isatty(STDERR_FILENO) && !is_last)
		return;
	if (of)
		fprintf(stderr, "\r  replaying %" PRIu64 " of %" PRIu64, done,
			of);
	else
		fprintf(stderr, "\r  replaying %" PRIu64, done);
	fputs(is_last ? " events\n" : "", stderr);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int refuse(const char *path, const struct trace_file *file,
		  const char *why)
{
	fprintf(stderr, "%s:%" PRIu64 ": %s\n", path, trace_file_line(file),
		why);
	return -1;
}

/* Every line of @file into *replay, which the header's policy creates. */
static int replay_lines(const struct iolas_host *host, const char *path,
			struct trace_file *file, struct trace_replay **replay)
{
	struct header header = { false, 0, 0 };
	struct trace_event event;
	const char *line, *why;
	uint64_t done = 0;
	int status;

	while ((status = trace_file_next(file, &line)) > 0) {
		int kind = trace_event_parse(line, &event, &why);

		if (kind < 0)
			return refuse(path, file, why);
		if (kind > 0) {
			read_header(line, &header);
			continue;
		}
		if (!*replay)
			*replay = trace_replay_create(host, header.is_lazy);
		if (!*replay)
			return refuse(path, file, "out of memory");
		if (trace_replay_apply(*replay, &event))
			return refuse(path, file, trace_replay_error(*replay));
		if (++done % 8192 == 0)
			show_progress(done, header.event_count, false);
	}
	if (status < 0)
		return refuse(path, file, trace_file_error(file));
	if (!*replay)
		return refuse(path, file, "the trace holds no event");
	if (header.event_count && done + header.mark_count < header.event_count)
		return refuse(path, file, "events are missing at the end");
	show_progress(done, done, true);
	return 0;
}

static void report(const char *path, const struct trace_replay_totals *t,
		   double seconds)
{
	printf("  %s: %" PRIu64 " events in %.2f s (%.0f events/s, each page "
	       "looked up)\n",
	       base_name(path), t->events, seconds,
	       (double)t->events / seconds);
	printf("    allocs %" PRIu64 "  maps %" PRIu64 "  unmaps %" PRIu64
	       "  frees %" PRIu64 "  flushes %" PRIu64 "\n",
	       t->allocs, t->maps, t->unmaps, t->frees, t->flushes);
	printf("    peak: %" PRIu64 " live ranges, %" PRIu64
	       " pages, %.0f KiB of page tables\n",
	       t->peak_live_ranges, t->peak_live_pages,
	       (double)t->peak_table_bytes / 1024);
	printf("    lookups %" PRIu64 ", mismatches %" PRIu64 "\n", t->lookups,
	       t->mismatches);
}

int demo_trace(const struct iolas_host *host, const char *path,
	       struct demo_totals *totals)
{
	struct trace_replay_totals t;
	struct trace_replay *replay = NULL;
	struct trace_file *file;
	const char *why;
	double begin = seconds_now();
	int status;

	file = trace_file_open(path, &why);
	if (!file) {
		fprintf(stderr, "%s: %s\n", path, why);
		return -1;
	}
	status = replay_lines(host, path, file, &replay);
	if (status == 0) {
		trace_replay_verify(replay);
		trace_replay_totals(replay, &t);
		report(path, &t, seconds_now() - begin);
		totals->trace_events += t.events;
		totals->mismatches += t.mismatches;
	}
	trace_replay_destroy(replay);
	trace_file_close(file);
	return status;
}
