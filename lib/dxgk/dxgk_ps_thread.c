/* SPDX-License-Identifier: MIT */
/*
 * System threads: one pthread each, an object that can be waited for, counted
 * references (spec/dxgk-miniport.md, section 5).  A thread works in the context
 * of the driver that made it.
 */
#include "dxgk/dxgk_kernel.h"

#include <setjmp.h>
#include <stdlib.h>

struct thread {
	DISPATCHER_HEADER header; /* first: what drivers wait for */
	struct thread *next;
	uint64_t references; /* its own while it runs, the handle's, drivers' */
	bool is_running;
	bool has_handle;
	uint64_t handle;
	struct iolas_dxgk_machine *machine;
	struct iolas_dxgk_adapter *context;
	PKSTART_ROUTINE start;
	PVOID start_context;
	NTSTATUS exit_status;
	jmp_buf end;
	struct iolas__dxgk_call made;
};

struct _OBJECT_TYPE {
	const char *name;
};

static OBJECT_TYPE thread_type = { "Thread" };
static OBJECT_TYPE event_type = { "Event" };
static POBJECT_TYPE thread_type_pointer = &thread_type;
static POBJECT_TYPE event_type_pointer = &event_type;
POBJECT_TYPE *PsThreadType = &thread_type_pointer;
POBJECT_TYPE *ExEventObjectType = &event_type_pointer;

/* Taken inside no other lock, and none inside it but the dispatcher's. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct thread *threads;
static _Thread_local struct thread *self;

/* Lock held: drops references; the thread to free, if they were the last. */
static struct thread *drop(struct thread *thread, uint64_t count)
{
	struct thread **at = &threads;

	thread->references -= count;
	if (thread->references)
		return NULL;
	while (*at != thread)
		at = &(*at)->next;
	*at = thread->next;
	return thread;
}

static void report(const struct iolas__dxgk_call *call,
		   const struct thread *thread, uint32_t rule, const char *what)
{
	iolas__dxgk_report(
		&(struct iolas__dxgk_report){ .machine = thread->machine,
					      .call = call,
					      .rule = rule,
					      .made_site = thread->made.site },
		"system thread with handle 0x%llx: %s",
		(unsigned long long)thread->handle, what);
}

/* What a thread must not keep beyond its end. */
static void check_end(const struct thread *thread)
{
	static const struct iolas__dxgk_call call = { "PsTerminateSystemThread",
						      NULL };

	if (iolas_dxgk_irql() != PASSIVE_LEVEL)
		report(&call, thread, IOLAS_DXGK_RULE_THREAD,
		       "ends above PASSIVE_LEVEL");
	if (iolas__dxgk_spin_locks_held())
		report(&call, thread, IOLAS_DXGK_RULE_THREAD,
		       "ends with a spin lock held");
	if (iolas__dxgk_mutexes_held())
		report(&call, thread, IOLAS_DXGK_RULE_THREAD,
		       "ends with a mutex held");
}

static void *run(void *argument)
{
	struct thread *thread = argument;
	struct thread *last;

	self = thread;
	iolas__dxgk_set_context(thread->context);
	if (!setjmp(thread->end))
		thread->start(thread->start_context);
	check_end(thread);
	iolas__dxgk_set_context(NULL);
	/* Ended and signalled at once: who was woken finds it not running. */
	pthread_mutex_lock(&lock);
	thread->is_running = false;
	iolas__dxgk_dispatcher_lock();
	thread->header.SignalState = 1;
	iolas__dxgk_object_signal(&thread->header);
	iolas__dxgk_dispatcher_unlock();
	last = drop(thread, 1);
	pthread_mutex_unlock(&lock);
	free(last);
	return NULL;
}

/* Starts the thread that is in the list.  false: it cannot be. */
static bool launch(struct thread *thread)
{
	pthread_attr_t attributes;
	pthread_t id;
	int error;

	if (pthread_attr_init(&attributes))
		return false;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&id, &attributes, run, thread);
	pthread_attr_destroy(&attributes);
	return !error;
}

