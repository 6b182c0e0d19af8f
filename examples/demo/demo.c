/* SPDX-License-Identifier: MIT */
/*
 * The main job on real input: a display miniport lives through every adapter
 * mode, its copy engine reaches memory through the IOMMU, a stale access is
 * caught and explained; then recorded DMA traffic runs through the same core.
 *
 *	iolas-demo [--traces-only] [trace...]
 *
 * Exits 0 only when everything was as it should be.
 */
#include "demo.h"

#include "standard_host.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int replay_all(const struct iolas_host *host, char **paths, int count,
		      struct demo_totals *totals)
{
	static char *const recorded[] = {
		DEMO_DATA "/boot-strict.trace.xz",
		DEMO_DATA "/ahci-large-strict.trace.xz",
		DEMO_DATA "/net-e1000e-lazy-cut.trace.xz",
	};
	int status = 0;

	puts("\nRecorded DMA traffic through a domain per device");
	if (count == 0) {
		paths = (char **)recorded;
		count = sizeof(recorded) / sizeof(recorded[0]);
	}
	for (int i = 0; i < count; i++)
		status |= demo_trace(host, paths[i], totals);
	return status;
}

int main(int argc, char **argv)
{
	const struct iolas_host *host = standard_host();
	struct demo_totals totals = { 0, 0, 0, 0, 0 };
	int first = 1, status = 0;

	if (!host) {
		fputs("iolas-demo: no memory host\n", stderr);
		return 1;
	}
	if (argc > 1 && strcmp(argv[1], "--traces-only") == 0)
		first = 2;
	else
		status |= demo_miniport(host, &totals);
	if (first < argc && argv[first][0] == '-') {
		fprintf(stderr, "usage: %s [--traces-only] [trace...]\n",
			argv[0]);
		return 2;
	}
	status |= replay_all(host, argv + first, argc - first, &totals);
	printf("demo: allocations=%" PRIu64 " dma_bytes=%" PRIu64
	       " faults_explained=%" PRIu64 " trace_events=%" PRIu64
	       " mismatches=%" PRIu64 "\n",
	       totals.allocations, totals.dma_bytes, totals.faults_explained,
	       totals.trace_events, totals.mismatches);
	return status || totals.mismatches ? 1 : 0;
}
