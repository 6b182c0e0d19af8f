/* SPDX-License-Identifier: MIT */
/*
 * Part of a page list, as the map calls see it.
 */
#ifndef IOLAS_PGTABLE_PGTABLE_LIST_H
#define IOLAS_PGTABLE_PGTABLE_LIST_H

#include <iolas/pgtable.h>

struct pt_list_part {
	const struct iolas_pagelist *list;
	uint64_t offset; /* into its pages */
	uint64_t len;
};

/* IOLAS_EINVAL, IOLAS_ERANGE: not inside the list, or too wide a memory. */
int pt_list_check(const struct pt_list_part *part, unsigned output_bits);

/* All of @part, which was checked.  Inside a section. */
int pt_list_map(struct iolas_pgtable *pt, const struct pt_list_part *part,
		iolas_iova iova, uint64_t bits);

#endif /* IOLAS_PGTABLE_PGTABLE_LIST_H */
