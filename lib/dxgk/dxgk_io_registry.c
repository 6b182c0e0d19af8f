/* SPDX-License-Identifier: MIT */
/*
 * The registry's store, and what a test program presets in it.
 */
#include "dxgk/dxgk_io_registry.h"

#include <stdio.h>
#include <string.h>

#define VALUE_BYTES ((size_t)1 << 20) /* the most that a value takes */

bool iolas__dxgk_widen(const char *text, WCHAR *wide, size_t *count)
{
	size_t i;

	for (i = 0; text[i]; i++) {
		if (i == DXGK_PATH_UNITS || (unsigned char)text[i] > 0x7e)
			return false;
		wide[i] = (WCHAR)(unsigned char)text[i];
	}
	*count = i;
	return true;
}

static WCHAR fold(WCHAR letter)
{
	return letter >= 'a' && letter <= 'z' ? (WCHAR)(letter - 'a' + 'A')
					      : letter;
}

static bool is_same(const WCHAR *a, size_t a_count, struct iolas__dxgk_name b)
{
	if (a_count != b.count)
		return false;
	for (size_t i = 0; i < a_count; i++)
		if (fold(a[i]) != fold(b.text[i]))
			return false;
	return true;
}

static struct iolas__dxgk_key *find_key(struct iolas__dxgk_kernel *kernel,
					struct iolas__dxgk_name path)
{
	struct iolas__dxgk_key *key = kernel->keys;

	while (key && !is_same(key->path, key->count, path))
		key = key->next;
	return key;
}

static struct iolas__dxgk_key *make_key(struct iolas__dxgk_kernel *kernel,
					struct iolas__dxgk_name path)
{
	const size_t bytes = path.count * sizeof(WCHAR);
	struct iolas__dxgk_key *key =
		iolas__dxgk_alloc(&kernel->machine->heap, sizeof(*key) + bytes);

	if (!key)
		return NULL;
	key->count = path.count;
	memcpy(key->path, path.text, bytes);
	key->next = kernel->keys;
	kernel->keys = key;
	return key;
}

struct iolas__dxgk_key *iolas__dxgk_key_at(struct iolas__dxgk_kernel *kernel,
					   struct iolas__dxgk_name path,
					   bool is_made)
{
	struct iolas__dxgk_key *key;

	while (path.count && path.text[path.count - 1] == '\\')
		path.count--;
	key = find_key(kernel, path);
	if (key || !is_made)
		return key;
	/* Parents first: a key never hangs in the air. */
	for (size_t i = 1; i < path.count; i++) {
		const struct iolas__dxgk_name parent = { path.text, i };

		if (path.text[i] == '\\' && !find_key(kernel, parent) &&
		    !make_key(kernel, parent))
			return NULL;
	}
	return make_key(kernel, path);
}

struct iolas__dxgk_value *iolas__dxgk_value_of(struct iolas__dxgk_key *key,
					       struct iolas__dxgk_name name)
{
	struct iolas__dxgk_value *value = key->values;

	while (value && !is_same(value->name, value->name_count, name))
		value = value->next;
	return value;
}

static struct iolas__dxgk_value *make_value(struct iolas__dxgk_kernel *kernel,
					    struct iolas__dxgk_key *key,
					    struct iolas__dxgk_name name)
{
	const size_t bytes = name.count * sizeof(WCHAR);
	struct iolas__dxgk_value *value = iolas__dxgk_alloc(
		&kernel->machine->heap, sizeof(*value) + bytes);

	if (!value)
		return NULL;
	value->name = (WCHAR *)(value + 1);
	value->name_count = name.count;
	if (bytes)
		memcpy(value->name, name.text, bytes);
	value->next = key->values;
	key->values = value;
	return value;
}

int iolas__dxgk_value_set(struct iolas__dxgk_kernel *kernel,
			  struct iolas__dxgk_key *key,
			  struct iolas__dxgk_name name, uint32_t type,
			  const void *data, size_t bytes)
{
	struct iolas__dxgk_value *value = iolas__dxgk_value_of(key, name);
	unsigned char *copy;

	if (bytes > VALUE_BYTES)
		return IOLAS_ENOMEM;
	/* Data first: a value without its data is never seen. */
	copy = iolas__dxgk_alloc(&kernel->machine->heap, bytes);
	if (copy && !value)
		value = make_value(kernel, key, name);
	if (!copy || !value) {
		iolas__dxgk_free(&kernel->machine->heap, copy);
		return IOLAS_ENOMEM;
	}
	if (bytes)
		memcpy(copy, data, bytes);
	iolas__dxgk_free(&kernel->machine->heap, value->data);
	value->data = copy;
	value->bytes = bytes;
	value->type = type;
	return IOLAS_OK;
}

