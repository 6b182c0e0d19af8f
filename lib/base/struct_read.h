/* SPDX-License-Identifier: MIT */
/*
 * Growing structs: the caller's struct_size says how much of it there is.  A
 * shorter one is completed with zeros, a longer one is accepted while its
 * unknown tail is zero, one shorter than the first release's is refused, and
 * so is one that no release can have made.  Results go back the same way.
 */
#ifndef IOLAS_BASE_STRUCT_READ_H
#define IOLAS_BASE_STRUCT_READ_H

#include <iolas/base.h>
#include <string.h>

/* Longer than any struct of ours will get: the size itself is garbage. */
#define IOLAS__STRUCT_LIMIT 4096u

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

	/*
	 * Where this is inlined the compiler knows the caller's object and
	 * warns of the tail that it does not have.
	 */
	__asm__("" : "+r"(bytes));
	if (!given)
		return IOLAS_EINVAL;
	memcpy(&size, bytes, sizeof(size));
	if (size < first_bytes || size > IOLAS__STRUCT_LIMIT)
		return IOLAS_EINVAL;
	for (size_t i = copy_bytes; i < size; i++)
		if (bytes[i] != 0)
			return IOLAS_EINVAL;
	memset(copy, 0, copy_bytes);
	memcpy(copy, bytes, size < copy_bytes ? size : copy_bytes);
	return IOLAS_OK;
}

/*
 * Hands a result back: as much of *result as the caller's struct_size has room
 * for, zeros in a tail that we do not know.  struct_size stays the caller's.
 * IOLAS_EINVAL leaves *given alone.
 */
static inline int iolas__struct_write(void *given, const void *result,
				      size_t result_bytes, size_t first_bytes)
{
	unsigned char *bytes = given;
	const unsigned char *from = result;
	uint32_t size;
	size_t known;

	__asm__("" : "+r"(bytes)); /* as above */
	if (!given)
		return IOLAS_EINVAL;
	memcpy(&size, bytes, sizeof(size));
	if (size < first_bytes || size > IOLAS__STRUCT_LIMIT)
		return IOLAS_EINVAL;
	known = size < result_bytes ? size : result_bytes;
	memcpy(bytes + sizeof(size), from + sizeof(size), known - sizeof(size));
	memset(bytes + known, 0, size - known);
	return IOLAS_OK;
}

#endif /* IOLAS_BASE_STRUCT_READ_H */
