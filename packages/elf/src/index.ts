// SPDX-License-Identifier: GPL-2.0-or-later
export {
  type NewRelocation,
  type NewRelocationSection,
  type NewSection,
  type NewSymbol,
  ObjectBuilder,
  type SymbolHandle,
} from './builder.ts';
export * from './constants.ts';
export { type ElfCode, ElfError } from './error.ts';
export { locateDifference, type ObjectDifference } from './locate.ts';
export * from './model.ts';
export { readImage } from './read-image.ts';
export { readObject } from './read-object.ts';
export * from './relocations.ts';
export { findBuildId } from './views/build-id.ts';
export { readCString } from './views/c-string.ts';
export { indexRelocations, relocationsOf } from './views/relocations-of.ts';
export { sectionBytes, sectionSize } from './views/section-bytes.ts';
export { symbolsIn } from './views/symbols-in.ts';
export { writeObject } from './write-object.ts';
