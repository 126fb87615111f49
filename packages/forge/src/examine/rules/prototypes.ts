// SPDX-License-Identifier: GPL-2.0-or-later
import type { BtfTypes } from '@uptide/kernel';
import { finding } from '../../error.ts';
import { Shapes } from '../../layout/fields.ts';
import type { ExamineRule } from '../model.ts';
import { reachedFromElsewhere } from '../reach.ts';

/**
 * Callers in the same unit are compiled again with the function, and so are those that the patched header
 * reaches; whoever else calls it goes on passing what the old one wanted.
 */
export const PROTOTYPES: ExamineRule = {
  code: 'EXAMINE_PROTOTYPE_CHANGED',
  looksFor:
    'Changed functions with other types of parameters or of what is returned than before, as the type information of the unit has them, when other code can reach them: they are global, exported, or their address is taken.',
  cannotSee:
    'A new meaning under the same types, as an error that was 0 and is negative now. Names of parameters. Functions that the type information leaves out, or has twice. Whether any caller is outside of what is replaced.',
  examine: ({ source, comparison, types }) => {
    if (types.kind !== 'differ') return [];
    const [before, after] = [new Prototypes(types.pre), new Prototypes(types.post)];
    return comparison.changed.flatMap(({ name, pre }) => {
      const [old, made] = [before.of(name), after.of(name)];
      if (old === undefined || made === undefined || old === made) return [];
      const reach = reachedFromElsewhere(pre, comparison.pre);
      if (reach === undefined) return [];
      const reason = `${old} became ${made}; ${reach}`;
      return [finding('EXAMINE_PROTOTYPE_CHANGED', 'review', { file: source, symbol: name }, reason)];
    });
  },
};

class Prototypes {
  readonly #types: BtfTypes;
  readonly #shapes: Shapes;

  constructor(types: BtfTypes) {
    this.#types = types;
    this.#shapes = new Shapes(types);
  }

  /** The types of a function in words; undefined where it has none or several. */
  of(name: string): string | undefined {
    const [id, ...more] = this.#types.named(name, 'function');
    if (id === undefined || more.length > 0) return undefined;
    const type = this.#types.type(id);
    return type.kind === 'function' ? this.#shapes.typeName(type.prototype) : undefined;
  }
}
