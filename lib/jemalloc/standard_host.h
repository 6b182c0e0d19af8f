/* SPDX-License-Identifier: MIT */
/*
 * Where this tree's own programs take their memory from: the jemalloc arena
 * where the build has it, else the libc host.  Not installed.
 */
#ifndef IOLAS_STANDARD_HOST_H
#define IOLAS_STANDARD_HOST_H

#include <iolas/host.h>

#ifdef IOLAS_WITH_JEMALLOC
#include <iolas/jemalloc.h>
#endif

static inline const struct iolas_host *standard_host(void)
{
	const struct iolas_host *host = NULL;

#ifdef IOLAS_WITH_JEMALLOC
	host = iolas_host_jemalloc();
#endif
	return host ? host : iolas_host_libc();
}

#endif /* IOLAS_STANDARD_HOST_H */
