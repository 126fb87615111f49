// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { addBaseline } from '../src/baseline/add.ts';
import { listBaselines, removeBaseline, showBaseline } from '../src/baseline/manage.ts';
import { openBaseline } from '../src/baseline/open.ts';
import { folderArchive } from '../src/packages/folder.ts';
import { sha256OfFile } from '../src/store/files.ts';
import { type Store, storeAt } from '../src/store/store.ts';
import { assertRejects } from './support/codes.ts';
import { BUILD_ID } from './support/image-writer.ts';
import {
  machineCompiler,
  RELEASE,
  VERSION,
  type WrittenKernel,
  writeKernelPackages,
} from './support/package-writer.ts';
import { temporaryFolder } from './support/temporary.ts';

interface Place {
  readonly store: Store;
  readonly packages: string;
}

/** Packages of the kernel without anything particular, which tests only read. */
const plainPackages = mkdtempSync(join(tmpdir(), 'uptide-packages-'));
after(() => rmSync(plainPackages, { recursive: true }));
writeKernelPackages(plainPackages);

async function place(context: TestContext, kernel?: WrittenKernel): Promise<Place> {
  const folder = await temporaryFolder(context);
  const packages = kernel === undefined ? plainPackages : join(folder, 'packages');
  if (kernel !== undefined) writeKernelPackages(packages, kernel);
  return { store: storeAt(join(folder, 'store')), packages };
}

async function add({ store, packages }: Place): Promise<void> {
  await addBaseline({ release: RELEASE, store, fromDir: packages });
}

/** Nothing half-made: kernels are whole, packages are what their names say. */
async function assertConsistent(store: Store): Promise<void> {
  for (const listed of await listBaselines(store)) assert.ok('record' in listed, listed.release);
  for (const name of readdirSync(store.packages)) {
    assert.equal(`${await sha256OfFile(join(store.packages, name))}.deb`, name);
  }
}

