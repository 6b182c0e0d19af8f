/* SPDX-License-Identifier: MIT */
/*
 * A fault in words, without a formatter of anybody's: the core has no printf.
 */
#include <iolas/iommu.h>

#include "base/struct_read.h"

/* Cut at the end, always NUL-terminated. */
struct text {
	char *at;
	char *last; /* holds the NUL at the latest */
};

static void put(struct text *t, const char *words)
{
	while (*words && t->at < t->last)
		*t->at++ = *words++;
	*t->at = '\0';
}

static void put_hex(struct text *t, uint64_t value, unsigned min_digits)
{
	char digits[17];
	unsigned at = 16;

	digits[16] = '\0';
	do {
		digits[--at] = "0123456789abcdef"[value & 15];
		value >>= 4;
	} while (value || 16 - at < min_digits);
	put(t, &digits[at]);
}

static void put_address(struct text *t, uint64_t address)
{
	put(t, "0x");
	put_hex(t, address, 1);
}

static void put_decimal(struct text *t, uint64_t value)
{
	char digits[21];
	unsigned at = 20;

	digits[20] = '\0';
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	put(t, &digits[at]);
}

static void put_who(struct text *t, const struct iolas_fault *fault)
{
	put(t, "device ");
	put_hex(t, fault->requester_id >> 8, 2);
	put(t, ":");
	put_hex(t, fault->requester_id >> 3 & 0x1f, 2);
	put(t, ".");
	put_hex(t, fault->requester_id & 7, 1);
	if (fault->pasid == IOLAS_PASID_NONE)
		return;
	put(t, " pasid ");
	put_decimal(t, fault->pasid);
}

static const char *access_word(uint32_t access)
{
	switch (access) {
	case IOLAS_READ:
		return "read";
	case IOLAS_WRITE:
		return "write";
	case IOLAS_READ | IOLAS_WRITE:
		return "read and write";
	case IOLAS_EXEC:
		return "fetch";
	default:
		return "access";
	}
}

static const char *reason_words(uint32_t reason)
{
	switch (reason) {
	case IOLAS_FAULT_NOT_MAPPED:
		return "nothing is mapped there";
	case IOLAS_FAULT_READ:
		return "mapped, but not for reading";
	case IOLAS_FAULT_WRITE:
		return "mapped, but not for writing";
	case IOLAS_FAULT_EXEC:
		return "mapped, but not for fetching";
	case IOLAS_FAULT_RANGE:
		return "beyond what the tables cover";
	case IOLAS_FAULT_BLOCKED:
		return "the device is attached to nothing";
	case IOLAS_FAULT_NO_MEMORY:
		return "translated, but there is no memory";
	case IOLAS_FAULT_STALE:
		return "a translation in use was changed and never invalidated";
	default:
		return "unknown reason";
	}
}

static void put_span(struct text *t, iolas_iova first, iolas_iova last)
{
	put_address(t, first);
	put(t, "..");
	put_address(t, last);
}

static void put_rights(struct text *t, uint32_t prot)
{
	put(t, prot & IOLAS_READ ? " r" : " -");
	put(t, prot & IOLAS_WRITE ? "w" : "-");
	put(t, prot & IOLAS_EXEC ? "x" : "-");
}

static void put_nearest(struct text *t, const struct iolas_fault *fault)
{
	const struct iolas_mapping *m = &fault->nearest;
	const iolas_iova last = m->iova + (m->size - 1);

	if (m->iova <= fault->iova && fault->iova <= last)
		put(t, "; mapping there: ");
	else
		put(t, "; nearest mapping: ");
	put_span(t, m->iova, last);
	put(t, " -> ");
	put_address(t, m->pa);
	put_rights(t, m->prot);
	if (last < fault->iova) {
		put(t, ", ");
		put_decimal(t, fault->iova - last);
		put(t, " bytes below");
	} else if (m->iova > fault->iova) {
		put(t, ", ");
		put_decimal(t, m->iova - fault->iova);
		put(t, " bytes above");
	}
}

static void put_history(struct text *t, const struct iolas_history *history)
{
	put(t, "; lived there last: ");
	put_span(t, history->iova, history->last);
	put(t, " -> ");
	put_address(t, history->pa);
	put_rights(t, history->prot);
	put(t, ", unmapped ");
	if (history->age == 0) {
		put(t, "last of all");
		return;
	}
	put_decimal(t, history->age);
	put(t, history->age == 1 ? " unmap ago" : " unmaps ago");
}

int iolas_fault_describe(const struct iolas_fault *fault, char *text,
			 size_t bytes)
{
	struct iolas_fault read;
	struct text t = { text, text + (bytes ? bytes - 1 : 0) };

	if (!text || bytes == 0 ||
	    iolas__struct_read(&read, sizeof(read), sizeof(read), fault))
		return IOLAS_EINVAL;
	put_who(&t, &read);
	put(&t, ": ");
	put(&t, access_word(read.access));
	put(&t, " at ");
	put_address(&t, read.iova);
	put(&t, " refused, ");
	put(&t, reason_words(read.reason));
	put(&t, " (level ");
	put_decimal(&t, read.level);
	put(&t, "); access of ");
	put_decimal(&t, read.access_len);
	put(&t, " bytes from ");
	put_address(&t, read.access_iova);
	if (read.has_nearest)
		put_nearest(&t, &read);
	if (read.has_history)
		put_history(&t, &read.history);
	return IOLAS_OK;
}
