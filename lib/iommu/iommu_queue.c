/* SPDX-License-Identifier: MIT */
/*
 * Queues: made for one PASID of a device, and the section in which each access
 * lies.  A section begins by catching up with what was invalidated.
 */
#include "iommu/iommu_priv.h"

static size_t queue_bytes(const struct iolas_unit *unit)
{
	return sizeof(struct iolas_queue) +
	       (sizeof(struct iolas__iotlb_entry) << unit->iotlb_lg2);
}

/* They follow the queue in its chunk. */
static struct iolas__iotlb_entry *entries_of(struct iolas_queue *queue)
{
	return (struct iolas__iotlb_entry *)(queue + 1);
}

static void enter_queue(struct iolas__context *context,
			struct iolas_queue *queue)
{
	iolas__epoch_reader_add(&context->epoch, &queue->reader);
	iolas__lock_acquire(&queue->unit->host, &context->lock);
	queue->next = context->queues;
	if (queue->next)
		queue->next->prev = queue;
	context->queues = queue;
	iolas__lock_release(&context->lock);
}

static void leave_queue(struct iolas__context *context,
			struct iolas_queue *queue)
{
	iolas__lock_acquire(&queue->unit->host, &context->lock);
	if (queue->prev)
		queue->prev->next = queue->next;
	else
		context->queues = queue->next;
	if (queue->next)
		queue->next->prev = queue->prev;
	iolas__lock_release(&context->lock);
	iolas__epoch_reader_remove(&queue->reader);
}

int iolas_queue_create(struct iolas_device *device, uint32_t pasid,
		       struct iolas_queue **queue)
{
	struct iolas_queue *made;
	struct iolas_unit *unit;
	int status;

	if (!queue)
		return IOLAS_EINVAL;
	*queue = NULL;
	if (!device || !iolas__pasid_is_valid(pasid))
		return IOLAS_EINVAL;
	unit = device->unit;
	made = iolas__host_object_alloc(&unit->host, queue_bytes(unit));
	if (!made)
		return IOLAS_ENOMEM;
	status = iolas__context_get(device, pasid, true, &made->context);
	if (status) {
		iolas__host_object_free(&unit->host, made, queue_bytes(unit));
		return status;
	}
	made->unit = unit;
	made->random = unit->seed ^ (iolas__unit_serial(unit) << 32);
	iolas__iotlb_init(&made->iotlb, entries_of(made),
			  1u << unit->iotlb_lg2);
	enter_queue(made->context, made);
	*queue = made;
	return IOLAS_OK;
}

int iolas_queue_destroy(struct iolas_queue *queue)
{
	struct iolas__context *context;
	struct iolas_unit *unit;

	if (!queue)
		return IOLAS_OK;
	if (queue->dma_count || queue->busy)
		return IOLAS_EBUSY;
	context = queue->context;
	unit = queue->unit;
	leave_queue(context, queue);
	iolas__host_object_free(&unit->host, queue, queue_bytes(unit));
	iolas__context_put(context);
	return IOLAS_OK;
}

static void forget(struct iolas_queue *queue, uint64_t first, uint64_t last)
{
	if (iolas__unit_is_adversarial(queue->unit))
		iolas__iotlb_forget_exactly(&queue->iotlb, first, last);
	else
		iolas__iotlb_forget(&queue->iotlb, first, last);
}

/*
 * Forgets the spans seen_count..count - 1 one by one; all when there are too
 * many, or when one was overwritten while we read it (D2).
 */
static void obey(struct iolas_queue *queue, struct iolas__attachment *a,
		 uint64_t count)
{
	if (count - queue->seen_count >= IOLAS__ATTACHMENT_SPANS) {
		iolas__iotlb_flush(&queue->iotlb);
		return;
	}
	for (uint64_t n = queue->seen_count; n != count; n++) {
		struct iolas__forget *slot =
			&a->forget[n % IOLAS__ATTACHMENT_SPANS];
		/*
		 * Acquire: whoever reads an end that number n + SPANS wrote
		 * also reads its predecessor's count below; pairs with the
		 * releases in note().
		 */
		const uint64_t first = iolas__load_acquire(&slot->first);
		const uint64_t last = iolas__load_acquire(&slot->last);

		/* Relaxed: ordered after the two by their acquires. */
		if (iolas__load_relaxed(&a->count) - n >=
		    IOLAS__ATTACHMENT_SPANS) {
			iolas__iotlb_flush(&queue->iotlb);
			return;
		}
		forget(queue, first, last);
	}
}

/*
 * Acquire, both loads: a section whose announcement the invalidating thread
 * does not see comes after its barrier, reads its count here, and with it sees
 * the leaves that it cleared before: so what is walked from here on is no older
 * than the count.  Pairs with the releases in note() and exchange() and with
 * iolas__epoch_synchronize() in wait_for_sections() (D1).
 */
struct iolas__attachment *iolas__queue_begin(struct iolas_queue *queue)
{
	struct iolas__attachment *a;
	uint64_t count;

	iolas__reader_begin(&queue->reader);
	a = iolas__load_acquire(&queue->context->attachment);
	if (!a || !a->domain)
		return a;
	count = iolas__load_acquire(&a->count);
	if (a->serial != queue->seen_serial)
		iolas__iotlb_flush(&queue->iotlb);
	else if (count != queue->seen_count)
		obey(queue, a, count);
	queue->seen_serial = a->serial;
	queue->seen_count = count;
	return a;
}

void iolas__queue_end(struct iolas_queue *queue)
{
	iolas__reader_end(&queue->reader);
}
