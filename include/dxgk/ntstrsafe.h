/* SPDX-License-Identifier: MIT */
/*
 * ntstrsafe.h of the Windows surface: formatted and copied strings that never
 * leave their buffer.  Cb functions count bytes, Cch functions characters.  A
 * string that does not fit is cut, ended with zero, and reported as
 * STATUS_BUFFER_OVERFLOW.
 */
#ifndef DXGK_NTSTRSAFE_H
#define DXGK_NTSTRSAFE_H

#include <stdarg.h>
#include "wdm_status.h"

#define NTSTRSAFE_MAX_CCH 2147483647

typedef CHAR *NTSTRSAFE_PSTR;
typedef const CHAR *NTSTRSAFE_PCSTR;
typedef WCHAR *NTSTRSAFE_PWSTR;
typedef const WCHAR *NTSTRSAFE_PCWSTR;

EXTERN_C_START

/* Exported by libiolas-dxgk. */
DXGK_EXPORT NTSTATUS NTAPI RtlStringCbVPrintfA(NTSTRSAFE_PSTR Destination,
					       SIZE_T DestinationBytes,
					       NTSTRSAFE_PCSTR Format,
					       va_list ArgList);
DXGK_EXPORT NTSTATUS NTAPI RtlStringCbVPrintfW(NTSTRSAFE_PWSTR Destination,
					       SIZE_T DestinationBytes,
					       NTSTRSAFE_PCWSTR Format,
					       va_list ArgList);

#define DXGK_STRING_FUNCTIONS(suffix, type)                                   \
	static __inline__ NTSTATUS RtlStringCbPrintf##suffix(                 \
		type *to, SIZE_T bytes, const type *format, ...)              \
	{                                                                     \
		NTSTATUS status;                                              \
		va_list arguments;                                            \
                                                                              \
		va_start(arguments, format);                                  \
		status = RtlStringCbVPrintf##suffix(to, bytes, format,        \
						    arguments);               \
		va_end(arguments);                                            \
		return status;                                                \
	}                                                                     \
	static __inline__ NTSTATUS RtlStringCchPrintf##suffix(                \
		type *to, SIZE_T count, const type *format, ...)              \
	{                                                                     \
		NTSTATUS status;                                              \
		va_list arguments;                                            \
                                                                              \
		if (count > NTSTRSAFE_MAX_CCH)                                \
			return STATUS_INVALID_PARAMETER;                      \
		va_start(arguments, format);                                  \
		status = RtlStringCbVPrintf##suffix(to, count * sizeof(type), \
						    format, arguments);       \
		va_end(arguments);                                            \
		return status;                                                \
	}                                                                     \
	static __inline__ NTSTATUS RtlStringCchCopy##suffix(                  \
		type *to, SIZE_T count, const type *from)                     \
	{                                                                     \
		SIZE_T i = 0;                                                 \
                                                                              \
		if (!count || count > NTSTRSAFE_MAX_CCH)                      \
			return STATUS_INVALID_PARAMETER;                      \
		while (i < count - 1 && from[i]) {                            \
			to[i] = from[i];                                      \
			i++;                                                  \
		}                                                             \
		to[i] = 0;                                                    \
		return from[i] ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;     \
	}                                                                     \
	static __inline__ NTSTATUS RtlStringCbCopy##suffix(                   \
		type *to, SIZE_T bytes, const type *from)                     \
	{                                                                     \
		return RtlStringCchCopy##suffix(to, bytes / sizeof(type),     \
						from);                        \
	}                                                                     \
	static __inline__ NTSTATUS RtlStringCchLength##suffix(                \
		const type *string, SIZE_T maximum, SIZE_T *length)           \
	{                                                                     \
		SIZE_T count = 0;                                             \
                                                                              \
		if (length)                                                   \
			*length = 0;                                          \
		if (!string || maximum > NTSTRSAFE_MAX_CCH)                   \
			return STATUS_INVALID_PARAMETER;                      \
		while (count < maximum && string[count])                      \
			count++;                                              \
		if (count == maximum)                                         \
			return STATUS_INVALID_PARAMETER;                      \
		if (length)                                                   \
			*length = count;                                      \
		return STATUS_SUCCESS;                                        \
	}                                                                     \
	static __inline__ NTSTATUS RtlStringCbLength##suffix(                 \
		const type *string, SIZE_T maximum, SIZE_T *length)           \
	{                                                                     \
		NTSTATUS status = RtlStringCchLength##suffix(                 \
			string, maximum / sizeof(type), length);              \
                                                                              \
		if (length)                                                   \
			*length *= sizeof(type);                              \
		return status;                                                \
	}

DXGK_STRING_FUNCTIONS(A, CHAR)
DXGK_STRING_FUNCTIONS(W, WCHAR)

#undef DXGK_STRING_FUNCTIONS

EXTERN_C_END

#endif /* DXGK_NTSTRSAFE_H */
