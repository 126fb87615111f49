// SPDX-License-Identifier: GPL-2.0-or-later
import { rename, rm } from 'node:fs/promises';
import { fileDigest } from '@uptide/base';
import { subscribeFolder } from '@uptide/stream';
import { HostError } from '../error.ts';
import { bootFacts } from '../guard/facts.ts';
import { withAddress } from '../policy/address.ts';
import { parseConfiguration } from '../policy/configuration.ts';
import { type Agent, exclusively, openStream } from './agent.ts';
import { FILES } from './files.ts';
import type { Known } from './known.ts';
import { refreshKnown } from './refresh.ts';
import { ensureSecret } from './secret.ts';
import { readSettings, seriesOf } from './settings.ts';
import { removeStored, writeStored } from './store.ts';

export interface SubscribeOptions {
  readonly url: string;
  /** The bytes of the root that the makers of the stream published. */
  readonly root: Uint8Array;
  /** Forget the stream that is followed now. */
  readonly replace: boolean;
}

export interface Subscription {
  readonly url: string;
  /** SHA-256 of the root file, to be compared with what its makers say elsewhere. */
  readonly fingerprint: string;
  readonly distribution: string;
  readonly known: Known;
}

/**
 * Follows a stream: verifies it from the root that is given, and only when that went well writes down that it is
 * followed. A process that is killed in between leaves the host with the stream that it had, or with none.
 *
 * @throws HostError HOST_SUBSCRIBED, HOST_CONFIG_INVALID, HOST_NO_SERIES, HOST_NOT_ROOT; StreamError what is wrong
 * with the root or the stream.
 */
export async function subscribe(agent: Agent, options: SubscribeOptions): Promise<Subscription> {
  return await exclusively(agent, async () => {
    const { machine } = agent;
    const text = await requireFree(agent, options);
    const settings = await readSettings(machine);
    const wanted = parseConfiguration(text, `/${FILES.configuration}`);
    const distribution = seriesOf(settings);
    const { kernel } = await bootFacts(machine);
    const scratch = `${FILES.stream}.new`;
    await rm(machine.path(scratch), { recursive: true, force: true });
    try {
      await subscribeFolder(machine.path(scratch), options.root);
      const stream = await openStream(agent, { ...settings, configuration: wanted }, scratch);
      await removeStored(machine, FILES.known);
      const known = await agent.reporter.step('verify the stream', () =>
        refreshKnown(machine, { distribution, ...kernel }, stream),
      );
      await removeStored(machine, FILES.root);
      await rm(machine.path(FILES.stream), { recursive: true, force: true });
      await rename(machine.path(scratch), machine.path(FILES.stream));
      await ensureSecret(machine);
      await writeStored(machine, FILES.configuration, text);
      // Last: from here on the host follows the stream.
      await writeStored(machine, FILES.root, options.root);
      return { url: options.url, fingerprint: fileDigest(options.root), distribution, known };
    } finally {
      await rm(machine.path(scratch), { recursive: true, force: true });
    }
  });
}

/** The text of the configuration with the address of the stream in it. */
async function requireFree({ machine }: Agent, { url, root, replace }: SubscribeOptions): Promise<string> {
  const before = await machine.bytes(FILES.root);
  const text = (await machine.text(FILES.configuration)) ?? '';
  const followed = parseConfiguration(text, `/${FILES.configuration}`).stream.url;
  if (before !== undefined && !replace && (!before.equals(root) || followed !== url)) {
    const words = `${followed ?? 'a stream'} with the root ${fileDigest(before)}`;
    throw new HostError('HOST_SUBSCRIBED', `this host follows ${words}`);
  }
  return withAddress(text, url);
}
