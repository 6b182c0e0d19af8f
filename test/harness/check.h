/* SPDX-License-Identifier: MIT */
/*
 * Checks on top of cmocka.  A case is a function `static void sentence(void
 * **state)` whose name is a true sentence; main() lists them with CASES().
 * CHECK and friends end the case; they are for the thread that runs it.  Other
 * threads use CHECK_ANY_THREAD, which ends the program.
 */
#ifndef TEST_HARNESS_CHECK_H
#define TEST_HARNESS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define CHECK(cond) assert_true(cond)

/* Unsigned and status comparisons print both sides. */
#define CHECK_EQ(a, b)	       assert_int_equal((a), (b))
#define CHECK_NE(a, b)	       assert_int_not_equal((a), (b))
#define CHECK_STR(a, b)	       assert_string_equal((a), (b))
#define CHECK_MEM(a, b, bytes) assert_memory_equal((a), (b), (bytes))

#define CHECK_ANY_THREAD(cond)                                             \
	do {                                                               \
		if (!(cond)) {                                             \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, \
				#cond);                                    \
			abort();                                           \
		}                                                          \
	} while (0)

/* Each argument is a cmocka unit test: CASE(name). */
#define CASE(name) cmocka_unit_test(name)

/* Skips the running case; @why names the missing package or tool. */
#define SKIP(why)                                    \
	do {                                         \
		print_message("# SKIP %s\n", (why)); \
		skip();                              \
	} while (0)

/* int main body: runs the listed cases, answers 0 when all passed. */
#define RUN_CASES(...)                                                 \
	int main(void)                                                 \
	{                                                              \
		const struct CMUnitTest cases[] = { __VA_ARGS__ };     \
                                                                       \
		return cmocka_run_group_tests(cases, NULL, NULL) != 0; \
	}

#endif /* TEST_HARNESS_CHECK_H */
