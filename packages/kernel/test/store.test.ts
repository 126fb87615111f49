// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { run, UptideError } from '@uptide/base';
import type { Archive } from '../src/packages/archive.ts';
import type { PackageRecord } from '../src/packages/control.ts';
import { namingFullDisk, requireSpace } from '../src/store/disk.ts';
import { sha256OfFile } from '../src/store/files.ts';
import { missingBytes, obtainPackage, packagePath } from '../src/store/package-cache.ts';
import {
  defaultStore,
  makeStore,
  publish,
  type Store,
  storeAt,
  sweep,
  withOwner,
  withStaging,
} from '../src/store/store.ts';
import { assertRejects } from './support/codes.ts';
import { temporaryFolder } from './support/temporary.ts';

async function newStore(context: TestContext): Promise<Store> {
  const store = storeAt(join(await temporaryFolder(context), 'store'));
  await makeStore(store);
  return store;
}

describe('the place of the store', () => {
  const cases: readonly (readonly [string, Record<string, string>, string])[] = [
    ['XDG_CACHE_HOME', { XDG_CACHE_HOME: '/c', HOME: '/h' }, '/c/uptide'],
    ['HOME without it', { HOME: '/h' }, '/h/.cache/uptide'],
    ['HOME when it is relative', { XDG_CACHE_HOME: 'c', HOME: '/h' }, '/h/.cache/uptide'],
    ['HOME when it is empty', { XDG_CACHE_HOME: '', HOME: '/h' }, '/h/.cache/uptide'],
  ];
  for (const [name, environment, root] of cases) {
    test(`is below ${name}`, () => assert.equal(defaultStore(environment).root, root));
  }
});

describe('a staging folder', () => {
  test('is gone after the work, also after a failure', async (context) => {
    const store = await newStore(context);
    await withStaging(store, 'a', async (folder) => writeFileSync(join(folder, 'x'), ''));
    await assert.rejects(
      withStaging(store, 'a', async () => {
        throw new Error('no');
      }),
    );
    assert.deepEqual(readdirSync(store.staging), []);
  });

  test('replaces those that its owner left, read-only ones too', async (context) => {
    const store = await newStore(context);
    const left = join(store.staging, '6.1.0-50-amd64.0123');
    mkdirSync(join(left, 'tree'), { recursive: true });
    writeFileSync(join(left, 'tree/file'), '');
    chmodSync(join(left, 'tree'), 0o555);
    mkdirSync(join(store.staging, '6.1.0.0123'));
    await withStaging(store, '6.1.0-50-amd64', async () => {});
    assert.deepEqual(readdirSync(store.staging), ['6.1.0.0123']);
  });

  test('is swept when nobody holds its lock, and left alone otherwise', async (context) => {
    const store = await newStore(context);
    mkdirSync(join(store.staging, 'dead.0123'));
    mkdirSync(join(store.staging, 'live.0123'));
    await withOwner(store, 'live', async () => {
      await sweep(store);
      assert.deepEqual(readdirSync(store.staging), ['live.0123']);
    });
    await sweep(store);
    assert.deepEqual(readdirSync(store.staging), []);
  });

  test('is published whole', async (context) => {
    const store = await newStore(context);
    await withStaging(store, 'a', async (folder) => {
      const made = join(folder, 'made');
      mkdirSync(made);
      writeFileSync(join(made, 'x'), '');
      await publish(made, join(store.kernels, 'a'));
    });
    assert.deepEqual(readdirSync(join(store.kernels, 'a')), ['x']);
  });
});

describe('owners', () => {
  test('take turns', async (context) => {
    const store = await newStore(context);
    const log: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      log.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(`${name} ends`);
    };
    await Promise.all(['a', 'b'].map((name) => withOwner(store, 'x', work(name))));
    const [first = ''] = log;
    const name = first.charAt(0);
    assert.equal(log[1], `${name} ends`);
  });
});