static struct thread *make(const struct iolas__dxgk_call *call,
			   struct iolas_dxgk_machine *machine,
			   PKSTART_ROUTINE start, PVOID start_context)
{
	struct thread *thread = calloc(1, sizeof(*thread));

	if (!thread)
		return NULL;
	iolas__dxgk_dispatcher_lock();
	iolas__dxgk_object_init(&thread->header, DXGK_OBJECT_THREAD, 0);
	iolas__dxgk_dispatcher_unlock();
	thread->references = 2;
	thread->is_running = true;
	thread->has_handle = true;
	thread->machine = machine;
	thread->context = iolas__dxgk_context();
	thread->start = start;
	thread->start_context = start_context;
	thread->made = *call;
	thread->handle = iolas__dxgk_handle_make(
		iolas__dxgk_wide(), call,
		&(struct iolas__dxgk_handle){ .kind = DXGK_KIND_THREAD,
					      .object = thread });
	if (!thread->handle) {
		free(thread);
		return NULL;
	}
	pthread_mutex_lock(&lock);
	thread->next = threads;
	threads = thread;
	pthread_mutex_unlock(&lock);
	return thread;
}

static void unmake(struct thread *thread)
{
	struct thread *last;

	iolas__dxgk_handle_end(iolas__dxgk_wide(), thread->handle);
	pthread_mutex_lock(&lock);
	last = drop(thread, thread->references);
	pthread_mutex_unlock(&lock);
	free(last);
}

NTSTATUS NTAPI PsCreateSystemThread(PHANDLE ThreadHandle, ULONG DesiredAccess,
				    POBJECT_ATTRIBUTES ObjectAttributes,
				    HANDLE ProcessHandle, PCLIENT_ID ClientId,
				    PKSTART_ROUTINE StartRoutine,
				    PVOID StartContext)
{
	DXGK_CALL("PsCreateSystemThread");
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(&call);
	NTSTATUS status = STATUS_SUCCESS;
	struct thread *thread;
	HANDLE handle;

	(void)DesiredAccess;
	(void)ObjectAttributes;
	(void)ProcessHandle;
	if (!ThreadHandle || !StartRoutine) {
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_BAD_ARGUMENT,
					  "no place for the handle, or no "
					  "routine");
		return STATUS_INVALID_PARAMETER;
	}
	if (!machine ||
	    !iolas__dxgk_irql_allows(&call, machine, NULL, IOLAS_DXGK_PASSIVE))
		return STATUS_INVALID_DEVICE_STATE;
	if (iolas__dxgk_plan_fails(machine, call.name, 0, &status))
		return status;
	thread = make(&call, machine, StartRoutine, StartContext);
	if (!thread)
		return STATUS_INSUFFICIENT_RESOURCES;
	/* Once launched it may be gone. */
	handle = dxgk_handle_out(thread->handle);
	if (!launch(thread)) {
		unmake(thread);
		return STATUS_INSUFFICIENT_RESOURCES;
	}
	if (ClientId)
		*ClientId = (CLIENT_ID){ NULL, handle };
	*ThreadHandle = handle;
	return STATUS_SUCCESS;
}

NTSTATUS NTAPI PsTerminateSystemThread(NTSTATUS ExitStatus)
{
	DXGK_CALL("PsTerminateSystemThread");

	if (!self) {
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_BAD_ARGUMENT,
					  "this is no system thread");
		return STATUS_INVALID_PARAMETER;
	}
	self->exit_status = ExitStatus;
	longjmp(self->end, 1);
}

void iolas__dxgk_thread_close(struct iolas__dxgk_handle *handle)
{
	struct thread *thread = handle->object;
	struct thread *last;

	iolas__dxgk_handle_end(iolas__dxgk_wide(), handle->handle);
	pthread_mutex_lock(&lock);
	thread->has_handle = false;
	last = drop(thread, 1);
	pthread_mutex_unlock(&lock);
	free(last);
}

/* Under the handle table's lock: the handle cannot be closed meanwhile. */
static void reference(void *object, void *unused)
{
	struct thread *thread = object;

	(void)unused;
	pthread_mutex_lock(&lock);
	thread->references++;
	pthread_mutex_unlock(&lock);
}

