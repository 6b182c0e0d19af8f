/* SPDX-License-Identifier: MIT */
/*
 * Version and status texts.
 */
#include <iolas/base.h>

uint32_t iolas_version(void)
{
	return (uint32_t)IOLAS_VERSION_MAJOR << 16 |
	       (uint32_t)IOLAS_VERSION_MINOR << 8 |
	       (uint32_t)IOLAS_VERSION_PATCH;
}

const char *iolas_strerror(int status)
{
	switch (status) {
	case IOLAS_OK:
		return "success";
	case IOLAS_EINVAL:
		return "an argument breaks a precondition";
	case IOLAS_ENOMEM:
		return "the host has no memory left";
	case IOLAS_ENOSPC:
		return "no free range satisfies the constraints";
	case IOLAS_EEXIST:
		return "something is already there";
	case IOLAS_ENOENT:
		return "nothing is there, or not exactly that";
	case IOLAS_EBUSY:
		return "still in use; nothing was changed";
	case IOLAS_ERANGE:
		return "outside what the object covers or can encode";
	case IOLAS_ENOTSUP:
		return "not supported by this object or format";
	case IOLAS_EDEADLK:
		return "waiting here would wait for the caller itself";
	case IOLAS_EFAULT:
		return "a device access was refused";
	case IOLAS_ESTALE:
		return "the object named was replaced or is gone";
	case IOLAS_EIO:
		return "a callback of the embedder failed";
	default:
		return "unknown status";
	}
}
