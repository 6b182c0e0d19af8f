/* SPDX-License-Identifier: MIT */
/*
 * The range allocator, slow and obvious: one array element per granule, every
 * question answered by trying all bases in 128-bit arithmetic.  It is the
 * oracle for the real one, and knows nothing of it but the public header.
 */
#ifndef TEST_MODEL_RANGE_MODEL_H
#define TEST_MODEL_RANGE_MODEL_H

#include <iolas/range.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RANGE_MODEL_GRANULES 128u
#define RANGE_MODEL_WINDOWS  64u

struct range_model {
	unsigned granule_lg2;
	uint64_t first; /* number of the first granule */
	unsigned count;
	/* Per granule: owner 0 is nobody, kind is LIVE or GUARD with one. */
	unsigned owner[RANGE_MODEL_GRANULES];
	uint32_t kind[RANGE_MODEL_GRANULES];
	unsigned cover[RANGE_MODEL_GRANULES]; /* windows over it */
	struct iolas_span windows[RANGE_MODEL_WINDOWS];
	unsigned window_count;
	unsigned last_owner;
	uint64_t alloc_count, free_count, fail_count;
};

void range_model_init(struct range_model *model, unsigned granule_lg2,
		      uint64_t first, unsigned count);

uint64_t range_model_address(const struct range_model *model, unsigned index);

/* Would @len bytes under @c fit at granule index @index? */
bool range_model_fits_at(const struct range_model *model, uint64_t len,
			 const struct iolas_range_constraints *c,
			 unsigned index);
/* Would they fit anywhere? */
bool range_model_fits(const struct range_model *model, uint64_t len,
		      const struct iolas_range_constraints *c);
/*
 * What alloc has to answer.  For LOW, HIGH, BEST and EXPLICIT *iova is the only
 * right base; for RANDOM a caller asks range_model_fits_at().
 */
int range_model_place(const struct range_model *model, uint64_t len,
		      const struct iolas_range_constraints *c, uint64_t *iova);
/* Notes that the range was given out at @iova. */
void range_model_take(struct range_model *model, uint64_t len,
		      const struct iolas_range_constraints *c, uint64_t iova);
int range_model_free(struct range_model *model, uint64_t iova, uint64_t len);
int range_model_reserve(struct range_model *model, uint64_t first,
			uint64_t last);
int range_model_unreserve(struct range_model *model, uint64_t first,
			  uint64_t last);

/* NULL, or what the walk and the counters of @space get wrong. */
const char *range_model_compare(const struct range_model *model,
				struct iolas_space *space);
/* NULL, or what explain gets wrong for this request. */
const char *range_model_judge(const struct range_model *model,
			      struct iolas_space *space, uint64_t len,
			      const struct iolas_range_constraints *c);

/*
 * Reads operations from @data, does each on two real spaces and their models,
 * and compares everything after each.  The first bytes choose the spaces, then
 * records of RANGE_STRING_RECORD bytes follow; every string means something.
 * NULL, or what went wrong in the record *at.
 */
#define RANGE_STRING_HEAD   4u
#define RANGE_STRING_RECORD 12u
const char *range_string_run(const uint8_t *data, size_t bytes, size_t *at);
/* As above, told on stdout. */
void range_string_print(const uint8_t *data, size_t bytes);

#endif /* TEST_MODEL_RANGE_MODEL_H */
