// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ForgeCode } from '@uptide/base';
import { hostPrograms, judge, rulePath } from '../src/patch/policy.ts';
import { gitDiff, HUNK, parse } from './support/patches.ts';

const CONTEXT = { architectures: new Set(['x86']) };

const RULED: Readonly<Record<'source' | 'ignored' | 'notBuilt', readonly string[]>> = {
  source: [
    'fs/exec.c',
    'drivers/net/ethernet/intel/e1000e/netdev.c',
    'arch/x86/kvm/vmx/vmx.c',
    'arch/x86/entry/vdso/vma.c',
    'arch/x86/entry/vdso/extable.c',
    'arch/x86/realmode/init.c',
    'certs/blacklist.c',
    'kernel/kheaders.c',
    'samples/livepatch/livepatch-sample.c',
    'drivers/firmware/efi/efi.c',
    'include/linux/fs.h',
    'fs/internal.h',
    'arch/x86/include/asm/page.h',
  ],
  ignored: [
    'Documentation/admin-guide/kernel-parameters.txt',
    'Documentation/trace/postprocess/decode_msr.py',
    'MAINTAINERS',
    'CREDITS',
    'LICENSES/preferred/GPL-2.0',
    'drivers/staging/greybus/README.md',
    'fs/ext4/.gitignore',
    'tools/testing/selftests/net/fib_tests.sh',
    'tools/testing/selftests/net/tls.c',
  ],
  notBuilt: ['arch/arm64/kvm/arm.c', 'arch/powerpc/include/asm/page.h', 'arch/s390/kernel/entry.S'],
};

const REFUSED: readonly (readonly [ForgeCode, readonly string[]])[] = [
  [
    'PATCH_RUNS_ON_MAKER',
    [
      'Makefile',
      'fs/ext4/Makefile',
      'arch/arm64/Makefile',
      'arch/x86/Makefile_32.cpu',
      'Kbuild',
      'scripts/Kbuild.include',
      'Kconfig',
      'lib/Kconfig.debug',
      'drivers/net/Kconfig',
      'Documentation/Kconfig',
      'arch/x86/configs/x86_64_defconfig',
      'kernel/configs/tiny.config',
      'scripts/mod/modpost.c',
      'scripts/checkpatch.pl',
      'tools/objtool/check.c',
      'tools/include/linux/types.h',
      'kernel/gen_kheaders.sh',
      'arch/x86/tools/gen-insn-attr-x86.awk',
      'crypto/something.pl',
      'kernel/time/timeconst.bc',
      'kernel/bounds.c',
      'arch/x86/kernel/asm-offsets.c',
      'arch/x86/kernel/asm-offsets_64.c',
      'arch/x86/entry/syscalls/syscall_64.tbl',
      'arch/x86/lib/x86-opcode-map.txt',
      'crypto/rsaprivkey.asn1',
      'drivers/tty/vt/cp437.uni',
      'arch/x86/kernel/vmlinux.lds.S',
      'include/asm-generic/vmlinux.lds.h',
      'drivers/scsi/aic7xxx/aicasm/aicasm_gram.y',
    ],
  ],
  ['PATCH_ASSEMBLY', ['arch/x86/entry/entry_64.S', 'arch/x86/crypto/aesni-intel_asm.S', 'lib/x.s']],
  [
    'PATCH_OTHER_IMAGE',
    [
      'arch/x86/entry/vdso/vclock_gettime.c',
      'arch/x86/entry/vdso/vsgx.S',
      'lib/vdso/gettimeofday.c',
      'arch/x86/realmode/rm/wakemain.c',
      'arch/x86/purgatory/purgatory.c',
      'arch/x86/boot/compressed/kaslr.c',
      'drivers/firmware/efi/libstub/efi-stub.c',
    ],
  ],
  [
    'PATCH_NO_RULE',
    [
      'rust/kernel/lib.rs',
      'drivers/net/x.fw',
      'fs/notes.txt',
      'usr/default_cpio_list',
      'fs/exec.c.orig',
      'fs/exec',
    ],
  ],
];

