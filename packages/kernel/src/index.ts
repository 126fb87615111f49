// SPDX-License-Identifier: GPL-2.0-or-later
export { KernelError } from './error.ts';
export { imageOf, openImage } from './image/image.ts';
export { parseSymbols, serialiseSymbols } from './image/symbol-file.ts';
export { KallsymsTable } from './image/symbol-table.ts';
export { unpackImage } from './image/unpack.ts';
export type * from './model.ts';
export { builtinModules, listModules } from './modules/list.ts';
export { loadOrder } from './modules/load-order.ts';
export { dependsOf, readModinfo } from './modules/modinfo.ts';
export { moduleName } from './modules/name.ts';
export { readModule, readModuleBytes } from './modules/read.ts';
export { stripSignature } from './modules/signature.ts';
export { parseSymvers } from './symvers/symvers.ts';
