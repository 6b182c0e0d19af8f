/* SPDX-License-Identifier: MIT */
/*
 * Registry and device properties: what a test presets is what a driver reads,
 * and the other way round.
 * Floor: dxgk.
 */
#include <dxgk/iolas_dxgk_kernel.h>

#include "dxgk/dxgk_loader.h"
#include "dxgk_rig.h"

#define SERVICE "\\Registry\\Machine\\System\\Services\\kmd"

static UNICODE_STRING string(const WCHAR *text)
{
	UNICODE_STRING result;

	RtlInitUnicodeString(&result, text);
	return result;
}

static NTSTATUS open_path(HANDLE root, const WCHAR *path, ACCESS_MASK access,
			  HANDLE *key)
{
	UNICODE_STRING name = string(path);
	OBJECT_ATTRIBUTES attributes;

	InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE, root,
				   NULL);
	return ZwOpenKey(key, access, &attributes);
}

static void what_is_preset_is_read(void **state)
{
	union {
		KEY_VALUE_PARTIAL_INFORMATION info;
		unsigned char bytes[64];
	} value;
	const uint32_t limit = 0x12345678;
	UNICODE_STRING name = string(u"memorylimit");
	struct rig rig;
	ULONG length = 0;
	HANDLE key;

	(void)state;
	rig_machine(&rig, NULL);
	CHECK_EQ(iolas_dxgk_registry_set(rig.machine, SERVICE "\\Memory",
					 "MemoryLimit", REG_DWORD, &limit,
					 sizeof(limit)),
		 IOLAS_OK);
	/* Keys on the way are there, in any case of letters. */
	CHECK_EQ(open_path(NULL, u"\\Registry\\Machine\\SYSTEM\\Services\\kmd",
			   KEY_READ, &key),
		 STATUS_SUCCESS);
	CHECK_EQ(ZwQueryValueKey(key, &name, KeyValuePartialInformation, &value,
				 sizeof(value), &length),
		 STATUS_OBJECT_NAME_NOT_FOUND);
	CHECK_EQ(ZwClose(key), STATUS_SUCCESS);
	CHECK_EQ(
		open_path(NULL,
			  u"\\Registry\\Machine\\System\\services\\kmd\\memory",
			  KEY_READ, &key),
		STATUS_SUCCESS);
	CHECK_EQ(ZwQueryValueKey(key, &name, KeyValuePartialInformation, &value,
				 sizeof(value), &length),
		 STATUS_SUCCESS);
	CHECK_EQ(length, 16);
	CHECK_EQ(value.info.Type, REG_DWORD);
	CHECK_EQ(value.info.DataLength, 4);
	CHECK_MEM(value.info.Data, &limit, 4);
	CHECK_EQ(ZwClose(key), STATUS_SUCCESS);
	rig_down(&rig);
}

static void what_a_driver_writes_the_test_reads(void **state)
{
	UNICODE_STRING name = string(u"State"), none = string(u"");
	char path[128], text[8] = "";
	struct rig rig;
	size_t bytes = sizeof(text);
	uint32_t type = 0;
	HANDLE key;
	int pdo;

	(void)state;
	rig_machine(&rig, NULL);
	CHECK_EQ(IoOpenDeviceRegistryKey((PDEVICE_OBJECT)(void *)&pdo,
					 PLUGPLAY_REGKEY_DRIVER, KEY_WRITE,
					 &key),
		 STATUS_SUCCESS);
	CHECK_EQ(ZwSetValueKey(key, &name, 0, REG_BINARY, (PVOID) "abc", 3),
		 STATUS_SUCCESS);
	CHECK_EQ(ZwSetValueKey(key, &name, 0, REG_BINARY, (PVOID) "wxyz", 4),
		 STATUS_SUCCESS);
	CHECK_EQ(ZwSetValueKey(key, &none, 0, REG_NONE, NULL, 0),
		 STATUS_SUCCESS);
	CHECK_EQ(ZwClose(key), STATUS_SUCCESS);
	CHECK_EQ(iolas_dxgk_device_key(&pdo, 2, path, sizeof(path)), IOLAS_OK);
	CHECK_EQ(iolas_dxgk_registry_get(rig.machine, path, "state", &type,
					 text, &bytes),
		 IOLAS_OK);
	CHECK_EQ(bytes, 4);
	CHECK_EQ(type, REG_BINARY);
	CHECK_STR(text, "wxyz");
	bytes = 2;
	CHECK_EQ(iolas_dxgk_registry_get(rig.machine, path, "State", NULL, text,
					 &bytes),
		 IOLAS_ERANGE);
	CHECK_EQ(bytes, 4);
	bytes = 1;
	CHECK_EQ(iolas_dxgk_registry_get(rig.machine, path, "", &type, NULL,
					 &bytes),
		 IOLAS_OK);
	CHECK(bytes == 0 && type == REG_NONE);
	CHECK_EQ(iolas_dxgk_registry_get(rig.machine, path, "Other", NULL, NULL,
					 &bytes),
		 IOLAS_ENOENT);
	CHECK_EQ(iolas_dxgk_registry_get(rig.machine, "\\No", "Other", NULL,
					 NULL, &bytes),
		 IOLAS_ENOENT);
	rig_down(&rig);
}

