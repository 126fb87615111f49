// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { decodeUpdate, encodeUpdate } from '@uptide/stream';
import fc from 'fast-check';
import { sampleDescription, sampleUpdate } from './support/sample.ts';

function listing(archive: Uint8Array): string[] {
  const text = execFileSync('tar', ['--numeric-owner', '--full-time', '-tvf', '-'], {
    input: archive,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, TZ: 'UTC', LC_ALL: 'C' },
  });
  return text.trimEnd().split('\n');
}

describe('an update', () => {
  it('reads back as what was packed', () => {
    const { proof, ...rest } = sampleUpdate();
    for (const update of [{ ...rest, proof: proof ?? Buffer.of() }, rest, { ...rest, patches: [] }]) {
      const read = decodeUpdate(encodeUpdate(update));
      assert.deepEqual(JSON.parse(JSON.stringify(read)), JSON.parse(JSON.stringify(plain(update))));
    }
  });

  it('is a tar archive whose metadata say nothing, with update.json first', () => {
    const lines = listing(encodeUpdate(sampleUpdate()));
    assert.equal(lines.length, 5);
    for (const line of lines) assert.match(line, /^-rw-r--r-- 0\/0 +\d+ 1970-01-01 00:00:00 \S+$/);
    assert.deepEqual(
      lines.map((line) => line.split(' ').at(-1)),
      [
        'update.json',
        'patches/0001-first.patch',
        'patches/0002-second.patch',
        'proof.json',
        'uptide_0123456789ab.ko',
      ],
    );
  });

  it('gives GNU tar the bytes that went in', () => {
    const update = sampleUpdate();
    const module = execFileSync('tar', ['-xOf', '-', 'uptide_0123456789ab.ko'], {
      input: encodeUpdate(update),
    });
    assert.deepEqual(new Uint8Array(module), update.module);
  });

  it('says which states and fixes it has', () => {
    const said = {
      states: [{ id: '0xffffffffffffffff', version: 2 ** 32 - 1 }],
      fixes: [{ id: 'a', title: 'mends a', cves: ['CVE-2024-0001'], severity: 'high', date: '2024-02-29' }],
    };
    const packed = encodeUpdate(sampleUpdate({ description: sampleDescription(said) }));
    const { states, fixes } = decodeUpdate(packed).description;
    assert.deepEqual({ states, fixes }, said);
  });

  it('says which findings it has, and why they go unjudged', () => {
    const [finding] = sampleDescription().findings;
    const said = { findings: [{ ...finding, id: '0123456789ab' }], unreviewed: { reason: 'for a test' } };
    const { findings, unreviewed } = decodeUpdate(
      encodeUpdate(sampleUpdate({ description: sampleDescription(said) })),
    ).description;
    assert.deepEqual(JSON.parse(JSON.stringify({ findings, unreviewed })), said);
  });

  it('has the same bytes whatever the order of keys', () => {
    const description = sampleDescription();
    const reversed = Object.fromEntries(Object.entries(description).reverse());
    assert.deepEqual(
      encodeUpdate(sampleUpdate({ description: sampleDescription(reversed) })),
      encodeUpdate(sampleUpdate({ description })),
    );
  });

  it('keeps fields and files of a later version, and packs them to the same bytes', () => {
    const description = sampleDescription({ later: { b: [1], a: null } });
    const others = [{ path: 'later/part.bin', role: 'later', bytes: Buffer.of(1, 2) }];
    const packed = encodeUpdate(sampleUpdate({ description, others }));
    const read = decodeUpdate(packed);
    assert.deepEqual(read.description.later, { b: [1], a: null });
    assert.deepEqual(
      read.others?.map(({ path, role }) => [path, role]),
      [['later/part.bin', 'later']],
    );
    assert.deepEqual(encodeUpdate(read), packed);
  });

  it('keeps a key that names the prototype', () => {
    const description = sampleDescription(JSON.parse('{"later":{"__proto__":{"x":1}}}'));
    const read = decodeUpdate(encodeUpdate(sampleUpdate({ description })));
    assert.equal(JSON.stringify(read.description.later), '{"__proto__":{"x":1}}');
  });

  it('makes plain names of odd ones and keeps the order of patches', () => {
    const patches = ['../../etc/passwd', 'ä b.patch', '', 'x'.repeat(300)].map((name, index) => ({
      name,
      bytes: Buffer.of(index),
    }));
    const read = decodeUpdate(encodeUpdate(sampleUpdate({ patches })));
    assert.deepEqual(
      read.patches.map(({ name, bytes }) => [name, bytes[0]]),
      [
        ['..-..-etc-passwd', 0],
        ['--b.patch', 1],
        ['patch', 2],
        ['x'.repeat(80), 3],
      ],
    );
  });

  it('round-trips any module and patches', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 3000 }),
        fc.array(fc.uint8Array({ maxLength: 1200 }), { maxLength: 12 }),
        fc.string({ maxLength: 200 }),
        (module, contents, title) => {
          const patches = contents.map((bytes, index) => ({ name: `${index}.patch`, bytes }));
          const description = sampleDescription({ title });
          const packed = encodeUpdate({ description, module, patches });
          const read = decodeUpdate(packed);
          assert.equal(read.description.title, title);
          assert.deepEqual(Buffer.from(read.module), Buffer.from(module));
          assert.deepEqual(
            read.patches.map(({ bytes }) => Buffer.from(bytes)),
            contents.map((bytes) => Buffer.from(bytes)),
          );
          assert.deepEqual(encodeUpdate(read), packed);
        },
      ),
      { numRuns: 100 },
    );
  });
});

/** The value with byte arrays of one class, for comparison through JSON. */
function plain(update: ReturnType<typeof sampleUpdate>): unknown {
  const { description, module, patches, proof } = update;
  return {
    description,
    module: new Uint8Array(module),
    patches: patches.map(({ name, bytes }) => ({ name, bytes: new Uint8Array(bytes) })),
    ...(proof === undefined ? {} : { proof: new Uint8Array(proof) }),
  };
}
