// SPDX-License-Identifier: GPL-2.0-or-later
import type { ElfObject } from '@uptide/elf';
import { KernelError } from '../error.ts';
import type { KernelImage } from '../model.ts';
import { BtfTable } from './table.ts';
import type { BtfField, BtfKind, BtfType, BtfTypes } from './types.ts';

/** Types behind a type, and structs inside a struct: the kernel's own verifier stops at 32 (MAX_RESOLVE_DEPTH). */
export const MAX_DEPTH = 32;
/** Members that a look-up goes through: the kernel's largest struct has some 400 with all inside it. */
export const MAX_MEMBERS = 100_000;

const SECTION = '.BTF';
const POINTER_SIZE = 8;

/**
 * Reads a `.BTF` section.
 *
 * @param base the types of the kernel, when the section is a module's.
 * @throws KernelError BTF_BAD_HEADER, BTF_BAD_TYPE; what is wrong with a single type is thrown when that is
 * looked at.
 */
export function readBtf(section: Uint8Array, base?: BtfTypes): BtfTypes {
  if (base !== undefined && !(base instanceof TypeLookup)) {
    throw new KernelError('BTF_BAD_TYPE', 'the base was not read by readBtf');
  }
  return new TypeLookup(new BtfTable(section, base?.table));
}

/** The types of a kernel. @throws KernelError BTF_MISSING and as `readBtf`. */
export function imageBtf(image: KernelImage): BtfTypes {
  const section = image.section(SECTION);
  if (section === undefined) throw new KernelError('BTF_MISSING', `the image has no section ${SECTION}`);
  return readBtf(section);
}

/** The types of a module on top of those of its kernel. @throws KernelError BTF_MISSING and as `readBtf`. */
export function moduleBtf(object: ElfObject, kernel: BtfTypes): BtfTypes {
  const content = object.sections.find(({ name }) => name === SECTION)?.content;
  if (content?.kind !== 'bytes') throw new KernelError('BTF_MISSING', `the module has no section ${SECTION}`);
  return readBtf(content.bytes, kernel);
}

type Composite = Extract<BtfType, { kind: 'struct' | 'union' }>;

class TypeLookup implements BtfTypes {
  readonly table: BtfTable;
  readonly #composites = new Map<string, readonly Composite[]>();

  constructor(table: BtfTable) {
    this.table = table;
  }

  get count(): number {
    return this.table.count;
  }

  type(id: number): BtfType {
    return this.table.type(id);
  }

  named(name: string, kind: BtfKind): readonly number[] {
    return this.table.named(name, kind);
  }

  structSize(name: string): number | undefined {
    return this.#agreed(name, this.#compositesNamed(name), ({ size }) => size);
  }

  members(name: string): readonly BtfField[] | undefined {
    const found = this.#compositesNamed(name);
    const layout = ({ members }: Composite): string =>
      JSON.stringify(members.map((member) => [member.name, member.bitOffset, member.bitSize]));
    this.#agreed(name, found, layout);
    return found[0]?.members;
  }

  memberOffset(struct: string, member: string): number | undefined {
    const bits = this.#agreed(struct, this.#compositesNamed(struct), (composite) =>
      this.#bitOffset(composite, member),
    );
    if (bits === undefined) return undefined;
    if (bits % 8 !== 0) {
      throw new KernelError('BTF_BIT_FIELD', `${struct}.${member} begins at bit ${bits}`);
    }
    return bits / 8;
  }

  enumerator(name: string, constant: string): bigint | undefined {
    const enums = this.named(name, 'enum').map((id) => this.type(id));
    return this.#agreed(name, enums, (type) =>
      type.kind === 'enum' ? type.values.find((value) => value.name === constant)?.value : undefined,
    );
  }

  resolve(id: number): number {
    let at = id;
    for (let depth = 0; depth <= MAX_DEPTH; depth++) {
      const type = this.type(at);
      switch (type.kind) {
        case 'typedef':
        case 'type-tag':
        case 'volatile':
        case 'const':
        case 'restrict':
          at = type.to;
          break;
        default:
          return at;
      }
    }
    throw new KernelError('BTF_BAD_TYPE', `behind type ${id} stand more than ${MAX_DEPTH} others`);
  }

  sizeOf(id: number): number | undefined {
    let elements = 1;
    let at = id;
    for (let depth = 0; depth <= MAX_DEPTH; depth++) {
      const type = this.type(this.resolve(at));
      if (type.kind !== 'array') {
        const size = plainSize(type);
        return size === undefined ? undefined : requireSafe(size * elements, id);
      }
      elements = requireSafe(elements * type.count, id);
      at = type.element;
    }
    throw new KernelError('BTF_BAD_TYPE', `type ${id} is an array of more than ${MAX_DEPTH} dimensions`);
  }

  #compositesNamed(name: string): readonly Composite[] {
    let found = this.#composites.get(name);
    if (found === undefined) {
      // An empty name is that of every anonymous struct.
      const ids = name === '' ? [] : [...this.named(name, 'struct'), ...this.named(name, 'union')];
      found = ids.map((id) => this.type(id)).filter(isComposite);
      this.#composites.set(name, found);
    }
    return found;
  }

  /** What all types of a name say; two that differ are an error, since no name tells them apart. */
  #agreed<T, R>(name: string, types: readonly T[], ask: (type: T) => R): R | undefined {
    const [first, ...others] = types.map(ask);
    if (others.some((answer) => answer !== first)) {
      throw new KernelError('BTF_AMBIGUOUS', `there are ${types.length} types ${name}, and they differ`);
    }
    return first;
  }

  /** The bit at which a member begins, also one inside members without a name. */
  #bitOffset(composite: Composite, name: string): number | undefined {
    const found = new Set<number>();
    let visited = 0;
    const visit = ({ members }: Composite, start: number, depth: number): void => {
      for (const member of members) {
        if (++visited > MAX_MEMBERS || depth > MAX_DEPTH) {
          throw new KernelError('BTF_BAD_TYPE', `${composite.name} has too many members without a name`);
        }
        if (member.name === name) found.add(start + member.bitOffset);
        if (member.name !== '') continue;
        const inner = this.type(this.resolve(member.type));
        if (inner.kind === 'struct' || inner.kind === 'union')
          visit(inner, start + member.bitOffset, depth + 1);
      }
    };
    if (name !== '') visit(composite, 0, 0);
    if (found.size > 1)
      throw new KernelError('BTF_AMBIGUOUS', `${composite.name} has several members ${name}`);
    return [...found][0];
  }
}

function isComposite(type: BtfType): type is Composite {
  return type.kind === 'struct' || type.kind === 'union';
}

function plainSize(type: BtfType): number | undefined {
  switch (type.kind) {
    case 'int':
    case 'float':
    case 'struct':
    case 'union':
    case 'enum':
    case 'section':
      return type.size;
    case 'pointer':
      return POINTER_SIZE;
    default:
      return undefined;
  }
}

function requireSafe(size: number, id: number): number {
  if (!Number.isSafeInteger(size))
    throw new KernelError('BTF_BAD_TYPE', `the size of type ${id} is no number`);
  return size;
}
