// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Code } from '@uptide/base';
import { openTrustedStream, type TrustedStream } from '../../src/client/open.ts';
import { subscribeFolder } from '../../src/client/trust-folder.ts';
import type { Source } from '../../src/trust/model.ts';
import { NOW, type Simulator } from './simulator.ts';

/** A client of a simulated stream, in a folder of its own. */
export class Client {
  readonly folder: string;
  source: Source;
  time = NOW;

  constructor(folder: string, source: Source) {
    this.folder = folder;
    this.source = source;
  }

  /** A process of its own, as far as the client can tell: nothing is shared but the folder. */
  open(): Promise<TrustedStream> {
    return openTrustedStream({ folder: this.folder, source: this.source, now: () => this.time });
  }

  async refresh(): Promise<TrustedStream> {
    const stream = await this.open();
    await stream.refresh();
    return stream;
  }

  /** Refreshes and expects it to fail. */
  async refused(code: Code): Promise<void> {
    const stream = await this.open();
    await assert.rejects(stream.refresh(), { code });
  }

  async download(path: string): Promise<string> {
    const stream = await this.refresh();
    return Buffer.from(await stream.download(path)).toString();
  }

  /** The version of a role that is trusted, as it lies in the folder. */
  async version(role: string): Promise<number | undefined> {
    try {
      const text = await readFile(join(this.folder, `${encodeURIComponent(role)}.json`), 'utf8');
      return JSON.parse(text).signed.version;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async versions(...roles: readonly string[]): Promise<(number | undefined)[]> {
    return await Promise.all(roles.map((role) => this.version(role)));
  }

  async files(): Promise<string[]> {
    return (await readdir(this.folder)).filter((name) => name.endsWith('.json')).sort();
  }
}

/** Runs a test with a client that is subscribed to the simulator. */
export async function withClient(
  simulator: Simulator,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    await subscribeFolder(folder, simulator.root);
    await work(new Client(folder, simulator.source()));
  });
}

export async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'uptide-trust-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
