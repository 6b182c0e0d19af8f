/* SPDX-License-Identifier: MIT */
/*
 * Registry keys, device properties, system threads and object references, all
 * of them functions that the runtime implements.
 */
#ifndef WDM_IO_H
#define WDM_IO_H

#include "wdm_object.h"

EXTERN_C_START

/* Registry. */
#define REG_NONE			  0
#define REG_SZ				  1
#define REG_EXPAND_SZ			  2
#define REG_BINARY			  3
#define REG_DWORD			  4
#define REG_DWORD_LITTLE_ENDIAN		  4
#define REG_DWORD_BIG_ENDIAN		  5
#define REG_LINK			  6
#define REG_MULTI_SZ			  7
#define REG_QWORD			  11

#define KEY_QUERY_VALUE			  0x0001
#define KEY_SET_VALUE			  0x0002
#define KEY_CREATE_SUB_KEY		  0x0004
#define KEY_ENUMERATE_SUB_KEYS		  0x0008
#define KEY_NOTIFY			  0x0010
#define KEY_READ			  0x20019
#define KEY_WRITE			  0x20006
#define KEY_ALL_ACCESS			  0xF003F

#define PLUGPLAY_REGKEY_DEVICE		  1
#define PLUGPLAY_REGKEY_DRIVER		  2
#define PLUGPLAY_REGKEY_CURRENT_HWPROFILE 4

typedef enum _KEY_VALUE_INFORMATION_CLASS {
	KeyValueBasicInformation,
	KeyValueFullInformation,
	KeyValuePartialInformation
} KEY_VALUE_INFORMATION_CLASS;

typedef struct _KEY_VALUE_BASIC_INFORMATION {
	ULONG TitleIndex;
	ULONG Type;
	ULONG NameLength;
	WCHAR Name[1];
} KEY_VALUE_BASIC_INFORMATION, *PKEY_VALUE_BASIC_INFORMATION;

typedef struct _KEY_VALUE_FULL_INFORMATION {
	ULONG TitleIndex;
	ULONG Type;
	ULONG DataOffset;
	ULONG DataLength;
	ULONG NameLength;
	WCHAR Name[1];
} KEY_VALUE_FULL_INFORMATION, *PKEY_VALUE_FULL_INFORMATION;

typedef struct _KEY_VALUE_PARTIAL_INFORMATION {
	ULONG TitleIndex;
	ULONG Type;
	ULONG DataLength;
	UCHAR Data[1];
} KEY_VALUE_PARTIAL_INFORMATION, *PKEY_VALUE_PARTIAL_INFORMATION;

typedef enum _DEVICE_REGISTRY_PROPERTY {
	DevicePropertyDeviceDescription = 0x0,
	DevicePropertyHardwareID = 0x1,
	DevicePropertyCompatibleIDs = 0x2,
	DevicePropertyBootConfiguration = 0x3,
	DevicePropertyBootConfigurationTranslated = 0x4,
	DevicePropertyClassName = 0x5,
	DevicePropertyClassGuid = 0x6,
	DevicePropertyDriverKeyName = 0x7,
	DevicePropertyManufacturer = 0x8,
	DevicePropertyFriendlyName = 0x9,
	DevicePropertyLocationInformation = 0xA,
	DevicePropertyPhysicalDeviceObjectName = 0xB,
	DevicePropertyBusTypeGuid = 0xC,
	DevicePropertyLegacyBusType = 0xD,
	DevicePropertyBusNumber = 0xE,
	DevicePropertyEnumeratorName = 0xF,
	DevicePropertyAddress = 0x10,
	DevicePropertyUINumber = 0x11
} DEVICE_REGISTRY_PROPERTY;

/* Exported by libiolas-dxgk. */
DXGK_EXPORT NTSTATUS NTAPI ZwClose(HANDLE Handle);
DXGK_EXPORT NTSTATUS NTAPI ZwOpenKey(PHANDLE KeyHandle,
				     ACCESS_MASK DesiredAccess,
				     POBJECT_ATTRIBUTES ObjectAttributes);
DXGK_EXPORT NTSTATUS NTAPI
ZwQueryValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName,
		KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass,
		PVOID KeyValueInformation, ULONG Length, PULONG ResultLength);
DXGK_EXPORT NTSTATUS NTAPI ZwSetValueKey(HANDLE KeyHandle,
					 PUNICODE_STRING ValueName,
					 ULONG TitleIndex, ULONG Type,
					 PVOID Data, ULONG DataSize);
DXGK_EXPORT NTSTATUS NTAPI IoOpenDeviceRegistryKey(PDEVICE_OBJECT DeviceObject,
						   ULONG DevInstKeyType,
						   ACCESS_MASK DesiredAccess,
						   PHANDLE DeviceRegKey);
DXGK_EXPORT NTSTATUS NTAPI IoGetDeviceProperty(
	PDEVICE_OBJECT DeviceObject, DEVICE_REGISTRY_PROPERTY DeviceProperty,
	ULONG BufferLength, PVOID PropertyBuffer, PULONG ResultLength);

/* Threads and objects. */
#define THREAD_ALL_ACCESS 0x001FFFFF
#define EVENT_ALL_ACCESS  0x001F0003

typedef struct _CLIENT_ID {
	HANDLE UniqueProcess;
	HANDLE UniqueThread;
} CLIENT_ID, *PCLIENT_ID;

typedef struct _OBJECT_HANDLE_INFORMATION {
	ULONG HandleAttributes;
	ACCESS_MASK GrantedAccess;
} OBJECT_HANDLE_INFORMATION, *POBJECT_HANDLE_INFORMATION;

typedef VOID NTAPI KSTART_ROUTINE(PVOID StartContext);
typedef KSTART_ROUTINE *PKSTART_ROUTINE;

/* Exported by libiolas-dxgk. */
DXGK_EXPORT NTSTATUS NTAPI PsCreateSystemThread(
	PHANDLE ThreadHandle, ULONG DesiredAccess,
	POBJECT_ATTRIBUTES ObjectAttributes, HANDLE ProcessHandle,
	PCLIENT_ID ClientId, PKSTART_ROUTINE StartRoutine, PVOID StartContext);
DXGK_EXPORT NTSTATUS NTAPI PsTerminateSystemThread(NTSTATUS ExitStatus);
DXGK_EXPORT NTSTATUS NTAPI ObReferenceObjectByHandle(
	HANDLE Handle, ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType,
	KPROCESSOR_MODE AccessMode, PVOID *Object,
	POBJECT_HANDLE_INFORMATION HandleInformation);
DXGK_EXPORT LONG_PTR NTAPI ObDereferenceObject(PVOID Object);
DXGK_EXPORT extern POBJECT_TYPE *PsThreadType;
DXGK_EXPORT extern POBJECT_TYPE *ExEventObjectType;

EXTERN_C_END

#endif /* WDM_IO_H */
