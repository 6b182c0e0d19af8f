/* SPDX-License-Identifier: MIT */
/*
 * The native names, for the files of the library that speak them.
 */
#ifndef IOLAS_DXGK_DXGK_NATIVE_H
#define IOLAS_DXGK_DXGK_NATIVE_H

#define NOMINMAX
#include <wdm.h>
#include <d3dkmddi.h>
#include <dispmprt.h>

/* A HANDLE and the word behind it. */
static inline HANDLE dxgk_handle_out(uint64_t handle)
{
	return (HANDLE)(uintptr_t)handle;
}

static inline uint64_t dxgk_handle_in(const void *handle)
{
	return (uint64_t)(uintptr_t)handle;
}

#endif /* IOLAS_DXGK_DXGK_NATIVE_H */
