/* SPDX-License-Identifier: MIT */
/*
 * Units and their devices: create, destroy, find, count.
 */
#include "iommu/iommu_priv.h"

#include "base/struct_read.h"

#define KNOWN_FLAGS	    IOLAS_UNIT_ADVERSARIAL
#define DEFAULT_IOTLB_LG2   8
#define MAX_IOTLB_LG2	    16
#define DEFAULT_FAULT_COUNT 256
#define MAX_FAULT_COUNT	    65536
#define MAX_REQUESTER_ID    0xffffu

static int read_config(const struct iolas_unit_config *given,
		       struct iolas_unit_config *config,
		       struct iolas_memory *memory)
{
	*memory = (struct iolas_memory){ .ptr = NULL };
	if (iolas__struct_read(config, sizeof(*config), sizeof(*config), given))
		return IOLAS_EINVAL;
	if (config->flags & ~KNOWN_FLAGS || config->iotlb_lg2 > MAX_IOTLB_LG2 ||
	    config->fault_count > MAX_FAULT_COUNT)
		return IOLAS_EINVAL;
	if (config->iotlb_lg2 == 0)
		config->iotlb_lg2 = DEFAULT_IOTLB_LG2;
	if (config->fault_count == 0)
		config->fault_count = DEFAULT_FAULT_COUNT;
	if (!config->memory)
		return IOLAS_OK;
	if (iolas__struct_read(memory, sizeof(*memory), sizeof(*memory),
			       config->memory))
		return IOLAS_EINVAL;
	return memory->flags || !memory->ptr ? IOLAS_EINVAL : IOLAS_OK;
}

static void init(struct iolas_unit *unit, const struct iolas_host *host,
		 const struct iolas_unit_config *config,
		 const struct iolas_memory *memory)
{
	unit->host = *host;
	unit->memory = *memory;
	unit->flags = config->flags;
	unit->iotlb_lg2 = config->iotlb_lg2;
	unit->seed = config->seed;
	unit->fault = config->fault;
	unit->fault_user = config->fault_user;
	unit->fault_size = config->fault_count;
	iolas__slab_init(&unit->contexts, &unit->host,
			 sizeof(struct iolas__context),
			 _Alignof(struct iolas__context));
	iolas__slab_init(&unit->nodes, &unit->host,
			 sizeof(union iolas__unit_node),
			 _Alignof(union iolas__unit_node));
}

int iolas_unit_create(const struct iolas_host *host,
		      const struct iolas_unit_config *config,
		      struct iolas_unit **unit)
{
	struct iolas_unit_config read;
	struct iolas_memory memory;
	struct iolas_host table;
	struct iolas_unit *made;

	if (!unit)
		return IOLAS_EINVAL;
	*unit = NULL;
	if (iolas__host_read(&table, host) ||
	    read_config(config, &read, &memory))
		return IOLAS_EINVAL;
	made = iolas__host_object_alloc(&table, sizeof(*made));
	if (!made)
		return IOLAS_ENOMEM;
	init(made, &table, &read, &memory);
	made->faults = iolas__host_object_alloc(
		&table, made->fault_size * sizeof(*made->faults));
	if (!made->faults) {
		iolas__host_object_free(&table, made, sizeof(*made));
		return IOLAS_ENOMEM;
	}
	*unit = made;
	return IOLAS_OK;
}

int iolas_unit_destroy(struct iolas_unit *unit)
{
	struct iolas_host host;

	if (!unit)
		return IOLAS_OK;
	if (unit->device_count)
		return IOLAS_EBUSY;
	host = unit->host;
	for (unsigned i = 0; i < IOLAS__UNIT_BUSES; i++)
		iolas__host_object_free(&host, unit->bus[i],
					sizeof(*unit->bus[i]));
	iolas__slab_fini(&unit->contexts);
	iolas__slab_fini(&unit->nodes);
	iolas__host_object_free(&host, unit->faults,
				unit->fault_size * sizeof(*unit->faults));
	iolas__host_object_free(&host, unit, sizeof(*unit));
	return IOLAS_OK;
}

/* Puts *fresh where the bus has no table yet, and then forgets it. */
static int enter_device(struct iolas_unit *unit, struct iolas__bus **fresh,
			struct iolas_device *device)
{
	const uint32_t bus = device->requester_id >> 8;
	const uint32_t devfn = device->requester_id & 0xff;

