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

#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

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

static int usage(const char *name, bool is_asked)
{
	fprintf(is_asked ? stdout : stderr,
		"usage: %s [--traces-only] [trace...]\n", name);
	return is_asked ? 0 : 2;
}

int main(int argc, char **argv)
{
	const struct iolas_host *host = standard_host();
	struct demo_totals totals = { 0, 0, 0, 0, 0 };
	static const struct option options[] = {
		{ "traces-only", no_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool traces_only = false;
	int status = 0, option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 't')
			return usage(argv[0], option == 'h');
		traces_only = true;
	}
	if (!host) {
		fputs("iolas-demo: no memory host\n", stderr);
		return 1;
	}
	if (!traces_only)
		status |= demo_miniport(host, &totals);
	status |= replay_all(host, argv + optind, argc - optind, &totals);
	printf("demo: allocations=%" PRIu64 " dma_bytes=%" PRIu64
	       " faults_explained=%" PRIu64 " trace_events=%" PRIu64
	       " mismatches=%" PRIu64 "\n",
	       totals.allocations, totals.dma_bytes, totals.faults_explained,
	       totals.trace_events, totals.mismatches);
	return status || totals.mismatches ? 1 : 0;
}
