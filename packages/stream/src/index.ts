// SPDX-License-Identifier: GPL-2.0-or-later
export { StreamError } from './error.ts';
export { decodeUpdate } from './update/decode.ts';
export { encodeUpdate, updateFiles } from './update/encode.ts';
export type { CarriedFile, RoledFile, Update } from './update/model.ts';
export type { Description, LevelFix, PatchedFunction, PatchedObject, UpdateState } from './update/schema.ts';
