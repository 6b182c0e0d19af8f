/* SPDX-License-Identifier: MIT */
/*
 * cmocka up to 1.1.7 reports a skipped case as "not ok N # SKIP name", which
 * every TAP reader takes for a failure.  Its own print_message() gives way to
 * this one at link time; all other lines pass through unchanged.
 */
#include "harness/check.h"

#include <string.h>

void print_message(const char *const format, ...)
{
	const char *line = format;
	va_list args;

	if (strcmp(format, "not ok %u # SKIP %s\n") == 0)
		line = "ok %u # SKIP %s\n";
	va_start(args, format);
	vprintf(line, args);
	va_end(args);
}

/*
 * Whole lines leave at once: a program that dies has told of the cases before,
 * and a forked child has nothing of its parent's left to print (as the _exit
 * of ThreadSanitizer would).
 */
__attribute__((constructor)) static void write_line_by_line(void)
{
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
}
