#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds the core as an embedder without an operating system would.

usage: check_freestanding.py [--include DIR]... SOURCE...

The core is compiled with -ffreestanding, linked into one object, and its
symbols are read: nothing may be undefined but the four functions that every
compiler expects, and nothing may be writable, because a library without
global state has no variables.
"""

import argparse
import concurrent.futures
import shutil
import subprocess
import sys
import tempfile

from tap import Tap

ALLOWED = {'memcpy', 'memset', 'memmove', 'memcmp'}
# Data, bss, small and common sections; thread-local ones show as the same.
WRITABLE = set('bBdDgGsSC')
FLAGS = ['-std=c11', '-ffreestanding', '-nostdlib', '-fno-pic', '-fno-pie',
         '-DIOLAS_BUILDING', '-w']


def run(command):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise RuntimeError(' '.join(command) + '\n' + done.stdout)
    return done.stdout


def link_core(compiler, level, includes, sources, folder):
    """The core as one relocatable object; returns its path."""
    jobs, objects = [], []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for number, source in enumerate(sources):
            objects.append(f'{folder}/{number}.o')
            jobs.append(pool.submit(run, [
                compiler, *FLAGS, level, *[f'-I{i}' for i in includes],
                '-c', source, '-o', objects[-1]]))
        for job in jobs:
            job.result()
    core = f'{folder}/core.o'
    run([compiler, '-nostdlib', '-r', '-no-pie', '-o', core, *objects])
    return core


def symbols(core):
    """Yields (kind, name) for each symbol of an object."""
    for line in run(['nm', core]).splitlines():
        kind, name = line.split()[-2:]
        yield kind, name


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--include', action='append', default=[])
    parser.add_argument('sources', nargs='+')
    args = parser.parse_args()

    tap = Tap()
    for title, name, package in [('gcc', 'gcc', 'gcc'),
                                 ('clang', 'clang-14', 'clang')]:
        compiler = shutil.which(name) or shutil.which(title)
        for level in ['-O0', '-O2']:
            what = f'with {title} {level}'
            if not compiler:
                tap.skip(f'the core {what}', f'needs the package {package}')
                continue
            with tempfile.TemporaryDirectory() as folder:
                try:
                    core = link_core(compiler, level, args.include,
                                     args.sources, folder)
                    found = list(symbols(core))
                except RuntimeError as error:
                    tap.case(f'the core compiles {what}', [error])
                    continue
            tap.case(f'the core compiles {what}')
            tap.case(f'the core needs four functions at most {what}',
                     [f'undefined: {n}' for kind, n in found
                      if kind in 'Uwv' and n not in ALLOWED])
            tap.case(f'the core has no variables {what}',
                     [f'writable: {n}' for kind, n in found
                      if kind in WRITABLE])
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
