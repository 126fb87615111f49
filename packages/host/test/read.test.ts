// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { address } from '@uptide/elf';
import fc from 'fast-check';
import { HostError } from '../src/error.ts';
import { explainRefusal, newLines } from '../src/judge/kernel-words.ts';
import { readEnabledFunctions } from '../src/read/enabled-functions.ts';
import { readKallsyms } from '../src/read/kallsyms.ts';
import { locate, readCoreHeader, readSegments } from '../src/read/kcore.ts';
import { readKprobes } from '../src/read/kprobes.ts';
import { readStack } from '../src/read/stack.ts';
import { coreFile } from './support/fake-machine.ts';

const UNREADABLE = { code: 'HOST_UNREADABLE' };

describe('kallsyms', () => {
  const TEXT = `0000000000000000 A fixed_percpu_data
ffffffff81000000 T _text
ffffffff81000010 t twin
ffffffff81000020 d twin
ffffffff81000030 t twin.cold
ffffffffc0000000 t twin\t[mod]
`;
  it('keeps the wanted names of each object in the order of the file, whatever their type', () => {
    const table = readKallsyms(TEXT, new Set(['twin']));
    assert.deepEqual(table.get('vmlinux')?.get('twin'), [-0x7effff_f0, -0x7effff_e0]);
    assert.deepEqual(table.get('mod')?.get('twin'), [-0x40000000]);
    assert.equal(table.get('vmlinux')?.has('_text'), false);
  });
  it('reads a last line without an end', () => {
    assert.equal(readKallsyms(TEXT.trimEnd(), new Set(['_text'])).size, 1);
  });
  const bad: [string, string][] = [
    ['an empty line', `${TEXT}\n`],
    ['an address that is no number', 'fffffffg81000000 t x\n'],
    ['an address of 17 digits', 'fffffffff81000000 t x\n'],
    ['a line that is cut off', 'ffffffff81000000 t\n'],
    ['a module without an end', 'ffffffff81000000 t x\t[mod\n'],
  ];
  for (const [what, text] of bad) {
    it(`refuses ${what}, which would shift positions`, () => {
      assert.throws(() => readKallsyms(text, new Set(['x'])), UNREADABLE);
    });
  }
});

describe('kcore', () => {
  const segmentsOf = (file: Buffer) => {
    const { offset, size } = readCoreHeader(file.subarray(0, 64));
    return readSegments(file.subarray(offset, offset + size));
  };
  it('maps addresses to positions', () => {
    const segments = segmentsOf(coreFile(new Uint8Array(0x200)));
    assert.equal(segments.length, 1);
    assert.equal(locate(segments, address(-0x66000000 + 0x10), 16), 176n + 0x10n);
  });
  it('finds nothing that one segment does not hold as a whole', () => {
    const segments = segmentsOf(coreFile(new Uint8Array(0x200)));
    assert.equal(locate(segments, address(-0x66000000 - 1), 16), undefined);
    assert.equal(locate(segments, address(-0x66000000 + 0x1f8), 16), undefined);
    assert.equal(locate(segments, address(0), 16), undefined);
  });
  it('reads numbers over 53 bits, as five-level paging has them', () => {
    const file = coreFile(new Uint8Array(16), (header) => {
      header.writeBigUInt64LE(0xff11_0000_0000_0001n, 136);
      header.writeBigUInt64LE(0x00ee_ffff_8000_3001n, 128);
    });
    assert.deepEqual(segmentsOf(file)[0], {
      address: BigInt.asIntN(64, 0xff11_0000_0000_0001n),
      offset: 0x00ee_ffff_8000_3001n,
      size: 16n,
    });
  });

  const bad: [string, (header: Buffer) => void][] = [
    ['another magic', (header) => header.writeUInt8(0, 0)],
    ['32 bits', (header) => header.writeUInt8(1, 4)],
    ['big endian', (header) => header.writeUInt8(2, 5)],
    ['a program instead of a core', (header) => header.writeUInt16LE(2, 16)],
    ['another machine', (header) => header.writeUInt16LE(183, 18)],
    ['program headers of another size', (header) => header.writeUInt16LE(32, 54)],
    ['program headers over the ELF header', (header) => header.writeBigUInt64LE(0n, 32)],
    ['program headers far away', (header) => header.writeBigUInt64LE(2n ** 63n, 32)],
    ['no program headers', (header) => header.writeUInt16LE(0, 56)],
    ['a number of program headers that stands elsewhere', (header) => header.writeUInt16LE(0xffff, 56)],
    ['a table that is cut off', (header) => header.writeUInt16LE(0xfffe, 56)],
    ['a segment over the end of memory', (header) => header.writeBigUInt64LE(2n ** 63n, 160)],
    ['a segment over the end of the file', (header) => header.writeBigUInt64LE(2n ** 64n - 1n, 128)],
  ];
  for (const [what, change] of bad) {
    it(`refuses ${what}`, () => {
      assert.throws(() => segmentsOf(coreFile(new Uint8Array(0x11), change)), UNREADABLE);
    });
  }
  it('refuses a header that is cut off', () => {
    for (let length = 0; length < 64; length += 1) {
      assert.throws(() => readCoreHeader(coreFile(new Uint8Array(0)).subarray(0, length)), UNREADABLE);
    }
  });
  it('ends on any bytes with segments or a refusal', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        try {
          for (const { size } of readSegments(bytes)) assert.ok(size >= 0n);
        } catch (error) {
          assert.ok(error instanceof HostError);
        }
      }),
    );
  });
});

