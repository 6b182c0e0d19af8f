/* SPDX-License-Identifier: MIT */
/*
 * Debug output and formatted strings: conversions against what C's own printf
 * says where both agree, against the native rules where they differ.
 * Floor: dxgk.
 */
#include <dxgk/iolas_dxgk_kernel.h>
#include <ntstrsafe.h>

#include "dxgk_rig.h"
#include "harness/rng.h"

#include <inttypes.h>

/* The log of a machine whose host keeps its last line. */
static char last_line[1024];
static int last_level;

static void keep_line(void *user, int level, const char *text)
{
	(void)user;
	last_level = level;
	snprintf(last_line, sizeof(last_line), "%s", text);
}

static struct iolas_dxgk_machine *logging_machine(void)
{
	struct iolas_host host = *iolas_host_libc();
	struct iolas_dxgk_machine_config config = { .struct_size =
							    sizeof(config),
						    .host = &host };
	struct iolas_dxgk_machine *machine;

	host.log = keep_line;
	CHECK_EQ(iolas_dxgk_machine_create(&config, &machine), IOLAS_OK);
	iolas_dxgk_machine_set_current(machine);
	last_line[0] = '\0';
	return machine;
}

#define SAYS(expected, ...)                         \
	do {                                        \
		CHECK_EQ(DbgPrint(__VA_ARGS__), 0); \
		CHECK_STR(last_line, expected);     \
	} while (0)

static void native_conversions_print_native_things(void **state)
{
	struct iolas_dxgk_machine *machine = logging_machine();
	UNICODE_STRING unicode;
	ANSI_STRING ansi;

	(void)state;
	RtlInitUnicodeString(&unicode, u"Start");
	RtlInitAnsiString(&ansi, "device");
	SAYS("x Start y", "x %wZ y", &unicode);
	SAYS("[  Start] [Sta]", "[%7wZ] [%.3wZ]", &unicode, &unicode);
	SAYS("device", "%Z", &ansi);
	SAYS("Start device", "%ws %s", u"Start", "device");
	SAYS("Start Start", "%S %ls", u"Start", u"Start");
	SAYS("narrow", "%hs", "narrow");
	SAYS("(null) (null) (null)", "%s %ws %wZ", NULL, NULL, NULL);
	SAYS("123456789abcdef0", "%I64x", UINT64_C(0x123456789abcdef0));
	SAYS("-5 5", "%I64d %I64u", INT64_C(-5), UINT64_C(5));
	SAYS("7 9", "%I32u %Iu", 7u, (SIZE_T)9);
	SAYS("c001d00d", "%lx", (ULONG)0xc001d00d);
	SAYS("-1", "%ld", (LONG)-1);
	SAYS("0000000012345678", "%p", (void *)(uintptr_t)0x12345678);
	SAYS("AbC", "%c%C%c", 'A', u'b', 'C');
	SAYS("100%", "100%%");
	SAYS("\xc3\xa9\xe2\x82\xac", "%ws", u"\u00e9\u20ac");
	CHECK_EQ(iolas_dxgk_machine_destroy(machine), IOLAS_OK);
}

/* A string need not end where its length does. */
static void counted_strings_are_read_to_their_length(void **state)
{
	struct iolas_dxgk_machine *machine = logging_machine();
	WCHAR letters[3] = { 'a', 'b', 'c' };
	UNICODE_STRING part = { 4, 4, letters };
	char text[3] = { 'x', 'y', 'z' };

	(void)state;
	SAYS("<ab>", "<%wZ>", &part);
	SAYS("<xy>", "<%.2s>", text);
	SAYS("<ab>", "<%.*ws>", 2, letters);
	CHECK_EQ(iolas_dxgk_machine_destroy(machine), IOLAS_OK);
}

static void numbers_are_laid_out_as_by_printf(void **state)
{
	static const char *const formats[] = {
		"%d",	 "%5d",	  "%-5d|",  "%05d",  "%+d",   "% d",
		"%.3d",	 "%8.3d", "%-8.3d", "%x",    "%X",    "%#x",
		"%#X",	 "%08x",  "%#010x", "%u",    "%o",    "%#o",
		"%hd",	 "%hhd",  "%hu",    "%hhx",  "%.0d",  "%i",
		"%+.5d", "%-+6d", "%06.2d", "%+05d", "%-05d", "%12u",
	};
	struct rng rng = rng_seed(0xf0a7);

	(void)state;
	for (int turn = 0; turn < 2000; turn++) {
		const char *format =
			formats[rng_below(&rng, ARRAYSIZE(formats))];
		int value =
			(int)(uint32_t)rng_next(&rng) >> rng_below(&rng, 32);
		char expected[64], got[64];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(expected, sizeof(expected), format, value);
#pragma GCC diagnostic pop
		CHECK_EQ(RtlStringCbPrintfA(got, sizeof(got), format, value),
			 STATUS_SUCCESS);
		CHECK_STR(got, expected);
	}
}

