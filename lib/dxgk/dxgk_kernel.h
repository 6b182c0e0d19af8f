/* SPDX-License-Identifier: MIT */
/*
 * The kernel helpers inside: what a machine keeps for them, thread identity,
 * the dispatcher, pool, bug checks, formatted text.
 *
 * Locks, outer before inner: kernel->lock (registry, ports), kernel->pool_lock,
 * the dispatcher's (process-wide), then those of dxgk_priv.h's heap and tables.
 * Reports are filed with none of them held.
 */
#ifndef IOLAS_DXGK_DXGK_KERNEL_H
#define IOLAS_DXGK_DXGK_KERNEL_H

#include <stdarg.h>

#include <dxgk/iolas_dxgk_kernel.h>

#include "dxgk/dxgk_native.h"
#include "dxgk/dxgk_priv.h"

#define DXGK_KIND_KEY	 (DXGK_KIND_FREE + 32) /* object: the open key */
#define DXGK_KIND_THREAD (DXGK_KIND_FREE + 33) /* object: the thread */

struct iolas__dxgk_pool;
struct iolas__dxgk_key;
struct iolas__dxgk_open_key;
struct iolas__dxgk_property;

/* What a machine keeps; made by the first call that needs it. */
struct iolas__dxgk_kernel {
	struct iolas_dxgk_machine *machine;
	pthread_mutex_t pool_lock;
	struct iolas__dxgk_pool *pool;
	pthread_mutex_t lock;
	struct iolas__dxgk_key *keys;
	struct iolas__dxgk_open_key *open_keys;
	struct iolas__dxgk_property *properties;
	struct iolas_dxgk_ports ports;
	bool has_ports;
};

/* The machine's helpers; NULL: no memory for them. */
struct iolas__dxgk_kernel *
iolas__dxgk_kernel_of(struct iolas_dxgk_machine *machine);

/*
 * The machine of a call that does without one: that of the context, else the
 * current one, else NULL.  Reports nothing.
 */
struct iolas_dxgk_machine *iolas__dxgk_kernel_machine(void);

