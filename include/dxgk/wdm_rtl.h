/* SPDX-License-Identifier: MIT */
/*
 * Counted strings and GUID definitions.
 */
#ifndef WDM_RTL_H
#define WDM_RTL_H

#include "wdm_memory.h"

EXTERN_C_START

#define UNICODE_NULL		 ((WCHAR)0)
#define ANSI_NULL		 ((CHAR)0)
#define UNICODE_STRING_MAX_BYTES 0xFFFE

/* A longer source is cut at what the 16-bit lengths can say. */
FORCEINLINE VOID RtlInitUnicodeString(PUNICODE_STRING to, PCWSTR from)
{
	SIZE_T count = 0;

	while (from && from[count] && count < UNICODE_STRING_MAX_BYTES / 2 - 1)
		count++;
	to->Length = (USHORT)(count * sizeof(WCHAR));
	to->MaximumLength = (USHORT)(from ? (count + 1) * sizeof(WCHAR) : 0);
	to->Buffer = (PWCH)(uintptr_t)from;
}

FORCEINLINE VOID RtlInitAnsiString(PANSI_STRING to, PCSZ from)
{
	SIZE_T count = 0;

	while (from && from[count] && count < 0xFFFE)
		count++;
	to->Length = (USHORT)count;
	to->MaximumLength = (USHORT)(from ? count + 1 : 0);
	to->Buffer = (PCHAR)(uintptr_t)from;
}

#define DECLARE_CONST_UNICODE_STRING(var, literal)                           \
	static const WCHAR var##_buffer[] = literal;                         \
	static const UNICODE_STRING var = { sizeof(literal) - sizeof(WCHAR), \
					    sizeof(literal),                 \
					    (PWCH)(uintptr_t)var##_buffer }

/* Exported by libiolas-dxgk. */
DXGK_EXPORT NTSTATUS NTAPI RtlAnsiStringToUnicodeString(
	PUNICODE_STRING DestinationString, PCANSI_STRING SourceString,
	BOOLEAN AllocateDestinationString);
DXGK_EXPORT VOID NTAPI RtlFreeUnicodeString(PUNICODE_STRING UnicodeString);

EXTERN_C_END

/*
 * DEFINE_GUID declares, or defines in the one file that includes initguid.h
 * before the headers that use it.
 */
#ifndef DEFINE_GUID
#ifdef INITGUID
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
	EXTERN_C const GUID name;                                    \
	const GUID name = { l, w1, w2, { b1, b2, b3, b4, b5, b6, b7, b8 } }
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
	EXTERN_C const GUID name
#endif
#endif

#define IsEqualGUID(a, b) (!__builtin_memcmp((a), (b), sizeof(GUID)))

#endif /* WDM_RTL_H */
