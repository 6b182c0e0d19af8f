/* SPDX-License-Identifier: MIT */
/*
 * Object attributes, access rights and page protections: what names a kernel
 * object and says how it may be used.
 */
#ifndef WDM_OBJECT_H
#define WDM_OBJECT_H

#include "wdm_types.h"

EXTERN_C_START

typedef struct _OBJECT_ATTRIBUTES {
	ULONG Length;
	HANDLE RootDirectory;
	PUNICODE_STRING ObjectName;
	ULONG Attributes;
	PVOID SecurityDescriptor;
	PVOID SecurityQualityOfService;
} OBJECT_ATTRIBUTES, *POBJECT_ATTRIBUTES;

#define InitializeObjectAttributes(p, name, attributes, root, security) \
	do {                                                            \
		(p)->Length = sizeof(OBJECT_ATTRIBUTES);                \
		(p)->RootDirectory = (root);                            \
		(p)->ObjectName = (name);                               \
		(p)->Attributes = (attributes);                         \
		(p)->SecurityDescriptor = (security);                   \
		(p)->SecurityQualityOfService = NULL;                   \
	} while (0)

#define OBJ_INHERIT		 0x00000002
#define OBJ_PERMANENT		 0x00000010
#define OBJ_EXCLUSIVE		 0x00000020
#define OBJ_CASE_INSENSITIVE	 0x00000040
#define OBJ_OPENIF		 0x00000080
#define OBJ_OPENLINK		 0x00000100
#define OBJ_KERNEL_HANDLE	 0x00000200

#define DELETE			 0x00010000
#define READ_CONTROL		 0x00020000
#define WRITE_DAC		 0x00040000
#define WRITE_OWNER		 0x00080000
#define SYNCHRONIZE		 0x00100000
#define STANDARD_RIGHTS_REQUIRED 0x000F0000
#define STANDARD_RIGHTS_READ	 READ_CONTROL
#define STANDARD_RIGHTS_WRITE	 READ_CONTROL
#define STANDARD_RIGHTS_ALL	 0x001F0000
#define GENERIC_ALL		 0x10000000
#define GENERIC_WRITE		 0x40000000
#define GENERIC_READ		 0x80000000u

#define SECTION_QUERY		 0x0001
#define SECTION_MAP_WRITE	 0x0002
#define SECTION_MAP_READ	 0x0004
#define SECTION_MAP_EXECUTE	 0x0008

#define PAGE_NOACCESS		 0x01
#define PAGE_READONLY		 0x02
#define PAGE_READWRITE		 0x04
#define PAGE_WRITECOPY		 0x08
#define PAGE_EXECUTE		 0x10
#define PAGE_EXECUTE_READ	 0x20
#define PAGE_EXECUTE_READWRITE	 0x40
#define PAGE_NOCACHE		 0x200
#define PAGE_WRITECOMBINE	 0x400
#define SEC_COMMIT		 0x08000000

EXTERN_C_END

#endif /* WDM_OBJECT_H */