/* The law: too small for the head, then for the rest, then enough. */
static void every_class_answers_every_length(void **state)
{
	static const struct {
		KEY_VALUE_INFORMATION_CLASS class;
		ULONG head;
		ULONG whole;
	} classes[] = {
		{ KeyValueBasicInformation, 12, 12 + 8 },
		{ KeyValueFullInformation, 20, 32 + 5 },
		{ KeyValuePartialInformation, 12, 12 + 5 },
	};
	UNICODE_STRING name = string(u"NAME");
	unsigned char buffer[64];
	struct rig rig;
	HANDLE key;

	(void)state;
	rig_machine(&rig, NULL);
	CHECK_EQ(iolas_dxgk_registry_set(rig.machine, "\\K", "Name", REG_BINARY,
					 "12345", 5),
		 IOLAS_OK);
	CHECK_EQ(open_path(NULL, u"\\K", GENERIC_READ, &key), STATUS_SUCCESS);
	for (size_t c = 0; c < ARRAYSIZE(classes); c++) {
		for (ULONG length = 0; length < 48; length++) {
			const NTSTATUS expected =
				length < classes[c].head
					? STATUS_BUFFER_TOO_SMALL
				: length < classes[c].whole
					? STATUS_BUFFER_OVERFLOW
					: STATUS_SUCCESS;
			ULONG whole = 0;

			memset(buffer, 0xcc, sizeof(buffer));
			CHECK_EQ(ZwQueryValueKey(key, &name, classes[c].class,
						 length ? buffer : NULL, length,
						 &whole),
				 expected);
			CHECK_EQ(whole, classes[c].whole);
			for (size_t i = length; i < sizeof(buffer); i++)
				CHECK(buffer[i] == 0xcc);
		}
	}
	CHECK_EQ(ZwQueryValueKey(key, &name, (KEY_VALUE_INFORMATION_CLASS)9,
				 buffer, 64, &(ULONG){ 0 }),
		 STATUS_INVALID_PARAMETER);
	ZwClose(key);
	rig_down(&rig);
}

static void the_full_class_has_name_and_data(void **state)
{
	union {
		KEY_VALUE_FULL_INFORMATION info;
		unsigned char bytes[64];
	} value;
	UNICODE_STRING name = string(u"NAME");
	struct rig rig;
	ULONG whole;
	HANDLE key;

	(void)state;
	rig_machine(&rig, NULL);
	iolas_dxgk_registry_set(rig.machine, "\\K", "Name", REG_BINARY, "12345",
				5);
	CHECK_EQ(open_path(NULL, u"\\K", KEY_READ, &key), STATUS_SUCCESS);
	CHECK_EQ(ZwQueryValueKey(key, &name, KeyValueFullInformation, &value,
				 sizeof(value), &whole),
		 STATUS_SUCCESS);
	CHECK_EQ(value.info.NameLength, 8);
	CHECK_MEM(value.info.Name, u"Name", 8);
	CHECK_EQ(value.info.DataLength, 5);
	CHECK_MEM(value.bytes + value.info.DataOffset, "12345", 5);
	ZwClose(key);
	rig_down(&rig);
}

