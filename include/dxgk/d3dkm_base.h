/* SPDX-License-Identifier: MIT */
/*
 * Names that the DDI headers share: the pointer types which parameter lists of
 * drivers spell out (IN_CONST_..., INOUT_..., OUT_...).
 */
#ifndef D3DKM_BASE_H
#define D3DKM_BASE_H

#include "wdm_types.h"

/* Declares the pointer names of one argument struct; takes a semicolon. */
#define DXGK_ARG_POINTERS(name)                                           \
	typedef name *P##name, *IN_P##name, *OUT_P##name, *INOUT_P##name; \
	typedef const name *IN_CONST_P##name

EXTERN_C_START

typedef const HANDLE IN_CONST_HANDLE;
typedef HANDLE IN_HANDLE;
typedef const PVOID IN_CONST_PVOID;
typedef PVOID IN_PVOID;
typedef PVOID *OUT_PPVOID;
typedef const PDEVICE_OBJECT IN_CONST_PDEVICE_OBJECT;
typedef PULONG OUT_PULONG;
typedef PUINT OUT_PUINT;
typedef PBOOLEAN OUT_PBOOLEAN;
typedef ULONG IN_ULONG;
typedef UINT IN_UINT;
typedef BOOLEAN IN_BOOLEAN;
typedef LPCGUID IN_LPCGUID;

EXTERN_C_END

#endif /* D3DKM_BASE_H */
