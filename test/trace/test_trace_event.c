/* SPDX-License-Identifier: MIT */
/*
 * One event from one line, and what is not an event.
 * Tools: trace.  Lines are written by hand from the format's description.
 */
#include "trace/trace_event.h"

#include "harness/check.h"

#include <string.h>

static struct trace_event parsed(const char *line)
{
	struct trace_event event;
	const char *why = NULL;

	CHECK_EQ(trace_event_parse(line, &event, &why), 0);
	return event;
}

static const char *refused(const char *line)
{
	struct trace_event event;
	const char *why = NULL;

	CHECK_EQ(trace_event_parse(line, &event, &why), -1);
	CHECK(why != NULL);
	return why;
}

static void every_operation_gives_its_numbers(void **state)
{
	struct trace_event e;

	(void)state;
	e = parsed("1525210551 0 3 n 4096 1");
	CHECK(e.t_ns == 1525210551 && e.cpu == 0 && e.domain == 3);
	CHECK(e.op == 'n' && e.init.granule == 4096 && e.init.start_pfn == 1);
	e = parsed("5 1 0 r 0xfee00 0xfeeff");
	CHECK(e.op == 'r' && e.reserve.lo_pfn == 0xfee00);
	CHECK(e.cpu == 1 && e.reserve.hi_pfn == 0xfeeff);
	e = parsed("5 1 0 a 2 0xfffff -> 0xffb0c000");
	CHECK(e.op == 'a' && e.alloc.pages == 2);
	CHECK(e.alloc.limit_pfn == 0xfffff && e.alloc.iova == 0xffb0c000);
	e = parsed("5 1 0 a 16 0xfffff -> 0xffff0000 t");
	CHECK(e.op == 'a' && e.alloc.pages == 16);
	e = parsed("5 1 0 f 0xffff0000 16");
	CHECK(e.op == 'f' && e.free.iova == 0xffff0000 && e.free.pages == 16);
	e = parsed("5 1 0 m 0xfff22000 0x31b1e000 4096 6");
	CHECK(e.op == 'm' && e.map.iova == 0xfff22000);
	CHECK(e.map.pa == 0x31b1e000 && e.map.bytes == 4096);
	CHECK(e.map.prot == 6);
	e = parsed("5 1 0 u 0xfff22000 8192");
	CHECK(e.op == 'u' && e.unmap.iova == 0xfff22000);
	CHECK(e.unmap.bytes == 8192);
	CHECK(parsed("5 1 0 i").op == 'i');
}

static void comments_and_empty_lines_are_no_events(void **state)
{
	struct trace_event event;
	const char *why;

	(void)state;
	CHECK_EQ(trace_event_parse("# wl-start", &event, &why), 1);
	CHECK_EQ(trace_event_parse("", &event, &why), 1);
}

static void sixty_four_bits_are_enough_and_more_are_refused(void **state)
{
	(void)state;
	CHECK(parsed("18446744073709551615 0 0 i").t_ns == UINT64_MAX);
	CHECK_STR(refused("18446744073709551616 0 0 i"),
		  "a number is wider than 64 bits");
	CHECK_STR(refused("0 0 0 u 0x10000000000000000 4096"),
		  "a number is wider than 64 bits");
	CHECK_STR(refused("0 4294967296 0 i"), "cpu or domain is out of range");
}

static void what_is_cut_or_garbled_is_refused(void **state)
{
	static const char *const lines[] = {
		"5",
		"5 1",
		"5 1 0",
		"5 1 0 ",
		"5 1 0 x",
		"5 1 0 n 4096",
		"5 1 0 a 2 0xfffff",
		"5 1 0 a 2 0xfffff ->",
		"5 1 0 a 2 0xfffff -> fail",
		"5 1 0 a 0 0xfffff -> 0x1000",
		"5 1 0 m 0xfff22000 0x31b1e000 4096",
		"5 1 0 m 0xfff22000 0x31b1e000 4096 6 7",
		"5 1 0 f 0xfffg 1",
		"5 1 0 f 0x 1",
		"5 1 0 f -1 1",
		"5 1 0 r 0x2 0x1",
		"5 1 0 i now",
		"five 1 0 i",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		refused(lines[i]);
}

/* Every prefix of a good line is an event, a refusal, and never more. */
static void no_prefix_of_a_line_confuses_the_parser(void **state)
{
	const char line[] = "13291753676 1 1 m 0xffb0c000 0x31b1d000 8192 6";
	char part[sizeof(line)];
	struct trace_event event;
	const char *why;

	(void)state;
	for (size_t n = 1; n + 1 < sizeof(line); n++) {
		memcpy(part, line, n);
		part[n] = '\0';
		CHECK_EQ(trace_event_parse(part, &event, &why), -1);
	}
}

RUN_CASES(CASE(every_operation_gives_its_numbers),
	  CASE(comments_and_empty_lines_are_no_events),
	  CASE(sixty_four_bits_are_enough_and_more_are_refused),
	  CASE(what_is_cut_or_garbled_is_refused),
	  CASE(no_prefix_of_a_line_confuses_the_parser))
