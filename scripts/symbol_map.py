# SPDX-License-Identifier: MIT
"""Reads linker version scripts and the functions that headers declare."""

import re

COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*', re.S)
NODE = re.compile(r'(\w[\w.]*)\s*\{(.*?)\}\s*([\w.]*)\s*;', re.S)
# A marked declaration up to its argument list: what stands before the first
# parenthesis that follows a name of ours.
MARKED = re.compile(r'^[ \t]*(?:extern\s+)?IOLAS_API\b([^;{]*)', re.M)


class Node:
    """One version of the interface: its name, its parent, its symbols."""

    def __init__(self, name, body, parent):
        self.name = name
        self.parent = parent
        self.symbols = []
        self.is_catch_all = False
        scope = 'global'
        for word in re.findall(r'[\w*?]+:?', body):
            if word in ('global:', 'local:'):
                scope = word[:-1]
            elif scope == 'global':
                self.symbols.append(word)
            elif word == '*':
                self.is_catch_all = True


def read_map(path):
    """The nodes of a version script, in the order of the file."""
    with open(path, encoding='utf-8') as file:
        text = COMMENT.sub(' ', file.read())
    return [Node(*match) for match in NODE.findall(text)]


def strip_comments(text):
    return COMMENT.sub(lambda m: re.sub(r'[^\n]', ' ', m[0]), text)


def api_functions(path):
    """Names of the functions that a header marks with IOLAS_API."""
    with open(path, encoding='utf-8') as file:
        text = strip_comments(file.read())
    names = []
    for match in MARKED.finditer(text):
        if text[:match.start()].rstrip().endswith('#define'):
            continue
        name = re.search(r'\b(iolas_\w+)\s*\(', match[1])
        if name:
            names.append(name[1])
    return names


def declares(text, name):
    """Does a header's text declare a function `name`?"""
    return re.search(rf'\b{re.escape(name)}\s*\)?\s*\(', text) is not None


def declares_object(text, name):
    """Does a header's text declare an object `name`?"""
    return re.search(rf'\b{re.escape(name)}\s*(?:\[[^\]]*\]\s*)?;',
                     text) is not None