describe('addBaseline', () => {
  test('makes a baseline that can be opened', async (context) => {
    const { store, packages } = await place(context);
    const { record, present } = await addBaseline({ release: RELEASE, store, fromDir: packages });
    assert.equal(present, false);
    assert.equal(record.buildId, BUILD_ID);
    assert.equal(record.sourceVersion, VERSION);
    assert.equal(record.compilerText, machineCompiler());
    assert.equal(record.units, 2);
    assert.deepEqual(
      record.packages.map(({ name }) => name),
      [`linux-image-${RELEASE}`, `linux-headers-${RELEASE}`, 'linux-source-5.0'],
    );
    assert.deepEqual(readdirSync(store.staging), []);

    const baseline = await openBaseline(RELEASE, store);
    assert.equal(baseline.compiler, 'gcc-12');
    assert.equal((await baseline.image()).buildId, BUILD_ID);
    assert.equal((await baseline.image()).symbols.named('_stext').length, 1);
    assert.deepEqual([...(await baseline.modules()).keys()], ['demo']);
    assert.equal((await baseline.exports()).get('demo_symbol')?.gplOnly, true);
    assert.equal(baseline.config.get('CONFIG_MODULES'), 'y');
    assert.deepEqual((await baseline.unit('init/main.c'))?.owners, ['vmlinux']);
    assert.deepEqual((await baseline.unit('fs/demo/demo.c'))?.owners, ['demo']);
    assert.equal(await baseline.unit('no/such.c'), undefined);
    assert.equal(await baseline.module('nosuch'), undefined);
  });

  test('makes what units include, and protects the tree', async (context) => {
    const spot = await place(context);
    await add(spot);
    const { tree, cache } = await openBaseline(RELEASE, spot.store);
    assert.equal(readFileSync(join(tree, 'init/made.h'), 'utf8'), 'made\n');
    assert.equal(
      readFileSync(join(tree, 'include/generated/utsrelease.h'), 'utf8'),
      `#define UTS_RELEASE "${RELEASE}"\n`,
    );
    assert.equal(statSync(join(tree, 'init/main.c')).mode & 0o222, 0);
    assert.equal(statSync(tree).mode & 0o222, 0);
    assert.notEqual(statSync(cache).mode & 0o200, 0);
  });

  test('gives the same record and index from the same packages', async (context) => {
    const spot = await place(context);
    const other = { ...spot, store: storeAt(`${spot.store.root}-2`) };
    await add(spot);
    await add(other);
    for (const file of ['units.json', 'symbols', 'config']) {
      const [a, b] = [spot, other].map(({ store }) => readFileSync(join(store.kernels, RELEASE, file)));
      assert.deepEqual(a, b, file);
    }
    const [a, b] = await Promise.all([showBaseline(RELEASE, spot.store), showBaseline(RELEASE, other.store)]);
    assert.equal(a.record.digest, b.record.digest);
  });

  test('is done at once when the kernel is there', async (context) => {
    const spot = await place(context);
    await add(spot);
    const archive = folderArchive('/nonexistent');
    const { present } = await addBaseline({ release: RELEASE, store: spot.store, archive });
    assert.equal(present, true);
  });

  test('names the missing packages of a folder', async (context) => {
    const { store, packages } = await place(context, {});
    await assertRejects('KERNEL_UNKNOWN', () =>
      addBaseline({ release: '5.0.0-2-amd64', store, fromDir: packages }),
    );
    writeKernelPackages(packages, { version: '5.0.4-1' });
    const archive = folderArchive(packages);
    const records = (names: readonly string[]) =>
      archive.records(names.filter((name) => !name.startsWith('linux-source')));
    await assert.rejects(
      addBaseline({ release: RELEASE, store, archive: { ...archive, records } }),
      /linux-source-5\.0 \(= 5\.0\.4-1\)/,
    );
    assert.deepEqual(readdirSync(store.packages), []);
  });

  test('refuses another compiler before the source is fetched', async (context) => {
    const { store, packages } = await place(context, { compilerText: 'gcc-12 (Debian 12.9.9-1) 12.9.9' });
    await assert.rejects(addBaseline({ release: RELEASE, store, fromDir: packages }), {
      code: 'COMPILER_MISMATCH',
      remedy: 'apt-get install gcc-12=12.9.9-1',
    });
    assert.equal(readdirSync(store.packages).length, 2);
    assert.deepEqual(readdirSync(store.kernels), []);
  });

  test('refuses a tree that changes the configuration', async (context) => {
    const spot = await place(context, { configure: 'echo CONFIG_NEW=y >> .config' });
    await assertRejects('CONFIG_DRIFT', () => add(spot));
    assert.deepEqual(readdirSync(spot.store.kernels), []);
    assert.deepEqual(readdirSync(spot.store.staging), []);
  });

  test('tells the words of make', async (context) => {
    const spot = await place(context, { configure: 'echo no bison here >&2; false' });
    await assert.rejects(add(spot), { code: 'KBUILD_FAILED', message: /no bison here/ });
  });

  test('refuses a tree whose makefile cannot make a generated source', async (context) => {
    const spot = await place(context, { tree: { 'scripts/Makefile.build': 'init/made.h:\n\tfalse\n' } });
    await assertRejects('KBUILD_FAILED', () => add(spot));
  });

  test('refuses a shipped module without units', async (context) => {
    const path = `lib/modules/${RELEASE}/kernel/fs/other.ko`;
    const spot = await place(context, { image: { [path]: 'a module' } });
    await assertRejects('KBUILD_UNREADABLE', () => add(spot));
  });
});

