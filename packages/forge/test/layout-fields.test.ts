// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { run } from '@uptide/base';
import { readBtf } from '@uptide/kernel';
import { fieldPath } from '../src/layout/field-path.ts';
import { variableTypes } from '../src/layout/variable-types.ts';
import { inFolder } from './support/assembly.ts';

const SOURCE = `
struct ops { int (*open)(void); union { long a; struct { char x, y; }; }; int tail[4]; };
struct entry { const char *name; struct ops ops; };
typedef struct ops ops_t;
static const struct entry table[3];
const volatile ops_t one;
static struct { int a; } nameless;
static int number;
static struct ops *pointer;
static struct entry grid[2][2];
const void *use(void) { return (void *)(&table[0].name + one.a + nameless.a + number + (long)pointer + (long)grid); }
`;

/** What the tools say of the source, and the path of a place in one of its variables. */
async function paths(...wanted: readonly (readonly [string, number])[]): Promise<(string | undefined)[]> {
  return await inFolder({ 'a.c': SOURCE }, async (cwd) => {
    await run('gcc-12', ['-g', '-w', '-c', '-o', 'a.o', 'a.c'], { cwd, package: 'gcc-12' });
    await run('pahole', ['--btf_encode_detached=a.btf', '--btf_encode', 'a.o'], { cwd, package: 'dwarves' });
    const { stdout } = await run('readelf', ['--debug-dump=info', 'a.o'], { cwd, package: 'binutils' });
    const variables = variableTypes(
      stdout.toString('latin1').split('\n'),
      new Set(wanted.map(([name]) => name)),
    );
    const types = readBtf(await readFile(join(cwd, 'a.btf')));
    return wanted.map(([name, offset]) => {
      const variable = variables.get(name);
      return variable === undefined ? undefined : fieldPath(types, variable, offset);
    });
  });
}

describe('the field at an offset of a variable', () => {
  it('is named through arrays, structs, typedefs and anonymous members', async () => {
    const found = await paths(
      ['table', 40 + 8],
      ['table', 2 * 40 + 8 + 8],
      ['one', 9],
      ['one', 16 + 4],
      ['grid', 40],
    );
    // Of a union the first member is named; an array of arrays is one long array.
    assert.deepEqual(found, ['[1].ops.open', '[2].ops.a', '.a', '.tail[1]', '[1].name']);
  });

  it('is not known for variables that are no structs with a name', async () => {
    assert.deepEqual(await paths(['nameless', 0], ['number', 0], ['pointer', 0], ['absent', 0]), [
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('the words of readelf', () => {
  const entry = (at: string, tag: string, ...attributes: readonly string[]): string[] => [
    ` <1><${at}>: Abbrev Number: 5 (DW_TAG_${tag})`,
    ...attributes.map((attribute) => `    <${at}>   ${attribute}`),
  ];
  const variable = entry('10', 'variable', 'DW_AT_name        : v', 'DW_AT_type        : <0x20>');

  it('may lead in circles', () => {
    const lines = [...variable, ...entry('20', 'const_type', 'DW_AT_type        : <0x20>')];
    assert.equal(variableTypes(lines, new Set(['v'])).size, 0);
  });

  it('may lead nowhere', () => {
    assert.equal(variableTypes(variable, new Set(['v'])).size, 0);
  });

  it('tell numbers, by typedefs and in arrays too', () => {
    const number = entry('40', 'base_type', 'DW_AT_name        : int');
    const direct = [
      ...entry('10', 'variable', 'DW_AT_name        : v', 'DW_AT_type        : <0x40>'),
      ...number,
    ];
    const types = variableTypes(direct, new Set(['v']));
    assert.deepEqual(types.get('v'), { kind: 'number', name: 'int', array: false });
    const array = [...variable, ...entry('20', 'array_type', 'DW_AT_type        : <0x40>'), ...number];
    assert.deepEqual(variableTypes(array, new Set(['v'])).get('v'), {
      kind: 'number',
      name: 'int',
      array: true,
    });
  });

  it('tell nothing where variables of one name are of several types', () => {
    const lines = [
      ...variable,
      ...entry('18', 'variable', 'DW_AT_name        : v', 'DW_AT_type        : <0x30>'),
      ...entry('20', 'base_type', 'DW_AT_name        : int'),
      ...entry('30', 'base_type', 'DW_AT_name        : long int'),
    ];
    assert.equal(variableTypes(lines, new Set(['v'])).size, 0);
    assert.equal(variableTypes([...variable, ...lines.slice(6, 9)], new Set(['v'])).size, 1);
  });

  it('are not followed through pointers', () => {
    const lines = [
      ...variable,
      ...entry('20', 'pointer_type', 'DW_AT_type        : <0x30>'),
      ...entry('30', 'structure_type', 'DW_AT_name        : s'),
    ];
    assert.equal(variableTypes(lines, new Set(['v'])).size, 0);
  });
});
