/* SPDX-License-Identifier: MIT */
/*
 * Example 2: real page tables, level by level.
 *
 * The same mapping in two formats; every word that the hardware would read on
 * the way is printed.
 */
#include <iolas/pgtable.h>

#include <inttypes.h>
#include <stdio.h>

#define IOVA UINT64_C(0x40200000)
#define PA   UINT64_C(0x12345600000)
#define LEN  (UINT64_C(2) << 20)

static int show_walk(struct iolas_pgtable *pt, iolas_iova iova)
{
	struct iolas_walk walk = { .struct_size = sizeof(walk) };
	int status = iolas_pgtable_walk(pt, iova, IOLAS_READ, &walk);

	for (uint32_t i = 0; i < walk.step_count; i++)
		printf("  level %" PRIu32 "  table %#" PRIx64 "  item %3" PRIu32
		       "  %#018" PRIx64 "\n",
		       walk.step[i].level, walk.step[i].table_pa,
		       walk.step[i].index, walk.step[i].value);
	if (status == IOLAS_OK)
		printf("  %#" PRIx64 " -> %#" PRIx64 ", a leaf of %" PRIu64
		       " KiB\n",
		       iova, walk.mapping.pa + (iova - walk.mapping.iova),
		       walk.mapping.size >> 10);
	return status;
}

static int run(uint32_t format)
{
	const struct iolas_pgtable_config config = {
		.struct_size = sizeof(config),
		.format = format,
	};
	struct iolas_mapping mapping = { .struct_size = sizeof(mapping) };
	struct iolas_gather gather;
	struct iolas_pgtable *pt;
	int status;

	status = iolas_pgtable_create(iolas_host_libc(), &config, &pt);
	if (status)
		return status;
	printf("%s\n", iolas_format_name(format));

	/* One call, one 2 MiB leaf: address and length allow it. */
	status = iolas_pgtable_map(pt, NULL, IOVA, PA, LEN,
				   IOLAS_READ | IOLAS_WRITE);
	if (!status)
		status = show_walk(pt, IOVA + 0x1234);

	/* A page out of its middle: the leaf is split, the rest still
	 * translates. */
	iolas_gather_init(&gather);
	if (!status)
		status = iolas_pgtable_unmap(pt, NULL, IOVA + 0x10000, 0x1000,
					     0, &gather, NULL);
	if (!status)
		status = show_walk(pt, IOVA + 0x11000);
	if (!status &&
	    iolas_pgtable_lookup(pt, IOVA + 0x10000, &mapping) != IOLAS_ENOENT)
		status = IOLAS_EIO;
	printf("  to invalidate: %#" PRIx64 "..%#" PRIx64 "\n", gather.first,
	       gather.last);

	/* A real unit would be told now; then the tables may be used again. */
	if (!status)
		status = iolas_pgtable_gather_done(pt, &gather);
	iolas_pgtable_destroy(pt);
	return status;
}

int main(void)
{
	int status = run(IOLAS_FORMAT_VTD_SS);

	if (!status)
		status = run(IOLAS_FORMAT_X86_64);
	if (status)
		fprintf(stderr, "%s\n", iolas_strerror(status));
	return status != IOLAS_OK;
}
