// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * What a live update closes on this machine, as OpenVEX (github.com/openvex/spec, 0.2.0), for scanners that see only
 * the kernel package and call it vulnerable.
 *
 * A statement on the kernel package would be wrong everywhere else, and wrong here after the next boot. So the
 * product is this boot of this machine, and the kernel package is a subcomponent of it. OpenVEX has no end of a
 * statement: the file belongs into /run, is made anew after each load and unload, and goes when the machine does.
 * Nothing is stated while a transition runs, since tasks are still in the old code then, and nothing of what is only
 * mitigated: `not_affected` with `inline_mitigations_already_exist` asks that nobody can take the mitigation away,
 * and root can.
 *
 * The boot is named by a digest of its random id, which says nothing of the host. A name can be asked for: Grype
 * matches `pkg:generic/NAME@VERSION` with the name and version that an SBOM gives its source. Trivy compares with
 * packages alone and knows no hosts; for one scan of this very machine the package itself can be made the product.
 */
import { sha256 } from '@uptide/base';
import type { Status } from './status.ts';

/** How to name what the statements are about. */
export interface OpenVexOptions {
  /** The name of the host in the product; `host` when nothing of it is to be said. */
  readonly name?: string | undefined;
  /** `boot`: this boot of this host. `package`: the kernel package, true on this host alone. */
  readonly product?: 'boot' | 'package' | undefined;
}

/** Enough of a digest to tell boots from each other. */
const BOOT_DIGITS = 16;

/**
 * The document as an object; undefined when there is nothing to state, as a document without statements is not
 * valid, or when the package is to be the product and the stream does not say which it is.
 */
export function openVex(
  status: Status,
  { name = 'host', product = 'boot' }: OpenVexOptions = {},
): object | undefined {
  const { live, cves, date, agent, boot, kernel } = status;
  const fixed = cves.filter(({ state }) => state === 'fixed');
  if (live === undefined || status.transition !== undefined || fixed.length === 0) return undefined;
  const products = productsOf(status, name, product);
  if (products === undefined) return undefined;
  const notes = `live update level ${live.level} (${live.id}) of kernel ${kernel.release} is live since ${live.since}, until this boot ends or the update is unloaded`;
  const statements = fixed.map(({ id }) => ({
    vulnerability: { name: id },
    products,
    status: 'fixed',
    status_notes: notes,
  }));
  return {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': `urn:uuid:${uuidOf(sha256(boot.id, date, JSON.stringify(statements)))}`,
    author: 'uptide',
    role: 'agent on the machine itself',
    timestamp: date,
    version: 1,
    tooling: `uptide ${agent}`,
    statements,
  };
}

function productsOf(
  { boot, kernel }: Status,
  name: string,
  product: 'boot' | 'package',
): readonly object[] | undefined {
  const subcomponent = kernel.package === undefined ? undefined : component(kernel.package);
  if (product === 'package') return subcomponent === undefined ? undefined : [subcomponent];
  const purl = `pkg:generic/${encodeURIComponent(name)}@${sha256(boot.id).slice(0, BOOT_DIGITS)}`;
  return [{ ...component(purl), ...(subcomponent === undefined ? {} : { subcomponents: [subcomponent] }) }];
}

function component(purl: string): object {
  return { '@id': purl, identifiers: { purl } };
}

/** A UUID of version 8, whose bits are the maker's own (RFC 9562, section 5.8). */
function uuidOf(digest: string): string {
  const variant = '89ab'[Number.parseInt(digest.charAt(16), 16) % 4] ?? '8';
  const hex = `${digest.slice(0, 12)}8${digest.slice(13, 16)}${variant}${digest.slice(17, 32)}`;
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
