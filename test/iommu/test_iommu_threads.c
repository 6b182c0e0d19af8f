/* SPDX-License-Identifier: MIT */
/*
 * Device threads against threads that map, unmap, attach and detach.  The
 * thread sanitizer is the judge: the mapper uses what it unmapped with plain
 * stores, so a device access after the unmap is a data race.  Short.
 */
#include "iommu_rig.h"

#include <harness/rng.h>

#include <pthread.h>
#include <sched.h>

static atomic_bool stop;

static bool has_stopped(void)
{
	return atomic_load_explicit(&stop, memory_order_relaxed);
}

struct device_thread {
	struct iolas_queue *queue;
	iolas_iova iova;
	uint64_t len;
	uint64_t seed;
	bool is_mapping; /* uses dma_map instead of dma_write */
	_Atomic(uint64_t) done;
	pthread_t thread;
};

/* Writes 0x5a.. somewhere in its window; yields, to share two processors. */
static void *write_on(void *arg)
{
	struct device_thread *d = arg;
	unsigned char data[512];
	struct rng rng = { d->seed };

	memset(data, 0x5a, sizeof(data));
	while (!has_stopped()) {
		const uint64_t at = rng_below(&rng, d->len - sizeof(data));
		const int status = iolas_dma_write(d->queue, d->iova + at, data,
						   1 + rng_below(&rng, 512));

		CHECK_ANY_THREAD(status == IOLAS_OK || status == IOLAS_EFAULT);
		if ((atomic_fetch_add_explicit(&d->done, 1,
					       memory_order_relaxed) &
		     15) == 15)
			sched_yield();
	}
	return NULL;
}

/* The same through a borrowed pointer. */
static void *map_on(void *arg)
{
	struct device_thread *d = arg;
	struct rng rng = { d->seed };

	while (!has_stopped()) {
		const uint64_t at = rng_below(&rng, d->len - 64);
		uint64_t len = 64, token;
		void *ptr;
		const int status = iolas_dma_map(d->queue, d->iova + at, &len,
						 RW, &ptr, &token);

		CHECK_ANY_THREAD(status == IOLAS_OK || status == IOLAS_EFAULT);
		atomic_fetch_add_explicit(&d->done, 1, memory_order_relaxed);
		if (status)
			continue;
		memset(ptr, 0x5a, len);
		CHECK_ANY_THREAD(iolas_dma_unmap(d->queue, token) == IOLAS_OK);
	}
	return NULL;
}

static void start(struct device_thread *d)
{
	atomic_store(&d->done, 0);
	CHECK_EQ(pthread_create(&d->thread, NULL,
				d->is_mapping ? map_on : write_on, d),
		 0);
	while (atomic_load_explicit(&d->done, memory_order_relaxed) == 0)
		sched_yield();
}

/* The page is ours: nobody else may touch it any more. */
static void poison_and_look(unsigned page)
{
	memset(rig_page(page), 0xee, PAGE);
	for (int i = 0; i < 3; i++) {
		sched_yield();
		for (unsigned at = 0; at < PAGE; at++)
			CHECK(rig_page(page)[at] == 0xee);
	}
}

static int unmap_until_it_goes(struct rig *rig, iolas_iova iova, uint64_t len)
{
	for (;;) {
		const int status =
			iolas_domain_unmap(rig->domain, iova, len, NULL);

		if (status != IOLAS_EBUSY)
			return status;
		sched_yield();
	}
}

/*
 * One thread writes through the device, we map, unmap, and then use the page.
 * Both kinds of host: with a process-wide barrier, and with fences alone.
 */
static void no_write_lands_after_a_strict_unmap(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < 8; kind++) {
		struct device_thread d = { .len = 4 * PAGE, .seed = kind };
		struct rig rig;

		rig_prepare(&rig);
		if (kind & 1)
			rig.host.table.barrier_all = NULL;
		if (kind & 2)
			rig.unit_config.flags = IOLAS_UNIT_ADVERSARIAL;
		d.is_mapping = kind & 4;
		rig.unit_config.fault_count = 1;
		rig_start(&rig);
		d.queue = rig.queue;
		d.iova = 16 * PAGE;
		atomic_store(&stop, false);
		start(&d);
		for (unsigned i = 0; i < 100; i++) {
			const unsigned page = i % 8;

			CHECK_EQ(iolas_domain_map(rig.domain,
						  d.iova + (i & 3) * PAGE,
						  rig_page_pa(page), PAGE, RW),
				 IOLAS_OK);
			for (unsigned k = 0; k < (i & 7); k++)
				sched_yield();
			CHECK_EQ(unmap_until_it_goes(
					 &rig, d.iova + (i & 3) * PAGE, PAGE),
				 IOLAS_OK);
			poison_and_look(page);
		}
		atomic_store(&stop, true);
		pthread_join(d.thread, NULL);
		rig_fini(&rig);
	}
}

