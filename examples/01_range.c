/* SPDX-License-Identifier: MIT */
/*
 * Example 1: addresses for a device that sees 32 bits.
 *
 * A space, a reserved window, three ranges with constraints, and the question
 * why a fourth one does not fit.
 */
#include <iolas/range.h>

#include <inttypes.h>
#include <stdio.h>

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static int fail(const char *what, int status)
{
	fprintf(stderr, "%s: %s\n", what, iolas_strerror(status));
	return 1;
}

int main(void)
{
	const struct iolas_range_config config = {
		.struct_size = sizeof(config),
		.first = 0x1000,
		.last = UINT64_C(0xffffffff),
		.granule_lg2 = 12,
	};
	struct iolas_range_constraints where = { .struct_size = sizeof(where) };
	struct iolas_range_explanation why = { .struct_size = sizeof(why) };
	struct iolas_space *space;
	iolas_iova ring, frame, table;
	int status;

	status = iolas_range_create(iolas_host_libc(), &config, &space);
	if (status)
		return fail("create", status);

	/* Message-signalled interrupts live here; nobody may map it. */
	status = iolas_range_reserve(space, 0xfee00000, 0xfeefffff);
	if (status)
		return fail("reserve", status);

	/* A 64 KiB ring that must not cross a 64 KiB boundary, as high as
	 * possible. */
	where.flags = IOLAS_PLACE_HIGH;
	where.boundary = 0x10000;
	status = iolas_range_alloc(space, 0x10000, &where, &ring);
	if (status)
		return fail("ring", status);

	/* A frame buffer, 2 MiB aligned, with a guard page behind it. */
	where = (struct iolas_range_constraints){
		.struct_size = sizeof(where),
		.align = 2 * MIB,
		.guard = 0x1000,
	};
	status = iolas_range_alloc(space, 8 * MIB, &where, &frame);
	if (status)
		return fail("frame buffer", status);

	/* A table for an engine that sees 24 bits. */
	where = (struct iolas_range_constraints){
		.struct_size = sizeof(where),
		.last = 0xffffff,
	};
	status = iolas_range_alloc(space, 0x4000, &where, &table);
	if (status)
		return fail("table", status);

	printf("ring         %#10" PRIx64 "\n", ring);
	printf("frame buffer %#10" PRIx64 "\n", frame);
	printf("table        %#10" PRIx64 "\n", table);

	/* 16 MiB below 16 MiB cannot be: why, and what would help? */
	status = iolas_range_explain(space, 16 * MIB, &where, &why);
	if (status)
		return fail("explain", status);
	printf("16 MiB below 16 MiB: constraint %" PRIu32
	       " binds; the largest run there is %#" PRIx64 "..%#" PRIx64 "\n",
	       why.binding, why.run_first, why.run_last);
	if (!why.has_relaxed || why.binding != IOLAS_BIND_LAST)
		return 1;
	printf("it would fit at %#" PRIx64 " with the limit raised to %#" PRIx64
	       "\n",
	       why.relaxed_iova, why.relaxed.last);

	/* What was freed twice is refused, not corrupted. */
	status = iolas_range_free(space, ring, 0x10000);
	if (status)
		return fail("free", status);
	if (iolas_range_free(space, ring, 0x10000) != IOLAS_ENOENT)
		return 1;

	iolas_range_destroy_all(space);
	return 0;
}
