// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Code } from '@uptide/base';
import {
  MAX_DEPTH,
  MAX_ENTRIES,
  MAX_KEYS,
  MAX_METADATA_BYTES,
  MAX_ROLE_NAME,
  MAX_SIGNERS,
  MAX_TARGET_BYTES,
  MAX_TARGET_PATH,
} from '../src/trust/limits.ts';
import { parseRoot, parseSnapshot, parseTargets, parseTimestamp } from '../src/trust/parse.ts';
import { withClient } from './support/client.ts';
import { Simulator } from './support/simulator.ts';

type Json = Record<string, unknown>;

const HONEST = new Simulator();
HONEST.addTarget('targets', 'file', 'text');
HONEST.delegate('targets', { name: 'A' });
HONEST.publishTargets('A', 'targets');

const PARSERS = {
  root: parseRoot,
  timestamp: parseTimestamp,
  snapshot: parseSnapshot,
  targets: (bytes: Uint8Array) => parseTargets('targets', bytes),
} as const;
type Kind = keyof typeof PARSERS;

function served(kind: Kind): string {
  const path = { root: '1.root', timestamp: 'timestamp', snapshot: '2.snapshot', targets: '2.targets' }[kind];
  return Buffer.from(HONEST.file(`metadata/${path}.json`)).toString();
}

/** The honest file of a kind, changed by the test; signatures do not matter to its form. */
function changed(kind: Kind, change: (signed: Json, file: Json) => void): Buffer {
  const file = JSON.parse(served(kind));
  change(file.signed, file);
  return Buffer.from(JSON.stringify(file));
}

function refuses(
  what: string,
  kind: Kind,
  change: (signed: Json, file: Json) => void,
  code: Code = 'STREAM_BAD_METADATA',
): void {
  it(`may not have ${what}`, () => assert.throws(() => PARSERS[kind](changed(kind, change)), { code }));
}

function at(parent: Json, ...path: readonly string[]): Json {
  return path.reduce<Json>((value, key) => value[key] as Json, parent);
}

const times = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const record = (count: number, value: unknown): Json =>
  Object.fromEntries(times(count, (index) => [`k${index}`, value]));
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

describe('a metadata file', () => {
  for (const kind of Object.keys(PARSERS) as Kind[]) {
    it(`of the kind ${kind} is read as it was served`, () => {
      assert.equal(PARSERS[kind](Buffer.from(served(kind))).signed.type, kind);
    });
    it(`of the kind ${kind} that was cut off is called that, wherever it was cut`, () => {
      const whole = Buffer.from(served(kind));
      for (let length = 0; length < whole.length - 1; length += 37) {
        assert.throws(
          () => PARSERS[kind](whole.subarray(0, length)),
          (error: Error & { code: Code }) => ['STREAM_TRUNCATED', 'STREAM_BAD_METADATA'].includes(error.code),
        );
      }
      assert.throws(() => PARSERS[kind](whole.subarray(0, 20)), { code: 'STREAM_TRUNCATED' });
      assert.throws(() => PARSERS[kind](Buffer.alloc(0)), { code: 'STREAM_TRUNCATED' });
    });
    it(`of the kind ${kind} is read up to its bound`, () => {
      const limit = MAX_METADATA_BYTES[kind];
      const bytes = Buffer.from(served(kind).padEnd(limit, ' '));
      assert.equal(PARSERS[kind](bytes).signed.type, kind);
      assert.throws(() => PARSERS[kind](Buffer.concat([bytes, Buffer.from(' ')])), {
        code: 'STREAM_TOO_LARGE',
      });
    });
  }
  it('is JSON in UTF-8', () => {
    for (const bytes of [
      Buffer.from('{]}'),
      Buffer.from([0xff, 0x7d]),
      Buffer.from('[]}'),
      Buffer.from('{"a":"\u0000"}'),
    ])
      assert.throws(() => parseRoot(bytes), { code: 'STREAM_BAD_METADATA' });
  });

  refuses('another type', 'root', (signed) => Object.assign(signed, { _type: 'targets' }));
  refuses('no envelope', 'root', (_, file) => Object.assign(file, { signed: 1 }));
  refuses('no list of signatures', 'root', (_, file) => Object.assign(file, { signatures: {} }));
  refuses('a signature that is none', 'root', (_, file) => Object.assign(file, { signatures: [1] }));
  refuses('a later major version of the specification', 'root', (signed) =>
    Object.assign(signed, { spec_version: '2.0.0' }),
  );
  refuses('version 0', 'timestamp', (signed) => Object.assign(signed, { version: 0 }));
  refuses('a version that is a text', 'timestamp', (signed) => Object.assign(signed, { version: '1' }));
  refuses('a version with a fraction', 'timestamp', (signed) => Object.assign(signed, { version: 1.5 }));
  refuses('a number that no double holds', 'targets', (signed) =>
    Object.assign(at(signed, 'targets', 'file'), { custom: { id: 2 ** 53 } }),
  );
  refuses('a number with a fraction', 'targets', (signed) =>
    Object.assign(at(signed, 'targets', 'file'), { custom: { percent: 0.5 } }),
  );
  refuses('half of a surrogate pair', 'targets', (signed) =>
    Object.assign(at(signed, 'targets', 'file'), { custom: { text: '\ud800' } }),
  );
  it('may not have a field that names the prototype', () => {
    const text = served('targets').replace('"targets": {', '"targets": {"__proto__": {},');
    assert.throws(() => parseTargets('targets', Buffer.from(text)), { code: 'STREAM_BAD_METADATA' });
  });
  for (const end of [
    '2030-01-01',
    '2030-01-01T00:00:00',
    '2030-01-01T00:00:00+00:00',
    'tomorrow',
    7,
    '2030-13-01T00:00:00Z',
  ])
    refuses(`the end ${end}`, 'timestamp', (signed) => Object.assign(signed, { expires: end }));
  refuses('nesting over the bound', 'targets', (signed) => Object.assign(signed, { x: nested(MAX_DEPTH) }));
  it('may be nested up to the bound', () => {
    const bytes = changed('targets', (signed) => Object.assign(signed, { x: nested(MAX_DEPTH - 2) }));
    assert.equal(parseTargets('targets', bytes).signed.version, 2);
  });
  refuses(
    'more signatures than the bound',
    'root',
    (_, file) =>
      Object.assign(file, {
        signatures: times(MAX_SIGNERS + 1, (index) => ({ keyid: `${index}`, sig: '' })),
      }),
    'STREAM_TOO_LARGE',
  );
});