describe('a package', () => {
  const content = 'the package';

  async function recordFor(context: TestContext): Promise<PackageRecord> {
    const path = join(await temporaryFolder(context), 'x');
    writeFileSync(path, content);
    return {
      name: 'linux-x',
      version: '1',
      architecture: 'all',
      source: '',
      builtUsing: '',
      depends: '',
      size: content.length,
      sha256: await sha256OfFile(path),
      installedSize: 0,
    };
  }

  function serving(text: string): { archive: Archive; fetched: () => number } {
    let count = 0;
    const fetch: Archive['fetch'] = async (_record, folder) => {
      count++;
      writeFileSync(join(folder, 'x.deb'), text);
      return join(folder, 'x.deb');
    };
    return {
      archive: { fetch, records: async () => [], releases: async () => [] },
      fetched: () => count,
    };
  }

  test('is fetched once and kept under its digest', async (context) => {
    const store = await newStore(context);
    const record = await recordFor(context);
    const { archive, fetched } = serving(content);
    assert.equal(await missingBytes(store, [record]), content.length);
    for (const name of ['a', 'b']) {
      const folder = join(store.root, name);
      mkdirSync(folder);
      const path = await obtainPackage(store, archive, record, folder, {});
      assert.equal(await sha256OfFile(path), record.sha256);
    }
    assert.equal(fetched(), 1);
    assert.equal(await missingBytes(store, [record]), 0);
    assert.deepEqual(readdirSync(store.packages), [`${record.sha256}.deb`]);
  });

  for (const [name, text] of [
    ['another size', `${content}!`],
    ['another content', content.replace('the', 'teh')],
  ] as const) {
    test(`of ${name} is refused and not kept`, async (context) => {
      const store = await newStore(context);
      const record = await recordFor(context);
      await assertRejects('PACKAGE_CORRUPT', () =>
        obtainPackage(store, serving(text).archive, record, store.root, {}),
      );
      assert.deepEqual(readdirSync(store.packages), []);
      assert.deepEqual(readdirSync(store.staging), []);
    });
  }

  test('that was damaged in the store is fetched again', async (context) => {
    const store = await newStore(context);
    const record = await recordFor(context);
    writeFileSync(packagePath(store, record), 'damaged');
    const path = await obtainPackage(store, serving(content).archive, record, store.root, {});
    assert.equal(await sha256OfFile(path), record.sha256);
    assert.equal(await sha256OfFile(packagePath(store, record)), record.sha256);
  });
});

describe('disk space', () => {
  test('is enough or not', async () => {
    await requireSpace('/', 100, 'x', async () => 100);
    await assert.rejects(
      requireSpace('/', 5 * 1024 * 1024, 'the tree', async () => 1024 * 1024),
      {
        code: 'DISK_FULL',
        message: 'the tree needs 5 MiB, 1 MiB are free for /',
      },
    );
  });

  test('is asked from the system', async () => {
    await requireSpace('/', 1, 'x');
    await assertRejects('DISK_FULL', () => requireSpace('/', Number.MAX_SAFE_INTEGER, 'x'));
  });

  test('that ends while a program writes is named', async () => {
    const write = () => run('cp', ['/etc/passwd', '/dev/full']);
    await assertRejects('DISK_FULL', () => namingFullDisk('/', 1, 'x', write));
  });

  test('that ends while we write is named', async () => {
    for (const code of ['ENOSPC', 'EDQUOT']) {
      const write = async () => {
        throw Object.assign(new Error('write'), { code });
      };
      await assertRejects('DISK_FULL', () => namingFullDisk('/', 1, 'x', write));
    }
  });

  test('is not blamed for anything else', async () => {
    const fail = async () => {
      throw new UptideError('TOOL_FAILED', 'no such file');
    };
    await assertRejects('TOOL_FAILED', () => namingFullDisk('/', 1, 'x', fail));
  });
});
