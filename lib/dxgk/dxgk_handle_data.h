/* SPDX-License-Identifier: MIT */
/*
 * The handle callbacks, for the interface table.
 */
#ifndef IOLAS_DXGK_DXGK_HANDLE_DATA_H
#define IOLAS_DXGK_DXGK_HANDLE_DATA_H

#include <d3dkmddi.h>

VOID *APIENTRY CALLBACK
iolas__dxgk_cb_get_handle_data(const DXGKARGCB_GETHANDLEDATA *args);
D3DKMT_HANDLE APIENTRY CALLBACK
iolas__dxgk_cb_get_handle_parent(D3DKMT_HANDLE handle);
D3DKMT_HANDLE APIENTRY CALLBACK
iolas__dxgk_cb_enum_handle_children(const DXGKARGCB_ENUMHANDLECHILDREN *args);
VOID *APIENTRY CALLBACK iolas__dxgk_cb_acquire_handle_data(
	const DXGKARGCB_GETHANDLEDATA *args, DXGKARG_RELEASE_HANDLE *release);
VOID APIENTRY CALLBACK
iolas__dxgk_cb_release_handle_data(const DXGKARGCB_RELEASEHANDLEDATA args);

#endif /* IOLAS_DXGK_DXGK_HANDLE_DATA_H */
