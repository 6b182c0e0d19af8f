/* SPDX-License-Identifier: MIT */
/*
 * From a requester to its table, as a VT-d unit in legacy mode goes: root
 * entry, context entry.  As hostile as the tables themselves.
 * Source: spec/page-table-formats.md sections 1.4, 1.6.
 *
 *     root entry    P 0, reserved 11:1, context table 63:12; 127:64 reserved
 *     context entry P 0, FPD 1, TT 3:2, reserved 11:4, table 63:12;
 *                   AW 66:64, free 70:67, reserved 71, DID 87:72,
 *                   reserved 127:88
 */
#include "pgtable/pt.h"

#include "base/struct_read.h"

#include <string.h>

#define ENTRY_BYTES	    16u
#define PASS_THROUGH	    2u
#define CONTEXT_TABLE	    PT_BITS(63, 12)
#define ROOT_RESERVED	    PT_BITS(11, 1)
#define CONTEXT_RESERVED    PT_BITS(11, 4)
#define CONTEXT_RESERVED_HI (PT_BIT(7) | PT_BITS(63, 24))

static int read_entry(const struct iolas_accessor *accessor, iolas_pa pa,
		      uint64_t word[2])
{
	int status = accessor->read64(accessor->user, pa, &word[0]);

	if (!status)
		status = accessor->read64(accessor->user, pa + 8, &word[1]);
	return status;
}

static int refuse(struct iolas_context *context, uint32_t reason)
{
	context->reason = reason;
	return IOLAS_EFAULT;
}

static int find_context(const struct iolas_foreign_unit *unit,
			const struct iolas_accessor *accessor,
			uint32_t source_id, struct iolas_context *context)
{
	const uint64_t too_wide = ~iolas__mask(unit->output_bits);
	uint64_t word[2];
	uint32_t width;

	if (read_entry(accessor,
		       unit->root_table_pa + (source_id >> 8) * ENTRY_BYTES,
		       word))
		return refuse(context, IOLAS_VTD_ROOT_UNREADABLE);
	if (!(word[0] & PT_BIT(0)))
		return refuse(context, IOLAS_VTD_ROOT_NOT_PRESENT);
	if ((word[0] & (ROOT_RESERVED | too_wide)) || word[1])
		return refuse(context, IOLAS_VTD_ROOT_RESERVED_BITS);
	if (read_entry(accessor,
		       (word[0] & CONTEXT_TABLE) +
			       (source_id & 0xff) * ENTRY_BYTES,
		       word))
		return refuse(context, IOLAS_VTD_CONTEXT_UNREADABLE);
	if (!(word[0] & PT_BIT(0)))
		return refuse(context, IOLAS_VTD_CONTEXT_NOT_PRESENT);
	if ((word[0] & (CONTEXT_RESERVED | too_wide)) ||
	    (word[1] & CONTEXT_RESERVED_HI))
		return refuse(context, IOLAS_VTD_CONTEXT_RESERVED_BITS);
	width = (uint32_t)(word[1] & 0x7);
	context->type = (uint32_t)(word[0] >> 2 & 0x3);
	if (context->type > PASS_THROUGH || width + 2 > 5 ||
	    !(unit->level_counts >> (width + 2) & 1))
		return refuse(context, IOLAS_VTD_CONTEXT_INVALID);
	context->levels = width + 2;
	context->domain_id = (uint32_t)(word[1] >> 8 & 0xffff);
	context->root_pa = word[0] & CONTEXT_TABLE;
	return IOLAS_OK;
}

int iolas_foreign_context(const struct iolas_foreign_unit *given,
			  const struct iolas_accessor *given_accessor,
			  uint32_t source_id, struct iolas_context *result)
{
	struct iolas_foreign_unit unit;
	struct iolas_accessor accessor;
	struct iolas_context context;
	uint32_t size;
	int status =
		iolas__struct_read(&unit, sizeof(unit), sizeof(unit), given);

	if (!status)
		status = iolas__struct_read(&accessor, sizeof(accessor),
					    sizeof(accessor), given_accessor);
	if (!status)
		status = iolas__struct_read(&context, sizeof(context),
					    sizeof(context), result);
	if (status)
		return status;
	if (!unit.output_bits)
		unit.output_bits = 52;
	if (unit.reserved || unit.output_bits > 52 ||
	    unit.level_counts & ~0x38u ||
	    !iolas__is_aligned(unit.root_table_pa, PT_TABLE_LG2) ||
	    accessor.flags || !accessor.read64 || source_id > 0xffff)
		return IOLAS_EINVAL;
	size = context.struct_size;
	memset(&context, 0, sizeof(context));
	context.struct_size = size;
	status = find_context(&unit, &accessor, source_id, &context);
	memcpy(result, &context, sizeof(context));
	return status;
}
