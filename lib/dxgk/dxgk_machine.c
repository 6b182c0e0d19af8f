/* SPDX-License-Identifier: MIT */
/*
 * Machines: physical memory, one IOMMU, a violation log, and what calls
 * without adapter work on.
 */
#include "dxgk/dxgk_kernel.h"
#include "dxgk/dxgk_machine.h"
#include "dxgk/dxgk_thing.h"

#include "base/struct_read.h"

#include <string.h>

#define VIOLATION_LIMIT 1024u
#define MACHINE_BYTES \
	((sizeof(struct iolas_dxgk_machine) + 4095) & ~(size_t)4095)

/* 255 MiB below 4 GiB with the first MiB missing, 256 MiB from there on. */
static const struct iolas_physmem_region default_regions[] = {
	{ .first = 0x00100000, .last = 0x0fffffff },
	{ .first = 0x100000000, .last = 0x10fffffff },
};

static int read_config(struct iolas_dxgk_machine_config *config,
		       const struct iolas_dxgk_machine_config *given)
{
	static const struct iolas_dxgk_machine_config defaults = {
		.struct_size = sizeof(defaults),
	};

	if (iolas__struct_read(config, sizeof(*config), sizeof(*config),
			       given ? given : &defaults))
		return IOLAS_EINVAL;
	if (config->flags & ~IOLAS_DXGK_MISALIGN || config->verifier > 2 ||
	    config->fragment_permille > 1000 ||
	    (!config->regions && config->region_count))
		return IOLAS_EINVAL;
	if (!config->host)
		config->host = iolas_host_libc();
	if (!config->regions) {
		config->regions = default_regions;
		config->region_count = 2;
	}
	if (!config->violation_limit)
		config->violation_limit = VIOLATION_LIMIT;
	return config->host->chunk_alloc && config->host->chunk_free
		       ? IOLAS_OK
		       : IOLAS_EINVAL;
}

/* What the IOMMU reaches: memory, or a device's own space. */
static void *bus_ptr(void *user, iolas_pa pa, uint64_t len)
{
	struct iolas_dxgk_machine *machine = user;
	void *ptr = iolas_physmem_ptr(machine->physmem, pa, len);

	if (!ptr && machine->io.ptr)
		ptr = machine->io.ptr(machine->io.user, pa, len);
	return ptr;
}

static int make_memory(struct iolas_dxgk_machine *machine)
{
	struct iolas_physmem_config layout = {
		.struct_size = sizeof(layout),
		.flags = machine->config.verifier >= 2 ? IOLAS_PHYSMEM_POISON
						       : 0,
		.page_lg2 = DXGK_PAGE_LG2,
		.region_count = machine->config.region_count,
		.regions = machine->config.regions,
		.backing = iolas_backing_libc(),
	};
	struct iolas_physmem_stats stats = { .struct_size = sizeof(stats),
					     .node = IOLAS_NODE_ANY };
	int status;

	status = iolas_physmem_create(&machine->host, &layout,
				      &machine->physmem);
	if (status)
		return status;
	if (machine->config.fragment_permille)
		status = iolas_physmem_fragment(
			machine->physmem, machine->config.fragment_permille,
			machine->config.fragment_seed);
	if (!status)
		status = iolas_physmem_stats(machine->physmem, &stats);
	machine->highest = stats.highest;
	return status;
}

static int make_unit(struct iolas_dxgk_machine *machine)
{
	const struct iolas_memory memory = { .struct_size = sizeof(memory),
					     .user = machine,
					     .ptr = bus_ptr };
	const struct iolas_unit_config config = {
		.struct_size = sizeof(config),
		.memory = &memory,
		.fault = iolas__dxgk_note_fault,
	};

	return iolas_unit_create(&machine->host, &config, &machine->unit);
}

static int make_log(struct iolas_dxgk_machine *machine)
{
	struct iolas__dxgk_log *log = &machine->log;

	log->limit = machine->config.violation_limit;
	log->kept = iolas__dxgk_alloc(&machine->heap,
				      log->limit * sizeof(*log->kept));
	return log->kept ? IOLAS_OK : IOLAS_ENOMEM;
}

/* Takes down whatever is there, in any state of the making. */
static void unmake(struct iolas_dxgk_machine *machine)
{
	const struct iolas_host host = machine->host;

	iolas_unit_destroy(machine->unit);
	iolas_physmem_destroy_all(machine->physmem);
	pthread_mutex_destroy(&machine->log.lock);
	pthread_mutex_destroy(&machine->lock);
	iolas__dxgk_heap_fini(&machine->heap);
	host.chunk_free(host.user, machine, MACHINE_BYTES);
}

int iolas_dxgk_machine_create(const struct iolas_dxgk_machine_config *given,
			      struct iolas_dxgk_machine **result)
{
	struct iolas_dxgk_machine_config config;
	struct iolas_dxgk_machine *machine;
	iolas_pa pa;
	int status;

