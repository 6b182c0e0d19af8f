/* SPDX-License-Identifier: MIT */
/*
 * Books of the counting host.  Behind each chunk stands a note of what was
 * handed out; the free has to agree with it.  The scattered form keeps a table
 * of slots, one gigabyte of physical addresses each, in a shuffled order.
 */
#include "harness/counting_host.h"

#include "base/asan.h"

#include "harness/check.h"

#include <inttypes.h>
#include <string.h>

#define NOTE_MAGIC UINT64_C(0x696f6c61736e6f74)

/*
 * Behind the chunk's bytes, after what is left of 8.  Nobody but us reads it:
 * the sanitizer takes it for the end of the chunk.
 */
struct note {
	uint64_t magic;
	void *chunk;
	uint64_t bytes;
	iolas_pa pa;
};

/* chunk is NULL while the slot is free; TAKEN while it is being filled. */
struct counting_host_slot {
	_Atomic(unsigned char *) chunk;
	_Atomic(uint64_t) bytes;
};

#define TAKEN	    ((unsigned char *)1)

#define LOAD(p)	    atomic_load_explicit((p), memory_order_relaxed)
#define STORE(p, v) atomic_store_explicit((p), (v), memory_order_relaxed)
#define ADD(p, v)   atomic_fetch_add_explicit((p), (v), memory_order_relaxed)
#define SUB(p, v)   atomic_fetch_sub_explicit((p), (v), memory_order_relaxed)

static void die(const char *what, const void *chunk, uint64_t bytes)
{
	fprintf(stderr, "counting_host: %s (chunk %p, %" PRIu64 " bytes)\n",
		what, chunk, bytes);
	abort();
}

static bool is_refused(struct counting_host *host)
{
	const uint64_t number = ADD(&host->requests, 1) + 1;

	if (number < LOAD(&host->fail_first) || number > LOAD(&host->fail_last))
		return false;
	ADD(&host->refused, 1);
	return true;
}

static void raise_peak(struct counting_host *host, uint64_t now)
{
	uint64_t peak = LOAD(&host->peak_bytes);

	while (peak < now &&
	       !atomic_compare_exchange_weak_explicit(&host->peak_bytes, &peak,
						      now, memory_order_relaxed,
						      memory_order_relaxed))
		;
}

/* Neighbouring chunks get distant addresses: an odd factor permutes slots. */
static iolas_pa slot_pa(unsigned slot)
{
	return COUNTING_HOST_FIRST_PA +
	       (iolas_pa)(slot * 2731u % COUNTING_HOST_SLOTS) *
		       COUNTING_HOST_SLOT_BYTES;
}

static struct counting_host_slot *slot_at(struct counting_host *host,
					  iolas_pa pa)
{
	/* 3 * 2731 == 8193 == 1 modulo 4096. */
	const uint64_t shuffled =
		(pa - COUNTING_HOST_FIRST_PA) / COUNTING_HOST_SLOT_BYTES;

	if (pa < COUNTING_HOST_FIRST_PA || shuffled >= COUNTING_HOST_SLOTS)
		return NULL;
	return &host->slots[shuffled * 3 % COUNTING_HOST_SLOTS];
}

static bool scatter(struct counting_host *host, unsigned char *chunk,
		    uint64_t bytes, iolas_pa *pa)
{
	for (unsigned i = 0; i < COUNTING_HOST_SLOTS; i++) {
		struct counting_host_slot *slot = &host->slots[i];
		unsigned char *seen = NULL;

		if (LOAD(&slot->chunk) || bytes > COUNTING_HOST_SLOT_BYTES)
			continue;
		if (!atomic_compare_exchange_strong_explicit(
			    &slot->chunk, &seen, TAKEN, memory_order_relaxed,
			    memory_order_relaxed))
			continue;
		STORE(&slot->bytes, bytes);
		STORE(&slot->chunk, chunk);
		*pa = slot_pa(i);
		return true;
	}
	return false;
}

/* Where the note of a chunk of @bytes stands. */
static unsigned char *note_of(void *chunk, size_t bytes)
{
	return (unsigned char *)chunk + ((bytes + 7) & ~(size_t)7);
}

static size_t bytes_with_note(size_t bytes)
{
	return ((bytes + 7) & ~(size_t)7) + sizeof(struct note);
}

static void *counted_alloc(void *user, size_t bytes, size_t align, iolas_pa *pa)
{
	struct counting_host *host = user;
	const struct iolas_host *libc = iolas_host_libc();
	struct note note = { .magic = NOTE_MAGIC, .bytes = bytes };
	unsigned char *chunk;

	if (bytes == 0 || (align & (align - 1)) != 0 || align == 0 ||
	    align > (1u << 20))
		die("request out of contract", NULL, bytes);
	if (is_refused(host) || bytes > SIZE_MAX / 2)
		return NULL;
	chunk = libc->chunk_alloc(libc->user, bytes_with_note(bytes), align,
				  &note.pa);
	if (!chunk)
		return NULL;
	if (host->slots && !scatter(host, chunk, bytes, &note.pa)) {
		libc->chunk_free(libc->user, chunk, bytes_with_note(bytes));
		return NULL;
	}
	note.chunk = chunk;
	memset(chunk, COUNTING_HOST_POISON, bytes);
	memcpy(note_of(chunk, bytes), &note, sizeof(note));
	iolas__asan_poison(note_of(chunk, bytes), sizeof(note));
	ADD(&host->live_chunks, 1);
	raise_peak(host, ADD(&host->live_bytes, bytes) + bytes);
	*pa = note.pa;
	return chunk;
}

