#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The floors check sees what it is there to see.

Each case writes one small tree with one fault in it (or none) and asks which
of the check's complaints come back.
"""

import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'scripts'))
import check_floors  # noqa: E402  (the path above has to come first)
from tap import Tap  # noqa: E402

CLEAN = {
    'include/iolas/base.h': '#include <stdint.h>\n',
    'include/iolas/range.h': '#include <iolas/base.h>\n',
    'include/iolas/domain.h': '#include <iolas/range.h>\n',
    'include/iolas/jemalloc.h': '#include <iolas/base.h>\n',
    'include/iolas/iolas.h': '#include <iolas/base.h>\n'
                             '#include <iolas/range.h>\n'
                             '#include <iolas/domain.h>\n',
    'include/dxgk/wdm.h': '\n',
    'lib/base/bits.h': '#include <limits.h>\n',
    'lib/base/atomics.h': '#include <stdatomic.h>\n',
    'lib/range/range_priv.h': '#include <iolas/range.h>\n',
    'lib/range/range_tree.h': '\n',
    'lib/range/range.c': '#include "range_tree.h"\n'
                         '#include "base/bits.h"\n'
                         '/* #include "domain/domain_priv.h" */\n'
                         '#include <string.h>\n',
    'lib/domain/domain.c': '#include "range/range_priv.h"\n'
                           '#include <iolas/range.h>\n',
    'lib/host/host_libc.c': '#include <sys/mman.h>\n',
    'lib/dxgk/dxgk_mdl.c': '#include <iolas/domain.h>\n'
                           '#include <wdm.h>\n#include <pthread.h>\n',
    'lib/jemalloc/host_jemalloc.c': '#include <iolas/jemalloc.h>\n'
                                    '#include <jemalloc/jemalloc.h>\n',
}

# (what the case shows, file, text, a part of the only complaint)
FAULTS = [
    ('a door above is refused', 'lib/range/range_x.c',
     '#include <iolas/domain.h>\n', 'domain is not below range'),
    ('a private header above is refused', 'lib/range/range_x.c',
     '#include "domain/domain_priv.h"\n', 'domain is not below range'),
    ('another floor\'s inner header is refused', 'lib/domain/domain_x.c',
     '#include "range/range_tree.h"\n', 'range_priv.h only'),
    ('the umbrella is refused inside', 'lib/domain/domain_x.c',
     '#include <iolas/iolas.h>\n', 'umbrella'),
    ('a climb by dots is refused', 'lib/domain/domain_x.c',
     '#include "../range/range_priv.h"\n', 'paths start'),
    ('libc is refused in the core', 'lib/range/range_x.c',
     '#include <stdlib.h>\n', 'freestanding'),
    ('an include after a comment is seen', 'lib/range/range_x.c',
     '/* a */ # include <pthread.h>\n', 'range_x.c:1: pthread.h'),
    ('an include on the second line has its number', 'lib/range/range_x.c',
     '/* two\n * lines */\n#include <stdio.h>\n', 'range_x.c:3: stdio.h'),
    ('jemalloc is refused below', 'lib/domain/domain_x.c',
     '#include <iolas/jemalloc.h>\n', 'jemalloc is not below domain'),
    ('dxgk and jemalloc stay apart', 'lib/dxgk/dxgk_x.c',
     '#include <iolas/jemalloc.h>\n', 'jemalloc is not below dxgk'),
    ('a folder that is no floor is refused', 'lib/cellar/cellar.c',
     '\n', 'cellar is no floor'),
    ('a public header that includes upward is refused', 'include/iolas/host.h',
     '#include <iolas/domain.h>\n', 'domain is not below host'),
    ('a public header that needs libc is refused', 'include/iolas/host.h',
     '#include <stdio.h>\n', 'freestanding headers only'),
    ('a public header that is no floor\'s is refused',
     'include/iolas/attic.h', '\n', 'attic is no floor'),
    ('a door that the umbrella lacks is seen', 'include/iolas/iommu.h',
     '#include <iolas/domain.h>\n', 'lacks iolas/iommu.h'),
    ('a name used twice is seen', 'test/range/range.c', '\n',
     'range.c: lib/range/range.c test/range/range.c'),
]


def complaints(files):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding='utf-8')
        return [c for _, check in check_floors.CHECKS for c in check(root)]


def main():
    tap = Tap()
    tap.case('a clean tree has no complaint', complaints(CLEAN))
    for name, path, text, part in FAULTS:
        # A new door is also missing from the umbrella; that is another case.
        files = dict(CLEAN, **{path: text})
        if path == 'include/iolas/host.h':
            files['include/iolas/iolas.h'] += '#include <iolas/host.h>\n'
        found = [c for c in complaints(files)
                 if part in c or not ('lacks' in c and 'attic' in c)]
        wrong = [] if len(found) == 1 and part in found[0] else [
            f'expected one complaint with "{part}", got:'] + found
        tap.case(name, wrong)
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
