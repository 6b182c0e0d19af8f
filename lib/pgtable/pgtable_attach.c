/* SPDX-License-Identifier: MIT */
/*
 * The words that make hardware use a table.
 * Source: spec/page-table-formats.md sections 1.4, 1.5, 2.3; bits of the
 * PASID entry's words 1 and 2 beyond DID and FSPM are [S], NXE [K].
 */
#include "pgtable/pt.h"

#include "base/struct_read.h"

#include <string.h>

#define FIRST_BYTES \
	(offsetof(struct iolas_attach_words, word) + 8 * sizeof(uint64_t))
#define MOST_DOMAIN_ID 0xffffu

/*
 * Legacy context entry, section 1.4: P 0, FPD 1, TT 3:2 (0: untranslated
 * requests only), SSPTPTR 63:12; AW 66:64 = levels - 2, DID 87:72.
 */
static void vtd_context(const struct iolas_pgtable *pt, uint64_t domain_id,
			struct iolas_attach_words *words)
{
	words->word_count = 2;
	words->word[0] = pt->root_table->pa | PT_BIT(0);
	words->word[1] = (pt->config.levels - 2) | domain_id << 8;
}

/*
 * Scalable-mode PASID entry, section 1.5: word 0 P 0, AW 4:2, SSEE 5, PGTT 8:6
 * (1 first, 2 second stage), SSPTPTR; word 1 DID 15:0; word 2 FSPM 3:2, NXE 5,
 * FSPTPTR.
 */
static void vtd_pasid(const struct iolas_pgtable *pt, uint64_t domain_id,
		      struct iolas_attach_words *words)
{
	const uint32_t flags = pt->config.flags;
	const uint64_t root = pt->root_table->pa;

	words->word_count = 8;
	words->word[1] = domain_id;
	if (pt->config.format == IOLAS_FORMAT_VTD_SS) {
		words->word[0] = root | PT_BIT(0) |
				 (uint64_t)(pt->config.levels - 2) << 2 |
				 UINT64_C(2) << 6;
		if (flags & IOLAS_PGTABLE_EXEC)
			words->word[0] |= PT_BIT(5);
		return;
	}
	words->word[0] = PT_BIT(0) | UINT64_C(1) << 6;
	words->word[2] = root | (uint64_t)(pt->config.levels - 4) << 2;
	if (!(flags & IOLAS_PGTABLE_NO_XD))
		words->word[2] |= PT_BIT(5);
}

/* GCR3 table entry, section 2.3: V 0, root 51:12. */
static void amd_gcr3(const struct iolas_pgtable *pt,
		     struct iolas_attach_words *words)
{
	words->word_count = 1;
	words->word[0] = pt->root_table->pa | PT_BIT(0);
}

/*
 * AMD device table entry for guest translation, section 2.3: one level of GCR3
 * table (GLX 0), requests without PASID use its entry 0 (GIoV).
 */
static void amd_dte(const struct iolas_pgtable *pt, uint64_t domain_id,
		    struct iolas_attach_words *words)
{
	const uint64_t gcr3 = words->table_pa;

	words->word_count = 4;
	words->word[0] = PT_BIT(0) | PT_BIT(1) | PT_BIT(54) | PT_BIT(55) |
			 (gcr3 >> 12 & 0x7) << 58 | PT_BIT(61) | PT_BIT(62);
	words->word[1] = domain_id | (gcr3 >> 15 & 0xffff) << 16 |
			 (gcr3 >> 31 & 0x1fffff) << 43;
	words->word[2] = (uint64_t)(pt->config.levels - 4) << 54;
}

static int check_kind(const struct iolas_pgtable *pt, uint32_t kind)
{
	const bool is_x86 = pt->config.format == IOLAS_FORMAT_X86_64;

	switch (kind) {
	case IOLAS_ATTACH_VTD_CONTEXT:
		return is_x86 ? IOLAS_ENOTSUP : IOLAS_OK;
	case IOLAS_ATTACH_VTD_PASID:
		return IOLAS_OK;
	case IOLAS_ATTACH_AMD_GCR3:
	case IOLAS_ATTACH_AMD_DTE:
		return is_x86 ? IOLAS_OK : IOLAS_ENOTSUP;
	default:
		return IOLAS_EINVAL;
	}
}

int iolas_pgtable_attach_words(const struct iolas_pgtable *pt, uint32_t kind,
			       uint32_t domain_id,
			       struct iolas_attach_words *result)
{
	struct iolas_attach_words words;
	uint32_t size;
	int status =
		iolas__struct_read(&words, sizeof(words), FIRST_BYTES, result);

	if (status || !pt || domain_id > MOST_DOMAIN_ID)
		return IOLAS_EINVAL;
	if (kind == IOLAS_ATTACH_AMD_DTE &&
	    !iolas__is_aligned(words.table_pa & ~PT_BITS(63, 52), 12))
		return IOLAS_EINVAL;
	status = check_kind(pt, kind);
	if (status)
		return status;
	size = words.struct_size;
	memset(words.word, 0, sizeof(words.word));
	switch (kind) {
	case IOLAS_ATTACH_VTD_CONTEXT:
		vtd_context(pt, domain_id, &words);
		break;
	case IOLAS_ATTACH_VTD_PASID:
		vtd_pasid(pt, domain_id, &words);
		break;
	case IOLAS_ATTACH_AMD_GCR3:
		amd_gcr3(pt, &words);
		break;
	default:
		amd_dte(pt, domain_id, &words);
		break;
	}
	memcpy(result, &words, size < sizeof(words) ? size : sizeof(words));
	return IOLAS_OK;
}
