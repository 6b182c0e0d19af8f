/* SPDX-License-Identifier: MIT */
/*
 * The replay keeps to the trace, notices when a trace contradicts itself, and
 * notices when the tables do not say what was mapped.
 * Tools: trace.  argv[1] is the folder with the recorded traces.
 */
#include "trace/trace_file.h"
#include "trace/trace_replay.h"

#include "harness/check.h"
#include "harness/counting_host.h"

#include <string.h>

static const char *data_folder;

/* Applies lines until one is refused; answers how many were accepted. */
static unsigned apply(struct trace_replay *replay, const char *const *lines)
{
	struct trace_event event;
	const char *why;
	unsigned n = 0;

	for (; lines[n]; n++) {
		CHECK_EQ(trace_event_parse(lines[n], &event, &why), 0);
		if (trace_replay_apply(replay, &event))
			return n;
	}
	return n;
}

/* A strict replay accepts all of @lines but the last one. */
static void check_last_is_refused(const char *const *lines, const char *error)
{
	struct trace_replay *replay = trace_replay_create(iolas_host_libc(), 0);
	unsigned count = 0;

	while (lines[count])
		count++;
	CHECK_EQ(apply(replay, lines), count - 1);
	CHECK_STR(trace_replay_error(replay), error);
	trace_replay_destroy(replay);
}

static void one_buffer_lives_and_ends(void **state)
{
	const char *const lines[] = {
		"1 0 0 n 4096 1",
		"2 0 0 r 0xfee00 0xfeeff",
		"3 0 0 a 3 0xfffff -> 0xffffc000",
		"4 0 0 m 0xffffc000 0x10000000 4096 3",
		"5 0 0 m 0xffffd000 0x20000000 8192 2",
		"6 0 0 u 0xffffc000 12288",
		"7 0 0 f 0xffffc000 3",
		NULL,
	};
	struct trace_replay *replay = trace_replay_create(iolas_host_libc(), 0);
	struct trace_replay_totals t;

	(void)state;
	CHECK_EQ(apply(replay, lines), 7);
	trace_replay_verify(replay);
	trace_replay_totals(replay, &t);
	CHECK_EQ(t.events, 7);
	CHECK_EQ(t.mismatches, 0);
	CHECK_EQ(t.peak_live_ranges, 1);
	CHECK_EQ(t.peak_live_pages, 3);
	CHECK_EQ(t.live_ranges, 0);
	/* three pages after map, before unmap, and after it */
	CHECK_EQ(t.lookups, 9);
	CHECK(t.peak_table_bytes >= 4 * 4096);
	trace_replay_destroy(replay);
}

static void an_identity_window_keeps_its_address(void **state)
{
	const char *const lines[] = {
		"1 0 0 m 0x100000 0x100000 1048576 3",
		"2 0 0 n 4096 1",
		"3 0 0 a 1 0x1ff -> 0x1ff000",
		NULL,
	};
	struct trace_replay *replay = trace_replay_create(iolas_host_libc(), 0);
	struct trace_replay_totals t;

	(void)state;
	CHECK_EQ(apply(replay, lines), 2); /* 0x1ff000 is in the window */
	trace_replay_verify(replay);
	trace_replay_totals(replay, &t);
	CHECK_EQ(t.mismatches, 0);
	trace_replay_destroy(replay);
}

static void a_trace_that_contradicts_itself_is_refused(void **state)
{
	(void)state;
	check_last_is_refused((const char *const[]){ "1 0 0 i", NULL },
			      "the domain has not been started");
	check_last_is_refused((const char *const[]){ "1 0 0 n 4096 1",
						     "2 0 0 n 4096 1", NULL },
			      "the domain starts twice");
	check_last_is_refused(
		(const char *const[]){ "1 0 0 n 4096 1",
				       "2 0 0 a 2 0xfffff -> 0x10000",
				       "3 0 0 a 1 0xfffff -> 0x11000", NULL },
		"an allocation overlaps a live one");
	check_last_is_refused(
		(const char *const[]){ "1 0 0 n 4096 1",
				       "2 0 0 a 2 0xfffff -> 0x10000",
				       "3 0 0 f 0x10000 1", NULL },
		"a free matches no allocation");
	check_last_is_refused(
		(const char *const[]){ "1 0 0 n 4096 1",
				       "2 0 0 a 2 0xfffff -> 0x10000",
				       "3 0 0 m 0x11000 0x1000 8192 3", NULL },
		"a map leaves its allocation");
	check_last_is_refused(
		(const char *const[]){ "1 0 0 n 4096 1",
				       "2 0 0 a 2 0xfffff -> 0x10000",
				       "3 0 0 u 0x10000 4096", NULL },
		"an unmap of something not mapped");
	check_last_is_refused(
		(const char *const[]){ "1 0 0 n 4096 1",
				       "2 0 0 a 1 0xfffff -> 0x10000",
				       "3 0 0 m 0x10000 0x1000 4096 3",
				       "4 0 0 f 0x10000 1", NULL },
		"a free of something still mapped");
	check_last_is_refused(
		(const char *const[]){ "1 0 0 n 4096 1",
				       "2 0 0 m 0x10001 0x1000 4096 3", NULL },
		"a map is not made of pages");
}

static int replay_one_map(struct counting_host *host, void *arg)
{
	const char *const lines[] = {
		"1 0 0 n 4096 1",
		"2 0 0 a 1 0xfffff -> 0x10000",
		"3 0 0 m 0x10000 0x1000 4096 3",
		NULL,
	};
	struct trace_replay *replay = trace_replay_create(&host->table, 0);
	unsigned accepted = apply(replay, lines);

	(void)arg;
	trace_replay_destroy(replay);
	return accepted == 3 ? IOLAS_OK : IOLAS_ENOMEM;
}

static void a_host_that_refuses_ends_the_replay_and_leaks_nothing(void **state)
{
	struct counting_host host;

	(void)state;
	counting_host_init(&host);
	CHECK(counting_host_fail_each(&host, replay_one_map, NULL) > 0);
	counting_host_fini(&host);
}

static void a_recorded_trace_replays_without_a_mismatch(void **state)
{
	struct trace_replay *replay = trace_replay_create(iolas_host_libc(), 1);
	struct trace_replay_totals t;
	struct trace_event event;
	struct trace_file *file;
	const char *line, *why;
	char path[512];

	(void)state;
	snprintf(path, sizeof(path), "%s/net-e1000e-lazy-cut.trace.xz",
		 data_folder);
	file = trace_file_open(path, &why);
	CHECK(file != NULL);
	while (trace_file_next(file, &line) > 0)
		if (trace_event_parse(line, &event, &why) == 0 &&
		    trace_replay_apply(replay, &event))
			fail_msg("line %u: %s", (unsigned)trace_file_line(file),
				 trace_replay_error(replay));
	trace_file_close(file);
	trace_replay_verify(replay);
	trace_replay_totals(replay, &t);
	CHECK_EQ(t.events, 40000);
	CHECK_EQ(t.mismatches, 0);
	trace_replay_destroy(replay);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest cases[] = {
		CASE(one_buffer_lives_and_ends),
		CASE(an_identity_window_keeps_its_address),
		CASE(a_trace_that_contradicts_itself_is_refused),
		CASE(a_host_that_refuses_ends_the_replay_and_leaks_nothing),
		CASE(a_recorded_trace_replays_without_a_mismatch),
	};

	data_folder = argc > 1 ? argv[1] : "examples/data";
	return cmocka_run_group_tests(cases, NULL, NULL) != 0;
}
