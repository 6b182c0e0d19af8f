/* SPDX-License-Identifier: MIT */
/*
 * Epoch under fire: writers swap shared objects and retire the old ones, whose
 * callback poisons them; readers must never meet poison.  Once with a
 * process-wide barrier, once with fences, once all through unregistered
 * sections.  Bookkeeping is relaxed so that it lends no order to the code.
 * Floor: epoch.  Tools: TSan-clean.
 */
#include "epoch/epoch_priv.h"

#include "harness/check.h"
#include "harness/rng.h"

#include <pthread.h>

#define SHARED 8
#define SWAPS  30000
#define GOOD   UINT64_C(0x600d600d600d600d)
#define POISON UINT64_C(0xdeaddeaddeaddead)

struct object {
	struct iolas__epoch_node node;
	_Atomic(uint64_t) value; /* atomic: a found bug is not a race as well */
	struct object *next_free;
};

static struct iolas_host host;
static struct iolas__epoch epoch;
static _Atomic(struct object *) shared[SHARED];
static atomic_int stop;
static atomic_int with_readers;
static uint64_t seed;

static void poison(void *user, struct iolas__epoch_node *node)
{
	struct object *object = (struct object *)(void *)node;

	(void)user;
	iolas__store_relaxed(&object->value, POISON);
	free(object);
}

static struct object *make(void)
{
	struct object *object = malloc(sizeof(*object));

	CHECK_ANY_THREAD(object != NULL);
	iolas__store_relaxed(&object->value, GOOD);
	return object;
}

static void *read_all(void *arg)
{
	struct iolas__reader reader;
	struct iolas__section section;

	(void)arg;
	iolas__epoch_reader_add(&epoch, &reader);
	while (!iolas__load_relaxed(&stop)) {
		const bool own = iolas__load_relaxed(&with_readers);

		if (own)
			iolas__reader_begin(&reader);
		else
			iolas__epoch_enter(&epoch, &section);
		for (unsigned i = 0; i < SHARED; i++) {
			struct object *object = iolas__load_acquire(&shared[i]);

			for (unsigned again = 0; again < 4; again++)
				CHECK_ANY_THREAD(
					iolas__load_relaxed(&object->value) ==
					GOOD);
		}
		if (own)
			iolas__reader_end(&reader);
		else
			iolas__epoch_leave(&epoch, &section);
	}
	iolas__epoch_reader_remove(&reader);
	return NULL;
}

static void *swap_all(void *arg)
{
	struct rng rng = { seed + (uintptr_t)arg };

	for (unsigned i = 0; i < SWAPS; i++) {
		struct object *old = iolas__exchange_acq_rel(
			&shared[rng_below(&rng, SHARED)], make());

		iolas__epoch_retire(&epoch, &old->node, poison, NULL);
		if (rng_below(&rng, 16) == 0)
			iolas__epoch_poll(&epoch);
		if (rng_below(&rng, 4096) == 0)
			CHECK_ANY_THREAD(iolas__epoch_synchronize(
						 &epoch, NULL) == IOLAS_OK);
	}
	return NULL;
}

/* @lanes: threads without a reader have numbers, else they share slots. */
static void run(bool barrier, bool readers, bool lanes)
{
	pthread_t reader[3], writer[2];

	host = *iolas_host_libc();
	if (!barrier)
		host.barrier_all = NULL;
	if (!lanes)
		host.cpu_enter = NULL;
	iolas__epoch_init(&epoch, &host);
	iolas__store_relaxed(&stop, 0);
	iolas__store_relaxed(&with_readers, readers);
	for (unsigned i = 0; i < SHARED; i++)
		iolas__store_release(&shared[i], make());
	for (unsigned i = 0; i < 3; i++)
		CHECK_EQ(pthread_create(&reader[i], NULL, read_all, NULL), 0);
	for (uintptr_t i = 0; i < 2; i++)
		CHECK_EQ(pthread_create(&writer[i], NULL, swap_all, (void *)i),
			 0);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(writer[i], NULL);
	iolas__store_relaxed(&stop, 1);
	for (unsigned i = 0; i < 3; i++)
		pthread_join(reader[i], NULL);
	for (unsigned i = 0; i < SHARED; i++)
		free(iolas__load_acquire(&shared[i]));
	iolas__epoch_fini(&epoch);
	CHECK_EQ(iolas__epoch_pending(&epoch), 0);
}

static void readers_never_meet_poison_with_a_barrier(void **state)
{
	(void)state;
	run(true, true, true);
}

static void readers_never_meet_poison_with_fences(void **state)
{
	(void)state;
	run(false, true, true);
}

static void sections_never_meet_poison_in_lanes_or_slots(void **state)
{
	(void)state;
	run(true, false, true);
	run(false, false, true);
	run(true, false, false);
	run(false, false, false);
}

int main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(readers_never_meet_poison_with_a_barrier),
		CASE(readers_never_meet_poison_with_fences),
		CASE(sections_never_meet_poison_in_lanes_or_slots),
	};
	struct rng rng = rng_seed(20);

	seed = rng_next(&rng);
	return cmocka_run_group_tests(cases, NULL, NULL) != 0;
}
