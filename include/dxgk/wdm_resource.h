/* SPDX-License-Identifier: MIT */
/*
 * The resources that a device was given: memory windows, ports, interrupts.
 * DxgkCbGetDeviceInformation hands them out in translated form.
 */
#ifndef WDM_RESOURCE_H
#define WDM_RESOURCE_H

#include "wdm_types.h"

EXTERN_C_START

typedef enum _INTERFACE_TYPE {
	InterfaceTypeUndefined = -1,
	Internal,
	Isa,
	Eisa,
	MicroChannel,
	TurboChannel,
	PCIBus,
	VMEBus,
	NuBus,
	PCMCIABus,
	CBus,
	MPIBus,
	MPSABus,
	ProcessorInternal,
	InternalPowerBus,
	PNPISABus,
	PNPBus,
	Vmcs,
	ACPIBus,
	MaximumInterfaceType
} INTERFACE_TYPE,
	*PINTERFACE_TYPE;

#define CmResourceTypeNull		0
#define CmResourceTypePort		1
#define CmResourceTypeInterrupt		2
#define CmResourceTypeMemory		3
#define CmResourceTypeDma		4
#define CmResourceTypeDeviceSpecific	5
#define CmResourceTypeBusNumber		6
#define CmResourceTypeMemoryLarge	7
#define CmResourceTypeDevicePrivate	129

#define CM_RESOURCE_MEMORY_READ_WRITE	0x0000
#define CM_RESOURCE_MEMORY_READ_ONLY	0x0001
#define CM_RESOURCE_MEMORY_WRITE_ONLY	0x0002
#define CM_RESOURCE_MEMORY_PREFETCHABLE 0x0004
#define CM_RESOURCE_MEMORY_LARGE_40	0x0200
#define CM_RESOURCE_MEMORY_LARGE_48	0x0400
#define CM_RESOURCE_MEMORY_LARGE_64	0x0800
#define CM_RESOURCE_PORT_IO		0x0001
#define CM_RESOURCE_INTERRUPT_LATCHED	0x0001
#define CM_RESOURCE_INTERRUPT_MESSAGE	0x0002

/* Members are 4-aligned: 20 bytes with 64-bit pointers, 16 with 32-bit ones. */
#pragma pack(push, 4)
typedef struct _CM_PARTIAL_RESOURCE_DESCRIPTOR {
	UCHAR Type;
	UCHAR ShareDisposition;
	USHORT Flags;
	union {
		struct {
			PHYSICAL_ADDRESS Start;
			ULONG Length;
		} Generic;
		struct {
			PHYSICAL_ADDRESS Start;
			ULONG Length;
		} Port;
		struct {
			ULONG Level;
			ULONG Vector;
			KAFFINITY Affinity;
		} Interrupt;
		struct {
			DXGK_ANONYMOUS union {
				struct {
					USHORT Reserved;
					USHORT MessageCount;
					ULONG Vector;
					KAFFINITY Affinity;
				} Raw;
				struct {
					ULONG Level;
					ULONG Vector;
					KAFFINITY Affinity;
				} Translated;
			};
		} MessageInterrupt;
		struct {
			PHYSICAL_ADDRESS Start;
			ULONG Length;
		} Memory;
		struct {
			ULONG Channel;
			ULONG Port;
			ULONG Reserved1;
		} Dma;
		struct {
			ULONG Data[3];
		} DevicePrivate;
		struct {
			ULONG Start;
			ULONG Length;
			ULONG Reserved;
		} BusNumber;
		struct {
			ULONG DataSize;
			ULONG Reserved1;
			ULONG Reserved2;
		} DeviceSpecificData;
		struct {
			PHYSICAL_ADDRESS Start;
			ULONG Length40; /* in units of 256 bytes */
		} Memory40;
		struct {
			PHYSICAL_ADDRESS Start;
			ULONG Length48; /* in units of 64 KiB */
		} Memory48;
		struct {
			PHYSICAL_ADDRESS Start;
			ULONG Length64; /* in units of 4 GiB */
		} Memory64;
	} u;
} CM_PARTIAL_RESOURCE_DESCRIPTOR, *PCM_PARTIAL_RESOURCE_DESCRIPTOR;
#pragma pack(pop)

typedef struct _CM_PARTIAL_RESOURCE_LIST {
	USHORT Version;
	USHORT Revision;
	ULONG Count;
	CM_PARTIAL_RESOURCE_DESCRIPTOR PartialDescriptors[1];
} CM_PARTIAL_RESOURCE_LIST, *PCM_PARTIAL_RESOURCE_LIST;

typedef struct _CM_FULL_RESOURCE_DESCRIPTOR {
	INTERFACE_TYPE InterfaceType;
	ULONG BusNumber;
	CM_PARTIAL_RESOURCE_LIST PartialResourceList;
} CM_FULL_RESOURCE_DESCRIPTOR, *PCM_FULL_RESOURCE_DESCRIPTOR;

typedef struct _CM_RESOURCE_LIST {
	ULONG Count;
	CM_FULL_RESOURCE_DESCRIPTOR List[1];
} CM_RESOURCE_LIST, *PCM_RESOURCE_LIST;

/* Configuration space, for DxgkCbReadDeviceSpace and its like. */
#define PCI_WHICHSPACE_CONFIG 0x0
#define PCI_WHICHSPACE_ROM    0x52696350

typedef struct _PCI_DEVICE_PRESENCE_PARAMETERS {
	ULONG Size;
	ULONG Flags;
	USHORT VendorID;
	USHORT DeviceID;
	UCHAR RevisionID;
	USHORT SubVendorID;
	USHORT SubSystemID;
	UCHAR BaseClass;
	UCHAR SubClass;
	UCHAR ProgIf;
} PCI_DEVICE_PRESENCE_PARAMETERS, *PPCI_DEVICE_PRESENCE_PARAMETERS;

#define PCI_USE_SUBSYSTEM_IDS  0x00000001
#define PCI_USE_REVISION       0x00000002
#define PCI_USE_VENDEV_IDS     0x00000004
#define PCI_USE_CLASS_SUBCLASS 0x00000008
#define PCI_USE_PROGIF	       0x00000010
#define PCI_USE_LOCAL_BUS      0x00000020
#define PCI_USE_LOCAL_DEVICE   0x00000040

/* Head of every table of functions that one driver hands to another. */
typedef VOID(NTAPI *PINTERFACE_REFERENCE)(PVOID Context);
typedef VOID(NTAPI *PINTERFACE_DEREFERENCE)(PVOID Context);
typedef struct _INTERFACE {
	USHORT Size;
	USHORT Version;
	PVOID Context;
	PINTERFACE_REFERENCE InterfaceReference;
	PINTERFACE_DEREFERENCE InterfaceDereference;
} INTERFACE, *PINTERFACE;

EXTERN_C_END

#endif /* WDM_RESOURCE_H */
