/* SPDX-License-Identifier: MIT */
/*
 * The host of this tree's own programs: jemalloc's where the build has it.
 * Floor: host.
 */
#include "standard_host.h"

#include "harness/check.h"

static void the_standard_host_is_the_one_of_this_build(void **state)
{
	const struct iolas_host *host = standard_host();
	iolas_pa pa;
	void *chunk;

	(void)state;
#ifdef IOLAS_WITH_JEMALLOC
	CHECK(host == iolas_host_jemalloc());
	CHECK(host->chunk_alloc != iolas_host_libc()->chunk_alloc);
#else
	CHECK(host == iolas_host_libc());
#endif
	chunk = host->chunk_alloc(host->user, 1 << 16, 4096, &pa);
	CHECK(chunk && pa % 4096 == 0);
	host->chunk_free(host->user, chunk, 1 << 16);
}

RUN_CASES(CASE(the_standard_host_is_the_one_of_this_build))
