// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The attacks that TUF names, each tried on a client that trusts something already: it ends in a code of its own,
 * nothing is lost, and the next honest refresh brings what is new.
 */
import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { describe, it } from 'node:test';
import type { Code } from '@uptide/base';
import { StreamError } from '../src/error.ts';
import { folderSource } from '../src/source/folder.ts';
import { httpSource } from '../src/source/http.ts';
import { mirrors } from '../src/source/mirrors.ts';
import { MAX_METADATA_BYTES } from '../src/trust/limits.ts';
import type { Source } from '../src/trust/model.ts';
import { type Client, withClient, withFolder } from './support/client.ts';
import { serveFiles, withServer } from './support/server.ts';
import { DAY, NOW, newSigner, Simulator } from './support/simulator.ts';
import { writeRepository } from './support/sound.ts';

const PATH = 'debian-12/6.1.0-50-amd64/c0ffee00/index.json';
const PATIENCE = { firstByte: 200, window: 200, retry: 1, slowest: 1024 };
const TIMESTAMP = 'metadata/timestamp.json';

/** What an attacker does to a stream that has moved on since the client saw it. */
interface Attack {
  readonly name: string;
  readonly code: Code;
  /** `before` is the stream as the client saw it. */
  readonly forge: (stream: Simulator, before: ReadonlyMap<string, Uint8Array>) => void;
  readonly later?: number;
}

function without(signed: Uint8Array, signatures: number): Buffer {
  const file = JSON.parse(Buffer.from(signed).toString());
  file.signatures = file.signatures.slice(0, signatures);
  return Buffer.from(JSON.stringify(file));
}

/** A bin of the stream, by versions: 2 is what the client saw, 3 is new. */
const BIN = 'metadata/3.bin.json';

const ATTACKS: readonly Attack[] = [
  {
    name: 'rollback: the timestamp of the day before yesterday',
    code: 'STREAM_ROLLBACK',
    forge: ({ files }) => files.set(TIMESTAMP, files.get('old') ?? Buffer.alloc(0)),
  },
  {
    name: 'freeze: the timestamp of yesterday, for ever',
    code: 'STREAM_EXPIRED',
    forge: ({ files }, before) => files.set(TIMESTAMP, before.get(TIMESTAMP) ?? Buffer.alloc(0)),
    later: 31 * DAY,
  },
  {
    name: 'mix and match: a bin of yesterday under the snapshot of today',
    code: 'STREAM_MIXED',
    forge: ({ files }, before) => files.set(BIN, before.get('metadata/2.bin.json') ?? Buffer.alloc(0)),
  },
  {
    name: 'mix and match: a snapshot of yesterday under the timestamp of today',
    code: 'STREAM_MIXED',
    forge: ({ files }) =>
      files.set('metadata/4.snapshot.json', files.get('metadata/3.snapshot.json') ?? Buffer.alloc(0)),
  },
  {
    name: 'wrong key: a bin that a stranger signed',
    code: 'STREAM_WRONG_KEY',
    forge: (stream) => {
      stream.signers.set('bin', [newSigner()]);
      stream.write('bin');
    },
  },
  {
    name: 'wrong key: a root that a stranger signed',
    code: 'STREAM_WRONG_KEY',
    forge: (stream) => {
      stream.rotate('root');
      stream.publish('root');
    },
  },
  {
    name: 'under threshold: a bin with one of two signatures',
    code: 'STREAM_UNDER_THRESHOLD',
    forge: ({ files }) => files.set(BIN, without(files.get(BIN) ?? Buffer.alloc(0), 1)),
  },
  {
    name: 'truncated: half of the timestamp',
    code: 'STREAM_TRUNCATED',
    forge: (stream) => stream.files.set(TIMESTAMP, stream.file(TIMESTAMP).subarray(0, 200)),
  },
  {
    name: 'truncated: half of a bin',
    code: 'STREAM_TRUNCATED',
    forge: (stream) => stream.files.set(BIN, stream.file(BIN).subarray(0, 200)),
  },
  {
    name: 'truncated: half of an update',
    code: 'STREAM_TRUNCATED',
    forge: (stream) => cutTargets(stream, (bytes) => bytes.subarray(0, 2)),
  },
  {
    name: 'endless data: a timestamp without an end',
    code: 'STREAM_ENDLESS_DATA',
    forge: ({ files }) => files.set(TIMESTAMP, Buffer.alloc(MAX_METADATA_BYTES.timestamp + 1, ' ')),
  },
  {
    name: 'endless data: a root without an end',
    code: 'STREAM_ENDLESS_DATA',
    forge: ({ files }) => files.set('metadata/2.root.json', Buffer.alloc(MAX_METADATA_BYTES.root + 1, ' ')),
  },
  {
    name: 'endless data: an update that is longer than signed',
    code: 'STREAM_ENDLESS_DATA',
    forge: (stream) => cutTargets(stream, (bytes) => Buffer.concat([bytes, bytes])),
  },
  {
    name: 'swapped target: an update of the signed length',
    code: 'STREAM_WRONG_HASH',
    forge: (stream) => cutTargets(stream, (bytes) => Buffer.alloc(bytes.length, 'x')),
  },
  {
    name: 'a target that is missing',
    code: 'STREAM_NOT_FOUND',
    forge: ({ files }) => {
      for (const path of files.keys()) if (path.startsWith('targets/')) files.delete(path);
    },
  },
  {
    name: 'no metadata at all',
    code: 'STREAM_BAD_METADATA',
    forge: ({ files }) => files.set(TIMESTAMP, Buffer.from('<html>please log in</html>}')),
  },
];

