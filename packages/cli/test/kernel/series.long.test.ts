// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A series of four levels on the stock kernel: the second changes the function that the first changed, the third
 * another file, and the fourth brings a state, so that klp does not go back from it. Each level is proven alone, and all of them replace each other in one boot.
 */
import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { EXIT } from '@uptide/base';
import { boot } from '@uptide/lab';
import { decodeUpdate, type Update } from '@uptide/stream';
import { stockKernel } from '../../../lab/test/support/stock-kernel.ts';
import { type Ended, uptide } from '../support/uptide.ts';

const FILE = 'fs/proc/cmdline.c';
/** New in each run, so that no object of an earlier run is there. */
const RUN = `${process.pid}.${Date.now()}`;

const PATCHES = {
  'one.patch': `--- a/${FILE}
+++ b/${FILE}
@@ -9,2 +9,3 @@ static int cmdline_proc_show(struct seq_file *m, void *v)
 \tseq_puts(m, saved_command_line);
+\tseq_puts(m, " [one ${RUN}]");
 \tseq_putc(m, '\\n');
`,
  'two.patch': `--- a/${FILE}
+++ b/${FILE}
@@ -9,3 +9,3 @@ static int cmdline_proc_show(struct seq_file *m, void *v)
 \tseq_puts(m, saved_command_line);
-\tseq_puts(m, " [one ${RUN}]");
+\tseq_puts(m, " [two ${RUN}]");
 \tseq_putc(m, '\\n');
`,
  'three.patch': `--- a/fs/proc/version.c
+++ b/fs/proc/version.c
@@ -14,3 +14,4 @@ static int version_proc_show(struct seq_file *m, void *v)
 \t\tutsname()->version);
+\tseq_puts(m, "[three ${RUN}]\\n");
 \treturn 0;
 }
`,
  'four.patch': `--- a/fs/proc/version.c
+++ b/fs/proc/version.c
@@ -7,2 +7,5 @@
 #include "internal.h"
+#include <uptide.h>
+
+UPTIDE_STATE(0x55500009, 1);
 
@@ -14,3 +17,3 @@ static int version_proc_show(struct seq_file *m, void *v)
 \t\tutsname()->version);
-\tseq_puts(m, "[three ${RUN}]\\n");
+\tseq_puts(m, "[four ${RUN}]\\n");
 \treturn 0;
`,
};
const NAMES = ['one', 'two', 'three', 'four'] as const;
const MARK = { one: `grep -qF '[one ' /proc/cmdline`, two: `grep -qF '[two ' /proc/cmdline` };
const VERSION = `grep -qF '[three ' /proc/version`;
const LAST = `grep -qF '[four ' /proc/version`;

let folder: string;
let built: Ended;
let updates: readonly Update[];
let compiled: readonly string[];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uptide-series-'));
  const { release } = await stockKernel();
  for (const [name, text] of Object.entries(PATCHES)) await writeFile(join(folder, name), text);
  const entries = NAMES.map((id) => `  - {id: ${id}, title: the fix ${id}, patches: [${id}.patch]}\n`);
  await writeFile(
    join(folder, 'series.yaml'),
    `schema: 1\nkernel: ${release}\nentries:\n${entries.join('')}`,
  );
  const kept = new Set(await objects());
  built = await uptide(['build', '.', '--unreviewed', 'a test', '--lock', '--json'], folder);
  assert.equal(built.status, EXIT.done, built.stderr + built.stdout);
  compiled = (await objects()).filter((name) => !kept.has(name));
  updates = await Promise.all(
    NAMES.map(async (_, index) => decodeUpdate(await readFile(levelPath(index + 1)))),
  );
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
});

const levelPath = (level: number): string => join(folder, 'levels', `level-${level}.uptide`);

async function objects(): Promise<string[]> {
  const { cache } = await stockKernel();
  return (await readdir(join(cache, 'objects'))).sort();
}

/** How many of the kept objects have the text of each patch; others may use the store at the same time. */
async function objectsWithMarks(names: readonly string[]): Promise<number[]> {
  const { cache } = await stockKernel();
  const bytes = await Promise.all(names.map((name) => readFile(join(cache, 'objects', name))));
  return NAMES.map((name) => bytes.filter((object) => object.includes(`[${name} ${RUN}]`)).length);
}