static void wider_numbers_and_the_rest_too(void **state)
{
	char expected[128], got[128];
	long long big = INT64_MIN;

	(void)state;
	snprintf(expected, sizeof(expected), "%lld %llx %zu %jd %*d %-*d|", big,
		 big, sizeof(got), (intmax_t)-3, 6, 42, 6, 42);
	CHECK_EQ(RtlStringCbPrintfA(got, sizeof(got),
				    "%lld %llx %zu %jd %*d %-*d|", big, big,
				    sizeof(got), (intmax_t)-3, 6, 42, 6, 42),
		 STATUS_SUCCESS);
	CHECK_STR(got, expected);
	snprintf(expected, sizeof(expected), "%f %.2f %8.3f|%-8.1f|%e", 1.5,
		 2.345, -3.25, 4.0, 1e10);
	CHECK_EQ(RtlStringCbPrintfA(got, sizeof(got), "%f %.2f %8.3f|%-8.1f|%e",
				    1.5, 2.345, -3.25, 4.0, 1e10),
		 STATUS_SUCCESS);
	CHECK_STR(got, expected);
	snprintf(expected, sizeof(expected), "[%*s] [%-6s] [%.1s] [%-3c]", -6,
		 "ab", "ab", "ab", 'x');
	CHECK_EQ(RtlStringCbPrintfA(got, sizeof(got),
				    "[%*s] [%-6s] [%.1s] [%-3c]", -6, "ab",
				    "ab", "ab", 'x'),
		 STATUS_SUCCESS);
	CHECK_STR(got, expected);
	/* %n writes nothing, an unknown letter is itself, an end is an end. */
	memset(expected, 0x55, sizeof(expected));
	CHECK_EQ(RtlStringCbPrintfA(got, sizeof(got), "a%nb%yc%", expected),
		 STATUS_SUCCESS);
	CHECK_STR(got, "abyc");
	CHECK(expected[0] == 0x55);
}

static void a_buffer_too_small_holds_the_beginning(void **state)
{
	char text[16];
	WCHAR wide[16];

	(void)state;
	for (size_t bytes = 0; bytes <= 12; bytes++) {
		NTSTATUS status;

		memset(text, 'z', sizeof(text));
		status = RtlStringCbPrintfA(text, bytes, "%s-%d", "abcd", 1234);
		CHECK_EQ(status, !bytes	      ? STATUS_INVALID_PARAMETER
				 : bytes < 10 ? STATUS_BUFFER_OVERFLOW
					      : STATUS_SUCCESS);
		if (!bytes)
			continue;
		CHECK_EQ(strlen(text), bytes < 10 ? bytes - 1 : 9);
		CHECK(!strncmp(text, "abcd-1234", strlen(text)));
		CHECK(text[bytes] == 'z');
	}
	CHECK_EQ(RtlStringCchPrintfW(wide, 5, u"%s%d", u"wide", 7),
		 STATUS_BUFFER_OVERFLOW);
	CHECK_MEM(wide, u"wide", 10);
	CHECK_EQ(RtlStringCbPrintfW(wide, 12, u"%S%ws", "a", u"bcde"),
		 STATUS_SUCCESS);
	CHECK_MEM(wide, u"abcde", 12);
	CHECK_EQ(RtlStringCbPrintfW(wide, 1, u""), STATUS_INVALID_PARAMETER);
	CHECK_EQ(RtlStringCbPrintfA(NULL, 8, "x"), STATUS_INVALID_PARAMETER);
	CHECK_EQ(RtlStringCbPrintfA(text, SIZE_MAX, "x"),
		 STATUS_INVALID_PARAMETER);
}

static ULONG print_through(ULONG level, const char *format, ...)
{
	va_list arguments;
	ULONG status;

	va_start(arguments, format);
	status = vDbgPrintEx(DPFLTR_IHVVIDEO_ID, level, format, arguments);
	va_end(arguments);
	return status;
}

