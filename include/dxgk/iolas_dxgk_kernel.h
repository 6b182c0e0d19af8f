/* SPDX-License-Identifier: MIT */
/*
 * The harness of libiolas-dxgk, kernel side: what a test program presets for
 * and asks of the Ke, Ex, Io, Ps, Rtl and Dbg functions that a driver calls.
 * It names no Windows type.
 */
#ifndef IOLAS_DXGK_KERNEL_H
#define IOLAS_DXGK_KERNEL_H

#include <dxgk/iolas_dxgk.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Rules of the kernel helpers, see iolas_dxgk_rule_text(). */
#define IOLAS_DXGK_RULE_POOL_TAG	 96u  /* 0xC2: freed by another tag */
#define IOLAS_DXGK_RULE_POOL_FREE	 97u  /* 0xC2: no live pool block */
#define IOLAS_DXGK_RULE_POOL_OVERRUN	 98u  /* 0x19: written past its end */
#define IOLAS_DXGK_RULE_POOL_AFTER_FREE	 99u  /* written after its free */
#define IOLAS_DXGK_RULE_POOL_LEAKED	 100u /* 0xC4: left at unload */
#define IOLAS_DXGK_RULE_POOL_RAISE	 101u /* 0x1E: failure would raise */
#define IOLAS_DXGK_RULE_IRQL_ORDER	 102u /* raised down, lowered up */
#define IOLAS_DXGK_RULE_SPIN_LOCK	 103u /* recursion, or not held */
#define IOLAS_DXGK_RULE_WAIT_IRQL	 104u /* waits above APC_LEVEL */
#define IOLAS_DXGK_RULE_OBJECT		 105u /* not initialised, or other */
#define IOLAS_DXGK_RULE_MUTEX_OWNER	 106u /* released by another thread */
#define IOLAS_DXGK_RULE_SEMAPHORE_LIMIT	 107u /* released above its limit */
#define IOLAS_DXGK_RULE_WAIT_COUNT	 108u /* 0xC: objects per wait */
#define IOLAS_DXGK_RULE_QUEUED_FREED	 109u /* 0xC7: timer or DPC in pool */
#define IOLAS_DXGK_RULE_LIST_CORRUPT	 110u /* 0x139/3: links disagree */
#define IOLAS_DXGK_RULE_BUG_CHECK	 111u /* KeBugCheckEx */
#define IOLAS_DXGK_RULE_ASSERTION	 112u /* NT_ASSERT and its like */
#define IOLAS_DXGK_RULE_BREAKPOINT	 113u /* DbgBreakPoint */
#define IOLAS_DXGK_RULE_THREAD		 114u /* ended with things held */
#define IOLAS_DXGK_RULE_KEY_HANDLE	 115u /* not open, or not closed */
#define IOLAS_DXGK_RULE_OBJECT_REFERENCE 116u /* one dereference too many */
#define IOLAS_DXGK_RULE_PORT		 117u /* no port answers */

/* ---- the end of the world, survived ---- */

/**
 * struct iolas_dxgk_bugcheck - why the machine stopped
 * @struct_size: sizeof(struct iolas_dxgk_bugcheck), set by the caller
 * @code:        BugCheckCode
 * @parameter:   its four parameters
 */
struct iolas_dxgk_bugcheck {
	uint32_t struct_size;
	uint32_t code;
	uint64_t parameter[4];
};

/**
 * iolas_dxgk_guard_run() - run code that may stop the machine
 * @body:     code
 * @arg:      its argument
 * @bugcheck: result, may be NULL: what it stopped with
 *
 * While @body runs on this thread, KeBugCheckEx() and what ends like it (a
 * corrupted list, pool that may raise and fails) come back here instead of
 * aborting the program.  The frames between are left without their clean-up:
 * locks that the driver or a harness call held stay held, memory stays
 * allocated.  IRQL and context are put back.  Guards nest.
 *
 * Threads: any; guards the calling thread only.
 * Since:   0.1
 *
 * Return: IOLAS_OK (@body returned; *@bugcheck unchanged), IOLAS_EFAULT (it
 * stopped the machine), IOLAS_EINVAL.
 */
IOLAS_API int iolas_dxgk_guard_run(void (*body)(void *arg), void *arg,
				   struct iolas_dxgk_bugcheck *bugcheck);

/* ---- pool ---- */

