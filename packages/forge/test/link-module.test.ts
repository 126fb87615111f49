// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { run } from '@uptide/base';
import { R_X86_64, SHF, SHN, STT } from '@uptide/elf';
import type { Cut } from '../src/cut/cut.ts';
import { assembled, data, FENTRY, inFolder, joined, local, text } from './support/assembly.ts';
import { failsLater } from './support/fails.ts';
import { cutOf, exportOf, shippedFrom, unitOf } from './support/units.ts';
import { exportsOf, fakeBtf, LAYOUTS, LinkedModule, linked } from './support/updates.ts';

const EXPORTS = { __fentry__: 'vmlinux', kfree: 'vmlinux', printk: 'vmlinux' };

interface UnitSource {
  readonly pre: readonly string[];
  readonly post: readonly string[];
  readonly object?: string;
  readonly before?: string;
}

/** Cuts units of several objects. */
async function cut(...sources: readonly UnitSource[]): Promise<Cut> {
  const units = await Promise.all(
    sources.map(async ({ pre, post, object = 'vmlinux', before = '' }) =>
      unitOf({
        pre: await assembled(...pre),
        post: await assembled(...post),
        shipped: shippedFrom(await joined(before, pre.join('\n')), object),
      }),
    ),
  );
  const result = cutOf(units, EXPORTS);
  assert.deepEqual(result.findings, []);
  return result;
}

const foo = (...body: readonly string[]): string => local('foo', FENTRY, ...body, 'ret');
const helper = local('helper', FENTRY, 'ret');

/** The smallest change: one instruction of one function. */
async function smallest(): Promise<Cut> {
  return await cut({ pre: [foo('cld')], post: [foo('std')] });
}

/** A change with all kinds of references and tables, in the image and in two modules. */
async function rich(): Promise<Cut> {
  const body = (last: string): string =>
    foo(
      'call helper',
      'call kfree',
      'lea .Ltext(%rip), %rdi',
      'mov state(%rip), %rax',
      '771: ud2',
      '.pushsection __bug_table,"aw"',
      '.long 771b - ., .Ltext - .',
      '.word 12, 3',
      '.popsection',
      '772: .nops 5',
      '.pushsection __jump_table,"aw"',
      '.balign 8',
      '.long 772b - ., 773f - .',
      '.quad key - .',
      '.popsection',
      '773: lock incl state(%rip)',
      '.pushsection .smp_locks,"a"',
      '.balign 4',
      '.long 773b - .',
      '.popsection',
      '661: .nops 3',
      '.pushsection .altinstructions,"a"',
      '.long 661b - ., 663f - .',
      '.word 16',
      '.byte 3, 3',
      '.popsection',
      '.pushsection .altinstr_replacement,"ax"',
      '663: .byte 0x0f, 0x01, 0xca',
      '.popsection',
      last,
      '.pushsection .orc_unwind_ip,"a"',
      '.long foo - .',
      '.pushsection .orc_unwind,"a"',
      '.byte 8, 0, 0, 0, 5, 0',
      '.popsection',
      '.popsection',
      '.pushsection __mcount_loc,"a"',
      '.quad foo',
      '.popsection',
    );
  const rest = [
    helper,
    text('.Ltext', 'a.c'),
    data('.data.state', 'aw', 'state', '.quad 0'),
    data('.data.key', 'aw', 'key', '.quad 0, 0'),
  ];
  const module = (name: string, last: string): string =>
    local(
      name,
      FENTRY,
      'call helper',
      'lea .Ltext(%rip), %rdi',
      'mov cell(%rip), %rax',
      'call kfree',
      last,
      'ret',
    );
  const own = [helper, text('.Ltext', 'a.c'), data('.data.cell', 'aw', 'cell', '.quad 0')];
  return await cut(
    { pre: [body('cld'), ...rest], post: [body('std'), ...rest], before: helper },
    { pre: [module('recv', 'cld'), ...own], post: [module('recv', 'std'), ...own], object: 'sctp' },
    { pre: [module('read', 'cld'), ...own], post: [module('read', 'std'), ...own], object: 'ext4' },
  );
}

