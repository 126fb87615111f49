// SPDX-License-Identifier: GPL-2.0-or-later

/** A package of the house and what it may know. */
export interface Room {
  readonly name: string;
  /** The rooms that it may import. `docs/architecture.md` says why each of the others is not there. */
  readonly imports: readonly string[];
  /**
   * Files that take bytes and return data, as regular expressions on the path below `src/`:
   * neither files nor processes nor the network are imported here. They import each other and, of their own
   * room, `error.ts` and `model.ts`, which are pure everywhere.
   */
  readonly pure: readonly string[];
}

const EVERYTHING = '.*';

/** The one table of import rules; `check-rooms.ts` holds every source and test file to it. */
export const ROOMS: readonly Room[] = [
  {
    name: 'base',
    imports: [],
    pure: ['catalogue/', 'exit\\.ts', 'finding\\.ts', 'kernel-faults\\.ts', 'place\\.ts', 'reporter\\.ts'],
  },
  { name: 'elf', imports: ['base'], pure: [EVERYTHING] },
  {
    name: 'kernel',
    imports: ['base', 'elf'],
    pure: [
      'btf/',
      'symvers/',
      'kbuild/(dry-run|late-objtool|unit-table|words)\\.ts',
      'image/(kallsyms[a-z-]*|symbol-file|symbol-table)\\.ts',
      'modules/(load-order|modinfo|name|signature)\\.ts',
      'packages/(control|plan|release|version)\\.ts',
      'baseline/config\\.ts',
    ],
  },
  {
    name: 'forge',
    imports: ['base', 'elf', 'kernel'],
    pure: [
      'author/',
      'disassembly/',
      'dissect/',
      'compare/',
      'examine/',
      'layout/',
      'match/',
      'cut/',
      'link/',
      'patch/',
      'source/',
      'affected/(closure|header-change|word-search)\\.ts',
      'compile/line-marks\\.ts',
    ],
  },
  {
    name: 'lab',
    imports: ['base', 'elf', 'kernel'],
    pure: [
      '(cpio|frames|guest|outcome)\\.ts',
      'check/',
      'loads/',
      'prove/(findings|inputs?|judge[a-z-]*|kernel-log|klp-state|legs|plan|proof|redirected|runs|scripts|seen)\\.ts',
      'stacks/(plan|resting|task-dump)\\.ts',
    ],
  },
  {
    name: 'stream',
    imports: ['base'],
    pure: [
      'update/',
      'formats/',
      'feeds/',
      'trust/',
      'source/(address|pace)\\.ts',
      'repository/',
      'keys/key-file\\.ts',
      'mirror/(filter|names|unreferenced)\\.ts',
      'air-gap/lateness\\.ts',
    ],
  },
  {
    name: 'host',
    imports: ['base', 'elf', 'stream'],
    pure: ['read/', 'judge/', 'report/', 'policy/', 'guard/decide/', 'signing/trailer\\.ts'],
  },
  {
    name: 'cli',
    imports: ['base', 'elf', 'kernel', 'forge', 'lab', 'stream', 'host'],
    pure: [
      'version\\.ts',
      'shell/(failure|lines|progress)\\.ts',
      'series/(build|callbacks|describe|lock|model|parse|plan|probes|states)\\.ts',
      'review/(admit|describe|file|identity|judge|lists|origins|walk)\\.ts',
      'glue/page/',
      'glue/(baseline|create|findings|host|hunks|origin|proof|proof-summary|show|source|verify)\\.ts',
    ],
  },
];

/** Files that may be longer than the ceiling because they are tables of constants and nothing else. */
export const CONSTANT_TABLES: readonly string[] = [];