/**
 * struct iolas_dxgk_pool_stats - what the driver holds
 * @struct_size: sizeof(struct iolas_dxgk_pool_stats), set by the caller
 * @tag:         in: this tag only; 0: all
 * @live_count:  blocks
 * @live_bytes:  bytes as asked for
 * @peak_bytes:  the most there ever were, over all tags
 */
struct iolas_dxgk_pool_stats {
	uint32_t struct_size;
	uint32_t tag;
	uint64_t live_count;
	uint64_t live_bytes;
	uint64_t peak_bytes;
};

/** iolas_dxgk_pool_stats() - IOLAS_OK or IOLAS_EINVAL */
IOLAS_API int iolas_dxgk_pool_stats(struct iolas_dxgk_machine *machine,
				    struct iolas_dxgk_pool_stats *stats);

/* ---- registry and device properties ---- */

/**
 * iolas_dxgk_registry_set() - preset a value
 * @machine: machine
 * @path:    absolute path of the key, letters of ASCII; made if it is missing
 * @name:    of the value, letters of ASCII; "" is the default value; NULL: make
 *           the key only, @data must be NULL
 * @type:    REG_...
 * @data:    copied
 * @bytes:   of @data
 *
 * Names are told apart without regard to case.
 *
 * Threads: any.
 * Since:   0.1
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOMEM.
 */
IOLAS_API int iolas_dxgk_registry_set(struct iolas_dxgk_machine *machine,
				      const char *path, const char *name,
				      uint32_t type, const void *data,
				      size_t bytes);

/**
 * iolas_dxgk_registry_get() - read what is there
 * @machine: machine
 * @path:    as above
 * @name:    as above
 * @type:    result, may be NULL
 * @data:    result, may be NULL; cut to *@bytes
 * @bytes:   in: size of @data; out: size of the value
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOENT (no such key or value),
 * IOLAS_ERANGE (@data was too small).
 */
IOLAS_API int iolas_dxgk_registry_get(struct iolas_dxgk_machine *machine,
				      const char *path, const char *name,
				      uint32_t *type, void *data,
				      size_t *bytes);

/**
 * iolas_dxgk_device_key() - path of a device's registry key
 * @pdo:    physical device object that AddDevice got, or NULL: the key whose
 *          values every device has unless its own key has them
 * @which:  PLUGPLAY_REGKEY_DEVICE (1) or PLUGPLAY_REGKEY_DRIVER (2)
 * @path:   result, for iolas_dxgk_registry_set()
 * @bytes:  size of @path
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ERANGE (@path is too small).
 */
IOLAS_API int iolas_dxgk_device_key(const void *pdo, uint32_t which, char *path,
				    size_t bytes);

/**
 * iolas_dxgk_device_property_set() - what IoGetDeviceProperty() answers
 * @machine:  machine
 * @pdo:      physical device object, or NULL: every device without its own
 * @property: DEVICE_REGISTRY_PROPERTY
 * @data:     copied
 * @bytes:    of @data
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOMEM.
 */
IOLAS_API int iolas_dxgk_device_property_set(struct iolas_dxgk_machine *machine,
					     const void *pdo, uint32_t property,
					     const void *data, size_t bytes);

/* ---- ports ---- */

/**
 * struct iolas_dxgk_ports - who answers READ_PORT_x and WRITE_PORT_x
 * @struct_size: sizeof(struct iolas_dxgk_ports)
 * @width:       0
 * @user:        first argument of both
 * @read:        value of @width bytes (1, 2, 4) at @port; NULL: all ones
 * @write:       NULL: ignored
 *
 * Called on the driver's thread, without a lock held.
 */
struct iolas_dxgk_ports {
	uint32_t struct_size;
	uint32_t width;
	void *user;
	uint32_t (*read)(void *user, uint64_t port, uint32_t width);
	void (*write)(void *user, uint64_t port, uint32_t width,
		      uint32_t value);
};

/**
 * iolas_dxgk_ports_set() - say who answers; @ports NULL: nobody
 *
 * Threads: not while a driver uses ports.
 *
 * Return: IOLAS_OK, IOLAS_EINVAL, IOLAS_ENOMEM.
 */
IOLAS_API int iolas_dxgk_ports_set(struct iolas_dxgk_machine *machine,
				   const struct iolas_dxgk_ports *ports);

#ifdef __cplusplus
}
#endif

#endif /* IOLAS_DXGK_KERNEL_H */