function cutTargets({ files }: Simulator, change: (bytes: Uint8Array) => Uint8Array): void {
  for (const [path, bytes] of files) if (path.startsWith('targets/')) files.set(path, change(bytes));
}

/** A stream that the client has seen, and that has moved on since then. */
function movedStream(): { stream: Simulator; before: ReadonlyMap<string, Uint8Array>; move: () => void } {
  const stream = new Simulator();
  stream.delegate('targets', {
    name: 'bin',
    paths: ['debian-12/*/*/*'],
    threshold: 2,
    signers: [newSigner(), newSigner(), newSigner()],
  });
  stream.addTarget('bin', PATH, 'old level');
  stream.publishTargets('bin', 'targets');
  stream.files.set('old', stream.file(TIMESTAMP));
  stream.publishTargets('bin');
  const before = new Map<string, Uint8Array>();
  return {
    stream,
    before,
    move: () => {
      for (const [path, bytes] of stream.files) before.set(path, bytes);
      stream.addTarget('bin', PATH, 'new level');
      stream.publishTargets('bin');
    },
  };
}

/** Takes the limits of a source seriously, as all real ones do. */
function bounded(stream: Simulator, name = 'simulator'): Source {
  const { read } = stream.source(name);
  return {
    name,
    read: async (path, limit) => {
      const bytes = await read(path, limit);
      if (bytes !== undefined && bytes.length > limit) throw new StreamError('STREAM_ENDLESS_DATA', name);
      return bytes;
    },
  };
}

async function attempt(client: Client): Promise<void> {
  const opened = await client.refresh();
  await opened.download(PATH);
}

describe('an attack', () => {
  for (const { name, code, forge, later = 0 } of ATTACKS) {
    it(`by ${name} is refused, and an honest source brings what is new`, async () => {
      const { stream, before, move } = movedStream();
      await withClient(stream, async (client) => {
        assert.equal(await client.download(PATH), 'old level');
        const versions = await client.versions('root', 'timestamp', 'snapshot', 'targets', 'bin');
        move();
        const honest = new Map(stream.files);
        const signers = new Map(stream.signers);
        client.source = bounded(stream);
        forge(stream, before);
        client.time = NOW + later;
        await assert.rejects(attempt(client), { code });
        const after = await client.versions('root', 'timestamp', 'snapshot', 'targets', 'bin');
        assert.ok(after.every((version, at) => (version ?? 0) >= (versions[at] ?? 0)));
        stream.files.clear();
        for (const [path, bytes] of honest) stream.files.set(path, bytes);
        for (const [role, keys] of signers) stream.signers.set(role, keys);
        if (later > 0) prolong(stream, NOW + later + DAY);
        assert.equal(await client.download(PATH), 'new level');
      });
    });
    it(`by ${name} is outdone by an honest mirror, and the one that lies is named`, async () => {
      const { stream, before, move } = movedStream();
      await withClient(stream, async (client) => {
        await client.download(PATH);
        move();
        if (later > 0) prolong(stream, NOW + later + DAY);
        const honest = new Simulator();
        honest.files.clear();
        for (const [path, bytes] of stream.files) honest.files.set(path, bytes);
        forge(stream, before);
        client.time = NOW + later;
        client.source = mirrors([bounded(stream, 'liar'), bounded(honest, 'honest')]);
        const opened = await client.refresh();
        assert.equal(Buffer.from(await opened.download(PATH)).toString(), 'new level');
        if (code === 'STREAM_NOT_FOUND') return;
        assert.deepEqual(
          opened.faults().map(({ source, error }) => [source, error.code]),
          [['liar', code]],
        );
      });
    });
  }
});

