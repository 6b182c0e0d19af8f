/* SPDX-License-Identifier: MIT */
/*
 * Maps: a pointer to what an address translates to, for longer than a section.
 * The addresses are pinned in the domain first and translated then, from the
 * table itself: what is mapped now stays mapped, and what an IOTLB remembers of
 * a mapping that is going does not count.
 */
#include "iommu/iommu_priv.h"

static struct iolas__dma **bucket_of(struct iolas_queue *queue, uint64_t token)
{
	return &queue->dma[token % IOLAS__DMA_BUCKETS];
}

/*
 * The attachment, which stays as it is while the context counts a map; NULL:
 * blocked, nothing counted.
 */
static struct iolas__attachment *hold_attachment(struct iolas__context *context)
{
	struct iolas__attachment *a;

	iolas__context_lock(context);
	/* Acquire: as in iolas__queue_begin(). */
	a = iolas__load_acquire(&context->attachment);
	if (a)
		context->map_count++;
	iolas__lock_release(&context->lock);
	return a;
}

static void let_attachment_go(struct iolas__context *context)
{
	iolas__lock_acquire(&context->device->unit->host, &context->lock);
	context->map_count--;
	iolas__lock_release(&context->lock);
}

/* The run at the start of the access, from the table; a refusal is filed. */
static int find_run(struct iolas_queue *queue,
		    const struct iolas__access *access,
		    struct iolas_translation *run)
{
	struct iolas__attachment *a = iolas__queue_begin(queue);
	unsigned leaves = IOLAS__SECTION_LEAVES;
	struct iolas__refusal refusal;
	const int status =
		iolas__queue_run(queue, a, access->first, access->len,
				 access->bits, false, &leaves, run, &refusal);

	if (status)
		iolas__refusal_explain(&refusal, a ? a->domain : NULL,
				       access->bits);
	iolas__queue_end(queue);
	return status ? iolas__unit_fault(queue, &refusal, access) : IOLAS_OK;
}

static int find_pointer(struct iolas_queue *queue,
			const struct iolas__access *access, uint64_t *len,
			void **ptr)
{
	struct iolas__refusal refusal = { .reason = IOLAS_FAULT_NO_MEMORY,
					  .iova = access->first };
	struct iolas_translation run;
	int status = find_run(queue, access, &run);

	if (status)
		return status;
	*len = run.len;
	*ptr = iolas__unit_ptr(queue->unit, run.pa, len);
	return *ptr ? IOLAS_OK : iolas__unit_fault(queue, &refusal, access);
}

static void enter_dma(struct iolas_queue *queue, struct iolas__dma *dma)
{
	struct iolas__dma **bucket;

	dma->token = iolas__unit_serial(queue->unit);
	bucket = bucket_of(queue, dma->token);
	dma->next = *bucket;
	*bucket = dma;
	queue->dma_count++;
}

/*
 * Pins, then looks; *dma is filled in.  A first look, which decides nothing,
 * keeps the pin to what can be had: a pin over all that was asked for would
 * stand in the way of unmaps that have nothing to do with it.
 */
static int pin_and_map(struct iolas_queue *queue,
		       const struct iolas__access *access,
		       struct iolas__dma *dma, uint64_t *len, void **ptr)
{
	struct iolas__access part = *access;
	struct iolas_translation run;
	int status = find_run(queue, access, &run);

	if (status)
		return status;
	part.len = run.len;
	iolas__pin_take(
		dma->domain, &dma->pin,
		(struct iolas_span){ part.first, part.first + (part.len - 1) });
	status = find_pointer(queue, &part, len, ptr);
	if (status)
		iolas__pin_drop(dma->domain, &dma->pin);
	else
		iolas__pin_cut(dma->domain, &dma->pin, part.first + (*len - 1));
	return status;
}

static int make_map(struct iolas_queue *queue,
		    const struct iolas__access *access, uint64_t *len,
		    void **ptr, uint64_t *token)
{
	struct iolas_unit *unit = queue->unit;
	struct iolas__dma *dma = iolas__slab_alloc(&unit->nodes, NULL);
	struct iolas__attachment *a;
	int status;

	if (!dma)
		return IOLAS_ENOMEM;
	memset(dma, 0, sizeof(*dma));
	a = hold_attachment(queue->context);
	dma->domain = a ? a->domain : NULL;
	status = dma->domain ? pin_and_map(queue, access, dma, len, ptr)
			     : find_pointer(queue, access, len, ptr);
	if (status) {
		if (a)
			let_attachment_go(queue->context);
		iolas__slab_free(&unit->nodes, dma);
		return status;
	}
	enter_dma(queue, dma);
	*token = dma->token;
	return IOLAS_OK;
}

int iolas_dma_map(struct iolas_queue *queue, iolas_iova iova, uint64_t *len,
		  unsigned access, void **ptr, uint64_t *token)
{
	struct iolas__access whole = { iova, 0, access };
	uint64_t found, last;
	void *pointer;
	int status;

	if (!queue || !len || !ptr || !token || !access ||
	    access & ~(IOLAS_READ | IOLAS_WRITE) ||
	    !iolas__last_byte(iova, *len, &last))
		return IOLAS_EINVAL;
	if (!queue->unit->memory.ptr)
		return IOLAS_ENOTSUP;
	whole.len = *len;
	queue->busy++;
	status = make_map(queue, &whole, &found, &pointer, token);
	queue->busy--;
	if (status)
		return status;
	*len = found;
	*ptr = pointer;
	return IOLAS_OK;
}

int iolas_dma_unmap(struct iolas_queue *queue, uint64_t token)
{
	struct iolas__dma **link, *dma;

	if (!queue)
		return IOLAS_EINVAL;
	link = bucket_of(queue, token);
	while (*link && (*link)->token != token)
		link = &(*link)->next;
	dma = *link;
	if (!dma)
		return IOLAS_ENOENT;
	*link = dma->next;
	queue->dma_count--;
	if (dma->domain)
		iolas__pin_drop(dma->domain, &dma->pin);
	iolas__slab_free(&queue->unit->nodes, dma);
	let_attachment_go(queue->context);
	return IOLAS_OK;
}
