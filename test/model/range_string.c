/* SPDX-License-Identifier: MIT */
/*
 * Operation strings: bytes become calls on two real spaces and on their
 * models, and every answer is compared.  Any byte string is a valid one, so the
 * same decoder serves random tests, shrinking and fuzzing.
 */
#include "model/range_model.h"

#include "harness/counting_host.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Odd bounds, both ends of 2^64, and 2^64 as a whole. */
static const struct {
	unsigned granule_lg2;
	uint64_t first; /* in granules */
	unsigned count;
} shapes[] = {
	{ 0, 0, 48 },
	{ 0, UINT64_MAX - 39, 40 },
	{ 12, 5, 61 },
	{ 60, 0, 16 },
	{ 58, 0, 64 },
	{ 57, 0, 128 },
	{ 63, 0, 2 },
	{ 62, 1, 3 },
	{ 59, 3, 29 },
	{ 16, (UINT64_C(1) << 32) - 7, 33 },
	{ 20, (UINT64_C(1) << 44) - 20, 20 },
	{ 1, (UINT64_C(1) << 63) - 17, 17 },
	{ 1, (UINT64_C(1) << 62) - 17, 37 },
	{ 3, 997, 101 },
	{ 0, (UINT64_C(1) << 63) - 31, 64 },
	{ 30, 0, 1 },
};

#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

struct side {
	struct range_model model;
	struct iolas_space *space;
};

struct string {
	struct counting_host host;
	struct side sides[2];
	bool is_printed;
};

/* One record, read as fields; each kind of call uses what it needs. */
struct record {
	uint8_t call, side, len, align, first, last, boundary, guard, at;
	uint8_t place, jitter, seed;
};

static struct record record_at(const uint8_t *data)
{
	return (struct record){
		.call = data[0] & 15,
		.side = data[0] >> 7,
		.len = data[1],
		.align = data[2],
		.first = data[3],
		.last = data[4],
		.boundary = data[5],
		.guard = data[6],
		.at = data[7],
		.place = data[8],
		.jitter = data[9],
		.seed = data[10],
	};
}

static uint64_t granules(const struct side *s, uint64_t count)
{
	return count << s->model.granule_lg2;
}

/* An address around the space: granule @v (may wrap), moved a little. */
static uint64_t address(const struct side *s, uint8_t v, unsigned jitter)
{
	uint64_t index = v % (s->model.count + 4);
	uint64_t granule = granules(s, 1);
	uint64_t base = granules(s, s->model.first + index - 2);

	switch (jitter & 3) {
	case 1:
		return base + granule / 2;
	case 2:
		return base - 1;
	default:
		return base;
	}
}

static uint64_t length_of(const struct side *s, const struct record *r)
{
	unsigned most = r->len & 0x80 ? s->model.count + 1 : 6;

	return granules(s, 1 + (r->len & 0x7f) % most);
}

static struct iolas_range_constraints constraints_of(const struct side *s,
						     const struct record *r)
{
	struct iolas_range_constraints c = { .struct_size = sizeof(c) };
	uint64_t limit = address(s, r->last, r->jitter);

	c.flags = r->place % 6;
	c.seed = r->seed;
	c.at = granules(s, s->model.first + r->at % (s->model.count + 4) - 2);
	if (r->align & 0x80)
		c.align = granules(s, r->align & 0x40
					      ? UINT64_C(1) << (r->align & 7)
					      : r->align & 0x3f);
	if (r->align == 0xff)
		c.align = granules(s, UINT64_MAX / 3 >> s->model.granule_lg2);
	if (r->boundary & 0x80)
		c.boundary = granules(s, UINT64_C(1) << (r->boundary & 7));
	if (r->guard & 0x80)
		c.guard = granules(s, r->guard & 3);
	if (r->guard == 0xff)
		c.guard = granules(s, s->model.count);
	if (r->first & 0x80)
		c.first = address(s, r->first & 0x7f, r->jitter >> 2);
	if ((r->last & 0x80) != 0 || c.first != 0)
		c.last = limit;
	if (c.first > c.last) {
		limit = c.first;
		c.first = c.last;
		c.last = limit;
	}
	return c;
}

