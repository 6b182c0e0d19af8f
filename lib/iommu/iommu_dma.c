/* SPDX-License-Identifier: MIT */
/*
 * DMA: an access is cut into pieces.  A piece is translated in one section,
 * the embedder is asked for its pointer outside, and it is copied in a second
 * section, if nothing was invalidated in between; else it is translated again.
 * So no callback runs inside a section, and none of the bytes is copied after
 * the invalidation of its translation has completed (D10).
 */
#include "iommu/iommu_priv.h"

#define MIN_PAGE UINT64_C(4096)

/* What a piece is worth as long as nothing has been invalidated. */
struct piece {
	struct iolas_translation run;
	uint64_t serial;
	uint64_t count;
};

struct transfer {
	void *to;	  /* reading; else NULL */
	const void *from; /* writing */
};

void *iolas__unit_ptr(struct iolas_unit *unit, iolas_pa pa, uint64_t *len)
{
	const uint64_t page = MIN_PAGE - (pa & (MIN_PAGE - 1));
	void *ptr = unit->memory.ptr(unit->memory.user, pa, *len);

	/* Neighbours in memory need not be neighbours for the CPU. */
	if (!ptr && page < *len) {
		*len = page;
		ptr = unit->memory.ptr(unit->memory.user, pa, page);
	}
	return ptr;
}

/* Translates what can be copied at @iova; a refusal is filed. */
static int find_piece(struct iolas_queue *queue, iolas_iova iova, uint64_t len,
		      const struct iolas__access *access, struct piece *piece)
{
	struct iolas__attachment *a = iolas__queue_begin(queue);
	unsigned leaves = IOLAS__SECTION_LEAVES;
	struct iolas__refusal refusal;
	int status;

	status = iolas__queue_run(
		queue, a, iova, iolas__min64(len, IOLAS__SECTION_BYTES),
		access->bits, true, &leaves, &piece->run, &refusal);
	if (status) {
		iolas__refusal_explain(&refusal, a ? a->domain : NULL,
				       access->bits);
	} else {
		piece->serial = a->serial;
		piece->count = queue->seen_count;
	}
	iolas__queue_end(queue);
	return status ? iolas__unit_fault(queue, &refusal, access) : IOLAS_OK;
}

/* Nothing was invalidated since find_piece(); inside a section. */
static bool still_holds(const struct iolas_queue *queue,
			const struct iolas__attachment *a,
			const struct piece *piece)
{
	return a && a->serial == piece->serial &&
	       (!a->domain || queue->seen_count == piece->count);
}

static bool copy_piece(struct iolas_queue *queue, const struct piece *piece,
		       void *ptr, const struct transfer *transfer,
		       uint64_t done)
{
	const struct iolas__attachment *a = iolas__queue_begin(queue);
	const bool holds = still_holds(queue, a, piece);

	if (holds && transfer->to)
		memcpy((char *)transfer->to + done, ptr, piece->run.len);
	else if (holds)
		memcpy(ptr, (const char *)transfer->from + done,
		       piece->run.len);
	iolas__queue_end(queue);
	return holds;
}

static int no_memory(struct iolas_queue *queue, iolas_iova iova,
		     const struct iolas__access *access)
{
	struct iolas__refusal refusal = { .reason = IOLAS_FAULT_NO_MEMORY,
					  .iova = iova };
	const struct iolas__attachment *a = iolas__queue_begin(queue);

	iolas__refusal_explain(&refusal, a ? a->domain : NULL, access->bits);
	iolas__queue_end(queue);
	return iolas__unit_fault(queue, &refusal, access);
}

static int transfer_all(struct iolas_queue *queue,
			const struct iolas__access *access,
			const struct transfer *transfer)
{
	uint64_t done = 0;

	while (done < access->len) {
		const iolas_iova at = access->first + done;
		struct piece piece;
		void *ptr;
		int status = find_piece(queue, at, access->len - done, access,
					&piece);

		if (status)
			return status;
		ptr = iolas__unit_ptr(queue->unit, piece.run.pa,
				      &piece.run.len);
		if (!ptr)
			return no_memory(queue, at, access);
		/* Each turn that copies nothing is another's invalidation. */
		if (copy_piece(queue, &piece, ptr, transfer, done))
			done += piece.run.len;
	}
	return IOLAS_OK;
}

static int transfer(struct iolas_queue *queue,
		    const struct iolas__access *access, void *to,
		    const void *from)
{
	const struct transfer what = { .to = to, .from = from };
	uint64_t last;
	int status;

	if (!queue)
		return IOLAS_EINVAL;
	if (access->len == 0)
		return IOLAS_OK;
	if ((!to && !from) ||
	    !iolas__last_byte(access->first, access->len, &last))
		return IOLAS_EINVAL;
	if (!queue->unit->memory.ptr)
		return IOLAS_ENOTSUP;
	queue->busy++;
	status = transfer_all(queue, access, &what);
	queue->busy--;
	return status;
}

int iolas_dma_read(struct iolas_queue *queue, iolas_iova iova, void *data,
		   uint64_t len)
{
	const struct iolas__access access = { iova, len, IOLAS_READ };

	return transfer(queue, &access, data, NULL);
}

int iolas_dma_write(struct iolas_queue *queue, iolas_iova iova,
		    const void *data, uint64_t len)
{
	const struct iolas__access access = { iova, len, IOLAS_WRITE };

	return transfer(queue, &access, NULL, data);
}
