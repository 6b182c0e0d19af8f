/* SPDX-License-Identifier: MIT */
/*
 * Strings of the native kinds: conversion letter by letter (the ANSI code page
 * is Latin-1), and the formatting behind ntstrsafe.h.
 */
#include "dxgk/dxgk_kernel.h"

#include <ntstrsafe.h>

#define STRING_TAG 0x67727453 /* "Strg" */

NTSTATUS NTAPI RtlAnsiStringToUnicodeString(PUNICODE_STRING DestinationString,
					    PCANSI_STRING SourceString,
					    BOOLEAN AllocateDestinationString)
{
	DXGK_CALL("RtlAnsiStringToUnicodeString");
	size_t bytes;

	if (!DestinationString || !SourceString ||
	    (SourceString->Length && !SourceString->Buffer)) {
		iolas__dxgk_kernel_report(&call, IOLAS_DXGK_RULE_BAD_ARGUMENT,
					  "no string");
		return STATUS_INVALID_PARAMETER;
	}
	iolas__dxgk_kernel_irql(&call, IOLAS_DXGK_PASSIVE);
	bytes = ((size_t)SourceString->Length + 1) * sizeof(WCHAR);
	if (bytes > UNICODE_STRING_MAX_BYTES)
		return STATUS_INVALID_PARAMETER_2;
	if (AllocateDestinationString) {
		PWCH buffer = iolas__dxgk_pool_alloc(&call, bytes, STRING_TAG);

		if (!buffer)
			return STATUS_NO_MEMORY;
		DestinationString->Buffer = buffer;
		DestinationString->MaximumLength = (USHORT)bytes;
	} else if (bytes > DestinationString->MaximumLength ||
		   !DestinationString->Buffer) {
		return STATUS_BUFFER_OVERFLOW;
	}
	for (size_t i = 0; i < SourceString->Length; i++)
		DestinationString->Buffer[i] =
			(WCHAR)(unsigned char)SourceString->Buffer[i];
	DestinationString->Buffer[SourceString->Length] = 0;
	DestinationString->Length = (USHORT)(bytes - sizeof(WCHAR));
	return STATUS_SUCCESS;
}

VOID NTAPI RtlFreeUnicodeString(PUNICODE_STRING UnicodeString)
{
	DXGK_CALL("RtlFreeUnicodeString");

	if (!UnicodeString)
		return;
	if (UnicodeString->Buffer)
		iolas__dxgk_pool_free(&call, UnicodeString->Buffer);
	*UnicodeString = (UNICODE_STRING){ 0, 0, NULL };
}

/* Formats into a buffer of either kind; the last place is kept for the end. */
struct buffer {
	struct iolas__dxgk_sink sink;
	CHAR *narrow;
	WCHAR *wide;
	size_t count;
	size_t room; /* letters, without the end */
};

static bool put(struct iolas__dxgk_sink *sink, uint32_t letter)
{
	struct buffer *buffer = CONTAINING_RECORD(sink, struct buffer, sink);

	if (buffer->count == buffer->room)
		return false;
	if (buffer->wide)
		buffer->wide[buffer->count++] = (WCHAR)letter;
	else
		buffer->narrow[buffer->count++] =
			(CHAR)(letter < 0x100 ? letter : '?');
	return true;
}

NTSTATUS NTAPI RtlStringCbVPrintfA(NTSTRSAFE_PSTR Destination,
				   SIZE_T DestinationBytes,
				   NTSTRSAFE_PCSTR Format, va_list ArgList)
{
	struct buffer buffer = { .sink = { .put = put },
				 .narrow = Destination,
				 .room = DestinationBytes - 1 };
	struct iolas__dxgk_arguments arguments;
	bool is_whole;

	if (!Destination || !Format || !DestinationBytes ||
	    DestinationBytes > NTSTRSAFE_MAX_CCH)
		return STATUS_INVALID_PARAMETER;
	va_copy(arguments.list, ArgList);
	is_whole = iolas__dxgk_format(&buffer.sink, Format, NULL, &arguments);
	va_end(arguments.list);
	Destination[buffer.count] = '\0';
	return is_whole ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

NTSTATUS NTAPI RtlStringCbVPrintfW(NTSTRSAFE_PWSTR Destination,
				   SIZE_T DestinationBytes,
				   NTSTRSAFE_PCWSTR Format, va_list ArgList)
{
	const SIZE_T count = DestinationBytes / sizeof(WCHAR);
	struct buffer buffer = { .sink = { .put = put, .is_wide = true },
				 .wide = Destination,
				 .room = count - 1 };
	struct iolas__dxgk_arguments arguments;
	bool is_whole;

	if (!Destination || !Format || !count || count > NTSTRSAFE_MAX_CCH)
		return STATUS_INVALID_PARAMETER;
	va_copy(arguments.list, ArgList);
	is_whole = iolas__dxgk_format(&buffer.sink, NULL, Format, &arguments);
	va_end(arguments.list);
	Destination[buffer.count] = 0;
	return is_whole ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}