int iolas_dxgk_registry_set(struct iolas_dxgk_machine *machine,
			    const char *path, const char *name, uint32_t type,
			    const void *data, size_t bytes)
{
	WCHAR path_text[DXGK_PATH_UNITS], name_text[DXGK_PATH_UNITS];
	struct iolas__dxgk_name wide_path = { path_text, 0 };
	struct iolas__dxgk_name wide_name = { name_text, 0 };
	struct iolas__dxgk_kernel *kernel;
	struct iolas__dxgk_key *key;
	int status = IOLAS_OK;

	if (!machine || !path || path[0] != '\\' || (bytes && !data) ||
	    (!name && (data || bytes)) ||
	    !iolas__dxgk_widen(path, path_text, &wide_path.count) ||
	    (name && !iolas__dxgk_widen(name, name_text, &wide_name.count)))
		return IOLAS_EINVAL;
	kernel = iolas__dxgk_kernel_of(machine);
	if (!kernel)
		return IOLAS_ENOMEM;
	pthread_mutex_lock(&kernel->lock);
	key = iolas__dxgk_key_at(kernel, wide_path, true);
	if (!key)
		status = IOLAS_ENOMEM;
	else if (name)
		status = iolas__dxgk_value_set(kernel, key, wide_name, type,
					       data, bytes);
	pthread_mutex_unlock(&kernel->lock);
	return status;
}

/* Lock held. */
static int copy_value(const struct iolas__dxgk_value *value, uint32_t *type,
		      void *data, size_t *bytes)
{
	const size_t room = *bytes;

	*bytes = value->bytes;
	if (type)
		*type = value->type;
	if (!data)
		return IOLAS_OK;
	if (value->bytes)
		memcpy(data, value->data,
		       value->bytes < room ? value->bytes : room);
	return value->bytes > room ? IOLAS_ERANGE : IOLAS_OK;
}

int iolas_dxgk_registry_get(struct iolas_dxgk_machine *machine,
			    const char *path, const char *name, uint32_t *type,
			    void *data, size_t *bytes)
{
	WCHAR path_text[DXGK_PATH_UNITS], name_text[DXGK_PATH_UNITS];
	struct iolas__dxgk_name wide_path = { path_text, 0 };
	struct iolas__dxgk_name wide_name = { name_text, 0 };
	struct iolas__dxgk_kernel *kernel;
	struct iolas__dxgk_value *value = NULL;
	struct iolas__dxgk_key *key;
	int status = IOLAS_ENOENT;

	if (!machine || !path || !name || !bytes ||
	    !iolas__dxgk_widen(path, path_text, &wide_path.count) ||
	    !iolas__dxgk_widen(name, name_text, &wide_name.count))
		return IOLAS_EINVAL;
	kernel = iolas__dxgk_kernel_of(machine);
	if (!kernel)
		return IOLAS_ENOENT;
	pthread_mutex_lock(&kernel->lock);
	key = iolas__dxgk_key_at(kernel, wide_path, false);
	if (key)
		value = iolas__dxgk_value_of(key, wide_name);
	if (value)
		status = copy_value(value, type, data, bytes);
	pthread_mutex_unlock(&kernel->lock);
	return status;
}

int iolas_dxgk_device_key(const void *pdo, uint32_t which, char *path,
			  size_t bytes)
{
	const uint32_t kind =
		which & ~(uint32_t)PLUGPLAY_REGKEY_CURRENT_HWPROFILE;
	int letters;

	if (!path ||
	    (kind != PLUGPLAY_REGKEY_DEVICE && kind != PLUGPLAY_REGKEY_DRIVER))
		return IOLAS_EINVAL;
	letters =
		snprintf(path, bytes, "\\Registry\\Machine\\Devices\\%llx\\%u",
			 (unsigned long long)(uintptr_t)pdo, which);
	return letters > 0 && (size_t)letters < bytes ? IOLAS_OK : IOLAS_ERANGE;
}

struct iolas__dxgk_property *
iolas__dxgk_property_of(struct iolas__dxgk_kernel *kernel, const void *pdo,
			uint32_t property)
{
	struct iolas__dxgk_property *found = kernel->properties;

	while (found && (found->pdo != pdo || found->property != property))
		found = found->next;
	return found;
}

/* Lock held. */
static int set_property(struct iolas__dxgk_kernel *kernel, const void *pdo,
			uint32_t property, const void *data, size_t bytes)
{
	struct iolas__dxgk_heap *heap = &kernel->machine->heap;
	struct iolas__dxgk_property *found =
		iolas__dxgk_property_of(kernel, pdo, property);
	unsigned char *copy = iolas__dxgk_alloc(heap, bytes);

	if (copy && !found) {
		found = iolas__dxgk_alloc(heap, sizeof(*found));
		if (found) {
			found->pdo = pdo;
			found->property = property;
			found->next = kernel->properties;
			kernel->properties = found;
		}
	}
	if (!copy || !found) {
		iolas__dxgk_free(heap, copy);
		return IOLAS_ENOMEM;
	}
	if (bytes)
		memcpy(copy, data, bytes);
	iolas__dxgk_free(heap, found->data);
	found->data = copy;
	found->bytes = bytes;
	return IOLAS_OK;
}

int iolas_dxgk_device_property_set(struct iolas_dxgk_machine *machine,
				   const void *pdo, uint32_t property,
				   const void *data, size_t bytes)
{
	struct iolas__dxgk_kernel *kernel;
	int status;

	if (!machine || (bytes && !data) || bytes > VALUE_BYTES)
		return IOLAS_EINVAL;
	kernel = iolas__dxgk_kernel_of(machine);
	if (!kernel)
		return IOLAS_ENOMEM;
	pthread_mutex_lock(&kernel->lock);
	status = set_property(kernel, pdo, property, data, bytes);
	pthread_mutex_unlock(&kernel->lock);
	return status;
}
