/* SPDX-License-Identifier: MIT */
/*
 * The registry as drivers call it: Zw functions on handles, keys and
 * properties of a device (spec/dxgk-miniport.md, section 5).
 */
#include "dxgk/dxgk_io_registry.h"

#include <string.h>

#define MAXIMUM_ALLOWED 0x02000000u

/* What every call asks first.  STATUS_SUCCESS, or what to answer. */
static NTSTATUS enter(const struct iolas__dxgk_call *call, uint64_t bytes,
		      struct iolas__dxgk_kernel **kernel)
{
	struct iolas_dxgk_machine *machine = iolas__dxgk_machine_of(call);
	NTSTATUS status = STATUS_SUCCESS;

	*kernel = NULL;
	if (!machine ||
	    !iolas__dxgk_irql_allows(call, machine, NULL, IOLAS_DXGK_PASSIVE))
		return STATUS_INVALID_DEVICE_STATE;
	if (iolas__dxgk_plan_fails(machine, call->name, bytes, &status))
		return status;
	*kernel = iolas__dxgk_kernel_of(machine);
	return *kernel ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS bad(const struct iolas__dxgk_call *call, const char *why)
{
	iolas__dxgk_kernel_report(call, IOLAS_DXGK_RULE_BAD_ARGUMENT, "%s",
				  why);
	return STATUS_INVALID_PARAMETER;
}

static bool is_string(const UNICODE_STRING *string)
{
	return string && string->Length % sizeof(WCHAR) == 0 &&
	       (string->Buffer || !string->Length) &&
	       string->Length <= DXGK_PATH_UNITS * sizeof(WCHAR);
}

static struct iolas__dxgk_name name_of(const UNICODE_STRING *string)
{
	return (struct iolas__dxgk_name){ string->Buffer,
					  string->Length / sizeof(WCHAR) };
}

static uint32_t specific(ACCESS_MASK access)
{
	if (access & (GENERIC_ALL | MAXIMUM_ALLOWED))
		access |= KEY_ALL_ACCESS;
	if (access & GENERIC_READ)
		access |= KEY_READ;
	if (access & GENERIC_WRITE)
		access |= KEY_WRITE;
	return access & KEY_ALL_ACCESS;
}

/* A handle for the key; lock not held. */
static NTSTATUS open_key(const struct iolas__dxgk_call *call,
			 struct iolas__dxgk_kernel *kernel,
			 struct iolas__dxgk_key *key,
			 struct iolas__dxgk_key *fallback, ACCESS_MASK access,
			 PHANDLE handle)
{
	struct iolas__dxgk_open_key *open =
		iolas__dxgk_alloc(&kernel->machine->heap, sizeof(*open));
	const struct iolas__dxgk_handle what = { .kind = DXGK_KIND_KEY,
						 .object = open };

	if (!open)
		return STATUS_INSUFFICIENT_RESOURCES;
	open->kernel = kernel;
	open->key = key;
	open->fallback = fallback;
	open->access = specific(access);
	open->made_call = call->name;
	open->made_site = call->site;
	open->handle = iolas__dxgk_handle_make(iolas__dxgk_wide(), call, &what);
	if (!open->handle) {
		iolas__dxgk_free(&kernel->machine->heap, open);
		return STATUS_INSUFFICIENT_RESOURCES;
	}
	pthread_mutex_lock(&kernel->lock);
	open->next = kernel->open_keys;
	kernel->open_keys = open;
	pthread_mutex_unlock(&kernel->lock);
	*handle = dxgk_handle_out(open->handle);
	return STATUS_SUCCESS;
}

/* The open key of a handle with some access; STATUS_SUCCESS or what to say. */
static NTSTATUS find_open(const struct iolas__dxgk_call *call, HANDLE handle,
			  uint32_t access, struct iolas__dxgk_open_key **open)
{
	struct iolas__dxgk_handle copy;
	int verdict = iolas__dxgk_handle_find(
		iolas__dxgk_wide(), dxgk_handle_in(handle), DXGK_KIND_KEY, NULL,
		&copy, NULL, NULL);

	if (verdict != DXGK_HANDLE_FOUND) {
		iolas__dxgk_handle_report(call, NULL, verdict,
					  dxgk_handle_in(handle), &copy,
					  "the handle of a key");
		return verdict == DXGK_HANDLE_KIND ? STATUS_OBJECT_TYPE_MISMATCH
						   : STATUS_INVALID_HANDLE;
	}
	*open = copy.object;
	return (*open)->access & access || !access ? STATUS_SUCCESS
						   : STATUS_ACCESS_DENIED;
}

/* Absolute path of what the attributes name, into @path. */
static NTSTATUS path_of(const struct iolas__dxgk_call *call,
			const OBJECT_ATTRIBUTES *attributes, WCHAR *path,
			size_t *count)
{
	const struct iolas__dxgk_name name = name_of(attributes->ObjectName);
	struct iolas__dxgk_open_key *root = NULL;
	NTSTATUS status;

	*count = 0;
	if (attributes->RootDirectory) {
		status = find_open(call, attributes->RootDirectory, 0, &root);
		if (status)
			return status;
		if (root->key->count + 1 + name.count > DXGK_PATH_UNITS)
			return STATUS_OBJECT_NAME_NOT_FOUND;
		memcpy(path, root->key->path, root->key->count * sizeof(WCHAR));
		*count = root->key->count;
		if (name.count)
			path[(*count)++] = '\\';
	} else if (!name.count || name.text[0] != '\\') {
		return STATUS_OBJECT_NAME_NOT_FOUND;
	}
	if (name.count)
		memcpy(path + *count, name.text, name.count * sizeof(WCHAR));
	*count += name.count;
	return STATUS_SUCCESS;
}

NTSTATUS NTAPI ZwOpenKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess,
			 POBJECT_ATTRIBUTES ObjectAttributes)
{
	DXGK_CALL("ZwOpenKey");
	struct iolas__dxgk_kernel *kernel;
	struct iolas__dxgk_name path;
	struct iolas__dxgk_key *key;
	WCHAR text[DXGK_PATH_UNITS];
	NTSTATUS status;

	if (!KeyHandle || !ObjectAttributes ||
	    ObjectAttributes->Length != sizeof(*ObjectAttributes) ||
	    !is_string(ObjectAttributes->ObjectName))
		return bad(&call, "no place for the handle, or no attributes");
	status = enter(&call, 0, &kernel);
	if (status)
		return status;
	path.text = text;
	status = path_of(&call, ObjectAttributes, text, &path.count);
	if (status)
		return status;
	pthread_mutex_lock(&kernel->lock);
	key = iolas__dxgk_key_at(kernel, path, false);
	pthread_mutex_unlock(&kernel->lock);
	if (!key)
		return STATUS_OBJECT_NAME_NOT_FOUND;
	return open_key(&call, kernel, key, NULL, DesiredAccess, KeyHandle);
}

