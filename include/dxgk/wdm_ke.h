/* SPDX-License-Identifier: MIT */
/*
 * The kernel's executive core as memory code uses it: IRQL, waitable objects,
 * spin locks, deferred calls, timers, time.  The objects live in the driver's
 * own storage and have their native sizes; what stands in them belongs to the
 * runtime (spec/dxgk-miniport.md, section 5).
 */
#ifndef WDM_KE_H
#define WDM_KE_H

#include "wdm_mdl.h"

EXTERN_C_START

#define PASSIVE_LEVEL  0
#define LOW_LEVEL      0
#define APC_LEVEL      1
#define DISPATCH_LEVEL 2
#if defined(__i386__)
#define HIGH_LEVEL 31
#else
#define HIGH_LEVEL 15
#endif

#define IO_NO_INCREMENT	   0
#define IO_VIDEO_INCREMENT 1
#define EVENT_INCREMENT	   1

typedef enum _EVENT_TYPE { NotificationEvent, SynchronizationEvent } EVENT_TYPE;

typedef enum _TIMER_TYPE { NotificationTimer, SynchronizationTimer } TIMER_TYPE;

typedef enum _WAIT_TYPE { WaitAll, WaitAny } WAIT_TYPE;

typedef enum _KWAIT_REASON {
	Executive,
	FreePage,
	PageIn,
	PoolAllocation,
	DelayExecution,
	Suspended,
	UserRequest
} KWAIT_REASON;

/* Head of everything that can be waited for. */
typedef struct _DISPATCHER_HEADER {
	DXGK_ANONYMOUS union {
		DXGK_ANONYMOUS struct {
			UCHAR Type;
			UCHAR Signalling;
			UCHAR Size;
			UCHAR Reserved1;
		};
		LONG Lock;
	};
	LONG SignalState;
	LIST_ENTRY WaitListHead;
} DISPATCHER_HEADER, *PDISPATCHER_HEADER;

typedef struct _KEVENT {
	DISPATCHER_HEADER Header;
} KEVENT, *PKEVENT, *PRKEVENT;

typedef struct _KSEMAPHORE {
	DISPATCHER_HEADER Header;
	LONG Limit;
} KSEMAPHORE, *PKSEMAPHORE, *PRKSEMAPHORE;

typedef struct _KMUTANT {
	DISPATCHER_HEADER Header;
	LIST_ENTRY MutantListEntry;
	PKTHREAD OwnerThread;
	BOOLEAN Abandoned;
	UCHAR ApcDisable;
} KMUTANT, *PKMUTANT, *PRKMUTANT, KMUTEX, *PKMUTEX, *PRKMUTEX;

struct _KDPC;
typedef VOID NTAPI KDEFERRED_ROUTINE(struct _KDPC *Dpc, PVOID DeferredContext,
				     PVOID SystemArgument1,
				     PVOID SystemArgument2);
typedef KDEFERRED_ROUTINE *PKDEFERRED_ROUTINE;

typedef struct _KDPC {
	UCHAR Type;
	UCHAR Importance;
	volatile USHORT Number;
	LIST_ENTRY DpcListEntry;
	PKDEFERRED_ROUTINE DeferredRoutine;
	PVOID DeferredContext;
	PVOID SystemArgument1;
	PVOID SystemArgument2;
	PVOID DpcData;
} KDPC, *PKDPC, *PRKDPC;

typedef struct _KTIMER {
	DISPATCHER_HEADER Header;
	ULARGE_INTEGER DueTime;
	LIST_ENTRY TimerListEntry;
	PKDPC Dpc;
#if !defined(__i386__)
	ULONG Processor;
#endif
	ULONG Period;
} KTIMER, *PKTIMER, *PRKTIMER;

typedef struct _KWAIT_BLOCK KWAIT_BLOCK, *PKWAIT_BLOCK;

typedef struct _KFLOATING_SAVE {
	ULONG Dummy;
} KFLOATING_SAVE, *PKFLOATING_SAVE;

/* Exported by libiolas-dxgk: IRQL, which the runtime keeps per thread. */
DXGK_EXPORT KIRQL NTAPI KeGetCurrentIrql(VOID);
DXGK_EXPORT VOID NTAPI KeRaiseIrql(KIRQL NewIrql, PKIRQL OldIrql);
DXGK_EXPORT VOID NTAPI KeLowerIrql(KIRQL NewIrql);

/* Exported by libiolas-dxgk: spin locks. */
DXGK_EXPORT KIRQL NTAPI KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock);
DXGK_EXPORT VOID NTAPI KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql);
DXGK_EXPORT VOID NTAPI KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock);
DXGK_EXPORT VOID NTAPI KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock);

/* Exported by libiolas-dxgk: waitable objects. */
DXGK_EXPORT VOID NTAPI KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type,
					 BOOLEAN State);