describe('a hostile package', () => {
  test('whose vmlinuz is a link out of it', async (context) => {
    const outside = await temporaryFolder(context);
    writeFileSync(join(outside, `vmlinuz-${RELEASE}`), 'mine');
    const image = { [`boot/vmlinuz-${RELEASE}`]: { link: join(outside, `vmlinuz-${RELEASE}`) } };
    const spot = await place(context, { image });
    await assertRejects('PACKAGE_UNSAFE', () => add(spot));
    assert.equal(readFileSync(join(outside, `vmlinuz-${RELEASE}`), 'utf8'), 'mine');
  });

  test('whose module folder is a link out of it', async (context) => {
    const outside = await temporaryFolder(context);
    writeFileSync(join(outside, 'mine.ko'), 'mine');
    const spot = await place(context, { modules: { link: outside } });
    await assertRejects('PACKAGE_UNSAFE', () => add(spot));
    assert.equal(readFileSync(join(outside, 'mine.ko'), 'utf8'), 'mine');
  });

  test('with a module that is a link', async (context) => {
    const image = { [`lib/modules/${RELEASE}/kernel/fs/passwd.ko`]: { link: '/etc/passwd' } };
    const spot = await place(context, { image });
    await assertRejects('PACKAGE_UNSAFE', () => add(spot));
  });

  test('with a source tree that links out', async (context) => {
    const spot = await place(context, { tree: { 'fs/home': { link: '../../../../..' } } });
    await assertRejects('PACKAGE_UNSAFE', () => add(spot));
  });

  test('without the kernel', async (context) => {
    const spot = await place(context, {});
    writeKernelPackages(join(spot.packages, 'other'), { release: '5.0.0-9-amd64' });
    const archive = folderArchive(spot.packages);
    const other = folderArchive(join(spot.packages, 'other'));
    // The headers of one kernel under the name of another.
    await other.records(['linux-headers-5.0.0-9-amd64']);
    const records = async (names: readonly string[]) => {
      const found = await archive.records(names);
      const [wrong] = await other.records(['linux-headers-5.0.0-9-amd64']);
      return found.map((record) =>
        record.name.startsWith('linux-headers') && wrong !== undefined
          ? { ...wrong, name: record.name }
          : record,
      );
    };
    const fetch: typeof archive.fetch = (record, into, options) =>
      (record.name.startsWith('linux-headers') ? other : archive).fetch(record, into, options);
    await assertRejects('PACKAGE_MALFORMED', () =>
      addBaseline({ release: RELEASE, store: spot.store, archive: { ...archive, records, fetch } }),
    );
  });
});

describe('a full disk', () => {
  test('is named before anything is fetched', async (context) => {
    const { store, packages } = await place(context);
    const archive = folderArchive(packages);
    const fetch = () => assert.fail('it fetched');
    await assert.rejects(
      addBaseline({ release: RELEASE, store, archive: { ...archive, fetch }, free: async () => 1024 * 1024 }),
      { code: 'DISK_FULL', message: /needs [0-9]+ MiB, 1 MiB are free/ },
    );
  });

  test('is named before the source is unpacked', async (context) => {
    const { store, packages } = await place(context);
    const answers = [2 ** 40, 0];
    const free = async (): Promise<number> => answers.shift() ?? 0;
    await assertRejects('DISK_FULL', () => addBaseline({ release: RELEASE, store, fromDir: packages, free }));
    assert.deepEqual(answers, []);
    assert.equal(readdirSync(store.packages).length, 3);
  });

  test('in the middle leaves nothing behind', async (context) => {
    const { store, packages } = await place(context);
    const archive = folderArchive(packages);
    const fetch = async () => {
      throw Object.assign(new Error('write'), { code: 'ENOSPC' });
    };
    await assertRejects('DISK_FULL', () =>
      addBaseline({ release: RELEASE, store, archive: { ...archive, fetch } }),
    );
    for (const folder of [store.staging, store.kernels, store.packages])
      assert.deepEqual(readdirSync(folder), []);
  });
});

