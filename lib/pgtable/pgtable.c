/* SPDX-License-Identifier: MIT */
/*
 * The door of the page tables: checks arguments, opens the read section in
 * which an operation runs, and calls the row of the table's format.
 */
#include "pgtable/pgtable_list.h"
#include "pgtable/pt.h"

#include <string.h>

#define ALL_RIGHTS (IOLAS_READ | IOLAS_WRITE | IOLAS_EXEC)
#define ALL_PROT   (ALL_RIGHTS | IOLAS_PROT_UNCACHED | IOLAS_PROT_PRIV)
#define MOST_TRIES 3u
#define WAIT_TURNS 100u

static int hang_root(struct iolas_pgtable *pt)
{
	struct pt_table *root = pt_table_take_empty(pt);

	if (!root)
		return IOLAS_ENOMEM;
	root->level = pt->config.levels - 1;
	pt->root_table = root;
	pt->root = pt_items_of(root);
	return IOLAS_OK;
}

/* Different for tables that live one after the other at one address. */
static uint64_t make_serial(const struct iolas_pgtable *pt)
{
	const struct iolas_host *host = &pt->host;
	uint64_t serial = (uint64_t)(uintptr_t)pt;

	if (host->clock_ns)
		serial ^= host->clock_ns(host->user) << 8;
	return serial | 1;
}

int iolas_pgtable_create(const struct iolas_host *host,
			 const struct iolas_pgtable_config *config,
			 struct iolas_pgtable **result)
{
	struct iolas_pgtable_config read;
	const struct pt_ops *ops;
	struct iolas_pgtable *pt;
	struct iolas_host copy;
	int status;

	if (!result)
		return IOLAS_EINVAL;
	*result = NULL;
	status = iolas__host_read(&copy, host);
	if (!status)
		status = pt_config_read(&read, config, &ops);
	if (status)
		return status;
	pt = iolas__host_object_alloc(&copy, sizeof(*pt));
	if (!pt)
		return IOLAS_ENOMEM;
	pt->host = copy;
	pt->ops = ops;
	pt->config = read;
	pt->table_bits = ops->format->table_bits(read.flags);
	pt->iova_bits = pt_input_bits(read.levels);
	if (ops->format->is_canonical)
		pt->iova_bias = UINT64_C(1) << (pt->iova_bits - 1);
	pt->serial = make_serial(pt);
	/* Relaxed: nobody else has the table yet.  0 is no generation. */
	iolas__store_relaxed(&pt->generation, 1);
	iolas__epoch_init(&pt->epoch, &pt->host);
	iolas__slab_init(&pt->slab, &pt->host, PT_BLOCK_SIZE, PT_BLOCK_SIZE);
	status = hang_root(pt);
	if (status) {
		iolas_pgtable_destroy(pt);
		return status;
	}
	*result = pt;
	return IOLAS_OK;
}

void iolas_pgtable_destroy(struct iolas_pgtable *pt)
{
	struct iolas_host host;

	if (!pt)
		return;
	iolas__epoch_fini(&pt->epoch);
	iolas__slab_fini(&pt->slab);
	host = pt->host;
	iolas__host_object_free(&host, pt, sizeof(*pt));
}

struct iolas__epoch *iolas__pgtable_epoch(struct iolas_pgtable *pt)
{
	return &pt->epoch;
}

void iolas__pgtable_poll(struct iolas_pgtable *pt)
{
	iolas__epoch_poll(&pt->epoch);
}

/* [@iova, @iova + @len) is a range of whole granules that has a table. */
static int check_range(const struct iolas_pgtable *pt, iolas_iova iova,
		       uint64_t len)
{
	iolas_iova last;

	if (!pt || len == 0 || !iolas__is_aligned(iova | len, PT_TABLE_LG2))
		return IOLAS_EINVAL;
	if (!iolas__last_byte(iova, len, &last) || !pt_iova_ok(pt, iova) ||
	    !pt_iova_ok(pt, last))
		return IOLAS_ERANGE;
	/* Both halves of a canonical space are fine, what lies between not. */
	return (iova ^ last) >> 63 ? IOLAS_ERANGE : IOLAS_OK;
}

static int check_memory(const struct iolas_pgtable *pt, iolas_pa pa,
			uint64_t len)
{
	iolas_pa last;

	if (!iolas__is_aligned(pa, PT_TABLE_LG2))
		return IOLAS_EINVAL;
	return iolas__last_byte(pa, len, &last) &&
			       last >> pt->config.output_bits == 0
		       ? IOLAS_OK
		       : IOLAS_ERANGE;
}

static int read_prot(const struct iolas_pgtable *pt, unsigned prot,
		     uint64_t *bits)
{
	if ((prot & ~ALL_PROT) || !(prot & (IOLAS_READ | IOLAS_WRITE)))
		return IOLAS_EINVAL;
	return pt->ops->format->leaf_bits(prot, pt->config.flags, bits);
}

/*
 * After IOLAS_ENOMEM, outside of any section of ours: may the same be tried
 * again?  What our own section held back comes with the first poll; other
 * sections get a little time to end.  A stopped one costs these turns and no
 * more.
 */
