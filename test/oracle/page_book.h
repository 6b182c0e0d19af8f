/* SPDX-License-Identifier: MIT */
/*
 * What a page table ought to say, kept the slow way: one word per 4 KiB page of
 * a few 2 GiB windows of iova space.  And a seeded source of operations that
 * does each to the table and to the book, comparing the statuses.
 */
#ifndef TEST_ORACLE_PAGE_BOOK_H
#define TEST_ORACLE_PAGE_BOOK_H

#include "harness/rng.h"

#include <iolas/pgtable.h>

#include <stdbool.h>

#define BOOK_PAGE	 UINT64_C(4096)
#define BOOK_WINDOW	 (UINT64_C(2) << 30)
#define BOOK_WINDOWS_MAX 4u

struct book_window {
	iolas_iova first;
	uint64_t *word; /* pa | prot; 0: not mapped */
};

struct page_book {
	unsigned window_count;
	struct book_window window[BOOK_WINDOWS_MAX];
};

void page_book_init(struct page_book *book, const iolas_iova *first,
		    unsigned count);
void page_book_fini(struct page_book *book);

/* 0 when the page is not mapped (or in no window), else its pa | prot */
uint64_t page_book_word(const struct page_book *book, iolas_iova iova);
void page_book_set(struct page_book *book, iolas_iova iova, uint64_t len,
		   iolas_pa pa, unsigned prot);

static inline iolas_pa page_book_pa(uint64_t word)
{
	return word & ~UINT64_C(0xfff);
}

static inline unsigned page_book_prot(uint64_t word)
{
	return (unsigned)(word & 0xfff);
}

/* What the source may draw from. */
struct churn_limits {
	iolas_pa pa_first;     /* multiple of 1 GiB */
	uint64_t pa_bytes;     /* at least 1 GiB */
	const unsigned *prots; /* for map and protect */
	unsigned prot_count;
	unsigned kept_by_protect; /* memory type */
	unsigned map_only;	  /* bits not given to protect */
};

enum churn_kind { CHURN_MAP, CHURN_UNMAP, CHURN_PROTECT, CHURN_KINDS };

struct churn {
	struct iolas_pgtable *pt;
	struct page_book *book;
	const struct churn_limits *limits;
	struct rng rng;
	uint64_t done[CHURN_KINDS]; /* operations that succeeded */
	uint64_t refused;
	/* The last range mapped, and the last one changed in any way. */
	iolas_iova mapped_iova;
	uint64_t mapped_len;
	iolas_iova last_iova;
	uint64_t last_len;
};

/* One operation; @gather collects.  Ends the case when a status is wrong. */
void churn_step(struct churn *churn, struct iolas_gather *gather);

/* An address worth probing: near the last change, or where things tend to be. */
iolas_iova churn_probe(struct churn *churn);

#endif /* TEST_ORACLE_PAGE_BOOK_H */
