// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { EXIT } from '@uptide/base';
import { encodeUpdate, StreamError, updateFiles } from '@uptide/stream';
import { sampleDescription } from '../../stream/test/support/sample.ts';
import { updateIn } from '../src/glue/read-update.ts';
import { describeUpdate, updateToJson } from '../src/glue/show.ts';
import { sourceFiles } from '../src/glue/source.ts';
import { madeUpdate, proofOf } from './support/made-update.ts';
import { uptide } from './support/uptide.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uptide-cli-'));
  await writeFile(join(folder, 'a.uptide'), encodeUpdate(madeUpdate()));
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('uptide show', () => {
  const full = madeUpdate({ description: sampleDescription() });
  it('prints all that matters to a person', () => {
    const text = describeUpdate('a.uptide', { ...full, proof: proofOf(full) });
    for (const part of [
      'keys: hold the reference',
      '6.1.0-50-amd64',
      'CVE-2024-0001',
      'join_session_keyring  320 bytes',
      'keyctl.c:42',
      '1 fentry, 1 relocation',
      'review: INTERNAL: security/keys/process_keys.c:3',
      'signed off by A Maker, 2024-02-29: judged',
      'linux-source-6.1 6.1.176-1',
      'gcc-12 (Debian',
      'proven on 6.1.0-50-amd64',
      'patches/0001-first.patch',
    ]) {
      assert.ok(text.includes(part), part);
    }
  });
  it('prints the position of a function that has namesakes', () => {
    const [object] = sampleDescription().objects;
    const functions = object?.functions.map((one) => ({ ...one, position: 3 })) ?? [];
    const description = sampleDescription({ objects: [{ name: 'vmlinux', functions }] });
    assert.match(describeUpdate('f', { ...full, description }), /join_session_keyring,3/);
  });
  it('names the fixes and the states of a level', () => {
    const description = sampleDescription({
      fixes: [
        { id: 'a', title: 'mends a', cves: [], date: '2024-02-29' },
        { id: 'b', title: 'mends\nb', cves: [] },
      ],
      states: [{ id: '0x7', version: 2 }],
    });
    const text = describeUpdate('f', { ...full, description });
    assert.match(text, /^series +a: mends a \(2024-02-29\)\n +b: mends b\nstates +0x7 in version 2$/m);
  });
  it('obeys no escape sequence of the update', () => {
    const description = sampleDescription({ title: 'x\u001b[2Jy', cves: [] });
    assert.ok(!describeUpdate('f', { ...full, description }).includes('\u001b'));
  });
  it('keeps texts of the update to their line', () => {
    const description = sampleDescription({ title: 'x\nproof     proven', compiler: 'y\nproof z' });
    assert.equal(describeUpdate('f', { ...full, description }).match(/^proof/gm)?.length, 1);
  });
  it('says when there is no proof, or none that can be read', () => {
    assert.match(describeUpdate('f', full), /^proof +none$/m);
    assert.match(describeUpdate('f', { ...full, proof: Buffer.from('x') }), /^proof +cannot be read$/m);
  });
  it('gives programs the description and every file', () => {
    const json = JSON.parse(JSON.stringify(updateToJson('a.uptide', { ...full, proof: proofOf(full) })));
    assert.deepEqual(json.update, JSON.parse(JSON.stringify(full.description)));
    assert.equal(json.schema, 1);
    assert.equal(json.proof.live, 2);
    assert.deepEqual(
      json.files.map(({ path, role }: { path: string; role: string }) => `${role} ${path}`),
      [
        'description update.json',
        'kernel-side kernel-side/update.c',
        'patch patches/0001-first.patch',
        'patch patches/0002-second.patch',
        'proof proof.json',
        'module uptide_0123456789ab.ko',
      ],
    );
  });
  it('is a command', async () => {
    const { status, stdout } = await uptide(['show', 'a.uptide', '--json'], folder);
    assert.equal(status, EXIT.done);
    assert.equal(JSON.parse(stdout).update.module, 'uptide_0123456789ab');
  });
});