static void print_request(const char *call, uint64_t len,
			  const struct iolas_range_constraints *c)
{
	printf("%s len %#" PRIx64 " place %u align %#" PRIx64 " first %#" PRIx64
	       " last %#" PRIx64 " boundary %#" PRIx64 " guard %#" PRIx64
	       " at %#" PRIx64 " seed %" PRIu64 "\n",
	       call, len, (unsigned)c->flags, c->align, c->first, c->last,
	       c->boundary, c->guard, c->at, c->seed);
}

static const char *do_alloc(struct string *t, struct side *s,
			    const struct record *r)
{
	uint64_t len = length_of(s, r), expected = 0, iova = 0;
	struct iolas_range_constraints c = constraints_of(s, r);
	int want = range_model_place(&s->model, len, &c, &expected);
	int status;

	if (t->is_printed)
		print_request("alloc", len, &c);
	status = iolas_range_alloc(s->space, len, &c, &iova);
	if (len == 0)
		return status == IOLAS_EINVAL ? NULL : "len 0 is accepted";
	if (status != want)
		return want == IOLAS_OK ? "alloc refuses what fits"
					: "alloc accepts what does not fit";
	if (status != IOLAS_OK) {
		s->model.fail_count++;
		return NULL;
	}
	if (c.flags == IOLAS_PLACE_RANDOM) {
		uint64_t index =
			(iova >> s->model.granule_lg2) - s->model.first;

		if (index >= s->model.count ||
		    range_model_address(&s->model, (unsigned)index) != iova ||
		    !range_model_fits_at(&s->model, len, &c, (unsigned)index))
			return "random does not fit";
	} else if (iova != expected) {
		return "alloc chooses another place";
	}
	range_model_take(&s->model, len, &c, iova);
	return NULL;
}

static const char *do_explain(struct string *t, struct side *s,
			      const struct record *r)
{
	uint64_t len = length_of(s, r);
	struct iolas_range_constraints c = constraints_of(s, r);

	if (t->is_printed)
		print_request("explain", len, &c);
	if (len == 0)
		return NULL;
	return range_model_judge(&s->model, s->space, len, &c);
}

/* A live range chosen by r->at, with its length spoilt now and then. */
static const char *do_free(struct string *t, struct side *s,
			   const struct record *r)
{
	uint64_t iova = address(s, r->at, r->jitter & 4 ? r->jitter : 0);
	uint64_t len = length_of(s, r);
	struct iolas_range_info info = { .struct_size = sizeof(info) };
	uint64_t g = range_model_address(&s->model, r->at % s->model.count);

	if ((r->jitter & 8) == 0 &&
	    iolas_range_next(s->space, g, &info) == IOLAS_OK) {
		iova = info.first;
		len = info.last - info.first + 1;
	}
	if (t->is_printed)
		printf("free %#" PRIx64 " len %#" PRIx64 "\n", iova, len);
	return iolas_range_free(s->space, iova, len) ==
			       range_model_free(&s->model, iova, len)
		       ? NULL
		       : "free's verdict is wrong";
}

static const char *do_reserve(struct string *t, struct side *s,
			      const struct record *r)
{
	uint64_t first = address(s, r->first, r->jitter);
	uint64_t last = address(s, r->last, r->jitter >> 2);

	if (s->model.window_count == RANGE_MODEL_WINDOWS)
		return NULL;
	if (t->is_printed)
		printf("reserve %#" PRIx64 "..%#" PRIx64 "\n", first, last);
	return iolas_range_reserve(s->space, first, last) ==
			       range_model_reserve(&s->model, first, last)
		       ? NULL
		       : "reserve's verdict is wrong";
}

