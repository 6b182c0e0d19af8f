/* SPDX-License-Identifier: MIT */
/*
 * What the Windows headers define themselves, run instead of only compiled:
 * lists, interlocked operations, memory routines, counted strings, checked
 * integers, page arithmetic (spec/dxgk.md, section D.2; dxgk-miniport.md,
 * section 5).
 * Floor: above all; nothing of the libraries is linked.
 */
#include "harness/check.h"

#include <ntddk.h>
#include <ntintsafe.h>
#include <ntstrsafe.h>

struct item {
	int number;
	LIST_ENTRY link;
};

static int number_of(PLIST_ENTRY entry)
{
	return CONTAINING_RECORD(entry, struct item, link)->number;
}

static void a_list_keeps_the_order_of_its_insertions(void **state)
{
	(void)state;
	struct item a = { 1, { NULL, NULL } };
	struct item b = { 2, { NULL, NULL } };
	struct item c = { 3, { NULL, NULL } };
	LIST_ENTRY head;

	InitializeListHead(&head);
	CHECK(IsListEmpty(&head));
	InsertTailList(&head, &b.link);
	InsertTailList(&head, &c.link);
	InsertHeadList(&head, &a.link);
	CHECK(!IsListEmpty(&head));
	CHECK(number_of(RemoveTailList(&head)) == 3);
	CHECK(number_of(RemoveHeadList(&head)) == 1);
	CHECK(number_of(RemoveHeadList(&head)) == 2);
	CHECK(IsListEmpty(&head));
}

static void removing_an_entry_tells_whether_the_list_became_empty(void **state)
{
	(void)state;
	LIST_ENTRY head, a, b;

	InitializeListHead(&head);
	InsertTailList(&head, &a);
	InsertTailList(&head, &b);
	CHECK(!RemoveEntryList(&a));
	CHECK(head.Flink == &b && b.Blink == &head);
	CHECK(RemoveEntryList(&b));
}

static void appending_joins_the_entries_and_not_the_head(void **state)
{
	(void)state;
	LIST_ENTRY head, more, a, b, c;

	InitializeListHead(&head);
	InitializeListHead(&more);
	InsertTailList(&head, &a);
	InsertTailList(&more, &b);
	InsertTailList(&more, &c);
	/* The other list is handed over by its first entry. */
	RemoveEntryList(&more);
	AppendTailList(&head, &b);
	CHECK(RemoveHeadList(&head) == &a);
	CHECK(RemoveHeadList(&head) == &b);
	CHECK(RemoveHeadList(&head) == &c);
	CHECK(IsListEmpty(&head));
}

static void a_pushed_entry_is_popped_first(void **state)
{
	(void)state;
	SINGLE_LIST_ENTRY head = { NULL }, a, b;

	CHECK(PopEntryList(&head) == NULL);
	PushEntryList(&head, &a);
	PushEntryList(&head, &b);
	CHECK(PopEntryList(&head) == &b);
	CHECK(PopEntryList(&head) == &a);
	CHECK(PopEntryList(&head) == NULL);
}

static void
counting_returns_the_new_value_and_exchanging_the_old_one(void **state)
{
	(void)state;
	LONG n = 5;
	LONG64 wide = INT64_C(0x7000000000);
	int x, y;
	PVOID p = &x;

	CHECK(InterlockedIncrement(&n) == 6 && n == 6);
	CHECK(InterlockedDecrement(&n) == 5 && n == 5);
	CHECK(InterlockedExchange(&n, 9) == 5 && n == 9);
	CHECK(InterlockedExchangeAdd(&n, 1) == 9 && n == 10);
	CHECK(InterlockedAdd(&n, 2) == 12 && n == 12);
	CHECK(InterlockedOr(&n, 1) == 12 && n == 13);
	CHECK(InterlockedAnd(&n, 5) == 13 && n == 5);
	CHECK(InterlockedXor(&n, 4) == 5 && n == 1);
	CHECK(InterlockedCompareExchange(&n, 7, 2) == 1 && n == 1);
	CHECK(InterlockedCompareExchange(&n, 7, 1) == 1 && n == 7);
	CHECK(InterlockedIncrement64(&wide) == INT64_C(0x7000000001));
	CHECK(InterlockedExchangePointer(&p, &y) == &x && p == &y);
	CHECK(InterlockedCompareExchangePointer(&p, &x, &x) == &y && p == &y);
	CHECK(InterlockedCompareExchangePointer(&p, &x, &y) == &y && p == &x);
}

