// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { run } from '@uptide/base';
import fc from 'fast-check';
import { builtinModules, listModules, shippedModules } from '../src/modules/list.ts';
import { loadOrder } from '../src/modules/load-order.ts';
import { dependsOf, readModinfo } from '../src/modules/modinfo.ts';
import { moduleName } from '../src/modules/name.ts';
import { MAX_MODULE_SIZE, readModule, unpackModule } from '../src/modules/read.ts';
import { stripSignature } from '../src/modules/signature.ts';
import { assertCode, assertRejects } from './support/codes.ts';
import { writeModule, writeModuleFile, writeSignature } from './support/module-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'uptide-modules-'));
after(() => rmSync(folder, { recursive: true }));

test('moduleName is the name that the kernel gives', () => {
  const names = [
    'fs/ext4/ext4.ko',
    'kernel/snd-hda-intel.ko.xz',
    'a/b-c.ko.zst',
    'x.ko.gz',
    'vmlinux',
    'net/nf-nat',
  ];
  assert.deepEqual(names.map(moduleName), ['ext4', 'snd_hda_intel', 'b_c', 'x', 'vmlinux', 'nf_nat']);
});

describe('the shipped modules', () => {
  test('are sorted by name, whatever the order of the paths', () => {
    const paths = ['kernel/b-2.ko.xz', 'kernel/z/a.ko', 'kernel/readme', 'modules.order', 'kernel/c.ko.bak'];
    const expected = [
      { name: 'a', path: 'kernel/z/a.ko' },
      { name: 'b_2', path: 'kernel/b-2.ko.xz' },
    ];
    assert.deepEqual([...shippedModules(paths).values()], expected);
    assert.deepEqual([...shippedModules(paths.toReversed()).values()], expected);
  });

  test('are refused when two have one name', () => {
    assertCode('MODULE_DUPLICATE', () => shippedModules(['kernel/a-b.ko', 'kernel/a_b.ko']));
  });

  test('are found in the folder of the kernel alone', async () => {
    const modules = join(folder, 'modules');
    for (const path of ['kernel/fs/ext4/ext4.ko', 'kernel/lib/crc16.ko.xz', 'updates/dkms/other.ko']) {
      mkdirSync(join(modules, path, '..'), { recursive: true });
      writeFileSync(join(modules, path), '');
    }
    symlinkSync('/dev/null', join(modules, 'kernel/link.ko'));
    const expected = { crc16: 'kernel/lib/crc16.ko.xz', ext4: 'kernel/fs/ext4/ext4.ko' };
    const found = [...(await listModules(modules))].map(([name, { path }]) => [name, path]);
    assert.deepEqual(Object.fromEntries(found), expected);
  });

  test('are missing where there is no folder', async () => {
    await assertRejects('MODULE_MISSING', () => listModules(join(folder, 'none')));
  });
});

test('builtinModules reads modules.builtin', () => {
  const text = 'kernel/arch/x86/crypto/aes-x86_64.ko\nkernel/fs/mbcache.ko\n';
  assert.deepEqual([...builtinModules(text)], ['aes_x86_64', 'mbcache']);
});

describe('stripSignature', () => {
  const module = writeModuleFile(['name=a']);
  const pkcs7 = Buffer.alloc(300, 0x30);

  test('cuts off what the signing has appended', () => {
    const signed = Buffer.concat([module, writeSignature(pkcs7)]);
    assert.deepEqual(Buffer.from(stripSignature(signed)), Buffer.from(module));
  });

  test('gives an unsigned module back as it is', () => {
    assert.equal(stripSignature(module), module);
    const empty = new Uint8Array(0);
    assert.equal(stripSignature(empty), empty);
    const marked = Buffer.concat([module, Buffer.from('~Module signature appended~')]);
    assert.equal(stripSignature(marked), marked);
  });

  test('cuts one signature of several', () => {
    const once = Buffer.concat([module, writeSignature(pkcs7)]);
    const twice = Buffer.concat([once, writeSignature(Buffer.alloc(9))]);
    assert.deepEqual(Buffer.from(stripSignature(twice)), once);
  });

  const refused: readonly (readonly [string, Buffer])[] = [
    ['a mark alone', writeSignature(pkcs7).subarray(-28)],
    ['a mark with half a description', writeSignature(pkcs7).subarray(-35)],
    ['a description alone', writeSignature(pkcs7, { length: 1 }).subarray(-40)],
    ['a length over the file', Buffer.concat([module, writeSignature(pkcs7, { length: 0xffffffff })])],
    ['a length that leaves no module', writeSignature(pkcs7)],
    ['a length of zero', Buffer.concat([module, writeSignature(pkcs7, { length: 0 })])],
    ['another type than PKCS#7', Buffer.concat([module, writeSignature(pkcs7, { type: 1 })])],
    ['a field that must be zero', Buffer.concat([module, writeSignature(pkcs7, { algorithm: 1 })])],
  ];
  for (const [name, bytes] of refused) {
    test(`refuses ${name}`, () => assertCode('MODULE_BAD_SIGNATURE', () => stripSignature(bytes)));
  }

  test('gives any module back that was signed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.uint8Array({ minLength: 1 }), (bytes, signature) => {
        const signed = Buffer.concat([bytes, writeSignature(signature)]);
        assert.deepEqual(Buffer.from(stripSignature(signed)), Buffer.from(bytes));
      }),
    );
  });
});

