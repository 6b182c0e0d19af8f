/* SPDX-License-Identifier: MIT */
/*
 * What a caller asked for, checked and turned from bytes into granules.
 */
#include "base/struct_read.h"
#include "range/range_priv.h"

static int check_constraints(const struct iolas_space *space,
			     const struct iolas_range_constraints *c)
{
	unsigned lg2 = space->granule_lg2;

	if (c->flags > IOLAS_PLACE_EXPLICIT)
		return IOLAS_EINVAL;
	if (!iolas__is_aligned(c->align | c->guard, lg2))
		return IOLAS_EINVAL;
	if (c->first > c->last)
		return IOLAS_EINVAL;
	if (c->boundary != 0 && (!iolas__is_pow2(c->boundary) ||
				 !iolas__is_aligned(c->boundary, lg2)))
		return IOLAS_EINVAL;
	if (c->flags == IOLAS_PLACE_EXPLICIT && !iolas__is_aligned(c->at, lg2))
		return IOLAS_EINVAL;
	return IOLAS_OK;
}

/* Only whole granules inside the caller's limits count. */
static void read_window(const struct iolas_space *space,
			const struct iolas_range_constraints *c,
			struct range_request *request)
{
	unsigned lg2 = space->granule_lg2;
	uint64_t last = c->first == 0 && c->last == 0 ? UINT64_MAX : c->last;

	request->lo = c->first >> lg2;
	if (!iolas__is_aligned(c->first, lg2))
		request->lo++; /* lg2 > 0 here: no overflow */
	request->hi = last >> lg2;
	request->has_window_end = true;
	if ((last & iolas__mask(lg2)) != iolas__mask(lg2)) {
		request->has_window_end = request->hi != 0;
		request->hi--;
	}
}

int iolas__range_request_read(const struct iolas_space *space, uint64_t len,
			      const struct iolas_range_constraints *constraints,
			      struct iolas_range_constraints *copy,
			      struct range_request *request)
{
	static const struct iolas_range_constraints none = {
		.struct_size = sizeof(none),
	};
	unsigned lg2 = space->granule_lg2;
	int status;

	if (len == 0 || !iolas__is_aligned(len, lg2))
		return IOLAS_EINVAL;
	status = iolas__struct_read(copy, sizeof(*copy), sizeof(*copy),
				    constraints ? constraints : &none);
	if (status == IOLAS_OK)
		status = check_constraints(space, copy);
	if (status != IOLAS_OK)
		return status;
	copy->struct_size = sizeof(*copy);

	request->n_m1 = (len >> lg2) - 1;
	request->guard = copy->guard >> lg2;
	request->align = copy->align ? copy->align >> lg2 : 1;
	request->boundary_mask =
		copy->boundary ? (copy->boundary >> lg2) - 1 : UINT64_MAX;
	request->at = copy->at >> lg2;
	request->seed = copy->seed;
	request->place = copy->flags;
	read_window(space, copy, request);
	return IOLAS_OK;
}
