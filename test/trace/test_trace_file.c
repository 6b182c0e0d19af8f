/* SPDX-License-Identifier: MIT */
/*
 * Lines from plain and compressed files, and from damaged ones.
 * Tools: trace.  argv[1] is the folder with the recorded traces.
 */
#include "trace/trace_event.h"
#include "trace/trace_file.h"

#include "harness/check.h"

#include <string.h>
#include <unistd.h>

static const char *data_folder;

/* A temporary file of these bytes; the caller removes it. */
static void write_file(char *path, const char *suffix, const void *bytes,
		       size_t count)
{
	int fd;

	sprintf(path, "/tmp/iolas-trace-XXXXXX%s", suffix);
	fd = mkstemps(path, (int)strlen(suffix));
	CHECK(fd >= 0);
	CHECK(write(fd, bytes, count) == (ssize_t)count);
	close(fd);
}

static struct trace_file *opened(const char *path)
{
	const char *why = NULL;
	struct trace_file *file = trace_file_open(path, &why);

	if (!file)
		fail_msg("%s: %s", path, why);
	return file;
}

/* Reads to the end; answers trace_file_next()'s last result. */
static int drain(struct trace_file *file, uint64_t *events)
{
	struct trace_event event;
	const char *line, *why;
	int status;

	*events = 0;
	while ((status = trace_file_next(file, &line)) > 0) {
		int kind = trace_event_parse(line, &event, &why);

		CHECK(kind >= 0);
		*events += kind == 0;
	}
	return status;
}

static void plain_lines_come_one_by_one(void **state)
{
	const char text[] = "# head\n5 0 0 i\n\n6 0 0 i\n";
	struct trace_file *file;
	const char *line;
	char path[64];

	(void)state;
	write_file(path, ".trace", text, sizeof(text) - 1);
	file = opened(path);
	CHECK_EQ(trace_file_next(file, &line), 1);
	CHECK_STR(line, "# head");
	CHECK_EQ(trace_file_next(file, &line), 1);
	CHECK_STR(line, "5 0 0 i");
	CHECK_EQ(trace_file_line(file), 2);
	CHECK_EQ(trace_file_next(file, &line), 1);
	CHECK_STR(line, "");
	CHECK_EQ(trace_file_next(file, &line), 1);
	CHECK_EQ(trace_file_line(file), 4);
	CHECK_EQ(trace_file_next(file, &line), 0);
	CHECK_EQ(trace_file_next(file, &line), 0);
	trace_file_close(file);
	unlink(path);
}

static void a_recorded_trace_has_the_events_its_header_says(void **state)
{
	struct trace_file *file;
	uint64_t events;
	char path[512];

	(void)state;
	/* The table in examples/data/README.md. */
	snprintf(path, sizeof(path), "%s/boot-strict.trace.xz", data_folder);
	file = opened(path);
	CHECK_EQ(drain(file, &events), 0);
	CHECK_EQ(events, 56857);
	trace_file_close(file);
	snprintf(path, sizeof(path), "%s/net-e1000e-lazy-cut.trace.xz",
		 data_folder);
	file = opened(path);
	CHECK_EQ(drain(file, &events), 0);
	CHECK_EQ(events, 40000);
	trace_file_close(file);
}

/* The first @keep bytes of a recorded trace, with byte @flip changed. */
static int drain_damaged(size_t keep, size_t flip, uint64_t *events)
{
	static unsigned char bytes[1 << 19];
	struct trace_file *file;
	char path[512], copy[64];
	size_t count;
	FILE *in;
	int status;

	snprintf(path, sizeof(path), "%s/boot-strict.trace.xz", data_folder);
	in = fopen(path, "rb");
	CHECK(in != NULL);
	count = fread(bytes, 1, sizeof(bytes), in);
	fclose(in);
	if (keep > count)
		keep = count;
	if (flip < keep)
		bytes[flip] ^= 0x10;
	write_file(copy, ".xz", bytes, keep);
	file = opened(copy);
	status = drain(file, events);
	CHECK(status == 0 || strcmp(trace_file_error(file), "no error"));
	trace_file_close(file);
	unlink(copy);
	return status;
}

static void a_truncated_trace_is_refused_wherever_it_is_cut(void **state)
{
	uint64_t events;

	(void)state;
	for (size_t keep = 1; keep < 282000; keep = keep * 2 + 1)
		CHECK_EQ(drain_damaged(keep, SIZE_MAX, &events), -1);
}

static void a_flipped_bit_is_refused(void **state)
{
	uint64_t events;

	(void)state;
	CHECK_EQ(drain_damaged(SIZE_MAX, 0, &events), -1);
	CHECK_EQ(drain_damaged(SIZE_MAX, 100000, &events), -1);
}

static void a_line_without_end_is_refused(void **state)
{
	struct trace_file *file;
	static char text[3 * TRACE_LINE_MAX];
	const char *line;
	char path[64];

	(void)state;
	write_file(path, ".trace", "5 0 0 i\n6 0 0 i", 15);
	file = opened(path);
	CHECK_EQ(trace_file_next(file, &line), 1);
	CHECK_EQ(trace_file_next(file, &line), -1);
	CHECK_EQ(trace_file_line(file), 2);
	CHECK_EQ(trace_file_next(file, &line), -1);
	trace_file_close(file);
	unlink(path);

	memset(text, 'x', sizeof(text));
	write_file(path, ".trace", text, sizeof(text));
	file = opened(path);
	CHECK_EQ(trace_file_next(file, &line), -1);
	CHECK_STR(trace_file_error(file), "the line is too long");
	trace_file_close(file);
	unlink(path);
}

static void a_nul_byte_is_refused(void **state)
{
	struct trace_file *file;
	const char *line;
	char path[64];

	(void)state;
	write_file(path, ".trace", "5 0\0 0 i\n", 9);
	file = opened(path);
	CHECK_EQ(trace_file_next(file, &line), -1);
	trace_file_close(file);
	unlink(path);
}

static void a_missing_file_says_why(void **state)
{
	const char *why = NULL;

	(void)state;
	CHECK(trace_file_open("/nonexistent/x.trace", &why) == NULL);
	CHECK(why != NULL && *why != '\0');
	trace_file_close(NULL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest cases[] = {
		CASE(plain_lines_come_one_by_one),
		CASE(a_recorded_trace_has_the_events_its_header_says),
		CASE(a_truncated_trace_is_refused_wherever_it_is_cut),
		CASE(a_flipped_bit_is_refused),
		CASE(a_line_without_end_is_refused),
		CASE(a_nul_byte_is_refused),
		CASE(a_missing_file_says_why),
	};

	data_folder = argc > 1 ? argv[1] : "examples/data";
	return cmocka_run_group_tests(cases, NULL, NULL) != 0;
}
