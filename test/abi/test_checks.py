#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The checks of symbols, libraries and the freestanding core can fail.

Each case builds one small library with one fault in it and asks which case of
the check complains.  A library without a fault passes them all.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'scripts'))
from tap import Tap  # noqa: E402  (the path above has to come first)

HEADER = 'IOLAS_API int iolas_a(void);\nIOLAS_API int iolas_b(int);\n'
CODE = 'int iolas_a(void) { return 1; }\nint iolas_b(int x) { return x; }\n'
MAP = ('IOLAS_0.1 {\n global:\n  iolas_a;\n  iolas_b;\n local:\n  *;\n};\n')
LINK = ['-Wl,-soname,libx.so.0', '-Wl,-z,nodelete']


class Sample:
    """A library to be checked: its sources, and how it is linked."""

    def __init__(self, folder):
        self.folder = folder

    def build(self, code=CODE, symbols=MAP, header=HEADER, link=None):
        (self.folder / 'x.c').write_text(code, encoding='utf-8')
        (self.folder / 'x.h').write_text(header, encoding='utf-8')
        (self.folder / 'x.map').write_text(symbols, encoding='utf-8')
        subprocess.run(
            ['gcc', '-shared', '-fPIC', '-w', '-o', self.folder / 'libx.so',
             self.folder / 'x.c', *(LINK if link is None else link),
             f'-Wl,--version-script={self.folder / "x.map"}'], check=True)
        return self

    def complaints(self, script, *args):
        """Names of the cases that a check fails."""
        done = subprocess.run([sys.executable, ROOT / 'scripts' / script,
                               *args], text=True, check=False,
                              stdout=subprocess.PIPE)
        failed = re.findall(r'^not ok \d+ - (.*)$', done.stdout, re.M)
        if bool(failed) != bool(done.returncode):
            failed.append(f'exit status {done.returncode}')
        return failed

    def symbols(self, checked_map=None, **kwargs):
        self.build(**kwargs)
        if checked_map:
            (self.folder / 'x.map').write_text(checked_map, encoding='utf-8')
        return self.complaints(
            'check_symbols.py', '--map', self.folder / 'x.map', '--library',
            self.folder / 'libx.so', self.folder / 'x.h')

    def elf(self, **kwargs):
        self.build(**kwargs)
        return self.complaints('check_elf.py', '--library', self.folder /
                               'libx.so', '--soname', 'libx.so.0')

    def freestanding(self, code):
        (self.folder / 'core.c').write_text(code, encoding='utf-8')
        return self.complaints('check_freestanding.py',
                               self.folder / 'core.c')


# (what the case shows, method, arguments, part of each complaint expected)
CASES = [
    ('a library that agrees with its map and header passes', 'symbols', {},
     []),
    ('a function that the map lacks is seen', 'symbols',
     {'header': HEADER + 'IOLAS_API void iolas_c(void);\n'},
     ['every marked function']),
    ('a function whose type stands on another line is seen', 'symbols',
     {'header': HEADER + 'IOLAS_API const struct x *\niolas_c(void);\n'},
     ['every marked function']),
    ('a function in a comment is none', 'symbols',
     {'header': HEADER + '/*\nIOLAS_API int iolas_c(void);\n*/\n'}, []),
    ('a mapped symbol without a declaration is seen', 'symbols',
     {'header': HEADER.split('\n', maxsplit=1)[0] + '\n'},
     ['declared in a header']),
    ('a mapped symbol that the library lacks is seen', 'symbols',
     {'code': CODE.split('\n', maxsplit=1)[0] + '\n'},
     ['exports every symbol']),
    ('an export that nobody mapped is seen', 'symbols',
     {'symbols': MAP.replace('iolas_b;', 'iolas_b; iolas_c;'),
      'code': CODE + 'int iolas_c(void) { return 2; }\n',
      'checked_map': MAP}, ['exports nothing else']),
    ('an export under another version is seen', 'symbols',
     {'symbols': MAP.replace('0.1', '0.2'), 'checked_map': MAP},
     ['version of its node']),
    ('a map out of order is seen', 'symbols',
     {'symbols': MAP.replace('iolas_a;\n  iolas_b', 'iolas_b;\n  iolas_a')},
     ['chained and sorted']),
    ('a node that follows none is seen', 'symbols',
     {'symbols': MAP + 'IOLAS_0.2 {\n};\n'}, ['chained and sorted']),
    ('a node that follows the one before is fine', 'symbols',
     {'symbols': MAP + 'IOLAS_0.2 {\n} IOLAS_0.1;\n'}, []),
    ('a harmless library passes', 'elf', {}, []),
    ('another SONAME is seen', 'elf',
     {'link': ['-Wl,-soname,libx.so.1', '-Wl,-z,nodelete']}, ['SONAME']),
    ('a library that may be unloaded is seen', 'elf', {'link': LINK[:1]},
     ['nodelete']),
    ('too much thread-local storage is seen', 'elf',
     {'code': CODE + '__thread char t[513];\nchar *f(void) { return t; }\n'},
     ['thread-local']),
    ('a little of it is fine', 'elf',
     {'code': CODE + '__thread char t[64];\nchar *f(void) { return t; }\n'},
     []),
    ('a call of malloc is seen', 'elf',
     {'code': '#include <stdlib.h>\n' + CODE +
      'void *f(void) { return malloc(7); }\n'}, ['malloc']),
    ('a malloc of its own is seen', 'elf',
     {'code': CODE + 'void *malloc(unsigned long n) { return 0; }\n',
      'symbols': MAP.replace('iolas_b;', 'iolas_b; malloc;')}, ['malloc']),
    ('another library is seen', 'elf', {'link': [
        *LINK, '-Wl,--no-as-needed', '-llzma', '-Wl,--as-needed']},
     ['C library and nothing else']),
]

# (what the case shows, source, part of each complaint expected)
CORES = [
    ('code that needs nothing passes', CODE, None),
    ('copying and clearing are allowed',
     'void *memset(void *, int, unsigned long);\n'
     'void f(char *p) { memset(p, 0, 4096); }\n', None),
    ('a call into libc is seen', 'int puts(const char *);\n'
     'int f(void) { return puts("x"); }\n', 'four functions'),
    ('a compiler\'s helper is seen', 'unsigned __int128 f(unsigned __int128 a,'
     ' unsigned __int128 b) { return a / b; }\n', 'four functions'),
    ('a variable is seen', 'int f(void) { static int n; return ++n; }\n',
     'no variables'),
    ('a thread\'s variable is seen',
     'int f(void) { static _Thread_local int n; return ++n; }\n',
     'no variables'),
    ('a constant is none', 'static const int n[] = { 1, 2 };\n'
     'int f(int i) { return n[i]; }\n', None),
    ('code that does not compile is seen', 'int f(void) { return x; }\n',
     'compiles'),
]


def compare(found, expected):
    if len(found) == len(expected) and all(
            part in name for part, name in zip(expected, found)):
        return []
    return [f'complaints: {found}', f'expected: {expected}']


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        sample = Sample(pathlib.Path(name))
        for title, method, kwargs, expected in CASES:
            tap.case(title, compare(getattr(sample, method)(**kwargs),
                                    expected))
        for title, code, expected in CORES:
            found = sample.freestanding(code)
            is_as_expected = any(expected in f for f in found) \
                if expected else not found
            tap.case(title, [] if is_as_expected else
                     [f'complaints: {found}', f'expected: {expected}'])
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
