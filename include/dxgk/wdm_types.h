/* SPDX-License-Identifier: MIT */
/*
 * The scalar types and the few small structs on which every other header of
 * the Windows surface stands.  LONG and ULONG are 32 bits on every target, and
 * 64-bit members are 8-aligned on every target (spec/dxgk.md, section 0).
 */
#ifndef WDM_TYPES_H
#define WDM_TYPES_H

#include <stddef.h>
#include <stdint.h>
#include "wdm_compiler.h"
#include "wdm_sal.h"

EXTERN_C_START

typedef void VOID;
typedef void *PVOID, *LPVOID;
typedef const void *PCVOID, *LPCVOID;
typedef char CHAR, CCHAR, *PCHAR, *PSTR, *LPSTR;
typedef const char *PCSTR, *LPCSTR, *PCSZ;
typedef signed char SCHAR, *PSCHAR;
typedef unsigned char UCHAR, *PUCHAR;
typedef const unsigned char *PCUCHAR;
typedef uint8_t BYTE, UINT8, *PBYTE, *PUINT8;
typedef int8_t INT8, *PINT8;
typedef uint8_t BOOLEAN, *PBOOLEAN;
typedef int16_t SHORT, CSHORT, INT16, *PSHORT, *PINT16;
typedef uint16_t USHORT, WORD, UINT16, *PUSHORT, *PUINT16;
typedef int32_t LONG, INT, INT32, BOOL, *PLONG, *PINT, *PINT32, *PBOOL;
typedef uint32_t ULONG, UINT, UINT32, DWORD;
typedef uint32_t *PULONG, *PUINT, *PUINT32, *PDWORD;
typedef uint32_t ULONG32, DWORD32, LCID;
typedef int32_t LONG32;
typedef int64_t LONGLONG DXGK_ALIGN8, LONG64 DXGK_ALIGN8, INT64 DXGK_ALIGN8;
typedef uint64_t ULONGLONG DXGK_ALIGN8, ULONG64 DXGK_ALIGN8, UINT64 DXGK_ALIGN8,
	DWORD64 DXGK_ALIGN8, DWORDLONG DXGK_ALIGN8;
typedef LONGLONG *PLONGLONG;
typedef LONG64 *PLONG64;
typedef ULONGLONG *PULONGLONG;
typedef ULONG64 *PULONG64;
typedef UINT64 *PUINT64;

typedef intptr_t LONG_PTR, INT_PTR, SSIZE_T, *PLONG_PTR, *PINT_PTR;
typedef uintptr_t ULONG_PTR, UINT_PTR, DWORD_PTR, *PULONG_PTR, *PUINT_PTR;
typedef uintptr_t SIZE_T, *PSIZE_T;
typedef uintptr_t PFN_NUMBER, *PPFN_NUMBER;
typedef uintptr_t KAFFINITY, *PKAFFINITY;
typedef uintptr_t KSPIN_LOCK, *PKSPIN_LOCK;

typedef void *HANDLE, **PHANDLE;
typedef int32_t NTSTATUS, *PNTSTATUS;
typedef int32_t HRESULT;
typedef uint32_t ACCESS_MASK, *PACCESS_MASK;
typedef uint8_t KIRQL, *PKIRQL;
typedef char KPROCESSOR_MODE;
typedef int32_t KPRIORITY;
typedef uint16_t LANGID;

/*
 * WCHAR has 16 bits.  L"" literals fit it where wchar_t does: on Windows, and
 * elsewhere with -fshort-wchar.  Without that flag u"" literals do.
 */
#if defined(__cplusplus) && __SIZEOF_WCHAR_T__ == 2
typedef wchar_t WCHAR;
#elif defined(__cplusplus)
typedef char16_t WCHAR;
#else
typedef uint_least16_t WCHAR;
#endif
typedef WCHAR *PWCHAR, *PWCH, *PWSTR, *LPWSTR;
typedef const WCHAR *PCWCH, *PCWSTR, *LPCWSTR;

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif
#ifndef CONST
#define CONST const
#endif

#define MAXUCHAR     0xff
#define MAXUSHORT    0xffff
#define MAXSHORT     0x7fff
#define MAXLONG	     0x7fffffff
#define MAXULONG     0xffffffffu
#define MAXUINT	     0xffffffffu
#define MAXLONGLONG  INT64_C(0x7fffffffffffffff)
#define MAXULONGLONG UINT64_C(0xffffffffffffffff)
#define MAXULONG64   MAXULONGLONG
#define MAXUINT64    MAXULONGLONG
#define MAXSIZE_T    (~(SIZE_T)0)
#define MAXULONG_PTR (~(ULONG_PTR)0)

