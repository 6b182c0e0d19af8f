/* SPDX-License-Identifier: MIT */
/*
 * DXGKRNL_INTERFACE inside: stubs for all slots, then what is implemented.
 */
#ifndef IOLAS_DXGK_DXGK_INTERFACE_H
#define IOLAS_DXGK_DXGK_INTERFACE_H

#include "dxgk/dxgk_callback.h"

/* Every slot reports itself. */
void iolas__dxgk_interface_stubs(DXGKRNL_INTERFACE *interface);

/*
 * The interface that @adapter's driver gets for @driver_version, all 70 slots
 * set, Size and Version as offered.
 */
void iolas__dxgk_interface_fill(struct iolas_dxgk_adapter *adapter,
				uint32_t driver_version,
				DXGKRNL_INTERFACE *interface);

#endif /* IOLAS_DXGK_DXGK_INTERFACE_H */
