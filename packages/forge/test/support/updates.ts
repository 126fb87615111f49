// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { type ElfObject, type ElfSection, readObject, type SectionIndex, sectionBytes } from '@uptide/elf';
import type { Btf, ExportedSymbol } from '@uptide/kernel';
import type { Cut } from '../../src/cut/cut.ts';
import { linkModule } from '../../src/link/link.ts';
import { assembled, FENTRY, global } from './assembly.ts';
import { exportOf } from './units.ts';

type Layouts = Readonly<Record<string, Readonly<Record<string, number>> & { readonly size: number }>>;

/** Structs of a kernel that never was: no member is where it is in a real one. */
export const LAYOUTS: Layouts = {
  klp_func: { size: 72, new_func: 8, old_name: 24, old_sympos: 40 },
  klp_object: { size: 96, name: 40, funcs: 16, callbacks: 56 },
  klp_callbacks: { size: 32, pre_patch: 24, post_patch: 16, pre_unpatch: 8, post_unpatch: 0 },
  klp_state: { size: 24, version: 4, id: 8 },
  klp_patch: { size: 80, replace: 33, mod: 8, objs: 48, states: 64 },
  module: { size: 320, name: 24, exit: 128, init: 200 },
};

/** Type information that knows given structs. */
export function fakeBtf(layouts: Layouts = LAYOUTS): Btf {
  return {
    structSize: (name) => layouts[name]?.size,
    memberOffset: (struct, member) => layouts[struct]?.[member],
    members: () => undefined,
  };
}

/** kernel-side/update.c as assembly. */
export const FRAME = [
  global('init_module', FENTRY, 'mov $uptide_patch, %rdi', 'call klp_enable_patch', 'ret'),
  global('cleanup_module', FENTRY, 'ret'),
].join('\n');

const BY_EVERY_MODULE = ['__fentry__', 'klp_enable_patch', 'module_layout', 'kfree', 'printk'];

/** Exports of vmlinux by name, with those that every module needs. */
export function exportsOf(...more: readonly ExportedSymbol[]): Map<string, ExportedSymbol> {
  const all = [...BY_EVERY_MODULE.map((name) => exportOf(name, 'vmlinux')), ...more];
  return new Map(all.map((symbol) => [symbol.name, symbol]));
}

export interface LinkOptions {
  readonly btf?: Btf;
  readonly exports?: ReadonlyMap<string, ExportedSymbol>;
  readonly name?: string;
  readonly defaults?: ElfObject;
}

/** Links what was cut to a module. */
export async function linked(cut: Cut, options: LinkOptions = {}): Promise<Uint8Array> {
  return linkModule({
    cut,
    frame: await assembled(FRAME),
    defaults: options.defaults,
    btf: options.btf ?? fakeBtf(),
    exports: options.exports ?? exportsOf(),
    identity: {
      name: options.name ?? 'uptide_test',
      vermagic: '6.1.0-50-amd64 SMP preempt mod_unload modversions ',
      inherited: ['retpoline=Y'],
    },
  });
}

/** A linked module, to look into. */
export class LinkedModule {
  readonly object: ElfObject;

  constructor(bytes: Uint8Array) {
    this.object = readObject(bytes);
  }

  section(name: string): ElfSection {
    const [found, ...others] = this.object.sections.filter((section) => section.name === name);
    assert.ok(found !== undefined && others.length === 0, name);
    return found;
  }

  bytes(name: string): Uint8Array {
    return sectionBytes(this.section(name)) ?? assert.fail(`${name} has no content`);
  }

  /** All relocations as [table, offset in the section that it applies to, type, symbol, addend]. */
  relocations(): (readonly [string, number, number, string, number])[] {
    return this.object.sections.flatMap(({ name, content }) =>
      content.kind === 'relocations'
        ? content.relocations.map(
            ({ offset, type, symbol, addend }) =>
              [name, offset, type, this.#symbolName(symbol), addend] as const,
          )
        : [],
    );
  }

  #symbolName(index: number): string {
    const symbol = this.object.symbols[index];
    if (symbol?.name !== '' || symbol.home.kind !== 'section') return symbol?.name ?? '';
    return this.object.sections[symbol.home.section]?.name ?? '';
  }

  /** Where the 8-byte pointer at a place of a section leads, as `SECTION+OFFSET` or the name of a symbol. */
  pointer(section: string, offset: number): { readonly section: string; readonly offset: number } {
    const index: SectionIndex = this.section(section).index;
    for (const { content, info } of this.object.sections) {
      if (content.kind !== 'relocations' || info !== index) continue;
      const found = content.relocations.find((relocation) => relocation.offset === offset);
      if (found !== undefined) return { section: this.#symbolName(found.symbol), offset: found.addend };
    }
    return assert.fail(`nothing is relocated at ${section}+${offset}`);
  }

  /** The string at a place of a section. */
  text({ section, offset }: { readonly section: string; readonly offset: number }): string {
    const bytes = this.bytes(section);
    return Buffer.from(bytes.subarray(offset, bytes.indexOf(0, offset))).toString('latin1');
  }

  /** The function at a place of a section. */
  functionAt({ section, offset }: { readonly section: string; readonly offset: number }): string {
    const { index } = this.section(section);
    const found = this.object.symbols.find(
      ({ home, value, name }) =>
        home.kind === 'section' && home.section === index && value === offset && name !== '',
    );
    return found?.name ?? assert.fail(`no function is at ${section}+${offset}`);
  }
}
