#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks what the shared library does to a program that loads it.

usage: check_elf.py --library FILE --soname NAME [--tls BYTES]
                    [--may-need NAME]... [--may-allocate]

It must fit into the thread-local space that dlopen() has left, stay loaded
where its thread-exit hooks live, need nothing but the C library (and what
--may-need names), and leave the program's malloc alone (--may-allocate: call
it, at most).
"""

import argparse
import re
import subprocess
import sys

from tap import Tap

HEAP = {'malloc', 'calloc', 'realloc', 'reallocarray', 'free',
        'aligned_alloc', 'posix_memalign', 'memalign', 'valloc', 'strdup',
        'strndup', 'asprintf', 'vasprintf', 'malloc_usable_size'}
HEAP_PREFIX = ('mallocx', 'rallocx', 'xallocx', 'sallocx', 'dallocx',
               'sdallocx', 'nallocx', 'mallctl', 'je_', 'mi_')
SYSTEM = re.compile(r'(libc|libpthread|libdl|libm|ld-linux[\w-]*|'
                    r'libgcc_s)\.so\.\d+$')


def read(option, library):
    return subprocess.run(['readelf', option, '-W', library], check=True,
                          text=True, stdout=subprocess.PIPE).stdout


def tls_bytes(library):
    """Size of the thread-local segment, 0 when there is none."""
    for line in read('-l', library).splitlines():
        fields = line.split()
        if fields and fields[0] == 'TLS':
            return int(fields[5], 16)
    return 0


def heap_symbols(library):
    """The heap functions that a library imports or defines."""
    for line in read('--dyn-syms', library).splitlines():
        fields = line.split()
        if len(fields) < 8 or not fields[0].rstrip(':').isdigit():
            continue
        name = fields[7].split('@')[0]
        if name in HEAP or name.startswith(HEAP_PREFIX):
            yield f'{"imports" if fields[6] == "UND" else "defines"} {name}'


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--library', required=True)
    parser.add_argument('--soname', required=True)
    parser.add_argument('--tls', type=int, default=512)
    parser.add_argument('--may-need', action='append', default=[])
    parser.add_argument('--may-allocate', action='store_true')
    args = parser.parse_args()

    tap = Tap()
    dynamic = read('-d', args.library)
    soname = re.findall(r'\(SONAME\).*\[(.*)\]', dynamic)
    tap.case(f'the SONAME is {args.soname}',
             [] if soname == [args.soname] else [f'it is {soname}'])
    flags = ' '.join(re.findall(r'\(FLAGS_1\)\s*(.*)', dynamic))
    tap.case('the library stays loaded once it is (nodelete)',
             [] if 'NODELETE' in flags else [f'flags: {flags}'])
    size = tls_bytes(args.library)
    tap.case(f'thread-local storage is at most {args.tls} bytes',
             [] if size <= args.tls else [f'it is {size} bytes'])
    needed = re.findall(r'\(NEEDED\).*\[(.*)\]', dynamic)
    tap.case(' and '.join(['it needs the C library', *args.may_need,
                           'nothing else']),
             [n for n in needed
              if not SYSTEM.match(n) and n not in args.may_need])
    heap = list(heap_symbols(args.library))
    if args.may_allocate:
        tap.case('it does not replace the program\'s malloc',
                 [h for h in heap if h.startswith('defines')])
    else:
        tap.case('it neither calls nor replaces the program\'s malloc', heap)
    tap.case('no code is patched at load time (text relocations)',
             re.findall(r'.*TEXTREL.*', dynamic))
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