/* The key of @pdo, made if it is a device's own. */
static struct iolas__dxgk_key *device_key(struct iolas__dxgk_kernel *kernel,
					  const void *pdo, uint32_t which,
					  bool is_made)
{
	WCHAR text[DXGK_PATH_UNITS];
	struct iolas__dxgk_name path = { text, 0 };
	struct iolas__dxgk_key *key;
	char narrow[96];

	if (iolas_dxgk_device_key(pdo, which, narrow, sizeof(narrow)) ||
	    !iolas__dxgk_widen(narrow, text, &path.count))
		return NULL;
	pthread_mutex_lock(&kernel->lock);
	key = iolas__dxgk_key_at(kernel, path, is_made);
	pthread_mutex_unlock(&kernel->lock);
	return key;
}

NTSTATUS NTAPI IoOpenDeviceRegistryKey(PDEVICE_OBJECT DeviceObject,
				       ULONG DevInstKeyType,
				       ACCESS_MASK DesiredAccess,
				       PHANDLE DeviceRegKey)
{
	DXGK_CALL("IoOpenDeviceRegistryKey");
	const ULONG kind =
		DevInstKeyType & ~(ULONG)PLUGPLAY_REGKEY_CURRENT_HWPROFILE;
	struct iolas__dxgk_key *key, *fallback;
	struct iolas__dxgk_kernel *kernel;
	NTSTATUS status;

	if (!DeviceObject || !DeviceRegKey ||
	    (kind != PLUGPLAY_REGKEY_DEVICE && kind != PLUGPLAY_REGKEY_DRIVER))
		return bad(&call, "no device, no place for the handle, or no "
				  "such kind of key");
	status = enter(&call, 0, &kernel);
	if (status)
		return status;
	fallback = device_key(kernel, NULL, DevInstKeyType, false);
	key = device_key(kernel, DeviceObject, DevInstKeyType, true);
	if (!key)
		return STATUS_INSUFFICIENT_RESOURCES;
	return open_key(&call, kernel, key, fallback, DesiredAccess,
			DeviceRegKey);
}

