#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that stairs lead down only.

usage: check_floors.py [ROOT]

A floor (a folder of lib/) may include its own files, base/, the door of a
floor below (iolas/<floor>.h) and, where an inline path must cross, its
<floor>/<floor>_priv.h.  Public headers include only doors of the same floor or
lower ones.  Core floors take nothing from the system but what a freestanding
compiler has, and <string.h> for the four functions it may call.  File names
are unique, so that a name alone says which file is meant.
"""

import collections
import pathlib
import re
import sys

from tap import Tap

FLOORS = ['base', 'host', 'slab', 'epoch', 'range', 'pagelist', 'physmem',
          'pgtable', 'domain', 'iommu', 'watch', 'vfio', 'jemalloc', 'dxgk']
# Floors that only a hosted system has; so have files named *_libc.c anywhere.
HOSTED = {'vfio', 'jemalloc', 'dxgk'}
# Libraries of their own, beside each other on top of the core.
LIBRARIES = {'jemalloc', 'dxgk'}
FREESTANDING = {'float.h', 'iso646.h', 'limits.h', 'stdalign.h', 'stdarg.h',
                'stdatomic.h', 'stdbool.h', 'stddef.h', 'stdint.h',
                'stdnoreturn.h'}
SOURCES = ['lib', 'test', 'bench', 'examples', 'tools', 'include']
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*', re.S)


def includes(path):
    """Yields (line, name) for every include of a file."""
    text = path.read_text(encoding='utf-8')
    blank = COMMENT.sub(lambda m: re.sub(r'[^\n]', ' ', m[0]), text)
    for match in INCLUDE.finditer(blank):
        yield blank.count('\n', 0, match.start()) + 1, match[2]


def below(user, used):
    """May floor `user` know floor `used`?  Its own counts as known."""
    if user == used:
        return True
    if used in LIBRARIES:
        return False
    return FLOORS.index(used) < FLOORS.index(user)


def judge_door(user, name):
    """What is wrong with floor `user` including iolas/<name>, or None."""
    floor = name[:-len('.h')]
    if name == 'iolas.h':
        return 'the umbrella is for embedders, not for floors'
    if floor not in FLOORS:
        return f'iolas/{name} is no floor\'s door'
    if not below(user, floor):
        return f'{floor} is not below {user}'
    return None


def judge_system(name, hosted):
    if hosted or name in FREESTANDING or name == 'string.h':
        return None
    if name.startswith('sanitizer/'):
        return None
    return 'a freestanding build does not have it'


def judge_lib(root, path, floor, name):
    """What is wrong with a file of a floor including `name`, or None."""
    hosted = floor in HOSTED or path.stem.endswith('_libc')
    parts = name.split('/')
    if '..' in parts:
        return 'paths start at the floor\'s own folder or at lib/'
    if parts[0] == 'iolas' and len(parts) == 2:
        return judge_door(floor, parts[1])
    if len(parts) == 1 and (path.parent / name).exists():
        return None
    if floor == 'dxgk' and (root / 'include' / 'dxgk' / parts[-1]).exists():
        return None
    if len(parts) > 1 and parts[0] in FLOORS:
        used = parts[0]
        if (root / 'lib' / name).exists() or not hosted:
            if not below(floor, used):
                return f'{used} is not below {floor}'
            if used in (floor, 'base') or name == f'{used}/{used}_priv.h':
                return None
            return f'{used} is entered by its door or {used}_priv.h only'
    return judge_system(name, hosted)


def judge_public(root, path, name):
    """What is wrong with a header of include/iolas including `name`."""
    floor = path.stem
    parts = name.split('/')
    if parts[0] == 'iolas' and len(parts) == 2:
        if floor == 'iolas':
            return judge_door('vfio', parts[1])
        return judge_door(floor, parts[1])
    if name in FREESTANDING:
        return None
    return 'doors include doors and freestanding headers only'


def check_lib(root):
    for path in sorted((root / 'lib').glob('*/**/*.[ch]')):
        floor = path.relative_to(root / 'lib').parts[0]
        where = path.relative_to(root)
        if floor not in FLOORS:
            yield f'{where}: {floor} is no floor'
            continue
        for line, name in includes(path):
            wrong = judge_lib(root, path, floor, name)
            if wrong:
                yield f'{where}:{line}: {name}: {wrong}'


def check_public(root):
    for path in sorted((root / 'include' / 'iolas').glob('*.h')):
        where = path.relative_to(root)
        if path.stem not in FLOORS + ['iolas']:
            yield f'{where}: {path.stem} is no floor'
            continue
        for line, name in includes(path):
            wrong = judge_public(root, path, name)
            if wrong:
                yield f'{where}:{line}: {name}: {wrong}'


def check_umbrella(root):
    """iolas.h holds every door of the core, each once."""
    umbrella = root / 'include' / 'iolas' / 'iolas.h'
    if not umbrella.exists():
        return
    have = [name for _, name in includes(umbrella)]
    want = {f'iolas/{p.name}' for p in umbrella.parent.glob('*.h')
            if p.stem not in LIBRARIES | {'iolas', 'vfio'}}
    for name in sorted(want - set(have)):
        yield f'include/iolas/iolas.h: lacks {name}'
    for name, times in collections.Counter(have).items():
        if times > 1:
            yield f'include/iolas/iolas.h: {name} {times} times'


def check_names(root):
    places = collections.defaultdict(list)
    for top in SOURCES:
        for path in sorted((root / top).glob('**/*.[ch]')):
            places[path.name].append(str(path.relative_to(root)))
    for name, paths in sorted(places.items()):
        if len(paths) > 1:
            yield f'{name}: {" ".join(paths)}'


CHECKS = [
    ('floors include only what is below them', check_lib),
    ('public headers include only doors below their own', check_public),
    ('the umbrella holds every door of the core', check_umbrella),
    ('file names are unique in the tree', check_names),
]


def main():
    here = pathlib.Path(__file__).resolve().parent.parent
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
    tap = Tap()
    for name, check in CHECKS:
        tap.case(name, check(root))
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