static void
fill_takes_the_byte_last_and_compare_counts_equal_bytes(void **state)
{
	(void)state;
	UCHAR a[4] = { 1, 2, 3, 4 };
	UCHAR b[4] = { 1, 2, 9, 4 };

	CHECK(RtlCompareMemory(a, b, 4) == 2);
	CHECK(RtlCompareMemory(a, a, 4) == 4);
	CHECK(!RtlEqualMemory(a, b, 4) && RtlEqualMemory(a, b, 2));
	RtlFillMemory(a, 2, 0xAA);
	CHECK(a[0] == 0xAA && a[1] == 0xAA && a[2] == 3);
	RtlMoveMemory(b + 1, b, 3);
	CHECK(b[1] == 1 && b[2] == 2 && b[3] == 9);
	RtlSecureZeroMemory(a, 4);
	CHECK(a[0] == 0 && a[3] == 0);
	RtlCopyMemory(a, b, 4);
	RtlZeroMemory(b, 4);
	CHECK(a[3] == 9 && b[3] == 0);
}

static void
a_list_of_pages_is_described_by_its_first_byte_and_length(void **state)
{
	(void)state;
	struct {
		MDL mdl;
		PFN_NUMBER pages[3];
	} list;
	PMDL mdl = &list.mdl;

	RtlFillMemory(&list, sizeof(list), 0x55);
	MmInitializeMdl(mdl, (PVOID)(uintptr_t)0x10FF0, 0x1020);
	CHECK(mdl->Next == NULL && mdl->MdlFlags == 0);
	CHECK(mdl->Size == (CSHORT)sizeof(list));
	CHECK(MmGetMdlByteCount(mdl) == 0x1020);
	CHECK(MmGetMdlByteOffset(mdl) == 0xFF0);
	CHECK(MmGetMdlBaseVa(mdl) == (PVOID)(uintptr_t)0x10000);
	CHECK(MmGetMdlVirtualAddress(mdl) == (PVOID)(uintptr_t)0x10FF0);
	CHECK(MmGetMdlPfnArray(mdl) == list.pages);
	/* Neither the pages nor the mapping are touched. */
	CHECK((UCHAR)list.pages[0] == 0x55);
	CHECK((UCHAR)(uintptr_t)mdl->MappedSystemVa == 0x55);
}

/* PAGE_SIZE*4089 bytes is the longest list whose Size is right. */
static void the_size_field_of_a_list_overflows_above_4089_pages(void **state)
{
	(void)state;
	MDL mdl;
	const SIZE_T fits = (SIZE_T)4089 * PAGE_SIZE;

	MmInitializeMdl(&mdl, NULL, fits);
	CHECK(mdl.Size == 48 + 8 * 4089);
	MmInitializeMdl(&mdl, NULL, fits + 1);
	CHECK(mdl.Size < 0);
	MmInitializeMdl(&mdl, NULL, MDL_MAXIMUM_BYTES);
	CHECK(mdl.Size == 40);
	CHECK(mdl.ByteCount == MDL_MAXIMUM_BYTES);
}

/* Parts of a sum of one page number each, by the definition. */
static ULONG spanned(ULONG_PTR first, SIZE_T size)
{
	return size ? (ULONG)((first + size - 1) / 4096 - first / 4096 + 1) : 0;
}

static void pages_spanned_are_counted_as_by_hand(void **state)
{
	(void)state;
	static const SIZE_T offsets[] = { 0, 1, 4095 };
	static const SIZE_T sizes[] = { 1, 2, 4095, 4096, 4097, 8192, 8193 };

	for (SIZE_T i = 0; i < ARRAYSIZE(offsets); i++) {
		for (SIZE_T j = 0; j < ARRAYSIZE(sizes); j++) {
			PVOID va = (PVOID)(0x30000 + offsets[i]);

			CHECK(ADDRESS_AND_SIZE_TO_SPAN_PAGES(va, sizes[j]) ==
			      spanned(0x30000 + offsets[i], sizes[j]));
		}
	}
}

