/* SPDX-License-Identifier: MIT */
/*
 * Units, devices and what they are attached to: life and death, PASIDs, bad
 * input, and every refused allocation.
 */
#include "iommu_rig.h"

static struct iolas_unit_stats unit_stats(struct rig *rig)
{
	struct iolas_unit_stats stats = { .struct_size = sizeof(stats) };

	CHECK_EQ(iolas_unit_stats(rig->unit, &stats), IOLAS_OK);
	return stats;
}

static int write_byte(struct iolas_queue *queue, iolas_iova iova)
{
	const unsigned char byte = 0x77;

	return iolas_dma_write(queue, iova, &byte, 1);
}

static void a_unit_refuses_what_it_cannot_be(void **state)
{
	struct iolas_unit *unit = (void *)&unit;
	struct rig rig;

	(void)state;
	rig_prepare(&rig);
#define REFUSED()                                                             \
	do {                                                                  \
		CHECK_EQ(iolas_unit_create(&rig.host.table, &rig.unit_config, \
					   &unit),                            \
			 IOLAS_EINVAL);                                       \
		CHECK(unit == NULL);                                          \
	} while (0)
	rig.unit_config.flags = 2;
	REFUSED();
	rig.unit_config.flags = 0;
	rig.unit_config.iotlb_lg2 = 17;
	REFUSED();
	rig.unit_config.iotlb_lg2 = 0;
	rig.unit_config.fault_count = 65537;
	REFUSED();
	rig.unit_config.fault_count = 0;
	rig.unit_config.struct_size--;
	REFUSED();
	rig.unit_config.struct_size++;
	rig.memory.flags = 1;
	REFUSED();
	rig.memory.flags = 0;
	rig.memory.ptr = NULL;
	REFUSED();
	rig.memory.ptr = rig_ptr;
	rig.memory.struct_size--;
	REFUSED();
#undef REFUSED
	CHECK_EQ(iolas_unit_create(NULL, &rig.unit_config, &unit),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_unit_create(&rig.host.table, NULL, &unit), IOLAS_EINVAL);
	CHECK_EQ(iolas_unit_create(&rig.host.table, &rig.unit_config, NULL),
		 IOLAS_EINVAL);
	CHECK(counting_host_is_empty(&rig.host));
	counting_host_fini(&rig.host);
}

