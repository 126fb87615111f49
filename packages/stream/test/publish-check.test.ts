// SPDX-License-Identifier: GPL-2.0-or-later
/** What is staged is judged again before it is published: whoever staged it may have been somebody else. */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  fakeLevel,
  PUBLISHED_AT,
  type PublishedStream,
  publishedStream,
  SERIES,
} from './support/published.ts';

const BIN = `${SERIES}-b0001`;

interface NextRole {
  role: string;
  envelope: {
    signatures: object[];
    signed: {
      version: number;
      expires: string;
      targets: Record<string, { length: number; hashes: { sha256: string } }>;
      delegations?: { keys: Record<string, object>; roles: { threshold: number; paths: string[] }[] };
    };
  };
}

/** Publishes a level whose stage somebody changed before it was signed. */
async function publishChanged(
  change: (roles: (role: string) => NextRole['envelope']['signed'], stream: PublishedStream) => unknown,
  sign = true,
): Promise<readonly string[]> {
  const stream = await publishedStream({ levels: 1 });
  try {
    await stream.add([fakeLevel(2)]);
    const path = join(stream.folder, 'staged/next.json');
    const next: { targets: NextRole[] } = JSON.parse(await readFile(path, 'utf8'));
    await change((name) => {
      const found = next.targets.find(({ role }) => role === name);
      assert.ok(found !== undefined, name);
      return found.envelope.signed;
    }, stream);
    await writeFile(path, JSON.stringify(next));
    const before = await readdir(join(stream.served, 'metadata'));
    const { findings } = await stream.publish(PUBLISHED_AT, undefined, sign);
    if (findings.length > 0) assert.deepEqual(await readdir(join(stream.served, 'metadata')), before);
    return findings.map(({ code }) => code);
  } finally {
    await stream.remove();
  }
}

/** The first staged target with this ending. */
function pathIn({ targets }: NextRole['envelope']['signed'], ending: string): string {
  const path = Object.keys(targets).find((name) => name.endsWith(ending));
  assert.ok(path !== undefined);
  return path;
}

async function stagedFile({ folder }: PublishedStream, ending: string): Promise<string> {
  const names = await readdir(join(folder, 'staged'), { recursive: true });
  const name = names.find((one) => one.endsWith(ending));
  assert.ok(name !== undefined);
  return join(folder, 'staged', name);
}

test('an unchanged stage is published', async () => {
  assert.deepEqual(await publishChanged(() => {}), []);
});

test('an unsigned stage is not', async () => {
  assert.deepEqual(await publishChanged(() => {}, false), ['STREAM_UNSIGNED', 'STREAM_UNSIGNED']);
});

test('a target is dropped', async () => {
  assert.deepEqual(
    await publishChanged((roles) => delete roles(BIN).targets[pathIn(roles(BIN), 'level-1.uptide')]),
    ['STREAM_DROPS'],
  );
});

test('a version goes back, stays or jumps', async () => {
  for (const version of [1, 3]) {
    const codes = await publishChanged((roles) => {
      roles(BIN).version = version;
    });
    assert.deepEqual(codes, ['STREAM_GOES_BACK']);
  }
});

test('it has ended, or ends too late', async () => {
  for (const expires of ['2026-11-01T12:00:00Z', '2028-01-01T00:00:00Z']) {
    const codes = await publishChanged((roles) => {
      roles('rollout').expires = expires;
    });
    assert.deepEqual(codes, ['STREAM_ROLE_EXPIRED']);
  }
});

test('a new target is gone, or is another', async () => {
  const codes = await publishChanged(async (_roles, stream) => {
    const path = await stagedFile(stream, 'level-2.uptide');
    const bytes = await readFile(path);
    bytes[700] = (bytes[700] ?? 0) ^ 1;
    await writeFile(path, bytes);
  });
  assert.deepEqual(codes, ['STREAM_TARGET_WRONG']);
  const shorter = await publishChanged(async (_roles, stream) => {
    await writeFile(await stagedFile(stream, 'level-2.uptide'), '');
  });
  assert.deepEqual(shorter, ['STREAM_TARGET_WRONG']);
  const missing = await publishChanged((roles) => {
    const { targets } = roles(BIN);
    const path = pathIn(roles(BIN), 'level-2.uptide');
    targets[path] = { length: 5, hashes: { sha256: 'ab'.repeat(32) } };
  });
  assert.deepEqual(missing, ['STREAM_TARGET_WRONG']);
});

test('a published level has another file', async () => {
  const codes = await publishChanged((roles) => {
    const { targets } = roles(BIN);
    const second = targets[pathIn(roles(BIN), 'level-2.uptide')];
    assert.ok(second !== undefined);
    targets[pathIn(roles(BIN), 'level-1.uptide')] = second;
  });
  // Nor is the file there under its digest.
  assert.deepEqual(codes, ['STREAM_LEVEL_REPLACED', 'STREAM_TARGET_WRONG']);
});

test('a stage that is damaged is not read', async () => {
  await assert.rejects(
    publishChanged((roles) => {
      roles(BIN).version = 1.5;
    }),
    { code: 'STREAM_BAD_FILE' },
  );
});

test('no name leads out of the repository', async () => {
  const out = ['../x', 'constructor', 'targets/../../x', '/x', 'a//b', 'a/.b', 'a/./b', 'a\\b', ''];
  for (const path of out) {
    await assert.rejects(
      publishChanged((roles) => {
        roles(BIN).targets[path] = { length: 1, hashes: { sha256: 'ab'.repeat(32) } };
      }),
      { code: 'STREAM_BAD_FILE' },
      path,
    );
  }
  const stream = await publishedStream({ levels: 1 });
  const journal = join(stream.folder, 'staged/publishing.json');
  try {
    await stream.add([fakeLevel(2)]);
    for (const bad of [
      { targets: ['targets/../../../x'], metadata: [] },
      { targets: ['staged/next.json'], metadata: [] },
      { targets: [], metadata: [{ path: 'metadata/../../x.json', text: '{}' }] },
      { targets: [], metadata: [{ path: 'stream.json', text: '{}' }] },
      { targets: [], metadata: [], next: { schema: 1, targets: [{ role: '../x', envelope: {} }] } },
    ]) {
      await writeFile(journal, JSON.stringify({ schema: 1, ...bad }));
      await assert.rejects(stream.publish(), { code: 'STREAM_BAD_FILE' }, JSON.stringify(bad));
    }
  } finally {
    await stream.remove();
  }
});
