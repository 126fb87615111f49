// SPDX-License-Identifier: GPL-2.0-or-later
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { QUIET, type Reporter } from '@uptide/base';
import { type Agent, agentOf, type Status, subscribe } from '@uptide/host';
import type { Update } from '@uptide/stream';
import { fakeLevel, type PublishedStream, publishedStream } from '../../../stream/test/support/published.ts';
import { sampleUpdate } from './fake-machine.ts';
import { GuardedMachine, moduleOf } from './guarded-machine.ts';

/** What the clock of a fake machine says at first. */
const STARTED = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

/** A level that fits the fake kernel. */
export function fittingLevel(number: number): Update {
  const { objects } = sampleUpdate().description;
  return fakeLevel(number, { description: { module: moduleOf(number), objects } });
}

const folders: string[] = [];
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** To publish takes longer than all else in these tests: machines see copies of the same streams. */
const streams = new Map<string, Promise<PublishedStream>>();

function streamOf(levels: number, waves: string): Promise<PublishedStream> {
  const key = `${levels} ${waves}`;
  const known = streams.get(key) ?? publish(levels, waves);
  streams.set(key, known);
  return known;
}

async function publish(levels: number, waves: string): Promise<PublishedStream> {
  const stream = await publishedStream({ levels: 0, now: STARTED - 24 * HOUR, waves });
  folders.push(stream.folder);
  const numbers = Array.from({ length: levels }, (_, at) => at + 1);
  if (levels > 0) await publishMore(stream, numbers);
  return stream;
}

async function publishMore(stream: PublishedStream, levels: readonly number[]): Promise<void> {
  const at = STARTED - 24 * HOUR + levels.reduce((sum, level) => sum + level * 60_000, 0);
  await stream.add(levels.map(fittingLevel), at);
  await stream.publish(at);
}

/** A machine that can follow a stream of its own, and go on to follow it. */
export class FollowedMachine {
  readonly host = new GuardedMachine({ 'etc/os-release': 'ID=debian\nVERSION_ID="12"\n' });
  readonly agent: Agent;
  readonly stream: PublishedStream;
  /** What this machine alone sees of the stream. */
  readonly served: string;
  /** What was noted besides the results. */
  readonly notes: string[] = [];

  private constructor(stream: PublishedStream, signal: AbortSignal) {
    this.stream = stream;
    this.served = `${this.host.machine.root}.stream`;
    cpSync(stream.served, this.served, { recursive: true });
    folders.push(this.served);
    const reporter: Reporter = { ...QUIET, note: (text) => this.notes.push(text) };
    this.agent = agentOf({ machine: this.host.machine, reporter, signal, version: '0.1.0' });
  }

  /** With so many levels that were published a day ago; nothing is subscribed to. */
  static async make(
    levels: number,
    options: { readonly waves?: string; readonly signal?: AbortSignal } = {},
  ): Promise<FollowedMachine> {
    const { waves = 'all', signal = new AbortController().signal } = options;
    return new FollowedMachine(await streamOf(levels, waves), signal);
  }

  /** With a configuration, and subscribed. */
  static async subscribed(
    levels: number,
    toml = '',
    options: { readonly waves?: string } = {},
  ): Promise<FollowedMachine> {
    const followed = await FollowedMachine.make(levels, options);
    followed.configure(toml);
    await followed.subscribe();
    return followed;
  }

  /** Publishes one level more; no other machine may follow this stream then. */
  async publish(level: number): Promise<void> {
    await publishMore(this.stream, [level]);
    this.vanish();
    cpSync(this.stream.served, this.served, { recursive: true });
    streams.clear();
  }

  /** Takes away what the stream serves to this machine. */
  vanish(): void {
    rmSync(this.served, { recursive: true, force: true });
  }

  async subscribe(replace = false): ReturnType<typeof subscribe> {
    const { root } = this.stream;
    const url = this.served;
    return await subscribe(this.agent, { url, root, replace });
  }

  configure(toml: string): void {
    this.host.machine.put({ 'etc/uptide/uptide.toml': toml });
  }

  /** The status that others read. */
  written(): Status {
    return JSON.parse(this.read('run/uptide/status.json'));
  }

  read(path: string): string {
    return readFileSync(join(this.host.machine.root, path), 'utf8');
  }

  /** Writes other bytes over a file that a mirror serves. */
  forge(path: string, bytes: string | Uint8Array): void {
    writeFileSync(join(this.served, path), bytes);
  }
}