static int mapped_here;

/* The runtime's place in this program. */
PVOID NTAPI MmMapLockedPagesSpecifyCache(PMDL Mdl, KPROCESSOR_MODE AccessMode,
					 MEMORY_CACHING_TYPE CacheType,
					 PVOID RequestedAddress,
					 ULONG BugCheckOnFailure,
					 ULONG Priority)
{
	CHECK(Mdl->MdlFlags == MDL_PAGES_LOCKED && AccessMode == KernelMode);
	CHECK(CacheType == MmCached && !RequestedAddress && !BugCheckOnFailure);
	CHECK(Priority == (HighPagePriority | MdlMappingNoExecute));
	return &mapped_here;
}

static void only_an_unmapped_list_is_mapped(void **state)
{
	(void)state;
	MDL mdl;
	int here;

	RtlZeroMemory(&mdl, sizeof(mdl));
	mdl.MappedSystemVa = &here;
	mdl.MdlFlags = MDL_MAPPED_TO_SYSTEM_VA;
	CHECK(MmGetSystemAddressForMdlSafe(&mdl, NormalPagePriority) == &here);
	mdl.MdlFlags = MDL_SOURCE_IS_NONPAGED_POOL;
	CHECK(MmGetSystemAddressForMdlSafe(&mdl, NormalPagePriority) == &here);
	mdl.MdlFlags = MDL_PAGES_LOCKED;
	CHECK(MmGetSystemAddressForMdlSafe(&mdl, HighPagePriority |
							 MdlMappingNoExecute) ==
	      &mapped_here);
}

static void counted_strings_count_bytes_without_the_end(void **state)
{
	(void)state;
	UNICODE_STRING wide;
	ANSI_STRING narrow;

	RtlInitUnicodeString(&wide, u"iova");
	CHECK(wide.Length == 8 && wide.MaximumLength == 10);
	CHECK(wide.Buffer[4] == 0);
	RtlInitUnicodeString(&wide, NULL);
	CHECK(wide.Length == 0 && wide.MaximumLength == 0 && !wide.Buffer);
	RtlInitAnsiString(&narrow, "adl");
	CHECK(narrow.Length == 3 && narrow.MaximumLength == 4);
	RtlInitAnsiString(&narrow, NULL);
	CHECK(narrow.Length == 0 && !narrow.Buffer);
}

static void a_string_that_does_not_fit_is_cut_and_reported(void **state)
{
	(void)state;
	CHAR text[4];
	SIZE_T length;

	CHECK(RtlStringCbCopyA(text, sizeof(text), "abc") == STATUS_SUCCESS);
	CHECK(RtlEqualMemory(text, "abc", 4));
	CHECK(RtlStringCbCopyA(text, sizeof(text), "wxyz") ==
	      STATUS_BUFFER_OVERFLOW);
	CHECK(RtlEqualMemory(text, "wxy", 4));
	CHECK(RtlStringCchCopyA(text, 0, "a") == STATUS_INVALID_PARAMETER);
	CHECK(RtlStringCchLengthA("abc", 8, &length) == STATUS_SUCCESS);
	CHECK(length == 3);
	CHECK(RtlStringCchLengthA("abc", 3, &length) ==
	      STATUS_INVALID_PARAMETER);
	CHECK(length == 0);
	CHECK(RtlStringCbLengthW(u"abc", 8, &length) == STATUS_SUCCESS);
	CHECK(length == 6);
}

