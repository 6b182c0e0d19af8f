#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that the documents speak of what is there.

usage: check_docs.py [ROOT]

Links between documents lead somewhere; functions and constants that a document
names are declared in a public header, or below lib/ when they are hidden ones
(iolas__…); files it names exist.
"""

import pathlib
import re
import sys

from tap import Tap

LINK = re.compile(r'\]\(([^)#\s]+)(?:#[^)]*)?\)')
CODE = re.compile(r'```.*?```|`[^`\n]+`', re.S)
FUNCTION = re.compile(r'\b(iolas_\w+)\(')
CONSTANT = re.compile(r'\bIOLAS_[A-Z0-9_]*[A-Z0-9]\b(?![_.…*])')
FILE = re.compile(r'(?<![\w./-])((?:lib|include|test|docs|scripts|bench|'
                  r'examples|tools|cmake)/[\w./-]*\w)(?![\w/*<-])')


def documents(root):
    paths = list(root.glob('*.md'))
    for top in ('docs', 'examples', 'test', 'bench', 'tools'):
        paths += (root / top).glob('**/*.md')
    return sorted(p for p in paths
                  if not any(part.startswith('build') for part in p.parts))


def text_below(root, top):
    return '\n'.join(p.read_text(encoding='utf-8')
                     for p in sorted((root / top).glob('**/*.[ch]')))


def code_of(text):
    return '\n'.join(CODE.findall(text))


def dead_links(root, path, text):
    for link in LINK.findall(text):
        if '://' not in link and not (path.parent / link).exists():
            yield f'{path.relative_to(root)}: {link}'


def unknown_names(root, path, text, public, hidden):
    for pattern in (FUNCTION, CONSTANT):
        for name in sorted(set(pattern.findall(code_of(text)))):
            where = hidden if name.lower().startswith('iolas__') else public
            if not re.search(rf'\b{name}\b', where):
                yield f'{path.relative_to(root)}: {name}'


def missing_files(root, path, text):
    for name in sorted(set(FILE.findall(code_of(text)))):
        if not (root / name).exists() and not (path.parent / name).exists():
            yield f'{path.relative_to(root)}: {name}'


def main():
    here = pathlib.Path(__file__).resolve().parent.parent
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
    public, hidden = text_below(root, 'include'), text_below(root, 'lib')
    texts = [(p, p.read_text(encoding='utf-8')) for p in documents(root)]
    tap = Tap()
    tap.case('links between documents lead somewhere',
             [x for p, t in texts for x in dead_links(root, p, t)])
    tap.case('functions and constants in documents are declared',
             [x for p, t in texts
              for x in unknown_names(root, p, t, public, hidden)])
    tap.case('files that documents name are there',
             [x for p, t in texts for x in missing_files(root, p, t)])
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
