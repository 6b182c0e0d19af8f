/* SPDX-License-Identifier: MIT */
/* See page_book.h. */
#include "oracle/page_book.h"

#include "harness/check.h"

#define MIB2	     (UINT64_C(2) << 20)
#define GIB	     (UINT64_C(1) << 30)
#define WINDOW_PAGES (BOOK_WINDOW / BOOK_PAGE)

void page_book_init(struct page_book *book, const iolas_iova *first,
		    unsigned count)
{
	book->window_count = count;
	for (unsigned i = 0; i < count; i++) {
		book->window[i].first = first[i];
		book->window[i].word =
			calloc(WINDOW_PAGES, sizeof(*book->window[i].word));
		CHECK(book->window[i].word);
	}
}

void page_book_fini(struct page_book *book)
{
	for (unsigned i = 0; i < book->window_count; i++)
		free(book->window[i].word);
}

static uint64_t *word_at(const struct page_book *book, iolas_iova iova)
{
	for (unsigned i = 0; i < book->window_count; i++) {
		const struct book_window *w = &book->window[i];

		if (iova - w->first < BOOK_WINDOW)
			return w->word + (iova - w->first) / BOOK_PAGE;
	}
	return NULL;
}

uint64_t page_book_word(const struct page_book *book, iolas_iova iova)
{
	const uint64_t *word = word_at(book, iova);

	return word ? *word : 0;
}

void page_book_set(struct page_book *book, iolas_iova iova, uint64_t len,
		   iolas_pa pa, unsigned prot)
{
	uint64_t *word = word_at(book, iova);

	for (uint64_t i = 0; i < len / BOOK_PAGE; i++)
		word[i] = prot ? (pa + i * BOOK_PAGE) | prot : 0;
}

static uint64_t count_mapped(const struct page_book *book, iolas_iova iova,
			     uint64_t len)
{
	const uint64_t *word = word_at(book, iova);
	uint64_t mapped = 0;

	for (uint64_t i = 0; i < len / BOOK_PAGE; i++)
		mapped += word[i] != 0;
	return mapped;
}

/* --- drawing ------------------------------------------------------------- */

/* 2 MiB blocks where things happen: the edges of the window and of its GiB. */
static uint64_t draw_block(struct rng *rng)
{
	static const uint16_t block[] = { 0, 1, 255, 510, 511, 512, 513, 1023 };

	return block[rng_below(rng, sizeof(block) / sizeof(*block))] * MIB2;
}

struct range {
	iolas_iova iova;
	uint64_t len;
};

static struct range draw_range(struct churn *churn)
{
	struct rng *rng = &churn->rng;
	uint64_t offset = draw_block(rng), len;

	switch (rng_below(rng, 8)) {
	case 0:
		offset = rng_below(rng, 2) * GIB;
		len = GIB;
		break;
	case 1:
	case 2:
		len = MIB2 * (1 + rng_below(rng, 3));
		break;
	case 3:
	case 4:
		offset += rng_below(rng, 512) * BOOK_PAGE;
		len = BOOK_PAGE * (1 + rng_below(rng, 1200));
		break;
	default:
		offset += rng_below(rng, 512) * BOOK_PAGE;
		len = BOOK_PAGE * (1 + rng_below(rng, 16));
		break;
	}
	if (len > BOOK_WINDOW - offset)
		len = BOOK_WINDOW - offset;
	offset += churn->book->window[rng_below(rng, churn->book->window_count)]
			  .first;
	return (struct range){ offset, len };
}

/* What is changed is often part of what was mapped last. */
static struct range draw_part(struct churn *churn)
{
	const uint64_t pages = churn->mapped_len / BOOK_PAGE;
	struct rng *rng = &churn->rng;
	uint64_t first, count;

	if (pages == 0 || rng_below(rng, 4) == 0)
		return draw_range(churn);
	first = rng_below(rng, 2) ? rng_below(rng, pages) : 0;
	count = 1 + rng_below(rng, rng_below(rng, 2) ? pages - first : 1);
	return (struct range){ churn->mapped_iova + first * BOOK_PAGE,
			       count * BOOK_PAGE };
}

/*
 * Mostly congruent to the iova, so that large leaves are possible; a GiB always
 * to 2 MiB, since a quarter of a million leaves would say no more.
 */