static void counted_free(void *user, void *chunk, size_t bytes)
{
	struct counting_host *host = user;
	const struct iolas_host *libc = iolas_host_libc();
	struct note note;

	if (!chunk || bytes == 0)
		die("nothing given back", chunk, bytes);
	iolas__asan_unpoison(note_of(chunk, bytes), sizeof(note));
	memcpy(&note, note_of(chunk, bytes), sizeof(note));
	if (note.magic != NOTE_MAGIC || note.chunk != chunk ||
	    note.bytes != bytes)
		die("not given back as it was taken", chunk, bytes);
	if (host->slots)
		STORE(&slot_at(host, note.pa)->chunk, NULL);
	SUB(&host->live_chunks, 1);
	SUB(&host->live_bytes, bytes);
	libc->chunk_free(libc->user, chunk, bytes_with_note(bytes));
}

static void *scattered_pa_to_ptr(void *user, iolas_pa pa, size_t bytes)
{
	struct counting_host *host = user;
	struct counting_host_slot *slot = slot_at(host, pa);
	const uint64_t offset = pa % COUNTING_HOST_SLOT_BYTES;
	unsigned char *chunk = slot ? LOAD(&slot->chunk) : NULL;

	if (!chunk || chunk == TAKEN)
		die("no chunk at this physical address", (void *)(uintptr_t)pa,
		    bytes);
	if (bytes > LOAD(&slot->bytes) || offset > LOAD(&slot->bytes) - bytes)
		die("outside the chunk at this physical address",
		    (void *)(uintptr_t)pa, bytes);
	return chunk + offset;
}

void counting_host_init(struct counting_host *host)
{
	memset(host, 0, sizeof(*host));
	host->table = *iolas_host_libc();
	host->table.user = host;
	host->table.chunk_alloc = counted_alloc;
	host->table.chunk_free = counted_free;
}

void counting_host_init_scattered(struct counting_host *host)
{
	counting_host_init(host);
	host->slots = calloc(COUNTING_HOST_SLOTS, sizeof(*host->slots));
	if (!host->slots)
		die("no memory for the slots", NULL, 0);
	host->table.flags &= ~IOLAS_HOST_LINEAR;
	host->table.pa_to_ptr = scattered_pa_to_ptr;
}

bool counting_host_is_empty(struct counting_host *host)
{
	return LOAD(&host->live_chunks) == 0 && LOAD(&host->live_bytes) == 0;
}

void counting_host_fini(struct counting_host *host)
{
	if (!counting_host_is_empty(host))
		die("chunks are still live at the end", NULL,
		    LOAD(&host->live_bytes));
	free(host->slots);
	host->slots = NULL;
}

static void refuse(struct counting_host *host, uint64_t first, uint64_t last)
{
	STORE(&host->fail_first, first);
	STORE(&host->fail_last, last);
	STORE(&host->requests, 0);
	STORE(&host->refused, 0);
}

void counting_host_fail_at(struct counting_host *host, uint64_t nth)
{
	/* Requests count from 1, so 0..0 refuses none. */
	refuse(host, nth, nth);
}

void counting_host_fail_from(struct counting_host *host, uint64_t nth)
{
	refuse(host, nth, nth ? UINT64_MAX : 0);
}

/* One attempt; true when it met a refusal. */
static bool try_once(struct counting_host *host,
		     int (*attempt)(struct counting_host *, void *), void *arg)
{
	const uint64_t chunks = LOAD(&host->live_chunks);
	const uint64_t bytes = LOAD(&host->live_bytes);
	const int status = attempt(host, arg);
	const bool was_refused = LOAD(&host->refused) != 0;

	if (status != IOLAS_OK && !(was_refused && status == IOLAS_ENOMEM)) {
		fprintf(stderr,
			"counting_host: status %d after %" PRIu64
			" requests, %" PRIu64 " refused from number %" PRIu64
			"\n",
			status, LOAD(&host->requests), LOAD(&host->refused),
			LOAD(&host->fail_first));
		abort();
	}
	if (LOAD(&host->live_chunks) != chunks ||
	    LOAD(&host->live_bytes) != bytes)
		die("an attempt left chunks behind", NULL,
		    LOAD(&host->live_bytes));
	return was_refused;
}

uint64_t counting_host_fail_each(struct counting_host *host,
				 int (*attempt)(struct counting_host *, void *),
				 void *arg)
{
	bool was_refused = true;
	uint64_t requests;

	for (uint64_t nth = 1; was_refused; nth++) {
		counting_host_fail_at(host, nth);
		was_refused = try_once(host, attempt, arg);
		counting_host_fail_from(host, nth);
		was_refused |= try_once(host, attempt, arg);
	}
	requests = LOAD(&host->requests);
	counting_host_fail_at(host, 0);
	return requests;
}
