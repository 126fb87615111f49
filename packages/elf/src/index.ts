// SPDX-License-Identifier: GPL-2.0-or-later
export * from './constants.ts';
export * from './model.ts';
export * from './relocations.ts';
