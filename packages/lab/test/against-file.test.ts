// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Code } from '@uptide/base';
import { R_X86_64, SHF, STB, STT } from '@uptide/elf';
import type { ExportedSymbol } from '@uptide/kernel';
import { checkAgainstFile, type FileCheckInput } from '../src/index.ts';
import { exported, shippedModule, type UpdateParts, update } from './support/module-writer.ts';

const EXT4 = shippedModule([{ name: 'ext4_open' }, { name: 'helper' }, { name: 'helper' }], {
  depends: 'jbd2',
});
const JBD2 = shippedModule([{ name: 'jbd2_commit' }], { depends: 'crc' });
const CRC = shippedModule([{ name: 'crc_table' }]);
const OTHER = shippedModule([{ name: 'other_function' }]);
const SHIPPED: Readonly<Record<string, typeof EXT4>> = { ext4: EXT4, jbd2: JBD2, crc: CRC, other: OTHER };

function check(parts: UpdateParts = {}, rest: Partial<FileCheckInput> = {}): readonly Code[] {
  const findings = checkAgainstFile({
    release: '6.1.0-50-amd64',
    update: update(parts),
    object: 'ext4',
    functions: [{ name: 'ext4_open', sympos: 0 }],
    module: (name) => SHIPPED[name],
    exports: exported(),
    ...rest,
  });
  for (const finding of findings) {
    assert.equal(finding.verdict, 'refuse');
    assert.equal(finding.place.object, 'ext4');
    assert.notEqual(finding.reason, '');
  }
  return findings.map(({ code }) => code);
}

const symbol = (name: string) => ({ relocations: [{ symbol: name }] });

describe('checkAgainstFile takes', () => {
  const good: readonly (readonly [string, UpdateParts])[] = [
    ['an update without relocations for the module', {}],
    ['a name that is there once', symbol('.klp.sym.ext4.ext4_open,0')],
    [
      'each of two equal names',
      { relocations: [1, 2].map((at) => ({ symbol: `.klp.sym.ext4.helper,${at}`, offset: at * 8 })) },
    ],
    ['a name of a module that the module needs', symbol('.klp.sym.jbd2.jbd2_commit,1')],
    ['a name of a module that it needs through another', symbol('.klp.sym.crc.crc_table,1')],
    [
      'relocations for another object, which are not asked for now',
      { section: '.klp.rela.vmlinux..text.patched', ...symbol('.klp.sym.vmlinux.foo,1') },
    ],
    ['a weak symbol that no one exports', { imports: [{ name: 'maybe', bind: STB.WEAK }] }],
    [
      'each type of relocation that the loader knows',
      {
        relocations: [
          R_X86_64.NONE,
          R_X86_64[64],
          R_X86_64.PC32,
          R_X86_64[32],
          R_X86_64['32S'],
          R_X86_64.PLT32,
          R_X86_64.PC64,
        ].map((type, index) => ({
          symbol: `.klp.sym.ext4.helper,${1 + (index % 2)}`,
          type,
          offset: index * 8,
        })),
      },
    ],
  ];
  for (const [what, parts] of good) it(what, () => assert.deepEqual(check(parts), []));
});

