/* SPDX-License-Identifier: MIT */
/*
 * The interface of callbacks as a driver gets it: as long as its version, in
 * memory of exactly that length, so that a driver which copies its own
 * header's size is caught by a sanitizer (spec/dxgk.md, section C).
 */
#include "dxgk/dxgk_interface.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(DXGKRNL_INTERFACE) == 0x240, "3.1 on 64 bits");

/* What is implemented; one line per slot. */
static void fill_callbacks(DXGKRNL_INTERFACE *interface)
{
	iolas__dxgk_interface_stubs(interface);
	interface->DxgkCbAllocateContiguousMemory =
		iolas__dxgk_cb_allocate_contiguous;
	interface->DxgkCbFreeContiguousMemory = iolas__dxgk_cb_free_contiguous;
	interface->DxgkCbAllocatePagesForMdl = iolas__dxgk_cb_allocate_pages;
	interface->DxgkCbFreePagesFromMdl = iolas__dxgk_cb_free_pages;
	interface->DxgkCbMapMdlToIoMmu = iolas__dxgk_cb_map_mdl;
	interface->DxgkCbUnmapMdlFromIoMmu = iolas__dxgk_cb_unmap_mdl;
}

uint32_t iolas_dxgk_interface_bytes(uint32_t version)
{
	uint32_t bytes = 0;

#define STEP(first, x64, x86)   \
	if (version >= (first)) \
		bytes = DXGK_BY_POINTER(x64, x86);
	DXGKRNL_INTERFACE_SIZES(STEP)
#undef STEP
	return bytes;
}

void iolas__dxgk_interface_fill(struct iolas_dxgk_adapter *adapter,
				uint32_t driver_version,
				DXGKRNL_INTERFACE *interface)
{
	uint32_t level = adapter->config.level;
	uint32_t offered = driver_version < level ? driver_version : level;
	bool is_whole = adapter->config.flags & IOLAS_DXGK_UNTRIMMED;

	fill_callbacks(interface);
	interface->Size =
		iolas_dxgk_interface_bytes(is_whole ? level : offered);
	interface->Version = offered;
	interface->DeviceHandle = dxgk_handle_out(adapter->handle);
}

int iolas_dxgk_interface_create(struct iolas_dxgk_adapter *adapter,
				uint32_t driver_version,
				struct _DXGKRNL_INTERFACE **result)
{
	DXGKRNL_INTERFACE whole;

	if (result)
		*result = NULL;
	if (!adapter || !result || !iolas_dxgk_interface_bytes(driver_version))
		return IOLAS_EINVAL;
	iolas__dxgk_interface_fill(adapter, driver_version, &whole);
	/* malloc and no heap piece: its end is where a sanitizer looks. */
	*result = malloc(whole.Size);
	if (!*result)
		return IOLAS_ENOMEM;
	memcpy(*result, &whole, whole.Size);
	return IOLAS_OK;
}

void iolas_dxgk_interface_destroy(struct iolas_dxgk_adapter *adapter,
				  struct _DXGKRNL_INTERFACE *interface)
{
	(void)adapter;
	if (!interface)
		return;
	memset(interface, IOLAS_DXGK_POISON, interface->Size);
	free(interface);
}
