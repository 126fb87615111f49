// SPDX-License-Identifier: GPL-2.0-or-later

/** What the kernel says of a loaded patch, read from /sys/kernel/livepatch and ftrace by the script in `plan.ts`. */
export interface KlpState {
  readonly enabled: boolean;
  readonly inTransition: boolean;
  readonly objects: ReadonlyMap<string, KlpObjectState>;
  /** Functions that ftrace redirects to klp in objects that the patch does not list: `OBJECT NAME`. */
  readonly strays: readonly string[];
}

export interface KlpObjectState {
  /**
   * Whether the kernel says that its functions are redirected. Undefined on kernels without the file, from before
   * commit bb26cfd9e77e ("livepatch: add sysfs entry "patched" for each klp_object").
   */
  readonly patched: boolean | undefined;
  /** As sysfs names them: `NAME,POSITION`. */
  readonly functions: ReadonlySet<string>;
  /** Names of the functions of this object that ftrace redirects to klp; an alias may stand for another name. */
  readonly traced: ReadonlySet<string>;
}

/**
 * Reads the output of the script.
 *
 * @returns undefined when a line is not of its form or a value is missing.
 */
export function parseKlpState(text: string): KlpState | undefined {
  const values = new Map<string, string>();
  const objects = new Map<
    string,
    { patched: boolean | undefined; functions: Set<string>; traced: Set<string> }
  >();
  const strays: string[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [kind, first = '', second = ''] = line.split(' ');
    if (kind === 'value') values.set(first, second);
    else if (kind === 'object' && ['0', '1', 'unknown'].includes(second)) {
      const patched = second === 'unknown' ? undefined : second === '1';
      objects.set(first, { patched, functions: new Set(), traced: new Set() });
    } else if (kind === 'function') objects.get(first)?.functions.add(second);
    else if (kind === 'traced') {
      // "bm_status_read [binfmt_misc] (1)   I ...", without the brackets for the kernel itself.
      const object = second.startsWith('[') ? second.slice(1, -1) : 'vmlinux';
      const known = objects.get(object);
      if (known === undefined) strays.push(`${object} ${first}`);
      else known.traced.add(first);
    } else return undefined;
  }
  const enabled = flag(values.get('enabled'));
  const inTransition = flag(values.get('transition'));
  if (enabled === undefined || inTransition === undefined) return undefined;
  return { enabled, inTransition, objects, strays };
}

function flag(value: string | undefined): boolean | undefined {
  return value === '1' ? true : value === '0' ? false : undefined;
}
