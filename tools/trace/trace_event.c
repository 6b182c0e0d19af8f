/* SPDX-License-Identifier: MIT */
/*
 * One event of a recorded trace, from text.
 */
#include "trace/trace_event.h"

#include <stdbool.h>
#include <string.h>

/* What is left of the line, and whether all of it was good so far. */
struct text {
	const char *at;
	const char *why;
};

static uint64_t fail(struct text *text, const char *why)
{
	if (!text->why)
		text->why = why;
	return 0;
}

static int digit(char c, unsigned base)
{
	int value = -1;

	if (c >= '0' && c <= '9')
		value = c - '0';
	else if (c >= 'a' && c <= 'f')
		value = c - 'a' + 10;
	return value < (int)base ? value : -1;
}

static uint64_t number(struct text *text)
{
	uint64_t value = 0;
	unsigned base = 10;

	if (text->at[0] == '0' && text->at[1] == 'x') {
		base = 16;
		text->at += 2;
	}
	if (digit(*text->at, base) < 0)
		return fail(text, "a number is missing");
	for (int d; (d = digit(*text->at, base)) >= 0; text->at++)
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)d, &value))
			return fail(text, "a number is wider than 64 bits");
	if (*text->at == ' ')
		text->at++;
	else if (*text->at != '\0')
		return fail(text, "a number ends in something else");
	return value;
}

static uint32_t small_number(struct text *text)
{
	uint64_t value = number(text);

	if (value > UINT32_MAX)
		return (uint32_t)fail(text, "cpu or domain is out of range");
	return (uint32_t)value;
}

static bool word(struct text *text, const char *expected)
{
	size_t n = strlen(expected);

	if (strncmp(text->at, expected, n) != 0)
		return false;
	text->at += n;
	return true;
}

static void parse_alloc(struct text *text, struct trace_event *event)
{
	event->alloc.pages = number(text);
	event->alloc.limit_pfn = number(text);
	if (!word(text, "-> "))
		fail(text, "an allocation has no result");
	event->alloc.iova = number(text);
	word(text, "t"); /* the slow-path mark carries nothing for a replay */
	if (!text->why && event->alloc.pages == 0)
		fail(text, "an allocation of no pages");
}

int trace_event_parse(const char *line, struct trace_event *event,
		      const char **why)
{
	struct text text = { .at = line };

	if (*line == '#' || *line == '\0')
		return 1;
	memset(event, 0, sizeof(*event));
	event->t_ns = number(&text);
	event->cpu = small_number(&text);
	event->domain = small_number(&text);
	event->op = *text.at;
	if (event->op != '\0')
		text.at++;
	if (*text.at == ' ')
		text.at++;
	switch (event->op) {
	case 'n':
		event->init.granule = number(&text);
		event->init.start_pfn = number(&text);
		break;
	case 'r':
		event->reserve.lo_pfn = number(&text);
		event->reserve.hi_pfn = number(&text);
		if (event->reserve.lo_pfn > event->reserve.hi_pfn)
			fail(&text, "a reservation ends before it begins");
		break;
	case 'a':
		parse_alloc(&text, event);
		break;
	case 'f':
		event->free.iova = number(&text);
		event->free.pages = number(&text);
		break;
	case 'm':
		event->map.iova = number(&text);
		event->map.pa = number(&text);
		event->map.bytes = number(&text);
		event->map.prot = number(&text);
		break;
	case 'u':
		event->unmap.iova = number(&text);
		event->unmap.bytes = number(&text);
		break;
	case 'i':
		break;
	default:
		fail(&text, "unknown operation");
	}
	if (!text.why && *text.at != '\0')
		fail(&text, "something follows the event");
	*why = text.why;
	return text.why ? -1 : 0;
}