describe('uptide source', () => {
  it('writes patches, our own C, the description and how to rebuild', async () => {
    const { status, stderr } = await uptide(['source', 'a.uptide', 'src'], folder);
    assert.equal(status, EXIT.done, stderr);
    const found = (await readdir(join(folder, 'src'), { recursive: true })).sort();
    assert.deepEqual(found, [
      'README',
      'kernel-side',
      'kernel-side/update.c',
      'patches',
      'patches/0001-first.patch',
      'patches/0002-second.patch',
      'update.json',
    ]);
    const patch = await readFile(join(folder, 'src/patches/0001-first.patch'));
    assert.deepEqual(patch, madeUpdate().patches[0]?.bytes);
    const description = updateFiles(madeUpdate())[0];
    assert.equal(description?.path, 'update.json');
    assert.deepEqual(await readFile(join(folder, 'src/update.json')), Buffer.from(description.bytes));
    const readme = await readFile(join(folder, 'src/README'), 'utf8');
    for (const part of ['linux-source-6.1', '6.1.176-1', 'gcc-12', '1.2.3', '0001-first.patch patches/0002-'])
      assert.ok(readme.includes(part), part);
  });
  it('leaves alone what is there, and leaves nothing behind', async () => {
    await mkdir(join(folder, 'full'));
    await writeFile(join(folder, 'full/mine'), 'mine');
    const { status } = await uptide(['source', 'a.uptide', 'full'], folder);
    assert.equal(status, EXIT.machine);
    assert.deepEqual(await readdir(join(folder, 'full')), ['mine']);
    assert.equal((await uptide(['source', 'a.uptide', 'no/such/src'], folder)).status, EXIT.machine);
    assert.equal((await uptide(['source', 'a.uptide', 'a.uptide'], folder)).status, EXIT.machine);
    const hidden = (await readdir(folder)).filter((name) => name.startsWith('.'));
    assert.deepEqual(hidden, []);
  });
  it('fills a folder that is empty', async () => {
    await mkdir(join(folder, 'empty'));
    assert.equal((await uptide(['source', 'a.uptide', 'empty'], folder)).status, EXIT.done);
    assert.ok((await readdir(join(folder, 'empty'))).includes('README'));
  });
  it('keeps texts of the update to their line', () => {
    const description = sampleDescription({ title: 'x\nCompiler: mine' });
    const readme = sourceFiles(madeUpdate({ description })).at(-1);
    assert.equal(readme?.path, 'README');
    assert.doesNotMatch(Buffer.from(readme.bytes).toString(), /^Compiler: mine/m);
  });
});

describe('uptide verify', () => {
  it('is content with an update that is whole', async () => {
    const { status, stdout } = await uptide(['verify', 'a.uptide', '--json'], folder);
    assert.equal(status, EXIT.done);
    assert.equal(JSON.parse(stdout).verdict, 'intact');
  });
  it('sees one byte that was changed', async () => {
    const bytes = Buffer.from(encodeUpdate(madeUpdate()));
    bytes[bytes.length - 1200] = (bytes[bytes.length - 1200] ?? 0) ^ 1;
    await writeFile(join(folder, 'b.uptide'), bytes);
    assert.equal((await uptide(['verify', 'b.uptide'], folder)).status, EXIT.badInput);
  });
  it('rebuilds nothing without the kernel', async () => {
    const args = ['verify', 'a.uptide', '--rebuild', '--store', join(folder, 'store')];
    assert.equal((await uptide(args, folder)).status, EXIT.kernelNotAvailable);
  });
});

describe('the file of an update', () => {
  const bytes = encodeUpdate(madeUpdate());
  const thrown = (given: Uint8Array): StreamError => {
    try {
      updateIn(given, 'b.uptide');
    } catch (error) {
      assert.ok(error instanceof StreamError);
      return error;
    }
    return assert.fail('it was read');
  };
  it('is named when it is cut off', () => {
    const { code, place } = thrown(bytes.subarray(0, bytes.length / 2));
    assert.deepEqual([code, place.file], ['UPDATE_TRUNCATED', 'b.uptide']);
    assert.ok(place.offset !== undefined);
  });
  it('is named with the file inside that is wrong', () => {
    const changed = Uint8Array.from(bytes);
    const at = Buffer.from(changed).indexOf('int x;');
    changed[at] = 'u'.charCodeAt(0);
    const { code, message, place } = thrown(changed);
    assert.deepEqual([code, place.file], ['UPDATE_WRONG_DIGEST', 'b.uptide']);
    assert.match(message, /update\.c/);
  });
  it('is named by each command that reads it', async () => {
    await writeFile(join(folder, 'cut.uptide'), bytes.subarray(0, bytes.length / 2));
    for (const command of [['show'], ['verify'], ['prove'], ['source', 'cut.uptide', 'out']]) {
      const { status, stderr } = await uptide(
        command.length > 1 ? command : [...command, 'cut.uptide'],
        folder,
      );
      assert.equal(status, EXIT.badInput, stderr);
      assert.match(stderr, /UPDATE_TRUNCATED: cut\.uptide /);
    }
  });
});
