/* SPDX-License-Identifier: MIT */
/*
 * The algorithms for x86-64 tables, 4 and 5 levels.
 */
#include "pgtable/format_x86_64.h"
#include "pgtable/pt_ops.h"

PT_OPS_FUNCTIONS(x86_64_format_4)
PT_OPS_FUNCTIONS(x86_64_format_5)

const struct pt_ops pt_ops_x86_64[2] = {
	PT_OPS_ROW(x86_64_format_4),
	PT_OPS_ROW(x86_64_format_5),
};
