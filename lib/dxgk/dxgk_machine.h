/* SPDX-License-Identifier: MIT */
/*
 * What machines and adapters need of the simulated device.
 */
#ifndef IOLAS_DXGK_DXGK_MACHINE_H
#define IOLAS_DXGK_DXGK_MACHINE_H

#include "dxgk/dxgk_priv.h"

/* The unit's fault callback: keeps the fault for the accessing thread. */
void iolas__dxgk_note_fault(void *user, const struct iolas_fault *fault);

/* The device's way in; under device_lock, or before the adapter is known. */
int iolas__dxgk_device_init(struct iolas_dxgk_adapter *adapter);
int iolas__dxgk_device_fini(struct iolas_dxgk_adapter *adapter);

/* Reports mappings that are left and gives the save area back. */
void iolas__dxgk_save_area_end(struct iolas_dxgk_adapter *adapter);

/* Reports and frees every block; adapter teardown. */
void iolas__dxgk_blocks_end(struct iolas_dxgk_adapter *adapter);

#endif /* IOLAS_DXGK_DXGK_MACHINE_H */
