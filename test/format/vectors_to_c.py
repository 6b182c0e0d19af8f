#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Turns format-vectors.json into a C table for one format.

usage: vectors_to_c.py FORMAT in.json out.h
"""
import json
import sys

PROT = {'r': 'IOLAS_READ', 'w': 'IOLAS_WRITE'}
ACCESS = {'r': 'IOLAS_READ', 'w': 'IOLAS_WRITE', 'x': 'IOLAS_EXEC'}
ATTACH = {  # word list -> what the library calls it
    'context_entry': ('vtd-ss', 'IOLAS_ATTACH_VTD_CONTEXT'),
    'pasid_entry': ('vtd-ss', 'IOLAS_ATTACH_VTD_PASID'),
    'gcr3_entry': ('x86-64', 'IOLAS_ATTACH_AMD_GCR3'),
    'dte': ('x86-64', 'IOLAS_ATTACH_AMD_DTE'),
}


def number(text):
    return '%#x' % (int(text, 0) if isinstance(text, str) else text)


def entries(vector):
    rows = []
    for e in vector['entries']:
        rows.append('{ %s, %s, %s, %s, %d }' % (
            e['level'], number(e['table_pa']), e['index'], number(e['value']),
            e.get('kind') == 'leaf'))
    return '{ %s }, %d' % (', '.join(rows), len(rows))


def prot(vector):
    words = [PROT[p] for p in vector['mapping']['prot'] if p in PROT]
    # In x86-64 vectors a page may be executed unless they say "nx".
    if vector['format'] == 'x86-64' and 'nx' not in vector['mapping']['prot']:
        words.append('IOLAS_EXEC')
    return ' | '.join(words)


def emit_vectors(out, vectors):
    out.write('static const struct map_vector map_vectors[] = {\n')
    for v in vectors:
        m = v['mapping']
        out.write('\t{ "%s", %d, %d, %s, %s, %s, %s, %s, %s },\n' % (
            v['id'], v['config']['levels'], v['config'].get('snoop', 0),
            number(m['iova']), number(m['pa']), number(m['size']), prot(v),
            number(v['root_pa']), entries(v)))
    out.write('};\n')


def emit_walks(out, walks):
    if not walks:
        return
    out.write('#define HAS_WALKS 1\n')
    out.write('static const struct walk_vector walk_vectors[] = {\n')
    for w in walks:
        expect = w['expect']
        out.write('\t{ "%s", %d, %d, %s, %s, %s, %s, %d },\n' % (
            w['id'], w['config']['levels'], w['config']['haw'],
            number(w['iova']), ACCESS[w['access']], number(w['root_pa']),
            entries(w), expect.get('fault_reason', 0)))
    out.write('};\n')


def emit_attach(out, attach, name):
    out.write('static const struct attach_vector attach_vectors[] = {\n')
    for a in attach:
        i = a['inputs']
        # The scalable-mode context entry leads to a directory, not to a table.
        scalable = 'pasid_entry' in a['words']
        for key, words in a['words'].items():
            of, kind = ATTACH.get(key, (None, None))
            if of != name or (key == 'context_entry' and scalable):
                continue
            levels = i['AW'] + 2 if 'AW' in i else i.get('GPTM', 0) + 4
            out.write('\t{ "%s", %s, %d, %d, %s, %s, { %s }, %d },\n' % (
                a['id'], kind, levels, i.get('DID', i.get('DomainID', 0)),
                number(i.get('root_pa', '0x123400000')),
                number(i.get('gcr3_table', 0)),
                ', '.join(number(w) for w in words), len(words)))
    out.write('};\n')


def main():
    name, source, target = sys.argv[1:]
    with open(source) as f:
        data = json.load(f)
    with open(target, 'w') as out:
        emit_vectors(out, [v for v in data['vectors'] if v['format'] == name])
        emit_walks(out, [w for w in data['walk_faults']
                         if w['format'] == name])
        emit_attach(out, data['attach'], name)


main()
