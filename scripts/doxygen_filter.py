#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turns our comments into what Doxygen reads.

usage: doxygen_filter.py HEADER

The headers are written for people: `name() - text`, `@arg: text`, labels such
as `Threads:`.  This makes commands of them, keeps the number of lines, and
hands members of structs the text that stands above the struct.  Macros take
the comment on their line or, in a block of macros, the one above the block.
"""

import re
import sys

BLOCK = re.compile(r'^/\*.*?\*/', re.S | re.M)
HEAD = re.compile(r'(?:struct\s+)?(\w+)(\(\))?\s+-\s+(.*)', re.S)
ARGUMENT = re.compile(r'@(\w+):\s*(.*)')
LABEL = re.compile(r'(Threads|Memory|Device|Source|Since|Return):\s*(.*)')
COMMAND = {'Since': r'\since', 'Return': r'\return'}
MACRO = re.compile(r'^#define\s+(\w+)(.*?)\s*(?:/\*\s*(.*?)\s*\*/)?$')
MEMBER = re.compile(r'(?:\(\*(\w+)\)\s*\(|(\w+)\s*(?:\[[^\]]*\]\s*)*;\s*(?:/\*.*)?$)')


def text_of(words):
    """Escapes what Doxygen or HTML would take for markup."""
    words = re.sub(r'[<>\\#&]', lambda m: '\\' + m[0], words)
    words = re.sub(r'\*@(\w+)', r'\\*\\p \1', words)
    return re.sub(r'(?<!\w)@(\w+)', r'\\p \1', words)


def comment_lines(block):
    """The text of a comment, line by line, without its frame."""
    body = re.sub(r'^/\*+[ \t]?|[ \t]*\*/$', '', block)
    return [re.sub(r'^[ \t]*\*[ \t]?', '', line) for line in body.split('\n')]


def convert_doc(lines):
    """A doc comment as (output lines, {member: text})."""
    out, members, current = [], {}, None
    is_struct = False
    for line in lines:
        stripped = line.strip()
        head = HEAD.match(stripped) if not any(out) else None
        argument = ARGUMENT.match(stripped)
        label = LABEL.match(stripped)
        if head and (head[2] or stripped.startswith('struct ')):
            is_struct = stripped.startswith('struct ')
            out.append(rf'\brief {text_of(head[3])}')
        elif argument and line.startswith('@'):
            current = argument[1]
            members[current] = argument[2]
            out.append('' if is_struct else
                       rf'\param {current} {text_of(argument[2])}')
        elif label and line.startswith(label[1]):
            current = None
            command = COMMAND.get(label[1], rf'\par {label[1]}:')
            words = text_of(label[2])
            # The text of a \par starts on the next line; stay on this one.
            out.append(f'{command} {words}' if label[1] in COMMAND else
                       rf'<b>{label[1]}:</b> {words}')
            if out[-2:-1] != [''] and len(out) > 1:
                out[-1] = r'<br>' + out[-1] if label[1] not in COMMAND \
                    else out[-1]
        elif current and line.startswith(' ') and stripped:
            members[current] += ' ' + stripped
            out.append('' if is_struct else '  ' + text_of(stripped))
        else:
            current = None
            out.append(text_of(line))
    return out, members if is_struct else {}


def frame(lines):
    if len(lines) == 1:
        return f'/** {lines[0].strip()} */'
    return '/**' + lines[0] + '\n' + '\n'.join(
        ' * ' + line for line in lines[1:-1]) + '\n */'


class Filter:
    """Goes through a header from top to bottom."""

    def __init__(self):
        self.members = {}    # of the struct that comes next
        self.above = ''      # plain comment above a block of macros
        self.in_struct = False
        self.goes_on = False  # the macro on the line before

    def block(self, block, is_file):
        lines = comment_lines(block)
        if is_file:
            self.above = ''
            return frame([r'\file'] + [text_of(x) for x in lines[1:]]) \
                if len(lines) > 1 else block
        if block.startswith('/**'):
            self.above = 'documented'
            out, self.members = convert_doc(lines)
            return frame(out)
        self.above = ' '.join(x.strip() for x in lines if x.strip())
        return block

    def line(self, line):
        went_on, self.goes_on = self.goes_on, line.endswith('\\')
        macro = MACRO.match(line)
        if macro:
            return self.macro(line, *macro.groups())
        if self.members and re.match(r'(struct|union)\s+\w+\s*\{', line):
            self.in_struct = True
        elif self.in_struct and line.startswith('}'):
            self.in_struct, self.members = False, {}
        elif self.in_struct:
            return self.member(line)
        elif line.strip() and not went_on:
            self.above = ''
        return line

    def macro(self, line, name, value, text):
        if name.endswith('_H') and not value:
            return ''  # the include guard
        if text:
            return f'#define {name}{value} /**< {text_of(text)} */'
        if self.above and self.above != 'documented':
            # In front, since the value may go on on the next line.
            return f'/** {text_of(self.above)} */ {line}'
        return line

    def member(self, line):
        """Appends the member's text to the line its declaration starts on."""
        match = MEMBER.search(line)
        name = match and (match[1] or match[2])
        text = self.members.get(name or '')
        if text is None:
            return line
        doc = f'/** {text_of(text)} */ '
        indent = re.match(r'\s*', line)[0]
        return indent + doc + line[len(indent):]


def convert(text):
    state, out, at, seen = Filter(), [], 0, 0
    for match in BLOCK.finditer(text):
        out += [state.line(x) for x in text[at:match.start()].split('\n')]
        seen += 1
        # The second comment of a file (after the licence) describes it.
        new = state.block(match[0], seen == 2)
        out[-1] += new
        at = match.end()
        # What follows on the comment's last line stays there.
        end = text.find('\n', at)
        end = len(text) if end < 0 else end
        out[-1] += text[at:end]
        at = end + 1
    out += [state.line(x) for x in text[at:].split('\n')]
    return '\n'.join(out)


if __name__ == '__main__':
    with open(sys.argv[1], encoding='utf-8') as header:
        sys.stdout.write(convert(header.read()))
