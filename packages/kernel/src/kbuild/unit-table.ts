// SPDX-License-Identifier: GPL-2.0-or-later

/*
 * The units of a kernel in a form that loads in a few milliseconds.
 *
 * 13,600 units with some ninety arguments each are 60 MB of text, yet there are only some 1,900 different
 * commands once the unit's own names are taken out, and they share their words. So a row holds source,
 * object, owners and the number of a template; a template holds commands as numbers of words; and a word
 * has placeholders for the names:
 *
 *   gcc-12 -Wp,-MMD,\uE001/.\uE002.o.d ... -DKBUILD_MODNAME="\uE005" -c -o \uE003.o \uE004
 *
 * Every row is expanded again when the table is made and compared with what went in; a unit whose
 * arguments the placeholders would spoil is an error, not a wrong command. Size: 2 MB.
 */

import { isDeepStrictEqual } from 'node:util';
import { KernelError } from '../error.ts';
import type { TranslationUnit } from '../model.ts';

/** Raised when a reader of the old form would misread the new one. */
export const UNIT_TABLE_VERSION = 1;

type Command = readonly string[];
/** Source, object, template, owners (joined by spaces), reason for having none. */
type Row = readonly [string, string, number, string, string?];

/** The commands of a unit, each a list of positions in the word list. */
type Template = readonly (readonly number[])[];

interface UnitTable {
  readonly version: number;
  readonly words: readonly string[];
  readonly templates: readonly Template[];
  readonly units: readonly Row[];
}

/** Writes units as text; the same units give the same text. */
export function encodeUnits(units: readonly TranslationUnit[]): string {
  const words = new Interned();
  const templates = new Interned();
  const rows = units.map((unit): Row => {
    const names = namesOf(unit.source, unit.objectFile, unit.owners);
    const commands = [unit.compile, ...unit.post];
    const abstracted = commands.map((command) => command.map((word) => abstract(word, names)));
    if (
      !isDeepStrictEqual(
        abstracted.map((command) => expand(command, names)),
        commands,
      )
    ) {
      throw new KernelError('KBUILD_UNREADABLE', `the command for ${unit.objectFile} cannot be kept`, {
        place: { file: unit.source },
      });
    }
    const template: Template = abstracted.map((command) => command.map((word) => words.number(word)));
    const number = templates.number(JSON.stringify(template));
    const row = [unit.source, unit.objectFile, number, unit.owners.join(' ')] as const;
    return unit.outside === undefined ? row : [...row, unit.outside];
  });
  const table: UnitTable = {
    version: UNIT_TABLE_VERSION,
    words: words.list,
    templates: templates.list.map((template) => JSON.parse(template)),
    units: rows,
  };
  return `${JSON.stringify(table)}\n`;
}

/**
 * Reads units; their commands are put together when they are first asked for.
 *
 * @throws KernelError BASELINE_DAMAGED, BASELINE_SCHEMA.
 */
export function decodeUnits(text: string): TranslationUnit[] {
  const table = parse(text);
  return table.units.map((row) => {
    const template = table.templates[row[2]];
    if (template === undefined) throw damaged(`${row[0]} names a command that is not there`);
    return new KeptUnit(row, template, table.words);
  });
}

/** A list in which every string stands once. */
class Interned {
  readonly list: string[] = [];
  readonly #numbers = new Map<string, number>();

  number(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.list.push(text) - 1;
      this.#numbers.set(text, number);
    }
    return number;
  }
}

class KeptUnit implements TranslationUnit {
  readonly source: string;
  readonly objectFile: string;
  readonly owners: readonly string[];
  declare readonly outside?: string;
  readonly #template: Template;
  readonly #words: readonly string[];
  #commands: readonly Command[] | undefined;

  constructor([source, objectFile, , owners, outside]: Row, template: Template, words: readonly string[]) {
    this.source = source;
    this.objectFile = objectFile;
    this.owners = owners === '' ? [] : owners.split(' ');
    if (outside !== undefined) this.outside = outside;
    this.#template = template;
    this.#words = words;
  }

  get compile(): Command {
    return this.#expanded()[0] ?? [];
  }

  get post(): readonly Command[] {
    return this.#expanded().slice(1);
  }

  #expanded(): readonly Command[] {
    if (this.#commands === undefined) {
      const names = namesOf(this.source, this.objectFile, this.owners);
      this.#commands = this.#template.map((command) =>
        expand(
          command.map((i) => this.#word(i)),
          names,
        ),
      );
    }
    return this.#commands;
  }

  #word(position: number): string {
    const word = this.#words[position];
    if (word === undefined) throw damaged(`${this.source} names a word that is not there`);
    return word;
  }
}

/** Placeholder and name, the widest names first: a name may hold a later one. */
type Names = readonly (readonly [string, string])[];

function namesOf(source: string, objectFile: string, owners: readonly string[]): Names {
  const stem = objectFile.replace(/\.o$/, '');
  const slash = stem.lastIndexOf('/');
  const base = stem.slice(slash + 1);
  const names: [string, string][] = [
    ['\uE003', stem],
    ['\uE004', source],
    ['\uE001', stem.slice(0, Math.max(slash, 0))],
    ['\uE005', owners.join(':')],
    ['\uE002', base],
    // scripts/Makefile.lib, name-fix: KBUILD_BASENAME has underscores for dashes and commas.
    ['\uE006', base.replace(/[-,]/g, '_')],
  ];
  return names.filter(([, name]) => name.length >= SHORTEST_NAME);
}

/** Shorter names stand in too many words by chance; that would make more templates, not fewer. */
const SHORTEST_NAME = 3;
/** Of the private use area: no compiler argument has them. */
const PLACEHOLDER = /[\uE001-\uE006]/;

function abstract(word: string, names: Names): string {
  // A flag that holds a name by chance (`-Wunused` in unused.c) only costs a template of its own.
  return names.reduce((text, [placeholder, name]) => text.replaceAll(name, placeholder), word);
}

function expand(command: Command, names: Names): Command {
  return command.map((word) => concrete(word, names));
}

function concrete(word: string, names: Names): string {
  if (!PLACEHOLDER.test(word)) return word;
  return [...names].reverse().reduce((text, [placeholder, name]) => text.replaceAll(placeholder, name), word);
}

function parse(text: string): UnitTable {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged('the table of units is not JSON', cause);
  }
  if (typeof value !== 'object' || value === null) throw damaged('the table of units is not an object');
  const { version, words, templates, units } = value as Partial<UnitTable>;
  if (version !== UNIT_TABLE_VERSION) {
    throw new KernelError('BASELINE_SCHEMA', `the table of units has version ${String(version)}`);
  }
  if (!Array.isArray(words) || !Array.isArray(templates) || !Array.isArray(units))
    throw damaged('the table of units has no rows');
  return { version, words, templates, units };
}

function damaged(reason: string, cause?: unknown): KernelError {
  return new KernelError('BASELINE_DAMAGED', reason, { cause });
}
