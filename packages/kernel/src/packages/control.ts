// SPDX-License-Identifier: GPL-2.0-or-later
import { KernelError } from '../error.ts';
import { isVersion } from './version.ts';

/** What is used of a package's control data and of its entry in the archive's index. */
export interface PackageRecord {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** The `Source` field: name and, when it differs from the package's, version in parentheses. */
  readonly source: string;
  /** The `Built-Using` field: sources with their exact versions. */
  readonly builtUsing: string;
  readonly depends: string;
  /** Bytes of the .deb file. */
  readonly size: number;
  /** SHA-256 of the .deb file, as lower-case hex. */
  readonly sha256: string;
  /** Bytes on the disk when unpacked, as the package states it. */
  readonly installedSize: number;
}

/** Debian policy 5.6.1; the bound keeps hostile control data short. */
const NAME = /^[a-z0-9][a-z0-9+.-]{1,127}$/;
const ARCHITECTURE = /^[a-z0-9][a-z0-9-]{1,31}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const NUMBER = /^[0-9]{1,12}$/;
/** Text over this is no answer about a handful of packages. */
const MAX_CONTROL_LENGTH = 16 * 1024 * 1024;

/** Splits control data into stanzas, each a map from field name in lower case to its text (deb822(5)). */
export function parseControl(text: string): Map<string, string>[] {
  if (text.length > MAX_CONTROL_LENGTH) throw malformed(`control data of ${text.length} characters`);
  const stanzas: Map<string, string>[] = [];
  let stanza = new Map<string, string>();
  let field: string | undefined;
  for (const line of `${text}\n\n`.split('\n')) {
    if (line.trim() === '') {
      if (stanza.size > 0) stanzas.push(stanza);
      stanza = new Map();
      field = undefined;
    } else if (line.startsWith(' ') || line.startsWith('\t')) {
      if (field === undefined) throw malformed(`a line continues no field: ${JSON.stringify(line)}`);
      stanza.set(field, `${stanza.get(field) ?? ''}\n${line.trim()}`);
    } else {
      const colon = line.indexOf(':');
      if (colon <= 0) throw malformed(`a line has no field name: ${JSON.stringify(line)}`);
      field = line.slice(0, colon).toLowerCase();
      if (stanza.has(field)) throw malformed(`the field ${field} is there twice`);
      stanza.set(field, line.slice(colon + 1).trim());
    }
  }
  return stanzas;
}

/**
 * Reads one stanza as a package; undefined when it has no file to fetch: apt lists what is installed
 * from elsewhere without one.
 *
 * @throws KernelError PACKAGE_MALFORMED.
 */
export function recordOf(stanza: ReadonlyMap<string, string>): PackageRecord | undefined {
  const sha256 = stanza.get('sha256');
  if (sha256 === undefined || !stanza.has('size')) return undefined;
  return {
    name: checked(stanza, 'package', (text) => NAME.test(text)),
    version: checked(stanza, 'version', isVersion),
    architecture: checked(stanza, 'architecture', (text) => ARCHITECTURE.test(text)),
    source: stanza.get('source') ?? '',
    builtUsing: stanza.get('built-using') ?? '',
    depends: stanza.get('depends') ?? '',
    size: Number(checked(stanza, 'size', (text) => NUMBER.test(text))),
    sha256: checked(stanza, 'sha256', (text) => SHA256.test(text)),
    // Kibibytes, policy 5.6.20; a package need not state it.
    installedSize: 1024 * Number(NUMBER.exec(stanza.get('installed-size') ?? '0')?.[0] ?? 0),
  };
}

function checked(
  stanza: ReadonlyMap<string, string>,
  field: string,
  valid: (text: string) => boolean,
): string {
  const text = stanza.get(field);
  if (text !== undefined && valid(text)) return text;
  throw malformed(`the field ${field} is ${JSON.stringify(text?.slice(0, 200))}`);
}

function malformed(reason: string): KernelError {
  return new KernelError('PACKAGE_MALFORMED', reason);
}
