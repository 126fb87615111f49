// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { EXIT } from '@uptide/base';
import type { Baseline } from '@uptide/kernel';
import type { CpioFile } from '@uptide/lab';
import { decodeUpdate, encodeUpdate } from '@uptide/stream';
import { fittingProof, transitionTo } from '../../../stream/test/support/published.ts';
import { guestAgent } from './guest-node.ts';
import { uptide } from './uptide.ts';

/** The fixes of the levels: each leaves a word in a file of /proc; the fourth brings the machine down. */
const FIXES: Readonly<Record<string, string>> = {
  one: `--- a/fs/proc/cmdline.c
+++ b/fs/proc/cmdline.c
@@ -9,2 +9,3 @@ static int cmdline_proc_show(struct seq_file *m, void *v)
 \tseq_puts(m, saved_command_line);
+\tseq_puts(m, " level-one");
 \tseq_putc(m, '\\n');
`,
  two: `--- a/fs/proc/loadavg.c
+++ b/fs/proc/loadavg.c
@@ -17,5 +17,6 @@ static int loadavg_proc_show(struct seq_file *m, void *v)
 
 \tget_avenrun(avnrun, FIXED_1/200, 0);
 
+\tseq_puts(m, "level-two ");
 \tseq_printf(m, "%lu.%02lu %lu.%02lu %lu.%02lu %u/%d %d\\n",
 \t\tLOAD_INT(avnrun[0]), LOAD_FRAC(avnrun[0]),
`,
  three: `--- a/fs/proc/devices.c
+++ b/fs/proc/devices.c
@@ -9,4 +9,6 @@ static int devinfo_show(struct seq_file *f, void *v)
 \tint i = *(loff_t *) v;
 
 \tif (i < CHRDEV_MAJOR_MAX) {
+\t\tif (i == 1)
+\t\t\tseq_puts(f, "level-three\\n");
 \t\tif (i == 0)
`,
  four: `--- a/fs/proc/version.c
+++ b/fs/proc/version.c
@@ -10,4 +10,5 @@ static int version_proc_show(struct seq_file *m, void *v)
 static int version_proc_show(struct seq_file *m, void *v)
 {
+\tpanic("level 4 brought the machine down");
 \tseq_printf(m, linux_proc_banner,
 \t\tutsname()->sysname,
`,
};

/** Shell tests of which level is live. */
export const LEVEL = {
  one: 'grep -q level-one /proc/cmdline',
  two: 'grep -q level-two /proc/loadavg',
  three: 'grep -q level-three /proc/devices',
} as const;

/**
 * Builds four levels and publishes them with the maker's commands: the stream in `/stream`, its root in `/root.json`,
 * and the agent, as it is packed for hosts, in `/uptide.mjs`. Proofs are made elsewhere; those of these levels only say so.
 */
export async function guestStream({ release }: Baseline, folder: string): Promise<CpioFile[]> {
  const run = async (...args: readonly string[]): Promise<void> => {
    const { status, stdout, stderr } = await uptide(args, folder);
    assert.equal(status, EXIT.done, `${args.join(' ')}\n${stderr}${stdout}`);
  };
  const fixes = join(folder, 'fixes');
  await mkdir(fixes);
  const entries = Object.entries(FIXES).map(
    ([id]) => `  - id: ${id}\n    title: level ${id}\n    patches: [${id}.patch]\n`,
  );
  await writeFile(join(fixes, 'series.yaml'), `schema: 1\nkernel: ${release}\nentries:\n${entries.join('')}`);
  for (const [id, patch] of Object.entries(FIXES)) await writeFile(join(fixes, `${id}.patch`), patch);
  await run('build', fixes, '--unreviewed', 'a test', '-j', '1');
  const levels: string[] = [];
  let before: Uint8Array = new Uint8Array();
  for (const number of Object.keys(FIXES).keys()) {
    const path = join(fixes, 'levels', `level-${number + 1}.uptide`);
    const update = decodeUpdate(await readFile(path));
    await writeFile(
      path,
      encodeUpdate({ ...update, proof: fittingProof(update, transitionTo(number + 1, before)) }),
    );
    before = update.module;
    levels.push(path);
  }
  const repository = join(folder, 'repository');
  await run(
    'stream',
    'init',
    repository,
    '--name',
    'a test',
    '--series',
    'debian-12',
    '--simple',
    '--unencrypted',
  );
  await run('stream', 'add', '-r', repository, '--waves', 'all', '--accept-unreviewed', 'a test', ...levels);
  await run('stream', 'publish', '-r', repository, '--sign', '-y');
  return [
    await guestAgent(),
    { path: 'root.json', content: await readFile(join(repository, 'public/metadata/1.root.json')) },
    { path: 'etc/os-release', content: Buffer.from('ID=debian\nVERSION_ID="12"\n') },
    ...(await filesOf(join(repository, 'public'), 'stream')),
  ];
}

/** All files below a folder, for a folder of the guest. */
async function filesOf(folder: string, to: string): Promise<CpioFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return await Promise.all(
    files
      .sort()
      .map(async (path) => ({ path: `${to}/${relative(folder, path)}`, content: await readFile(path) })),
  );
}
