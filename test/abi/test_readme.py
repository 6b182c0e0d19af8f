#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The program in README.md runs and says what the README claims.

usage: test_readme.py PROGRAM
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'scripts'))
from tap import Tap  # noqa: E402  (the path above has to come first)


def main():
    tap = Tap()
    source = subprocess.run([sys.executable,
                             ROOT / 'scripts' / 'readme_program.py',
                             ROOT / 'README.md', '/dev/stdout'], text=True,
                            check=True, stdout=subprocess.PIPE).stdout
    done = subprocess.run([sys.argv[1]], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    tap.case('the program of the README succeeds',
             [] if done.returncode == 0 else
             [f'exit status {done.returncode}', done.stdout])
    # The memory is 2 MiB at 4 GiB, looked at 0x1234 bytes behind its start.
    line = r'device 0x[0-9a-f]+234 is memory 0x100001234\n'
    tap.case('it reaches the memory that it mapped',
             [] if re.fullmatch(line, done.stdout) else [done.stdout])
    lines = source.count('\n')
    tap.case('it is short', [] if lines <= 35 else [f'{lines} lines'])
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