describe('a livepatch module', () => {
  it('has exactly these sections', async () => {
    const { object } = new LinkedModule(await linked(await rich()));
    const letters = (flags: number): string =>
      [
        [SHF.WRITE, 'w'],
        [SHF.ALLOC, 'a'],
        [SHF.EXECINSTR, 'x'],
        [SHF.INFO_LINK, 'I'],
        [SHF.RELA_LIVEPATCH, 'o'],
      ]
        .map(([bit, letter]) => (Number(bit) & flags) !== 0 && letter)
        .filter(Boolean)
        .join('');
    assert.deepEqual(
      object.sections.slice(1).map(({ name, flags, align }) => `${name} ${letters(flags)} ${align}`),
      [
        '.text ax 16',
        '.altinstr_replacement ax 1',
        '.rodata.str1.1 a 1',
        '__bug_table wa 1',
        '__jump_table wa 8',
        '.smp_locks a 4',
        '.altinstructions a 1',
        '.orc_unwind_ip a 1',
        '.orc_unwind a 1',
        '__mcount_loc a 1',
        '.data wa 8',
        '.modinfo a 1',
        '__versions a 32',
        '.gnu.linkonce.this_module wa 64',
        '.rela.text I 8',
        '.klp.rela.vmlinux..text aIo 8',
        '.klp.rela.sctp..text aIo 8',
        '.klp.rela.ext4..text aIo 8',
        '.rela__bug_table I 8',
        '.rela__jump_table I 8',
        '.klp.rela.vmlinux.__jump_table aIo 8',
        '.rela.smp_locks I 8',
        '.rela.altinstructions I 8',
        '.rela.orc_unwind_ip I 8',
        '.rela__mcount_loc I 8',
        '.rela.data I 8',
        '.rela.gnu.linkonce.this_module I 8',
        '.symtab  8',
        '.strtab  1',
        '.shstrtab  1',
      ],
    );
  });

  it('is read by readelf without a word of warning', async () => {
    const bytes = await linked(await rich());
    const { stdout, stderr } = await inFolder({ 'a.ko': bytes }, (cwd) =>
      run('readelf', ['--wide', '-a', 'a.ko'], { cwd, package: 'binutils' }),
    );
    assert.equal(stderr.toString(), '');
    assert.match(stdout.toString(), /\.klp\.sym\.vmlinux\.helper,2/);
    assert.match(stdout.toString(), /OS \[0xff20\] \.klp\.sym\.sctp\.cell,0/);
  });

  it('says of itself what modinfo reads', async () => {
    const exports = exportsOf(
      exportOf('kfree', 'vmlinux', 'MEMORY'),
      exportOf('printk', 'vmlinux', 'UNUSED'),
    );
    const bytes = await linked(await rich(), { exports });
    const { stdout } = await inFolder({ 'uptide_test.ko': bytes }, (cwd) =>
      run('modinfo', ['./uptide_test.ko'], { cwd, package: 'kmod' }),
    );
    const lines = stdout
      .toString()
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/: */, '='));
    assert.deepEqual(lines, [
      'license=GPL',
      'livepatch=Y',
      'depends=',
      'import_ns=MEMORY',
      'retpoline=Y',
      'name=uptide_test',
      'vermagic=6.1.0-50-amd64 SMP preempt mod_unload modversions ',
      '',
    ]);
  });

  it('is the same bytes for the same input', async () => {
    assert.deepEqual(await linked(await rich()), await linked(await rich()));
  });

  it('has one version for each import, in order, behind that of the layout of modules', async () => {
    const exports = exportsOf({ ...exportOf('kfree', 'vmlinux'), crc: 0xfedcba98 });
    const bytes = new LinkedModule(await linked(await rich(), { exports })).bytes('__versions');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const entries = Array.from({ length: bytes.length / 64 }, (_, i) => {
      const name = Buffer.from(bytes.subarray(i * 64 + 8, i * 64 + 64))
        .toString('latin1')
        .replace(/\0+$/, '');
      return [name, view.getBigUint64(i * 64, true)];
    });
    assert.deepEqual(entries, [
      ['module_layout', 0x1234n],
      ['__fentry__', 0x1234n],
      ['kfree', 0xfedcba98n],
      ['klp_enable_patch', 0x1234n],
    ]);
  });

  it('has its name and where to begin and to end in struct module', async () => {
    const module = new LinkedModule(await linked(await smallest()));
    const name = '.gnu.linkonce.this_module';
    assert.equal(module.bytes(name).length, LAYOUTS.module?.size);
    assert.equal(module.text({ section: name, offset: 24 }), 'uptide_test');
    assert.equal(module.functionAt(module.pointer(name, 200)), 'init_module');
    assert.equal(module.functionAt(module.pointer(name, 128)), 'cleanup_module');
    const symbol = module.object.symbols.find((each) => each.name === '__this_module');
    assert.deepEqual(
      [symbol?.home, symbol?.value],
      [{ kind: 'section', section: module.section(name).index }, 0],
    );
  });

  it('names its functions for stack traces', async () => {
    const module = new LinkedModule(await linked(await rich()));
    const functions = module.object.symbols.filter(({ type }) => type === STT.FUNC);
    assert.deepEqual(
      functions.map(({ name }) => name),
      ['foo', 'recv', 'read', 'init_module', 'cleanup_module'],
    );
    for (const { value, size } of functions) assert.ok(value % 16 === 0 && size > 0);
  });

  it('has traps between functions', async () => {
    const module = new LinkedModule(await linked(await rich()));
    const code = module.bytes('.text');
    const functions = module.object.symbols.filter(({ type }) => type === STT.FUNC);
    let end = 0;
    for (const { value, size } of functions) {
      assert.ok(code.subarray(end, value).every((byte) => byte === 0xcc));
      end = value + size;
    }
    assert.equal(end, code.length);
  });

  it('holds each string once', async () => {
    const module = new LinkedModule(await linked(await rich()));
    const strings = Buffer.from(module.bytes('.rodata.str1.1')).toString('latin1').split('\0').slice(0, -1);
    assert.deepEqual(strings, [...new Set(strings)]);
    assert.ok(strings.includes('a.c'));
  });
});