/*
 * Signed, and the type of physical addresses: compare QuadPart as uint64_t,
 * since callers pass -1 for "no limit".
 */
typedef union DXGK_ALIGN8 _LARGE_INTEGER {
	DXGK_ANONYMOUS struct {
		ULONG LowPart;
		LONG HighPart;
	};
	struct {
		ULONG LowPart;
		LONG HighPart;
	} u;
	LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union DXGK_ALIGN8 _ULARGE_INTEGER {
	DXGK_ANONYMOUS struct {
		ULONG LowPart;
		ULONG HighPart;
	};
	struct {
		ULONG LowPart;
		ULONG HighPart;
	} u;
	ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef LARGE_INTEGER PHYSICAL_ADDRESS, *PPHYSICAL_ADDRESS;

#ifndef GUID_DEFINED
#define GUID_DEFINED
typedef struct _GUID {
	uint32_t Data1;
	uint16_t Data2;
	uint16_t Data3;
	uint8_t Data4[8];
} GUID;
#endif
typedef GUID *LPGUID;
typedef const GUID *LPCGUID;

typedef struct _LUID {
	ULONG LowPart;
	LONG HighPart;
} LUID, *PLUID;

/* Length and MaximumLength count bytes, without the terminating zero. */
typedef struct _UNICODE_STRING {
	USHORT Length;
	USHORT MaximumLength;
	PWCH Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;

typedef struct _STRING {
	USHORT Length;
	USHORT MaximumLength;
	PCHAR Buffer;
} STRING, ANSI_STRING, *PSTRING, *PANSI_STRING;
typedef const STRING *PCANSI_STRING;

typedef struct _LIST_ENTRY {
	struct _LIST_ENTRY *Flink;
	struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY;

typedef struct _SINGLE_LIST_ENTRY {
	struct _SINGLE_LIST_ENTRY *Next;
} SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY;

typedef struct _RECT {
	LONG left;
	LONG top;
	LONG right;
	LONG bottom;
} RECT, *PRECT;

/* Objects of the kernel.  A driver holds pointers to them and looks no deeper. */
typedef struct _DEVICE_OBJECT DEVICE_OBJECT, *PDEVICE_OBJECT;
typedef struct _DRIVER_OBJECT DRIVER_OBJECT, *PDRIVER_OBJECT;
typedef struct _FILE_OBJECT FILE_OBJECT, *PFILE_OBJECT;
typedef struct _IRP IRP, *PIRP;
typedef struct _EPROCESS EPROCESS, *PEPROCESS;
typedef struct _KTHREAD KTHREAD, *PKTHREAD, *PETHREAD;
typedef struct _OBJECT_TYPE OBJECT_TYPE, *POBJECT_TYPE;

EXTERN_C_END

#define NT_SUCCESS(status)	       ((NTSTATUS)(status) >= 0)
#define NT_INFORMATION(status)	       ((uint32_t)(status) >> 30 == 1)
#define NT_WARNING(status)	       ((uint32_t)(status) >> 30 == 2)
#define NT_ERROR(status)	       ((uint32_t)(status) >> 30 == 3)

#define UNREFERENCED_PARAMETER(p)      ((void)(p))
#define DBG_UNREFERENCED_PARAMETER(p)  ((void)(p))
#define UNREFERENCED_LOCAL_VARIABLE(v) ((void)(v))

#ifndef FIELD_OFFSET
#define FIELD_OFFSET(type, field) ((LONG)offsetof(type, field))
#endif
#define RTL_FIELD_SIZE(type, field) (sizeof(((type *)0)->field))
#define RTL_SIZEOF_THROUGH_FIELD(type, field) \
	(offsetof(type, field) + RTL_FIELD_SIZE(type, field))
#ifndef CONTAINING_RECORD
#define CONTAINING_RECORD(address, type, field) \
	((type *)((uintptr_t)(address)-offsetof(type, field)))
#endif
#ifndef ARRAYSIZE
#define ARRAYSIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif
#define RTL_NUMBER_OF(a) ARRAYSIZE(a)

/* Undefine them, or define NOMINMAX, before a C++ library header. */
#ifndef NOMINMAX
#ifndef min
#define min(a, b) (((a) < (b)) ? (a) : (b))
#endif
#ifndef max
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#endif

#endif /* WDM_TYPES_H */
