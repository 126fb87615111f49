// SPDX-License-Identifier: GPL-2.0-or-later
import type { Address, ElfObject } from '@uptide/elf';

/** One symbol of the image, as kallsyms has it. */
export interface KernelSymbol {
  readonly name: string;
  readonly address: Address;
  /** The letter that nm(1) prints: upper case for global. */
  readonly type: string;
  /** Position in the kernel's own order; klp counts equal names in this order. */
  readonly order: number;
}

/** The symbols of an image in the kernel's order, with look-ups. */
export interface SymbolTable {
  readonly symbols: readonly KernelSymbol[];
  /** All symbols of that name in the kernel's order; sympos is the position in this list plus one. */
  named(name: string): readonly KernelSymbol[];
  /** All symbols at exactly that address. */
  at(address: Address): readonly KernelSymbol[];
  /** The symbols with the greatest address that is not above the given one. */
  covering(address: Address): readonly KernelSymbol[];
}

/** A section of the linked image. */
export interface ImageSection {
  readonly name: string;
  readonly address: Address;
  readonly size: number;
  readonly executable: boolean;
}

/** The unpacked image of a kernel as it was shipped, before it ran. */
export interface KernelImage {
  readonly buildId: string;
  /** What `/proc/version` prints. */
  readonly banner: string;
  readonly sections: readonly ImageSection[];
  readonly symbols: SymbolTable;
  /** The bytes at an address; undefined when any of them lies outside the sections with content. */
  read(address: Address, length: number): Uint8Array | undefined;
  /** The whole content of a section; undefined when there is none of that name. */
  section(name: string): Uint8Array | undefined;
}

/** A line of Module.symvers. */
export interface ExportedSymbol {
  readonly name: string;
  readonly crc: number;
  /** `vmlinux` or the module's name. */
  readonly object: string;
  readonly gplOnly: boolean;
  readonly namespace: string;
}

/** A module of the image package. */
export interface ShippedModule {
  /** The name that /proc/modules shows: dashes are underscores. */
  readonly name: string;
  /** Path inside the kernel's module folder, e.g. `kernel/fs/ext4/ext4.ko`. */
  readonly path: string;
}

/** A member of a struct, in bytes from its start (bit-fields: in bits). */
export interface BtfMember {
  readonly name: string;
  readonly bitOffset: number;
  readonly type: number;
}

/** Layouts from the kernel's own type information. */
export interface Btf {
  /** Size in bytes of a struct or union; undefined when the kernel knows none of that name. */
  structSize(name: string): number | undefined;
  /** Byte offset of a member (also inside anonymous members); undefined when there is none. */
  memberOffset(struct: string, member: string): number | undefined;
  members(struct: string): readonly BtfMember[] | undefined;
}

/** How Kbuild builds one translation unit. */
export interface TranslationUnit {
  /** Path of the source in the tree, e.g. `security/keys/process_keys.c`. */
  readonly source: string;
  /**
   * Path of the object as the commands spell it, e.g. `security/keys/process_keys.o`; for a source of
   * another folder with dots: `arch/x86/kvm/../../../virt/kvm/eventfd.o` for `virt/kvm/eventfd.c`.
   */
  readonly objectFile: string;
  /**
   * The klp objects that it becomes a part of: `['vmlinux']` or module names; several for shared objects.
   * Empty when it is part of none (`outside` says why): assembly, the vDSO, the boot stubs.
   */
  readonly owners: readonly string[];
  /** Why there is no owner; there exactly when `owners` is empty. */
  readonly outside?: string;
  /** The exact compiler command, as Kbuild gives it, with its `-o` and `-Wp,-MMD,` arguments. */
  readonly compile: readonly string[];
  /**
   * The commands that Kbuild runs on the object after the compiler (objtool), in order; see
   * kbuild/late-objtool.ts for kernels that run it on linked objects.
   */
  readonly post: readonly (readonly string[])[];
}

/** Everything known of one kernel release. All parts are read on demand and kept. */
export interface Baseline {
  readonly release: string;
  readonly buildId: string;
  /** Version of the source package, e.g. `6.1.176-1`. */
  readonly sourceVersion: string;
  /** `gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0`, from the kernel's own configuration. */
  readonly compilerText: string;
  /** The compiler's command, e.g. `gcc-12`. */
  readonly compiler: string;
  /** Digest over everything that the compilation of a unit depends on besides the unit: source tree, configuration, compiler. */
  readonly digest: string;
  /** The prepared pristine source tree; never written to. */
  readonly tree: string;
  /** Path of vmlinuz. */
  readonly vmlinuz: string;
  /** Folder with `kernel/` as in /lib/modules/RELEASE. */
  readonly moduleFolder: string;
  readonly config: ReadonlyMap<string, string>;
  /** Folder for results that are a function of the baseline (pre objects). */
  readonly cache: string;
  image(): Promise<KernelImage>;
  btf(): Promise<Btf>;
  exports(): Promise<ReadonlyMap<string, ExportedSymbol>>;
  modules(): Promise<ReadonlyMap<string, ShippedModule>>;
  /** A shipped module as an object, its signature cut off; undefined when there is none of that name. */
  module(name: string): Promise<ElfObject | undefined>;
  /** The unit of a source file; undefined when no object of this kernel is made from it. */
  unit(source: string): Promise<TranslationUnit | undefined>;
  /** Every unit of this kernel. */
  units(): Promise<ReadonlyMap<string, TranslationUnit>>;
}

/** A function that lay on stacks of a booted kernel at rest, each time that all stacks were looked at. */
export interface RestingFunction {
  /** Its symbol, with the endings that GCC gives. */
  readonly name: string;
  /** `vmlinux` or the module's name. */
  readonly object: string;
  /** The kernel threads that slept in it, by their names without number and processor; sorted. */
  readonly threads: readonly string[];
  /** The programs that slept in it; sorted. */
  readonly programs: readonly string[];
}
