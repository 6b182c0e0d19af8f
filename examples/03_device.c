/* SPDX-License-Identifier: MIT */
/*
 * Example 3: a device behind the IOMMU.
 *
 * Scattered physical pages become one logical range; a device writes through
 * it; after the range is gone the same write is refused and explained.
 */
#include <iolas/iolas.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PAGES 16

static void *memory_ptr(void *user, iolas_pa pa, uint64_t len)
{
	return iolas_physmem_ptr(user, pa, len);
}

/* Everything the example makes; NULL until made. */
struct machine {
	struct iolas_physmem *mem;
	struct iolas_domain *domain;
	struct iolas_unit *unit;
	struct iolas_device *device;
	struct iolas_queue *queue;
	struct iolas_pagelist *list;
};

static int make_memory(struct machine *m)
{
	/* 64 MiB at 1 TiB, so that physical and logical cannot be confused. */
	const struct iolas_physmem_region region = {
		.first = UINT64_C(1) << 40,
		.last = (UINT64_C(1) << 40) + (UINT64_C(64) << 20) - 1,
	};
	const struct iolas_physmem_config config = {
		.struct_size = sizeof(config),
		.page_lg2 = 12,
		.region_count = 1,
		.regions = &region,
		.backing = iolas_backing_libc(),
	};
	int status = iolas_physmem_create(iolas_host_libc(), &config, &m->mem);

	/* Half of it looks used, in pieces. */
	return status ? status : iolas_physmem_fragment(m->mem, 500, 1);
}

static int make_device(struct machine *m)
{
	const struct iolas_pgtable_config tables = {
		.struct_size = sizeof(tables),
		.format = IOLAS_FORMAT_VTD_SS,
	};
	const struct iolas_domain_config domain = {
		.struct_size = sizeof(domain),
		.policy = IOLAS_POLICY_STRICT,
		.pgtable = &tables,
		.history_count = 16,
	};
	const struct iolas_memory memory = {
		.struct_size = sizeof(memory),
		.user = m->mem,
		.ptr = memory_ptr,
	};
	const struct iolas_unit_config unit = {
		.struct_size = sizeof(unit),
		.memory = &memory,
	};
	const struct iolas_host *host = iolas_host_libc();
	int status = iolas_domain_create(host, &domain, &m->domain);

	if (!status)
		status = iolas_unit_create(host, &unit, &m->unit);
	if (!status)
		status = iolas_device_create(m->unit, 0x0028, &m->device);
	if (!status)
		status = iolas_device_attach(m->device, IOLAS_PASID_NONE,
					     m->domain);
	if (!status)
		status = iolas_queue_create(m->device, IOLAS_PASID_NONE,
					    &m->queue);
	return status;
}

static int run(struct machine *m)
{
	struct iolas_fault fault = { .struct_size = sizeof(fault) };
	char message[] = "hello from the device", text[512];
	struct iolas_run first;
	iolas_iova iova;
	int status;

	status = iolas_pagelist_create(iolas_host_libc(), 12, &m->list);
	if (!status)
		status =
			iolas_physmem_alloc_pages(m->mem, PAGES, NULL, m->list);
	if (!status)
		status = iolas_domain_alloc_map(m->domain, m->list,
						IOLAS_READ | IOLAS_WRITE, NULL,
						&iova);
	if (status)
		return status;
	printf("%d pages in %" PRIu64 " pieces, one range at %#" PRIx64 "\n",
	       PAGES, iolas_pagelist_run_count(m->list), iova);

	/* The message crosses a page: two pieces of memory, one access. */
	status = iolas_dma_write(m->queue, iova + 0x1000 - 5, message,
				 sizeof(message));
	if (!status)
		status = iolas_pagelist_run_at(m->list, 0x1000 - 5, &first);
	if (status)
		return status;
	if (memcmp(iolas_physmem_ptr(m->mem, first.pa, 5), message, 5) != 0)
		return IOLAS_EIO;
	printf("the device wrote through it, starting at physical %#" PRIx64
	       "\n",
	       first.pa);

	status = iolas_domain_unmap_free(m->domain, iova, PAGES << 12);
	if (status)
		return status;
	if (iolas_dma_write(m->queue, iova, message, 1) != IOLAS_EFAULT)
		return IOLAS_EIO;
	status = iolas_unit_next_fault(m->unit, &fault);
	if (!status)
		status = iolas_fault_describe(&fault, text, sizeof(text));
	if (!status)
		printf("%s\n", text);
	return status;
}

static void end(struct machine *m)
{
	iolas_queue_destroy(m->queue);
	if (m->device)
		iolas_device_detach(m->device, IOLAS_PASID_NONE);
	iolas_device_destroy(m->device);
	iolas_unit_destroy(m->unit);
	iolas_domain_destroy_all(m->domain);
	iolas_pagelist_destroy(m->list);
	iolas_physmem_destroy_all(m->mem);
}

int main(void)
{
	struct machine m = { NULL, NULL, NULL, NULL, NULL, NULL };
	int status = make_memory(&m);

	if (!status)
		status = make_device(&m);
	if (!status)
		status = run(&m);
	end(&m);
	if (status)
		fprintf(stderr, "%s\n", iolas_strerror(status));
	return status != IOLAS_OK;
}
