// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { EXIT } from '@uptide/base';
import { decodeUpdate, encodeUpdate, type Update } from '@uptide/stream';
import { stockKernel } from '../../../lab/test/support/stock-kernel.ts';
import { uptide } from '../support/uptide.ts';

const EXAMPLE = resolve(import.meta.dirname, '../../../../examples/cmdline-mark.patch');

let folder: string;
let made: Update;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uptide-cli-'));
  const { release } = await stockKernel();
  const naming = ['--title', 'Of another name', '--cve', 'CVE-2024-0001'];
  const args = ['create', EXAMPLE, '--kernel', release, ...naming, '-o', 'a.uptide'];
  const { status, stderr } = await uptide(args, folder);
  assert.equal(status, EXIT.done, stderr);
  made = decodeUpdate(await readFile(join(folder, 'a.uptide')));
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function rebuild(update: Update) {
  const elsewhere = await mkdtemp(join(folder, 'elsewhere-'));
  const deeper = join(elsewhere, 'deeper');
  await mkdir(deeper);
  await writeFile(join(elsewhere, 'renamed'), encodeUpdate(update));
  const { status, stdout, stderr } = await uptide(['verify', '../renamed', '--rebuild', '--json'], deeper);
  return { status, said: JSON.parse(stdout), stderr };
}

describe('uptide verify --rebuild', () => {
  it('gives the same bytes on another path', async () => {
    const { status, said, stderr } = await rebuild(made);
    assert.equal(status, EXIT.done, stderr + JSON.stringify(said));
    assert.equal(said.verdict, 'same');
  });
  it('finds the byte of a module whose digests were made anew', async () => {
    const module = Buffer.from(made.module);
    const at = module.indexOf(' [patched live]');
    assert.notEqual(at, -1);
    module[at + 1] = 0x7b;
    const { status, said } = await rebuild({ ...made, module });
    assert.equal(status, EXIT.noMatch);
    const [found] = said.findings;
    assert.equal(found.code, 'VERIFY_DIFFERS');
    assert.match(found.place.section, /^\.rodata/);
  });
  it('finds a patch that is not the one that was applied', async () => {
    const patches = made.patches.map(({ name, bytes }) => ({
      name,
      bytes: Buffer.from(Buffer.from(bytes).toString().replace('patched live', 'patched dead')),
    }));
    const { status, said } = await rebuild({ ...made, patches });
    assert.equal(status, EXIT.noMatch);
    assert.equal(said.verdict, 'differs');
  });
  it('refuses another baseline before any work', async () => {
    const { source } = made.description;
    const description = { ...made.description, source: { ...source, baseline: 'ab'.repeat(32) } };
    const { status, said } = await rebuild({ ...made, description });
    assert.equal(status, EXIT.kernelNotAvailable);
    assert.equal(said.error.code, 'VERIFY_OTHER_KERNEL');
  });
});
