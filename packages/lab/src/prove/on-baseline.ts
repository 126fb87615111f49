// SPDX-License-Identifier: GPL-2.0-or-later
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Finding, UptideError } from '@uptide/base';
import { type ElfObject, readObject } from '@uptide/elf';
import { type Baseline, readModuleBytes } from '@uptide/kernel';
import { checkAgainstFile } from '../check/against-file.ts';
import { type GuestModule, type ProveInput, VMLINUX } from './input.ts';
import { moduleOrder } from './module-order.ts';
import { type ProveResult, type ProveTools, prove } from './prove.ts';

/** An update to prove, and how. */
export interface UpdateToProve extends Omit<ProveInput, 'kernel' | 'release' | 'buildId' | 'modules'> {
  /** Names of modules that the probes need besides those that the update touches. */
  readonly alsoLoad?: readonly string[];
}

/**
 * Proves an update on the kernel of a baseline: gathers the modules that it touches with all that those need, boots
 * with them, and checks the update against their files.
 *
 * @throws as `prove`; ElfError when the update is no object; KernelError when a shipped module is missing or damaged.
 */
export async function proveOnBaseline(
  baseline: Baseline,
  toProve: UpdateToProve,
  tools: Omit<ProveTools, 'check'> = {},
): Promise<ProveResult> {
  const { alsoLoad = [], ...rest } = toProve;
  const previous = toProve.level?.previous?.objects ?? [];
  const objects = [...toProve.objects, ...previous]
    .map(({ name }) => name)
    .filter((name) => name !== VMLINUX);
  const order = await moduleOrder(baseline, [...alsoLoad, ...objects]);
  const modules: GuestModule[] = [];
  for (const name of order) modules.push(await guestModule(baseline, name));
  const input: ProveInput = {
    ...rest,
    kernel: baseline.vmlinuz,
    release: baseline.release,
    buildId: baseline.buildId,
    modules,
  };
  const check = async (object: string): Promise<readonly Finding[]> => {
    const shipped = new Map<string, ElfObject>();
    for (const name of order) {
      const module = await baseline.module(name);
      if (module !== undefined) shipped.set(name, module);
    }
    return checkAgainstFile({
      release: baseline.release,
      update: readObject(toProve.update.bytes),
      object,
      functions: toProve.objects.find(({ name }) => name === object)?.functions ?? [],
      module: (name) => shipped.get(name),
      exports: await baseline.exports(),
    });
  };
  return await prove(input, { ...tools, check });
}

/** First byte of an ELF file: a module that is not compressed is given to the kernel as it is, signature and all. */
const ELF_MAGIC = 0x7f;

async function guestModule(baseline: Baseline, name: string): Promise<GuestModule> {
  const shipped = (await baseline.modules()).get(name);
  if (shipped === undefined)
    throw new UptideError('INTERNAL', `the order has a module ${name} that is not shipped`);
  const path = join(baseline.moduleFolder, shipped.path);
  const file = await readFile(path);
  return { name, bytes: file[0] === ELF_MAGIC ? file : await readModuleBytes(path) };
}
