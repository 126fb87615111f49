// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { EXIT } from '@uptide/base';
import { decodeUpdate } from '@uptide/stream';
import { stockKernel } from '../../../lab/test/support/stock-kernel.ts';
import { uptide } from '../support/uptide.ts';

const EXAMPLE = resolve(import.meta.dirname, '../../../../examples/cmdline-mark.patch');
const FILE = 'fs/proc/cmdline.c';
const LINE = '\tseq_puts(m, saved_command_line);';

/** A patch that replaces the line of the example's function by others. */
function patch(...lines: string[]): string {
  const added = lines.map((line) => `+${line}\n`).join('');
  return `--- a/${FILE}\n+++ b/${FILE}\n@@ -9,2 +9,${lines.length + 1} @@\n-${LINE}\n${added} \tseq_putc(m, '\\n');\n`;
}

let folder: string;
let release: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uptide-cli-'));
  release = (await stockKernel()).release;
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Runs `create` on a patch with that text. */
async function create(name: string, text: string, ...more: string[]) {
  await writeFile(join(folder, name), text);
  return await uptide(
    ['create', name, '--kernel', release, '--unreviewed', 'a test', '--json', ...more],
    folder,
  );
}

describe('uptide create', () => {
  it('makes an update that the kernel takes and gives back', async () => {
    const made = await uptide(
      ['create', EXAMPLE, '--kernel', release, '--cve', 'CVE-2024-0001', '-o', 'a.uptide', '--json'],
      folder,
    );
    assert.equal(made.status, EXIT.done, made.stderr);
    const { verdict, update } = JSON.parse(made.stdout);
    assert.equal(verdict, 'made');
    assert.deepEqual(update.cves, ['CVE-2024-0001']);
    assert.deepEqual(
      update.objects.map(({ name }: { name: string }) => name),
      ['vmlinux'],
    );
    assert.equal(update.objects[0].functions[0].name, 'cmdline_proc_show');

    const mark = "grep -qF '[patched live]' /proc/cmdline";
    const proven = await uptide(
      ['prove', 'a.uptide', '--before', `! ${mark}`, '--after', mark, '--attach', '--json'],
      folder,
    );
    assert.equal(proven.status, EXIT.done, proven.stdout);
    assert.equal(JSON.parse(proven.stdout).verdict, 'proven');
    const { proof } = decodeUpdate(await readFile(join(folder, 'a.uptide')));
    assert.equal(JSON.parse(Buffer.from(proof ?? []).toString()).verdict, 'proven');

    const verified = await uptide(['verify', 'a.uptide'], folder);
    assert.equal(verified.status, EXIT.done, verified.stdout);
  });

  it('makes the same bytes again, from wherever it is run', async () => {
    for (const name of ['b.uptide', 'c.uptide']) {
      const { status, stderr } = await uptide(['create', EXAMPLE, '--kernel', release, '-o', name], folder);
      assert.equal(status, EXIT.done, stderr);
    }
    assert.deepEqual(await readFile(join(folder, 'b.uptide')), await readFile(join(folder, 'c.uptide')));
  });

  const endings: [string, string, number][] = [
    [
      'a hunk that is not there',
      patch(LINE).replace(`-${LINE}`, '-\tno_such_line();'),
      EXIT.patchDoesNotApply,
    ],
    ['code that does not compile', patch(LINE, '\tno_such_thing = 1;'), EXIT.doesNotCompile],
    ['a comment', patch(`${LINE} /* said */`), EXIT.noFunctionalChange],
    ['a Makefile', patch(LINE, '').replaceAll(FILE, 'fs/proc/Makefile'), EXIT.refused],
    ['nothing', '', EXIT.badInput],
  ];
  for (const [what, text, status] of endings) {
    it(`ends with status ${status} for ${what}, and writes no update`, async () => {
      const ended = await create('wrong.patch', text, '-o', 'wrong.uptide');
      assert.equal(ended.status, status, ended.stderr + ended.stdout);
      assert.equal(JSON.parse(ended.stdout).schema, 1);
      assert.ok(!(await readdir(folder)).includes('wrong.uptide'));
    });
  }

  it('knows no kernel that is not in the store', async () => {
    const { status } = await uptide(['create', EXAMPLE, '--kernel', '6.1.0-1-amd64'], folder);
    assert.equal(status, EXIT.kernelNotAvailable);
  });
  it('says before the work that the result cannot be written', async () => {
    const output = join(folder, 'no', 'such', 'folder.uptide');
    const { status, stderr } = await uptide(['create', EXAMPLE, '--kernel', release, '-o', output], folder);
    assert.equal(status, EXIT.machine);
    assert.match(stderr, /^uptide: FILE_UNWRITABLE: /);
  });
  it('leaves nothing when it is interrupted', async () => {
    const text = patch(LINE, `\tseq_puts(m, "interrupted ${process.pid}");`);
    await writeFile(join(folder, 'slow.patch'), text);
    const { status } = await uptide(
      ['create', 'slow.patch', '--kernel', release, '-o', 'slow.uptide'],
      folder,
      (child, stderr) => {
        if (stderr.includes('affected:')) child.kill('SIGINT');
      },
    );
    assert.equal(status, EXIT.interrupted);
    assert.ok(!(await readdir(folder)).includes('slow.uptide'));
  });
});

describe('uptide prove', () => {
  it('ends with the status of a failed proof when a probe fails', async () => {
    const made = await uptide(['create', EXAMPLE, '--kernel', release, '-o', 'p.uptide'], folder);
    assert.equal(made.status, EXIT.done, made.stderr);
    const { status, stdout } = await uptide(['prove', 'p.uptide', '--after', 'false', '--json'], folder);
    assert.equal(status, EXIT.proofFailed);
    assert.equal(JSON.parse(stdout).verdict, 'failed');
  });
  it('reads no update that was changed', async () => {
    const bytes = await readFile(join(folder, 'p.uptide'));
    bytes[bytes.length - 2000] = (bytes[bytes.length - 2000] ?? 0) ^ 1;
    await writeFile(join(folder, 'q.uptide'), bytes);
    assert.equal((await uptide(['prove', 'q.uptide'], folder)).status, EXIT.badInput);
  });
});
