/* SPDX-License-Identifier: MIT */
/*
 * A program that knows nothing of iolas loads it at run time.
 * Floor: abi.  The library's path is the first argument; it is not linked.
 */
#include "harness/check.h"

#include <dlfcn.h>
#include <string.h>

static const char *library_path;

static void *load(void)
{
	void *library = dlopen(library_path, RTLD_NOW | RTLD_GLOBAL);

	if (!library)
		fail_msg("%s", dlerror());
	return library;
}

/* Calls the version function of a loaded library by its name. */
static uint32_t version_of(void *library)
{
	void *symbol = dlsym(library, "iolas_version");
	uint32_t (*version)(void);

	CHECK(symbol);
	memcpy(&version, &symbol, sizeof(version));
	return version();
}

static void heap_functions_are_the_same_after_loading(void **state)
{
	static const char *const names[] = { "malloc",	"calloc",
					     "realloc", "free",
					     "mmap",	"posix_memalign" };
	enum { COUNT = sizeof(names) / sizeof(names[0]) };
	void *before[COUNT];
	Dl_info owner_before, owner_after;

	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		before[i] = dlsym(RTLD_DEFAULT, names[i]);
	CHECK(dladdr(before[0], &owner_before));
	load();
	for (size_t i = 0; i < COUNT; i++)
		CHECK(dlsym(RTLD_DEFAULT, names[i]) == before[i]);
	CHECK(dladdr(dlsym(RTLD_DEFAULT, "malloc"), &owner_after));
	CHECK_STR(owner_after.dli_fname, owner_before.dli_fname);
}

static void a_loaded_library_answers_by_name(void **state)
{
	void *library = load();

	(void)state;
	CHECK(version_of(library) != 0);
	CHECK_EQ(dlclose(library), 0);
}

static void closing_it_leaves_it_loaded(void **state)
{
	void *library = load();
	void *again;

	(void)state;
	/* More often than this program opened it. */
	for (unsigned i = 0; i < 8; i++)
		dlclose(library);
	again = dlopen(library_path, RTLD_NOW | RTLD_NOLOAD);
	CHECK(again);
	CHECK(version_of(again) != 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest cases[] = {
		CASE(heap_functions_are_the_same_after_loading),
		CASE(a_loaded_library_answers_by_name),
		CASE(closing_it_leaves_it_loaded),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: %s LIBRARY\n", argv[0]);
		return 2;
	}
	library_path = argv[1];
	return cmocka_run_group_tests(cases, NULL, NULL) != 0;
}