describe('enabled_functions', () => {
  it('reads users of the kernel and of modules, and what they may do', () => {
    const text = [
      'schedule (1)             ',
      'victim (1) R I     \ttramp: 0xffffffffc0a0 (klp_ftrace_handler+0x0/0x1f0) ->ftrace_ops_assist_func+0x0/0x100',
      'bm_status_read [binfmt_misc] (2)   I   D \tdirect(bpf)-->bpf_trampoline_6442+0x0/0x80',
      'nonsense',
      '',
    ].join('\n');
    assert.deepEqual(
      readEnabledFunctions(text).map((one) => ({ ...one, users: '' })),
      [
        { object: 'vmlinux', name: 'schedule', redirected: false, direct: false, users: '' },
        { object: 'vmlinux', name: 'victim', redirected: true, direct: false, users: '' },
        { object: 'binfmt_misc', name: 'bm_status_read', redirected: true, direct: true, users: '' },
      ],
    );
  });
  it('takes no letter of a trampoline for a flag', () => {
    const [one] = readEnabledFunctions('x (1) R  \ttramp: 0x1 (I+0x0/0x1) I D');
    assert.deepEqual([one?.redirected, one?.direct], [false, false]);
  });
});

describe('the list of kprobes', () => {
  it('reads places in the kernel and in modules', () => {
    const text = [
      'ffffffff81234560  k  do_sys_open+0x0    [FTRACE]',
      'ffffffff81234570  r  victim+0x1f  [DISABLED]',
      'ffffffffc0000010  k  other+0x10  mod [OPTIMIZED]',
      'ffffffffc0000010  k  last+0x4  mod',
      'ffffffff81234560  k',
    ].join('\n');
    assert.deepEqual(readKprobes(text), [
      { object: 'vmlinux', name: 'do_sys_open', offset: 0 },
      { object: 'vmlinux', name: 'victim', offset: 0x1f },
      { object: 'mod', name: 'other', offset: 0x10 },
      { object: 'mod', name: 'last', offset: 4 },
    ]);
  });
});

describe('a stack', () => {
  it('is the names of functions, also of modules', () => {
    const text =
      '[<0>] do_nanosleep+0x6e/0x180\n[<0>] nap+0x1/0x2 [mod]\n[<0>] 0xffffffffc000\n[<0>] ret+0x5/0x9\n';
    assert.deepEqual(readStack(text), ['do_nanosleep', 'nap', 'ret']);
  });
  it('is empty for what is none', () => assert.deepEqual(readStack('\0\n[<zz>] x'), []));
});

it('new lines of a log are those after the last old one', () => {
  assert.deepEqual(newLines('a\nb\n', 'a\nb\nc\n'), ['c']);
  assert.deepEqual(newLines('a\nb\n', 'b\nc\nd\n'), ['c', 'd']);
  assert.deepEqual(newLines('a\n', 'x\ny\n'), ['x', 'y']);
  assert.deepEqual(newLines('', 'x\n'), ['x']);
});

it('says what an error of the kernel means, and lets its log say more', () => {
  const said = (log: string): string => explainRefusal('insmod: Invalid argument', '', log);
  assert.match(said(''), /as the kernel has it/);
  const log =
    'livepatch: Livepatch patch (uptide_1) is not compatible with the already installed livepatches.\n';
  assert.match(said(log), /^insmod: Invalid argument \(a live update has a state/);
});
