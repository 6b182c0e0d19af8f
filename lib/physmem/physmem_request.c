/* SPDX-License-Identifier: MIT */
/*
 * Requests: what a caller may ask for.  Everything that a space would refuse as
 * malformed is refused here, so that the answer does not depend on how far the
 * search for a place got.
 */
#include "base/struct_read.h"
#include "physmem/physmem_priv.h"

#define KNOWN_FLAGS (IOLAS_PHYSMEM_ZERO | IOLAS_PHYSMEM_NODE_HINT)

/* The part of *request that holds @where, in bytes. */
static size_t where_room(const struct iolas_physmem_request *request)
{
	return request->struct_size -
	       offsetof(struct iolas_physmem_request, where);
}

/* struct_size 0 stands for "no constraints" while everything else is 0 too. */
static int read_where(const struct iolas_physmem_request *request,
		      struct iolas_range_constraints *where)
{
	const struct iolas_range_constraints *given = &request->where;

	if (given->struct_size)
		return given->struct_size > where_room(request)
			       ? IOLAS_EINVAL
			       : iolas__struct_read(where, sizeof(*where),
						    sizeof(*where), given);
	if (given->flags || given->align || given->first || given->last ||
	    given->boundary || given->guard || given->at || given->seed)
		return IOLAS_EINVAL;
	return IOLAS_OK;
}

static int check_where(const struct iolas_range_constraints *c, unsigned lg2)
{
	if (c->flags > IOLAS_PLACE_EXPLICIT || c->first > c->last ||
	    !iolas__is_aligned(c->align | c->guard | c->boundary, lg2) ||
	    (c->boundary && !iolas__is_pow2(c->boundary)))
		return IOLAS_EINVAL;
	if (c->flags == IOLAS_PLACE_EXPLICIT && !iolas__is_aligned(c->at, lg2))
		return IOLAS_EINVAL;
	return IOLAS_OK;
}

int iolas__want_read(const struct iolas_physmem *mem,
		     const struct iolas_physmem_request *request,
		     struct iolas__want *want)
{
	struct iolas_physmem_request copy = {
		.struct_size = sizeof(copy),
		.node = IOLAS_NODE_ANY,
	};
	struct iolas_range_constraints where = { 0 };

	if (request && (iolas__struct_read(&copy, sizeof(copy), sizeof(copy),
					   request) != IOLAS_OK ||
			read_where(request, &where) != IOLAS_OK))
		return IOLAS_EINVAL;
	if ((copy.flags & ~KNOWN_FLAGS) || copy.reserved ||
	    (copy.node >= IOLAS__PHYSMEM_MAX_NODES &&
	     copy.node != IOLAS_NODE_ANY))
		return IOLAS_EINVAL;
	if (check_where(&where, mem->page_lg2) != IOLAS_OK)
		return IOLAS_EINVAL;
	where.struct_size = sizeof(where);
	if (!where.first && !where.last)
		where.last = UINT64_MAX;
	want->flags = copy.flags;
	want->node = copy.node;
	want->where = where;
	return IOLAS_OK;
}
