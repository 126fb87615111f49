// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseSymvers } from '../src/symvers/symvers.ts';
import { assertCode } from './support/codes.ts';

describe('parseSymvers', () => {
  test('reads the five fields', () => {
    const symbols = parseSymvers(
      [
        '0x0b26b8c8\tiov_iter_init\tvmlinux\tEXPORT_SYMBOL\t\n',
        '0xffffffff\tnfs_sync\tfs/nfs/nfs-core\tEXPORT_SYMBOL_GPL\tNFS_PRIVATE\n',
      ].join(''),
    );
    assert.deepEqual(Object.fromEntries(symbols), {
      iov_iter_init: {
        name: 'iov_iter_init',
        crc: 0x0b26b8c8,
        object: 'vmlinux',
        gplOnly: false,
        namespace: '',
      },
      nfs_sync: {
        name: 'nfs_sync',
        crc: 0xffffffff,
        object: 'nfs_core',
        gplOnly: true,
        namespace: 'NFS_PRIVATE',
      },
    });
  });

  test('reads lines without a namespace, and with it in third place', () => {
    const [symbol] = parseSymvers('0x00000001\ta\tvmlinux\tEXPORT_UNUSED_SYMBOL_GPL\n').values();
    assert.deepEqual(symbol, { name: 'a', crc: 1, object: 'vmlinux', gplOnly: true, namespace: '' });
    const [other] = parseSymvers('0x00000001\ta\tUSB\tdrivers/usb/core/usbcore\tEXPORT_SYMBOL').values();
    assert.deepEqual(other, { name: 'a', crc: 1, object: 'usbcore', gplOnly: false, namespace: 'USB' });
  });

  test('reads an empty file', () => {
    assert.equal(parseSymvers('').size, 0);
  });

  const bad: readonly (readonly [string, string])[] = [
    ['too few fields', '0x00000001\ta\tvmlinux'],
    ['too many fields', '0x00000001\ta\tvmlinux\tEXPORT_SYMBOL\t\t'],
    ['blanks in place of tabs', '0x00000001 a vmlinux EXPORT_SYMBOL'],
    ['a CRC that is no number', '0x0000000g\ta\tvmlinux\tEXPORT_SYMBOL\t'],
    ['a CRC of another width', '0x000000001\ta\tvmlinux\tEXPORT_SYMBOL\t'],
    ['no name', '0x00000001\t\tvmlinux\tEXPORT_SYMBOL\t'],
    ['no object', '0x00000001\ta\t\tEXPORT_SYMBOL\t'],
    ['an object without a last part', '0x00000001\ta\tfs/\tEXPORT_SYMBOL\t'],
    ['an unknown kind of export', '0x00000001\ta\tvmlinux\tEXPORT_SYMBOL_FREE\t'],
    ['an empty line', ''],
  ];
  for (const [name, line] of bad) {
    test(`refuses a line with ${name}`, () => {
      const text = `0x00000001\tfirst\tvmlinux\tEXPORT_SYMBOL\t\n${line}\n`;
      assertCode('SYMVERS_BAD_LINE', () => parseSymvers(text));
    });
  }

  test('refuses a symbol that is listed twice', () => {
    const line = '0x00000001\ta\tvmlinux\tEXPORT_SYMBOL\t\n';
    assertCode('SYMVERS_DUPLICATE', () => parseSymvers(line + line));
  });

  test('reads any symbols as they were written', () => {
    const anySymbol = fc.record(
      {
        name: fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/),
        crc: fc.integer({ min: 0, max: 0xffffffff }),
        object: fc.constantFrom('vmlinux', 'ext4', 'nf_conntrack'),
        gplOnly: fc.boolean(),
        namespace: fc.constantFrom('', 'CRYPTO_INTERNAL'),
      },
      { noNullPrototype: true },
    );
    const anySymbols = fc.uniqueArray(anySymbol, { selector: ({ name }) => name });
    fc.assert(
      fc.property(anySymbols, (symbols) => {
        const lines = symbols.map(({ name, crc, object, gplOnly, namespace }) => {
          const kind = gplOnly ? 'EXPORT_SYMBOL_GPL' : 'EXPORT_SYMBOL';
          return `0x${crc.toString(16).padStart(8, '0')}\t${name}\tdir/${object}\t${kind}\t${namespace}\n`;
        });
        assert.deepEqual([...parseSymvers(lines.join('')).values()], symbols);
      }),
    );
  });
});
