// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ObjectBuilder, SHF, SHT, STB, STT } from '@uptide/elf';
import { parseKlpSection, parseKlpSymbol } from '../src/check/klp-names.ts';
import { type Lookup, ModuleSymbols } from '../src/check/module-symbols.ts';
import { shippedModule } from './support/module-writer.ts';

const problem = (found: Lookup): string => ('problem' in found ? found.problem : '');
const value = (found: Lookup): number | undefined => ('symbol' in found ? found.symbol.value : undefined);

describe('ModuleSymbols', () => {
  const symbols = new ModuleSymbols(
    shippedModule([{ name: 'once' }, { name: 'twice' }, { name: 'other' }, { name: 'twice' }]),
  );

  it('finds a name that is there once, at position 0 and 1', () => {
    assert.equal(value(symbols.find('once', 0)), 0);
    assert.equal(value(symbols.find('once', 1)), 0);
  });

  it('finds each of two equal names by its position', () => {
    assert.equal(value(symbols.find('twice', 1)), 16);
    assert.equal(value(symbols.find('twice', 2)), 48);
  });

  it('does not choose between equal names at position 0', () => {
    assert.match(problem(symbols.find('twice', 0)), /2 symbols/);
  });

  it('does not find what is not there', () => {
    assert.match(problem(symbols.find('none', 0)), /no symbol/);
    assert.match(problem(symbols.find('twice', 3)), /only 2/);
    assert.match(problem(symbols.find('', 0)), /no symbol|symbols of the name/);
  });

  it('does not find a name that only the loading of the module uses', () => {
    const module = shippedModule([{ name: 'setup', section: '.init.text' }]);
    assert.match(problem(new ModuleSymbols(module).find('setup', 0)), /no symbol/);
  });

  it('refuses a position that means another symbol while the module is being loaded', () => {
    const shadowed = [{ name: 'open', section: '.init.text' }, { name: 'open' }, { name: 'open' }];
    const found = new ModuleSymbols(shippedModule(shadowed));
    assert.match(problem(found.find('open', 1)), /another symbol while/);
    assert.match(problem(found.find('open', 2)), /another symbol while/);
    assert.equal(value(found.findRunning('open', 1)), 0);
  });

  it('refuses position 0 of a name that is unique only once the module runs', () => {
    const found = new ModuleSymbols(
      shippedModule([{ name: 'open' }, { name: 'open', section: '.init.text' }]),
    );
    assert.match(problem(found.find('open', 0)), /2 symbols of the name while/);
    assert.equal(value(found.find('open', 1)), 0, 'position 1 is the same for both');
  });

  it('counts what the kernel keeps: per-CPU data, and no absolute, undefined or discarded symbols', () => {
    const builder = new ObjectBuilder();
    const add = (name: string, flags: number) =>
      builder.addSection({
        name,
        type: SHT.PROGBITS,
        flags,
        content: { kind: 'bytes', bytes: new Uint8Array(16) },
      });
    const homes = [
      { kind: 'undefined' },
      { kind: 'absolute' },
      { kind: 'section', section: add('.comment', 0) },
      { kind: 'section', section: add('.modinfo', SHF.ALLOC) },
      { kind: 'section', section: add('.data..percpu', SHF.ALLOC | SHF.WRITE) },
      { kind: 'section', section: add('.exit.text', SHF.ALLOC | SHF.EXECINSTR) },
    ] as const;
    for (const [index, home] of homes.entries()) {
      builder.addSymbol({ name: 'x', value: index, size: 0, bind: STB.LOCAL, type: STT.NOTYPE, home });
    }
    const found = new ModuleSymbols(builder.build());
    assert.deepEqual(
      [1, 2, 3].map((position) => value(found.findRunning('x', position))),
      [4, 5, undefined],
    );
  });
});

describe('parseKlpSymbol', () => {
  it('takes the parts that the kernel takes', () => {
    assert.deepEqual(parseKlpSymbol('.klp.sym.vmlinux.foo.part.0,2'), {
      object: 'vmlinux',
      name: 'foo.part.0',
      sympos: 2,
    });
    assert.deepEqual(parseKlpSymbol('.klp.sym.ext4.x,0'), { object: 'ext4', name: 'x', sympos: 0 });
  });

  const bad: readonly string[] = [
    'foo',
    '.klp.sym.vmlinux',
    '.klp.sym.vmlinux.foo',
    '.klp.sym.vmlinux.foo,',
    '.klp.sym.vmlinux.foo,x',
    '.klp.sym.vmlinux.foo,1x',
    '.klp.sym.vmlinux.foo,-1',
    '.klp.sym..foo,1',
    '.klp.sym.vmlinux.,1',
    '.klp.sym.vmlinux.foo,1,2',
    `.klp.sym.${'m'.repeat(56)}.foo,1`,
    `.klp.sym.vmlinux.${'f'.repeat(512)},1`,
    '.klp.sym.vmlinux.foo,99999999999999999999',
  ];
  for (const name of bad) {
    it(`refuses ${name.slice(0, 60)}`, () => assert.equal(parseKlpSymbol(name), undefined));
  }
});

describe('parseKlpSection', () => {
  it('takes object and section', () => {
    assert.deepEqual(parseKlpSection('.klp.rela.ext4..text.foo'), { object: 'ext4', target: '.text.foo' });
  });

  for (const name of ['.klp.rela.ext4', '.klp.rela..text', '.klp.rela.ext4.', '.rela.text']) {
    it(`refuses ${name}`, () => assert.equal(parseKlpSection(name), undefined));
  }
});
