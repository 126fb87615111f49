// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The client of a stream behind the command line of the public TUF conformance suite. Nothing here decides what is
 * believed: that is the client with which a host follows its stream.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@uptide/base';
import { httpSource, openTrustedStream, type Source, type TrustedStream } from '@uptide/stream';

/** Where a stream lies whose metadata and targets have addresses of their own. */
export interface TufAddresses {
  readonly metadataDir: string;
  readonly metadataUrl: string;
  readonly targetBaseUrl?: string | undefined;
}

/** Opens the stream and brings it up to date. */
export async function refreshedStream(addresses: TufAddresses, signal: AbortSignal): Promise<TrustedStream> {
  const source = splitSource(addresses, signal);
  const stream = await openTrustedStream({ folder: addresses.metadataDir, source, now: Date.now });
  await stream.refresh();
  return stream;
}

/** Brings targets into a folder, one after the other; what is there already is not brought again. */
export async function downloadTargets(
  stream: TrustedStream,
  names: readonly string[],
  folder: string,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of names) {
    const file = join(folder, encodeURIComponent(name));
    const have = await readIfThere(file);
    const bytes = await stream.download(name, have);
    if (bytes !== have) await writeFileAtomically(file, bytes);
  }
}

function splitSource(
  { metadataUrl, targetBaseUrl = metadataUrl }: TufAddresses,
  signal: AbortSignal,
): Source {
  const metadata = httpSource(metadataUrl, { signal });
  const targets = httpSource(targetBaseUrl, { signal });
  return {
    name: metadata.name,
    read: (path, limit) => {
      const [kind = '', ...rest] = path.split('/');
      return (kind === 'metadata' ? metadata : targets).read(rest.join('/'), limit);
    },
  };
}

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch {
    return undefined;
  }
}
