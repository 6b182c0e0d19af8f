#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The counter of cases counts what it should, above all what went wrong."""

import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'scripts'))
from tap import Tap  # noqa: E402  (the path above has to come first)

GOOD = '1..2\nok 1 - a\nok 2 - b\n'

# (what the case shows, TAP text, the line expected)
STREAMS = [
    ('passes are counted', GOOD, '2 passed, 0 failed, 0 skipped'),
    ('a plan may come last', 'ok 1 - a\n1..1\n',
     '1 passed, 0 failed, 0 skipped'),
    ('a failure is counted', '1..2\nok 1 - a\nnot ok 2 - b\n',
     '1 passed, 1 failed, 0 skipped'),
    ('a skip is no pass', '1..2\nok 1 - a\nok 2 - b # SKIP needs c\n',
     '1 passed, 0 failed, 1 skipped'),
    ('a skip without a name is one', '1..2\nok 1 - a\nok 2 # SKIP b\n',
     '1 passed, 0 failed, 1 skipped'),
    ('a stream that is skipped whole is one skip', '1..0 # SKIP needs c\n',
     '0 passed, 0 failed, 1 skipped'),
    ('cases that never came are failures', '1..5\nok 1 - a\nok 2 - b\n',
     '2 passed, 3 failed, 0 skipped'),
    ('a case that was not announced is a failure', '1..1\nok 1\nok 2\n',
     '2 passed, 1 failed, 0 skipped'),
    ('a stream without a plan is a failure', 'ok 1 - a\n',
     '1 passed, 1 failed, 0 skipped'),
    ('an empty stream is a failure', '', '0 passed, 1 failed, 0 skipped'),
    ('giving up is a failure', GOOD + 'Bail out! no disk\n',
     '2 passed, 1 failed, 0 skipped'),
    ('other lines do not count', '# ok 1\nokay\nsome text: ok 1\n' + GOOD,
     '2 passed, 0 failed, 0 skipped'),
]

# (what the case shows, [(result, exit status, stdout)], the line expected)
RUNS = [
    ('a program\'s cases are counted', [('OK', 0, GOOD)],
     '2 passed, 0 failed, 0 skipped'),
    ('a program that dies after its cases is a failure',
     [('ERROR', 66, GOOD)], '2 passed, 1 failed, 0 skipped'),
    ('a program that fails a case is counted once',
     [('FAIL', 1, '1..1\nnot ok 1 - a\n')], '0 passed, 1 failed, 0 skipped'),
    ('a program that dies half-way fails the rest',
     [('ERROR', -6, '1..3\nok 1 - a\n')], '1 passed, 2 failed, 0 skipped'),
    ('a program that dies at once is a failure', [('ERROR', -11, '')],
     '0 passed, 1 failed, 0 skipped'),
    ('a program that hangs is a failure', [('TIMEOUT', -15, '')],
     '0 passed, 1 failed, 0 skipped'),
    ('a program without TAP is one case',
     [('OK', 0, 'hello'), ('SKIP', 77, ''), ('FAIL', 1, 'oh')],
     '1 passed, 1 failed, 1 skipped'),
]


def count(*args):
    done = subprocess.run([sys.executable, ROOT / 'scripts' / 'ci_count.py',
                           *args], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.stdout.strip(), done.returncode


def judge(got, line):
    is_good = not line.startswith('0') and ' 0 failed' in line
    want = (line, 0 if is_good else 1)
    return [] if got == want else [f'got {got}', f'expected {want}']


def log_of(runs):
    return ''.join(json.dumps({'name': 'x', 'result': result, 'stdout': text,
                               'returncode': status}) + '\n'
                   for result, status, text in runs)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for title, text, line in STREAMS:
            (folder / 'x.tap').write_text(text, encoding='utf-8')
            tap.case(title, judge(count(folder / 'x.tap'), line))
        for title, runs, line in RUNS:
            (folder / 'x.json').write_text(log_of(runs), encoding='utf-8')
            tap.case(title, judge(count(folder / 'x.json'), line))
        (folder / 'x.json').write_text(log_of([('OK', 0, GOOD)]),
                                       encoding='utf-8')
        (folder / 'tests').write_text(json.dumps(
            [{'suite': ['iolas:a']}, {'suite': ['iolas:a']},
             {'suite': ['iolas:a', 'iolas:tree']}]), encoding='utf-8')
        tap.case('programs that a run did not reach are failures', judge(
            count('--expect', folder / 'tests', folder / 'x.json'),
            '2 passed, 2 failed, 0 skipped'))
        tap.case('unless their suite was left out', judge(
            count('--expect', folder / 'tests', '--without', 'tree',
                  folder / 'x.json'), '2 passed, 1 failed, 0 skipped'))
        tap.case('a file that is not there is a failure', judge(
            count(folder / 'none.json'), '0 passed, 1 failed, 0 skipped'))
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
