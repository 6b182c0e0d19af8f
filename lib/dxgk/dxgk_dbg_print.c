/* SPDX-License-Identifier: MIT */
/*
 * DbgPrint to the machine's log, breakpoints and failed assertions.
 */
#include "dxgk/dxgk_kernel.h"

#include <string.h>

#define LINE_BYTES 512 /* what one DbgPrint sends at most on Windows, too */

struct line {
	struct iolas__dxgk_sink sink;
	size_t count;
	char text[LINE_BYTES];
};

/* UTF-8, a half of a surrogate pair as it stands. */
static bool put(struct iolas__dxgk_sink *sink, uint32_t letter)
{
	struct line *line = CONTAINING_RECORD(sink, struct line, sink);
	unsigned char bytes[3];
	size_t count = 1;

	if (letter < 0x80) {
		bytes[0] = (unsigned char)letter;
	} else if (letter < 0x800) {
		bytes[0] = (unsigned char)(0xc0 | letter >> 6);
		bytes[1] = (unsigned char)(0x80 | (letter & 0x3f));
		count = 2;
	} else {
		bytes[0] = (unsigned char)(0xe0 | (letter >> 12 & 0xf));
		bytes[1] = (unsigned char)(0x80 | (letter >> 6 & 0x3f));
		bytes[2] = (unsigned char)(0x80 | (letter & 0x3f));
		count = 3;
	}
	if (line->count + count >= sizeof(line->text))
		return false;
	memcpy(line->text + line->count, bytes, count);
	line->count += count;
	return true;
}

static void send(int level, const char *text)
{
	struct iolas_dxgk_machine *machine = iolas__dxgk_kernel_machine();
	const struct iolas_host *host =
		machine ? &machine->host : iolas_host_libc();

	if (host->log)
		host->log(host->user, level, text);
}

/* A host's line has no newline at its end. */
static void print(int level, const char *format,
		  struct iolas__dxgk_arguments *arguments)
{
	struct line line = { .sink = { .put = put } };

	if (!format)
		return;
	iolas__dxgk_format(&line.sink, format, NULL, arguments);
	while (line.count && (line.text[line.count - 1] == '\n' ||
			      line.text[line.count - 1] == '\r'))
		line.count--;
	line.text[line.count] = '\0';
	send(level, line.text);
}

ULONG DbgPrint(PCSTR Format, ...)
{
	struct iolas__dxgk_arguments arguments;

	va_start(arguments.list, Format);
	print(IOLAS_LOG_INFO, Format, &arguments);
	va_end(arguments.list);
	return (ULONG)STATUS_SUCCESS;
}

static int log_level(ULONG level)
{
	switch (level) {
	case DPFLTR_ERROR_LEVEL:
		return IOLAS_LOG_ERROR;
	case DPFLTR_WARNING_LEVEL:
		return IOLAS_LOG_WARNING;
	default:
		return IOLAS_LOG_INFO;
	}
}

ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...)
{
	struct iolas__dxgk_arguments arguments;

	(void)ComponentId;
	va_start(arguments.list, Format);
	print(log_level(Level), Format, &arguments);
	va_end(arguments.list);
	return (ULONG)STATUS_SUCCESS;
}

ULONG NTAPI vDbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format,
			va_list arglist)
{
	struct iolas__dxgk_arguments arguments;

	(void)ComponentId;
	va_copy(arguments.list, arglist);
	print(log_level(Level), Format, &arguments);
	va_end(arguments.list);
	return (ULONG)STATUS_SUCCESS;
}

/* Adapters that trap stop here, in a debugger if there is one. */
static void trap(void)
{
	struct iolas_dxgk_adapter *adapter = iolas__dxgk_context();

	if (adapter && adapter->config.flags & IOLAS_DXGK_TRAP)
		__builtin_trap();
}

VOID NTAPI DbgBreakPoint(VOID)
{
	DXGK_CALL("DbgBreakPoint");

	iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_BREAKPOINT,
				  "the driver stops for a debugger");
	trap();
}

VOID NTAPI RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber,
		     PSTR Message)
{
	DXGK_CALL("RtlAssert");

	iolas__dxgk_kernel_report(
		&call, IOLAS_DXGK_RULE_ASSERTION, "%s, %s:%u%s%s",
		FailedAssertion ? (const char *)FailedAssertion : "?",
		FileName ? (const char *)FileName : "?", LineNumber,
		Message ? ": " : "", Message ? Message : "");
	trap();
}
