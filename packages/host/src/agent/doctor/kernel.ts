// SPDX-License-Identifier: GPL-2.0-or-later
import { whySigned } from '../../judge/fit.ts';
import { LIVEPATCH } from '../../live-updates.ts';
import { bad, type Check, type Diagnosis, note, ok } from './model.ts';

/** Whether the kernel takes live updates, and whether it shows its code. */
export const kernel: Check = {
  name: 'kernel',
  look: async ({ machine }, { boot }) => {
    const found: Diagnosis[] = [ok(`${boot.kernel.release}, build id ${boot.kernel.buildId}`)];
    if ((await machine.folders(LIVEPATCH)) === undefined) {
      found.push(bad('it has no livepatch core', 'Boot a kernel with CONFIG_LIVEPATCH.'));
    }
    if ((await machine.text('proc/sys/kernel/modules_disabled'))?.trim() === '1') {
      found.push(bad('it loads no more modules (kernel.modules_disabled)', 'Only a reboot takes this back.'));
    }
    const signed = whySigned(
      await machine.hint('sys/kernel/security/lockdown'),
      await machine.hint('sys/module/module/parameters/sig_enforce'),
    );
    if (signed !== undefined) {
      found.push(
        note(
          `it takes signed modules only: ${signed}`,
          'Sign with a key of your own: docs/host.md, Machines that enforce signatures.',
        ),
      );
    }
    const restrict = (await machine.hint('proc/sys/kernel/kptr_restrict'))?.trim();
    if (restrict === '2') {
      found.push(
        bad('it hides its addresses (kernel.kptr_restrict = 2)', 'Set kernel.kptr_restrict to 1 or 0.'),
      );
    }
    const kcore = await machine.open('proc/kcore').catch(() => undefined);
    await kcore?.close();
    if (kcore === undefined) {
      found.push(
        bad(
          'it does not show its code (/proc/kcore), so what runs cannot be compared',
          'Boot without lockdown=confidentiality, or set safety.match = "when-readable".',
        ),
      );
    }
    return found;
  },
};