void iolas__dxgk_key_close(struct iolas__dxgk_handle *handle)
{
	struct iolas__dxgk_open_key *open = handle->object;
	struct iolas__dxgk_kernel *kernel = open->kernel;
	struct iolas__dxgk_open_key **at = &kernel->open_keys;

	pthread_mutex_lock(&kernel->lock);
	while (*at && *at != open)
		at = &(*at)->next;
	if (*at)
		*at = open->next;
	pthread_mutex_unlock(&kernel->lock);
	iolas__dxgk_handle_end(iolas__dxgk_wide(), handle->handle);
	iolas__dxgk_free(&kernel->machine->heap, open);
}

NTSTATUS NTAPI ZwClose(HANDLE Handle)
{
	DXGK_CALL("ZwClose");
	static const uint32_t kinds[] = { DXGK_KIND_KEY, DXGK_KIND_THREAD };
	struct iolas__dxgk_handle copy;
	int verdict = DXGK_HANDLE_NEVER;

	iolas__dxgk_kernel_irql(&call, IOLAS_DXGK_PASSIVE);
	for (size_t i = 0; i < ARRAYSIZE(kinds); i++) {
		verdict = iolas__dxgk_handle_take(
			iolas__dxgk_wide(), dxgk_handle_in(Handle), kinds[i], 0,
			NULL, &call, &copy);
		if (verdict == DXGK_HANDLE_FOUND) {
			if (copy.kind == DXGK_KIND_KEY)
				iolas__dxgk_key_close(&copy);
			else
				iolas__dxgk_thread_close(&copy);
			return STATUS_SUCCESS;
		}
		if (verdict != DXGK_HANDLE_KIND)
			break;
	}
	iolas__dxgk_handle_report(&call, NULL, verdict, dxgk_handle_in(Handle),
				  &copy, "the handle of a key or a thread");
	return STATUS_INVALID_HANDLE;
}

/* The next open key of the machine, its handle taken; false: none. */
static bool take_any(struct iolas__dxgk_kernel *kernel,
		     struct iolas__dxgk_handle *copy)
{
	const struct iolas__dxgk_call call = { "DxgkDdiUnload", NULL };
	uint64_t handle;

	pthread_mutex_lock(&kernel->lock);
	handle = kernel->open_keys ? kernel->open_keys->handle : 0;
	pthread_mutex_unlock(&kernel->lock);
	return handle && iolas__dxgk_handle_take(iolas__dxgk_wide(), handle,
						 DXGK_KIND_KEY, 0, NULL, &call,
						 copy) == DXGK_HANDLE_FOUND;
}

void iolas__dxgk_keys_report(struct iolas__dxgk_kernel *kernel)
{
	struct iolas__dxgk_handle copy;

	while (take_any(kernel, &copy)) {
		const struct iolas__dxgk_call call = { copy.made_call,
						       copy.made_site };

		iolas__dxgk_report(
			&(struct iolas__dxgk_report){
				.machine = kernel->machine,
				.call = &call,
				.rule = IOLAS_DXGK_RULE_KEY_HANDLE,
				.handle = copy.handle,
				.made_site = copy.made_site },
			"the handle of a registry key was never closed");
		iolas__dxgk_key_close(&copy);
	}
}

/* Where a query's answer goes; more than fits is left out. */
struct answer {
	unsigned char *at;
	size_t room;
};

static void put(const struct answer *answer, size_t offset, const void *data,
		size_t bytes)
{
	if (offset >= answer->room || !bytes)
		return;
	memcpy(answer->at + offset, data,
	       bytes < answer->room - offset ? bytes : answer->room - offset);
}

/* Writes what fits, unless not even the head does; *whole: bytes in all. */
static NTSTATUS answer_value(const struct iolas__dxgk_value *value,
			     KEY_VALUE_INFORMATION_CLASS class,
			     const struct answer *answer, ULONG *whole)
{
	const size_t name_bytes = value->name_count * sizeof(WCHAR);
	const size_t data_at = (FIELD_OFFSET(KEY_VALUE_FULL_INFORMATION, Name) +
				name_bytes + 7) &
			       ~(size_t)7;
	/* TitleIndex, Type, then what the class has. */
	ULONG head[5] = { 0, value->type };
	size_t head_bytes, bytes;

	switch (class) {
	case KeyValueBasicInformation:
		head[2] = (ULONG)name_bytes;
		head_bytes = FIELD_OFFSET(KEY_VALUE_BASIC_INFORMATION, Name);
		bytes = head_bytes + name_bytes;
		break;
	case KeyValueFullInformation:
		head[2] = (ULONG)data_at;
		head[3] = (ULONG)value->bytes;
		head[4] = (ULONG)name_bytes;
		head_bytes = FIELD_OFFSET(KEY_VALUE_FULL_INFORMATION, Name);
		bytes = data_at + value->bytes;
		break;
	case KeyValuePartialInformation:
		head[2] = (ULONG)value->bytes;
		head_bytes = FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data);
		bytes = head_bytes + value->bytes;
		break;
	default:
		return STATUS_INVALID_PARAMETER;
	}
	*whole = (ULONG)bytes;
	if (answer->room < head_bytes)
		return STATUS_BUFFER_TOO_SMALL;
	put(answer, 0, head, head_bytes);
	if (class != KeyValuePartialInformation)
		put(answer, head_bytes, value->name, name_bytes);
	if (class == KeyValuePartialInformation)
		put(answer, head_bytes, value->data, value->bytes);
	else if (class == KeyValueFullInformation)
		put(answer, data_at, value->data, value->bytes);
	return bytes > answer->room ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

