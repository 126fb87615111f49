// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { EXIT } from '@uptide/base';
import type { Baseline } from '@uptide/kernel';
import { type BootResult, boot, type CpioFile, type GuestCommand, type Hardware } from '@uptide/lab';
import { stockKernel } from '../../../lab/test/support/stock-kernel.ts';
import { bundle } from './bundle.ts';
import { type GuestDisk, guestDisk } from './guest-disk.ts';
import { guestPrograms, SET_UP } from './guest-node.ts';
import { uptide } from './uptide.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../../../examples');
/** The patches that a guest's updates are made of, by the names of the updates; all have the first. */
const PATCHES: Readonly<Record<string, string>> = {
  /** A task that reads /proc/version while this is live brings the machine down. */
  crash: `--- a/fs/proc/version.c
+++ b/fs/proc/version.c
@@ -10,4 +10,5 @@ static int version_proc_show(struct seq_file *m, void *v)
 static int version_proc_show(struct seq_file *m, void *v)
 {
+\tpanic("level 2 brought the machine down");
 \tseq_printf(m, linux_proc_banner,
 \t\tutsname()->sysname,
`,
  /** A reader of an empty pipe sleeps in what this replaces. */
  pipe: `--- a/fs/pipe.c
+++ b/fs/pipe.c
@@ -239,3 +239,3 @@ pipe_read(struct kiocb *iocb, struct iov_iter *to)
 \t/* Null read succeeds. */
-\tif (unlikely(total_len == 0))
+\tif (unlikely(total_len == 0 || total_len > MAX_RW_COUNT))
 \t\treturn 0;
`,
};
const PRELUDE = `guard() { /bin/node /guard.mjs "$@"; }\n${SET_UP}`;
/** Whether the first update is live. */
export const MARKED = "grep -qF '[patched live]' /proc/cmdline";

/** A machine of the stock kernel with the guard and two updates, whose disk outlives its boots. */
export class GuardedGuest {
  readonly #folder: string;
  readonly #baseline: Baseline;
  readonly #disk: GuestDisk;
  readonly #files: readonly CpioFile[];

  private constructor(folder: string, baseline: Baseline, disk: GuestDisk, files: readonly CpioFile[]) {
    this.#folder = folder;
    this.#baseline = baseline;
    this.#disk = disk;
    this.#files = files;
  }

  /**
   * Makes an empty disk and updates: `/NAME.uptide` for each named patch, all of which have the one of `mark`.
   *
   * @param more files for the guest, made with the kernel and a folder to work in.
   */
  static async make(
    names: readonly string[],
    more: (baseline: Baseline, folder: string) => Promise<readonly CpioFile[]> = async () => [],
  ): Promise<GuardedGuest> {
    const folder = await mkdtemp(join(tmpdir(), 'uptide-guard-'));
    const baseline = await stockKernel();
    const files: CpioFile[] = [
      ...guestPrograms(),
      { path: 'guard.mjs', content: await bundle('guard-driver.ts') },
    ];
    for (const name of names) {
      const path = `${name}.uptide`;
      const patch = PATCHES[name];
      const own = patch === undefined ? [] : [`${name}.patch`];
      if (patch !== undefined) await writeFile(join(folder, `${name}.patch`), patch);
      const patches = [join(EXAMPLES, 'cmdline-mark.patch'), ...own];
      const args = ['create', ...patches, '--kernel', baseline.release, '--unreviewed', 'a test', '-o', path];
      const made = await uptide(args, folder);
      assert.equal(made.status, EXIT.done, made.stderr + made.stdout);
      files.push({ path, content: await readFile(join(folder, path)) });
    }
    files.push(...(await more(baseline, folder)));
    const disk = await guestDisk(folder, baseline);
    return new GuardedGuest(folder, baseline, disk, [...files, ...disk.files]);
  }

  /**
   * Boots the machine, mounts its disk, runs the commands, and unmounts the disk.
   *
   * @param commands scripts by name; `guard` runs the guard, and `uptide` the agent when `/uptide.mjs` is there.
   */
  async boot(
    commands: Readonly<Record<string, string>>,
    hardware: Partial<Hardware> = {},
  ): Promise<GuestBoot> {
    const { mount, unmount } = this.#disk;
    const scripts: GuestCommand[] = Object.entries(commands).map(([id, script]) => ({
      id,
      script: `${PRELUDE}\n${script}\n`,
      timeoutSeconds: 300,
    }));
    const result = await boot({
      kernel: this.#baseline.vmlinuz,
      files: this.#files,
      // Metadata of a stream has an end, so the guest's clock must be right.
      commands: [
        { ...mount, script: `date -s @${Math.trunc(Date.now() / 1000)}\n${mount.script}` },
        ...scripts,
        unmount,
      ],
      hardware: { memoryMegabytes: 1024, ...this.#disk.hardware, ...hardware },
      limits: { boot: 300 },
    });
    return new GuestBoot(result);
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** What commands print of guard and agent, as far as tests read it; each command has some of the fields. */
export interface Printed {
  readonly state?: string;
  readonly error?: string;
  readonly levels?: number;
  readonly previous?: string;
  readonly uncleanBoots?: number;
  readonly evidence?: readonly string[];
  readonly quarantined?: readonly unknown[];
  readonly strikes?: readonly { readonly level: number; readonly quarantined: boolean }[];
  readonly findings?: readonly { readonly code: string }[];
  readonly outcome?: { readonly state: string; readonly findings?: readonly { readonly code: string }[] };
  readonly live?: {
    readonly phase?: string;
    readonly level?: number;
    readonly trust?: string;
    readonly update?: { readonly level: number };
  };
  readonly lastTrusted?: { readonly title: string };
}

/** What a boot left. */
export class GuestBoot {
  readonly result: BootResult;

  constructor(result: BootResult) {
    this.result = result;
  }

  /** What a command printed, for a message. */
  text(id: string): string {
    const { results, reason } = this.result;
    const { stdout, stderr } = results.get(id) ?? { stdout: '', stderr: `${id} did not end: ${reason}` };
    return `${stdout.toString()}${stderr.toString()}`;
  }

  status(id: string): number | undefined {
    return this.result.results.get(id)?.status;
  }

  /** The objects that a command printed, one a line. */
  json(id: string): Printed[] {
    return this.text(id)
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  }
}
