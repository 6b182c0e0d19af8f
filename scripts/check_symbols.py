#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that headers, symbol map and shared library say the same.

usage: check_symbols.py --map FILE --library FILE --prefix NODE
                        [--nm COMMAND] [--native] HEADER...

Every function that a header marks with IOLAS_API is in the map; every symbol
of the map is declared in a header; the library exports the map's symbols, each
under its node, and nothing else; nodes are chained and sorted.  --native is
for a library whose functions have names of their own and no mark: then only
the map leads to the headers.
"""

import argparse
import subprocess
import sys

import symbol_map
from tap import Tap


def exported(library, nm):
    """{symbol: node} of what a shared library defines."""
    lines = subprocess.run([nm, '-D', '--defined-only', '--with-symbol-'
                            'versions', library], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.splitlines()
    found = {}
    for line in lines:
        kind, name = line.split()[-2:]
        if kind == 'A':
            continue  # the nodes themselves
        symbol, _, node = name.partition('@')
        found[symbol] = node.lstrip('@')
    return found


def check_nodes(nodes, prefix):
    """Nodes are named after releases and each follows the one before."""
    parent = ''
    for node in nodes:
        if not node.name.startswith(prefix + '_'):
            yield f'{node.name}: does not start with {prefix}_'
        if node.parent != parent:
            yield f'{node.name}: follows "{node.parent}", not "{parent}"'
        if node.symbols != sorted(node.symbols):
            yield f'{node.name}: not sorted'
        parent = node.name
    if not nodes or not nodes[0].is_catch_all:
        yield 'the first node hides nothing (local: *)'


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--map', required=True)
    parser.add_argument('--library', required=True)
    parser.add_argument('--prefix', default='IOLAS')
    parser.add_argument('--nm', default='nm')
    parser.add_argument('--native', action='store_true')
    parser.add_argument('headers', nargs='+')
    args = parser.parse_args()

    nodes = symbol_map.read_map(args.map)
    mapped = {s: n.name for n in nodes for s in n.symbols}
    declared, text = set(), ''
    for header in args.headers:
        declared.update(symbol_map.api_functions(header))
        with open(header, encoding='utf-8') as file:
            text += symbol_map.strip_comments(file.read())

    tap = Tap()
    tap.case('nodes of the map are chained and sorted',
             check_nodes(nodes, args.prefix))
    tap.case('every marked function of the headers is in the map',
             sorted(declared - set(mapped)))
    tap.case('every symbol of the map is declared in a header',
             [s for s in sorted(mapped)
              if not (symbol_map.declares(text, s) or
                      symbol_map.declares_object(text, s) if args.native
                      else s in declared)])
    found = exported(args.library, args.nm)
    tap.case('the library exports every symbol of the map',
             sorted(set(mapped) - set(found)))
    tap.case('the library exports nothing else',
             sorted(set(found) - set(mapped)))
    tap.case('each export carries the version of its node',
             [f'{s}: {found[s]}, not {mapped[s]}' for s in sorted(mapped)
              if s in found and found[s] != mapped[s]])
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
