/* SPDX-License-Identifier: MIT */
/*
 * The embedder's table: what is accepted, what is refused, and that optional
 * callbacks are optional.
 * Floor: host.
 */
#include "host/host_priv.h"

#include "harness/check.h"
#include "harness/counting_host.h"

#include <string.h>

/* What the first form of the table had: barrier_all was its last field. */
#define FIRST_BYTES offsetof(struct iolas_host, thread_id)

static unsigned cpu_enter(void *user)
{
	(void)user;
	return 0;
}

static void cpu_leave(void *user, unsigned cpu)
{
	(void)user;
	(void)cpu;
}

/* What reading @given answers; a refusal leaves the copy alone. */
static int read_table(const struct iolas_host *given)
{
	struct iolas_host copy, untouched;
	int status;

	memset(&copy, 0x33, sizeof(copy));
	memcpy(&untouched, &copy, sizeof(copy));
	status = iolas__host_read(&copy, given);
	if (status)
		CHECK_MEM(&copy, &untouched, sizeof(copy));
	else
		CHECK(copy.chunk_alloc == given->chunk_alloc);
	return status;
}

static void the_default_tables_are_accepted(void **state)
{
	struct counting_host host;

	(void)state;
	CHECK_EQ(read_table(iolas_host_libc()), IOLAS_OK);
	counting_host_init_scattered(&host);
	CHECK_EQ(read_table(&host.table), IOLAS_OK);
	counting_host_fini(&host);
}

static void required_callbacks_are_required(void **state)
{
	struct iolas_host host = *iolas_host_libc();

	(void)state;
	CHECK_EQ(read_table(NULL), IOLAS_EINVAL);
	host.chunk_alloc = NULL;
	CHECK_EQ(read_table(&host), IOLAS_EINVAL);
	host = *iolas_host_libc();
	host.chunk_free = NULL;
	CHECK_EQ(read_table(&host), IOLAS_EINVAL);
}

static void a_host_says_how_physical_addresses_become_pointers(void **state)
{
	struct iolas_host host = *iolas_host_libc();

	(void)state;
	/* Linear: the callback is not needed, the bias is used. */
	host.pa_to_ptr = NULL;
	host.pa_bias = 0x1000;
	CHECK_EQ(read_table(&host), IOLAS_OK);
	/* Not linear: the callback is needed, a bias means nothing. */
	host = *iolas_host_libc();
	host.flags = 0;
	CHECK_EQ(read_table(&host), IOLAS_OK);
	host.pa_bias = 0x1000;
	CHECK_EQ(read_table(&host), IOLAS_EINVAL);
	host.pa_bias = 0;
	host.pa_to_ptr = NULL;
	CHECK_EQ(read_table(&host), IOLAS_EINVAL);
}

static void unknown_flags_are_refused(void **state)
{
	struct iolas_host host = *iolas_host_libc();

	(void)state;
	for (unsigned bit = 1; bit < 32; bit++) {
		host.flags = IOLAS_HOST_LINEAR | 1u << bit;
		CHECK_EQ(read_table(&host), IOLAS_EINVAL);
	}
}

static void leaving_a_cpu_goes_with_entering_it(void **state)
{
	struct iolas_host host = *iolas_host_libc();

	(void)state;
	host.cpu_enter = cpu_enter;
	host.cpu_leave = cpu_leave;
	CHECK_EQ(read_table(&host), IOLAS_OK);
	host.cpu_leave = NULL; /* nothing to do there */
	CHECK_EQ(read_table(&host), IOLAS_OK);
	host.cpu_enter = NULL;
	CHECK_EQ(read_table(&host), IOLAS_OK);
	host.cpu_leave = cpu_leave;
	CHECK_EQ(read_table(&host), IOLAS_EINVAL);
}

static void the_table_may_grow_but_not_shrink(void **state)
{
	struct {
		struct iolas_host host;
		uint64_t tail;
	} longer = { *iolas_host_libc(), 0 };
	struct iolas_host host = *iolas_host_libc();
	struct iolas_host copy;

	(void)state;
	longer.host.struct_size = sizeof(longer);
	CHECK_EQ(iolas__host_read(&copy, &longer.host), IOLAS_OK);
	CHECK_EQ(copy.struct_size, sizeof(copy));
	longer.tail = UINT64_C(1) << 63;
	CHECK_EQ(read_table(&longer.host), IOLAS_EINVAL);
	for (uint32_t size = 0; size < FIRST_BYTES; size++) {
		host.struct_size = size;
		CHECK_EQ(read_table(&host), IOLAS_EINVAL);
	}
	/* Half a field is garbage, a missing one is a missing callback. */
	for (uint32_t size = FIRST_BYTES; size <= sizeof(host); size++) {
		host.struct_size = size;
		CHECK_EQ(read_table(&host), size % 8 ? IOLAS_EINVAL : IOLAS_OK);
	}
	host.struct_size = FIRST_BYTES;
	CHECK_EQ(iolas__host_read(&copy, &host), IOLAS_OK);
	CHECK(copy.barrier_all == host.barrier_all && !copy.thread_id);
	host.struct_size = UINT32_MAX;
	CHECK_EQ(read_table(&host), IOLAS_EINVAL);
}

