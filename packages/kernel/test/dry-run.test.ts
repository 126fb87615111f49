// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type DryRun, DryRunReader } from '../src/kbuild/dry-run.ts';
import { assertCode } from './support/codes.ts';

/** A line as Kbuild's if_changed_rule prints it for a unit. */
function unit(verb: string, object: string, source: string, flags = '', post = ''): string {
  const traps = ['HUP', 'INT', 'PIPE'].map(
    (s) => `trap 'rm -f ${object}; trap - ${s}; kill -s ${s} $$' ${s};`,
  );
  const command = `gcc-12 -Wp,-MMD,${object}.d -DA='"b c"' ${flags} -c -o ${object} ${source}   ${post}`;
  const again = command.replaceAll("'", "'\\''");
  return (
    `set -e;  echo '  ${verb} ${object}';    ${traps.join('  ')} ${command}; ` +
    `scripts/basic/fixdep ${object}.d ${object} '${again}' > ${object}.cmd; rm -f ${object}.d`
  );
}

function archive(target: string, prefix: string, ...members: readonly string[]): string {
  const make = `rm -f ${target};  printf "${prefix}%s " ${members.join(' ')} | xargs ar cDPrST ${target}`;
  return `set -e;  echo '  AR      ${target}';    trap 'rm -f ${target}; kill -s HUP $$' HUP; ${make}; printf '%s\\n' 'cmd_${target} := ${make}' > .${target}.cmd`;
}

const ROOT = `set -e;  echo '  AR      vmlinux.a'; rm -f vmlinux.a; ar cDPrST vmlinux.a ./built-in.a  lib/lib.a; ar mPiT $(ar t vmlinux.a | sed -n 1p) vmlinux.a`;
const LIB = `set -e;  echo '  AR      lib/lib.a'; rm -f lib/lib.a; ar cDPrsT lib/lib.a lib/ctype.o; printf '%s\\n' x > lib/.lib.a.cmd`;
const MAIN = unit(
  'CC     ',
  'init/main.o',
  'init/main.c',
  '',
  '; ./tools/objtool/objtool --orc   init/main.o',
);
const CTYPE = unit('CC     ', 'lib/ctype.o', 'lib/ctype.c');
const BASE = [
  MAIN,
  CTYPE,
  archive('init/built-in.a', 'init/', 'main.o'),
  archive('built-in.a', './', 'init/built-in.a'),
  LIB,
  ROOT,
];

function read(...lines: readonly string[]): DryRun {
  const reader = new DryRunReader('gcc-12');
  for (const line of lines) reader.line(line);
  return reader.finish();
}

const ownersOf = (run: DryRun): Record<string, readonly string[]> =>
  Object.fromEntries(run.units.map(({ objectFile, owners }) => [objectFile, owners]));