static void checked_integers_refuse_what_wraps(void **state)
{
	(void)state;
	ULONG narrow;
	SIZE_T size;
	ULONGLONG wide;

	CHECK(RtlULongAdd(MAXULONG - 1, 1, &narrow) == STATUS_SUCCESS);
	CHECK(narrow == MAXULONG);
	CHECK(RtlULongAdd(MAXULONG, 1, &narrow) == STATUS_INTEGER_OVERFLOW);
	CHECK(narrow == MAXULONG);
	CHECK(RtlULongSub(1, 2, &narrow) == STATUS_INTEGER_OVERFLOW);
	CHECK(RtlULongMult(0x10000, 0xFFFF, &narrow) == STATUS_SUCCESS);
	CHECK(narrow == 0xFFFF0000u);
	CHECK(RtlULongMult(0x10000, 0x10000, &narrow) ==
	      STATUS_INTEGER_OVERFLOW);
	CHECK(RtlSizeTMult(MAXSIZE_T, 2, &size) == STATUS_INTEGER_OVERFLOW);
	CHECK(size == MAXSIZE_T);
	CHECK(RtlULongLongAdd(MAXULONGLONG, 1, &wide) ==
	      STATUS_INTEGER_OVERFLOW);
	CHECK(RtlULongLongToULong(MAXULONG, &narrow) == STATUS_SUCCESS);
	CHECK(RtlULongLongToULong(UINT64_C(0x100000000), &narrow) ==
	      STATUS_INTEGER_OVERFLOW);
}

static void the_guarded_block_runs_and_its_handler_does_not(void **state)
{
	(void)state;
	int ran = 0, handled = 0, left = 0;

	__try {
		ran = 1;
	} __except (EXCEPTION_EXECUTE_HANDLER) {
		handled = (int)GetExceptionCode();
	}
	CHECK(ran && !handled);
	__try {
		ran = 2;
	} __finally {
		left = 1;
	}
	CHECK(ran == 2 && left);
}

static void status_codes_fall_into_four_classes(void **state)
{
	(void)state;
	CHECK(NT_SUCCESS(STATUS_SUCCESS) && NT_SUCCESS(STATUS_PENDING));
	CHECK(NT_INFORMATION(0x40000000) && NT_SUCCESS(0x40000000));
	CHECK(NT_WARNING(STATUS_DEVICE_BUSY));
	CHECK(!NT_SUCCESS(STATUS_DEVICE_BUSY));
	CHECK(NT_ERROR(STATUS_NO_MEMORY) && !NT_WARNING(STATUS_NO_MEMORY));
}

static void a_register_is_read_and_written_at_its_width(void **state)
{
	(void)state;
	ULONG words[2] = { 0x11223344, 0x55667788 };
	ULONG copy[2];

	CHECK(READ_REGISTER_ULONG(&words[1]) == 0x55667788);
	WRITE_REGISTER_UCHAR((volatile UCHAR *)words, 0);
	CHECK(words[0] == 0x11223300);
	WRITE_REGISTER_NOFENCE_USHORT((volatile USHORT *)words + 1, 0xABCD);
	CHECK(READ_REGISTER_NOFENCE_ULONG(words) == 0xABCD3300);
	READ_REGISTER_BUFFER_ULONG(words, copy, 2);
	CHECK(copy[0] == words[0] && copy[1] == words[1]);
	copy[0] = 1;
	WRITE_REGISTER_BUFFER_ULONG(words, copy, 1);
	CHECK(words[0] == 1 && words[1] == copy[1]);
}

RUN_CASES(CASE(a_list_keeps_the_order_of_its_insertions),
	  CASE(removing_an_entry_tells_whether_the_list_became_empty),
	  CASE(appending_joins_the_entries_and_not_the_head),
	  CASE(a_pushed_entry_is_popped_first),
	  CASE(counting_returns_the_new_value_and_exchanging_the_old_one),
	  CASE(fill_takes_the_byte_last_and_compare_counts_equal_bytes),
	  CASE(a_list_of_pages_is_described_by_its_first_byte_and_length),
	  CASE(the_size_field_of_a_list_overflows_above_4089_pages),
	  CASE(pages_spanned_are_counted_as_by_hand),
	  CASE(only_an_unmapped_list_is_mapped),
	  CASE(counted_strings_count_bytes_without_the_end),
	  CASE(a_string_that_does_not_fit_is_cut_and_reported),
	  CASE(checked_integers_refuse_what_wraps),
	  CASE(the_guarded_block_runs_and_its_handler_does_not),
	  CASE(status_codes_fall_into_four_classes),
	  CASE(a_register_is_read_and_written_at_its_width))
