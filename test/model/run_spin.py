#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks a Promela model with spin, as it is and with each seeded bug.

usage: run_spin.py model.pml

The model as it stands must have no error; each BUG_... that it names in an
#ifdef or #ifndef must have one.  Prints TAP.  Skipped (exit 77) without spin
or a C compiler.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile


def errors_of(spin, compiler, model, bug, folder):
    define = ['-D' + bug] if bug else []
    subprocess.run([spin, *define, '-a', model], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run([compiler, '-w', '-O1', '-DSAFETY', '-DMEMLIM=2000', '-o',
                    'pan', 'pan.c'], cwd=folder, check=True)
    out = subprocess.run(['./pan', '-m1000000'], cwd=folder, check=True,
                         capture_output=True, text=True).stdout
    # A search that was cut short proves nothing.
    if re.search(r'max search depth too small|out of memory|Search not comp',
                 out) and not bug:
        return None
    found = re.search(r'errors: (\d+)', out)
    return int(found.group(1)) if found else None


def main():
    model = os.path.abspath(sys.argv[1])
    spin = shutil.which('spin')
    compiler = os.environ.get('CC') or shutil.which('cc')
    if not spin or not compiler:
        print('1..0 # SKIP needs the packages spin and gcc')
        return 77
    with open(model) as f:
        bugs = sorted(set(re.findall(r'#\s*ifn?def\s+(BUG_\w+)', f.read())))
    print('1..%d' % (1 + len(bugs)))
    failed = False
    for number, bug in enumerate([None] + bugs, 1):
        with tempfile.TemporaryDirectory() as folder:
            errors = errors_of(spin, compiler, model, bug, folder)
        good = errors is not None and (errors > 0) == bool(bug)
        failed = failed or not good
        print('%s %d - %s' % ('ok' if good else 'not ok', number,
                              bug + ' is found' if bug else
                              'the model has no error'), flush=True)
    return 1 if failed else 0


sys.exit(main())
