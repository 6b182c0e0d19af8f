/* SPDX-License-Identifier: MIT */
/*
 * Rtl's memory routines and the doubly linked lists: pure code, nothing of the
 * runtime is called except to report a corrupted list.
 */
#ifndef WDM_MEMORY_H
#define WDM_MEMORY_H

#include "wdm_types.h"
#if __STDC_HOSTED__
#include <string.h> /* drivers call memcpy and memset without asking */
#endif

#define RtlCopyMemory(to, from, size) __builtin_memcpy((to), (from), (size))
#define RtlMoveMemory(to, from, size) __builtin_memmove((to), (from), (size))
#define RtlZeroMemory(to, size)	      __builtin_memset((to), 0, (size))
/* The byte comes last, unlike in memset. */
#define RtlFillMemory(to, size, byte) __builtin_memset((to), (byte), (size))
#define RtlEqualMemory(a, b, size)    (!__builtin_memcmp((a), (b), (size)))
#define RtlCopyBytes		      RtlCopyMemory
#define RtlZeroBytes		      RtlZeroMemory
#define RtlFillBytes		      RtlFillMemory

EXTERN_C_START

FORCEINLINE PVOID RtlSecureZeroMemory(PVOID to, SIZE_T size)
{
	volatile UCHAR *byte = (volatile UCHAR *)to;

	while (size--)
		*byte++ = 0;
	return to;
}

FORCEINLINE SIZE_T RtlCompareMemory(const VOID *a, const VOID *b, SIZE_T size)
{
	const UCHAR *left = (const UCHAR *)a;
	const UCHAR *right = (const UCHAR *)b;
	SIZE_T same = 0;

	while (same < size && left[same] == right[same])
		same++;
	return same;
}

/*
 * Exported by libiolas-dxgk.  Reports damaged memory and does not return: to
 * the harness's guard, or to nobody.
 */
#define FAST_FAIL_CORRUPT_LIST_ENTRY 3
DXGK_EXPORT DECLSPEC_NORETURN VOID NTAPI RtlFailFast(ULONG Code);

/*
 * A link that does not point back is memory damage.  Windows stops at once,
 * and so does this.
 */
FORCEINLINE VOID RtlpCheckListEntry(const LIST_ENTRY *entry)
{
	if (entry->Flink->Blink != entry || entry->Blink->Flink != entry)
		RtlFailFast(FAST_FAIL_CORRUPT_LIST_ENTRY);
}

FORCEINLINE VOID InitializeListHead(PLIST_ENTRY head)
{
	head->Flink = head->Blink = head;
}

FORCEINLINE BOOLEAN IsListEmpty(const LIST_ENTRY *head)
{
	return (BOOLEAN)(head->Flink == head);
}

/* Returns TRUE if the list is empty afterwards. */
FORCEINLINE BOOLEAN RemoveEntryList(PLIST_ENTRY entry)
{
	RtlpCheckListEntry(entry);
	entry->Blink->Flink = entry->Flink;
	entry->Flink->Blink = entry->Blink;
	return (BOOLEAN)(entry->Flink == entry->Blink);
}

FORCEINLINE PLIST_ENTRY RemoveHeadList(PLIST_ENTRY head)
{
	PLIST_ENTRY entry = head->Flink;

	RemoveEntryList(entry);
	return entry;
}

FORCEINLINE PLIST_ENTRY RemoveTailList(PLIST_ENTRY head)
{
	PLIST_ENTRY entry = head->Blink;

	RemoveEntryList(entry);
	return entry;
}

FORCEINLINE VOID InsertTailList(PLIST_ENTRY head, PLIST_ENTRY entry)
{
	RtlpCheckListEntry(head);
	entry->Flink = head;
	entry->Blink = head->Blink;
	head->Blink->Flink = entry;
	head->Blink = entry;
}

FORCEINLINE VOID InsertHeadList(PLIST_ENTRY head, PLIST_ENTRY entry)
{
	RtlpCheckListEntry(head);
	entry->Flink = head->Flink;
	entry->Blink = head;
	head->Flink->Blink = entry;
	head->Flink = entry;
}

FORCEINLINE VOID AppendTailList(PLIST_ENTRY head, PLIST_ENTRY list)
{
	PLIST_ENTRY last = head->Blink;

	RtlpCheckListEntry(head);
	RtlpCheckListEntry(list);
	head->Blink->Flink = list;
	head->Blink = list->Blink;
	list->Blink->Flink = head;
	list->Blink = last;
}

FORCEINLINE VOID PushEntryList(PSINGLE_LIST_ENTRY head,
			       PSINGLE_LIST_ENTRY entry)
{
	entry->Next = head->Next;
	head->Next = entry;
}

FORCEINLINE PSINGLE_LIST_ENTRY PopEntryList(PSINGLE_LIST_ENTRY head)
{
	PSINGLE_LIST_ENTRY entry = head->Next;

	if (entry)
		head->Next = entry->Next;
	return entry;
}

EXTERN_C_END

#endif /* WDM_MEMORY_H */
