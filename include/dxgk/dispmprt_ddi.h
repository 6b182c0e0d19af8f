/* SPDX-License-Identifier: MIT */
/*
 * The DDIs that dispmprt declares: a miniport's life from AddDevice to Unload
 * (spec/dxgk-miniport.md, section 2.1).  At PASSIVE_LEVEL, except for the
 * interrupt routine and the DPC.
 */
#ifndef DISPMPRT_DDI_H
#define DISPMPRT_DDI_H

#include "dispmprt_interface.h"

EXTERN_C_START

/* Success with a NULL context: this function of the device is not served. */
typedef NTSTATUS NTAPI
DXGKDDI_ADD_DEVICE(const PDEVICE_OBJECT PhysicalDeviceObject,
		   PVOID *MiniportDeviceContext);
typedef DXGKDDI_ADD_DEVICE *PDXGKDDI_ADD_DEVICE;

typedef NTSTATUS NTAPI DXGKDDI_START_DEVICE(const PVOID MiniportDeviceContext,
					    PDXGK_START_INFO DxgkStartInfo,
					    PDXGKRNL_INTERFACE DxgkInterface,
					    PULONG NumberOfVideoPresentSources,
					    PULONG NumberOfChildren);
typedef DXGKDDI_START_DEVICE *PDXGKDDI_START_DEVICE;

typedef NTSTATUS NTAPI DXGKDDI_STOP_DEVICE(const PVOID MiniportDeviceContext);
typedef DXGKDDI_STOP_DEVICE *PDXGKDDI_STOP_DEVICE;

typedef NTSTATUS NTAPI DXGKDDI_REMOVE_DEVICE(const PVOID MiniportDeviceContext);
typedef DXGKDDI_REMOVE_DEVICE *PDXGKDDI_REMOVE_DEVICE;

/* At the device's interrupt level; TRUE if the interrupt was the device's. */
typedef BOOLEAN NTAPI DXGKDDI_INTERRUPT_ROUTINE(
	const PVOID MiniportDeviceContext, ULONG MessageNumber);
typedef DXGKDDI_INTERRUPT_ROUTINE *PDXGKDDI_INTERRUPT_ROUTINE;

/* At DISPATCH_LEVEL. */
typedef VOID NTAPI DXGKDDI_DPC_ROUTINE(const PVOID MiniportDeviceContext);
typedef DXGKDDI_DPC_ROUTINE *PDXGKDDI_DPC_ROUTINE;

typedef VOID NTAPI DXGKDDI_RESET_DEVICE(const PVOID MiniportDeviceContext);
typedef DXGKDDI_RESET_DEVICE *PDXGKDDI_RESET_DEVICE;

typedef VOID NTAPI DXGKDDI_UNLOAD(VOID);
typedef DXGKDDI_UNLOAD *PDXGKDDI_UNLOAD;

typedef NTSTATUS NTAPI DXGKDDI_LINK_DEVICE(
	const PDEVICE_OBJECT PhysicalDeviceObject,
	const PVOID MiniportDeviceContext, PLINKED_DEVICE LinkedDevice);
typedef DXGKDDI_LINK_DEVICE *PDXGKDDI_LINK_DEVICE;

EXTERN_C_END

#endif /* DISPMPRT_DDI_H */
