/* SPDX-License-Identifier: MIT */
/*
 * ntintsafe.h of the Windows surface: arithmetic and conversions that answer
 * STATUS_INTEGER_OVERFLOW, with all bits set in the result, where a plain one
 * would wrap.
 */
#ifndef DXGK_NTINTSAFE_H
#define DXGK_NTINTSAFE_H

#include "wdm_status.h"

EXTERN_C_START

#define DXGK_SAFE_OPERATION(name, type, builtin)                \
	FORCEINLINE NTSTATUS name(type a, type b, type *result) \
	{                                                       \
		if (!builtin(a, b, result))                     \
			return STATUS_SUCCESS;                  \
		*result = (type) ~(type)0;                      \
		return STATUS_INTEGER_OVERFLOW;                 \
	}
#define DXGK_SAFE_TYPE(name, type)                                        \
	DXGK_SAFE_OPERATION(Rtl##name##Add, type, __builtin_add_overflow) \
	DXGK_SAFE_OPERATION(Rtl##name##Sub, type, __builtin_sub_overflow) \
	DXGK_SAFE_OPERATION(Rtl##name##Mult, type, __builtin_mul_overflow)

DXGK_SAFE_TYPE(UInt, UINT)
DXGK_SAFE_TYPE(ULong, ULONG)
DXGK_SAFE_TYPE(ULongLong, ULONGLONG)
DXGK_SAFE_TYPE(ULongPtr, ULONG_PTR)
DXGK_SAFE_TYPE(SizeT, SIZE_T)
DXGK_SAFE_TYPE(SIZET, SIZE_T)

#define DXGK_SAFE_CONVERSION(name, from, to)              \
	FORCEINLINE NTSTATUS name(from value, to *result) \
	{                                                 \
		*result = (to)value;                      \
		if (*result == value)                     \
			return STATUS_SUCCESS;            \
		*result = (to) ~(to)0;                    \
		return STATUS_INTEGER_OVERFLOW;           \
	}

DXGK_SAFE_CONVERSION(RtlULongLongToULong, ULONGLONG, ULONG)
DXGK_SAFE_CONVERSION(RtlULongLongToUInt, ULONGLONG, UINT)
DXGK_SAFE_CONVERSION(RtlULongLongToULongPtr, ULONGLONG, ULONG_PTR)
DXGK_SAFE_CONVERSION(RtlULongLongToSizeT, ULONGLONG, SIZE_T)
DXGK_SAFE_CONVERSION(RtlULongLongToSIZET, ULONGLONG, SIZE_T)
DXGK_SAFE_CONVERSION(RtlSizeTToULong, SIZE_T, ULONG)
DXGK_SAFE_CONVERSION(RtlSIZETToULong, SIZE_T, ULONG)
DXGK_SAFE_CONVERSION(RtlSizeTToUInt, SIZE_T, UINT)
DXGK_SAFE_CONVERSION(RtlULongToUShort, ULONG, USHORT)
DXGK_SAFE_CONVERSION(RtlULongPtrToULong, ULONG_PTR, ULONG)

#undef DXGK_SAFE_CONVERSION
#undef DXGK_SAFE_TYPE
#undef DXGK_SAFE_OPERATION

EXTERN_C_END

#endif /* DXGK_NTINTSAFE_H */
