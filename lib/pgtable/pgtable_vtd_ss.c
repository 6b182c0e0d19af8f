/* SPDX-License-Identifier: MIT */
/*
 * The algorithms for VT-d second stage, 3, 4 and 5 levels.
 */
#include "pgtable/format_vtd_ss.h"
#include "pgtable/pt_ops.h"

PT_OPS_FUNCTIONS(vtd_ss_format_3)
PT_OPS_FUNCTIONS(vtd_ss_format_4)
PT_OPS_FUNCTIONS(vtd_ss_format_5)

const struct pt_ops pt_ops_vtd_ss[3] = {
	PT_OPS_ROW(vtd_ss_format_3),
	PT_OPS_ROW(vtd_ss_format_4),
	PT_OPS_ROW(vtd_ss_format_5),
};