/* Files a violation of the calling driver. */
void iolas__dxgk_kernel_report(const struct iolas__dxgk_call *call,
			       uint32_t rule, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* As iolas__dxgk_irql_allows() for calls that need no machine. */
bool iolas__dxgk_kernel_irql(const struct iolas__dxgk_call *call,
			     uint8_t highest);

/* A number of the calling thread, not 0, never used again. */
uint64_t iolas__dxgk_thread_number(void);

/* Ends an open key's handle; DXGK_KIND_KEY is taken already. */
void iolas__dxgk_key_close(struct iolas__dxgk_handle *handle);
/* Keys that are still open: reported and closed. */
void iolas__dxgk_keys_report(struct iolas__dxgk_kernel *kernel);
/* The same for a thread's handle. */
void iolas__dxgk_thread_close(struct iolas__dxgk_handle *handle);
/* System threads that still run, or are still referenced: reported. */
void iolas__dxgk_threads_report(struct iolas_dxgk_machine *machine);

/* ---- the dispatcher: dxgk_ke_wait.c ---- */

/* DISPATCHER_HEADER.Type, with the mark in Reserved1. */
#define DXGK_OBJECT_MARK       0x6b
#define DXGK_EVENT_NOTIFY      1
#define DXGK_EVENT_SYNC	       2
#define DXGK_OBJECT_MUTEX      3
#define DXGK_OBJECT_SEMAPHORE  4
#define DXGK_OBJECT_THREAD     5
#define DXGK_TIMER_NOTIFY      6
#define DXGK_TIMER_SYNC	       7
#define DXGK_OBJECT_TYPE_COUNT 8

void iolas__dxgk_dispatcher_lock(void);
void iolas__dxgk_dispatcher_unlock(void);
/* Waits for @cond with the lock held; @deadline in monotonic ns, 0: none. */
void iolas__dxgk_dispatcher_sleep(pthread_cond_t *cond, uint64_t deadline);
/* A condition whose deadlines are monotonic. */
void iolas__dxgk_dispatcher_cond(pthread_cond_t *cond);

/* Lock held: writes a fresh header. */
void iolas__dxgk_object_init(DISPATCHER_HEADER *header, UCHAR type, LONG state);
/* Lock held: initialised, and of one of the types @first to @last. */
bool iolas__dxgk_object_is(const DISPATCHER_HEADER *header, UCHAR first,
			   UCHAR last);
/* Lock held: SignalState grew; threads whose waits are satisfied wake. */
void iolas__dxgk_object_signal(DISPATCHER_HEADER *header);
/* Files RULE_OBJECT: @what is no such object. */
void iolas__dxgk_object_bad(const struct iolas__dxgk_call *call,
			    const void *object, const char *what);

/* Mutexes and spin locks that the calling thread holds. */
int iolas__dxgk_mutexes_held(void);
void iolas__dxgk_mutexes_count(int change);
int iolas__dxgk_spin_locks_held(void);
void iolas__dxgk_spin_locks_count(int change);

/* Lock held: threads that wait for an object inside [at, at + bytes). */
uint64_t iolas__dxgk_waiters_in(const void *at, size_t bytes);

/* ---- time: dxgk_ke_time.c ---- */

uint64_t iolas__dxgk_now_ns(void);	/* monotonic */
uint64_t iolas__dxgk_system_time(void); /* 100 ns since 1601 */
/* The moment that a native timeout means, monotonic ns, not 0. */
uint64_t iolas__dxgk_deadline(LONGLONG timeout);

/* ---- deferred calls and timers: dxgk_ke_dpc.c, dxgk_ke_timer.c ---- */

/*
 * Takes every timer and DPC inside [at, at + bytes) out of its queue, and
 * counts the threads that wait there.  false: there was none of these.
 */
bool iolas__dxgk_queues_forget(const void *at, size_t bytes, uint64_t *timers,
			       uint64_t *dpcs, uint64_t *waiters);
/* Lock held. */
uint64_t iolas__dxgk_timers_forget(const void *at, size_t bytes);
/* Lock held: those whose DPC would run in the context of @adapter. */
uint64_t iolas__dxgk_timers_leave(const struct iolas_dxgk_adapter *adapter);
/*
 * The adapter goes: its queued DPCs have run on return, and its timers with
 * DPCs are out of the queue and reported.
 */
void iolas__dxgk_queues_leave(struct iolas_dxgk_adapter *adapter);
/* Lock held: expires what is due; the next due time, 0: none. */
uint64_t iolas__dxgk_timers_run(void);
/* Lock held: starts or wakes the worker.  false: it cannot be started. */
bool iolas__dxgk_worker_wake(void);
/* Lock held: queues it.  false: it was queued. */
bool iolas__dxgk_dpc_insert(PKDPC dpc, PVOID argument1, PVOID argument2);

/* ---- pool: dxgk_ex_pool.c ---- */

/* As ExAllocatePoolWithTag() and ExFreePool(), for other helpers. */
void *iolas__dxgk_pool_alloc(const struct iolas__dxgk_call *call, size_t bytes,
			     uint32_t tag);
void iolas__dxgk_pool_free(const struct iolas__dxgk_call *call, void *pool);
/*
 * Everything of these helpers that outlived the driver, pool, keys, threads:
 * reported and freed.  Declared in dxgk_loader.h too.
 */
void iolas__dxgk_pool_report(struct iolas_dxgk_machine *machine);

/* ---- the end: dxgk_ke_bugcheck.c ---- */

/* Goes to the innermost guard of this thread; returns if there is none. */
void iolas__dxgk_guard_leave(uint32_t code, uint64_t p1, uint64_t p2,
			     uint64_t p3, uint64_t p4);

/* ---- text: dxgk_rtl_format.c ---- */

/* One converted letter after the other; false ends the conversion. */
struct iolas__dxgk_sink {
	bool (*put)(struct iolas__dxgk_sink *sink, uint32_t letter);
	/* Arguments of %s and %c are wide; %S and %C the other way round. */
	bool is_wide;
};

/* va_list as a member, so that a pointer to it is one everywhere. */
struct iolas__dxgk_arguments {
	va_list list;
};

/* Of @format and @wide one is NULL.  false: the sink refused. */
bool iolas__dxgk_format(struct iolas__dxgk_sink *sink, const char *format,
			const WCHAR *wide,
			struct iolas__dxgk_arguments *arguments);

#endif /* IOLAS_DXGK_DXGK_KERNEL_H */
