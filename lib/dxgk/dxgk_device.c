/* SPDX-License-Identifier: MIT */
/*
 * The simulated device: its accesses go through the machine's IOMMU, and a
 * refused one is told with what lives or lived at the address.
 */
#include "dxgk/dxgk_block.h"
#include "dxgk/dxgk_machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FIRST_REQUESTER 0x0100u /* bus 1, device 0 */

/* The last fault of an access that this thread made. */
static _Thread_local struct iolas_fault thread_fault;
static _Thread_local bool has_thread_fault;

void iolas__dxgk_note_fault(void *user, const struct iolas_fault *fault)
{
	(void)user;
	thread_fault = *fault;
	has_thread_fault = true;
}

static int make_device(struct iolas_dxgk_adapter *adapter)
{
	uint32_t id = adapter->config.requester_id;
	int status;

	if (id)
		return iolas_device_create(adapter->machine->unit, id,
					   &adapter->device);
	for (id = FIRST_REQUESTER; id <= 0xffff; id += 8) {
		status = iolas_device_create(adapter->machine->unit, id,
					     &adapter->device);
		if (status != IOLAS_EEXIST) {
			adapter->config.requester_id = id;
			return status;
		}
	}
	return IOLAS_EEXIST;
}

static int connect_device(struct iolas_dxgk_adapter *adapter)
{
	int status;

	adapter->is_attached = adapter->domain &&
			       !(adapter->config.flags & IOLAS_DXGK_DETACHED);
	if (adapter->is_attached)
		status = iolas_device_attach(adapter->device, IOLAS_PASID_NONE,
					     adapter->domain);
	else
		status = iolas_device_bypass(adapter->device, IOLAS_PASID_NONE);
	if (status)
		return status;
	status = iolas_queue_create(adapter->device, IOLAS_PASID_NONE,
				    &adapter->queue);
	if (status)
		iolas_device_detach(adapter->device, IOLAS_PASID_NONE);
	return status;
}

int iolas__dxgk_device_init(struct iolas_dxgk_adapter *adapter)
{
	int status = make_device(adapter);

	if (status)
		return status;
	status = connect_device(adapter);
	if (status) {
		iolas_device_destroy(adapter->device);
		adapter->device = NULL;
	}
	return status;
}

int iolas__dxgk_device_fini(struct iolas_dxgk_adapter *adapter)
{
	int status = iolas_queue_destroy(adapter->queue);

	if (status)
		return status;
	adapter->queue = NULL;
	iolas_device_detach(adapter->device, IOLAS_PASID_NONE);
	status = iolas_device_destroy(adapter->device);
	if (status) /* somebody's queue is there: as it was */
		connect_device(adapter);
	else
		adapter->device = NULL;
	return status;
}

int iolas_dxgk_adapter_attach(struct iolas_dxgk_adapter *adapter)
{
	int status = IOLAS_EBUSY;

	if (!adapter || !adapter->domain)
		return IOLAS_EINVAL;
	pthread_mutex_lock(&adapter->device_lock);
	if (!adapter->is_attached)
		status = iolas_device_replace(adapter->device, IOLAS_PASID_NONE,
					      adapter->domain);
	if (!status)
		adapter->is_attached = true;
	pthread_mutex_unlock(&adapter->device_lock);
	return status;
}

/* ---- what lives or lived where ---- */

/* A live block at @address, or what was there last; under adapter->lock. */
static const struct iolas__dxgk_block *
live_at(struct iolas_dxgk_adapter *adapter, iolas_iova address)
{
	struct iolas__dxgk_block *block = adapter->blocks;

	while (block && !iolas__dxgk_list_holds(adapter, block->pages.list,
						block->logical, address))
		block = block->next;
	return block;
}