describe('checkAgainstFile refuses', () => {
  const bad: readonly (readonly [string, UpdateParts, Code])[] = [
    ['a name that is not there', symbol('.klp.sym.ext4.gone,0'), 'CHECK_SYMBOL_UNRESOLVED'],
    ['two equal names without a position', symbol('.klp.sym.ext4.helper,0'), 'CHECK_SYMBOL_UNRESOLVED'],
    ['a position after the last', symbol('.klp.sym.ext4.helper,3'), 'CHECK_SYMBOL_UNRESOLVED'],
    ['a name of the kernel itself', symbol('.klp.sym.vmlinux.printk,1'), 'CHECK_FOREIGN_SYMBOL'],
    [
      'a name of a module that need not be there',
      symbol('.klp.sym.other.other_function,1'),
      'CHECK_FOREIGN_SYMBOL',
    ],
    ['a name of a module that does not exist', symbol('.klp.sym.unheard_of.x,1'), 'CHECK_FOREIGN_SYMBOL'],
    ['a name that the kernel cannot read', symbol('.klp.sym.ext4.helper'), 'CHECK_BAD_KLP_NAME'],
    [
      'a symbol that is not marked',
      { relocations: [{ symbol: '.klp.sym.ext4.helper,1', home: 'undefined' }], imports: [] },
      'CHECK_BAD_KLP_NAME',
    ],
    ['a symbol without the prefix', symbol('helper'), 'CHECK_BAD_KLP_NAME'],
    ['a section name without an object', { section: '.klp.rela.ext4' }, 'CHECK_BAD_KLP_NAME'],
    ['a section that is not marked', { flags: SHF.ALLOC }, 'CHECK_BAD_KLP_SECTION'],
    ['a marked section of another name', { section: '.rela.text.patched' }, 'CHECK_BAD_KLP_NAME'],
    [
      'a section that applies to another than it says',
      { targetName: '.text.other' },
      'CHECK_BAD_KLP_SECTION',
    ],
    ['a section that applies to one that is not loaded', { targetFlags: 0 }, 'CHECK_BAD_KLP_SECTION'],
    [
      'a relocation of a type that the loader does not know',
      { relocations: [{ symbol: '.klp.sym.ext4.helper,1', type: R_X86_64.GOTPCREL }] },
      'CHECK_BAD_RELOCATION',
    ],
    [
      'a relocation that reaches out of the section',
      { relocations: [{ symbol: '.klp.sym.ext4.helper,1', offset: 61 }] },
      'CHECK_BAD_RELOCATION',
    ],
    [
      'a relocation over bytes that are not zero',
      { code: new Uint8Array(64).fill(1), ...symbol('.klp.sym.ext4.helper,1') },
      'CHECK_BAD_RELOCATION',
    ],
    [
      'an update that does not say that it is one',
      { rawModinfo: `license=GPL\0vermagic=${'x'}\0` },
      'CHECK_NOT_A_LIVEPATCH',
    ],
    ['a damaged .modinfo', { rawModinfo: 'license' }, 'CHECK_NOT_A_LIVEPATCH'],
    [
      'another version magic',
      { modinfo: { vermagic: '6.1.0-49-amd64 SMP preempt mod_unload modversions ' } },
      'CHECK_VERMAGIC',
    ],
    ['another layout of struct module', { versions: { module_layout: 1 } }, 'CHECK_CRC'],
    ['a symbol that no one exports', { imports: [{ name: 'secret' }] }, 'CHECK_NOT_EXPORTED'],
  ];
  for (const [what, parts, code] of bad) {
    it(what, () => assert.ok(check(parts).includes(code), `${check(parts).join(' ')}, not ${code}`));
  }

  it('a function that is not there, or is none', () => {
    assert.deepEqual(check({}, { functions: [{ name: 'gone', sympos: 0 }] }), ['CHECK_FUNCTION_MISSING']);
    assert.deepEqual(check({}, { functions: [{ name: 'helper', sympos: 3 }] }), ['CHECK_FUNCTION_MISSING']);
    const data = shippedModule([{ name: 'table', type: STT.OBJECT }]);
    const rest = { functions: [{ name: 'table', sympos: 0 }], module: () => data };
    assert.deepEqual(check({}, rest), ['CHECK_FUNCTION_MISSING']);
  });

  it('a module that the kernel does not have', () => {
    assert.deepEqual(check({}, { module: () => undefined }), ['CHECK_MODULE_MISSING']);
  });

  for (const site of ['none', 'other-bytes'] as const) {
    it(`a function with ${site} where ftrace should have a site`, () => {
      const module = shippedModule([{ name: 'first' }, { name: 'ext4_open', site }, { name: 'last' }]);
      assert.deepEqual(check({}, { module: () => module }), ['CHECK_NO_FENTRY']);
    });
  }

  for (const site of ['call', 'nop', 'endbr'] as const) {
    it(`nothing at a function that begins with ${site}`, () => {
      const module = shippedModule([{ name: 'first' }, { name: 'ext4_open', site }, { name: 'last' }]);
      assert.deepEqual(check({}, { module: () => module }), []);
    });
  }
});

describe('checkAgainstFile and the exports', () => {
  const imports = [{ name: 'wanted' }];
  const versions = { wanted: 7 };
  const cases: readonly (readonly [string, UpdateParts, Partial<ExportedSymbol>, readonly Code[]])[] = [
    ['takes what the kernel exports', { imports, versions }, { name: 'wanted', crc: 7 }, []],
    ['refuses another CRC', { imports, versions }, { name: 'wanted', crc: 8 }, ['CHECK_CRC']],
    ['refuses a symbol without a CRC', { imports }, { name: 'wanted', crc: 7 }, ['CHECK_CRC']],
    [
      'refuses what a module exports on which it does not depend',
      { imports, versions },
      { name: 'wanted', crc: 7, object: 'jbd2' },
      ['CHECK_NOT_EXPORTED'],
    ],
    [
      'takes what a module exports on which it depends',
      { imports, versions, modinfo: { depends: 'jbd2' } },
      { name: 'wanted', crc: 7, object: 'jbd2' },
      [],
    ],
    [
      'refuses a namespace that is not imported',
      { imports, versions },
      { name: 'wanted', crc: 7, namespace: 'NS' },
      ['CHECK_NOT_EXPORTED'],
    ],
    [
      'takes a namespace that is imported',
      { imports, versions, modinfo: { import_ns: 'NS' } },
      { name: 'wanted', crc: 7, namespace: 'NS' },
      [],
    ],
    [
      'refuses a GPL symbol to another license',
      { imports, versions, modinfo: { license: 'Proprietary' } },
      { name: 'wanted', crc: 7, gplOnly: true },
      ['CHECK_NOT_EXPORTED'],
    ],
    ['takes a GPL symbol', { imports, versions }, { name: 'wanted', crc: 7, gplOnly: true }, []],
  ];
  for (const [what, parts, symbolOf, codes] of cases) {
    it(what, () => assert.deepEqual(check(parts, { exports: exported(symbolOf) }), codes));
  }
});
