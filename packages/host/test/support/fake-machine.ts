// SPDX-License-Identifier: GPL-2.0-or-later
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '@uptide/base';
import { type Effects, Machine } from '@uptide/host';
import type { Description, Update } from '@uptide/stream';

export const RELEASE = '6.1.0-50-amd64';
export const BUILD_ID = 'c0ffee'.repeat(6);
export const BOOT_ID = '11111111-2222-4333-8444-555555555555';
export const NAME = 'uptide_0123456789ab';
/** Where the fake kernel's text begins, and the address of its one function. */
const TEXT = 0xffff_ffff_9a00_0000n;
export const CODE = Uint8Array.from({ length: 64 }, (_, index) => (index * 7) % 256);
const FUNCTION_OFFSET = 0x100;
/** What the clock of a machine says at first: 2026-01-01. */
const STARTED = Date.UTC(2026, 0, 1);
const MASK = { offset: 0, length: 5, kind: 'fentry' };

/** A core file with one segment at TEXT, whose content begins at `offset`. */
export function coreFile(content: Uint8Array, change: (header: Buffer) => void = () => {}): Buffer {
  const header = Buffer.alloc(64 + 2 * 56);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header.writeUInt16LE(4, 16);
  header.writeUInt16LE(62, 18);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(2, 56);
  header.writeUInt32LE(4, 64); // PT_NOTE
  header.writeUInt32LE(1, 120);
  header.writeBigUInt64LE(BigInt(header.length), 128);
  header.writeBigUInt64LE(TEXT, 136);
  header.writeBigUInt64LE(BigInt(content.length), 160);
  change(header);
  return Buffer.concat([header, content]);
}

/** The running text: the function's bytes at their place, with an ftrace call that is not the shipped one. */
export function runningText(change: (code: Uint8Array) => void = () => {}): Uint8Array {
  const text = new Uint8Array(0x400).fill(0x90);
  const code = Uint8Array.from(CODE);
  code.fill(0xcc, MASK.offset, MASK.offset + MASK.length);
  change(code);
  text.set(code, FUNCTION_OFFSET);
  return text;
}

/** One note with a build id. */
export function notes(buildId: string): Buffer {
  const content = Buffer.from(buildId, 'hex');
  const header = Buffer.alloc(16);
  header.writeUInt32LE(4, 0);
  header.writeUInt32LE(content.length, 4);
  header.writeUInt32LE(3, 8);
  header.write('GNU\0', 12);
  return Buffer.concat([header, content, Buffer.alloc((4 - (content.length % 4)) % 4)]);
}

/** An update that replaces `victim` of the fake kernel. */
export function sampleUpdate(changes: Partial<Description> = {}): Update {
  const masked = Uint8Array.from(CODE).fill(0, MASK.offset, MASK.offset + MASK.length);
  return {
    description: {
      id: 'ab'.repeat(32),
      module: NAME,
      kernel: { release: RELEASE, buildId: BUILD_ID, architecture: 'x86_64' },
      level: 1,
      title: 'keys: hold the reference',
      cves: ['CVE-2024-0001'],
      objects: [
        {
          name: 'vmlinux',
          functions: [
            {
              name: 'victim',
              position: 0,
              size: CODE.length,
              reason: 'it differs',
              match: { sha256: createHash('sha256').update(masked).digest('hex'), masks: [MASK] },
            },
          ],
        },
      ],
      findings: [],
      compiler: 'gcc',
      source: { package: 'linux-source-6.1', version: '1', baseline: 'cd'.repeat(32) },
      ...changes,
    },
    module: Uint8Array.from([1, 2, 3]),
    patches: [],
  };
}

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** The files of a healthy machine without any live update. */
export const HEALTHY: Files = {
  'dev/kmsg': '6,100,1000000,-;Linux version\n',
  'proc/cmdline': 'root=/dev/vda1 quiet\n',
  'proc/sys/kernel/osrelease': `${RELEASE}\n`,
  'proc/sys/kernel/random/boot_id': `${BOOT_ID}\n`,
  'proc/sys/kernel/tainted': '0\n',
  'proc/uptime': '100.00 50.00\n',
  'proc/kallsyms': 'ffffffff9a000000 T _text\nffffffff9a000100 t victim\nffffffffc0000000 t other\t[mod]\n',
  'proc/kcore': coreFile(runningText()),
  'proc/12/task/12/patch_state': '-1\n',
  'sys/kernel/notes': notes(BUILD_ID),
  'sys/kernel/livepatch/.keep': '',
  'sys/module/mod/initstate': 'live\n',
};

/** The files by which a live update shows. */
export function live(name: string, enabled: 0 | 1, transition: 0 | 1, func = 'victim'): Files {
  const folder = `sys/kernel/livepatch/${name}`;
  return {
    [`${folder}/enabled`]: `${enabled}\n`,
    [`${folder}/transition`]: `${transition}\n`,
    [`${folder}/vmlinux/${func},1/.keep`]: '',
    [`sys/module/${name}/initstate`]: 'live\n',
  };
}

const roots: string[] = [];
process.on('exit', () => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

/** A machine in a folder of its own, with a kernel that the test plays. */
export class FakeMachine extends Machine {
  readonly root: string;
  /** Programs that were run, with their arguments. */
  readonly calls: string[];
  /** Programs that are really run. */
  readonly real = new Set<string>();

  constructor(files: Files, kernel: Kernel = {}) {
    const root = mkdtempSync(join(tmpdir(), 'uptide-host-'));
    roots.push(root);
    const calls: string[] = [];
    let clock = 0;
    const effects: Effects = {
      isRoot: () => kernel.isRoot ?? true,
      time: () => STARTED + clock,
      now: () => clock,
      sleep: async (milliseconds) => {
        clock += milliseconds;
        kernel.tick?.(this, clock);
      },
      run: async (program, args, options) => {
        if (this.real.has(program)) return await run(program, args, options);
        calls.push([program, ...args.map((arg) => arg.replace(root, ''))].join(' '));
        const stderr = kernel.run?.(this, program, args) ?? '';
        return { status: stderr === '' ? 0 : 1, stdout: Buffer.alloc(0), stderr };
      },
    };
    super(root, effects);
    this.root = root;
    this.calls = calls;
    this.put(files);
  }

  put(files: Files): void {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, path)), { recursive: true });
      writeFileSync(join(this.root, path), content);
    }
  }

  drop(path: string): void {
    rmSync(join(this.root, path), { recursive: true, force: true });
  }
}

/** What the fake kernel does. */
export interface Kernel {
  readonly isRoot?: boolean;
  /** Called when a program runs; returns its complaint, empty when it succeeds. */
  readonly run?: (machine: FakeMachine, program: string, args: readonly string[]) => string;
  /** Called when time passes; `clock` in milliseconds. */
  readonly tick?: (machine: FakeMachine, clock: number) => void;
}