static const struct iolas__dxgk_past *
past_at(struct iolas_dxgk_adapter *adapter, iolas_iova address)
{
	uint64_t kept = adapter->past_count < DXGK_PAST_COUNT
				? adapter->past_count
				: DXGK_PAST_COUNT;

	for (uint64_t age = 1; age <= kept; age++) {
		const struct iolas__dxgk_past *past =
			&adapter->past[(adapter->past_count - age) %
				       DXGK_PAST_COUNT];

		if (past->list &&
		    iolas__dxgk_list_holds(adapter, past->list, past->logical,
					   address))
			return past;
	}
	return NULL;
}

/* What is known of an address, copied out of the lock. */
struct story {
	bool is_live;
	bool is_past;
	uint64_t handle;
	uint64_t bytes;
	iolas_iova first;
	const char *made_call;
	const char *freed_call;
	const void *made_site;
	const void *freed_site;
};

static struct story story_of(struct iolas_dxgk_adapter *adapter,
			     iolas_iova address)
{
	const struct iolas__dxgk_block *block;
	const struct iolas__dxgk_past *past;
	struct story story = { 0 };

	pthread_mutex_lock(&adapter->lock);
	block = live_at(adapter, address);
	past = block ? NULL : past_at(adapter, address);
	if (block)
		story = (struct story){ .is_live = true,
					.handle = block->handle,
					.bytes = block->pages.bytes,
					.first = block->logical,
					.made_call = block->made_call,
					.made_site = block->made_site };
	else if (past)
		story = (struct story){ .is_past = true,
					.handle = past->handle,
					.bytes = past->bytes,
					.first = past->logical,
					.made_call = past->made_call,
					.made_site = past->made_site,
					.freed_call = past->freed_call,
					.freed_site = past->freed_site };
	pthread_mutex_unlock(&adapter->lock);
	return story;
}

static void tell(const struct story *story, char *text, size_t bytes)
{
	char made[96] = "?";
	char freed[96] = "?";

	if (story->made_site)
		iolas__dxgk_site_text(story->made_site, made, sizeof(made));
	if (story->freed_site)
		iolas__dxgk_site_text(story->freed_site, freed, sizeof(freed));
	if (story->is_live)
		snprintf(text, bytes,
			 "handle 0x%" PRIx64 " lives there: %" PRIu64
			 " bytes by %s (%s)",
			 story->handle, story->bytes, story->made_call, made);
	else if (story->is_past)
		snprintf(text, bytes,
			 "handle 0x%" PRIx64 " lived there: %" PRIu64
			 " bytes from 0x%" PRIx64
			 " by %s (%s), freed by %s (%s)",
			 story->handle, story->bytes, story->first,
			 story->made_call, made,
			 story->freed_call ? story->freed_call : "teardown",
			 freed);
	else
		snprintf(text, bytes, "nothing of the driver lived there");
}

int iolas_dxgk_explain(struct iolas_dxgk_adapter *adapter, iolas_iova address,
		       char *text, size_t bytes)
{
	struct story story;

	if (!adapter || !text || !bytes)
		return IOLAS_EINVAL;
	story = story_of(adapter, address);
	tell(&story, text, bytes);
	return story.is_live || story.is_past ? IOLAS_OK : IOLAS_ENOENT;
}

/* ---- accesses ---- */

struct access {
	const struct iolas__dxgk_call *call;
	iolas_iova address;
	uint64_t len;
	void *into;	  /* a read */
	const void *from; /* a write */
};

static void report_fault(struct iolas_dxgk_adapter *adapter,
			 const struct access *access, iolas_iova at,
			 const char *fault)
{
	struct story story = story_of(adapter, at);
	struct iolas__dxgk_report report = {
		.adapter = adapter,
		.call = access->call,
		.rule = story.is_past ? IOLAS_DXGK_RULE_DEVICE_AFTER_FREE
				      : IOLAS_DXGK_RULE_DEVICE_FAULT,
		.handle = story.handle,
		.made_site = story.made_site,
		.freed_site = story.freed_site,
	};
	char text[448];

	tell(&story, text, sizeof(text));
	iolas__dxgk_report(&report, "%s; %s", text, fault);
}

