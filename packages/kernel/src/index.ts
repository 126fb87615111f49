// SPDX-License-Identifier: GPL-2.0-or-later
export { KernelError } from './error.ts';
export type * from './model.ts';
