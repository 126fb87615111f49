// SPDX-License-Identifier: GPL-2.0-or-later
import { describe, it } from 'node:test';
import { killAtChanges } from '../support/killed.ts';

describe('a client that is killed', () => {
  it('at each single change of the disk trusts no less than before, and goes on', () => killAtChanges(1));
});
