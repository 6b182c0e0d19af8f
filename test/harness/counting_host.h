/* SPDX-License-Identifier: MIT */
/*
 * A host that counts, remembers and refuses.  It fills chunks with a pattern,
 * knows every live one, checks that each is given back exactly as it was taken,
 * and can refuse the n-th request.  A chunk given back wrongly ends the program
 * with a message.
 *
 * Two forms of physical addresses: pointers (linear), or scattered ones from
 * 1 TiB upwards that have nothing to do with pointers, so that code which
 * confuses the two breaks.
 *
 * Threads: any; the books are relaxed atomics, so that they lend no order to
 * the code under test.
 */
#ifndef TEST_HARNESS_COUNTING_HOST_H
#define TEST_HARNESS_COUNTING_HOST_H

#include <iolas/host.h>

#include <stdatomic.h>
#include <stdbool.h>

/* What a fresh chunk is full of. */
#define COUNTING_HOST_POISON 0xa5

/* Scattered physical addresses: where they start, bytes per chunk slot. */
#define COUNTING_HOST_FIRST_PA	 (UINT64_C(1) << 40)
#define COUNTING_HOST_SLOT_BYTES (UINT64_C(1) << 30)
#define COUNTING_HOST_SLOTS	 4096u

struct counting_host_slot;

struct counting_host {
	/* Give &table to the library; change it before if the test needs to. */
	struct iolas_host table;
	struct counting_host_slot *slots; /* NULL when linear */
	_Atomic(uint64_t) live_chunks;
	_Atomic(uint64_t) live_bytes;
	_Atomic(uint64_t) peak_bytes; /* largest live_bytes so far */
	_Atomic(uint64_t) requests; /* since the last counting_host_fail_*() */
	_Atomic(uint64_t) refused;  /* of those */
	_Atomic(uint64_t) fail_first; /* requests first..last are refused */
	_Atomic(uint64_t) fail_last;
};

/* Pointers are physical addresses. */
void counting_host_init(struct counting_host *host);
/* Physical addresses from COUNTING_HOST_FIRST_PA, in no order. */
void counting_host_init_scattered(struct counting_host *host);
/* Ends the program when a chunk is still live. */
void counting_host_fini(struct counting_host *host);

/* Restarts the count of requests and refuses the @nth, from 1; 0: none. */
void counting_host_fail_at(struct counting_host *host, uint64_t nth);
/* As above, and all that follow it. */
void counting_host_fail_from(struct counting_host *host, uint64_t nth);

/* true when nothing is live */
bool counting_host_is_empty(struct counting_host *host);

/*
 * Calls @attempt with its 1st request refused, then its 2nd, and so on, until
 * it gets through without meeting a refusal.  Each n is tried alone and with
 * everything after it refused too.
 *
 * @attempt answers a status; it compares the object before and after itself
 * and cleans up what it made.  A refusal has to end in IOLAS_ENOMEM, or in
 * IOLAS_OK where the code has another way; without a refusal only IOLAS_OK is
 * right.  Anything else, or chunks left behind, ends the program.
 *
 * Return: how many requests the undisturbed attempt makes.
 */
uint64_t counting_host_fail_each(struct counting_host *host,
				 int (*attempt)(struct counting_host *host,
						void *arg),
				 void *arg);

#endif /* TEST_HARNESS_COUNTING_HOST_H */