describe('readModule', () => {
  const file = Buffer.concat([writeModuleFile(['name=a', 'depends=']), writeSignature(Buffer.alloc(40, 1))]);
  const packed: readonly (readonly [string, () => Promise<Uint8Array>])[] = [
    ['a.ko', async () => file],
    ['a.ko.gz', async () => gzipSync(file)],
    ['a.ko.zst', async () => zstdCompressSync(file)],
    ['a.ko.xz', async () => (await run('xz', ['-c'], { input: file })).stdout],
  ];
  for (const [name, pack] of packed) {
    test(`reads ${name}`, async () => {
      const path = join(folder, name);
      writeFileSync(path, await pack());
      assert.deepEqual(readModinfo(await readModule(path)).get('name'), ['a']);
    });
  }

  test('refuses what is packed otherwise or damaged', async () => {
    await assertRejects('MODULE_CORRUPT', () => unpackModule(Buffer.from('BZh9')));
    await assertRejects('MODULE_CORRUPT', () => unpackModule(new Uint8Array(0)));
    await assertRejects('MODULE_CORRUPT', () => unpackModule(gzipSync(file).subarray(0, 50)));
    await assertRejects('MODULE_CORRUPT', () => unpackModule(Buffer.from('fd377a585a000004', 'hex')));
  });

  test('refuses a file that packs more than the bound', async () => {
    const bomb = gzipSync(Buffer.alloc(MAX_MODULE_SIZE + 1), { level: 1 });
    await assertRejects('MODULE_CORRUPT', () => unpackModule(bomb));
  });

  test('refuses a file over the bound', async () => {
    const path = join(folder, 'large.ko');
    writeFileSync(path, '');
    truncateSync(path, MAX_MODULE_SIZE + 1);
    await assertRejects('MODULE_TOO_LARGE', () => readModule(path));
  });

  test('says which file is missing or no module', async () => {
    const missing = join(folder, 'missing.ko');
    await assert.rejects(() => readModule(missing), { code: 'MODULE_MISSING', place: { file: missing } });
    const cut = join(folder, 'cut.ko');
    writeFileSync(cut, file.subarray(0, 40));
    await assertRejects('ELF_TRUNCATED', () => readModule(cut));
  });
});

describe('readModinfo', () => {
  const read = (info: string): Map<string, string[]> =>
    readModinfo(writeModule({ '.modinfo': Buffer.from(info) }));

  test('gives the values of each key in their order', () => {
    const info = read('license=GPL\0\0\0alias=b\0depends=x,y-z\0alias=a=1\0empty=\0');
    assert.deepEqual(Object.fromEntries(info), {
      license: ['GPL'],
      alias: ['b', 'a=1'],
      depends: ['x,y-z'],
      empty: [''],
    });
    assert.deepEqual(dependsOf(info), ['x', 'y_z']);
  });

  test('may find nothing', () => {
    assert.equal(read('').size, 0);
    assert.deepEqual(dependsOf(read('depends=\0')), []);
  });

  test('refuses a module without the section', () => {
    assertCode('MODULE_BAD_INFO', () => readModinfo(writeModule({ '.text': Buffer.alloc(4) })));
  });

  test('refuses a string without end, and one that is no key=value', () => {
    for (const info of ['license=GPL', 'license\0', '=GPL\0'])
      assertCode('MODULE_BAD_INFO', () => read(info));
  });
});

describe('loadOrder', () => {
  const order = async (graph: Readonly<Record<string, readonly string[]>>): Promise<string[]> =>
    await loadOrder('top', async (name) => graph[name]);

  test('puts each module after those that it needs, once', async () => {
    const graph = { top: ['left', 'right'], left: ['base'], right: ['base', 'left'], base: [] };
    assert.deepEqual(await order(graph), ['base', 'left', 'right', 'top']);
  });

  test('is the module alone when it needs none', async () => {
    assert.deepEqual(await order({ top: [] }), ['top']);
  });

  test('refuses a module that is not there', async () => {
    await assertRejects('MODULE_MISSING', () => order({}));
    await assertRejects('MODULE_MISSING', () => order({ top: ['left'] }));
  });

  test('refuses modules that need each other', async () => {
    await assertRejects('MODULE_CYCLE', () => order({ top: ['top'] }));
    await assertRejects('MODULE_CYCLE', () => order({ top: ['left'], left: ['base'], base: ['left'] }));
  });
});
