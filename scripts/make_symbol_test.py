#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a C test that refers to every symbol a library promises.

usage: make_symbol_test.py --map FILE --out FILE [--include NAME]...
                           [--declared HEADER]... HEADER...

The program takes the address of everything that the map lists or a HEADER
marks, so it links only when all is there, and looks each up by name and
version, so it runs only when an older program would find it too.  With
--declared, what those headers do not declare as a function is an object.
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
	any_function function;
	const void *object; /* NULL for a function */
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
		if (symbol->object)
			CHECK(found == symbol->object);
		else
			CHECK(memcmp(&found, &symbol->function,
				     sizeof(found)) == 0);
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


def row(name, node, is_function):
    address = f'(any_function){name}, NULL' if is_function \
        else f'NULL, &{name}'
    return f'\t{{ "{name}", "{node}", {address} }},'


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--map', required=True)
    parser.add_argument('--out', required=True)
    parser.add_argument('--include', action='append', default=[])
    parser.add_argument('--declared', action='append', default=[])
    parser.add_argument('headers', nargs='*')
    args = parser.parse_args()

    nodes = symbol_map.read_map(args.map)
    version = {s: n.name for n in nodes for s in n.symbols}
    for header in args.headers:
        for name in symbol_map.api_functions(header):
            version.setdefault(name, nodes[-1].name)
    text = '\n'.join(
        symbol_map.strip_comments(pathlib.Path(p).read_text(encoding='utf-8'))
        for p in args.declared)
    rows = [row(name, node, not text or symbol_map.declares(text, name))
            for name, node in sorted(version.items())]
    pathlib.Path(args.out).write_text(TOP % {
        'map': pathlib.Path(args.map).name,
        'includes': '\n'.join(f'#include <{i}>' for i in args.include),
        'rows': '\n'.join(rows),
    }, encoding='utf-8')


if __name__ == '__main__':
    main()