static void a_device_without_a_value_has_everybodys(void **state)
{
	UNICODE_STRING name = string(u"Quirk");
	union {
		KEY_VALUE_PARTIAL_INFORMATION info;
		unsigned char bytes[32];
	} value;
	uint32_t everybodys = 1, own = 2;
	char path[128];
	struct rig rig;
	ULONG length;
	HANDLE key;
	int pdo;

	(void)state;
	rig_machine(&rig, NULL);
	CHECK_EQ(iolas_dxgk_device_key(NULL, PLUGPLAY_REGKEY_DEVICE, path,
				       sizeof(path)),
		 IOLAS_OK);
	iolas_dxgk_registry_set(rig.machine, path, "Quirk", REG_DWORD,
				&everybodys, 4);
	CHECK_EQ(IoOpenDeviceRegistryKey((PDEVICE_OBJECT)(void *)&pdo,
					 PLUGPLAY_REGKEY_DEVICE, KEY_ALL_ACCESS,
					 &key),
		 STATUS_SUCCESS);
	CHECK_EQ(ZwQueryValueKey(key, &name, KeyValuePartialInformation, &value,
				 sizeof(value), &length),
		 STATUS_SUCCESS);
	CHECK_MEM(value.info.Data, &everybodys, 4);
	CHECK_EQ(ZwSetValueKey(key, &name, 0, REG_DWORD, &own, 4),
		 STATUS_SUCCESS);
	CHECK_EQ(ZwQueryValueKey(key, &name, KeyValuePartialInformation, &value,
				 sizeof(value), &length),
		 STATUS_SUCCESS);
	CHECK_MEM(value.info.Data, &own, 4);
	ZwClose(key);
	/* The other kind of key is another key. */
	CHECK_EQ(IoOpenDeviceRegistryKey((PDEVICE_OBJECT)(void *)&pdo,
					 PLUGPLAY_REGKEY_DRIVER, KEY_ALL_ACCESS,
					 &key),
		 STATUS_SUCCESS);
	CHECK_EQ(ZwQueryValueKey(key, &name, KeyValuePartialInformation, &value,
				 sizeof(value), &length),
		 STATUS_OBJECT_NAME_NOT_FOUND);
	ZwClose(key);
	rig_down(&rig);
}

static void keys_open_below_keys_and_access_is_kept(void **state)
{
	UNICODE_STRING name = string(u"V");
	struct rig rig;
	HANDLE root, key;
	ULONG length;

	(void)state;
	rig_machine(&rig, NULL);
	CHECK_EQ(iolas_dxgk_registry_set(rig.machine, "\\A\\B\\C", NULL, 0,
					 NULL, 0),
		 IOLAS_OK);
	CHECK_EQ(open_path(NULL, u"\\A", KEY_READ, &root), STATUS_SUCCESS);
	CHECK_EQ(open_path(root, u"B\\C", KEY_READ, &key), STATUS_SUCCESS);
	CHECK_EQ(ZwSetValueKey(key, &name, 0, REG_NONE, NULL, 0),
		 STATUS_ACCESS_DENIED);
	ZwClose(key);
	CHECK_EQ(open_path(root, u"B\\C", KEY_SET_VALUE, &key), STATUS_SUCCESS);
	CHECK_EQ(ZwQueryValueKey(key, &name, KeyValueBasicInformation, NULL, 0,
				 &length),
		 STATUS_ACCESS_DENIED);
	ZwClose(key);
	CHECK_EQ(open_path(root, u"X", KEY_READ, &key),
		 STATUS_OBJECT_NAME_NOT_FOUND);
	CHECK_EQ(open_path(NULL, u"A", KEY_READ, &key),
		 STATUS_OBJECT_NAME_NOT_FOUND);
	ZwClose(root);
	rig_down(&rig);
}

static void handles_are_closed_once_and_before_unload(void **state)
{
	UNICODE_STRING name = string(u"V");
	struct rig rig;
	HANDLE key;
	ULONG length;

	(void)state;
	rig_machine(&rig, NULL);
	iolas_dxgk_registry_set(rig.machine, "\\A", NULL, 0, NULL, 0);
	CHECK_EQ(open_path(NULL, u"\\A", KEY_READ, &key), STATUS_SUCCESS);
	CHECK_EQ(ZwClose(key), STATUS_SUCCESS);
	CHECK_EQ(ZwClose(key), STATUS_INVALID_HANDLE);
	rig_expect(&rig, IOLAS_DXGK_RULE_STALE_HANDLE);
	CHECK_EQ(ZwQueryValueKey(key, &name, KeyValueBasicInformation, NULL, 0,
				 &length),
		 STATUS_INVALID_HANDLE);
	rig_expect(&rig, IOLAS_DXGK_RULE_STALE_HANDLE);
	CHECK_EQ(ZwClose(NULL), STATUS_INVALID_HANDLE);
	rig_expect(&rig, IOLAS_DXGK_RULE_UNKNOWN_HANDLE);
	CHECK_EQ(ZwClose(&rig), STATUS_INVALID_HANDLE);
	rig_expect(&rig, IOLAS_DXGK_RULE_UNKNOWN_HANDLE);
	rig_adapter(&rig, NULL);
	CHECK_EQ(ZwClose(rig.handle), STATUS_INVALID_HANDLE);
	rig_expect(&rig, IOLAS_DXGK_RULE_HANDLE_KIND);
	CHECK_EQ(open_path(NULL, u"\\A", KEY_READ, &key), STATUS_SUCCESS);
	iolas__dxgk_pool_report(rig.machine);
	rig_expect(&rig, IOLAS_DXGK_RULE_KEY_HANDLE);
	CHECK_EQ(ZwClose(key), STATUS_INVALID_HANDLE);
	rig_expect(&rig, IOLAS_DXGK_RULE_STALE_HANDLE);
	rig_down(&rig);
}

