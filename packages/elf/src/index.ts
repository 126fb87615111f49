// SPDX-License-Identifier: GPL-2.0-or-later
export * from './constants.ts';
export { type ElfCode, ElfError } from './error.ts';
export * from './model.ts';
export { readImage } from './read-image.ts';
export { readObject } from './read-object.ts';
export * from './relocations.ts';
export { writeObject } from './write-object.ts';
