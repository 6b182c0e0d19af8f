#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a C test that refers to every symbol a library promises.

usage: make_symbol_test.py --map FILE --out FILE --include NAME... HEADER...

The program takes the address of every function that the map lists or a header
marks, so it links only when all are there, and looks each up by name and
version, so it runs only when an older program would find them too.
"""

import argparse
import pathlib

import symbol_map

TOP = '''/* SPDX-License-Identifier: MIT */
/*
 * Written by scripts/make_symbol_test.py from %(map)s and the public headers.
 */
%(includes)s

#include "harness/check.h"

#include <dlfcn.h>
#include <string.h>

typedef void (*any_function)(void);

static const struct symbol {
	const char *name;
	const char *version;
	any_function address;
} symbols[] = {
%(rows)s
};

static const size_t symbol_count = sizeof(symbols) / sizeof(symbols[0]);

static void every_symbol_is_found_under_its_version(void **state)
{
	(void)state;
	for (size_t i = 0; i < symbol_count; i++) {
		const struct symbol *symbol = &symbols[i];
		void *found = dlvsym(RTLD_DEFAULT, symbol->name,
				     symbol->version);

		if (!found)
			fail_msg("%%s@%%s is not there", symbol->name,
				 symbol->version);
		CHECK(memcmp(&found, &symbol->address, sizeof(found)) == 0);
	}
}

static void no_symbol_is_found_under_a_version_that_never_was(void **state)
{
	(void)state;
	for (size_t i = 0; i < symbol_count; i++)
		CHECK(!dlvsym(RTLD_DEFAULT, symbols[i].name, "IOLAS_0.0"));
}

RUN_CASES(CASE(every_symbol_is_found_under_its_version),
	  CASE(no_symbol_is_found_under_a_version_that_never_was))
'''


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--map', required=True)
    parser.add_argument('--out', required=True)
    parser.add_argument('--include', action='append', default=[])
    parser.add_argument('headers', nargs='*')
    args = parser.parse_args()

    nodes = symbol_map.read_map(args.map)
    version = {s: n.name for n in nodes for s in n.symbols}
    for header in args.headers:
        for name in symbol_map.api_functions(header):
            version.setdefault(name, nodes[-1].name)
    rows = [f'\t{{ "{name}", "{node}", (any_function){name} }},'
            for name, node in sorted(version.items())]
    pathlib.Path(args.out).write_text(TOP % {
        'map': pathlib.Path(args.map).name,
        'includes': '\n'.join(f'#include <{i}>' for i in args.include),
        'rows': '\n'.join(rows),
    }, encoding='utf-8')


if __name__ == '__main__':
    main()
