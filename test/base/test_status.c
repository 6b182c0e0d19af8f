/* SPDX-License-Identifier: MIT */
/*
 * Status texts and the version.
 * Floor: base.
 */
#include <iolas/base.h>

#include "harness/check.h"

#include <string.h>

static void every_status_has_its_own_text(void **state)
{
	(void)state;
	for (int a = 0; a >= IOLAS_EIO; a--) {
		CHECK(strcmp(iolas_strerror(a), "unknown status") != 0);
		for (int b = a - 1; b >= IOLAS_EIO; b--)
			CHECK(strcmp(iolas_strerror(a), iolas_strerror(b)));
	}
}

static void a_foreign_number_is_answered_too(void **state)
{
	(void)state;
	CHECK_STR(iolas_strerror(1), "unknown status");
	CHECK_STR(iolas_strerror(IOLAS_EIO - 1), "unknown status");
}

static void header_and_library_agree_on_the_version(void **state)
{
	(void)state;
	CHECK_EQ(iolas_version(), IOLAS_VERSION_MAJOR << 16 |
					  IOLAS_VERSION_MINOR << 8 |
					  IOLAS_VERSION_PATCH);
}

RUN_CASES(CASE(every_status_has_its_own_text),
	  CASE(a_foreign_number_is_answered_too),
	  CASE(header_and_library_agree_on_the_version))
