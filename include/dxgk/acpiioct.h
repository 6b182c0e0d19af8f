/* SPDX-License-Identifier: MIT */
/*
 * Buffers of an ACPI method evaluation, as DxgkCbEvalAcpiMethod takes them.
 */
#ifndef DXGK_ACPIIOCT_H
#define DXGK_ACPIIOCT_H

#include "wdm_types.h"

EXTERN_C_START

typedef struct _ACPI_METHOD_ARGUMENT {
	USHORT Type;
	USHORT DataLength;
	DXGK_ANONYMOUS union {
		ULONG Argument;
		UCHAR Data[1];
	};
} ACPI_METHOD_ARGUMENT, *PACPI_METHOD_ARGUMENT;

typedef struct _ACPI_EVAL_INPUT_BUFFER_COMPLEX {
	ULONG Signature;
	DXGK_ANONYMOUS union {
		UCHAR MethodName[4];
		ULONG MethodNameAsUlong;
	};
	ULONG Size;
	ULONG ArgumentCount;
	ACPI_METHOD_ARGUMENT Argument[1];
} ACPI_EVAL_INPUT_BUFFER_COMPLEX, *PACPI_EVAL_INPUT_BUFFER_COMPLEX;

typedef struct _ACPI_EVAL_OUTPUT_BUFFER {
	ULONG Signature;
	ULONG Length;
	ULONG Count;
	ACPI_METHOD_ARGUMENT Argument[1];
} ACPI_EVAL_OUTPUT_BUFFER, *PACPI_EVAL_OUTPUT_BUFFER;

#define ACPI_EVAL_INPUT_BUFFER_COMPLEX_SIGNATURE 0x43696541u /* 'CieA' */
#define ACPI_EVAL_OUTPUT_BUFFER_SIGNATURE	 0x426F6541u /* 'BoeA' */

#define ACPI_METHOD_ARGUMENT_INTEGER		 0x0
#define ACPI_METHOD_ARGUMENT_STRING		 0x1
#define ACPI_METHOD_ARGUMENT_BUFFER		 0x2
#define ACPI_METHOD_ARGUMENT_PACKAGE		 0x3

#define ACPI_METHOD_NEXT_ARGUMENT(a)                                        \
	((PACPI_METHOD_ARGUMENT)((PUCHAR)(a) +                              \
				 FIELD_OFFSET(ACPI_METHOD_ARGUMENT, Data) + \
				 ((a)->DataLength < sizeof(ULONG)           \
					  ? sizeof(ULONG)                   \
					  : (a)->DataLength)))

EXTERN_C_END

#endif /* DXGK_ACPIIOCT_H */
