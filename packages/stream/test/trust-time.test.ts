// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { afterRefresh, lookAtClock, readClock } from '../src/trust/clock.ts';
import { CLOCK_TOLERANCE_MS } from '../src/trust/limits.ts';
import { withClient } from './support/client.ts';
import { DAY, moment, NOW, Simulator } from './support/simulator.ts';

const PAST = moment(NOW - DAY);

describe('metadata past its end', () => {
  it('ends the refresh at root, after the root was kept', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      await client.refresh();
      stream.state('root').expires = PAST;
      stream.publish('root', 'timestamp');
      await client.refused('STREAM_EXPIRED');
      assert.deepEqual(await client.versions('root', 'timestamp', 'snapshot'), [2, 1, 1]);
    });
  });
  it('does not end the refresh at a root that a newer one follows', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      const { expires } = stream.state('root');
      stream.state('root').expires = PAST;
      stream.publish('root');
      stream.state('root').expires = expires;
      stream.publish('root');
      await client.refresh();
      assert.equal(await client.version('root'), 3);
    });
  });
  for (const role of ['timestamp', 'snapshot', 'targets']) {
    it(`ends the refresh at ${role}, which is not kept`, async () => {
      const stream = new Simulator();
      await withClient(stream, async (client) => {
        await client.refresh();
        stream.state(role).expires = PAST;
        stream.publish('targets', 'snapshot', 'timestamp');
        await client.refused('STREAM_EXPIRED');
        assert.equal(await client.version(role), 1);
      });
    });
  }
  it('ends the search at a delegated role', async () => {
    const stream = new Simulator();
    stream.delegate('targets', { name: 'debian-12' });
    stream.state('debian-12').expires = PAST;
    stream.publishTargets('debian-12', 'targets');
    await withClient(stream, async (client) => {
      const opened = await client.refresh();
      await assert.rejects(opened.info('file'), { code: 'STREAM_EXPIRED' });
      assert.equal(await client.version('debian-12'), undefined);
    });
  });
  it('of our own still says what must not be rolled back, and what is newer is believed', async () => {
    const stream = new Simulator();
    stream.state('timestamp').expires = moment(NOW + 7 * DAY);
    stream.publish('timestamp');
    await withClient(stream, async (client) => {
      await client.refresh();
      stream.state('timestamp').expires = moment(NOW + 21 * DAY);
      stream.publishTargets('targets');
      client.time = NOW + 18 * DAY;
      await client.refresh();
      assert.deepEqual(await client.versions('timestamp', 'snapshot', 'targets'), [3, 2, 2]);
    });
  });
  it('of our own that is served again is refused', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      await client.refresh();
      client.time = NOW + 31 * DAY;
      await client.refused('STREAM_EXPIRED');
    });
  });
});