static bool make_room(struct iolas_pgtable *pt, int status, unsigned *tries)
{
	if (status != IOLAS_ENOMEM || ++*tries > MOST_TRIES)
		return false;
	for (unsigned turn = 0; turn < WAIT_TURNS; turn++) {
		if (iolas__epoch_pending(&pt->epoch) == 0)
			return false;
		if (iolas__epoch_poll(&pt->epoch))
			return true;
		iolas__host_relax(&pt->host, turn);
	}
	return false;
}

/* The general way: see pt_map.h.  Inside a section. */
static int map_run(struct iolas_pgtable *pt, iolas_iova iova, iolas_pa pa,
		   uint64_t len, uint64_t bits)
{
	struct pt_job job = { NULL };
	uint64_t stored = 0;
	int status;

	status = pt->ops->map_prepare(pt, &job, iova, pa, len);
	if (!status) {
		status = pt->ops->map_store(pt, &job, iova, pa, len, bits,
					    &stored);
		if (status)
			pt->ops->map_undo(pt, iova, pa, stored, bits);
	}
	pt_table_give(pt, job.spare);
	return status;
}

int iolas_pgtable_map(struct iolas_pgtable *pt, struct iolas_cursor *cursor,
		      iolas_iova iova, iolas_pa pa, uint64_t len, unsigned prot)
{
	struct iolas__section section;
	unsigned tries = 0;
	uint64_t bits;
	int status = check_range(pt, iova, len);

	if (!status)
		status = check_memory(pt, pa, len);
	if (!status)
		status = read_prot(pt, prot, &bits);
	if (status)
		return status;
	do {
		iolas__epoch_enter(&pt->epoch, &section);
		status = pt_is_near(iova, len)
				 ? pt->ops->map_near(pt, cursor, iova, pa, len,
						     bits)
				 : PT_AGAIN;
		if (status == PT_AGAIN)
			status = map_run(pt, iova, pa, len, bits);
		iolas__epoch_leave(&pt->epoch, &section);
	} while (make_room(pt, status, &tries));
	return status;
}

int iolas_pgtable_map_list(struct iolas_pgtable *pt, iolas_iova iova,
			   const struct iolas_pagelist *list, uint64_t offset,
			   uint64_t len, unsigned prot)
{
	const struct pt_list_part part = { list, offset, len };
	struct iolas__section section;
	unsigned tries = 0;
	uint64_t bits;
	int status = check_range(pt, iova, len);

	if (!status && (!list || !iolas__is_aligned(offset, PT_TABLE_LG2)))
		status = IOLAS_EINVAL;
	if (!status)
		status = read_prot(pt, prot, &bits);
	if (!status)
		status = pt_list_check(&part, pt->config.output_bits);
	if (status)
		return status;
	do {
		iolas__epoch_enter(&pt->epoch, &section);
		status = pt_list_map(pt, &part, iova, bits);
		iolas__epoch_leave(&pt->epoch, &section);
	} while (make_room(pt, status, &tries));
	return status;
}

int iolas_pgtable_unmap(struct iolas_pgtable *pt, struct iolas_cursor *cursor,
			iolas_iova iova, uint64_t len, unsigned flags,
			struct iolas_gather *gather, uint64_t *unmapped)
{
	struct iolas__section section;
	unsigned tries = 0;
	uint64_t bytes = 0, more;
	int status = check_range(pt, iova, len);

	if (unmapped)
		*unmapped = 0;
	if (status)
		return status;
	if (!gather || (flags & ~IOLAS_UNMAP_EXACT))
		return IOLAS_EINVAL;
	do {
		iolas__epoch_enter(&pt->epoch, &section);
		status = pt->ops->unmap(pt, cursor, iova, len,
					flags & IOLAS_UNMAP_EXACT, gather,
					&more);
		bytes += more;
		iolas__epoch_leave(&pt->epoch, &section);
	} while (make_room(pt, status, &tries));
	if (unmapped)
		*unmapped = bytes;
	return status;
}

int iolas_pgtable_protect(struct iolas_pgtable *pt, iolas_iova iova,
			  uint64_t len, unsigned prot,
			  struct iolas_gather *gather)
{
	struct iolas__section section;
	unsigned tries = 0;
	uint64_t bits;
	int status = check_range(pt, iova, len);

	if (!status && (!gather || (prot & IOLAS_PROT_UNCACHED)))
		status = IOLAS_EINVAL;
	if (!status)
		status = read_prot(pt, prot, &bits);
	if (status)
		return status;
	do {
		iolas__epoch_enter(&pt->epoch, &section);
		status = pt->ops->protect(pt, iova, len, bits, gather);
		iolas__epoch_leave(&pt->epoch, &section);
	} while (make_room(pt, status, &tries));
	return status;
}

int iolas__pgtable_lookup_inside(struct iolas_pgtable *pt, iolas_iova iova,
				 struct iolas_mapping *mapping)
{
	if (!pt_iova_ok(pt, iova))
		return IOLAS_ERANGE;
	return pt->ops->lookup(pt, iova, mapping);
}
