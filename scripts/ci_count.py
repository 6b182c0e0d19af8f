#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts test cases, not programs.

usage: ci_count.py [--label TEXT] [--expect TESTS.json] [--without SUITE]
                   FILE...

A FILE that ends in .json is Meson's testlog.json; any other holds TAP.  Each
TAP line is a case.  A case that the plan announced and nobody reported is a
failure, and so is a program that ends badly though every case of it passed.
Programs that speak no TAP count as one case.

--expect takes the output of `meson introspect --tests`; tests in it that the
log lacks (the run was cut short) are failures.  --without leaves those of a
suite out of that.

Prints what failed and was skipped on stderr and, as the last line of stdout,
`N passed, N failed, N skipped`.  Exits 1 when a case failed or none ran.
"""

import argparse
import collections
import json
import re
import sys

PLAN = re.compile(r'1\.\.(\d+)\s*(?:#\s*skip\S*\s*(.*))?$', re.I)
CASE = re.compile(r'(not )?ok\b\s*(\d+)?\s*-?\s*([^#]*?)\s*'
                  r'(?:#\s*(skip|todo)\S*\s*(.*))?$', re.I)
BAIL = re.compile(r'Bail out!\s*(.*)')
REASON = re.compile(r'#\s*SKIP\s+(.*)')


class Count:
    """Adds up cases and remembers the ones worth a line."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.notes = []
        self.reasons = collections.Counter()

    def fail(self, where, what, how_many=1):
        self.failed += how_many
        self.notes.append(f'failed: {where}: {what}')

    def skip(self, why):
        self.skipped += 1
        self.reasons[why or 'no reason given'] += 1

    def line(self):
        return (f'{self.passed} passed, {self.failed} failed, '
                f'{self.skipped} skipped')


def count_tap(count, where, text):
    """Adds the cases of one TAP stream; returns how many it failed."""
    failed_before = count.failed
    planned, seen, reason = None, 0, None
    for line in text.splitlines():
        match = PLAN.match(line)
        if match and planned is None:
            planned = int(match[1])
            if planned == 0:
                count.skip(match[2] or where)
            continue
        match = REASON.match(line)
        if match:
            reason = match[1]
            continue
        if BAIL.match(line):
            count.fail(where, line)
            continue
        match = CASE.match(line)
        if not match:
            continue
        seen += 1
        bad, _, name, word, why = match.groups()
        if word and word.lower() == 'skip':
            count.skip(why or reason or f'{where}: {name}')
            reason = None
        elif bad:
            count.fail(where, name or f'case {seen}')
        else:
            count.passed += 1
    if planned is None:
        count.fail(where, 'announced no plan')
    elif seen < planned:
        count.fail(where, f'{planned - seen} of {planned} cases never '
                   'reported', planned - seen)
    elif seen > planned:
        count.fail(where, f'{seen} cases reported, {planned} announced')
    return count.failed - failed_before


def count_run(count, run):
    """Adds one program of a testlog."""
    name, result = run['name'], run['result']
    text = run.get('stdout') or ''
    if any(PLAN.match(line) for line in text.splitlines()):
        failed = count_tap(count, name, text)
        if result not in ('OK', 'SKIP', 'EXPECTEDFAIL') and not failed:
            count.fail(name, f'{result}, exit status {run["returncode"]}')
    elif result in ('OK', 'EXPECTEDFAIL'):
        count.passed += 1
    elif result == 'SKIP':
        count.skip(name)
    else:
        count.fail(name, f'{result}, exit status {run["returncode"]}')


def count_missing(count, expect, without, runs):
    wanted = [t for t in expect
              if not any(s.split(':')[-1] == without for s in t['suite'])]
    if runs < len(wanted):
        count.fail('the run', f'{len(wanted) - runs} of {len(wanted)} '
                   'programs never ended', len(wanted) - runs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--label', default='')
    parser.add_argument('--expect')
    parser.add_argument('--without', default='')
    parser.add_argument('files', nargs='*')
    args = parser.parse_args()

    count, runs = Count(), 0
    for path in args.files:
        try:
            with open(path, encoding='utf-8', errors='replace') as file:
                if not path.endswith('.json'):
                    count_tap(count, path, file.read())
                    continue
                for line in file:
                    count_run(count, json.loads(line))
                    runs += 1
        except (OSError, ValueError) as error:
            count.fail(path, f'unreadable: {error}')
    if args.expect:
        with open(args.expect, encoding='utf-8') as file:
            count_missing(count, json.load(file), args.without, runs)

    for note in count.notes:
        print(args.label + note, file=sys.stderr)
    for why, times in sorted(count.reasons.items()):
        print(f'{args.label}skipped {times}: {why}', file=sys.stderr)
    print(count.line())
    return 1 if count.failed or not count.passed else 0


if __name__ == '__main__':
    sys.exit(main())
