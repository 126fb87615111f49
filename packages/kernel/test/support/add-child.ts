// SPDX-License-Identifier: GPL-2.0-or-later

/*
 * A process that adds a kernel, to be killed: `add-child.ts STORE PACKAGES RELEASE [STEP WHEN]`.
 * With a step it kills itself with SIGKILL when the step begins (`before`), a little later (`amid`) or when
 * the step is done (`after`). Else it prints whether the kernel was there before.
 */

import { QUIET, type Reporter } from '@uptide/base';
import { addBaseline } from '../../src/baseline/add.ts';
import { storeAt } from '../../src/store/store.ts';

const [, , folder = '', fromDir = '', release = '', fatal = '', when = ''] = process.argv;

const die = (): void => {
  process.kill(process.pid, 'SIGKILL');
};

const reporter: Reporter = {
  ...QUIET,
  step: async (name, work) => {
    if (name !== fatal) return await work();
    if (when === 'before') die();
    if (when === 'amid') setTimeout(die, 3);
    const result = await work();
    if (when === 'after') die();
    return result;
  },
};

const { present } = await addBaseline({ release, store: storeAt(folder), fromDir, reporter });
process.stdout.write(present ? 'present\n' : 'added\n');
