/* SPDX-License-Identifier: MIT */
/*
 * Translation: an address to its leaf, through the IOTLB or the table, and an
 * access to its runs.  The adversarial IOTLB lives here too: it may err where
 * hardware may, and says so where no hardware may.
 */
#include "iommu/iommu_priv.h"

/* Adversarial: one in so many right entries is dropped when it is hit. */
#define DROP_ONE_IN 8

#define ALL_RIGHTS  (IOLAS_READ | IOLAS_WRITE | IOLAS_EXEC)

static void count(_Atomic(uint64_t) *counter)
{
	/* Relaxed, and no read-modify-write: only this thread writes it. */
	iolas__store_relaxed(counter, iolas__load_relaxed(counter) + 1);
}

/* splitmix64, after Steele, Lea and Flood. */
static uint64_t next_random(struct iolas_queue *queue)
{
	uint64_t z = (queue->random += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void leaf_of_mapping(struct iolas__leaf *leaf,
			    const struct iolas_mapping *mapping)
{
	leaf->first = mapping->iova;
	leaf->last = mapping->iova + (mapping->size - 1);
	leaf->pa = mapping->pa;
	leaf->prot = mapping->prot;
}

static void leaf_of_entry(struct iolas__leaf *leaf,
			  const struct iolas__iotlb_entry *entry)
{
	leaf->first = iolas__iotlb_iova(entry);
	leaf->last = leaf->first + iolas__mask(iolas__iotlb_size_lg2(entry));
	leaf->pa = iolas__iotlb_pa(entry);
	leaf->prot = iolas__iotlb_prot(entry);
}

static bool walk(struct iolas_domain *domain, iolas_iova iova,
		 struct iolas_mapping *mapping)
{
	mapping->struct_size = sizeof(*mapping);
	return iolas_pgtable_lookup(domain->pt, iova, mapping) == IOLAS_OK;
}

/* Does the table still say what @entry says of @iova? */
static bool is_fresh(struct iolas_domain *domain,
		     const struct iolas__iotlb_entry *entry, iolas_iova iova)
{
	struct iolas_mapping now;
	struct iolas__leaf old;

	if (!walk(domain, iova, &now))
		return false;
	leaf_of_entry(&old, entry);
	return now.pa + (iova - now.iova) == old.pa + (iova - old.first) &&
	       (now.prot & IOLAS__IOTLB_PROT_MASK) == old.prot;
}

/*
 * Adversarial: a right entry is dropped at will, a wrong one is kept.  A wrong
 * one is within the law while the change that made it wrong is open.  If the
 * invalidation had completed before this section began, the entry would be
 * gone; else it waits for this section to end, and the change stays open until
 * then.  We have read the change in the table, so we also read that it is open.
 * With none open, nobody is going to invalidate: that is the caller's bug (D8).
 */
static int judge(struct iolas_queue *queue, struct iolas_domain *domain,
		 iolas_iova iova, struct iolas__iotlb_entry **entry)
{
	if (!is_fresh(domain, *entry, iova))
		return iolas__domain_open_count(domain) ? IOLAS_OK
							: IOLAS_EFAULT;
	if (next_random(queue) % DROP_ONE_IN == 0) {
		iolas__iotlb_drop(*entry);
		*entry = NULL;
	}
	return IOLAS_OK;
}

/* Adversarial: a right entry is overwritten, never one that went stale. */
static struct iolas__iotlb_entry *right_victim(struct iolas_queue *queue,
					       struct iolas_domain *domain,
					       iolas_iova iova, unsigned lg2)
{
	struct iolas__iotlb_entry *set =
		iolas__iotlb_set(&queue->iotlb, iova, lg2);

	for (unsigned way = 0; way < IOLAS__IOTLB_WAYS; way++) {
		struct iolas__iotlb_entry *e = &set[way];

		if (!iolas__iotlb_counts(&queue->iotlb, e) ||
		    is_fresh(domain, e, iolas__iotlb_iova(e)))
			return e;
	}
	return NULL;
}

static void fill(struct iolas_queue *queue, struct iolas_domain *domain,
		 const struct iolas_mapping *mapping)
{
	const unsigned lg2 = iolas__ctz64(mapping->size);
	struct iolas__iotlb_entry *e;

	e = iolas__unit_is_adversarial(queue->unit)
		    ? right_victim(queue, domain, mapping->iova, lg2)
		    : iolas__iotlb_victim(&queue->iotlb, mapping->iova, lg2);
	if (e)
		iolas__iotlb_put(&queue->iotlb, e, mapping->iova, mapping->pa,
				 lg2, mapping->prot);
}

/* IOLAS_OK, IOLAS_ENOENT (not mapped), or IOLAS_EFAULT (stale). */
static int look_up(struct iolas_queue *queue, struct iolas_domain *domain,
		   iolas_iova iova, bool may_cache, struct iolas__leaf *leaf)
{
	struct iolas__iotlb_entry *e = NULL;
	struct iolas_mapping mapping;

	if (may_cache)
		e = iolas__iotlb_find(&queue->iotlb, iova);
	if (e && iolas__unit_is_adversarial(queue->unit) &&
	    judge(queue, domain, iova, &e))
		return IOLAS_EFAULT;
	if (e) {
		count(&queue->hits);
		leaf_of_entry(leaf, e);
		return IOLAS_OK;
	}
	count(&queue->misses);
	if (!walk(domain, iova, &mapping))
		return IOLAS_ENOENT;
	leaf_of_mapping(leaf, &mapping);
	if (may_cache)
		fill(queue, domain, &mapping);
	return IOLAS_OK;
}

static int refuse(struct iolas__refusal *refusal, uint32_t reason,
		  iolas_iova iova)
{
	*refusal = (struct iolas__refusal){ .reason = reason, .iova = iova };
	return IOLAS_EFAULT;
}

static int check_rights(const struct iolas__leaf *leaf, iolas_iova iova,
			unsigned bits, struct iolas__refusal *refusal)
{
	const unsigned missing = bits & ~leaf->prot;

	if (missing & IOLAS_READ)
		return refuse(refusal, IOLAS_FAULT_READ, iova);
	if (missing & IOLAS_WRITE)
		return refuse(refusal, IOLAS_FAULT_WRITE, iova);
	if (missing & IOLAS_EXEC)
		return refuse(refusal, IOLAS_FAULT_EXEC, iova);
	return IOLAS_OK;
}

int iolas__queue_leaf(struct iolas_queue *queue,
		      struct iolas__attachment *attachment, iolas_iova iova,
		      unsigned bits, bool may_cache, struct iolas__leaf *leaf,
		      struct iolas__refusal *refusal)
{
	struct iolas_domain *domain;
	int status;

	if (!attachment)
		return refuse(refusal, IOLAS_FAULT_BLOCKED, iova);
	domain = attachment->domain;
	if (!domain) {
		*leaf = (struct iolas__leaf){ 0, UINT64_MAX, 0, ALL_RIGHTS };
		return IOLAS_OK;
	}
	if (iova < domain->input.first || iova > domain->input.last)
		return refuse(refusal, IOLAS_FAULT_RANGE, iova);
	status = look_up(queue, domain, iova, may_cache, leaf);
	if (status == IOLAS_EFAULT)
		return refuse(refusal, IOLAS_FAULT_STALE, iova);
	if (status)
		return refuse(refusal, IOLAS_FAULT_NOT_MAPPED, iova);
	return check_rights(leaf, iova, bits, refusal);
}

/* Bytes of the leaf from @iova on, at most @len (not 0). */
static uint64_t rest_of(const struct iolas__leaf *leaf, iolas_iova iova,
			uint64_t len)
{
	/* Minus one: a leaf may be all of 2^64. */
	return iolas__min64(leaf->last - iova, len - 1) + 1;
}

int iolas__queue_run(struct iolas_queue *queue,
		     struct iolas__attachment *attachment, iolas_iova iova,
		     uint64_t len, unsigned bits, bool may_cache,
		     unsigned *leaves, struct iolas_translation *run,
		     struct iolas__refusal *refusal)
{
	struct iolas__refusal later;
	struct iolas__leaf leaf;
	int status = iolas__queue_leaf(queue, attachment, iova, bits, may_cache,
				       &leaf, refusal);

	if (status)
		return status;
	run->pa = leaf.pa + (iova - leaf.first);
	run->len = rest_of(&leaf, iova, len);
	run->prot = leaf.prot;
	run->reserved = 0;
	while (run->len < len && --*leaves) {
		const iolas_iova next = iova + run->len;

		/* What is refused there is refused when it is its turn. */
		if (iolas__queue_leaf(queue, attachment, next, bits, may_cache,
				      &leaf, &later))
			break;
		if (leaf.pa + (next - leaf.first) != run->pa + run->len ||
		    leaf.prot != run->prot)
			break;
		run->len += rest_of(&leaf, next, len - run->len);
	}
	return IOLAS_OK;
}

/* Adds @run behind the @count runs there are, or to the last of them. */
static int append_run(struct iolas_translation *runs, uint64_t capacity,
		      uint64_t *count, const struct iolas_translation *run)
{
	struct iolas_translation *last = *count ? &runs[*count - 1] : NULL;

	if (last && last->pa + last->len == run->pa &&
	    last->prot == run->prot) {
		last->len += run->len;
		return IOLAS_OK;
	}
	if (*count == capacity)
		return IOLAS_ERANGE;
	runs[(*count)++] = *run;
	return IOLAS_OK;
}

/* Answers for a part of the access, in one section; *done grows. */
static int translate_part(struct iolas_queue *queue,
			  const struct iolas__access *access, uint64_t *done,
			  struct iolas_translation *runs, uint64_t capacity,
			  uint64_t *count, struct iolas__refusal *refusal)
{
	struct iolas__attachment *a = iolas__queue_begin(queue);
	unsigned leaves = IOLAS__SECTION_LEAVES;
	int status = IOLAS_OK;

	while (!status && *done < access->len && leaves) {
		struct iolas_translation run;

		status = iolas__queue_run(queue, a, access->first + *done,
					  access->len - *done, access->bits,
					  true, &leaves, &run, refusal);
		if (!status)
			status = append_run(runs, capacity, count, &run);
		if (!status)
			*done += run.len;
		if (leaves)
			leaves--;
	}
	if (status == IOLAS_EFAULT)
		iolas__refusal_explain(refusal, a ? a->domain : NULL,
				       access->bits);
	iolas__queue_end(queue);
	return status;
}

static bool is_valid_access(unsigned access)
{
	return access == IOLAS_EXEC ||
	       (access && !(access & ~(IOLAS_READ | IOLAS_WRITE)));
}

int iolas_translate(struct iolas_queue *queue, iolas_iova iova, uint64_t len,
		    unsigned access, struct iolas_translation *runs,
		    uint64_t *count)
{
	const struct iolas__access whole = { iova, len, access };
	struct iolas__refusal refusal;
	uint64_t capacity, last, done = 0;
	int status = IOLAS_OK;

	if (!queue || !runs || !count || *count == 0 ||
	    !is_valid_access(access) || !iolas__last_byte(iova, len, &last))
		return IOLAS_EINVAL;
	capacity = *count;
	*count = 0;
	while (!status && done < len)
		status = translate_part(queue, &whole, &done, runs, capacity,
					count, &refusal);
	return status == IOLAS_EFAULT
		       ? iolas__unit_fault(queue, &refusal, &whole)
		       : status;
}