	if (!result)
		return IOLAS_EINVAL;
	*result = NULL;
	status = read_config(&config, given);
	if (status)
		return status;
	machine = config.host->chunk_alloc(config.host->user, MACHINE_BYTES,
					   4096, &pa);
	if (!machine)
		return IOLAS_ENOMEM;
	memset(machine, 0, sizeof(*machine));
	machine->config = config;
	pthread_mutex_init(&machine->lock, NULL);
	pthread_mutex_init(&machine->log.lock, NULL);
	if (iolas__struct_read(&machine->host, sizeof(machine->host),
			       offsetof(struct iolas_host, chunk_free) +
				       sizeof(config.host->chunk_free),
			       config.host))
		status = IOLAS_EINVAL;
	/* Whatever comes of it, the chunk goes back where it came from. */
	machine->host.user = config.host->user;
	machine->host.chunk_free = config.host->chunk_free;
	iolas__dxgk_heap_init(&machine->heap, &machine->host);
	if (!status)
		status = make_log(machine);
	if (!status)
		status = make_memory(machine);
	if (!status)
		status = make_unit(machine);
	if (status) {
		unmake(machine);
		return status;
	}
	machine->config.host = NULL;
	machine->config.regions = NULL;
	if (!iolas_dxgk_machine_current())
		iolas_dxgk_machine_set_current(machine);
	*result = machine;
	return IOLAS_OK;
}

/* What was never freed: its memory goes with the machine, its list not. */
static void forget_things(struct iolas_dxgk_machine *machine)
{
	for (size_t i = 0; i < DXGK_TABLE_BUCKETS; i++)
		for (struct iolas__dxgk_thing *thing = machine->things[i];
		     thing; thing = thing->next)
			iolas_pagelist_destroy(thing->pages.list);
}

int iolas_dxgk_machine_destroy(struct iolas_dxgk_machine *machine)
{
	bool has_adapters;

	if (!machine)
		return IOLAS_OK;
	pthread_mutex_lock(&machine->lock);
	has_adapters = machine->adapters != NULL;
	pthread_mutex_unlock(&machine->lock);
	if (has_adapters)
		return IOLAS_EBUSY;
	iolas__dxgk_pool_report(machine);
	iolas_dxgk_machine_report_leaks(machine, NULL);
	if (iolas_dxgk_machine_current() == machine)
		iolas_dxgk_machine_set_current(NULL);
	forget_things(machine);
	unmake(machine);
	return IOLAS_OK;
}

struct iolas_physmem *
iolas_dxgk_machine_physmem(struct iolas_dxgk_machine *machine)
{
	return machine ? machine->physmem : NULL;
}

struct iolas_unit *iolas_dxgk_machine_unit(struct iolas_dxgk_machine *machine)
{
	return machine ? machine->unit : NULL;
}

/* Things that a driver has to free; mappings are named with their MDLs. */
static const struct {
	uint32_t kind;
	const char *what;
} leaks[] = {
	{ DXGK_THING_CONTIGUOUS, "contiguous memory" },
	{ DXGK_THING_MDL, "an MDL" },
	{ DXGK_THING_VIEW, "a system mapping" },
	{ DXGK_THING_IO, "a mapping of device space" },
};

/* The n-th thing of a kind, copied; false: there are not so many. */
static bool nth_thing(struct iolas_dxgk_machine *machine, uint32_t kind,
		      uint64_t n, struct iolas__dxgk_thing *copy)
{
	bool is_found = false;

	pthread_mutex_lock(&machine->lock);
	for (size_t i = 0; i < DXGK_TABLE_BUCKETS && !is_found; i++) {
		for (struct iolas__dxgk_thing *thing = machine->things[i];
		     thing && !is_found; thing = thing->next) {
			if (thing->kind != kind ||
			    (kind == DXGK_THING_MDL &&
			     thing->origin == DXGK_MDL_OF_CB))
				continue;
			is_found = n-- == 0;
			if (is_found)
				*copy = *thing;
		}
	}
	pthread_mutex_unlock(&machine->lock);
	return is_found;
}

int iolas_dxgk_machine_report_leaks(struct iolas_dxgk_machine *machine,
				    uint64_t *count)
{
	struct iolas__dxgk_thing thing;
	uint64_t total = 0;

	if (!machine)
		return IOLAS_EINVAL;
	for (size_t i = 0; i < sizeof(leaks) / sizeof(leaks[0]); i++) {
		for (uint64_t n = 0;
		     nth_thing(machine, leaks[i].kind, n, &thing); n++) {
			const struct iolas__dxgk_call call = {
				thing.made_call ? thing.made_call : "iolas",
				thing.made_site
			};

			iolas__dxgk_report(
				&(struct iolas__dxgk_report){
					.machine = machine,
					.call = &call,
					.rule = IOLAS_DXGK_RULE_MM_LEAKED,
					.made_site = thing.made_site },
				"%s at %p, %llu bytes, was never freed",
				leaks[i].what, thing.key,
				(unsigned long long)thing.bytes);
			total++;
		}
	}
	if (count)
		*count = total;
	return IOLAS_OK;
}