static void properties_are_the_devices_or_everybodys(void **state)
{
	PDEVICE_OBJECT one, two;
	const uint32_t bus = 7, own = 9;
	struct rig rig;
	ULONG length = 99, answer = 0;
	int pdo[2];

	(void)state;
	one = (PDEVICE_OBJECT)(void *)&pdo[0];
	two = (PDEVICE_OBJECT)(void *)&pdo[1];
	rig_machine(&rig, NULL);
	CHECK_EQ(IoGetDeviceProperty(one, DevicePropertyBusNumber, 4, &answer,
				     &length),
		 STATUS_OBJECT_NAME_NOT_FOUND);
	CHECK_EQ(length, 0);
	iolas_dxgk_device_property_set(rig.machine, NULL,
				       DevicePropertyBusNumber, &bus, 4);
	iolas_dxgk_device_property_set(rig.machine, two,
				       DevicePropertyBusNumber, &bus, 3);
	iolas_dxgk_device_property_set(rig.machine, two,
				       DevicePropertyBusNumber, &own, 4);
	CHECK_EQ(IoGetDeviceProperty(one, DevicePropertyBusNumber, 4, &answer,
				     &length),
		 STATUS_SUCCESS);
	CHECK(answer == bus && length == 4);
	CHECK_EQ(IoGetDeviceProperty(two, DevicePropertyBusNumber, 3, &answer,
				     &length),
		 STATUS_BUFFER_TOO_SMALL);
	CHECK(answer == bus && length == 4);
	CHECK_EQ(IoGetDeviceProperty(two, DevicePropertyBusNumber, 4, &answer,
				     &length),
		 STATUS_SUCCESS);
	CHECK(answer == own);
	rig_down(&rig);
}