describe('interrupted', () => {
  const CHILD = fileURLToPath(new URL('support/add-child.ts', import.meta.url));
  const run = promisify(execFile);
  const child = ({ store, packages }: Place, ...fate: readonly string[]) =>
    run(process.execPath, [CHILD, store.root, packages, RELEASE, ...fate]);

  test('by kill -9 in every step, and then run to its end', async (context) => {
    const spot = await place(context);
    const fates = [
      ['find packages', 'after'],
      ['fetch image', 'amid'],
      ['fetch headers', 'after'],
      ['unpack image', 'amid'],
      ['fetch source', 'before'],
      ['unpack source', 'amid'],
      ['prepare source', 'after'],
      ['index units', 'amid'],
      ['check', 'after'],
      ['publish', 'before'],
    ];
    for (const fate of fates) {
      await assert.rejects(child(spot, ...fate), { signal: 'SIGKILL' }, fate.join(' '));
      assert.deepEqual(readdirSync(spot.store.kernels), [], fate.join(' '));
      await assertConsistent(spot.store);
    }
    assert.equal((await child(spot)).stdout, 'added\n');
    assert.deepEqual(readdirSync(spot.store.staging), []);
    await assertConsistent(spot.store);
  });

  test('by kill -9 while it is published: there whole or not at all', async (context) => {
    const spot = await place(context);
    await assert.rejects(child(spot, 'publish', 'amid'), { signal: 'SIGKILL' });
    await assertConsistent(spot.store);
    await add(spot);
    assert.equal((await openBaseline(RELEASE, spot.store)).buildId, BUILD_ID);
    assert.deepEqual(readdirSync(spot.store.staging), []);
  });

  test('by a signal: the step ends and nothing is left', async (context) => {
    const { store, packages } = await place(context, { configure: 'sleep 60' });
    const abort = new AbortController();
    const adding = addBaseline({
      release: RELEASE,
      store,
      fromDir: packages,
      signal: abort.signal,
      reporter: {
        progress: () => {},
        note: () => {},
        step: async (name, work) => {
          const done = work();
          if (name === 'prepare source') abort.abort();
          return await done;
        },
      },
    });
    await assertRejects('INTERRUPTED', () => adding);
    assert.deepEqual(readdirSync(store.staging), []);
    assert.deepEqual(readdirSync(store.kernels), []);
  });

  test('not by another one at the same time: the second waits and finds it done', async (context) => {
    const spot = await place(context);
    const outputs = await Promise.all([child(spot), child(spot), child(spot)]);
    assert.deepEqual(outputs.map(({ stdout }) => stdout).sort(), ['added\n', 'present\n', 'present\n']);
    assert.deepEqual(readdirSync(spot.store.staging), []);
  });
});

describe('removeBaseline', () => {
  test('takes the kernel and its packages', async (context) => {
    const spot = await place(context);
    await add(spot);
    await removeBaseline(RELEASE, spot.store);
    for (const folder of [spot.store.kernels, spot.store.staging, spot.store.packages]) {
      assert.deepEqual(readdirSync(folder), []);
    }
    await assertRejects('BASELINE_MISSING', () => openBaseline(RELEASE, spot.store));
    await assertRejects('BASELINE_MISSING', () => removeBaseline(RELEASE, spot.store));
  });

  test('leaves the packages of other kernels', async (context) => {
    const spot = await place(context);
    await add(spot);
    const release = '5.0.0-2-amd64';
    const second = { store: spot.store, packages: join(spot.store.root, '..', 'second') };
    writeKernelPackages(second.packages, { release, version: '5.0.4-1' });
    await addBaseline({ release, store: second.store, fromDir: second.packages });
    await removeBaseline(RELEASE, spot.store);
    const { record } = await showBaseline(release, spot.store);
    assert.deepEqual(
      readdirSync(spot.store.packages).sort(),
      record.packages.map(({ sha256 }) => `${sha256}.deb`).sort(),
    );
  });

  test('takes a damaged one, which is listed with its problem', async (context) => {
    const spot = await place(context);
    await add(spot);
    writeFileSync(join(spot.store.kernels, RELEASE, 'baseline.json'), '{"schema": 99}');
    const [listed] = await listBaselines(spot.store);
    assert.ok(listed !== undefined && 'problem' in listed);
    assert.equal(listed.problem.code, 'BASELINE_SCHEMA');
    await assertRejects('BASELINE_SCHEMA', () => add(spot));
    await removeBaseline(RELEASE, spot.store);
    await add(spot);
    assert.equal((await listBaselines(spot.store)).length, 1);
  });
});
