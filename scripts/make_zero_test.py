#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a C test that calls every public function with nothing.

usage: make_zero_test.py --out FILE [--include NAME]... HEADER...

Each argument is 0, which is NULL for a pointer.  No function may crash, and one
that answers a status answers one that exists.  What each must answer is said in
its own floor's tests; this one makes sure that no function is forgotten.
"""

import argparse
import pathlib
import re

import symbol_map

PROTOTYPE = re.compile(r'\bIOLAS_API\s+([\w\s*]*?)\s*(\*?)\s*\b(iolas_\w+)\s*'
                       r'\(([^;{]*)\)\s*;')

TOP = '''/* SPDX-License-Identifier: MIT */
/*
 * Written by scripts/make_zero_test.py from the public headers.
 */
%(includes)s

#include "harness/check.h"

/* Statuses are 0 or the library's own negatives; 1 is a yes. */
static void check_status(int status)
{
	CHECK(status <= 1 && status >= IOLAS_EIO);
}
'''


def prototypes(path):
    """Yields (type, name, number of parameters) for a header's functions."""
    text = symbol_map.strip_comments(
        pathlib.Path(path).read_text(encoding='utf-8'))
    for kind, star, name, params in PROTOTYPE.findall(text):
        params = params.strip()
        # A comma inside parentheses belongs to a callback's own parameters.
        flat = re.sub(r'\([^()]*\)', '', params)
        count = 0 if params in ('', 'void') else flat.count(',') + 1
        yield (kind + star).strip(), name, count


def case(kind, name, count):
    call = f'{name}({", ".join(["0"] * count)})'
    if kind == 'int':
        call = f'check_status({call})'
    elif kind != 'void':
        call = f'(void){call}'
    return (f'\nstatic void {name}_survives_zeroes(void **state)\n'
            f'{{\n\t(void)state;\n\t{call};\n}}\n')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--out', required=True)
    parser.add_argument('--include', action='append', default=[])
    parser.add_argument('headers', nargs='+')
    args = parser.parse_args()

    functions = [p for header in args.headers for p in prototypes(header)]
    declared = [n for header in args.headers
                for n in symbol_map.api_functions(header)]
    if sorted(declared) != sorted(name for _, name, _ in functions):
        raise SystemExit('a prototype could not be read: ' + ' '.join(
            set(declared) ^ {name for _, name, _ in functions}))
    text = TOP % {'includes': '\n'.join(f'#include <{i}>'
                                        for i in args.include)}
    text += ''.join(case(*f) for f in functions)
    text += '\nRUN_CASES(' + ',\n\t  '.join(
        f'CASE({name}_survives_zeroes)' for _, name, _ in functions) + ')\n'
    pathlib.Path(args.out).write_text(text, encoding='utf-8')


if __name__ == '__main__':
    main()