/*
 * Without an IOMMU in the way nothing stops the device; the harness does where
 * the driver's memory was and nobody has the page now.
 */
static bool hits_freed_page(struct iolas_dxgk_adapter *adapter,
			    iolas_iova address)
{
	struct iolas_physmem_request request = {
		.struct_size = sizeof(request),
		.node = IOLAS_NODE_ANY,
		.where = { .struct_size = sizeof(request.where),
			   .flags = IOLAS_PLACE_EXPLICIT,
			   .at = address & ~(DXGK_PAGE_BYTES - 1) },
	};
	struct iolas_physmem *mem = adapter->machine->physmem;
	struct story story = story_of(adapter, address);
	iolas_pa pa;

	if (!story.is_past ||
	    iolas_physmem_alloc(mem, DXGK_PAGE_BYTES, &request, &pa))
		return false;
	iolas_physmem_free(mem, pa, DXGK_PAGE_BYTES);
	return true;
}

/* May the device do that at all?  Otherwise reported. */
static bool is_allowed(struct iolas_dxgk_adapter *adapter,
		       const struct access *access)
{
	uint64_t highest = adapter->config.highest_visible;
	iolas_iova last = access->address + (access->len - 1);

	if (adapter->is_exclusive) {
		iolas__dxgk_report(
			&(struct iolas__dxgk_report){
				.adapter = adapter,
				.call = access->call,
				.rule = IOLAS_DXGK_RULE_DEVICE_EXCLUSIVE },
			"access to 0x%" PRIx64 ", %" PRIu64 " bytes",
			access->address, access->len);
		return false;
	}
	if (highest && last > highest) {
		report_fault(adapter, access, access->address,
			     "beyond the address lines of the device");
		return false;
	}
	if (adapter->is_attached)
		return true;
	for (iolas_iova at = access->address;;) {
		iolas_iova next = (at | (DXGK_PAGE_BYTES - 1)) + 1;

		if (hits_freed_page(adapter, at)) {
			report_fault(adapter, access, at,
				     "no IOMMU stands in the way; Windows "
				     "would let the device through");
			return false;
		}
		if (next > last || !next)
			return true;
		at = next;
	}
}

static int do_access(struct iolas_dxgk_adapter *adapter,
		     const struct access *access)
{
	char text[384] = "refused";
	int status;

	if (!adapter || (!access->into && !access->from && access->len) ||
	    (access->len &&
	     access->address + (access->len - 1) < access->address))
		return IOLAS_EINVAL;
	if (!access->len)
		return IOLAS_OK;
	if (!is_allowed(adapter, access))
		return IOLAS_EFAULT;
	pthread_mutex_lock(&adapter->device_lock);
	has_thread_fault = false;
	if (access->into)
		status = iolas_dma_read(adapter->queue, access->address,
					access->into, access->len);
	else
		status = iolas_dma_write(adapter->queue, access->address,
					 access->from, access->len);
	pthread_mutex_unlock(&adapter->device_lock);
	if (status == IOLAS_EFAULT) {
		iolas_iova at = access->address;

		if (has_thread_fault) {
			at = thread_fault.iova;
			/* What lived there is told with its call sites. */
			thread_fault.has_history = 0;
			iolas_fault_describe(&thread_fault, text, sizeof(text));
		}
		report_fault(adapter, access, at, text);
	}
	return status;
}

int iolas_dxgk_device_read(struct iolas_dxgk_adapter *adapter,
			   iolas_iova address, void *data, uint64_t len)
{
	DXGK_CALL("device read");

	return do_access(adapter, &(struct access){ .call = &call,
						    .address = address,
						    .len = len,
						    .into = data });
}

int iolas_dxgk_device_write(struct iolas_dxgk_adapter *adapter,
			    iolas_iova address, const void *data, uint64_t len)
{
	DXGK_CALL("device write");

	return do_access(adapter, &(struct access){ .call = &call,
						    .address = address,
						    .len = len,
						    .from = data });
}
