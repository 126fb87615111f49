// SPDX-License-Identifier: GPL-2.0-or-later
//
// What earlier runs came to. The folder of the results holds, for each patch, `results/NAME.json` and, when it was
// made, `updates/NAME.uptide`. A create counts as long as patch, kernel and the code that makes updates are the same;
// a proof as long as the module and the code that proves are. So an interrupted run goes on where it ended, and a
// change of the forge proves again only those updates that come out differently.
import { globSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { sha256, UptideError, writeFileAtomically } from '@uptide/base';
import type { Baseline } from '@uptide/kernel';
import type { Update } from '@uptide/stream';
import { VERSION } from '../version.ts';
import type { CorpusEntry, Fix } from './model.ts';

/** Raised when the form of an entry changes. */
export const FORM = 'uptide corpus 1';

/** The folder of the results of one corpus. */
export class KeptResults {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws UptideError FILE_UNWRITABLE */
  async make(): Promise<void> {
    try {
      for (const name of ['results', 'updates']) await mkdir(join(this.#folder, name), { recursive: true });
    } catch (cause) {
      throw new UptideError('FILE_UNWRITABLE', cause instanceof Error ? cause.message : String(cause), {
        place: { file: this.#folder },
        cause,
      });
    }
  }

  /** The entry of a patch, of whatever key; undefined when there is none. */
  async read(name: string): Promise<CorpusEntry | undefined> {
    const text = await readFile(this.#entryPath(name), 'utf8').catch(() => '');
    try {
      const entry = JSON.parse(text) as CorpusEntry;
      return entry.form === FORM ? entry : undefined;
    } catch {
      return undefined;
    }
  }

  /** The update of a patch; undefined when it is not there or damaged. */
  async readUpdate(name: string): Promise<Update | undefined> {
    const { decodeUpdate } = await import('@uptide/stream');
    return await readFile(this.#updatePath(name))
      .then(decodeUpdate)
      .catch(() => undefined);
  }

  /** Writes the entry, and its update before it; without an update takes away the one of an earlier run. */
  async write(name: string, entry: CorpusEntry, update: Update | undefined): Promise<void> {
    const { encodeUpdate } = await import('@uptide/stream');
    if (update === undefined) await rm(this.#updatePath(name), { force: true });
    else await writeFileAtomically(this.#updatePath(name), encodeUpdate(update));
    await writeFileAtomically(this.#entryPath(name), `${JSON.stringify(entry, undefined, 1)}\n`);
  }

  /** Keeps what the machine said of a proof that failed. */
  async writeLog(name: string, log: string): Promise<void> {
    await writeFileAtomically(join(this.#folder, 'results', `${name}.log`), log);
  }

  #updatePath(name: string): string {
    return join(this.#folder, 'updates', `${name}.uptide`);
  }

  #entryPath(name: string): string {
    return join(this.#folder, 'results', `${name}.json`);
  }
}

/** Rooms whose code decides what an update is, and those whose code proves one. */
const MAKING = ['base', 'elf', 'kernel', 'forge', 'stream'];
const PROVING = ['base', 'elf', 'kernel', 'lab'];

/** What the keys of all patches are made with. */
export class Keys {
  readonly #kernel: string;
  readonly #making: string;
  readonly #proving: string;

  /** @param maxUnits on which it depends whether a patch is refused for the files that it reaches */
  constructor({ release, buildId, digest }: Baseline, maxUnits: number | undefined) {
    this.#kernel = sha256(FORM, VERSION, release, buildId, digest);
    this.#making = sha256(codeDigest(MAKING), String(maxUnits));
    this.#proving = codeDigest(PROVING);
  }

  /** The key of a patch's create. */
  create({ name, title, bytes }: Fix): string {
    return sha256(this.#kernel, this.#making, name, title ?? '', bytes);
  }

  /** The key of an update's proof: equal for equal modules, however they came about. */
  proof({ description, module }: Update): string {
    return sha256(this.#kernel, this.#proving, JSON.stringify(description.objects), module);
  }
}

/** Digest of the code of rooms and of what they put into the kernel; results of other code do not count. */
function codeDigest(rooms: readonly string[]): string {
  const root = resolve(import.meta.dirname, '../../../..');
  const patterns = [`packages/{${rooms.join(',')}}/src/**/*.ts`, 'kernel-side/**/*.{c,h}'];
  const files = globSync(patterns, { cwd: root }).sort();
  return sha256(...files.flatMap((file) => [file, readFileSync(join(root, file))]));
}
