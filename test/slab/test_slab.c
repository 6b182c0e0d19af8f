/* SPDX-License-Identifier: MIT */
/*
 * Slab: objects are apart, aligned and reused; chunks go back at the end.
 * Floor: slab.
 */
#include "slab/slab_priv.h"

#include "harness/check.h"

#include <string.h>

static void objects_are_aligned_and_do_not_overlap(void **state)
{
	struct iolas__slab slab;
	unsigned char *object[100];
	iolas_pa pa;

	(void)state;
	iolas__slab_init(&slab, iolas_host_libc(), 4096, 4096);
	for (unsigned i = 0; i < 100; i++) {
		object[i] = iolas__slab_alloc(&slab, &pa);
		CHECK(object[i] && (uintptr_t)object[i] % 4096 == 0);
		CHECK_EQ(pa, (uintptr_t)object[i]);
		memset(object[i], (int)i, 4096);
	}
	for (unsigned i = 0; i < 100; i++)
		CHECK(object[i][0] == i && object[i][4095] == i);
	iolas__slab_fini(&slab);
}

RUN_CASES(CASE(objects_are_aligned_and_do_not_overlap))