describe('a root', () => {
  refuses('no timestamp role', 'root', (signed) => delete at(signed, 'roles').timestamp);
  refuses('a threshold of 0', 'root', (signed) =>
    Object.assign(at(signed, 'roles', 'targets'), { threshold: 0 }),
  );
  refuses('key ids that are no list', 'root', (signed) =>
    Object.assign(at(signed, 'roles', 'targets'), { keyids: 'a' }),
  );
  refuses('no word on consistent snapshots', 'root', (signed) => delete signed.consistent_snapshot);
  refuses('a key without a value', 'root', (signed) =>
    Object.assign(at(signed, 'keys'), { a: { keytype: 'ed25519' } }),
  );
  refuses(
    'more keys than the bound',
    'root',
    (signed) => Object.assign(signed, { keys: record(MAX_KEYS + 1, {}) }),
    'STREAM_TOO_LARGE',
  );
  refuses(
    'more keys of a role than the bound',
    'root',
    (signed) => Object.assign(at(signed, 'roles', 'root'), { keyids: times(MAX_SIGNERS + 1, String) }),
    'STREAM_TOO_LARGE',
  );
});

describe('a timestamp or a snapshot', () => {
  refuses('no snapshot in it', 'timestamp', (signed) => Object.assign(signed, { meta: {} }));
  refuses('a file of version 0', 'snapshot', (signed) =>
    Object.assign(at(signed, 'meta', 'targets.json'), { version: 0 }),
  );
  refuses('a length below 0', 'snapshot', (signed) =>
    Object.assign(at(signed, 'meta', 'targets.json'), { length: -1 }),
  );
  refuses('a digest of an unknown kind', 'snapshot', (signed) =>
    Object.assign(at(signed, 'meta', 'targets.json'), { hashes: { md5: '00' } }),
  );
  refuses('a digest of another length', 'snapshot', (signed) =>
    Object.assign(at(signed, 'meta', 'targets.json'), { hashes: { sha256: '00' } }),
  );
  refuses(
    'more files than the bound',
    'snapshot',
    (signed) => Object.assign(signed, { meta: record(MAX_ENTRIES + 1, { version: 1 }) }),
    'STREAM_TOO_LARGE',
  );
  it('may name as many files as the bound', () => {
    const bytes = changed('snapshot', (signed) =>
      Object.assign(signed, { meta: record(MAX_ENTRIES, { version: 1 }) }),
    );
    assert.equal(parseSnapshot(bytes).signed.version, 2);
  });
});