static void every_call_survives_nothing(void **state)
{
	struct iolas_fault fault = { .struct_size = sizeof(fault) };
	struct iolas_unit_stats stats = { .struct_size = sizeof(stats) };
	struct iolas_translation run;
	struct iolas_device *device;
	struct iolas_queue *queue;
	uint64_t one = 1, token;
	unsigned char byte;
	char text[16];
	void *ptr;

	(void)state;
	CHECK_EQ(iolas_unit_destroy(NULL), IOLAS_OK);
	CHECK_EQ(iolas_device_destroy(NULL), IOLAS_OK);
	CHECK_EQ(iolas_queue_destroy(NULL), IOLAS_OK);
	CHECK_EQ(iolas_device_create(NULL, 0, &device), IOLAS_EINVAL);
	CHECK_EQ(iolas_device_attach(NULL, 0, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_device_replace(NULL, 0, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_device_detach(NULL, 0), IOLAS_EINVAL);
	CHECK_EQ(iolas_device_bypass(NULL, 0), IOLAS_EINVAL);
	CHECK_EQ(iolas_queue_create(NULL, 0, &queue), IOLAS_EINVAL);
	CHECK_EQ(iolas_translate(NULL, 0, 1, IOLAS_READ, &run, &one),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_dma_read(NULL, 0, &byte, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_dma_write(NULL, 0, &byte, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_dma_map(NULL, 0, &one, IOLAS_READ, &ptr, &token),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_dma_unmap(NULL, 1), IOLAS_EINVAL);
	CHECK_EQ(iolas_unit_next_fault(NULL, &fault), IOLAS_EINVAL);
	CHECK_EQ(iolas_unit_stats(NULL, &stats), IOLAS_EINVAL);
	CHECK_EQ(iolas_fault_describe(NULL, text, sizeof(text)), IOLAS_EINVAL);
}

static void a_requester_is_known_once(void **state)
{
	struct iolas_device *other = (void *)&other;
	struct rig rig;

	(void)state;
	rig_init(&rig);
	CHECK_EQ(iolas_device_create(rig.unit, REQUESTER, &other),
		 IOLAS_EEXIST);
	CHECK(other == NULL);
	CHECK_EQ(iolas_device_create(rig.unit, 0x10000, &other), IOLAS_EINVAL);
	CHECK_EQ(iolas_device_create(rig.unit, 0, NULL), IOLAS_EINVAL);
	CHECK_EQ(unit_stats(&rig).device_count, 1);
	CHECK_EQ(iolas_device_create(rig.unit, 0xffff, &other), IOLAS_OK);
	CHECK_EQ(unit_stats(&rig).device_count, 2);
	CHECK_EQ(iolas_device_destroy(other), IOLAS_OK);
	CHECK_EQ(iolas_device_create(rig.unit, 0xffff, &other), IOLAS_OK);
	CHECK_EQ(iolas_device_destroy(other), IOLAS_OK);
	rig_fini(&rig);
}

static void what_is_in_use_is_not_destroyed(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	CHECK_EQ(iolas_unit_destroy(rig.unit), IOLAS_EBUSY);
	CHECK_EQ(iolas_device_destroy(rig.device), IOLAS_EBUSY);
	CHECK_EQ(iolas_domain_destroy(rig.domain), IOLAS_EBUSY);
	CHECK_EQ(iolas_domain_destroy_all(rig.domain), IOLAS_EBUSY);
	CHECK_EQ(iolas_queue_destroy(rig.queue), IOLAS_OK);
	CHECK_EQ(iolas_device_destroy(rig.device), IOLAS_EBUSY);
	CHECK_EQ(iolas_device_detach(rig.device, IOLAS_PASID_NONE), IOLAS_OK);
	CHECK_EQ(iolas_queue_create(rig.device, 7, &rig.queue), IOLAS_OK);
	CHECK_EQ(iolas_device_destroy(rig.device), IOLAS_EBUSY);
	CHECK_EQ(iolas_queue_destroy(rig.queue), IOLAS_OK);
	CHECK_EQ(iolas_device_bypass(rig.device, 9), IOLAS_OK);
	CHECK_EQ(iolas_device_destroy(rig.device), IOLAS_EBUSY);
	CHECK_EQ(iolas_device_detach(rig.device, 9), IOLAS_OK);
	CHECK_EQ(iolas_device_destroy(rig.device), IOLAS_OK);
	CHECK_EQ(iolas_unit_destroy(rig.unit), IOLAS_OK);
	CHECK_EQ(iolas_domain_destroy(rig.domain), IOLAS_OK);
	counting_host_fini(&rig.host);
}

static void a_device_is_blocked_until_attached(void **state)
{
	struct iolas_device *device;
	struct iolas_queue *queue;
	struct iolas_fault fault;
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig);
	iova = rig_map(&rig, 3, 1, RW);
	CHECK_EQ(iolas_device_create(rig.unit, 0x42, &device), IOLAS_OK);
	CHECK_EQ(iolas_queue_create(device, IOLAS_PASID_NONE, &queue),
		 IOLAS_OK);
	CHECK_EQ(write_byte(queue, iova), IOLAS_EFAULT);
	fault = rig_fault(&rig);
	CHECK_EQ(fault.reason, IOLAS_FAULT_BLOCKED);
	CHECK_EQ(fault.requester_id, 0x42);
	CHECK_EQ(fault.has_nearest, 0);
	CHECK_EQ(iolas_device_detach(device, IOLAS_PASID_NONE), IOLAS_ENOENT);
	CHECK_EQ(iolas_device_replace(device, IOLAS_PASID_NONE, rig.domain),
		 IOLAS_ENOENT);
	CHECK_EQ(iolas_device_attach(device, IOLAS_PASID_NONE, rig.domain),
		 IOLAS_OK);
	CHECK_EQ(iolas_device_attach(device, IOLAS_PASID_NONE, rig.domain),
		 IOLAS_EBUSY);
	CHECK_EQ(iolas_device_bypass(device, IOLAS_PASID_NONE), IOLAS_EBUSY);
	CHECK_EQ(write_byte(queue, iova), IOLAS_OK);
	CHECK_EQ(rig_page(3)[0], 0x77);
	CHECK_EQ(iolas_device_detach(device, IOLAS_PASID_NONE), IOLAS_OK);
	CHECK_EQ(write_byte(queue, iova), IOLAS_EFAULT);
	CHECK_EQ(rig_fault(&rig).reason, IOLAS_FAULT_BLOCKED);
	CHECK_EQ(iolas_queue_destroy(queue), IOLAS_OK);
	CHECK_EQ(iolas_device_destroy(device), IOLAS_OK);
	rig_fini(&rig);
}

static void pasids_see_their_own_domains(void **state)
{
	struct iolas_queue *queue, *refused;
	struct iolas_domain *other;
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig);
	CHECK_EQ(iolas_domain_create(&rig.host.table, &rig.domain_config,
				     &other),
		 IOLAS_OK);
	iova = rig_map(&rig, 1, 1, RW);
	CHECK_EQ(iolas_domain_map(other, iova, rig_page_pa(2), PAGE, RW),
		 IOLAS_OK);
	CHECK_EQ(iolas_device_attach(rig.device, 0xfffff, other), IOLAS_OK);
	CHECK_EQ(iolas_queue_create(rig.device, 0xfffff, &queue), IOLAS_OK);
	CHECK_EQ(write_byte(queue, iova + 1), IOLAS_OK);
	CHECK_EQ(write_byte(rig.queue, iova + 2), IOLAS_OK);
	CHECK_EQ(rig_page(2)[1], 0x77);
	CHECK_EQ(rig_page(2)[2], 0);
	CHECK_EQ(rig_page(1)[1], 0);
	CHECK_EQ(rig_page(1)[2], 0x77);
	CHECK_EQ(write_byte(queue, iova + PAGE), IOLAS_EFAULT);
	CHECK_EQ(rig_fault(&rig).pasid, 0xfffff);
	CHECK_EQ(iolas_device_attach(rig.device, 0x100000, other),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_queue_create(rig.device, 0x100000, &refused),
		 IOLAS_EINVAL);
	CHECK(refused == NULL);
	CHECK_EQ(iolas_device_detach(rig.device, 0x100000), IOLAS_EINVAL);
	CHECK_EQ(iolas_device_bypass(rig.device, 0x100000), IOLAS_EINVAL);
	CHECK_EQ(iolas_device_replace(rig.device, 0x100000, other),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_queue_create(rig.device, 1, NULL), IOLAS_EINVAL);
	CHECK_EQ(iolas_device_detach(rig.device, 0xfffff), IOLAS_OK);
	/* The queue of the other PASID keeps the context. */
	CHECK_EQ(iolas_device_detach(rig.device, 0xfffff), IOLAS_ENOENT);
	CHECK_EQ(iolas_domain_destroy(other), IOLAS_OK);
	CHECK_EQ(write_byte(queue, iova), IOLAS_EFAULT);
	CHECK_EQ(rig_fault(&rig).reason, IOLAS_FAULT_BLOCKED);
	CHECK_EQ(iolas_queue_destroy(queue), IOLAS_OK);
	rig_fini(&rig);
}

static void many_pasids_come_and_go(void **state)
{
	struct iolas_queue *queue[64];
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig);
	iova = rig_map(&rig, 5, 1, RW);
	for (uint32_t i = 0; i < 64; i++) {
		CHECK_EQ(iolas_device_attach(rig.device, i * 16, rig.domain),
			 IOLAS_OK);
		CHECK_EQ(iolas_queue_create(rig.device, i * 16, &queue[i]),
			 IOLAS_OK);
		CHECK_EQ(write_byte(queue[i], iova + i), IOLAS_OK);
	}
	rig_unmap(&rig, iova, 1);
	CHECK_EQ(unit_stats(&rig).invalidation_count, 65);
	for (uint32_t i = 0; i < 64; i++) {
		CHECK_EQ(rig_page(5)[i], 0x77);
		CHECK_EQ(write_byte(queue[i], iova), IOLAS_EFAULT);
		CHECK_EQ(rig_fault(&rig).pasid, i * 16);
	}
	for (uint32_t i = 0; i < 64; i++) {
		if (i & 1)
			CHECK_EQ(iolas_queue_destroy(queue[i]), IOLAS_OK);
		CHECK_EQ(iolas_device_detach(rig.device, i * 16), IOLAS_OK);
		if (!(i & 1))
			CHECK_EQ(iolas_queue_destroy(queue[i]), IOLAS_OK);
	}
	rig_fini(&rig);
}

static void replace_goes_over_at_once(void **state)
{
	struct iolas_domain *other;
	struct rig rig;
	iolas_iova iova;

	(void)state;
	rig_init(&rig);
	CHECK_EQ(iolas_domain_create(&rig.host.table, &rig.domain_config,
				     &other),
		 IOLAS_OK);
	iova = rig_map(&rig, 1, 1, RW);
	CHECK_EQ(iolas_domain_map(other, iova, rig_page_pa(2), PAGE, RW),
		 IOLAS_OK);
	CHECK_EQ(write_byte(rig.queue, iova), IOLAS_OK);
	CHECK_EQ(iolas_device_replace(rig.device, IOLAS_PASID_NONE, other),
		 IOLAS_OK);
	CHECK_EQ(write_byte(rig.queue, iova + 1), IOLAS_OK);
	CHECK_EQ(rig_page(1)[0], 0x77);
	CHECK_EQ(rig_page(1)[1], 0);
	CHECK_EQ(rig_page(2)[1], 0x77);
	CHECK_EQ(iolas_domain_destroy(other), IOLAS_EBUSY);
	CHECK_EQ(iolas_device_replace(rig.device, IOLAS_PASID_NONE, other),
		 IOLAS_OK);
	CHECK_EQ(iolas_device_replace(rig.device, IOLAS_PASID_NONE, rig.domain),
		 IOLAS_OK);
	CHECK_EQ(iolas_device_replace(rig.device, IOLAS_PASID_NONE, NULL),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_domain_destroy(other), IOLAS_OK);
	CHECK_EQ(write_byte(rig.queue, iova + 2), IOLAS_OK);
	CHECK_EQ(rig_page(1)[2], 0x77);
	rig_fini(&rig);
}

static void bypass_sees_memory_as_it_is(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	CHECK_EQ(iolas_device_detach(rig.device, IOLAS_PASID_NONE), IOLAS_OK);
	CHECK_EQ(iolas_device_bypass(rig.device, IOLAS_PASID_NONE), IOLAS_OK);
	CHECK_EQ(write_byte(rig.queue, rig_page_pa(9) + 8), IOLAS_OK);
	CHECK_EQ(rig_page(9)[8], 0x77);
	CHECK_EQ(write_byte(rig.queue, 0), IOLAS_EFAULT);
	CHECK_EQ(rig_fault(&rig).reason, IOLAS_FAULT_NO_MEMORY);
	CHECK_EQ(write_byte(rig.queue, UINT64_MAX), IOLAS_EFAULT);
	CHECK_EQ(rig_fault(&rig).reason, IOLAS_FAULT_NO_MEMORY);
	/* From untranslated straight into a domain. */
	CHECK_EQ(iolas_device_replace(rig.device, IOLAS_PASID_NONE, rig.domain),
		 IOLAS_OK);
	CHECK_EQ(write_byte(rig.queue, rig_page_pa(9)), IOLAS_EFAULT);
	CHECK_EQ(rig_fault(&rig).reason, IOLAS_FAULT_NOT_MAPPED);
	rig_fini(&rig);
}

static int whole_life(struct counting_host *host, void *arg)
{
	struct iolas_unit *unit = NULL;
	struct iolas_device *device = NULL;
	struct iolas_queue *queue = NULL;
	struct rig *rig = arg;
	uint64_t len = 16, token;
	bool is_attached = false;
	void *ptr;
	int status = iolas_unit_create(&host->table, &rig->unit_config, &unit);

	if (!status)
		status = iolas_device_create(unit, 5, &device);
	if (!status) {
		status = iolas_device_attach(device, 3, rig->domain);
		is_attached = !status;
	}
	if (!status)
		status = iolas_queue_create(device, 3, &queue);
	if (!status)
		status = iolas_device_replace(device, 3, rig->domain);
	if (!status)
		status = iolas_dma_map(queue, PAGE, &len, IOLAS_READ, &ptr,
				       &token);
	if (!status)
		CHECK_EQ(iolas_dma_unmap(queue, token), IOLAS_OK);
	CHECK_EQ(iolas_queue_destroy(queue), IOLAS_OK);
	if (is_attached)
		CHECK_EQ(iolas_device_detach(device, 3), IOLAS_OK);
	CHECK_EQ(iolas_device_destroy(device), IOLAS_OK);
	CHECK_EQ(iolas_unit_destroy(unit), IOLAS_OK);
	return status;
}

static void every_refused_allocation_leaves_nothing_behind(void **state)
{
	struct counting_host own;
	struct rig rig;

	(void)state;
	/* The domain stands on another host: its memory is not in question. */
	rig_prepare(&rig);
	counting_host_init(&own);
	CHECK_EQ(iolas_domain_create(&own.table, &rig.domain_config,
				     &rig.domain),
		 IOLAS_OK);
	CHECK_EQ(iolas_domain_map(rig.domain, PAGE, rig_page_pa(0), PAGE, RW),
		 IOLAS_OK);
	CHECK(counting_host_fail_each(&rig.host, whole_life, &rig) >= 6);
	CHECK_EQ(iolas_domain_destroy(rig.domain), IOLAS_OK);
	counting_host_fini(&own);
	counting_host_fini(&rig.host);
}

static void
an_attach_that_the_domain_refuses_leaves_the_device_blocked(void **state)
{
	struct counting_host own;
	struct rig rig;

	(void)state;
	rig_prepare(&rig);
	counting_host_init(&own);
	CHECK_EQ(iolas_domain_create(&own.table, &rig.domain_config,
				     &rig.domain),
		 IOLAS_OK);
	CHECK_EQ(
		iolas_unit_create(&rig.host.table, &rig.unit_config, &rig.unit),
		IOLAS_OK);
	CHECK_EQ(iolas_device_create(rig.unit, 1, &rig.device), IOLAS_OK);
	counting_host_fail_from(&own, 1);
	CHECK_EQ(iolas_device_attach(rig.device, 1, rig.domain), IOLAS_ENOMEM);
	counting_host_fail_at(&own, 0);
	CHECK_EQ(iolas_device_detach(rig.device, 1), IOLAS_ENOENT);
	CHECK_EQ(iolas_device_destroy(rig.device), IOLAS_OK);
	CHECK_EQ(iolas_unit_destroy(rig.unit), IOLAS_OK);
	CHECK_EQ(iolas_domain_destroy(rig.domain), IOLAS_OK);
	counting_host_fini(&own);
	counting_host_fini(&rig.host);
}

RUN_CASES(CASE(a_unit_refuses_what_it_cannot_be),
	  CASE(every_call_survives_nothing), CASE(a_requester_is_known_once),
	  CASE(what_is_in_use_is_not_destroyed),
	  CASE(a_device_is_blocked_until_attached),
	  CASE(pasids_see_their_own_domains), CASE(many_pasids_come_and_go),
	  CASE(replace_goes_over_at_once), CASE(bypass_sees_memory_as_it_is),
	  CASE(every_refused_allocation_leaves_nothing_behind),
	  CASE(an_attach_that_the_domain_refuses_leaves_the_device_blocked))
