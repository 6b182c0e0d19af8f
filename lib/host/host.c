/* SPDX-License-Identifier: MIT */
/*
 * Host: checking the embedder's table once, at create, so that nothing else
 * has to ask whether a required callback is there.
 */
#include "host/host_priv.h"

#include "base/struct_read.h"

#define KNOWN_FLAGS  IOLAS_HOST_LINEAR
#define OBJECT_ALIGN 64

/* The size that the first release had; it never shrinks below. */
#define FIRST_BYTES                                 \
	(offsetof(struct iolas_host, barrier_all) + \
	 sizeof(((struct iolas_host *)0)->barrier_all))

static bool has_pa_rule(const struct iolas_host *host)
{
	if (host->flags & IOLAS_HOST_LINEAR)
		return true;
	return host->pa_to_ptr && host->pa_bias == 0;
}

int iolas__host_read(struct iolas_host *copy, const struct iolas_host *given)
{
	struct iolas_host read;
	int status =
		iolas__struct_read(&read, sizeof(read), FIRST_BYTES, given);

	if (status)
		return status;
	/* Half a callback is none: sizes end between fields of 8 bytes. */
	if (read.struct_size & 7 || read.flags & ~KNOWN_FLAGS)
		return IOLAS_EINVAL;
	if (!read.chunk_alloc || !read.chunk_free || !has_pa_rule(&read))
		return IOLAS_EINVAL;
	if (read.cpu_leave && !read.cpu_enter)
		return IOLAS_EINVAL;
	read.struct_size = sizeof(read);
	*copy = read;
	return IOLAS_OK;
}

static bool is_as_promised(const struct iolas_host *host, const void *chunk,
			   size_t align, iolas_pa pa)
{
	const uint64_t address = (uint64_t)(uintptr_t)chunk;

	if ((address | pa) & (align - 1))
		return false;
	return !(host->flags & IOLAS_HOST_LINEAR) ||
	       pa == address - host->pa_bias;
}

void *iolas__host_chunk_alloc(const struct iolas_host *host, size_t bytes,
			      size_t align, iolas_pa *pa)
{
	iolas_pa at = 0;
	void *chunk = host->chunk_alloc(host->user, bytes, align, &at);

	if (!chunk)
		return NULL;
	if (!is_as_promised(host, chunk, align, at)) {
		host->chunk_free(host->user, chunk, bytes);
		return NULL;
	}
	*pa = at;
	return chunk;
}

void *iolas__host_object_alloc(const struct iolas_host *host, size_t bytes)
{
	iolas_pa pa;
	void *object;

	if (bytes == 0)
		return NULL;
	object = iolas__host_chunk_alloc(host, bytes, OBJECT_ALIGN, &pa);
	if (object)
		memset(object, 0, bytes);
	return object;
}

void iolas__host_object_free(const struct iolas_host *host, void *object,
			     size_t bytes)
{
	if (object)
		host->chunk_free(host->user, object, bytes);
}

void iolas__host_log(const struct iolas_host *host, int level, const char *text)
{
	if (host->log)
		host->log(host->user, level, text);
}