describe('a list of targets', () => {
  const target = (fields: Json) => (signed: Json) => Object.assign(at(signed, 'targets', 'file'), fields);
  const path = (name: string) => (signed: Json) =>
    Object.assign(at(signed, 'targets'), { [name]: at(signed, 'targets', 'file') });
  refuses('a target without a digest', 'targets', target({ hashes: {} }));
  refuses(
    'a target with a digest of an unknown kind',
    'targets',
    target({ hashes: { sha256: 'ab'.repeat(32), md5: '0' } }),
  );
  refuses('a target without a length', 'targets', target({ length: undefined }));
  refuses(
    'a target that is larger than an update may be',
    'targets',
    target({ length: MAX_TARGET_BYTES + 1 }),
  );
  refuses('a target without a path', 'targets', path(''));
  refuses('a target whose path is too long', 'targets', path('a'.repeat(MAX_TARGET_PATH + 1)));
  refuses('a target outside of its folder', 'targets', path('../a'));
  refuses('a target outside of its folder further on', 'targets', path('a/../../b'));
  refuses(
    'more targets than the bound',
    'targets',
    (signed) => Object.assign(signed, { targets: record(MAX_ENTRIES + 1, {}) }),
    'STREAM_TOO_LARGE',
  );
  it('may have as many targets as the bound', () => {
    const bytes = changed('targets', (signed) =>
      Object.assign(signed, { targets: record(MAX_ENTRIES, at(signed, 'targets', 'file')) }),
    );
    assert.equal(Object.keys(parseTargets('targets', bytes).signed.targets).length, MAX_ENTRIES);
  });
});

describe('a delegation', () => {
  const role = (fields: Json) => (signed: Json) =>
    Object.assign(at(signed, 'delegations', 'roles', '0'), fields);
  for (const name of [
    '10',
    '0',
    '',
    'root',
    'targets',
    'constructor',
    'toString',
    'a'.repeat(MAX_ROLE_NAME + 1),
    'ü'.repeat(50),
    7,
  ])
    refuses(`the name ${String(name).slice(0, 20)}`, 'targets', role({ name }));
  for (const pattern of ['{a,b}', '[ab]', '!(a)', '!a', '#a', '@(a)', 'a|b', 'a\\*', 'a'.repeat(2000), 7])
    refuses(`the pattern ${String(pattern).slice(0, 20)}`, 'targets', role({ paths: [pattern] }));
  refuses('paths and prefixes', 'targets', role({ path_hash_prefixes: ['0'] }));
  refuses('neither paths nor prefixes', 'targets', role({ paths: undefined }));
  refuses('a prefix that is none', 'targets', role({ paths: undefined, path_hash_prefixes: ['x'] }));
  refuses('a threshold of 0', 'targets', role({ threshold: 0 }));
  refuses('no word on its end', 'targets', role({ terminating: undefined }));
  refuses('a name that another one has', 'targets', (signed) => {
    const roles = at(signed, 'delegations').roles as Json[];
    roles.push(...roles);
  });
  refuses('bins beside it', 'targets', (signed) =>
    Object.assign(at(signed, 'delegations'), { succinct_roles: {} }),
  );
  refuses('roles that are no list', 'targets', (signed) =>
    Object.assign(at(signed, 'delegations'), { roles: {} }),
  );
  refuses(
    'more others beside it than the bound',
    'targets',
    (signed) => Object.assign(at(signed, 'delegations'), { roles: times(MAX_ENTRIES + 1, () => ({})) }),
    'STREAM_TOO_LARGE',
  );
  refuses(
    'more paths than the bound',
    'targets',
    role({ paths: times(MAX_ENTRIES + 1, String) }),
    'STREAM_TOO_LARGE',
  );
  for (const bits of [0, 33, 1.5, '4']) {
    refuses(`2^${bits} bins`, 'targets', (signed) =>
      Object.assign(signed, {
        delegations: {
          keys: {},
          succinct_roles: { keyids: [], threshold: 1, bit_length: bits, name_prefix: 'bin' },
        },
      }),
    );
  }
});

describe('a stream with more bins than the bound', () => {
  it('is not listed, and its targets are found', async () => {
    const stream = new Simulator();
    const bins = stream.addBins('targets', 10, 'bin');
    stream.publish('targets', ...bins.slice(0, 4), 'snapshot', 'timestamp');
    assert.ok(bins.length > MAX_ENTRIES);
    await withClient(stream, async (client) => {
      const opened = await client.refresh();
      await assert.rejects(opened.roles(), { code: 'STREAM_TOO_LARGE' });
      await assert.rejects(opened.info('in a bin that the snapshot lacks'), { code: 'STREAM_MIXED' });
    });
  });
});