	if (unit->bus[bus] && unit->bus[bus]->device[devfn])
		return IOLAS_EEXIST;
	if (!unit->bus[bus]) {
		unit->bus[bus] = *fresh;
		*fresh = NULL;
	}
	unit->bus[bus]->device[devfn] = device;
	unit->device_count++;
	return IOLAS_OK;
}

int iolas_device_create(struct iolas_unit *unit, uint32_t requester_id,
			struct iolas_device **device)
{
	struct iolas_device *made;
	struct iolas__bus *bus;
	int status;

	if (!device)
		return IOLAS_EINVAL;
	*device = NULL;
	if (!unit || requester_id > MAX_REQUESTER_ID)
		return IOLAS_EINVAL;
	/* Both before the lock: the host is not called under it. */
	made = iolas__host_object_alloc(&unit->host, sizeof(*made));
	bus = iolas__host_object_alloc(&unit->host, sizeof(*bus));
	status = made && bus ? IOLAS_OK : IOLAS_ENOMEM;
	if (!status) {
		made->unit = unit;
		made->requester_id = requester_id;
		iolas__lock_acquire(&unit->host, &unit->lock);
		status = enter_device(unit, &bus, made);
		iolas__lock_release(&unit->lock);
	}
	iolas__host_object_free(&unit->host, bus, sizeof(*bus));
	if (status) {
		iolas__host_object_free(&unit->host, made, sizeof(*made));
		return status;
	}
	*device = made;
	return IOLAS_OK;
}

int iolas_device_destroy(struct iolas_device *device)
{
	struct iolas_unit *unit;
	bool is_busy;

	if (!device)
		return IOLAS_OK;
	unit = device->unit;
	iolas__lock_acquire(&unit->host, &unit->lock);
	is_busy = device->context_count != 0;
	if (!is_busy) {
		unit->bus[device->requester_id >> 8]
			->device[device->requester_id & 0xff] = NULL;
		unit->device_count--;
	}
	iolas__lock_release(&unit->lock);
	if (is_busy)
		return IOLAS_EBUSY;
	iolas__host_object_free(&unit->host, device, sizeof(*device));
	return IOLAS_OK;
}

/* The context's lock is taken under the unit's. */
static void sum_queues(struct iolas__context *context,
		       struct iolas_unit_stats *stats)
{
	struct iolas_unit *unit = context->device->unit;

	iolas__lock_acquire(&unit->host, &context->lock);
	for (struct iolas_queue *q = context->queues; q; q = q->next) {
		/* Relaxed: counts of another thread, a moment old. */
		stats->hit_count += iolas__load_relaxed(&q->hits);
		stats->miss_count += iolas__load_relaxed(&q->misses);
	}
	iolas__lock_release(&context->lock);
}

static void sum_device(const struct iolas_device *device,
		       struct iolas_unit_stats *stats)
{
	for (unsigned i = 0; i < IOLAS__DEVICE_BUCKETS; i++)
		for (struct iolas__context *c = device->bucket[i]; c;
		     c = c->next)
			sum_queues(c, stats);
}

static void sum_bus(const struct iolas__bus *bus,
		    struct iolas_unit_stats *stats)
{
	for (unsigned i = 0; bus && i < IOLAS__BUS_DEVICES; i++)
		if (bus->device[i])
			sum_device(bus->device[i], stats);
}

int iolas_unit_stats(struct iolas_unit *unit, struct iolas_unit_stats *stats)
{
	struct iolas_unit_stats sum = { .struct_size = sizeof(sum) };

	if (!unit)
		return IOLAS_EINVAL;
	iolas__lock_acquire(&unit->host, &unit->lock);
	sum.device_count = unit->device_count;
	sum.fault_count = unit->fault_count;
	sum.fault_drop_count = unit->fault_drop_count;
	for (unsigned i = 0; i < IOLAS__UNIT_BUSES; i++)
		sum_bus(unit->bus[i], &sum);
	iolas__lock_release(&unit->lock);
	/* Relaxed: a count. */
	sum.invalidation_count = iolas__load_relaxed(&unit->invalidation_count);
	return iolas__struct_write(stats, &sum, sizeof(sum), sizeof(sum));
}
