/* SPDX-License-Identifier: MIT */
/*
 * Who must wait for whom: another thread's change begins while a walk stands in
 * the middle of its section, and must not be over before the section is.
 */
#include "iommu_rig.h"

#include "pgtable/pgtable_midway.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

static struct rig rig;
static struct iolas_domain *other;
static iolas_iova page;
static pthread_t thread;
static int (*other_call)(void);
static int other_status;
static atomic_int is_over;

static int unmap_page(void)
{
	return iolas_domain_unmap(rig.domain, page, PAGE, NULL);
}

static int replace_domain(void)
{
	return iolas_device_replace(rig.device, IOLAS_PASID_NONE, other);
}

static int detach(void)
{
	return iolas_device_detach(rig.device, IOLAS_PASID_NONE);
}

static int map_pointer(void)
{
	uint64_t len = PAGE, token;
	void *ptr;

	return iolas_dma_map(rig.queue, page, &len, IOLAS_READ, &ptr, &token);
}

static void *run_other(void *arg)
{
	(void)arg;
	other_status = other_call();
	atomic_store(&is_over, 1);
	return NULL;
}

/* Inside the section. */
static void start_other(void)
{
	CHECK_EQ(pthread_create(&thread, NULL, run_other, NULL), 0);
	for (unsigned i = 0; i < 20; i++) {
		usleep(2000);
		CHECK(!atomic_load(&is_over));
	}
}

static void begin(int (*call)(void), unsigned visit)
{
	rig_prepare(&rig);
	counting_host_fini(&rig.host);
	counting_host_init_scattered(&rig.host);
	midway_init(&rig.host);
	rig_start(&rig);
	CHECK_EQ(iolas_domain_create(&rig.host.table, &rig.domain_config,
				     &other),
		 IOLAS_OK);
	page = rig_map(&rig, 7, 2, RW);
	atomic_store(&is_over, 0);
	other_call = call;
	midway_act(iolas_domain_pgtable(rig.domain), page, visit, start_other);
}

static void end(void)
{
	rig_fini(&rig);
}

/*
 * Finds the first page in the table and puts it into the IOTLB; the other call
 * begins when the walk for the second page stands in the same table.
 */
static void translate_while(int (*call)(void))
{
	struct iolas_translation run;
	uint64_t count = 1;

	begin(call, 2);
	CHECK_EQ(iolas_translate(rig.queue, page, 2 * PAGE, IOLAS_READ, &run,
				 &count),
		 IOLAS_OK);
	CHECK(midway_has_acted());
	CHECK_EQ(run.pa, rig_page_pa(7));
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(other_status, IOLAS_OK);
	/* What the walk left in the IOTLB does not count any more. */
	count = 1;
	CHECK_EQ(iolas_translate(rig.queue, page, PAGE, IOLAS_READ, &run,
				 &count),
		 IOLAS_EFAULT);
}

static void a_strict_unmap_waits_for_a_walk_that_began_before(void **state)
{
	(void)state;
	translate_while(unmap_page);
	CHECK_EQ(iolas_domain_destroy(other), IOLAS_OK);
	end();
}

static void replacing_a_domain_waits_for_a_walk_in_the_old_one(void **state)
{
	(void)state;
	translate_while(replace_domain);
	CHECK_EQ(iolas_device_replace(rig.device, IOLAS_PASID_NONE, rig.domain),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_destroy(other), IOLAS_OK);
	end();
}

static void detaching_waits_for_a_walk(void **state)
{
	(void)state;
	translate_while(detach);
	CHECK_EQ(iolas_device_attach(rig.device, IOLAS_PASID_NONE, rig.domain),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_destroy(other), IOLAS_OK);
	end();
}

static void a_pin_waits_for_an_unmap_that_began_before(void **state)
{
	(void)state;
	begin(map_pointer, 1);
	CHECK_EQ(unmap_page(), IOLAS_OK);
	CHECK(midway_has_acted());
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(other_status, IOLAS_EFAULT);
	CHECK_EQ(iolas_domain_destroy(other), IOLAS_OK);
	end();
}

RUN_CASES(CASE(a_strict_unmap_waits_for_a_walk_that_began_before),
	  CASE(replacing_a_domain_waits_for_a_walk_in_the_old_one),
	  CASE(detaching_waits_for_a_walk),
	  CASE(a_pin_waits_for_an_unmap_that_began_before))
