// SPDX-License-Identifier: GPL-2.0-or-later
import { finding } from '../../error.ts';
import type { ExamineRule } from '../model.ts';

/** Numbers, signs and other constants; a body with a call, a statement or a string is code. */
const CONSTANT = /^(?:[\w\s()+*/%<>|&~^!-]+)$/;
const NUMBER = /(?:^|[\s(])\d/;

/** A constant is in data that exists, in registers of devices, and in modules from elsewhere. */
export const CONSTANTS: ExamineRule = {
  code: 'EXAMINE_CONSTANT_CHANGED',
  looksFor:
    'Macros without parameters that stand for a number, before and after the patch for another one. All code of the kernel that uses the macro is compiled again; data that was made with the old value is not.',
  cannotSee:
    'Macros with parameters, macros whose text stays while a macro in it changes, and numbers that are written where they are used. Whether data of the old value exists. Enumerators are looked at by their types (`COMPARE_ENUM_CHANGED`).',
  examine: ({ changes }) =>
    changes.flatMap(({ path, pre, post }) =>
      [...pre.macros].flatMap(([name, old]) => {
        const made = post.macros.get(name);
        if (made === undefined || made === old || !isConstant(old) || !isConstant(made)) return [];
        const reason = `${old} became ${made}; data that exists, and code outside of this kernel's own, has the old value`;
        return [finding('EXAMINE_CONSTANT_CHANGED', 'review', { file: path, symbol: name }, reason)];
      }),
    ),
};

function isConstant(body: string): boolean {
  return CONSTANT.test(body) && NUMBER.test(body);
}
