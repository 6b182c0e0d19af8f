/* SPDX-License-Identifier: MIT */
/*
 * What libiolas.so does to the program that takes it in: nothing to its malloc,
 * next to nothing to its thread-local storage, and it can be loaded late.
 * Floor: host.
 */
#include <iolas/iolas.h>

#include "harness/check.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TLS_LIMIT 512

/* Own counters in front of the C library's allocator. */
static _Atomic(unsigned long) malloc_calls;

#if COUNT_MALLOC
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *old, size_t bytes);
void *__libc_memalign(size_t align, size_t bytes);
void __libc_free(void *memory);

void *malloc(size_t bytes)
{
	malloc_calls++;
	return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
	malloc_calls++;
	return __libc_calloc(count, bytes);
}

void *realloc(void *old, size_t bytes)
{
	malloc_calls++;
	return __libc_realloc(old, bytes);
}

void *aligned_alloc(size_t align, size_t bytes)
{
	malloc_calls++;
	return __libc_memalign(align, bytes);
}

int posix_memalign(void **memory, size_t align, size_t bytes)
{
	malloc_calls++;
	*memory = __libc_memalign(align, bytes);
	return *memory ? 0 : 12;
}

void free(void *memory)
{
	malloc_calls++;
	__libc_free(memory);
}
#endif

/* The library's file, whole. */
struct image {
	const unsigned char *bytes;
	size_t size;
};

static struct image open_image(void)
{
	struct image image;
	struct stat about;
	const int fd = open(IOLAS_SHARED_PATH, O_RDONLY);

	CHECK(fd >= 0 && fstat(fd, &about) == 0);
	image.size = (size_t)about.st_size;
	image.bytes = mmap(NULL, image.size, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK(image.bytes != MAP_FAILED);
	close(fd);
	CHECK(memcmp(image.bytes, ELFMAG, SELFMAG) == 0);
	return image;
}

static void close_image(struct image image)
{
	munmap((void *)(uintptr_t)image.bytes, image.size);
}

/* Bytes of thread-local storage that loading the library takes. */
static uint64_t tls_bytes(struct image image)
{
	const Elf64_Ehdr *file = (const void *)image.bytes;
	const Elf64_Phdr *header = (const void *)(image.bytes + file->e_phoff);
	uint64_t bytes = 0;

	for (unsigned i = 0; i < file->e_phnum; i++)
		if (header[i].p_type == PT_TLS)
			bytes += header[i].p_memsz;
	return bytes;
}

/* true when the library asks somebody else for @name */
static bool wants_symbol(struct image image, const char *name)
{
	const Elf64_Ehdr *file = (const void *)image.bytes;
	const Elf64_Shdr *section = (const void *)(image.bytes + file->e_shoff);

	for (unsigned s = 0; s < file->e_shnum; s++) {
		const Elf64_Sym *symbol =
			(const void *)(image.bytes + section[s].sh_offset);
		const size_t count = section[s].sh_size / sizeof(*symbol);
		const char *names;

		if (section[s].sh_type != SHT_DYNSYM)
			continue;
		names = (const char *)image.bytes +
			section[section[s].sh_link].sh_offset;
		for (size_t i = 1; i < count; i++)
			if (symbol[i].st_shndx == SHN_UNDEF &&
			    strcmp(names + symbol[i].st_name, name) == 0)
				return true;
	}
	return false;
}

static void the_library_takes_little_thread_local_storage(void **state)
{
	const struct image image = open_image();

	(void)state;
	CHECK(tls_bytes(image) <= TLS_LIMIT);
	close_image(image);
}

static void the_library_asks_nobody_for_malloc(void **state)
{
	static const char *const family[] = {
		"malloc",	  "calloc",   "realloc",
		"reallocarray",	  "memalign", "aligned_alloc",
		"posix_memalign", "valloc",   "strdup",
	};
	const struct image image = open_image();

	(void)state;
	if (INSTRUMENTED)
		SKIP("coverage's and sanitizers' runtimes allocate");
	CHECK(wants_symbol(image, "mmap") || wants_symbol(image, "mmap64"));
	for (unsigned i = 0; i < sizeof(family) / sizeof(*family); i++)
		CHECK(!wants_symbol(image, family[i]));
	close_image(image);
}

/* The file that the program's @name comes from. */
static const char *owner_of(const char *name)
{
	Dl_info info;
	void *address = dlsym(RTLD_DEFAULT, name);

	CHECK(address && dladdr(address, &info) != 0);
	return info.dli_fname;
}

static void loading_the_library_leaves_malloc_where_it_was(void **state)
{
	static const char *const family[] = { "malloc", "calloc", "realloc",
					      "free", "posix_memalign" };
	const char *before[5];
	void *library;

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		before[i] = owner_of(family[i]);
	library = dlopen(IOLAS_SHARED_PATH, RTLD_NOW | RTLD_GLOBAL);
	CHECK(library);
	for (unsigned i = 0; i < 5; i++)
		CHECK_STR(owner_of(family[i]), before[i]);
	dlclose(library);
}

static void use_version(void *library)
{
	uint32_t (*version)(void);

	*(void **)&version = dlsym(library, "iolas_version");
	CHECK_ANY_THREAD(version);
	CHECK_ANY_THREAD(version() == iolas_version());
}

static void the_library_can_be_loaded_late_and_again(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		void *library = dlopen(IOLAS_SHARED_PATH, RTLD_NOW);

		CHECK(library);
		use_version(library);
		CHECK(dlclose(library) == 0);
	}
}