static iolas_pa draw_pa(struct churn *churn, const struct range *range)
{
	const struct churn_limits *limits = churn->limits;
	const uint64_t room = limits->pa_bytes - range->len;
	const bool is_giant = range->len >= GIB;
	uint64_t unit = is_giant ? MIB2 : BOOK_PAGE, offset;

	if (rng_below(&churn->rng, 3))
		unit = is_giant ? GIB : MIB2;
	offset = rng_below(&churn->rng, room / BOOK_PAGE + 1) * BOOK_PAGE;
	offset = offset / unit * unit + range->iova % unit;
	if (offset > room)
		offset = range->iova % unit > room ? 0 : range->iova % unit;
	return limits->pa_first + offset;
}

static unsigned draw_prot(struct churn *churn)
{
	const struct churn_limits *limits = churn->limits;

	return limits->prots[rng_below(&churn->rng, limits->prot_count)];
}

/* --- operations ---------------------------------------------------------- */

static bool do_unmap(struct churn *churn, const struct range *range,
		     struct iolas_gather *gather)
{
	const uint64_t mapped =
		count_mapped(churn->book, range->iova, range->len);
	const unsigned flags =
		rng_below(&churn->rng, 2) ? IOLAS_UNMAP_EXACT : 0;
	uint64_t unmapped = 0;

	CHECK_EQ(iolas_pgtable_unmap(churn->pt, NULL, range->iova, range->len,
				     flags, gather, &unmapped),
		 IOLAS_OK);
	CHECK_EQ(unmapped, flags ? mapped * BOOK_PAGE : 0);
	page_book_set(churn->book, range->iova, range->len, 0, 0);
	return mapped != 0;
}

/* What is in the way may have to go first: a remap. */
static bool do_map(struct churn *churn, const struct range *range,
		   struct iolas_gather *gather)
{
	const iolas_pa pa = draw_pa(churn, range);
	const unsigned prot = draw_prot(churn);
	bool is_free;
	int status;

	if (rng_below(&churn->rng, 2))
		do_unmap(churn, range, gather);
	is_free = !count_mapped(churn->book, range->iova, range->len);
	status = iolas_pgtable_map(churn->pt, NULL, range->iova, pa, range->len,
				   prot);

	CHECK_EQ(status, is_free ? IOLAS_OK : IOLAS_EEXIST);
	if (!is_free)
		return false;
	page_book_set(churn->book, range->iova, range->len, pa, prot);
	churn->mapped_iova = range->iova;
	churn->mapped_len = range->len;
	return true;
}

static bool do_protect(struct churn *churn, const struct range *range,
		       struct iolas_gather *gather)
{
	const uint64_t pages = range->len / BOOK_PAGE;
	const unsigned kept = churn->limits->kept_by_protect;
	const unsigned prot = draw_prot(churn) & ~churn->limits->map_only;
	uint64_t *word = word_at(churn->book, range->iova);
	const bool is_whole =
		count_mapped(churn->book, range->iova, range->len) == pages;

	CHECK_EQ(iolas_pgtable_protect(churn->pt, range->iova, range->len, prot,
				       gather),
		 is_whole ? IOLAS_OK : IOLAS_ENOENT);
	for (uint64_t i = 0; is_whole && i < pages; i++)
		word[i] = page_book_pa(word[i]) | (word[i] & kept) | prot;
	return is_whole;
}

void churn_step(struct churn *churn, struct iolas_gather *gather)
{
	const uint64_t draw = rng_below(&churn->rng, 16);
	const struct range range =
		draw < 8 ? draw_range(churn) : draw_part(churn);
	enum churn_kind kind;
	bool is_done;

	if (draw < 8) {
		kind = CHURN_MAP;
		is_done = do_map(churn, &range, gather);
	} else if (draw < 12) {
		kind = CHURN_UNMAP;
		is_done = do_unmap(churn, &range, gather);
	} else {
		kind = CHURN_PROTECT;
		is_done = do_protect(churn, &range, gather);
	}
	if (!is_done) {
		churn->refused++;
		return;
	}
	churn->done[kind]++;
	churn->last_iova = range.iova;
	churn->last_len = range.len;
}

iolas_iova churn_probe(struct churn *churn)
{
	struct rng *rng = &churn->rng;
	const uint64_t pages = churn->last_len / BOOK_PAGE;
	uint64_t page;

	if (pages == 0 || rng_below(rng, 3) == 0)
		return draw_range(churn).iova;
	switch (rng_below(rng, 5)) {
	case 0:
		page = 0;
		break;
	case 1:
		page = pages - 1;
		break;
	case 2: /* the page before, where there is one */
		page = churn->last_iova % GIB ? UINT64_MAX : 0;
		break;
	case 3: /* and after */
		page = (churn->last_iova + churn->last_len) % GIB ? pages
								  : pages - 1;
		break;
	default:
		page = rng_below(rng, pages);
		break;
	}
	return churn->last_iova + page * BOOK_PAGE;
}
