// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileDigest, QUIET } from '@uptide/base';
import {
  archivePath,
  type GuardedLoadOptions,
  guardedLoad,
  guardedUnload,
  type Journal,
  type LoadOutcome,
  openJournal,
} from '@uptide/host';
import { encodeUpdate, type Update } from '@uptide/stream';
import { readJournal, relevant } from '../../src/guard/decide/entry.ts';
import { BUILD_ID, FakeMachine, type Files, HEALTHY, live, RELEASE, sampleUpdate } from './fake-machine.ts';

export const KERNEL = { release: RELEASE, buildId: BUILD_ID };
export const PATIENCE = { wait: 3, reporter: QUIET, signal: new AbortController().signal };
const HOUR = 3600;

/** The update of a level of the fake kernel. */
export function level(number: number): Update {
  const id = createHash('sha256').update(`level ${number}`).digest('hex');
  return { ...sampleUpdate({ id, level: number, module: moduleOf(number) }), module: Uint8Array.of(number) };
}

export function moduleOf(number: number): string {
  return `uptide_${String(number).padStart(12, '0')}`;
}

/** What a test lets the kernel do otherwise. */
export interface Moods {
  /** Called before a module is loaded; what it throws ends the test's process, as a panic would. */
  beforeInsert?: (module: string) => void;
  /** The complaint with which a module is refused. */
  refuse?: string;
  /** Tasks never switch. */
  stuck?: boolean;
}

/** A machine that boots, loads, crashes and goes down, as a test says. Its disk outlives its boots. */
export class GuardedMachine {
  readonly machine: FakeMachine;
  readonly journal: Journal;
  readonly moods: Moods = {};
  #boots = 0;
  #uptime = 0;

  constructor(files: Files = {}) {
    this.machine = new FakeMachine(
      { ...HEALTHY, ...files },
      {
        run: (machine, program, args) => this.#run(machine, program, args[0] ?? ''),
        tick: (machine) => this.#tick(machine),
      },
    );
    this.journal = openJournal(this.machine);
    this.boot();
  }

  /** Begins a boot: memory is empty, the disk is as it was. */
  boot(): void {
    this.#boots += 1;
    for (const path of ['run', 'sys/kernel/livepatch', 'sys/module']) this.machine.drop(path);
    const number = String(this.#boots).padStart(12, '0');
    this.machine.put({
      'proc/sys/kernel/random/boot_id': `00000000-0000-4000-8000-${number}\n`,
      'sys/kernel/livepatch/.keep': '',
      'sys/module/mod/initstate': 'live\n',
    });
    this.log([]);
    this.at(0.01);
  }

  /** Sets the time since the boot, in hours. */
  at(hours: number): void {
    this.#uptime = hours * HOUR;
    this.machine.put({ 'proc/uptime': `${this.#uptime.toFixed(2)} 1.00\n` });
  }

  /** Lets hours go by. */
  wait(hours: number): void {
    this.at(this.#uptime / HOUR + hours);
  }

  /** What the kernel has logged in this boot, from message `first` on. */
  log(messages: readonly string[], first = 0): void {
    const lines = ['Linux version', ...messages].map((text, at) => `4,${first + at},1,-;${text}\n`);
    this.machine.put({ 'dev/kmsg': lines.join('') });
  }

  /** Puts an update into the cache and loads it. */
  async load(number: number, options: Partial<GuardedLoadOptions> = {}): Promise<LoadOutcome> {
    const bytes = encodeUpdate(level(number));
    const archive = fileDigest(bytes);
    this.machine.put({ [archivePath(archive)]: bytes });
    return await guardedLoad(this.machine, this.journal, level(number), {
      ...PATIENCE,
      unmatched: false,
      by: 'agent',
      archive,
      ...options,
    });
  }

  async unload(by: 'hand' | 'agent' = 'hand'): ReturnType<typeof guardedUnload> {
    return await guardedUnload(this.machine, this.journal, undefined, { ...PATIENCE, by });
  }

  /** The levels that are live in the kernel. */
  live(): number[] {
    return readdirSync(join(this.machine.root, 'sys/kernel/livepatch'))
      .filter((name) => name.startsWith('uptide_'))
      .map((name) => Number(name.slice('uptide_'.length)));
  }

  /** How often the kernel was given a module. */
  inserted(): number {
    return this.machine.calls.filter((call) => call.startsWith('insmod ')).length;
  }

  #run(machine: FakeMachine, program: string, argument: string): string {
    if (program === 'insmod') {
      const module = /(uptide_\d+)\.ko$/.exec(argument)?.[1] ?? '';
      this.#requireIntent(module);
      this.moods.beforeInsert?.(module);
      if (this.moods.refuse !== undefined) return this.moods.refuse;
      const stuck = this.moods.stuck === true;
      if (!stuck) for (const old of this.live()) machine.drop(`sys/kernel/livepatch/${moduleOf(old)}`);
      machine.put(live(module, 1, stuck ? 1 : 0));
    }
    if (program === 'rmmod') {
      if (existsSync(join(machine.root, `sys/kernel/livepatch/${argument}`))) return 'rmmod: in use';
      machine.drop(`sys/module/${argument}`);
    }
    return '';
  }

  /** Whatever a test does, the kernel is never given a module that the disk does not say is about to be loaded. */
  #requireIntent(module: string): void {
    const folder = join(this.machine.root, 'var/lib/uptide/journal');
    const names = relevant(readdirSync(folder));
    const { state } = readJournal(names.map((name) => ({ name, bytes: readFileSync(join(folder, name)) })));
    const { open } = state.boot ?? {};
    assert.deepEqual([open?.action, open?.update.module], ['load', module], 'there is no intent on the disk');
  }

  #tick(machine: FakeMachine): void {
    for (const number of this.live()) {
      const folder = `sys/kernel/livepatch/${moduleOf(number)}`;
      const off = readFileSync(join(machine.root, folder, 'enabled'), 'utf8').trim() === '0';
      if (off) machine.drop(folder);
    }
  }
}

/** The codes of findings. */
export function codesOf({ findings }: { readonly findings: LoadOutcome['findings'] }): string[] {
  return findings.map(({ code }) => code);
}
