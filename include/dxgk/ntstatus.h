/* SPDX-License-Identifier: MIT */
/*
 * ntstatus.h of the Windows surface: the status codes.
 */
#ifndef DXGK_NTSTATUS_H
#define DXGK_NTSTATUS_H

#include "wdm_status.h"

#endif /* DXGK_NTSTATUS_H */
