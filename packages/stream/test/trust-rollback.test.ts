// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withClient } from './support/client.ts';
import { Simulator } from './support/simulator.ts';

const FAR = 99_999;

/** Serves the timestamp of a version that was published before. */
function serveOldTimestamp(stream: Simulator, publish: () => void): void {
  const before = stream.file('metadata/timestamp.json');
  publish();
  stream.files.set('metadata/timestamp.json', before);
}

for (const measured of [false, true]) {
  const how = measured ? ', with lengths and digests' : '';
  const simulator = (): Simulator => {
    const stream = new Simulator();
    stream.measured = measured;
    stream.publishTargets('targets');
    return stream;
  };

  describe(`a rollback${how}`, () => {
    it('of the timestamp is refused', async () => {
      const stream = simulator();
      const old = stream.file('metadata/timestamp.json');
      stream.publish('timestamp');
      await withClient(stream, async (client) => {
        await client.refresh();
        stream.files.set('metadata/timestamp.json', old);
        await client.refused('STREAM_ROLLBACK');
        assert.equal(await client.version('timestamp'), 3);
        assert.equal(stream.requests.at(-1), 'metadata/timestamp.json');
      });
    });
    it('of the snapshot that a new timestamp names is refused', async () => {
      const stream = simulator();
      await withClient(stream, async (client) => {
        await client.refresh();
        stream.state('snapshot').version = 1;
        stream.write('snapshot');
        stream.publish('timestamp');
        await client.refused('STREAM_ROLLBACK');
        assert.deepEqual(await client.versions('timestamp', 'snapshot'), [2, 2]);
        assert.equal(stream.requests.at(-1), 'metadata/timestamp.json');
      });
    });
    it('of targets is refused', async () => {
      const stream = simulator();
      await withClient(stream, async (client) => {
        await client.refresh();
        stream.state('targets').version = 1;
        stream.write('targets');
        stream.publish('snapshot', 'timestamp');
        await client.refused('STREAM_ROLLBACK');
        assert.deepEqual(await client.versions('snapshot', 'targets'), [2, 2]);
      });
    });
    it('by a role that is listed no more is refused', async () => {
      const stream = simulator();
      stream.delegate('targets', { name: 'debian-12' });
      stream.publishTargets('debian-12', 'targets');
      await withClient(stream, async (client) => {
        await client.refresh();
        delete (stream.state('snapshot').meta as Record<string, unknown>)['debian-12.json'];
        stream.publish('snapshot', 'timestamp');
        await client.refused('STREAM_ROLLBACK');
        assert.equal(await client.version('snapshot'), 3);
      });
    });
    it('of a delegated role is refused', async () => {
      const stream = simulator();
      stream.delegate('targets', { name: 'debian-12' });
      stream.publishTargets('debian-12', 'targets');
      stream.publishTargets('debian-12');
      await withClient(stream, async (client) => {
        await client.refresh();
        stream.state('debian-12').version = 1;
        stream.write('debian-12');
        stream.publish('snapshot', 'timestamp');
        await client.refused('STREAM_ROLLBACK');
      });
    });
  });
}

describe('a snapshot of another version than the timestamp names', () => {
  it('is refused when it is newer', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      serveOldTimestamp(stream, () => stream.publish('snapshot', 'timestamp'));
      stream.files.set('metadata/1.snapshot.json', stream.file('metadata/2.snapshot.json'));
      await client.refused('STREAM_MIXED');
      assert.deepEqual(await client.versions('root', 'timestamp', 'snapshot'), [1, 1, undefined]);
    });
  });
  it('is refused when it is older', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      stream.publish('snapshot', 'timestamp');
      stream.files.set('metadata/2.snapshot.json', stream.file('metadata/1.snapshot.json'));
      await client.refused('STREAM_MIXED');
    });
  });
  it('is not asked for when the trusted one is the named one', async () => {
    const stream = new Simulator();
    stream.publish('snapshot', 'timestamp');
    await withClient(stream, async (client) => {
      await client.refresh();
      stream.files.set('metadata/2.snapshot.json', stream.file('metadata/1.snapshot.json'));
      await client.refresh();
      assert.equal(stream.requests.at(-1), 'metadata/timestamp.json');
    });
  });
});

describe('targets of another version than the snapshot names', () => {
  it('are refused', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      stream.publishTargets('targets');
      stream.files.set('metadata/2.targets.json', stream.file('metadata/1.targets.json'));
      await client.refused('STREAM_MIXED');
      assert.deepEqual(await client.versions('snapshot', 'targets'), [2, undefined]);
    });
  });
  it('are refused when the snapshot does not name them', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      stream.state('snapshot').meta = { 'other.json': { version: 1 } };
      stream.publish('snapshot', 'timestamp');
      await client.refused('STREAM_MIXED');
    });
  });
});

describe('versions that a thief of a key ran up', () => {
  it('go back when the keys of the timestamp are rotated', async () => {
    const stream = new Simulator();
    stream.state('timestamp').version = FAR;
    stream.publish('timestamp');
    await withClient(stream, async (client) => {
      await client.refresh();
      assert.equal(await client.version('timestamp'), FAR);
      stream.rotate('timestamp');
      stream.publish('root');
      stream.state('timestamp').version = 1;
      stream.write('timestamp');
      await client.refresh();
      assert.equal(await client.version('timestamp'), 1);
    });
  });
  it('go back when the keys of snapshot and timestamp are rotated', async () => {
    const stream = new Simulator();
    stream.state('snapshot').version = FAR;
    stream.publish('snapshot', 'timestamp');
    await withClient(stream, async (client) => {
      await client.refresh();
      stream.rotate('snapshot');
      stream.rotate('timestamp');
      stream.publish('root');
      stream.state('snapshot').version = 1;
      stream.write('snapshot');
      stream.publish('timestamp');
      await client.refresh();
      assert.equal(await client.version('snapshot'), 1);
    });
  });
  it('go back for targets when the keys of the snapshot are rotated', async () => {
    const stream = new Simulator();
    stream.state('targets').version = FAR;
    stream.publish('targets', 'snapshot', 'timestamp');
    await withClient(stream, async (client) => {
      await client.refresh();
      stream.rotate('snapshot');
      stream.publish('root');
      stream.state('targets').version = 1;
      stream.write('targets');
      stream.publish('snapshot', 'timestamp');
      await client.refresh();
      assert.equal(await client.version('targets'), 1);
    });
  });
});