static void an_object_is_zero_and_on_its_own_cache_lines(void **state)
{
	struct counting_host host;

	(void)state;
	counting_host_init(&host);
	CHECK(!iolas__host_object_alloc(&host.table, 0));
	for (size_t bytes = 1; bytes < 10000; bytes += 333) {
		unsigned char *object =
			iolas__host_object_alloc(&host.table, bytes);

		CHECK(object && (uintptr_t)object % 64 == 0);
		for (size_t i = 0; i < bytes; i++)
			CHECK(object[i] == 0);
		iolas__host_object_free(&host.table, object, bytes);
	}
	counting_host_fail_at(&host, 1);
	CHECK(!iolas__host_object_alloc(&host.table, 64));
	iolas__host_object_free(&host.table, NULL, 64);
	counting_host_fini(&host);
}

/* A host whose chunks are off by a little: pointer and address. */
static struct {
	struct counting_host books;
	size_t pointer_off;
	iolas_pa pa_off;
} careless;

static void *careless_alloc(void *user, size_t bytes, size_t align,
			    iolas_pa *pa)
{
	const struct iolas_host *books = &careless.books.table;
	unsigned char *chunk;

	(void)user;
	chunk = books->chunk_alloc(books->user, bytes + 4096, align, pa);
	*pa += careless.pa_off;
	return chunk + careless.pointer_off;
}

static void careless_free(void *user, void *chunk, size_t bytes)
{
	const struct iolas_host *books = &careless.books.table;

	(void)user;
	books->chunk_free(books->user,
			  (unsigned char *)chunk - careless.pointer_off,
			  bytes + 4096);
}

/* true when the library takes a chunk that is off by so much */
static bool takes_chunk(struct iolas_host *host, size_t pointer_off,
			iolas_pa pa_off)
{
	iolas_pa pa = 42;
	void *chunk;

	careless.pointer_off = pointer_off;
	careless.pa_off = pa_off;
	chunk = iolas__host_chunk_alloc(host, 64, 64, &pa);
	if (!chunk) {
		CHECK_EQ(pa, 42);
		CHECK(counting_host_is_empty(&careless.books));
		return false;
	}
	host->chunk_free(host->user, chunk, 64);
	return true;
}

static void a_chunk_that_is_not_as_asked_for_goes_back(void **state)
{
	struct iolas_host host;

	(void)state;
	counting_host_init(&careless.books);
	host = careless.books.table;
	host.chunk_alloc = careless_alloc;
	host.chunk_free = careless_free;
	CHECK(takes_chunk(&host, 0, 0));
	CHECK(takes_chunk(&host, 64, 64));
	CHECK(!takes_chunk(&host, 8, 8));  /* both unaligned */
	CHECK(!takes_chunk(&host, 0, 64)); /* not linear */
	CHECK(!takes_chunk(&host, 64, 0));
	host.pa_bias = 128;
	CHECK(!takes_chunk(&host, 0, 0)); /* not by that bias */
	CHECK(takes_chunk(&host, 128, 0));
	/* Not linear: only alignment is promised. */
	host.flags = 0;
	host.pa_bias = 0;
	CHECK(takes_chunk(&host, 0, 64));
	CHECK(!takes_chunk(&host, 0, 32));
	CHECK(!takes_chunk(&host, 32, 0));
	counting_host_fini(&careless.books);
}

static struct {
	int level;
	const char *text;
	const void *flushed;
	size_t bytes;
	unsigned turn;
} seen;

static void note_log(void *user, int level, const char *text)
{
	CHECK(user == &seen);
	seen.level = level;
	seen.text = text;
}

static void note_flush(void *user, const void *addr, size_t bytes)
{
	CHECK(user == &seen);
	seen.flushed = addr;
	seen.bytes = bytes;
}

static void note_relax(void *user, unsigned turn)
{
	CHECK(user == &seen);
	seen.turn = turn;
}

static void optional_callbacks_are_called_when_they_are_there(void **state)
{
	struct iolas_host host = {
		.user = &seen,
		.log = note_log,
		.cache_flush = note_flush,
		.relax = note_relax,
	};

	(void)state;
	iolas__host_log(&host, IOLAS_LOG_WARNING, "text");
	CHECK(seen.level == IOLAS_LOG_WARNING);
	CHECK_STR(seen.text, "text");
	iolas__host_flush(&host, &host, 17);
	CHECK(seen.flushed == &host && seen.bytes == 17);
	iolas__host_relax(&host, 99);
	CHECK_EQ(seen.turn, 99);
}

static void optional_callbacks_may_be_missing(void **state)
{
	const struct iolas_host host = { 0 };

	(void)state;
	iolas__host_log(&host, IOLAS_LOG_ERROR, "nobody hears this");
	iolas__host_flush(&host, &host, sizeof(host));
	iolas__host_relax(&host, 0);
}

RUN_CASES(CASE(the_default_tables_are_accepted),
	  CASE(required_callbacks_are_required),
	  CASE(a_host_says_how_physical_addresses_become_pointers),
	  CASE(unknown_flags_are_refused),
	  CASE(leaving_a_cpu_goes_with_entering_it),
	  CASE(the_table_may_grow_but_not_shrink),
	  CASE(an_object_is_zero_and_on_its_own_cache_lines),
	  CASE(a_chunk_that_is_not_as_asked_for_goes_back),
	  CASE(optional_callbacks_are_called_when_they_are_there),
	  CASE(optional_callbacks_may_be_missing))
