/* SPDX-License-Identifier: MIT */
/*
 * Chains of page lists, as MDLs have them.  A chain never runs in a circle, so
 * that walking it always ends.
 */
#include "pagelist/pagelist_priv.h"

int iolas_pagelist_chain(struct iolas_pagelist *list,
			 struct iolas_pagelist *next)
{
	if (!list || (next && next->page_lg2 != list->page_lg2))
		return IOLAS_EINVAL;
	for (const struct iolas_pagelist *l = next; l; l = l->next)
		if (l == list)
			return IOLAS_EINVAL;
	list->next = next;
	return IOLAS_OK;
}

struct iolas_pagelist *iolas_pagelist_next(const struct iolas_pagelist *list)
{
	return list ? list->next : NULL;
}

int iolas_pagelist_chain_bytes(const struct iolas_pagelist *list,
			       uint64_t *bytes)
{
	uint64_t sum = 0;

	if (!list || !bytes)
		return IOLAS_EINVAL;
	for (; list; list = list->next)
		if (!iolas__add_ok(sum, list->byte_count, &sum))
			return IOLAS_ERANGE;
	*bytes = sum;
	return IOLAS_OK;
}