describe('a series on the stock kernel', () => {
  it('has a level for each entry, with all patches up to it', () => {
    assert.deepEqual(
      updates.map(({ description, patches }) => [
        description.level,
        description.fixes?.map(({ id }) => id),
        patches.map(({ name }) => name),
        description.objects.flatMap(({ functions }) => functions.map(({ name }) => name)),
      ]),
      [
        [1, ['one'], ['one.patch'], ['cmdline_proc_show']],
        [2, ['one', 'two'], ['one.patch', 'two.patch'], ['cmdline_proc_show']],
        [
          3,
          ['one', 'two', 'three'],
          ['one.patch', 'two.patch', 'three.patch'],
          ['cmdline_proc_show', 'version_proc_show'],
        ],
        [
          4,
          ['one', 'two', 'three', 'four'],
          ['one.patch', 'two.patch', 'three.patch', 'four.patch'],
          ['cmdline_proc_show', 'version_proc_show'],
        ],
      ],
    );
    assert.equal(new Set(updates.map(({ description }) => description.module)).size, 4);
  });

  it('compiles only what a level brings', async () => {
    assert.deepEqual(
      await objectsWithMarks(compiled),
      // The fourth is the first to use uptide.h: where a file is added, an include may find it, so all is compiled anew.
      [1, 2, 1, 1],
    );
  });

  it('says from which level klp does not go back', () => {
    const { levels } = JSON.parse(built.stdout);
    assert.deepEqual(
      levels.map(({ back }: { back: boolean }) => back),
      [true, true, true, false],
    );
    assert.deepEqual(updates[3]?.description.states, [{ id: '0x55500009', version: 1 }]);
  });

  it('is not made again when it is published and there', async () => {
    const times = await Promise.all(
      NAMES.map(async (_, index) => (await stat(levelPath(index + 1))).mtimeMs),
    );
    const again = await uptide(['build', '.', '--unreviewed', 'a test', '--json'], folder);
    assert.equal(again.status, EXIT.done, again.stderr);
    const { levels } = JSON.parse(again.stdout);
    assert.deepEqual(
      levels.map(({ how }: { how: string }) => how),
      ['published', 'published', 'published', 'published'],
    );
    const after = await Promise.all(
      NAMES.map(async (_, index) => (await stat(levelPath(index + 1))).mtimeMs),
    );
    assert.deepEqual(after, times);
  });

  it('comes out the same when the published files are gone, without a compiler run', async () => {
    const bytes = await readFile(levelPath(4));
    const kept = new Set(await objects());
    const again = await uptide(
      ['build', '.', '--unreviewed', 'a test', '--out', 'elsewhere', '--json'],
      folder,
    );
    assert.equal(again.status, EXIT.done, again.stderr + again.stdout);
    assert.deepEqual(await readFile(join(folder, 'elsewhere', 'level-4.uptide')), bytes);
    const fresh = (await objects()).filter((name) => !kept.has(name));
    assert.deepEqual(await objectsWithMarks(fresh), [0, 0, 0, 0]);
  });

  it('is refused when a patch of a published level is edited', async () => {
    await appendFile(join(folder, 'one.patch'), '\n');
    try {
      const { status, stdout } = await uptide(['build', '.', '--unreviewed', 'a test', '--json'], folder);
      assert.equal(status, EXIT.refused);
      const [found] = JSON.parse(stdout).findings;
      assert.equal(found.code, 'SERIES_LEVEL_CHANGED');
      assert.equal(found.place.file, 'one.patch');
    } finally {
      await writeFile(join(folder, 'one.patch'), PATCHES['one.patch']);
    }
  });

  it('is what a rebuild of its highest level gives', async () => {
    const { status, stdout } = await uptide(['verify', levelPath(4), '--rebuild', '--json'], folder);
    assert.equal(status, EXIT.done, stdout);
  });

  const proofs = [
    [1, MARK.one],
    [2, `${MARK.two} && ! ${MARK.one}`],
    [3, `${MARK.two} && ${VERSION}`],
    [4, `${MARK.two} && ${LAST}`],
  ] as const;
  for (const [level, probe] of proofs) {
    it(`is proven at level ${level}`, async () => {
      const probes = ['--before', `! { ${probe}; }`, '--after', probe];
      const { status, stdout } = await uptide(['prove', levelPath(level), ...probes, '--json'], folder);
      assert.equal(status, EXIT.done, stdout);
      assert.equal(JSON.parse(stdout).verdict, 'proven');
    });
  }

  it('goes up level by level in one boot, back down where klp allows it, and off', async () => {
    const { vmlinuz } = await stockKernel();
    const modules = updates.map(({ description }) => description.module);
    const [one = '', two = '', three = '', four = ''] = modules;
    const path = '/sys/kernel/livepatch';
    const load = (name: string): string =>
      `insmod /${name}.ko || exit 1
n=0; until [ "$(cat ${path}/${name}/enabled)$(cat ${path}/${name}/transition)" = 10 ]; do
n=$((n + 1)); [ $n -lt 60 ] || exit 1; sleep 1; done`;
    const alone = (name: string): string => `[ "$(echo $(ls ${path}))" = ${name} ]`;
    const unload = (name: string): string =>
      `echo 0 > ${path}/${name}/enabled || exit 1
n=0; while [ -e ${path}/${name} ]; do n=$((n + 1)); [ $n -lt 60 ] || exit 1; sleep 1; done
rmmod ${name} || exit 1`;
    const steps: [string, string][] = [
      ['one', `${load(one)}\n${MARK.one} && ${alone(one)}`],
      ['two', `${load(two)}\n${MARK.two} && ! ${MARK.one} && ${alone(two)} && rmmod ${one}`],
      ['three', `${load(three)}\n${MARK.two} && ${VERSION} && ${alone(three)} && rmmod ${two}`],
      ['state', `${load(four)}\n${LAST} && ! ${VERSION} && ${alone(four)} && rmmod ${three}`],
      // klp_is_patch_compatible: level 3 does not know the state of level 4.
      ['stuck', `! insmod /${three}.ko 2>/dev/null && ${LAST} && ${alone(four)}`],
      ['off', `${unload(four)}\n! ${LAST} && ! ${MARK.two}`],
      ['again', `${load(three)}\n${MARK.two} && ${VERSION} && ${alone(three)}`],
      ['back', `${load(two)}\n${MARK.two} && ! ${VERSION} && ${alone(two)} && rmmod ${three}`],
      ['end', `${unload(two)}\n! ${MARK.two} && ! ${MARK.one}`],
    ];
    const seen = await boot({
      kernel: vmlinuz,
      files: updates.map(({ description, module }) => ({
        path: `${description.module}.ko`,
        content: module,
      })),
      commands: steps.map(([id, script]) => ({ id, script: `${script}\n`, timeoutSeconds: 120 })),
      limits: { boot: 300 },
    });
    assert.deepEqual(
      steps.map(([id]) => [id, seen.results.get(id)?.status, seen.results.get(id)?.stderr.toString()]),
      steps.map(([id]) => [id, 0, '']),
    );
  });
});
