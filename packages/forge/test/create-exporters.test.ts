// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ElfObject } from '@uptide/elf';
import { shippedExporters, shippedObjects } from '../src/create/shipped-objects.ts';
import { assembled, FENTRY, global, local } from './support/assembly.ts';
import { failsLater } from './support/fails.ts';
import { exportOf, shippedFrom, unitOf } from './support/units.ts';

it('the modules that export what replaced functions may refer to are read, and no others', async () => {
  const read: string[] = [];
  const exporter = await assembled(global('crc32c', FENTRY, 'ret'));
  const module = async (name: string): Promise<ElfObject | undefined> => {
    read.push(name);
    return await Promise.resolve(name === 'libcrc32c' ? exporter : undefined);
  };
  const body = (last: string): string =>
    [
      local('foo', FENTRY, 'call crc32c', 'call kfree', 'call own', 'call absent', last, 'ret'),
      local('bar', FENTRY, 'call unused', 'ret'),
    ].join('\n');
  const [pre, post] = [await assembled(body('cld')), await assembled(body('std'))];
  const objects = { crc32c: 'libcrc32c', kfree: 'vmlinux', own: 'sctp', unused: 'nobody', absent: 'gone' };
  const exports = new Map(Object.entries(objects).map(([name, object]) => [name, exportOf(name, object)]));
  const unit = (object: string): ReturnType<typeof unitOf> =>
    unitOf({ pre, post, shipped: shippedFrom(pre, object) });
  const shipped = await shippedExporters({ module }, [unit('sctp'), unit('vmlinux')], exports);
  assert.deepEqual(read, ['gone', 'libcrc32c']);
  assert.deepEqual([...shipped.keys()], ['libcrc32c']);
  assert.equal(shipped.get('libcrc32c')?.named('crc32c').length, 1);
});

it('an object that the kernel does not have is an error', async () => {
  const nothing = async (): Promise<undefined> => await Promise.resolve(undefined);
  const baseline = { module: nothing, image: () => Promise.reject(new Error('no image')), release: '6.1.0' };
  await failsLater('MATCH_OBJECT_UNKNOWN', () => shippedObjects(baseline, ['sctp']));
});
