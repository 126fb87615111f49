// SPDX-License-Identifier: GPL-2.0-or-later
export { diffObjects, type ObjectDiff } from './compare/diff-objects.ts';
export { ForgeError } from './error.ts';
