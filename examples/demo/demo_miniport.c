/* SPDX-License-Identifier: MIT */
/*
 * First half of the demo: the reference miniport lives from DriverEntry to
 * Unload on an adapter of every mode.  Its copy engine reaches memory through
 * the IOMMU; what it touches after the free is refused and explained.
 */
#include <d3dkmthk.h>

#include "demo.h"

#include "copy_engine.h"
#include "copykmd.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define BUFFERS	     4u
#define BUFFER_BYTES (24u * 1024u)
#define BAR_FIRST    UINT64_C(0xe0000000)

/* One life on one adapter. */
struct life {
	const struct iolas_host *host;
	struct demo_totals *totals;
	struct iolas_dxgk_machine *machine;
	struct iolas_dxgk_driver *driver;
	struct iolas_dxgk_adapter *adapter;
	struct copy_engine engine;
	uint32_t registers[COPYKMD_BAR_BYTES / 4];
	uint32_t device; /* D3DKMT_HANDLE */
	uint32_t allocation[BUFFERS];
	void *kmd[BUFFERS]; /* hAllocation of the driver */
	struct iolas_dxgk_memory_info memory[BUFFERS];
};

static const struct {
	uint32_t mode;
	const char *name;
	const char *what;
} modes[] = {
	{ IOLAS_DXGK_PASSTHROUGH, "passthrough", "no translation" },
	{ IOLAS_DXGK_IDENTITY, "identity", "logical address = physical" },
	{ IOLAS_DXGK_REMAPPED, "remapped", "logical addresses of its own" },
};

/* A step that must succeed; false after a message. */
static bool done(const char *step, int32_t status)
{
	if (status >= 0)
		return true;
	fprintf(stderr, "demo: %s: %#" PRIx32 "\n", step, (uint32_t)status);
	return false;
}

/* Something that must be so; counted as a mismatch otherwise. */
static void expect(struct life *life, bool is_so, const char *what)
{
	if (is_so)
		return;
	fprintf(stderr, "demo: not as it should be: %s\n", what);
	life->totals->mismatches++;
}

static bool make_machine(struct life *life)
{
	/* 32 MiB below 4 GiB and 64 MiB above 1 TiB, half of it used. */
	const struct iolas_physmem_region regions[] = {
		{ .first = 0x100000, .last = 0x20fffff },
		{ .first = UINT64_C(1) << 40,
		  .last = (UINT64_C(1) << 40) + 0x3ffffff },
	};
	const struct iolas_dxgk_machine_config config = {
		.struct_size = sizeof(config),
		.host = life->host,
		.regions = regions,
		.region_count = 2,
		.fragment_permille = 500,
		.fragment_seed = 7,
		.verifier = 1,
	};

	return done("machine",
		    iolas_dxgk_machine_create(&config, &life->machine));
}

static bool start(struct life *life, uint32_t mode)
{
	const struct iolas_dxgk_adapter_config adapter = {
		.struct_size = sizeof(adapter),
		.machine = life->machine,
		.mode = mode,
	};
	const struct iolas_dxgk_device_config device = {
		.struct_size = sizeof(device),
		.bar_count = 1,
		.bar = { { .first = BAR_FIRST,
			   .bytes = COPYKMD_BAR_BYTES,
			   .memory = life->registers } },
		.has_interrupt = 1,
	};

	if (!done("DriverEntry",
		  iolas_dxgk_driver_load(life->machine, copykmd_entry,
					 &life->driver)) ||
	    !done("adapter",
		  iolas_dxgk_adapter_create(&adapter, &life->adapter)) ||
	    !done("AddDevice", iolas_dxgk_adapter_add(life->adapter,
						      life->driver, &device)) ||
	    !done("StartDevice", iolas_dxgk_adapter_start(life->adapter)) ||
	    !done("CreateDevice",
		  iolas_dxgk_device_create(life->adapter, &life->device)))
		return false;
	life->engine = (struct copy_engine){ .adapter = life->adapter,
					     .registers = life->registers };
	return true;
}

