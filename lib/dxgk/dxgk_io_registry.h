/* SPDX-License-Identifier: MIT */
/*
 * The registry inside: a flat list of keys by path, values in them.  Keys and
 * values stay until the machine goes.  kernel->lock guards all of it.
 */
#ifndef IOLAS_DXGK_DXGK_IO_REGISTRY_H
#define IOLAS_DXGK_DXGK_IO_REGISTRY_H

#include "dxgk/dxgk_kernel.h"

#define DXGK_PATH_UNITS 512 /* of a path or a name, as the store takes them */

/* Units of a string that need not end with zero. */
struct iolas__dxgk_name {
	const WCHAR *text;
	size_t count;
};

struct iolas__dxgk_value {
	struct iolas__dxgk_value *next;
	WCHAR *name;
	size_t name_count;
	uint32_t type;
	size_t bytes;
	unsigned char *data;
};

struct iolas__dxgk_key {
	struct iolas__dxgk_key *next;
	struct iolas__dxgk_value *values;
	size_t count;
	WCHAR path[];
};

/* What a handle of DXGK_KIND_KEY names. */
struct iolas__dxgk_open_key {
	struct iolas__dxgk_open_key *next;
	struct iolas__dxgk_kernel *kernel;
	struct iolas__dxgk_key *key;
	struct iolas__dxgk_key *fallback; /* values of every device, or NULL */
	uint32_t access;
	uint64_t handle;
	const char *made_call;
	const void *made_site;
};

struct iolas__dxgk_property {
	struct iolas__dxgk_property *next;
	const void *pdo;
	uint32_t property;
	size_t bytes;
	unsigned char *data;
};

/* ASCII as native letters; false: too long or not ASCII. */
bool iolas__dxgk_widen(const char *text, WCHAR *wide, size_t *count);

/* The key at an absolute path, made with its parents if @is_made. */
struct iolas__dxgk_key *iolas__dxgk_key_at(struct iolas__dxgk_kernel *kernel,
					   struct iolas__dxgk_name path,
					   bool is_made);
struct iolas__dxgk_value *iolas__dxgk_value_of(struct iolas__dxgk_key *key,
					       struct iolas__dxgk_name name);
/* IOLAS_OK or IOLAS_ENOMEM; a value that is there is replaced. */
int iolas__dxgk_value_set(struct iolas__dxgk_kernel *kernel,
			  struct iolas__dxgk_key *key,
			  struct iolas__dxgk_name name, uint32_t type,
			  const void *data, size_t bytes);
/* The property of a device, or of all. */
struct iolas__dxgk_property *
iolas__dxgk_property_of(struct iolas__dxgk_kernel *kernel, const void *pdo,
			uint32_t property);

#endif /* IOLAS_DXGK_DXGK_IO_REGISTRY_H */
