/* SPDX-License-Identifier: MIT */
/*
 * A program of somebody else's that takes its memory from the jemalloc host.
 */
#include <iolas/iolas.h>
#include <iolas/jemalloc.h>

int main(void)
{
	const struct iolas_range_config config = {
		.struct_size = sizeof(config),
		.last = UINT64_MAX,
		.granule_lg2 = 12,
	};
	struct iolas_jemalloc_stats stats = { .struct_size = sizeof(stats) };
	struct iolas_space *space;

	if (iolas_range_create(iolas_host_jemalloc(), &config, &space))
		return 1;
	if (iolas_host_jemalloc_stats(&stats) || !stats.allocated)
		return 1;
	return iolas_range_destroy(space);
}
