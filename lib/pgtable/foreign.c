/* SPDX-License-Identifier: MIT */
/*
 * Walking tables that somebody else wrote.  The bytes are hostile until proven
 * otherwise: at most one item per level is read, only through the accessor, and
 * every refusal carries the architecture's own fault reason.
 * Source: spec/page-table-formats.md sections 1.4, 1.6, 2.2, 2.4.
 */
#include "pgtable/pt.h"

#include "base/struct_read.h"

#include <string.h>

#define ACCESS_RIGHTS (IOLAS_READ | IOLAS_WRITE | IOLAS_EXEC)
#define ANDED_PROT    ACCESS_RIGHTS

static int read_accessor(struct iolas_accessor *copy,
			 const struct iolas_accessor *given)
{
	int status =
		iolas__struct_read(copy, sizeof(*copy), sizeof(*copy), given);

	if (status || copy->flags || !copy->read64)
		return IOLAS_EINVAL;
	return IOLAS_OK;
}

/* Exactly one of read, write and exec; privileged may be added. */
static int check_access(unsigned access, const struct pt_format *fmt,
			uint32_t flags)
{
	const unsigned rights = access & ACCESS_RIGHTS;

	if ((access & ~(ACCESS_RIGHTS | IOLAS_PROT_PRIV)) ||
	    !iolas__is_pow2(rights))
		return IOLAS_EINVAL;
	if ((rights & IOLAS_EXEC) && fmt->id == IOLAS_FORMAT_VTD_SS &&
	    !(flags & IOLAS_PGTABLE_EXEC))
		return IOLAS_ENOTSUP;
	return IOLAS_OK;
}

static int refuse(struct iolas_walk *walk, uint32_t reason)
{
	walk->reason = reason;
	return IOLAS_EFAULT;
}

static void tell_leaf(const struct pt_format *fmt, uint64_t pte, unsigned level,
		      unsigned path, iolas_iova iova,
		      struct iolas_mapping *mapping)
{
	const unsigned leaf = fmt->prot(pte);

	mapping->struct_size = sizeof(*mapping);
	mapping->level = level;
	mapping->iova = iolas__align_down(iova, pt_shift(level));
	mapping->pa = fmt->leaf_pa(pte, level);
	mapping->size = pt_size(level);
	mapping->prot = (leaf & path & ANDED_PROT) |
			((leaf | path) & IOLAS_PROT_PRIV) |
			(leaf & IOLAS_PROT_UNCACHED);
	mapping->flags = fmt->mapping_flags(pte);
	mapping->raw = pte;
}

/* All arguments are checked; *walk is zero but for its size. */
static int walk_tables(const struct pt_format *fmt,
		       const struct iolas_pgtable_config *config,
		       iolas_pa root_pa, const struct iolas_accessor *accessor,
		       iolas_iova iova, unsigned access,
		       struct iolas_walk *walk)
{
	unsigned level = fmt->levels;
	unsigned path = ANDED_PROT;
	iolas_pa table_pa = root_pa;
	uint32_t reason = fmt->refuse_input(iova, fmt->levels);

	if (reason)
		return refuse(walk, reason);
	while (level-- > 0) {
		struct iolas_walk_step *step = &walk->step[walk->step_count];
		const unsigned index = pt_index(iova, level);
		uint64_t pte;

		if (accessor->read64(accessor->user, table_pa + index * 8,
				     &pte))
			return refuse(walk, fmt->unreadable);
		*step = (struct iolas_walk_step){ table_pa, index, level, pte };
		walk->step_count++;
		reason = fmt->refuse_item(pte, level, access, config);
		if (reason)
			return refuse(walk, reason);
		if (fmt->kind(pte, level) == PT_LEAF)
			break;
		path = (path & fmt->table_prot(pte) & ANDED_PROT) |
		       ((path | fmt->table_prot(pte)) & IOLAS_PROT_PRIV);
		table_pa = fmt->table_pa(pte);
	}
	tell_leaf(fmt, walk->step[walk->step_count - 1].value, level, path,
		  iova, &walk->mapping);
	reason = fmt->refuse_path(walk->mapping.prot, access);
	if (reason) {
		memset(&walk->mapping, 0, sizeof(walk->mapping));
		return refuse(walk, reason);
	}
	return IOLAS_OK;
}

static int begin_walk(struct iolas_walk *copy, const struct iolas_walk *given)
{
	int status =
		iolas__struct_read(copy, sizeof(*copy), sizeof(*copy), given);
	const uint32_t size = copy->struct_size;

	if (status)
		return status;
	memset(copy, 0, sizeof(*copy));
	copy->struct_size = size;
	return IOLAS_OK;
}

int iolas_foreign_walk(const struct iolas_pgtable_config *config,
		       iolas_pa root_pa, const struct iolas_accessor *accessor,
		       iolas_iova iova, unsigned access,
		       struct iolas_walk *walk)
{
	struct iolas_pgtable_config shape;
	struct iolas_accessor reader;
	const struct pt_ops *ops;
	struct iolas_walk found;
	int status = begin_walk(&found, walk);

	if (!status)
		status = read_accessor(&reader, accessor);
	if (!status)
		status = pt_config_read(&shape, config, &ops);
	if (!status)
		status = check_access(access, ops->format, shape.flags);
	if (!status && !iolas__is_aligned(root_pa, PT_TABLE_LG2))
		status = IOLAS_EINVAL;
	if (status)
		return status;
	status = walk_tables(ops->format, &shape, root_pa, &reader, iova,
			     access, &found);
	memcpy(walk, &found, sizeof(found));
	return status;
}

/* Our own tables, read the same way. */
static int read_own(void *user, iolas_pa pa, uint64_t *value)
{
	const struct iolas_pgtable *pt = user;
	pt_item *slot = iolas__host_ptr(&pt->host, pa, sizeof(*slot));

	/* Acquire: we follow links; as in pt_walk_down(). */
	*value = iolas__load_acquire(slot) & ~pt->ops->format->dead;
	return 0;
}

int iolas_pgtable_walk(struct iolas_pgtable *pt, iolas_iova iova,
		       unsigned access, struct iolas_walk *walk)
{
	const struct iolas_accessor own = {
		.struct_size = sizeof(own),
		.user = pt,
		.read64 = read_own,
	};
	struct iolas__section section;
	struct iolas_walk found;
	int status = begin_walk(&found, walk);

	if (status || !pt)
		return IOLAS_EINVAL;
	status = check_access(access, pt->ops->format, pt->config.flags);
	if (status)
		return status;
	iolas__epoch_enter(&pt->epoch, &section);
	status = walk_tables(pt->ops->format, &pt->config, pt->root_table->pa,
			     &own, iova, access, &found);
	iolas__epoch_leave(&pt->epoch, &section);
	memcpy(walk, &found, sizeof(found));
	return status;
}