describe('the description for klp', () => {
  const { klp_patch: patch, klp_object: object, klp_func: func } = LAYOUTS;
  assert.ok(patch && object && func);
  const member = (layout: Readonly<Record<string, number>>, name: string): number =>
    layout[name] ?? assert.fail(name);

  it('lists objects with vmlinux first, and functions with their positions', async () => {
    const module = new LinkedModule(await linked(await rich()));
    const bytes = module.bytes('.data');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const symbol = module.object.symbols.find(({ name }) => name === 'uptide_patch');
    assert.ok(symbol?.home.kind === 'section');
    assert.equal(module.object.sections[symbol.home.section]?.name, '.data');
    const at = symbol.value;
    assert.equal(bytes[at + member(patch, 'replace')], 1);
    assert.deepEqual(module.pointer('.data', at + member(patch, 'mod')), {
      section: '.gnu.linkonce.this_module',
      offset: 0,
    });
    const objects = module.pointer('.data', at + member(patch, 'objs')).offset;
    const found = [0, 1, 2].map((i) => {
      const entry = objects + i * object.size;
      const functions = module.pointer('.data', entry + member(object, 'funcs')).offset;
      const name = i === 0 ? undefined : module.text(module.pointer('.data', entry + member(object, 'name')));
      return [
        name,
        module.text(module.pointer('.data', functions + member(func, 'old_name'))),
        module.functionAt(module.pointer('.data', functions + member(func, 'new_func'))),
        view.getBigUint64(functions + member(func, 'old_sympos'), true),
      ];
    });
    assert.deepEqual(found, [
      [undefined, 'foo', 'foo', 0n],
      ['ext4', 'read', 'read', 0n],
      ['sctp', 'recv', 'recv', 0n],
    ]);
  });

  it('ends each list with an entry of zeroes that nothing relocates', async () => {
    const module = new LinkedModule(await linked(await rich()));
    const bytes = module.bytes('.data');
    const symbol = module.object.symbols.find(({ name }) => name === 'uptide_patch');
    const objects = module.pointer('.data', (symbol?.value ?? 0) + member(patch, 'objs')).offset;
    const ends = [{ at: objects + 3 * object.size, size: object.size }];
    for (const i of [0, 1, 2]) {
      const list = module.pointer('.data', objects + i * object.size + member(object, 'funcs')).offset;
      ends.push({ at: list + func.size, size: func.size });
    }
    const relocated = module.relocations().filter(([table]) => table === '.rela.data');
    for (const { at, size } of ends) {
      assert.ok(bytes.subarray(at, at + size).every((byte) => byte === 0));
      assert.ok(relocated.every(([, offset]) => offset + 8 <= at || offset >= at + size));
    }
    // The name of vmlinux is null.
    assert.ok(relocated.every(([, offset]) => offset !== objects + member(object, 'name')));
  });

  it('has positions from 1 where names are not unique', async () => {
    const other = local('foo', FENTRY, 'nop', 'ret');
    const result = await cut({ pre: [foo('cld')], post: [foo('std')], before: other });
    const module = new LinkedModule(await linked(result));
    const bytes = module.bytes('.data');
    assert.equal(bytes[member(func, 'old_sympos')], 2);
  });
});