static void bad_arguments_are_refused(void **state)
{
	const struct iolas_dxgk_fault_plan plan = {
		.struct_size = sizeof(plan),
		.call = "ZwOpenKey",
		.status = STATUS_ACCESS_DENIED,
	};
	char path[8], long_path[600];
	struct rig rig;
	ULONG length;
	HANDLE key;
	KIRQL irql;

	(void)state;
	rig_machine(&rig, NULL);
	CHECK_EQ(ZwOpenKey(NULL, 0, NULL), STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK_EQ(ZwQueryValueKey(NULL, NULL, KeyValueBasicInformation, NULL, 0,
				 NULL),
		 STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK_EQ(ZwSetValueKey(NULL, NULL, 0, 0, NULL, 1),
		 STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK_EQ(IoOpenDeviceRegistryKey(NULL, 1, KEY_READ, &key),
		 STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	CHECK_EQ(IoGetDeviceProperty(NULL, DevicePropertyAddress, 0, NULL,
				     &length),
		 STATUS_INVALID_PARAMETER);
	rig_expect(&rig, IOLAS_DXGK_RULE_BAD_ARGUMENT);
	memset(long_path, '\\', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	CHECK_EQ(iolas_dxgk_registry_set(rig.machine, long_path, NULL, 0, NULL,
					 0),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_registry_set(rig.machine, "A", NULL, 0, NULL, 0),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_registry_set(rig.machine, "\\A", "V", 0, NULL, 1),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_registry_set(NULL, "\\A", "V", 0, NULL, 0),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_registry_get(rig.machine, "\\A", NULL, NULL, NULL,
					 NULL),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_device_key(NULL, 3, path, sizeof(path)),
		 IOLAS_EINVAL);
	CHECK_EQ(iolas_dxgk_device_key(NULL, 1, path, sizeof(path)),
		 IOLAS_ERANGE);
	CHECK_EQ(iolas_dxgk_device_property_set(rig.machine, NULL, 0, NULL, 1),
		 IOLAS_EINVAL);
	iolas_dxgk_registry_set(rig.machine, "\\A", NULL, 0, NULL, 0);
	KeRaiseIrql(APC_LEVEL, &irql);
	CHECK_EQ(open_path(NULL, u"\\A", KEY_READ, &key),
		 STATUS_INVALID_DEVICE_STATE);
	KeLowerIrql(irql);
	rig_expect(&rig, IOLAS_DXGK_RULE_IRQL);
	iolas_dxgk_plan_fault(rig.machine, &plan);
	CHECK_EQ(open_path(NULL, u"\\A", KEY_READ, &key), STATUS_ACCESS_DENIED);
	rig_down(&rig);
}

static NTSTATUS opened;

static int32_t open_own_key(void *driver_object, void *registry_path)
{
	OBJECT_ATTRIBUTES attributes;
	HANDLE key;

	(void)driver_object;
	InitializeObjectAttributes(&attributes, registry_path,
				   OBJ_CASE_INSENSITIVE, NULL, NULL);
	opened = ZwOpenKey(&key, KEY_READ, &attributes);
	if (NT_SUCCESS(opened))
		ZwClose(key);
	return STATUS_UNSUCCESSFUL;
}

static void a_driver_finds_the_key_of_its_registry_path(void **state)
{
	struct iolas_dxgk_driver *driver;
	struct rig rig;

	(void)state;
	rig_machine(&rig, NULL);
	opened = STATUS_NOT_FOUND;
	CHECK_EQ(iolas_dxgk_driver_load(rig.machine, open_own_key, &driver),
		 STATUS_UNSUCCESSFUL);
	CHECK_EQ(opened, STATUS_SUCCESS);
	rig_down(&rig);
}

/* Presets and opens with each piece of memory refused in turn. */
static void every_allocation_failing_in_turn_loses_nothing(void **state)
{
	UNICODE_STRING name = string(u"V");
	struct rig rig;
	size_t bytes;
	HANDLE key = NULL;
	int status;

	(void)state;
	rig_machine(&rig, NULL);
	for (uint64_t n = 1;; n++) {
		CHECK(n < 30);
		iolas__dxgk_heap_fail_at(&rig.machine->heap, n);
		status = iolas_dxgk_registry_set(rig.machine, "\\A\\B", "V",
						 REG_BINARY, "one", 3);
		iolas__dxgk_heap_fail_at(&rig.machine->heap, 0);
		if (status == IOLAS_OK)
			break;
		CHECK_EQ(status, IOLAS_ENOMEM);
		CHECK_EQ(iolas_dxgk_registry_get(rig.machine, "\\A\\B", "V",
						 NULL, NULL, &bytes),
			 IOLAS_ENOENT);
	}
	iolas__dxgk_heap_fail_at(&rig.machine->heap, 1);
	CHECK_EQ(open_path(NULL, u"\\A\\B", KEY_ALL_ACCESS, &key),
		 STATUS_INSUFFICIENT_RESOURCES);
	CHECK_EQ(open_path(NULL, u"\\A\\B", KEY_ALL_ACCESS, &key),
		 STATUS_SUCCESS);
	iolas__dxgk_heap_fail_at(&rig.machine->heap, 1);
	CHECK_EQ(ZwSetValueKey(key, &name, 0, REG_BINARY, (PVOID) "four", 4),
		 STATUS_INSUFFICIENT_RESOURCES);
	bytes = 0;
	CHECK_EQ(iolas_dxgk_registry_get(rig.machine, "\\A\\B", "V", NULL, NULL,
					 &bytes),
		 IOLAS_OK);
	CHECK_EQ(bytes, 3);
	ZwClose(key);
	rig_down(&rig);
}

RUN_CASES(CASE(what_is_preset_is_read),
	  CASE(what_a_driver_writes_the_test_reads),
	  CASE(every_class_answers_every_length),
	  CASE(the_full_class_has_name_and_data),
	  CASE(a_device_without_a_value_has_everybodys),
	  CASE(keys_open_below_keys_and_access_is_kept),
	  CASE(handles_are_closed_once_and_before_unload),
	  CASE(properties_are_the_devices_or_everybodys),
	  CASE(bad_arguments_are_refused),
	  CASE(a_driver_finds_the_key_of_its_registry_path),
	  CASE(every_allocation_failing_in_turn_loses_nothing))
