/* SPDX-License-Identifier: MIT */
/*
 * Which formats and shapes there are, and what a caller's config means.
 */
#include "pgtable/pt.h"

#include "base/struct_read.h"

#include <string.h>

#define USUAL_LEVELS   4u
#define MOST_OUTPUT    52u
#define LEAST_OUTPUT   32u
#define USUAL_HELD_MAX (UINT64_C(64) << 20)
#define FIRST_BYTES \
	(offsetof(struct iolas_pgtable_config, page_sizes) + sizeof(uint64_t))

struct family {
	const char *name;
	uint32_t id;
	uint32_t least_levels;
	uint32_t most_levels;
	const struct pt_ops *ops; /* one row per number of levels */
};

static const struct family families[] = {
	{ "vtd-ss", IOLAS_FORMAT_VTD_SS, 3, 5, pt_ops_vtd_ss },
	{ "x86-64", IOLAS_FORMAT_X86_64, 4, 5, pt_ops_x86_64 },
};

#define FAMILY_COUNT (sizeof(families) / sizeof(families[0]))

static const struct family *family_of(uint32_t id)
{
	for (unsigned i = 0; i < FAMILY_COUNT; i++)
		if (families[i].id == id)
			return &families[i];
	return NULL;
}

const char *iolas_format_name(uint32_t format)
{
	const struct family *family = family_of(format);

	return family ? family->name : NULL;
}

int iolas_format_by_name(const char *name, uint32_t *format)
{
	if (!name || !format)
		return IOLAS_EINVAL;
	for (unsigned i = 0; i < FAMILY_COUNT; i++) {
		/* Compared with its terminator, never past the end of @name. */
		const char *known = families[i].name;
		unsigned at = 0;

		while (known[at] && known[at] == name[at])
			at++;
		if (known[at] == name[at]) {
			*format = families[i].id;
			return IOLAS_OK;
		}
	}
	return IOLAS_ENOENT;
}

static uint64_t all_page_sizes(const struct pt_format *fmt)
{
	uint64_t sizes = 0;

	for (unsigned level = 0; level <= fmt->top_leaf_level; level++)
		sizes |= pt_size(level);
	return sizes;
}

int pt_config_read(struct iolas_pgtable_config *config,
		   const struct iolas_pgtable_config *given,
		   const struct pt_ops **ops)
{
	const struct family *family;
	const struct pt_format *fmt;
	int status =
		iolas__struct_read(config, sizeof(*config), FIRST_BYTES, given);

	if (status)
		return status;
	if (config->reserved)
		return IOLAS_EINVAL;
	family = family_of(config->format);
	if (!family)
		return IOLAS_ENOTSUP;
	if (!config->levels)
		config->levels = USUAL_LEVELS;
	if (!config->output_bits)
		config->output_bits = MOST_OUTPUT;
	if (config->levels < family->least_levels ||
	    config->levels > family->most_levels ||
	    config->output_bits < LEAST_OUTPUT ||
	    config->output_bits > MOST_OUTPUT)
		return IOLAS_ENOTSUP;
	*ops = &family->ops[config->levels - family->least_levels];
	fmt = (*ops)->format;
	if (config->flags & ~fmt->known_flags)
		return config->flags & ~IOLAS_PGTABLE_ALL_FLAGS ? IOLAS_EINVAL
								: IOLAS_ENOTSUP;
	if (config->page_sizes & ~all_page_sizes(fmt))
		return IOLAS_ENOTSUP;
	if (!config->page_sizes)
		config->page_sizes = all_page_sizes(fmt);
	config->page_sizes |= pt_size(0);
	if (!config->held_bytes_max)
		config->held_bytes_max = USUAL_HELD_MAX;
	config->struct_size = sizeof(*config);
	return IOLAS_OK;
}