/* Queues of two PASIDs, each with a page; both pages go in one batch. */
static void no_write_lands_after_a_sync(void **state)
{
	(void)state;
	for (uint32_t policy = IOLAS_POLICY_BATCHED;
	     policy <= IOLAS_POLICY_DEFERRED; policy++) {
		struct device_thread d[2] = { { .len = PAGE, .seed = 1 },
					      { .len = PAGE, .seed = 2 } };
		struct iolas_gather gather;
		struct rig rig;

		rig_prepare(&rig);
		rig.domain_config.policy = policy;
		rig.unit_config.fault_count = 1;
		rig_start(&rig);
		CHECK_EQ(iolas_device_attach(rig.device, 4, rig.domain),
			 IOLAS_OK);
		CHECK_EQ(iolas_queue_create(rig.device, 4, &d[1].queue),
			 IOLAS_OK);
		d[0].queue = rig.queue;
		atomic_store(&stop, false);
		iolas_gather_init(&gather);
		for (unsigned i = 0; i < 2; i++) {
			d[i].iova = (16 + 64 * i) * PAGE;
			start(&d[i]);
		}
		for (unsigned turn = 0; turn < 50; turn++) {
			const unsigned page = turn % 8 * 2;

			for (unsigned i = 0; i < 2; i++)
				CHECK_EQ(iolas_domain_map(rig.domain, d[i].iova,
							  rig_page_pa(page + i),
							  PAGE, RW),
					 IOLAS_OK);
			for (unsigned k = 0; k < (turn & 3); k++)
				sched_yield();
			for (unsigned i = 0; i < 2; i++)
				CHECK_EQ(iolas_domain_unmap(rig.domain,
							    d[i].iova, PAGE,
							    &gather),
					 IOLAS_OK);
			CHECK_EQ(iolas_domain_sync(rig.domain, &gather),
				 IOLAS_OK);
			poison_and_look(page);
			poison_and_look(page + 1);
		}
		atomic_store(&stop, true);
		for (int i = 0; i < 2; i++) {
			pthread_join(d[i].thread, NULL);
		}
		CHECK_EQ(iolas_queue_destroy(d[1].queue), IOLAS_OK);
		CHECK_EQ(iolas_device_detach(rig.device, 4), IOLAS_OK);
		rig_fini(&rig);
	}
}

/* After replace the old domain's memory is ours; after detach all of it. */
static void no_write_lands_after_replace_or_detach(void **state)
{
	struct device_thread d = { .len = PAGE, .seed = 9 };
	struct iolas_domain *domain[2];
	struct rig rig;

	(void)state;
	rig_prepare(&rig);
	rig.unit_config.fault_count = 1;
	rig_start(&rig);
	domain[0] = rig.domain;
	CHECK_EQ(iolas_domain_create(&rig.host.table, &rig.domain_config,
				     &domain[1]),
		 IOLAS_OK);
	for (unsigned i = 0; i < 2; i++)
		CHECK_EQ(iolas_domain_map(domain[i], 16 * PAGE, rig_page_pa(i),
					  PAGE, RW),
			 IOLAS_OK);
	d.queue = rig.queue;
	d.iova = 16 * PAGE;
	atomic_store(&stop, false);
	start(&d);
	for (unsigned i = 0; i < 150; i++) {
		const unsigned to = ~i & 1;

		if (i % 7 == 3) {
			CHECK_EQ(iolas_device_detach(rig.device,
						     IOLAS_PASID_NONE),
				 IOLAS_OK);
			poison_and_look(0);
			poison_and_look(1);
			CHECK_EQ(iolas_device_attach(rig.device,
						     IOLAS_PASID_NONE,
						     domain[to]),
				 IOLAS_OK);
		} else {
			CHECK_EQ(iolas_device_replace(rig.device,
						      IOLAS_PASID_NONE,
						      domain[to]),
				 IOLAS_OK);
			poison_and_look(!to);
		}
		for (unsigned k = 0; k < (i & 3); k++)
			sched_yield();
	}
	atomic_store(&stop, true);
	pthread_join(d.thread, NULL);
	CHECK_EQ(iolas_device_replace(rig.device, IOLAS_PASID_NONE, rig.domain),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_destroy(domain[1]), IOLAS_OK);
	rig_fini(&rig);
}