static void *load_in_a_thread(void *arg)
{
	void *library = dlopen(IOLAS_SHARED_PATH, RTLD_NOW | RTLD_LOCAL);

	(void)arg;
	CHECK_ANY_THREAD(library);
	use_version(library);
	return library;
}

static void threads_may_load_the_library(void **state)
{
	pthread_t thread[4];

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		CHECK(pthread_create(&thread[i], NULL, load_in_a_thread,
				     NULL) == 0);
	for (unsigned i = 0; i < 4; i++) {
		void *library;

		CHECK(pthread_join(thread[i], &library) == 0);
		CHECK(dlclose(library) == 0);
	}
}

/* Every callback of the default host, and calls that need no object. */
static void use_the_host(const struct iolas_host *host)
{
	iolas_pa pa;
	void *chunk = host->chunk_alloc(host->user, 1 << 16, 1 << 16, &pa);

	CHECK(chunk);
	memset(chunk, 1, 1 << 16);
	host->chunk_free(host->user, chunk, 1 << 16);
	CHECK(host->clock_ns(host->user) > 0);
	host->relax(host->user, 100);
	if (host->barrier_all)
		host->barrier_all(host->user);
	CHECK(iolas_strerror(IOLAS_EINVAL));
}

/* A space and a page list, from create to destroy. */
static void use_objects(const struct iolas_host *host)
{
	const struct iolas_range_config config = {
		.struct_size = sizeof(config),
		.last = UINT64_MAX,
		.granule_lg2 = 12,
	};
	struct iolas_space *space;
	struct iolas_pagelist *list;
	iolas_iova iova;

	CHECK_EQ(iolas_range_create(host, &config, &space), IOLAS_OK);
	for (unsigned i = 0; i < 3000; i++)
		CHECK_EQ(iolas_range_alloc(space, 4096, NULL, &iova), IOLAS_OK);
	CHECK_EQ(iolas_range_free(space, iova, 4096), IOLAS_OK);
	iolas_range_destroy_all(space);
	CHECK_EQ(iolas_pagelist_create(host, 12, &list), IOLAS_OK);
	for (iolas_pa pa = 0; pa < 3000 * 8192; pa += 8192)
		CHECK_EQ(iolas_pagelist_append_run(list, pa, 4096), IOLAS_OK);
	iolas_pagelist_destroy(list);
}

static void the_library_at_work_calls_no_malloc(void **state)
{
#if COUNT_MALLOC
	unsigned long before;
	void *volatile probe; /* or the compiler sees that nobody uses it */

	(void)state;
	before = malloc_calls;
	probe = malloc(100);
	CHECK(probe && malloc_calls == before + 1); /* the counter counts */
	free(probe);
	before = malloc_calls;
	use_the_host(iolas_host_libc());
	use_objects(iolas_host_libc());
	CHECK_EQ(malloc_calls, before);
#else
	(void)state;
	(void)use_the_host;
	(void)use_objects;
	(void)malloc_calls;
	SKIP("counting malloc needs glibc and no sanitizer");
#endif
}

RUN_CASES(CASE(the_library_takes_little_thread_local_storage),
	  CASE(the_library_asks_nobody_for_malloc),
	  CASE(loading_the_library_leaves_malloc_where_it_was),
	  CASE(the_library_can_be_loaded_late_and_again),
	  CASE(threads_may_load_the_library),
	  CASE(the_library_at_work_calls_no_malloc))
