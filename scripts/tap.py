# SPDX-License-Identifier: MIT
"""TAP for the scripts that are tests: one object, three calls."""

import sys


class Tap:
    """Collects cases; done() prints the plan and answers the exit status."""

    def __init__(self):
        self.number = 0
        self.failed = 0

    def case(self, name, problems=()):
        """A case that passes when there is no problem to tell."""
        problems = list(problems)
        self.number += 1
        print(f'{"not " if problems else ""}ok {self.number} - {name}')
        for problem in problems:
            for line in str(problem).splitlines():
                print(f'# {line}')
        self.failed += bool(problems)
        sys.stdout.flush()

    def skip(self, name, why):
        """A case that needs a tool; why names its package."""
        self.number += 1
        print(f'ok {self.number} - {name} # SKIP {why}')

    def done(self):
        print(f'1..{self.number}')
        return 1 if self.failed else 0