NTSTATUS NTAPI ObReferenceObjectByHandle(
	HANDLE Handle, ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType,
	KPROCESSOR_MODE AccessMode, PVOID *Object,
	POBJECT_HANDLE_INFORMATION HandleInformation)
{
	DXGK_CALL("ObReferenceObjectByHandle");
	struct iolas__dxgk_handle copy;
	int verdict;

	(void)AccessMode;
	if (!Object) {
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_BAD_ARGUMENT,
					  "no place for the object");
		return STATUS_INVALID_PARAMETER;
	}
	*Object = NULL;
	if (!iolas__dxgk_kernel_irql(&call, IOLAS_DXGK_PASSIVE))
		return STATUS_INVALID_DEVICE_STATE;
	if (ObjectType && ObjectType != &thread_type)
		return STATUS_OBJECT_TYPE_MISMATCH;
	verdict = iolas__dxgk_handle_find(
		iolas__dxgk_wide(), dxgk_handle_in(Handle), DXGK_KIND_THREAD,
		NULL, &copy, reference, NULL);
	if (verdict == DXGK_HANDLE_KIND)
		return STATUS_OBJECT_TYPE_MISMATCH;
	if (verdict != DXGK_HANDLE_FOUND) {
		iolas__dxgk_handle_report(&call, NULL, verdict,
					  dxgk_handle_in(Handle), &copy,
					  "the handle of a thread");
		return STATUS_INVALID_HANDLE;
	}
	if (HandleInformation)
		*HandleInformation =
			(OBJECT_HANDLE_INFORMATION){ 0, DesiredAccess };
	*Object = copy.object;
	return STATUS_SUCCESS;
}

/* References that are neither the thread's own nor its handle's. */
static uint64_t lent(const struct thread *thread)
{
	return thread->references - thread->is_running - thread->has_handle;
}

LONG_PTR NTAPI ObDereferenceObject(PVOID Object)
{
	DXGK_CALL("ObDereferenceObject");
	struct thread *thread, *last = NULL;
	LONG_PTR left = 0;
	bool is_lent;

	iolas__dxgk_kernel_irql(&call, IOLAS_DXGK_DISPATCH);
	pthread_mutex_lock(&lock);
	thread = threads;
	while (thread && (PVOID)thread != Object)
		thread = thread->next;
	is_lent = thread && lent(thread);
	if (is_lent) {
		left = (LONG_PTR)thread->references - 1;
		last = drop(thread, 1);
	}
	pthread_mutex_unlock(&lock);
	free(last);
	if (!is_lent)
		iolas__dxgk_kernel_report(
			&call, IOLAS_DXGK_RULE_OBJECT_REFERENCE,
			"%p is no object that was referenced", Object);
	return left;
}

/* A thread of the machine that somebody forgot, referenced; NULL: none. */
static struct thread *find_leftover(const struct iolas_dxgk_machine *machine,
				    struct thread *copy)
{
	struct thread *thread;

	pthread_mutex_lock(&lock);
	thread = threads;
	while (thread && thread->machine != machine)
		thread = thread->next;
	if (thread) {
		*copy = *thread;
		thread->references++;
		thread->machine = NULL; /* reported once */
	}
	pthread_mutex_unlock(&lock);
	return thread;
}

/* Takes all references but a running thread's own. */
static void end_leftover(struct thread *thread)
{
	struct thread *last;

	pthread_mutex_lock(&lock);
	last = drop(thread, thread->references - thread->is_running);
	pthread_mutex_unlock(&lock);
	free(last);
}

static void close_leftover(uint64_t handle)
{
	const struct iolas__dxgk_call call = { "DxgkDdiUnload", NULL };
	struct iolas__dxgk_handle copy;

	if (iolas__dxgk_handle_take(iolas__dxgk_wide(), handle,
				    DXGK_KIND_THREAD, 0, NULL, &call,
				    &copy) == DXGK_HANDLE_FOUND)
		iolas__dxgk_thread_close(&copy);
}

void iolas__dxgk_threads_report(struct iolas_dxgk_machine *machine)
{
	struct thread *thread, copy;

	while ((thread = find_leftover(machine, &copy)) != NULL) {
		if (copy.is_running)
			report(&copy.made, &copy, IOLAS_DXGK_RULE_THREAD,
			       "still runs when its driver is unloaded");
		if (copy.has_handle) {
			report(&copy.made, &copy, IOLAS_DXGK_RULE_KEY_HANDLE,
			       "its handle was never closed");
			close_leftover(copy.handle);
		}
		if (lent(&copy))
			report(&copy.made, &copy,
			       IOLAS_DXGK_RULE_OBJECT_REFERENCE,
			       "a reference was never given back");
		end_leftover(thread);
	}
}
