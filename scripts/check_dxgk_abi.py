#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the Windows header surface for one compiler and one ABI.

usage: check_dxgk_abi.py --include DIR --checks DIR [--seed N] ABI

Everything is decided while compiling, so that ABIs which cannot run here are
checked as well: layouts and flag bits against the specification, each header
alone and all of them in any order, and the memory code of a miniport without
a warning.  Each kind of check is also given wrong expectations once, and must
refuse them.
"""

import argparse
import concurrent.futures
import pathlib
import random
import shutil
import subprocess
import sys

from tap import Tap

C11 = ['-x', 'c', '-std=c11']
CXX17 = ['-x', 'c++', '-std=c++17']
# No libc of that target is needed: the headers ask for none.
BARE = ['-ffreestanding']

# ABI: compiler, its package, flags.
ABIS = {
    'gcc-c11': ('gcc', 'gcc', C11),
    'gcc-c++17': ('g++', 'g++', CXX17),
    'gcc-c++17-no-exceptions': ('g++', 'g++', CXX17 + ['-fno-exceptions']),
    'gcc-ms-abi': ('gcc', 'gcc', C11 + ['-DDXGK_MS_ABI']),
    'clang-c11': ('clang', 'clang', C11),
    'clang-c++17': ('clang++', 'clang', CXX17),
    'i386-linux': ('clang', 'clang', C11 + BARE + ['-m32']),
    'i386-linux-c++17': ('clang++', 'clang', CXX17 + BARE + ['-m32']),
    'arm64-linux': ('clang', 'clang',
                    C11 + BARE + ['--target=aarch64-linux-gnu']),
    'windows-x64': ('x86_64-w64-mingw32-gcc', 'gcc-mingw-w64-x86-64', C11),
    'windows-x86': ('i686-w64-mingw32-gcc', 'gcc-mingw-w64-i686', C11),
    'windows-x64-c++17': ('clang++', 'clang', CXX17 + BARE +
                          ['--target=x86_64-pc-windows-gnu']),
    'windows-x86-c++17': ('clang++', 'clang', CXX17 + BARE +
                          ['--target=i686-pc-windows-gnu']),
}

STRICT = ['-Wall', '-Wextra', '-Wpedantic', '-Wconversion',
          '-Wundef', '-Werror']
# What a driver's own code may do: tags of four characters, code segments,
# wide literals.
DRIVER = ['-Wall', '-Wextra', '-Werror', '-Wno-unknown-pragmas',
          '-Wno-multichar', '-fshort-wchar']
NOT_ALONE = {'poppack.h'}  # half of a pair
MINGW_DRIVER_HEADERS = pathlib.Path('/usr/share/mingw-w64/include/ddk')


class Compiler:
    """One compiler with the flags of one ABI; call() answers its complaint."""

    def __init__(self, command, flags, include):
        self.command = command
        self.flags = flags
        self.include = include

    def run(self, arguments, text=None):
        done = subprocess.run([self.command, *self.flags, *arguments],
                              input=text, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        return '' if done.returncode == 0 else done.stdout or 'refused'

    def syntax(self, arguments, text=None):
        return self.run([f'-I{self.include}', '-fsyntax-only', *arguments],
                        text)

    def optimised(self, arguments):
        return self.run([f'-I{self.include}', '-O2', '-S', '-o', '/dev/null',
                         *arguments])


def expect(tap, name, problem):
    tap.case(name, [problem] if problem else [])


def expect_refusal(tap, name, problem, *words):
    """Refused for the reason that was planted, not for another one."""
    if not problem:
        tap.case(name, ['wrong expectations were accepted'])
    elif not any(word in problem for word in words):
        tap.case(name, [problem])
    else:
        tap.case(name)


def check_layouts(tap, compiler, checks):
    wrong = '-DDXGK_LAYOUT_OFF_BY_ONE'
    for source in sorted(checks.glob('dxgk_layout_*.c')):
        if source.stem == 'dxgk_layout_mingw':
            continue
        subject = source.stem.removeprefix('dxgk_layout_')
        expect(tap, f'layout of {subject}',
               compiler.syntax([*STRICT, str(source)]))
        expect_refusal(tap, f'wrong layout of {subject} is refused',
                       compiler.syntax([wrong, str(source)]), 'offset of',
                       'size of')
    bits = str(checks / 'dxgk_bits.c')
    expect(tap, 'flag bits', compiler.optimised([*STRICT, bits]))
    expect_refusal(tap, 'wrong flag bits are refused',
                   compiler.optimised([wrong, bits]), 'not where it belongs')


def check_headers(tap, abi, compiler, seed):
    headers = sorted(h.name for h in compiler.include.glob('*.h'))
    flags = list(STRICT)
    if abi.startswith(('gcc-', 'clang-')):
        flags += ['-isystem', str(compiler.include.parent)]
    else:
        # The harness's own headers are for hosts that iolas runs on.
        headers = [h for h in headers if not h.startswith('iolas_')]
    end = 'typedef int not_empty;\n'
    alone = [h for h in headers if h not in NOT_ALONE]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = [
            pool.submit(compiler.syntax, [*flags, '-'],
                        f'#include <{h}>\n' * 2 + end)
            for h in alone if h != 'pshpack4.h'
        ]
    tap.case('each header alone, and twice',
             [r.result() for r in results if r.result()])

    lottery = random.Random(seed)
    names = [h for h in alone if h not in ('pshpack4.h', 'initguid.h')]
    for turn in range(4):
        lottery.shuffle(names)
        text = ''.join(f'#include <{h}>\n' for h in names) + end
        expect(tap, f'all headers in one file, order {turn} of seed {seed}',
               compiler.syntax([*flags, '-'], text))


def check_second_opinion(tap, abi, compiler, checks):
    """mingw-w64's own driver headers, asked for the same facts."""
    if not abi.startswith('windows-') or 'mingw' not in compiler.command:
        return
    name = 'mingw-w64 knows the same layouts and status codes'
    if not MINGW_DRIVER_HEADERS.is_dir():
        tap.skip(name, 'needs the package mingw-w64-common')
        return
    source = str(checks / 'dxgk_layout_mingw.c')
    flags = [f'-I{MINGW_DRIVER_HEADERS}', '-fsyntax-only', '-w',
             '-D_WIN32_WINNT=0x0602', source]
    expect(tap, name, compiler.run(flags))
    expect_refusal(tap, 'and refuses wrong ones',
                   compiler.run(flags + ['-DDXGK_LAYOUT_OFF_BY_ONE']),
                   'offset of', 'size of')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--include', required=True, type=pathlib.Path)
    parser.add_argument('--checks', required=True, type=pathlib.Path)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('abi', choices=sorted(ABIS))
    args = parser.parse_args()

    name, package, flags = ABIS[args.abi]
    command = shutil.which(name) or shutil.which(name + '-14')
    if not command:
        print(f'1..0 # SKIP needs the package {package}')
        return 0
    compiler = Compiler(command, flags, args.include)
    tap = Tap()
    check_layouts(tap, compiler, args.checks)
    check_headers(tap, args.abi, compiler, args.seed)
    expect(tap, "a miniport's memory code compiles without a warning",
           compiler.syntax([*DRIVER, str(args.checks / 'dxgk_sample.c')]))
    if args.abi in ('gcc-c++17', 'clang-c++17'):
        expect(tap, 'the C++ library may come before and after',
               compiler.syntax([*STRICT,
                                str(args.checks / 'dxgk_with_std.cc')]))
        expect(tap, 'old annotations are there on demand',
               compiler.syntax([*STRICT, '-DDXGK_OLD_ANNOTATIONS', '-'],
                               '#include <ntddk.h>\nint f(__in int a, '
                               '__out int *b);\n'))
    check_second_opinion(tap, args.abi, compiler, args.checks)
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