NTSTATUS NTAPI
ZwQueryValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName,
		KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass,
		PVOID KeyValueInformation, ULONG Length, PULONG ResultLength)
{
	DXGK_CALL("ZwQueryValueKey");
	const struct answer answer = { KeyValueInformation, Length };
	struct iolas__dxgk_value *value;
	struct iolas__dxgk_open_key *open;
	struct iolas__dxgk_kernel *kernel;
	NTSTATUS status;

	if (!is_string(ValueName) || !ResultLength ||
	    (Length && !KeyValueInformation))
		return bad(&call, "no name, no ResultLength or no buffer");
	status = enter(&call, Length, &kernel);
	if (!status)
		status = find_open(&call, KeyHandle, KEY_QUERY_VALUE, &open);
	if (status)
		return status;
	kernel = open->kernel;
	pthread_mutex_lock(&kernel->lock);
	value = iolas__dxgk_value_of(open->key, name_of(ValueName));
	if (!value && open->fallback)
		value = iolas__dxgk_value_of(open->fallback,
					     name_of(ValueName));
	status = value ? answer_value(value, KeyValueInformationClass, &answer,
				      ResultLength)
		       : STATUS_OBJECT_NAME_NOT_FOUND;
	pthread_mutex_unlock(&kernel->lock);
	return status;
}

NTSTATUS NTAPI ZwSetValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName,
			     ULONG TitleIndex, ULONG Type, PVOID Data,
			     ULONG DataSize)
{
	DXGK_CALL("ZwSetValueKey");
	struct iolas__dxgk_open_key *open;
	struct iolas__dxgk_kernel *kernel;
	NTSTATUS status;

	(void)TitleIndex;
	if (!is_string(ValueName) || (DataSize && !Data))
		return bad(&call, "no name, or no data");
	status = enter(&call, DataSize, &kernel);
	if (!status)
		status = find_open(&call, KeyHandle, KEY_SET_VALUE, &open);
	if (status)
		return status;
	kernel = open->kernel;
	pthread_mutex_lock(&kernel->lock);
	if (iolas__dxgk_value_set(kernel, open->key, name_of(ValueName), Type,
				  Data, DataSize))
		status = STATUS_INSUFFICIENT_RESOURCES;
	pthread_mutex_unlock(&kernel->lock);
	return status;
}

NTSTATUS NTAPI IoGetDeviceProperty(PDEVICE_OBJECT DeviceObject,
				   DEVICE_REGISTRY_PROPERTY DeviceProperty,
				   ULONG BufferLength, PVOID PropertyBuffer,
				   PULONG ResultLength)
{
	DXGK_CALL("IoGetDeviceProperty");
	struct iolas__dxgk_property *found;
	struct iolas__dxgk_kernel *kernel;
	NTSTATUS status;

	if (!DeviceObject || !ResultLength || (BufferLength && !PropertyBuffer))
		return bad(&call, "no device, no ResultLength or no buffer");
	status = enter(&call, BufferLength, &kernel);
	if (status)
		return status;
	pthread_mutex_lock(&kernel->lock);
	found = iolas__dxgk_property_of(kernel, DeviceObject,
					(uint32_t)DeviceProperty);
	if (!found)
		found = iolas__dxgk_property_of(kernel, NULL,
						(uint32_t)DeviceProperty);
	if (!found) {
		status = STATUS_OBJECT_NAME_NOT_FOUND;
		*ResultLength = 0;
	} else {
		*ResultLength = (ULONG)found->bytes;
		if (found->bytes > BufferLength)
			status = STATUS_BUFFER_TOO_SMALL;
		else if (found->bytes)
			memcpy(PropertyBuffer, found->data, found->bytes);
	}
	pthread_mutex_unlock(&kernel->lock);
	return status;
}