describe('the policy', () => {
  for (const [kind, paths] of Object.entries(RULED)) {
    it(`calls ${kind} what is so`, () => {
      for (const path of paths) assert.equal(rulePath(path, CONTEXT).kind, kind, path);
    });
  }
  for (const [code, paths] of REFUSED) {
    it(`refuses with ${code}`, () => {
      for (const path of paths) {
        const ruling = rulePath(path, CONTEXT);
        assert.equal(ruling.kind === 'refused' ? ruling.code : ruling.kind, code, path);
      }
    });
  }
});

describe('the judgement of patches', () => {
  const codes = (...texts: readonly string[]): string[] =>
    judge(
      texts.flatMap((text) => parse(text).patches),
      CONTEXT,
    ).findings.map(({ code, verdict }) => `${verdict} ${code}`);

  it('collects all refusals, with the place in the patch file', () => {
    const result = judge(
      parse(gitDiff('Makefile') + gitDiff('fs/exec.c') + gitDiff('lib/a.S')).patches,
      CONTEXT,
    );
    assert.deepEqual(
      result.findings.map(({ code, verdict, place }) => [code, verdict, place.line]),
      [
        ['PATCH_RUNS_ON_MAKER', 'refuse', 1],
        ['PATCH_ASSEMBLY', 'refuse', 19],
      ],
    );
    assert.deepEqual(result.sources, ['fs/exec.c']);
  });
  it('names what is passed over', () => {
    const result = judge(parse(gitDiff('MAINTAINERS') + gitDiff('fs/exec.c')).patches, CONTEXT);
    assert.deepEqual(result.ignored, ['MAINTAINERS']);
    assert.deepEqual(codes(gitDiff('MAINTAINERS')), ['ok PATCH_NO_CODE']);
  });
  it('names code of other architectures', () => {
    assert.deepEqual(codes(gitDiff('arch/arm64/kvm/arm.c')), ['ok PATCH_NOT_BUILT']);
  });
  it('passes over a change of permissions of a source, and refuses one of a script', () => {
    const mode = (path: string): string =>
      `diff --git a/${path} b/${path}\nold mode 100644\nnew mode 100755\n`;
    assert.deepEqual(codes(mode('fs/exec.c')), ['ok PATCH_NO_CODE']);
    assert.deepEqual(codes(mode('scripts/x.sh')), ['refuse PATCH_RUNS_ON_MAKER']);
  });
  it('judges both names of a rename', () => {
    const rename =
      'diff --git a/scripts/a.c b/fs/a.c\nsimilarity index 100%\nrename from scripts/a.c\nrename to fs/a.c\n';
    assert.deepEqual(codes(rename), ['refuse PATCH_RUNS_ON_MAKER']);
  });
  it('refuses symbolic links, submodules and binary files', () => {
    const link = `diff --git a/fs/l.c b/fs/l.c\nnew file mode 120000\n--- /dev/null\n+++ b/fs/l.c\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n`;
    assert.deepEqual(codes(link), ['refuse PATCH_SYMLINK']);
    assert.deepEqual(codes(gitDiff().replace('100644', '120000')), ['refuse PATCH_SYMLINK']);
    assert.deepEqual(codes(gitDiff().replace('100644', '160000')), ['refuse PATCH_SUBMODULE']);
    assert.deepEqual(
      codes(gitDiff().replace(/---[\s\S]*/, 'Binary files a/fs/exec.c and b/fs/exec.c differ\n')),
      ['refuse PATCH_BINARY'],
    );
  });
  it('treats a plain diff as a git diff', () => {
    assert.deepEqual(codes(`--- a/Makefile\n+++ b/Makefile\n${HUNK}`), ['refuse PATCH_RUNS_ON_MAKER']);
  });
});

describe('the host programs of a Makefile', () => {
  it('are the words of its hostprogs and userprogs lines', () => {
    const makefile = `# hostprogs := no
obj-y += kernel.o
hostprogs := mktables \\
	other	# and no more
hostprogs-always-$(CONFIG_X) += always
userprogs += user
always-y := something
`;
    assert.deepEqual([...hostPrograms(makefile)].sort(), ['always', 'mktables', 'other', 'user']);
  });
  it('take their parts along', () => {
    const makefile = 'hostprogs += conf\nconf-objs := conf.o util.o\nmodule-objs := a.o\n';
    assert.deepEqual([...hostPrograms(makefile)].sort(), ['conf', 'util']);
  });
});
