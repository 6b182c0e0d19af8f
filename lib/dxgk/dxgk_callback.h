/* SPDX-License-Identifier: MIT */
/*
 * The callbacks that this library implements, under the names that the table
 * of slots uses, and the checks that the memory family shares.
 */
#ifndef IOLAS_DXGK_DXGK_CALLBACK_H
#define IOLAS_DXGK_DXGK_CALLBACK_H

#include "dxgk/dxgk_native.h"
#include "dxgk/dxgk_priv.h"

/*
 * What every memory callback asks first: the adapter, the IRQL (at most APC),
 * the bracket of exclusive access (a warning).  STATUS_SUCCESS or what to
 * answer, reported.
 */
NTSTATUS iolas__dxgk_memory_enter(const struct iolas__dxgk_call *call,
				  const void *handle, const void *args,
				  struct iolas_dxgk_adapter **adapter);

/*
 * The callbacks of WDDM 2.4 are closed to a driver that declared
 * DmaRemappingSupported and asked for 2.9 or later.
 */
bool iolas__dxgk_mode_allows(const struct iolas__dxgk_call *call,
			     struct iolas_dxgk_adapter *adapter);

/* Files RULE_BAD_ARGUMENT and answers STATUS_INVALID_PARAMETER. */
NTSTATUS iolas__dxgk_bad(const struct iolas__dxgk_call *call,
			 struct iolas_dxgk_adapter *adapter, const char *why);

NTSTATUS APIENTRY iolas__dxgk_cb_allocate_contiguous(
	const HANDLE adapter, DXGKARGCB_ALLOCATECONTIGUOUSMEMORY *args);
NTSTATUS APIENTRY iolas__dxgk_cb_free_contiguous(
	const HANDLE adapter, const DXGKARGCB_FREECONTIGUOUSMEMORY *args);
NTSTATUS APIENTRY iolas__dxgk_cb_allocate_pages(
	const HANDLE adapter, DXGKARGCB_ALLOCATEPAGESFORMDL *args);
NTSTATUS APIENTRY iolas__dxgk_cb_free_pages(
	const HANDLE adapter, const DXGKARGCB_FREEPAGESFROMMDL *args);
NTSTATUS APIENTRY iolas__dxgk_cb_map_mdl(const HANDLE adapter,
					 DXGKARGCB_MAPMDLTOIOMMU *args);
VOID APIENTRY iolas__dxgk_cb_unmap_mdl(const HANDLE adapter,
				       const DXGKARGCB_UNMAPMDLFROMIOMMU *args);
NTSTATUS APIENTRY iolas__dxgk_cb_pin_frame_buffer(
	const HANDLE adapter, DXGKARGCB_PINFRAMEBUFFERFORSAVE *args);
NTSTATUS APIENTRY iolas__dxgk_cb_unpin_frame_buffer(
	const HANDLE adapter, const DXGKARGCB_UNPINFRAMEBUFFERFORSAVE *args);
NTSTATUS APIENTRY iolas__dxgk_cb_map_frame_buffer(
	const HANDLE adapter, DXGKARGCB_MAPFRAMEBUFFERPOINTER *args);
NTSTATUS APIENTRY iolas__dxgk_cb_unmap_frame_buffer(
	const HANDLE adapter, const DXGKARGCB_UNMAPFRAMEBUFFERPOINTER *args);

#endif /* IOLAS_DXGK_DXGK_CALLBACK_H */
