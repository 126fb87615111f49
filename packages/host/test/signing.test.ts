// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { HostError, Machine, runCycle, signModule, splitSignature } from '@uptide/host';
import { appendSignature, isSigned } from '../src/signing/trailer.ts';
import { FollowedMachine } from './support/followed-machine.ts';

const folder = mkdtempSync(join(tmpdir(), 'uptide-signing-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const key = join(folder, 'module.key');
const certificate = join(folder, 'module.pem');
execFileSync(
  'openssl',
  [
    ...'req -new -x509 -newkey rsa:2048 -noenc -subj /CN=site -days 1 -keyout'.split(' '),
    key,
    '-out',
    certificate,
  ],
  { stdio: 'pipe' },
);
chmodSync(key, 0o600);
const MODULE = Buffer.from('\x7fELF a module');

function codeOf(error: unknown): string {
  assert.ok(error instanceof HostError);
  return error.code;
}

describe('the signature of a module', () => {
  it('has the layout of sign-file', async () => {
    const signed = Buffer.from(await signModule(new Machine(), MODULE, { key, certificate }));
    assert.ok(signed.subarray(0, MODULE.length).equals(MODULE));
    // struct module_signature: algo, hash, id_type 2 (PKEY_ID_PKCS7), two lengths, padding; then the length.
    const end = signed.length - 28;
    assert.equal(signed.subarray(end - 12, end - 4).toString('hex'), '0000020000000000');
    assert.equal(signed.readUInt32BE(end - 4), end - 12 - MODULE.length);
    assert.equal(signed.subarray(end).toString(), '~Module signature appended~\n');
  });
  it('is one that openssl verifies, and only of that module', async () => {
    const parts = splitSignature(await signModule(new Machine(), MODULE, { key, certificate }));
    assert.ok(parts);
    const [cms, content] = [join(folder, 'cms.der'), join(folder, 'content')];
    writeFileSync(cms, parts.signature);
    const verify = (module: Uint8Array): void => {
      writeFileSync(content, module);
      execFileSync(
        'openssl',
        [
          ...'cms -verify -binary -inform DER -purpose any -out /dev/null -in'.split(' '),
          cms,
          '-content',
          content,
          '-certfile',
          certificate,
          '-CAfile',
          certificate,
        ],
        { stdio: 'pipe' },
      );
    };
    verify(parts.module);
    assert.throws(() => verify(Buffer.from('another module')));
    // No attributes and no certificate, as the kernel wants it.
    const text = execFileSync('openssl', [
      'cms',
      '-cmsout',
      '-print',
      '-inform',
      'DER',
      '-in',
      cms,
    ]).toString();
    assert.match(text, /signedAttrs:\s+<ABSENT>/);
    assert.match(text, /certificates:\s+<ABSENT>/);
  });
  it('is not put behind another one', async () => {
    const signed = appendSignature(MODULE, Buffer.from('x'));
    await assert.rejects(signModule(new Machine(), signed, { key, certificate }), (error) => {
      return codeOf(error) === 'HOST_SIGNING_FAILED';
    });
  });
  it('is refused with a key that others may read, or that is none', async () => {
    const open = join(folder, 'open.key');
    writeFileSync(open, readFileSync(key), { mode: 0o644 });
    const none = join(folder, 'none.key');
    writeFileSync(none, 'none', { mode: 0o600 });
    for (const bad of [open, none, join(folder, 'missing.key')]) {
      await assert.rejects(signModule(new Machine(), MODULE, { key: bad, certificate }), (error) => {
        return codeOf(error) === 'HOST_SIGNING_FAILED';
      });
    }
  });
  const malformed: readonly (readonly [what: string, bytes: Uint8Array])[] = [
    ['no mark', MODULE],
    ['a mark alone', Buffer.from('~Module signature appended~\n')],
    ['a length over the file', withStruct(12, 0xffff_ffff)],
    ['a type that the kernel does not take', withStruct(12, 1, 1)],
    ['a field that must be zero', withStruct(12, 1, 2, 7)],
  ];
  for (const [what, bytes] of malformed) {
    it(`is not found with ${what}`, () => {
      assert.equal(splitSignature(bytes), undefined);
    });
  }
});

function withStruct(body: number, length: number, type = 2, algorithm = 0): Uint8Array {
  const fields = Buffer.alloc(12);
  fields[0] = algorithm;
  fields[2] = type;
  fields.writeUInt32BE(length, 8);
  return Buffer.concat([Buffer.alloc(body), fields, Buffer.from('~Module signature appended~\n')]);
}

describe('a host whose kernel takes signed modules only', () => {
  it('signs what it loads when it has a key, and says what is missing when not', async () => {
    const toml = '[policy]\nmode = "auto"\n';
    const enforcing = { 'sys/module/module/parameters/sig_enforce': 'Y\n' };
    const without = await FollowedMachine.subscribed(1, toml);
    without.host.machine.put(enforcing);
    const { outcome } = await runCycle(without.agent);
    assert.ok(outcome?.findings.some(({ code }) => code === 'HOST_SIGNATURE_REQUIRED'));
    const signing = await FollowedMachine.subscribed(
      1,
      `${toml}[module]\nkey = "${key}"\ncertificate = "${certificate}"\n`,
    );
    const { host } = signing;
    host.machine.put(enforcing);
    let loaded: Buffer | undefined;
    host.moods.beforeInsert = (module) => {
      loaded = readFileSync(join(host.machine.root, `run/uptide/${module}.ko`));
    };
    host.machine.real.add('openssl');
    assert.equal((await runCycle(signing.agent)).outcome?.state, 'live');
    assert.ok(loaded !== undefined && isSigned(loaded));
  });
});