static const char *do_unreserve(struct string *t, struct side *s,
				const struct record *r)
{
	uint64_t first = address(s, r->first, r->jitter);
	uint64_t last = address(s, r->last, r->jitter >> 2);

	if (s->model.window_count && (r->jitter & 16) == 0) {
		first = s->model.windows[r->at % s->model.window_count].first;
		last = s->model.windows[r->at % s->model.window_count].last;
	}
	if (t->is_printed)
		printf("unreserve %#" PRIx64 "..%#" PRIx64 "\n", first, last);
	return iolas_range_unreserve(s->space, first, last) ==
			       range_model_unreserve(&s->model, first, last)
		       ? NULL
		       : "unreserve's verdict is wrong";
}

static const char *do_record(struct string *t, const struct record *r)
{
	struct side *s = &t->sides[r->side];

	if (t->is_printed)
		printf("space %u: ", (unsigned)r->side);
	switch (r->call) {
	case 0:
		return do_reserve(t, s, r);
	case 1:
		return do_unreserve(t, s, r);
	case 2:
	case 3:
		return do_explain(t, s, r);
	case 4:
		if (t->is_printed)
			puts("trim");
		return iolas_range_trim(s->space) == IOLAS_OK ? NULL
							      : "trim fails";
	case 5:
	case 6:
	case 7:
	case 8:
		return do_free(t, s, r);
	default:
		return do_alloc(t, s, r);
	}
}

static void begin(struct string *t, unsigned i, uint8_t shape)
{
	struct side *s = &t->sides[i];
	const unsigned lg2 = shapes[shape % SHAPES].granule_lg2;
	const uint64_t first = shapes[shape % SHAPES].first;
	const unsigned count = shapes[shape % SHAPES].count;
	const struct iolas_range_config config = {
		.struct_size = sizeof(config),
		.first = first << lg2,
		.last = ((first + count) << lg2) - 1,
		.granule_lg2 = lg2,
	};

	range_model_init(&s->model, lg2, first, count);
	s->space = NULL;
	if (iolas_range_create(&t->host.table, &config, &s->space) != IOLAS_OK)
		abort();
	if (t->is_printed)
		printf("space %u: %#" PRIx64 "..%#" PRIx64 " granule 2^%u\n", i,
		       config.first, config.last, lg2);
}

static const char *run(struct string *t, const uint8_t *data, size_t bytes,
		       size_t *at)
{
	const char *wrong = NULL;

	if (bytes < RANGE_STRING_HEAD)
		return NULL;
	counting_host_init(&t->host);
	begin(t, 0, data[0]);
	begin(t, 1, data[1]);
	for (*at = 0; !wrong; ++*at) {
		size_t offset = RANGE_STRING_HEAD + *at * RANGE_STRING_RECORD;
		struct record r;

		if (offset + RANGE_STRING_RECORD > bytes)
			break;
		r = record_at(data + offset);
		wrong = do_record(t, &r);
		for (unsigned i = 0; i < 2 && !wrong; i++)
			wrong = range_model_compare(&t->sides[i].model,
						    t->sides[i].space);
		if (wrong)
			break;
	}
	for (unsigned i = 0; i < 2; i++) {
		int busy = t->sides[i].model.alloc_count !=
			   t->sides[i].model.free_count;

		if (!wrong && busy &&
		    iolas_range_destroy(t->sides[i].space) != IOLAS_EBUSY)
			wrong = "destroy takes live ranges away";
		iolas_range_destroy_all(t->sides[i].space);
	}
	counting_host_fini(&t->host);
	return wrong;
}

const char *range_string_run(const uint8_t *data, size_t bytes, size_t *at)
{
	struct string t = { .is_printed = false };

	return run(&t, data, bytes, at);
}

void range_string_print(const uint8_t *data, size_t bytes)
{
	struct string t = { .is_printed = true };
	size_t at;
	const char *wrong = run(&t, data, bytes, &at);

	printf("-> %s\n", wrong ? wrong : "nothing wrong");
}
