#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Python loads the library at run time and calls it.

usage: test_ctypes.py LIBRARY
"""

import ctypes
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'scripts'))
from tap import Tap  # noqa: E402  (the path above has to come first)


def header_version():
    """The version as base.h spells it, packed as iolas_version() packs it."""
    text = (ROOT / 'include' / 'iolas' / 'base.h').read_text(encoding='utf-8')
    major, minor, patch = (
        int(re.search(rf'#define IOLAS_VERSION_{part}\s+(\d+)', text)[1])
        for part in ('MAJOR', 'MINOR', 'PATCH'))
    return major << 16 | minor << 8 | patch


def main():
    tap = Tap()
    try:
        library = ctypes.CDLL(sys.argv[1])
    except OSError as error:
        tap.case('ctypes loads the library', [error])
        return tap.done()
    tap.case('ctypes loads the library')

    library.iolas_version.restype = ctypes.c_uint32
    version = library.iolas_version()
    tap.case('iolas_version answers what the header says',
             [] if version == header_version() else [f'{version:#x}'])

    library.iolas_strerror.restype = ctypes.c_char_p
    text = library.iolas_strerror(ctypes.c_int(-1))
    tap.case('iolas_strerror answers a text', [] if text else [text])
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
