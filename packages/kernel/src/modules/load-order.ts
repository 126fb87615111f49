// SPDX-License-Identifier: GPL-2.0-or-later
import { KernelError } from '../error.ts';

/**
 * The modules to load for one to load, itself last, each after those whose symbols it uses. The order is
 * a function of the names alone.
 *
 * @param dependencies the names a module depends on (`dependsOf`); undefined when there is no such module.
 * @throws KernelError MODULE_MISSING, MODULE_CYCLE.
 */
export async function loadOrder(
  name: string,
  dependencies: (name: string) => Promise<readonly string[] | undefined>,
): Promise<string[]> {
  const order: string[] = [];
  const done = new Set<string>();
  const visit = async (module: string, users: readonly string[]): Promise<void> => {
    if (done.has(module)) return;
    const path = [...users, module];
    if (users.includes(module)) {
      throw new KernelError('MODULE_CYCLE', path.join(' needs '), { place: { object: module } });
    }
    const needed = await dependencies(module);
    if (needed === undefined) {
      throw new KernelError('MODULE_MISSING', `there is no module ${path.join(', which needs ')}`, {
        place: { object: module },
      });
    }
    for (const dependency of needed) await visit(dependency, path);
    done.add(module);
    order.push(module);
  };
  await visit(name, []);
  return order;
}
