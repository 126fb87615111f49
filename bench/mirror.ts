// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Store, storeAt } from '@uptide/kernel';

/**
 * A store that has a kernel of another one by links, and a cache of its own: what is measured neither finds results
 * of other runs nor spoils them.
 */
export class Mirror {
  readonly store: Store;
  readonly #objects: string;

  private constructor(store: Store, release: string) {
    this.store = store;
    this.#objects = join(store.kernels, release, 'cache', 'objects');
  }

  static async make(original: Store, release: string): Promise<Mirror> {
    const store = storeAt(await mkdtemp(join(tmpdir(), 'uptide-bench-')));
    const mirror = new Mirror(store, release);
    await mkdir(mirror.#objects, { recursive: true });
    const from = join(original.kernels, release);
    for (const name of await readdir(from)) {
      if (name !== 'cache') await symlink(join(from, name), join(store.kernels, release, name));
    }
    return mirror;
  }

  /** The keys of the kept objects. */
  async keys(): Promise<ReadonlySet<string>> {
    return new Set(await readdir(this.#objects));
  }

  /** Removes all kept objects but those. */
  async keepOnly(keys: ReadonlySet<string>): Promise<void> {
    for (const key of await this.keys()) {
      if (!keys.has(key)) await rm(join(this.#objects, key));
    }
  }

  async remove(): Promise<void> {
    await rm(this.store.root, { recursive: true, force: true });
  }
}
