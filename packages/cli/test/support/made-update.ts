// SPDX-License-Identifier: GPL-2.0-or-later
import { createHash } from 'node:crypto';
import { ObjectBuilder, SHT, STB, STT, writeObject } from '@uptide/elf';
import type { Update } from '@uptide/stream';
import { sampleDescription, sampleUpdate } from '../../../stream/test/support/sample.ts';
import { carriedKernelSide } from '../../src/glue/origin.ts';

/** Our own C, as short as it can be. */
export const KERNEL_SIDE = [{ path: 'update.c', bytes: Buffer.from('int x;\n') }];

/** A module with one function of these bytes. */
export function module(...bytes: number[]): Uint8Array {
  const builder = new ObjectBuilder();
  const content = { kind: 'bytes', bytes: Uint8Array.from(bytes) } as const;
  const section = builder.addSection({ name: '.text', type: SHT.PROGBITS, content });
  const home = { kind: 'section', section } as const;
  builder.addSymbol({
    name: 'fixed',
    value: 0,
    size: bytes.length,
    bind: STB.LOCAL,
    type: STT.FUNC,
    home,
  });
  return writeObject(builder.build());
}

/** An update as a create makes it, without findings. */
export function madeUpdate(changes: Partial<Update> = {}): Update {
  const { source } = sampleDescription();
  const { proof: _proof, ...update } = sampleUpdate();
  return {
    ...update,
    description: sampleDescription({ findings: [], source: { ...source, tool: { version: '1.2.3' } } }),
    module: module(0x90, 0xc3),
    others: carriedKernelSide(KERNEL_SIDE),
    ...changes,
  };
}

/** A proof of that update, as far as it concerns a reader. */
export function proofOf({ description, module: bytes }: Update, changes: object = {}): Uint8Array {
  const proof = {
    schema: 1,
    release: description.kernel.release,
    buildId: description.kernel.buildId,
    module: createHash('sha256').update(bytes).digest('hex'),
    verdict: 'proven',
    functions: [{ shown: 'live' }, { shown: 'live' }, { shown: 'static' }],
    ...changes,
  };
  return Buffer.from(JSON.stringify(proof));
}