static void lines_reach_the_log_at_their_level(void **state)
{
	struct iolas_dxgk_machine *machine = logging_machine();
	char longer[600];

	(void)state;
	DbgPrint("one\n");
	CHECK_STR(last_line, "one");
	CHECK_EQ(last_level, IOLAS_LOG_INFO);
	DbgPrintEx(DPFLTR_IHVVIDEO_ID, DPFLTR_ERROR_LEVEL, "two %d\r\n", 2);
	CHECK_STR(last_line, "two 2");
	CHECK_EQ(last_level, IOLAS_LOG_ERROR);
	DbgPrintEx(DPFLTR_IHVVIDEO_ID, DPFLTR_WARNING_LEVEL, "three");
	CHECK_EQ(last_level, IOLAS_LOG_WARNING);
	CHECK_EQ(print_through(DPFLTR_TRACE_LEVEL, "%s %I64x", "four",
			       UINT64_C(4)),
		 0);
	CHECK_STR(last_line, "four 4");
	CHECK_EQ(last_level, IOLAS_LOG_INFO);
	KdPrint(("five %u\n", 5u));
	CHECK_STR(last_line, "five 5");
	DbgPrint(NULL);
	CHECK_STR(last_line, "five 5");
	/* What is longer than a line is cut. */
	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	DbgPrint("%s", longer);
	CHECK_EQ(strlen(last_line), 511);
	CHECK_EQ(iolas_dxgk_machine_destroy(machine), IOLAS_OK);
	iolas_dxgk_machine_set_current(NULL);
	DbgPrint("no machine is needed");
}

static void assertions_and_breakpoints_are_told(void **state)
{
	struct rig rig;
	int one = 1;
	KIRQL irql;

	(void)state;
	rig_machine(&rig, NULL);
	NT_ASSERT(one == 1);
	PAGED_CODE();
	rig_expect_none(&rig);
	NT_ASSERT(one == 2);
	CHECK(strstr(rig_last(&rig).text, "one == 2"));
	CHECK(strstr(rig_last(&rig).text, "test_dxgk_dbg_print.c"));
	rig_expect(&rig, IOLAS_DXGK_RULE_ASSERTION);
	KeRaiseIrql(DISPATCH_LEVEL, &irql);
	PAGED_CODE();
	rig_expect(&rig, IOLAS_DXGK_RULE_ASSERTION);
	KeLowerIrql(irql);
	RtlAssert(NULL, NULL, 0, NULL);
	rig_expect(&rig, IOLAS_DXGK_RULE_ASSERTION);
	DbgBreakPoint();
	rig_expect(&rig, IOLAS_DXGK_RULE_BREAKPOINT);
	rig_down(&rig);
}

static void ansi_strings_become_unicode_strings(void **state)
{
	static const char letters[] = "caf\xe9";
	const struct iolas_dxgk_fault_plan plan = {
		.struct_size = sizeof(plan),
		.call = "RtlAnsiStringToUnicodeString",
	};
	UNICODE_STRING unicode = { 0, 0, NULL };
	WCHAR buffer[5];
	ANSI_STRING ansi;
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	RtlInitAnsiString(&ansi, letters);
	CHECK_EQ(RtlAnsiStringToUnicodeString(&unicode, &ansi, TRUE),
		 STATUS_SUCCESS);
	CHECK(unicode.Length == 8 && unicode.MaximumLength == 10);
	CHECK_MEM(unicode.Buffer, u"caf\u00e9", 10);
	RtlFreeUnicodeString(&unicode);
	CHECK(!unicode.Buffer && !unicode.Length);
	RtlFreeUnicodeString(&unicode);
	RtlFreeUnicodeString(NULL);
	unicode = (UNICODE_STRING){ 0, sizeof(buffer) - 1, buffer };
	CHECK_EQ(RtlAnsiStringToUnicodeString(&unicode, &ansi, FALSE),
		 STATUS_BUFFER_OVERFLOW);
	unicode.MaximumLength = sizeof(buffer);
	CHECK_EQ(RtlAnsiStringToUnicodeString(&unicode, &ansi, FALSE),
		 STATUS_SUCCESS);
	CHECK_MEM(buffer, u"caf\u00e9", 10);
	ansi.Length = 0xffff;
	CHECK_EQ(RtlAnsiStringToUnicodeString(&unicode, &ansi, TRUE),
		 STATUS_INVALID_PARAMETER_2);
	ansi.Length = 4;
	iolas_dxgk_plan_fault(rig.machine, &plan);
	CHECK_EQ(RtlAnsiStringToUnicodeString(&unicode, &ansi, TRUE),
		 STATUS_NO_MEMORY);
	CHECK_EQ(RtlAnsiStringToUnicodeString(NULL, NULL, TRUE),
		 STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	rig_down(&rig);
}

RUN_CASES(CASE(native_conversions_print_native_things),
	  CASE(counted_strings_are_read_to_their_length),
	  CASE(numbers_are_laid_out_as_by_printf),
	  CASE(wider_numbers_and_the_rest_too),
	  CASE(a_buffer_too_small_holds_the_beginning),
	  CASE(lines_reach_the_log_at_their_level),
	  CASE(assertions_and_breakpoints_are_told),
	  CASE(ansi_strings_become_unicode_strings))
