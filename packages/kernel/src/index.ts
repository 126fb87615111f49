// SPDX-License-Identifier: GPL-2.0-or-later
export { KernelError } from './error.ts';
export { imageOf, openImage } from './image/image.ts';
export { parseSymbols, serialiseSymbols } from './image/symbol-file.ts';
export { KallsymsTable } from './image/symbol-table.ts';
export { unpackImage } from './image/unpack.ts';
export type * from './model.ts';
