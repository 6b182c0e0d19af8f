#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Cuts the program out of README.md, so that it is compiled and run.

usage: readme_program.py README.md PROGRAM.c
"""

import pathlib
import re
import sys


def main():
    text = pathlib.Path(sys.argv[1]).read_text(encoding='utf-8')
    blocks = re.findall(r'^```c\n(.*?)^```$', text, re.S | re.M)
    if len(blocks) != 1:
        sys.exit(f'{sys.argv[1]} has {len(blocks)} programs, expected one')
    pathlib.Path(sys.argv[2]).write_text(blocks[0], encoding='utf-8')


if __name__ == '__main__':
    main()
