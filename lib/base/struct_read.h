/* SPDX-License-Identifier: MIT */
/*
 * Growing structs: the caller's struct_size says how much of it there is.  A
 * shorter one is completed with zeros, a longer one is accepted while its
 * unknown tail is zero, one shorter than the first release's is refused.
 */
#ifndef IOLAS_BASE_STRUCT_READ_H
#define IOLAS_BASE_STRUCT_READ_H

#include <iolas/base.h>
#include <string.h>

/*
 * Copies *given into *copy, both starting with a uint32_t struct_size.
 * @copy_bytes is what this library knows, @first_bytes what the first release
 * had.  IOLAS_EINVAL leaves *copy unspecified.
 */
static inline int iolas__struct_read(void *copy, size_t copy_bytes,
				     size_t first_bytes, const void *given)
{
	const unsigned char *bytes = given;
	uint32_t size;

	if (!given)
		return IOLAS_EINVAL;
	memcpy(&size, given, sizeof(size));
	if (size < first_bytes)
		return IOLAS_EINVAL;
	for (size_t i = copy_bytes; i < size; i++)
		if (bytes[i] != 0)
			return IOLAS_EINVAL;
	memset(copy, 0, copy_bytes);
	memcpy(copy, given, size < copy_bytes ? size : copy_bytes);
	return IOLAS_OK;
}

#endif /* IOLAS_BASE_STRUCT_READ_H */