describe('relocations for klp', () => {
  it('stand in the table of the object whose coming brings them about, symbols of vmlinux in its own', async () => {
    const module = new LinkedModule(await linked(await rich()));
    const klp = module.relocations().filter(([table]) => table.startsWith('.klp'));
    assert.deepEqual(
      [...new Set(klp.map(([table, , , symbol]) => `${table} ${symbol}`))],
      [
        '.klp.rela.vmlinux..text .klp.sym.vmlinux.helper,2',
        '.klp.rela.vmlinux..text .klp.sym.vmlinux.state,0',
        '.klp.rela.sctp..text .klp.sym.sctp.helper,0',
        '.klp.rela.sctp..text .klp.sym.sctp.cell,0',
        '.klp.rela.ext4..text .klp.sym.ext4.helper,0',
        '.klp.rela.ext4..text .klp.sym.ext4.cell,0',
        '.klp.rela.vmlinux.__jump_table .klp.sym.vmlinux.key,0',
      ],
    );
    for (const { name, home } of module.object.symbols) {
      const expected = name.startsWith('.klp.sym.') ? SHN.LIVEPATCH : undefined;
      assert.equal(home.kind === 'reserved' ? home.index : undefined, expected, name);
    }
  });

  it('apply to the section that they name', async () => {
    const { object } = new LinkedModule(await linked(await rich()));
    for (const { name, info, content } of object.sections) {
      if (content.kind !== 'relocations') continue;
      const target = object.sections[info]?.name ?? '';
      assert.ok(name === `.rela${target}` || /^\.klp\.rela\.[^.]+\.(.*)$/.exec(name)?.[1] === target, name);
    }
  });

  it('are refused for names longer than klp reads', async () => {
    for (const [length, fits] of [
      [127, true],
      [128, false],
    ] as const) {
      const name = 'x'.repeat(length);
      const own = local(name, FENTRY, 'ret');
      const result = await cut({
        pre: [foo('cld', `call ${name}`), own],
        post: [foo('std', `call ${name}`), own],
      });
      if (fits) assert.ok((await linked(result)).length > 0);
      else await failsLater('CUT_NAME_TOO_LONG', () => linked(result));
    }
    const object = 'm'.repeat(56);
    const result = await cut({
      pre: [foo('cld', 'call helper'), helper],
      post: [foo('std', 'call helper'), helper],
      object,
    });
    await failsLater('CUT_NAME_TOO_LONG', () => linked(result));
  });
});

