/* SPDX-License-Identifier: MIT */
/*
 * A program linked with libiolas keeps its own heap.
 * Floor: abi.
 */
#include <iolas/iolas.h>

#include "harness/check.h"

#include <link.h>
#include <string.h>

static int counts_as_heap(struct dl_phdr_info *info, size_t size, void *user)
{
	unsigned *found = user;

	(void)size;
	if (strstr(info->dlpi_name, "jemalloc") ||
	    strstr(info->dlpi_name, "mimalloc") ||
	    strstr(info->dlpi_name, "tcmalloc"))
		(*found)++;
	return 0;
}

static int counts_as_iolas(struct dl_phdr_info *info, size_t size, void *user)
{
	unsigned *found = user;

	(void)size;
	if (strstr(info->dlpi_name, "libiolas.so.0"))
		(*found)++;
	return 0;
}

static void linking_iolas_brings_no_other_heap(void **state)
{
	unsigned libraries = 0;
	unsigned heaps = 0;

	(void)state;
	CHECK(iolas_version() != 0);
	dl_iterate_phdr(counts_as_iolas, &libraries);
	dl_iterate_phdr(counts_as_heap, &heaps);
	CHECK_EQ(libraries, 1);
	CHECK_EQ(heaps, 0);
}

static void the_running_library_is_the_one_compiled_for(void **state)
{
	(void)state;
	CHECK_EQ(iolas_version() >> 8,
		 IOLAS_VERSION_MAJOR << 8 | IOLAS_VERSION_MINOR);
}

RUN_CASES(CASE(linking_iolas_brings_no_other_heap),
	  CASE(the_running_library_is_the_one_compiled_for))
