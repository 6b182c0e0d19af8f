/* SPDX-License-Identifier: MIT */
/*
 * A program of somebody else's: takes iolas from wherever its build found it.
 * Exits 0 when header and library are of one release and a call works.
 */
#include <iolas/iolas.h>

#include <stdio.h>

int main(void)
{
	const uint32_t version = iolas_version();

	printf("iolas %u.%u.%u: %s\n", version >> 16, version >> 8 & 0xff,
	       version & 0xff, iolas_strerror(IOLAS_OK));
	return version != (IOLAS_VERSION_MAJOR << 16 |
			   IOLAS_VERSION_MINOR << 8 | IOLAS_VERSION_PATCH);
}