DXGK_EXPORT LONG NTAPI KeSetEvent(PRKEVENT Event, KPRIORITY Increment,
				  BOOLEAN Wait);
DXGK_EXPORT LONG NTAPI KeResetEvent(PRKEVENT Event);
DXGK_EXPORT VOID NTAPI KeClearEvent(PRKEVENT Event);
DXGK_EXPORT LONG NTAPI KeReadStateEvent(PRKEVENT Event);
DXGK_EXPORT VOID NTAPI KeInitializeMutex(PRKMUTEX Mutex, ULONG Level);
DXGK_EXPORT LONG NTAPI KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN Wait);
DXGK_EXPORT VOID NTAPI KeInitializeSemaphore(PRKSEMAPHORE Semaphore, LONG Count,
					     LONG Limit);
DXGK_EXPORT LONG NTAPI KeReleaseSemaphore(PRKSEMAPHORE Semaphore,
					  KPRIORITY Increment, LONG Adjustment,
					  BOOLEAN Wait);
DXGK_EXPORT NTSTATUS NTAPI KeWaitForSingleObject(PVOID Object,
						 KWAIT_REASON WaitReason,
						 KPROCESSOR_MODE WaitMode,
						 BOOLEAN Alertable,
						 PLARGE_INTEGER Timeout);
DXGK_EXPORT NTSTATUS NTAPI KeWaitForMultipleObjects(
	ULONG Count, PVOID Object[], WAIT_TYPE WaitType,
	KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
	PLARGE_INTEGER Timeout, PKWAIT_BLOCK WaitBlockArray);

/* Exported by libiolas-dxgk: deferred calls and timers. */
DXGK_EXPORT VOID NTAPI KeInitializeDpc(PRKDPC Dpc,
				       PKDEFERRED_ROUTINE DeferredRoutine,
				       PVOID DeferredContext);
DXGK_EXPORT BOOLEAN NTAPI KeInsertQueueDpc(PRKDPC Dpc, PVOID SystemArgument1,
					   PVOID SystemArgument2);
DXGK_EXPORT BOOLEAN NTAPI KeRemoveQueueDpc(PRKDPC Dpc);
DXGK_EXPORT VOID NTAPI KeFlushQueuedDpcs(VOID);
DXGK_EXPORT VOID NTAPI KeInitializeTimer(PKTIMER Timer);
DXGK_EXPORT VOID NTAPI KeInitializeTimerEx(PKTIMER Timer, TIMER_TYPE Type);
DXGK_EXPORT BOOLEAN NTAPI KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime,
				     PKDPC Dpc);
DXGK_EXPORT BOOLEAN NTAPI KeSetTimerEx(PKTIMER Timer, LARGE_INTEGER DueTime,
				       LONG Period, PKDPC Dpc);
DXGK_EXPORT BOOLEAN NTAPI KeCancelTimer(PKTIMER Timer);

/* Exported by libiolas-dxgk: time. */
DXGK_EXPORT NTSTATUS NTAPI KeDelayExecutionThread(KPROCESSOR_MODE WaitMode,
						  BOOLEAN Alertable,
						  PLARGE_INTEGER Interval);
DXGK_EXPORT VOID NTAPI KeStallExecutionProcessor(ULONG MicroSeconds);
DXGK_EXPORT VOID NTAPI KeQueryTickCount(PLARGE_INTEGER TickCount);
DXGK_EXPORT ULONG NTAPI KeQueryTimeIncrement(VOID);
DXGK_EXPORT VOID NTAPI KeQuerySystemTime(PLARGE_INTEGER CurrentTime);
DXGK_EXPORT ULONGLONG NTAPI KeQueryInterruptTime(VOID);
DXGK_EXPORT LARGE_INTEGER NTAPI
KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency);

/* Exported by libiolas-dxgk: the end.  Reports and does not return. */
DXGK_EXPORT DECLSPEC_NORETURN VOID NTAPI
KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR BugCheckParameter1,
	     ULONG_PTR BugCheckParameter2, ULONG_PTR BugCheckParameter3,
	     ULONG_PTR BugCheckParameter4);

#define KeAcquireSpinLock(lock, old_irql) \
	((void)(*(old_irql) = KeAcquireSpinLockRaiseToDpc(lock)))
#define KeBugCheck(code) KeBugCheckEx((code), 0, 0, 0, 0)

FORCEINLINE VOID KeInitializeSpinLock(PKSPIN_LOCK lock)
{
	*(volatile KSPIN_LOCK *)lock = 0;
}

/* User mode saves floating-point state by itself. */
FORCEINLINE NTSTATUS KeSaveFloatingPointState(PKFLOATING_SAVE save)
{
	save->Dummy = 0;
	return 0;
}

FORCEINLINE NTSTATUS KeRestoreFloatingPointState(PKFLOATING_SAVE save)
{
	(void)save;
	return 0;
}

EXTERN_C_END

#endif /* WDM_KE_H */
