// SPDX-License-Identifier: GPL-2.0-or-later
import { type Check, note, ok } from './model.ts';

/** Where systemctl(1) enable puts what is to be started. */
const ENABLED: readonly (readonly [unit: string, folder: string])[] = [
  ['uptide.timer', 'etc/systemd/system/timers.target.wants'],
  ['uptide-boot.service', 'etc/systemd/system/sysinit.target.wants'],
  ['uptide-shutdown.service', 'etc/systemd/system/sysinit.target.wants'],
];

/** Whether the agent runs by itself. */
export const service: Check = {
  name: 'service',
  look: async ({ machine }) => {
    const missing: string[] = [];
    for (const [unit, folder] of ENABLED) {
      if ((await machine.hint(`${folder}/${unit}`)) === undefined) missing.push(unit);
    }
    if (missing.length === 0)
      return [ok('the timer, the early start and the note of a shutdown are enabled')];
    return [note(`not enabled: ${missing.join(', ')}`, `systemctl enable --now ${missing.join(' ')}`)];
  },
};