describe('a frozen stream', () => {
  it('is fresh as long as its timestamp is, and says since when nothing has changed', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      for (const days of [0, 10, 20]) {
        client.time = NOW + days * DAY;
        const { checked, unchangedSince, expires } = (await client.refresh()).freshness();
        assert.deepEqual([checked, unchangedSince, expires], [client.time, NOW, NOW + 30 * DAY]);
      }
      stream.publish('timestamp');
      client.time = NOW + 21 * DAY;
      assert.equal((await client.refresh()).freshness().unchangedSince, client.time);
    });
  });
  it('is stale from the end of its timestamp on: nothing is said of targets any more', async () => {
    const stream = new Simulator();
    stream.addTarget('targets', 'file', 'text');
    stream.publishTargets('targets');
    await withClient(stream, async (client) => {
      const opened = await client.refresh();
      assert.equal(Buffer.from(await opened.download('file')).toString(), 'text');
      client.time = NOW + 30 * DAY;
      await assert.rejects(opened.info('file'), { code: 'STREAM_EXPIRED' });
      await assert.rejects((await client.open()).download('file'), { code: 'STREAM_EXPIRED' });
      assert.equal((await client.open()).freshness().expires, NOW + 30 * DAY);
    });
  });
  for (const role of ['root', 'timestamp', 'snapshot', 'targets', 'bin']) {
    it(`is stale from the end of ${role} on, in a process that goes on and in a new one`, async () => {
      const stream = new Simulator();
      stream.delegate('targets', { name: 'bin', paths: ['in/a/*'] });
      stream.addTarget('bin', 'in/a/bin', 'text');
      stream.state(role).expires = moment(NOW + 7 * DAY);
      stream.publish('root', 'bin', 'targets', 'snapshot', 'timestamp');
      await withClient(stream, async (client) => {
        const opened = await client.refresh();
        assert.notEqual(await opened.info('in/a/bin'), undefined);
        client.time = NOW + 7 * DAY;
        await assert.rejects(opened.info('in/a/bin'), { code: 'STREAM_EXPIRED' });
        await assert.rejects((await client.open()).info('in/a/bin'), { code: 'STREAM_EXPIRED' });
      });
    });
  }
  it('says before the first refresh that it was not read', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      const opened = await client.open();
      await assert.rejects(opened.info('file'), { code: 'STREAM_NOT_FOUND' });
      assert.deepEqual(opened.freshness(), { versions: { root: 1 } });
    });
  });
  it('is opened again without the network', async () => {
    const stream = new Simulator();
    stream.addTarget('targets', 'file', 'text', { level: 1 });
    stream.publishTargets('targets');
    await withClient(stream, async (client) => {
      await client.refresh();
      stream.requests.length = 0;
      const opened = await client.open();
      assert.deepEqual((await opened.info('file'))?.custom, { level: 1 });
      assert.deepEqual(opened.freshness().versions, { root: 1, timestamp: 2, snapshot: 2, targets: 2 });
      assert.deepEqual(stream.requests, []);
    });
  });
});

describe('a clock that was set back', () => {
  it('stops the refresh before anything is asked, and the refusal names both times', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      await client.refresh();
      stream.requests.length = 0;
      client.time = NOW - DAY;
      await client.refused('STREAM_CLOCK_BACK');
      assert.deepEqual(stream.requests, []);
      client.time = NOW;
      await client.refresh();
    });
  });
  it('is remembered of refreshes that failed, too', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      client.time = NOW + 31 * DAY;
      await client.refused('STREAM_EXPIRED');
      client.time = NOW;
      await client.refused('STREAM_CLOCK_BACK');
    });
  });
  it('by a step that NTP makes changes nothing, and makes nothing fresh again', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      await client.refresh();
      client.time = NOW - CLOCK_TOLERANCE_MS;
      await client.refresh();
      client.time = NOW + 30 * DAY;
      await client.refused('STREAM_EXPIRED');
      client.time = NOW + 30 * DAY - CLOCK_TOLERANCE_MS;
      await client.refused('STREAM_EXPIRED');
    });
  });
  it('is seen although one copy of the memory is damaged', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      await client.refresh();
      const file = join(client.folder, '.uptide', 'clock.json');
      await writeFile(file, (await readFile(file)).subarray(0, 10));
      client.time = NOW - DAY;
      await client.refused('STREAM_CLOCK_BACK');
    });
  });
});

describe('the memory of time', () => {
  for (const now of [Number.NaN, Number.POSITIVE_INFINITY, 0.5]) {
    it(`takes no clock that says ${now}`, () =>
      assert.throws(() => lookAtClock(undefined, now), { code: 'STREAM_CLOCK_BACK' }));
  }
  it('never goes back', () => {
    const memory = lookAtClock({ schema: 1, latest: NOW }, NOW - 1);
    assert.equal(memory.latest, NOW);
  });
  it('keeps since when a version was seen', () => {
    const first = afterRefresh({ schema: 1, latest: NOW }, 3);
    const second = afterRefresh({ ...first, latest: NOW + DAY }, 3);
    assert.deepEqual(second, {
      schema: 1,
      latest: NOW + DAY,
      checked: NOW + DAY,
      seen: { version: 3, since: NOW },
    });
  });
  it('is nothing where no copy can be read', () => {
    assert.equal(readClock([Buffer.from('{'), Buffer.from('{"schema":2}')]), undefined);
  });
});