/* Through pfnAllocateCb, as a user-mode driver does. */
static bool allocate(struct life *life)
{
	struct copykmd_allocation_data data[BUFFERS];
	D3DDDI_ALLOCATIONINFO infos[BUFFERS];
	D3DDDICB_ALLOCATE args;

	memset(infos, 0, sizeof(infos));
	memset(&args, 0, sizeof(args));
	for (uint32_t i = 0; i < BUFFERS; i++) {
		data[i] = (struct copykmd_allocation_data){
			.magic = COPYKMD_MAGIC,
			.bytes = BUFFER_BYTES,
			.is_scattered = i % 2,
		};
		infos[i].pPrivateDriverData = &data[i];
		infos[i].PrivateDriverDataSize = sizeof(data[i]);
	}
	args.NumAllocations = BUFFERS;
	args.pAllocationInfo = infos;
	if (!done("pfnAllocateCb", iolas_dxgk_allocate_cb(life->device, &args)))
		return false;
	for (uint32_t i = 0; i < BUFFERS; i++) {
		struct iolas_dxgk_allocation_info info = {
			.struct_size = sizeof(info)
		};

		life->allocation[i] = infos[i].hAllocation;
		if (!done("allocation", iolas_dxgk_allocation_info(
						life->allocation[i], &info)))
			return false;
		life->kmd[i] = info.driver_handle;
		life->memory[i].struct_size = sizeof(life->memory[i]);
		if (!done("memory", iolas_dxgk_memory_info(
					    copykmd_memory_handle(life->kmd[i]),
					    &life->memory[i])))
			return false;
		expect(life, data[i].serial == i + 1,
		       "private data come back from the driver");
		life->totals->allocations++;
	}
	return true;
}

static void show(const struct life *life)
{
	puts("  allocation  kind        runs         physical          "
	     "logical");
	for (uint32_t i = 0; i < BUFFERS; i++) {
		const struct iolas_dxgk_memory_info *m = &life->memory[i];
		struct iolas_dxgk_segment first;
		uint64_t one = 1;

		if (iolas_dxgk_memory_segments(
			    copykmd_memory_handle(life->kmd[i]), 0, &first,
			    &one))
			continue;
		printf("  %#10" PRIx32 "  %-10s  %4" PRIu64 "  %#15" PRIx64
		       "  %#15" PRIx64 "%s\n",
		       life->allocation[i], i % 2 ? "scattered" : "contiguous",
		       m->segment_count, first.pa, first.logical,
		       first.logical == first.pa ? "" : "  differs");
	}
}

static void fill(unsigned char *bytes, uint32_t seed)
{
	for (uint32_t i = 0; i < BUFFER_BYTES; i++)
		bytes[i] = (unsigned char)(seed * 131 + i * 7 + (i >> 8));
}

/*
 * The harness moves one allocation into another, at device addresses, run by
 * run: what it moved must be there for the CPU.
 */
static void move_and_verify(struct life *life, uint32_t to, uint32_t from)
{
	struct iolas_dxgk_segment s[BUFFER_BYTES / 4096];
	struct iolas_dxgk_segment d[BUFFER_BYTES / 4096];
	uint64_t sources = BUFFER_BYTES / 4096;
	uint64_t destinations = sources;
	uint64_t si = 0, di = 0, soff = 0, doff = 0;

	fill(copykmd_cpu_address(life->kmd[from]), from + 1);
	if (iolas_dxgk_memory_segments(copykmd_memory_handle(life->kmd[from]),
				       0, s, &sources) ||
	    iolas_dxgk_memory_segments(copykmd_memory_handle(life->kmd[to]), 0,
				       d, &destinations)) {
		expect(life, false, "segments are known");
		return;
	}
	while (si < sources && di < destinations) {
		uint64_t len = s[si].len - soff;

		if (len > d[di].len - doff)
			len = d[di].len - doff;
		expect(life,
		       copy_engine_move(&life->engine, d[di].logical + doff,
					s[si].logical + soff, len) == IOLAS_OK,
		       "the engine reaches the allocations");
		soff += len;
		doff += len;
		if (soff == s[si].len)
			si++, soff = 0;
		if (doff == d[di].len)
			di++, doff = 0;
	}
	expect(life,
	       memcmp(copykmd_cpu_address(life->kmd[to]),
		      copykmd_cpu_address(life->kmd[from]), BUFFER_BYTES) == 0,
	       "the bytes arrived");
}

