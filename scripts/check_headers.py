#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compiles every public header alone, in C11 and in C++17.

usage: check_headers.py [--include DIR]... [--flags FLAGS] FOLDER

Each header of the folder is the whole of a program (twice, so that its guard
is tried as well), for gcc, g++, clang and clang++ as far as they are there.
"""

import argparse
import concurrent.futures
import pathlib
import shutil
import subprocess
import sys

from tap import Tap

COMPILERS = [
    ('gcc', 'gcc', ['-x', 'c', '-std=c11'], 'gcc'),
    ('g++', 'g++', ['-x', 'c++', '-std=c++17'], 'g++'),
    ('clang', 'clang-14', ['-x', 'c', '-std=c11'], 'clang'),
    ('clang++', 'clang++-14', ['-x', 'c++', '-std=c++17'], 'clang'),
]


def find(name, fallback):
    return shutil.which(name) or shutil.which(fallback)


def compile_alone(compiler, flags, header):
    text = f'#include <{header}>\n#include <{header}>\n' \
           'typedef int iolas_not_empty;\n'
    done = subprocess.run([compiler, *flags, '-fsyntax-only', '-'],
                          input=text, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return done.stdout if done.returncode else ''


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--include', action='append', default=[])
    parser.add_argument('--flags', default='-Wall -Wextra -Wpedantic '
                        '-Wconversion -Wundef -Werror -ffreestanding')
    parser.add_argument('folder')
    args = parser.parse_args()

    folder = pathlib.Path(args.folder)
    headers = sorted(p.name for p in folder.glob('*.h'))
    flags = args.flags.split() + [f'-I{i}' for i in args.include]
    tap = Tap()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for title, name, language, package in COMPILERS:
            compiler = find(name, title)
            standard = language[-1].split('=')[1]
            if not compiler:
                tap.skip(f'headers alone, {title} {standard}',
                         f'needs the package {package}')
                continue
            results = [pool.submit(compile_alone, compiler, language + flags,
                                   f'{folder.name}/{h}') for h in headers]
            for header, result in zip(headers, results):
                problem = result.result()
                tap.case(f'{folder.name}/{header} alone, {title} {standard}',
                         [problem] if problem else [])
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
