/* SPDX-License-Identifier: MIT */
/*
 * Registers in mapped memory, and ports.  A register access is one volatile
 * access of its width; without NOFENCE it is ordered against all others.
 * Ports reach the runtime.
 */
#ifndef WDM_HAL_H
#define WDM_HAL_H

#include "wdm_interlocked.h"

EXTERN_C_START

#define WDM_REGISTER(name, type)                                               \
	FORCEINLINE type READ_REGISTER_##name(volatile type *reg)              \
	{                                                                      \
		type value;                                                    \
                                                                               \
		KeMemoryBarrier();                                             \
		value = *reg;                                                  \
		KeMemoryBarrier();                                             \
		return value;                                                  \
	}                                                                      \
	FORCEINLINE VOID WRITE_REGISTER_##name(volatile type *reg, type value) \
	{                                                                      \
		KeMemoryBarrier();                                             \
		*reg = value;                                                  \
		KeMemoryBarrier();                                             \
	}                                                                      \
	FORCEINLINE type READ_REGISTER_NOFENCE_##name(volatile type *reg)      \
	{                                                                      \
		return *reg;                                                   \
	}                                                                      \
	FORCEINLINE VOID WRITE_REGISTER_NOFENCE_##name(volatile type *reg,     \
						       type value)             \
	{                                                                      \
		*reg = value;                                                  \
	}                                                                      \
	FORCEINLINE VOID READ_REGISTER_BUFFER_##name(                          \
		volatile type *reg, type *buffer, ULONG count)                 \
	{                                                                      \
		KeMemoryBarrier();                                             \
		while (count--)                                                \
			*buffer++ = *reg++;                                    \
		KeMemoryBarrier();                                             \
	}                                                                      \
	FORCEINLINE VOID WRITE_REGISTER_BUFFER_##name(                         \
		volatile type *reg, type *buffer, ULONG count)                 \
	{                                                                      \
		KeMemoryBarrier();                                             \
		while (count--)                                                \
			*reg++ = *buffer++;                                    \
		KeMemoryBarrier();                                             \
	}

WDM_REGISTER(UCHAR, UCHAR)
WDM_REGISTER(USHORT, USHORT)
WDM_REGISTER(ULONG, ULONG)
WDM_REGISTER(ULONG64, ULONG64)

#undef WDM_REGISTER

/* Exported by libiolas-dxgk. */
DXGK_EXPORT UCHAR NTAPI READ_PORT_UCHAR(PUCHAR Port);
DXGK_EXPORT USHORT NTAPI READ_PORT_USHORT(PUSHORT Port);
DXGK_EXPORT ULONG NTAPI READ_PORT_ULONG(PULONG Port);
DXGK_EXPORT VOID NTAPI WRITE_PORT_UCHAR(PUCHAR Port, UCHAR Value);
DXGK_EXPORT VOID NTAPI WRITE_PORT_USHORT(PUSHORT Port, USHORT Value);
DXGK_EXPORT VOID NTAPI WRITE_PORT_ULONG(PULONG Port, ULONG Value);

EXTERN_C_END

#endif /* WDM_HAL_H */