/* Threads that change the same PASID, each tolerant of the others' success. */
static void *change_on(void *arg)
{
	struct rig *rig = arg;
	struct rng rng = { (uint64_t)(uintptr_t)&rng };

	for (int i = 0; i < 400; i++) {
		int status;

		switch (rng_below(&rng, 4)) {
		case 0:
			status = iolas_device_attach(rig->device, 11,
						     rig->domain);
			break;
		case 1:
			status = iolas_device_replace(rig->device, 11,
						      rig->domain);
			break;
		case 2:
			status = iolas_device_detach(rig->device, 11);
			break;
		default:
			status = iolas_device_bypass(rig->device, 11);
			break;
		}
		CHECK_ANY_THREAD(status == IOLAS_OK || status == IOLAS_EBUSY ||
				 status == IOLAS_ENOENT);
	}
	return NULL;
}

static void *queues_on(void *arg)
{
	struct rig *rig = arg;

	while (!has_stopped()) {
		struct iolas_translation run;
		struct iolas_queue *queue;
		uint64_t count = 1;

		CHECK_ANY_THREAD(iolas_queue_create(rig->device, 11, &queue) ==
				 IOLAS_OK);
		iolas_translate(queue, PAGE, 1, IOLAS_READ, &run, &count);
		CHECK_ANY_THREAD(iolas_queue_destroy(queue) == IOLAS_OK);
	}
	return NULL;
}

static void changes_of_one_pasid_wait_for_each_other(void **state)
{
	pthread_t changer[2], user;
	struct rig rig;
	int status;

	(void)state;
	rig_init(&rig);
	CHECK_EQ(iolas_domain_map(rig.domain, PAGE, rig_page_pa(1), PAGE, RW),
		 IOLAS_OK);
	atomic_store(&stop, false);
	CHECK_EQ(pthread_create(&user, NULL, queues_on, &rig), 0);
	for (int i = 0; i < 2; i++)
		CHECK_EQ(pthread_create(&changer[i], NULL, change_on, &rig), 0);
	for (int i = 0; i < 300; i++) {
		CHECK_EQ(iolas_domain_unmap(rig.domain, PAGE, PAGE, NULL),
			 IOLAS_OK);
		CHECK_EQ(iolas_domain_map(rig.domain, PAGE, rig_page_pa(1),
					  PAGE, RW),
			 IOLAS_OK);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(changer[i], NULL);
	atomic_store(&stop, true);
	pthread_join(user, NULL);
	status = iolas_device_detach(rig.device, 11);
	CHECK(status == IOLAS_OK || status == IOLAS_ENOENT);
	rig_fini(&rig);
}

/* Devices are made and forgotten while faults and statistics are read. */
static void *devices_on(void *arg)
{
	struct rig *rig = arg;
	const uint32_t first = (uint32_t)((uintptr_t)&rig >> 20) & 0xff00;

	for (uint32_t i = 0; i < 300; i++) {
		struct iolas_device *device;
		struct iolas_queue *queue;
		const uint32_t id = (first ^ 0x8000) + i % 7;

		if (iolas_device_create(rig->unit, id, &device))
			continue;
		CHECK_ANY_THREAD(iolas_queue_create(device, 1, &queue) ==
				 IOLAS_OK);
		CHECK_ANY_THREAD(iolas_dma_write(queue, 0, "x", 1) ==
				 IOLAS_EFAULT);
		CHECK_ANY_THREAD(iolas_queue_destroy(queue) == IOLAS_OK);
		CHECK_ANY_THREAD(iolas_device_destroy(device) == IOLAS_OK);
	}
	return NULL;
}

static void devices_come_and_go(void **state)
{
	struct iolas_unit_stats stats = { .struct_size = sizeof(stats) };
	struct iolas_fault fault = { .struct_size = sizeof(fault) };
	pthread_t thread[2];
	struct rig rig;

	(void)state;
	rig_init(&rig);
	for (int i = 0; i < 2; i++)
		CHECK_EQ(pthread_create(&thread[i], NULL, devices_on, &rig), 0);
	for (int i = 0; i < 300; i++) {
		CHECK_EQ(iolas_unit_stats(rig.unit, &stats), IOLAS_OK);
		if (iolas_unit_next_fault(rig.unit, &fault) == IOLAS_OK)
			CHECK_EQ(fault.reason, IOLAS_FAULT_BLOCKED);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	CHECK_EQ(iolas_unit_stats(rig.unit, &stats), IOLAS_OK);
	CHECK_EQ(stats.device_count, 1);
	rig_fini(&rig);
}

RUN_CASES(CASE(no_write_lands_after_a_strict_unmap),
	  CASE(no_write_lands_after_a_sync),
	  CASE(no_write_lands_after_replace_or_detach),
	  CASE(changes_of_one_pasid_wait_for_each_other),
	  CASE(devices_come_and_go))