static void explain(struct life *life, uint32_t expected_rule)
{
	struct iolas_dxgk_violation v = { .struct_size = sizeof(v) };
	const uint64_t count = iolas_dxgk_violation_count(life->machine);
	char text[1400];

	if (count == 0 ||
	    iolas_dxgk_violation_get(life->machine, count - 1, &v) ||
	    iolas_dxgk_violation_describe(&v, text, sizeof(text))) {
		expect(life, false, "the access is reported");
		return;
	}
	printf("    %s\n", text);
	expect(life, v.rule == expected_rule, "it is the right report");
	life->totals->faults_explained++;
	iolas_dxgk_violations_clear(life->machine);
}

/*
 * The driver's own path: commands in a ring, with the addresses it takes for
 * true.  Where logical is physical they are right.
 */
static void let_driver_copy(struct life *life, void *context, bool is_remapped)
{
	const unsigned commands = BUFFER_BYTES / 4096;
	unsigned ran;

	fill(copykmd_cpu_address(life->kmd[0]), 77);
	expect(life,
	       copykmd_copy(context, life->kmd[3], life->kmd[0],
			    BUFFER_BYTES) != 0,
	       "the driver queues commands");
	ran = copy_engine_run(&life->engine);
	if (is_remapped) {
		puts("  the driver hands physical addresses to its engine:");
		expect(life, ran == 0, "the engine gets nowhere with them");
		explain(life, IOLAS_DXGK_RULE_DEVICE_FAULT);
		return;
	}
	expect(life, ran == commands, "the engine runs every command");
	expect(life,
	       memcmp(copykmd_cpu_address(life->kmd[3]),
		      copykmd_cpu_address(life->kmd[0]), BUFFER_BYTES) == 0,
	       "the driver's copy arrived");
}

static void free_and_touch(struct life *life, bool has_iommu)
{
	const D3DKMT_DESTROYALLOCATION2 args = {
		.hDevice = life->device,
		.phAllocationList = life->allocation,
		.AllocationCount = BUFFERS,
	};
	const struct iolas_dxgk_memory_info was = life->memory[0];

	if (!done("DestroyAllocation", iolas_dxgk_destroy_allocation(&args))) {
		life->totals->mismatches++;
		return;
	}
	puts(has_iommu ? "  after the free the engine reads there once more:"
		       : "  after the free the engine reads there once more, "
			 "which "
			 "no hardware stops:");
	expect(life,
	       copy_engine_move(&life->engine, was.logical, was.logical, 64) ==
		       IOLAS_EFAULT,
	       "the access is refused");
	explain(life, IOLAS_DXGK_RULE_DEVICE_AFTER_FREE);
}

static bool end(struct life *life)
{
	bool is_good =
		done("RemoveDevice", iolas_dxgk_adapter_remove(life->adapter));

	is_good &= done("adapter's end",
			iolas_dxgk_adapter_destroy(life->adapter));
	is_good &= done("Unload", iolas_dxgk_driver_unload(life->driver));
	expect(life, iolas_dxgk_violation_count(life->machine) == 0,
	       "the driver left nothing behind");
	is_good &= done("machine's end",
			iolas_dxgk_machine_destroy(life->machine));
	return is_good;
}

static int live(const struct iolas_host *host, uint32_t index,
		struct demo_totals *totals)
{
	struct life life = { .host = host, .totals = totals };
	const bool is_remapped = modes[index].mode == IOLAS_DXGK_REMAPPED;
	const bool has_iommu = modes[index].mode != IOLAS_DXGK_PASSTHROUGH;

	printf("\nA display miniport on an adapter: %s (%s)\n",
	       modes[index].name, modes[index].what);
	if (!make_machine(&life) || !start(&life, modes[index].mode) ||
	    !allocate(&life))
		return -1;
	show(&life);
	for (uint32_t i = 0; i + 1 < BUFFERS; i++)
		move_and_verify(&life, i + 1, i);
	let_driver_copy(&life, copykmd_context(life.kmd[0]), is_remapped);
	printf("  the copy engine moved %" PRIu64 " bytes, verified\n",
	       life.engine.bytes_moved);
	free_and_touch(&life, has_iommu);
	totals->dma_bytes += life.engine.bytes_moved;
	return end(&life) ? 0 : -1;
}

int demo_miniport(const struct iolas_host *host, struct demo_totals *totals)
{
	int status = 0;

	for (uint32_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		status |= live(host, i, totals);
	return status;
}