describe('DryRunReader', () => {
  test('takes the argument vectors apart', () => {
    const [main] = read(...BASE).units;
    assert.deepEqual(main, {
      source: 'init/main.c',
      objectFile: 'init/main.o',
      owners: ['vmlinux'],
      compile: ['gcc-12', '-Wp,-MMD,init/main.o.d', '-DA="b c"', '-c', '-o', 'init/main.o', 'init/main.c'],
      post: [['./tools/objtool/objtool', '--orc', 'init/main.o']],
    });
  });

  test('finds what is in vmlinux by its archives', () => {
    const vdso = unit('CC     ', 'arch/x86/entry/vdso/vgetcpu.o', 'arch/x86/entry/vdso/vgetcpu.c');
    const run = read(...BASE, vdso);
    assert.deepEqual(ownersOf(run), {
      'arch/x86/entry/vdso/vgetcpu.o': [],
      'init/main.o': ['vmlinux'],
      'lib/ctype.o': ['vmlinux'],
    });
    assert.match(run.units[0]?.outside ?? '', /neither vmlinux nor a module/);
  });

  test('takes owners of a module from KBUILD_MODNAME, also several', () => {
    const one = unit('CC [M] ', 'fs/a-b.o', 'fs/a-b.c', `-DMODULE -DKBUILD_MODNAME='"a_b"'`);
    const two = unit('CC [M] ', 'fs/c.o', 'fs/c.c', `-DMODULE -DKBUILD_MODNAME='"vf:pf"'`);
    const owners = ownersOf(read(...BASE, one, two));
    assert.deepEqual(owners['fs/a-b.o'], ['a_b']);
    assert.deepEqual(owners['fs/c.o'], ['pf', 'vf']);
  });

  test('names a source by its path in the tree, an object as the command does', () => {
    const object = 'arch/x86/kvm/../../../virt/kvm/eventfd.o';
    const line = unit(
      'CC [M] ',
      object,
      'arch/x86/kvm/../../../virt/kvm/eventfd.c',
      `-DMODULE -DKBUILD_MODNAME='"kvm"'`,
    );
    const found = read(...BASE, line).units.find(({ source }) => source === 'virt/kvm/eventfd.c');
    assert.equal(found?.objectFile, object);
    assert.equal(found?.compile.at(-2), object);
  });

  test('keeps both objects of one source', () => {
    const stub = unit('CC     ', 'drivers/firmware/efi/libstub/lib-ctype.o', 'lib/ctype.c');
    const found = read(...BASE, stub).units.filter(({ source }) => source === 'lib/ctype.c');
    assert.deepEqual(
      found.map(({ owners }) => owners),
      [[], ['vmlinux']],
    );
  });

  test('lists assembly without an owner', () => {
    const entry = unit('AS     ', 'arch/x86/entry/entry.o', 'arch/x86/entry/entry.S');
    const found = read(...BASE, entry).units[0];
    assert.equal(found?.source, 'arch/x86/entry/entry.S');
    assert.deepEqual(found?.owners, []);
    assert.equal(found?.outside, 'it is assembly');
  });

  test('collects generated sources', () => {
    const lines = [
      `set -e;  echo '  GEN     security/selinux/flask.h security/selinux/av_permissions.h'; scripts/genheaders`,
      `set -e;  echo '  ASN.1   crypto/x509.asn1.[ch]'; scripts/asn1_compiler`,
      `echo "  GEN     net/wireless/shipped-certs.c"`,
      `set -e;  echo '  GEN     certs/blacklist_hash_list'; cat`,
      `set -e;  echo '  GEN     xe_wa_oob.c xe_wa_oob.h';    trap 'rm -f drivers/xe/generated/xe_wa_oob.h; trap - HUP; kill -s HUP $$' HUP; gen`,
      `set -e;  echo '  IPE_POL security/ipe/boot_policy.c'; gen`,
      `set -e;  echo '  HOSTCC  usr/gen_init_cpio'; gcc`,
      `set -e;  echo '  LDS     arch/x86/kernel/vmlinux.lds'; gcc`,
      `set -e; mkdir -p init/; { echo x; } > init/.v.h.tmp; if [ ! -r init/v.h ]; then echo '  UPD     init/v.h'; mv -f init/.v.h.tmp init/v.h; fi`,
    ];
    assert.deepEqual(read(...BASE, ...lines).generated, [
      'certs/blacklist_hash_list',
      'crypto/x509.asn1.c',
      'crypto/x509.asn1.h',
      'drivers/xe/generated/xe_wa_oob.h',
      'init/v.h',
      'net/wireless/shipped-certs.c',
      'security/ipe/boot_policy.c',
      'security/selinux/av_permissions.h',
      'security/selinux/flask.h',
    ]);
  });

  test('leaves what is compiled to assembly text for headers', () => {
    const bounds = `set -e;  echo '  CC      kernel/bounds.s'; gcc-12 -S -o kernel/bounds.s kernel/bounds.c; scripts/basic/fixdep x`;
    assert.equal(read(...BASE, bounds).units.length, 2);
  });

  describe('when objtool runs on linked objects', () => {
    const flags = '--ibt --orc --prefix=16  --link ';
    const main = unit('CC     ', 'init/main.o', 'init/main.c');
    const alone = unit(
      'CC [M] ',
      'fs/a.o',
      'fs/a.c',
      `-DMODULE -DKBUILD_MODNAME='"a"'`,
      `; ./tools/objtool/objtool ${flags} --module fs/a.o`,
    );
    const part = unit('CC [M] ', 'fs/b1.o', 'fs/b1.c', `-DMODULE -DKBUILD_MODNAME='"b"'`);
    const vdso = unit('CC     ', 'entry/vdso/v.o', 'entry/vdso/v.c');
    const link = (object: string, with_ = flags): string =>
      `set -e;  echo '  LD [M]  ${object}'; trap 'rm -f ${object}; trap - HUP; kill -s HUP $$' HUP; ld -r -o ${object} @x.mod ; ./tools/objtool/objtool ${with_} --module ${object}; printf '%s\n' 'savedcmd' > x.cmd`;
    const postOf = (...lines: readonly string[]): Record<string, readonly string[]> =>
      Object.fromEntries(
        read(main, ...BASE.slice(1), ...lines).units.map(({ objectFile, post }) => [
          objectFile,
          post.map((command) => command.join(' ')),
        ]),
      );

    test('gives each unit of a klp object a run of its own', () => {
      const own = (object: string): string[] => [`./tools/objtool/objtool --orc --prefix=16 ${object}`];
      assert.deepEqual(postOf(alone, part, vdso, link('fs/b.o')), {
        'entry/vdso/v.o': [],
        'fs/a.o': own('--module fs/a.o'),
        'fs/b1.o': own('--module fs/b1.o'),
        'init/main.o': own('init/main.o'),
        'lib/ctype.o': own('lib/ctype.o'),
      });
    });

    test('finds the flags at linked modules alone', () => {
      assert.deepEqual(postOf(part, link('fs/b.o'))['fs/b1.o'], [
        './tools/objtool/objtool --orc --prefix=16 --module fs/b1.o',
      ]);
    });

    test('reads past lines that need a shell before anything is known of objtool', () => {
      const shell = `set -e;  echo '  LD      entry/vdso/vdso.so.dbg'; ld -o x y && sh check.sh`;
      assert.deepEqual(postOf(part, shell)['fs/b1.o'], []);
    });

    test('refuses flags that are not the same everywhere', () => {
      assertCode('KBUILD_UNREADABLE', () =>
        read(...BASE, part, link('fs/b.o'), link('fs/c.o', '--orc  --link ')),
      );
    });
  });

  test('leaves host programs, which have whole paths', () => {
    assert.deepEqual(read(...BASE, unit('CC     ', '/tree/tools/objtool/check.o', 'check.c')), read(...BASE));
  });

  test('is not moved by the order of the lines', () => {
    assert.deepEqual(read(...BASE.toReversed()), read(...BASE));
  });

  const unreadable: readonly (readonly [string, readonly string[]])[] = [
    ['nothing at all', []],
    ['a run without vmlinux.a', BASE.slice(0, -1)],
    ['another compiler', [...BASE, unit('CC     ', 'x.o', 'x.c').replace(/PIPE; gcc-12/, 'PIPE; gcc')]],
    ['a unit without its command', [...BASE, `set -e;  echo '  CC      x.o';    trap 'x' HUP;`]],
    ['a command with an expansion', [...BASE, unit('CC     ', 'x.o', 'x.c', '-I$(pwd)')]],
    ['a command with a redirection', [...BASE, unit('CC     ', 'x.o', 'x.c', '', '> log')]],
    ['a piped command', [...BASE, unit('CC     ', 'x.o', 'x.c', '', '| tee log')]],
    ['a command for another object', [...BASE, unit('CC     ', 'x.o', 'x.c').replace('-o x.o', '-o y.o')]],
    ['a command that does not compile', [...BASE, unit('CC     ', 'x.o', 'x.c').replace(' -c -o', ' -E -o')]],
    ['a module without a name', [...BASE, unit('CC [M] ', 'x.o', 'x.c', '-DMODULE')]],
    [
      'a module with a hostile name',
      [...BASE, unit('CC [M] ', 'x.o', 'x.c', `-DMODULE -DKBUILD_MODNAME='"../x"'`)],
    ],
    ['a source outside the tree', [...BASE, unit('CC     ', 'x.o', '../x.c')]],
    ['an archive without members', [...BASE, `set -e;  echo '  AR      y.a'; cp z y.a`]],
    ['a member that nothing makes', [...BASE, archive('init/built-in.a', 'init/', 'main.o', 'lost.o')]],
  ];
  for (const [name, lines] of unreadable) {
    test(`refuses ${name}`, () => assertCode('KBUILD_UNREADABLE', () => read(...lines)));
  }

  test('refuses lines that two jobs have written into each other', () => {
    const line = unit('CC     ', 'x.o', 'x.c', '-O2 -g -Wall');
    const torn = `${line.slice(0, line.indexOf('-O2'))}${unit('CC     ', 'y.o', 'y.c')}`;
    assertCode('KBUILD_UNREADABLE', () => read(...BASE, torn));
  });
});