describe('content of the module', () => {
  it('keeps the alignment of data, and no more', async () => {
    const fresh = [
      data('.data.one', 'aw', 'one', '.byte 1'),
      '.section .data..cacheline_aligned,"aw"\n.balign 64\n.quad 0',
      data('.data..cacheline_aligned', 'aw', 'line', '.skip 64, 2'),
      data('.rodata.wide', 'a', 'wide', '.balign 16', '.skip 16, 3'),
    ];
    const post = foo(
      'mov one(%rip), %al',
      'mov line(%rip), %rax',
      'mov wide(%rip), %rdx',
      'mov room(%rip), %al',
    );
    const room =
      '.section .bss.room,"aw",@nobits\n.balign 32\n.type room,@object\nroom: .skip 32\n.size room,32';
    const result = await cut({ pre: [foo('cld')], post: [post, ...fresh, room] });
    const module = new LinkedModule(await linked(result));
    const place = (at: number): { section: string; offset: number } => {
      const [, , , section, addend] =
        module.relocations().find(([table, offset]) => table === '.rela.text' && offset === at) ??
        assert.fail();
      return { section, offset: addend + 4 };
    };
    // Three-byte loads: the field is two or three bytes into the instruction.
    assert.deepEqual(place(7), { section: '.data', offset: 0 });
    assert.deepEqual(place(14), { section: '.data', offset: 8 });
    assert.deepEqual(place(21), { section: '.rodata', offset: 0 });
    assert.deepEqual(place(27), { section: '.bss', offset: 0 });
    assert.equal(module.section('.rodata').align, 16);
    assert.equal(module.section('.bss').align, 32);
    assert.deepEqual(module.section('.bss').content, { kind: 'nobits', size: 32 });
    assert.deepEqual([...module.bytes('.data').subarray(0, 10)], [1, 0, 0, 0, 0, 0, 0, 0, 2, 2]);
  });

  it('has the entries of a table one behind the other, whatever their size', async () => {
    const site = (label: number): string[] => [
      `${label}: .nops 3`,
      '.pushsection .altinstructions,"a"',
      `.long ${label}b - ., 663f - .`,
      '.long 16',
      '.byte 3, 3',
      '.popsection',
      '.pushsection .altinstr_replacement,"ax"',
      '663: .byte 0x0f, 0x01, 0xca',
      '.popsection',
    ];
    const sites = [...site(1), ...site(2), ...site(3)];
    const module = new LinkedModule(
      await linked(await cut({ pre: [foo('cld', ...sites)], post: [foo('std', ...sites)] })),
    );
    const table = module.bytes('.altinstructions');
    assert.equal(table.length, 3 * 14);
    for (const at of [0, 14, 28]) assert.deepEqual([...table.subarray(at + 12, at + 14)], [3, 3]);
  });

  it('has in every field that is relocated zeroes, as the module loader wants', async () => {
    const { object } = new LinkedModule(await linked(await rich()));
    let count = 0;
    for (const { content, info } of object.sections) {
      if (content.kind !== 'relocations') continue;
      const target = object.sections[info]?.content;
      assert.ok(target?.kind === 'bytes');
      for (const { offset, type } of content.relocations) {
        const width = type === R_X86_64[64] ? 8 : 4;
        assert.deepEqual([...target.bytes.subarray(offset, offset + width)], Array(width).fill(0));
        count++;
      }
    }
    assert.ok(count > 30);
  });
});

describe('what a kernel lacks', () => {
  it('is said as the struct or the member', async () => {
    const result = await smallest();
    for (const struct of ['klp_patch', 'klp_object', 'klp_func', 'module']) {
      const layouts = Object.fromEntries(Object.entries(LAYOUTS).filter(([name]) => name !== struct));
      await failsLater('LINK_TYPE_UNKNOWN', () => linked(result, { btf: fakeBtf(layouts) }));
    }
    for (const [struct, member] of [
      ['klp_patch', 'replace'],
      ['klp_object', 'funcs'],
      ['klp_func', 'old_sympos'],
      ['module', 'init'],
    ] as const) {
      const { [member]: _, ...rest } = LAYOUTS[struct] ?? assert.fail();
      const layouts = { ...LAYOUTS, [struct]: { ...rest, size: rest.size ?? 0 } };
      await failsLater('LINK_TYPE_UNKNOWN', () => linked(result, { btf: fakeBtf(layouts) }));
    }
  });

  it('is said as the checksum of an import', async () => {
    const result = await cut({ pre: [foo('cld')], post: [foo('call printk')] });
    const exports = exportsOf();
    exports.delete('printk');
    const error = await failsLater('LINK_NO_VERSION', () => linked(result, { exports }));
    assert.equal(error.place.symbol, 'printk');
    exports.set('printk', exportOf('printk', 'vmlinux'));
    exports.delete('module_layout');
    await failsLater('LINK_NO_VERSION', () => linked(result, { exports }));
  });

  it('is the room for long names of modules and imports', async () => {
    const result = await smallest();
    assert.ok((await linked(result, { name: 'm'.repeat(55) })).length > 0);
    await failsLater('CUT_NAME_TOO_LONG', () => linked(result, { name: 'm'.repeat(56) }));
    const name = 'i'.repeat(56);
    const pre = await assembled(foo('cld', `call ${name}`));
    const unit = unitOf({
      pre,
      post: await assembled(foo('std', `call ${name}`)),
      shipped: shippedFrom(pre),
    });
    const long = cutOf([unit], { ...EXPORTS, [name]: 'vmlinux' });
    await failsLater('LINK_NO_VERSION', () =>
      linked(long, { exports: exportsOf(exportOf(name, 'vmlinux')) }),
    );
  });

  it('is nothing that the link papers over', async () => {
    const result = await smallest();
    const exports = exportsOf();
    exports.delete('klp_enable_patch');
    await failsLater('INTERNAL', () => linked(result, { exports }));
  });
});