function prolong(stream: Simulator, time: number): void {
  const expires = new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
  for (const [role, state] of stream.roles) if (role !== 'root') state.expires = expires;
  stream.state('root').expires = expires;
  stream.publish('root', 'bin', 'targets', 'snapshot', 'timestamp');
}

describe('mirrors', () => {
  const unreachable: Source = httpSource('http://127.0.0.1:1/', { proxy: 'none', patience: PATIENCE });

  it('are asked in their order, and one that cannot be reached is asked last from then on', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      client.source = mirrors([unreachable, stream.source()]);
      const opened = await client.refresh();
      assert.deepEqual(
        opened.faults().map(({ source, path, error }) => [source, path, error.code]),
        [['http://127.0.0.1:1/', 'metadata/2.root.json', 'STREAM_UNREACHABLE']],
      );
    });
  });
  it('fail with the code of the last one when none can be reached', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      client.source = mirrors([unreachable, unreachable]);
      await client.refused('STREAM_UNREACHABLE');
    });
  });
  it('that all lie end in the code of the lie', async () => {
    const [one, other] = [new Simulator(), new Simulator()];
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      client.source = mirrors([one.source('one'), other.source('other')]);
      const opened = await client.open();
      await assert.rejects(opened.refresh(), { code: 'STREAM_WRONG_KEY' });
      assert.deepEqual(
        opened.faults().map(({ source }) => source),
        ['one', 'other'],
      );
    });
  });
  it('cannot hide a new root as long as one of them has it', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      const frozen = new Simulator();
      frozen.files.clear();
      for (const [path, bytes] of stream.files) frozen.files.set(path, bytes);
      stream.publish('root');
      client.source = mirrors([frozen.source(), stream.source()]);
      await client.refresh();
      assert.equal(await client.version('root'), 2);
    });
  });
  it('with a root that only one of them has, and that does not verify, are as good as without it', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      const liar = new Simulator();
      liar.publish('root');
      client.source = mirrors([liar.source('liar'), stream.source()]);
      const opened = await client.refresh();
      assert.equal(await client.version('root'), 1);
      assert.equal(opened.faults()[0]?.source, 'liar');
    });
  });
  it('may each lack something', async () => {
    const stream = new Simulator();
    stream.addTarget('targets', 'file', 'text');
    stream.publishTargets('targets');
    await withClient(stream, async (client) => {
      const parts = [new Map<string, Uint8Array>(), new Map<string, Uint8Array>()];
      for (const [at, [path, bytes]] of [...stream.files].entries()) parts[at % 2]?.set(path, bytes);
      client.source = mirrors(
        parts.map((files) => ({ name: 'part', read: async (path) => files.get(path) })),
      );
      assert.equal(await client.download('file'), 'text');
    });
  });
});

describe('a real source', () => {
  it('that is slow ends the refresh, and another mirror is asked', async () => {
    const stream = new Simulator();
    const silent: RequestListener = () => undefined;
    await withServer(silent, ({ address }) =>
      withClient(stream, async (client) => {
        const slow = httpSource(address, { proxy: 'none', patience: PATIENCE });
        client.source = slow;
        await client.refused('STREAM_TOO_SLOW');
        client.source = mirrors([slow, stream.source()]);
        const opened = await client.refresh();
        assert.equal(opened.faults()[0]?.error.code, 'STREAM_TOO_SLOW');
      }),
    );
  });
  it('may be a web server or a folder with the same files', async () => {
    const stream = new Simulator();
    stream.delegate('targets', { name: 'debian-12', paths: ['*/*'] });
    stream.addTarget('debian-12', 'a b/ü.txt', 'text');
    stream.publishTargets('debian-12', 'targets');
    const decoded = new Map([...stream.files].map(([path, bytes]) => [decodeURIComponent(path), bytes]));
    await withFolder(async (folder) => {
      await writeRepository(Object.assign(new Simulator(), { files: decoded }), folder);
      await withServer(serveFiles(stream.files), async ({ address }) => {
        for (const source of [folderSource(folder), httpSource(address, { proxy: 'none' })]) {
          await withClient(stream, async (client) => {
            client.source = source;
            assert.equal(await client.download('a b/ü.txt'), 'text');
          });
        }
      });
    });
  });
});
