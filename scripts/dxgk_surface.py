#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads the Windows header surface and writes, or checks, what is said of it.

usage: dxgk_surface.py [--source DIR] (--write | --check | --exports MAP)

--write renews the tables in docs/abi-dxgk.md between their markers, --check
answers whether they are what the headers and the layout checks say, --exports
whether a symbol map has every function that the headers declare as exported.
"""

import argparse
import pathlib
import re
import sys

from tap import Tap

MARKER = '<!-- table: {} -->'
END = '<!-- end -->'


class Surface:
    """The headers and layout checks of one source tree."""

    def __init__(self, source):
        self.include = source / 'include' / 'dxgk'
        self.checks = source / 'test' / 'abi'
        self.headers = {h.name: h.read_text()
                        for h in sorted(self.include.glob('*.h'))
                        if not h.name.startswith('iolas_')}

    def layout_facts(self):
        """(struct, x64, x86) for each size that is asserted."""
        facts = {}
        for check in sorted(self.checks.glob('dxgk_layout_*.c')):
            text = check.read_text()
            alias = None
            for line in self.logical_lines(text):
                if m := re.match(r'#define T\s+(\w+)$', line):
                    alias = m[1]
                m = re.match(r'ASSERT_SIZE\((\w+), (\w+), (\w+)\)', line)
                if m:
                    name = alias if m[1] == 'T' else m[1]
                    facts[name] = (int(m[2], 0), int(m[3], 0))
        text = (self.checks / 'dxgk_mingw_facts.h').read_text()
        for name, x64, x86 in re.findall(r'SIZE\((\w+), (\w+), (\w+)\)', text):
            facts[name] = (int(x64, 0), int(x86, 0))
        return facts

    @staticmethod
    def logical_lines(text):
        """Lines, with the arguments of a wrapped macro call joined."""
        text = re.sub(r',\n\s+', ', ', text)
        return text.splitlines()

    def header_of(self, struct):
        for name, text in self.headers.items():
            if re.search(r'\b(struct|union|enum) (DXGK_ALIGN8 )?_' + struct +
                         r' \{', text) or \
               re.search(r'\}[^;{]*\b' + struct + r'\b[^;{]*;', text):
                return name
        return None

    def sizes(self):
        rows = []
        for struct, (x64, x86) in self.layout_facts().items():
            header = self.header_of(struct)
            if header and header != 'wdm_types.h':
                rows.append((header, struct, x64, x86))
        rows.sort()
        out = ['| header | struct | x64, arm64 | x86 |',
               '|:--|:--|--:|--:|']
        out += [f'| `{h}` | `{s}` | {a} | {b} |' for h, s, a, b in rows]
        return out

    def versions(self):
        names = dict(re.findall(
            r'X\((DXGKDDI_INTERFACE_VERSION_\w+),\s*"([^"]+)"\)',
            self.headers['dxgk_versions.h'].replace('\\\n', '')))
        out = ['| struct | from WDDM | x64 | x86 |', '|:--|:--|--:|--:|']
        text = self.headers['dxgk_versions.h'].replace('\\\n', '')
        for struct, body in re.findall(r'#define (\w+)_SIZES\(X\)(.*)', text):
            for version, x64, x86 in re.findall(r'X\((\w+), (\w+), (\w+)\)',
                                                body):
                out.append(f'| `{struct}` | {names[version]} | '
                           f'{int(x64, 0)} | {int(x86, 0)} |')
        return out

    def untyped(self):
        slots = re.findall(r'\(\d+, (\w+), (PVOID|P\w+), DXGK_SINCE',
                           self.headers['dxgk_slots.h'])
        plain = set(re.findall(r'typedef PVOID (\w+);',
                               self.headers['d3dkm_ddi.h']))
        reserved = [m for m, t in slots if t == 'PVOID']
        later = [m for m, t in slots if t in plain]
        table = self.headers['dispmprt_interface.h']
        callbacks = re.findall(r'\tPVOID (\w+);', table)
        out = ['`DXGKRNL_INTERFACE`: ' +
               ', '.join(f'`{c}`' for c in callbacks) + '.', '',
               '`DRIVER_INITIALIZATION_DATA`, reserved or retired: ' +
               ', '.join(f'`{c}`' for c in reserved) + '.', '',
               '`DRIVER_INITIALIZATION_DATA`, prototype not taken over: ' +
               ', '.join(f'`{c}`' for c in later) + '.']
        return out

    def incomplete(self):
        out = []
        everything = '\n'.join(self.headers.values())
        for name, text in self.headers.items():
            text = re.sub(r'#define (.*\\\n)*.*', '', text)
            declared = re.findall(r'typedef struct _(\w+)\s+\1', text)
            declared += [a[2] for a in re.findall(
                r'DXGK_DDI_(READS|WRITES)\((\w+), \w+,\s*(\w+)\)', text)]
            declared = [d for d in declared
                        if not re.search(r'struct _' + d + r' \{', everything)]
            if declared:
                out.append(f'* `{name}`: ' + ', '.join(
                    f'`{d}`' for d in declared))
        return out

    def exports(self):
        """Header: names that are declared for the library to export."""
        found = {}
        for name, text in self.headers.items():
            text = re.sub(r'/\*.*?\*/', '', text, flags=re.S)
            declarations = re.findall(r'^DXGK_EXPORT ([^;{]*);', text, re.M)
            symbols = []
            for declaration in declarations:
                m = re.search(r'(\w+)\s*\(', declaration) or \
                    re.search(r'(\w+)$', declaration)
                symbols.append(m[1])
            if symbols:
                found[name] = symbols
        return found

    def exported(self):
        out = ['| header | symbols |', '|:--|:--|']
        for name, symbols in self.exports().items():
            out.append(f'| `{name}` | ' +
                       ', '.join(f'`{s}`' for s in sorted(symbols)) + ' |')
        return out


TABLES = ['sizes', 'versions', 'untyped', 'incomplete', 'exported']


def fill(document, surface):
    """The document with every table renewed."""
    for table in TABLES:
        begin = MARKER.format(table)
        pattern = re.escape(begin) + r'\n.*?' + re.escape(END)
        text = '\n'.join([begin, *getattr(surface, table)(), END])
        document, count = re.subn(pattern, lambda _, t=text: t, document,
                                  flags=re.S)
        if count != 1:
            raise SystemExit(f'{begin} does not stand there once')
    return document


def main():
    parser = argparse.ArgumentParser()
    here = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument('--source', type=pathlib.Path, default=here)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument('--write', action='store_true')
    what.add_argument('--check', action='store_true')
    what.add_argument('--exports', type=pathlib.Path)
    args = parser.parse_args()

    surface = Surface(args.source)
    document = args.source / 'docs' / 'abi-dxgk.md'
    tap = Tap()
    if args.write:
        document.write_text(fill(document.read_text(), surface))
        return 0
    if args.check:
        text = document.read_text()
        tap.case('the tables of docs/abi-dxgk.md are those of the headers',
                 [] if fill(text, surface) == text
                 else ['run scripts/dxgk_surface.py --write'])
        return tap.done()
    promised = set(re.findall(r'^\s*(\w+);', args.exports.read_text(), re.M))
    for header, symbols in surface.exports().items():
        tap.case(f'what {header} declares is exported',
                 [s for s in symbols if s not in promised])
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
