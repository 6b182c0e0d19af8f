/* SPDX-License-Identifier: MIT */
/*
 * Pool memory, interlocked lists and fast mutexes.  What is not pool is built
 * on the locks and events of wdm_ke.h, and needs nothing more of the runtime.
 */
#ifndef WDM_EX_H
#define WDM_EX_H

#include "wdm_interlocked.h"
#include "wdm_ke.h"
#include "wdm_memory.h"

EXTERN_C_START

typedef enum _POOL_TYPE {
	NonPagedPool = 0,
	NonPagedPoolExecute = NonPagedPool,
	PagedPool = 1,
	NonPagedPoolMustSucceed = 2,
	DontUseThisType = 3,
	NonPagedPoolCacheAligned = 4,
	PagedPoolCacheAligned = 5,
	NonPagedPoolCacheAlignedMustS = 6,
	MaxPoolType = 7,
	NonPagedPoolNx = 512,
	NonPagedPoolNxCacheAligned = 516
} POOL_TYPE;

typedef ULONG64 POOL_FLAGS;
#define POOL_FLAG_USE_QUOTA	    UINT64_C(0x001)
#define POOL_FLAG_UNINITIALIZED	    UINT64_C(0x002)
#define POOL_FLAG_SESSION	    UINT64_C(0x004)
#define POOL_FLAG_CACHE_ALIGNED	    UINT64_C(0x008)
#define POOL_FLAG_RAISE_ON_FAILURE  UINT64_C(0x020)
#define POOL_FLAG_NON_PAGED	    UINT64_C(0x040)
#define POOL_FLAG_NON_PAGED_EXECUTE UINT64_C(0x080)
#define POOL_FLAG_PAGED		    UINT64_C(0x100)

/* Exported by libiolas-dxgk.  Only Pool2 clears what it returns. */
DXGK_EXPORT PVOID NTAPI ExAllocatePoolWithTag(POOL_TYPE PoolType,
					      SIZE_T NumberOfBytes, ULONG Tag);
DXGK_EXPORT PVOID NTAPI ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes,
					ULONG Tag);
DXGK_EXPORT VOID NTAPI ExFreePool(PVOID P);
DXGK_EXPORT VOID NTAPI ExFreePoolWithTag(PVOID P, ULONG Tag);

#define ExAllocatePool(type, bytes) \
	ExAllocatePoolWithTag((type), (bytes), 0x656E6F4E /* 'enoN' */)

FORCEINLINE PVOID ExAllocatePoolUninitialized(POOL_TYPE type, SIZE_T bytes,
					      ULONG tag)
{
	return ExAllocatePoolWithTag(type, bytes, tag);
}

FORCEINLINE PVOID ExAllocatePoolZero(POOL_TYPE type, SIZE_T bytes, ULONG tag)
{
	PVOID block = ExAllocatePoolWithTag(type, bytes, tag);

	if (block)
		RtlZeroMemory(block, bytes);
	return block;
}

/* The insertions return the entry that was first (last), or NULL. */
FORCEINLINE PLIST_ENTRY ExInterlockedInsertHeadList(PLIST_ENTRY head,
						    PLIST_ENTRY entry,
						    PKSPIN_LOCK lock)
{
	KIRQL irql = KeAcquireSpinLockRaiseToDpc(lock);
	PLIST_ENTRY first = IsListEmpty(head) ? NULL : head->Flink;

	InsertHeadList(head, entry);
	KeReleaseSpinLock(lock, irql);
	return first;
}

FORCEINLINE PLIST_ENTRY ExInterlockedInsertTailList(PLIST_ENTRY head,
						    PLIST_ENTRY entry,
						    PKSPIN_LOCK lock)
{
	KIRQL irql = KeAcquireSpinLockRaiseToDpc(lock);
	PLIST_ENTRY last = IsListEmpty(head) ? NULL : head->Blink;

	InsertTailList(head, entry);
	KeReleaseSpinLock(lock, irql);
	return last;
}

FORCEINLINE PLIST_ENTRY ExInterlockedRemoveHeadList(PLIST_ENTRY head,
						    PKSPIN_LOCK lock)
{
	KIRQL irql = KeAcquireSpinLockRaiseToDpc(lock);
	PLIST_ENTRY entry = IsListEmpty(head) ? NULL : RemoveHeadList(head);

	KeReleaseSpinLock(lock, irql);
	return entry;
}

/* A mutex without recursion that raises its holder to APC_LEVEL. */
typedef struct _FAST_MUTEX {
	LONG Count; /* 1 free, 0 held, below: waiters */
	PVOID Owner;
	ULONG Contention;
	KEVENT Event;
	ULONG OldIrql;
} FAST_MUTEX, *PFAST_MUTEX;

FORCEINLINE VOID ExInitializeFastMutex(PFAST_MUTEX mutex)
{
	mutex->Count = 1;
	mutex->Owner = NULL;
	mutex->Contention = 0;
	KeInitializeEvent(&mutex->Event, SynchronizationEvent, FALSE);
}

FORCEINLINE VOID ExAcquireFastMutex(PFAST_MUTEX mutex)
{
	KIRQL irql;

	KeRaiseIrql(APC_LEVEL, &irql);
	if (InterlockedDecrement(&mutex->Count) < 0) {
		mutex->Contention++;
		(void)KeWaitForSingleObject(&mutex->Event, Executive,
					    KernelMode, FALSE, NULL);
	}
	mutex->OldIrql = irql;
}

FORCEINLINE VOID ExReleaseFastMutex(PFAST_MUTEX mutex)
{
	KIRQL irql = (KIRQL)mutex->OldIrql;

	if (InterlockedIncrement(&mutex->Count) <= 0)
		(void)KeSetEvent(&mutex->Event, IO_NO_INCREMENT, FALSE);
	KeLowerIrql(irql);
}

EXTERN_C_END

#endif /* WDM_EX_H */
