// SPDX-License-Identifier: GPL-2.0-or-later
export { type AddOptions, type AddResult, addBaseline } from './baseline/add.ts';
export {
  type ListedBaseline,
  listBaselines,
  removeBaseline,
  type ShownBaseline,
  showBaseline,
} from './baseline/manage.ts';
export { openBaseline } from './baseline/open.ts';
export type { BaselineRecord, UsedPackage } from './baseline/record.ts';
export { imageBtf, moduleBtf, readBtf } from './btf/btf.ts';
export type { BtfField, BtfKind, BtfType, BtfTypes } from './btf/types.ts';
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
export { newestRelease } from './packages/find.ts';
export { defaultStore, type Store, storeAt } from './store/store.ts';
export { parseSymvers } from './symvers/symvers.ts';
