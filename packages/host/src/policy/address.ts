// SPDX-License-Identifier: GPL-2.0-or-later
import { HostError } from '../error.ts';
import { parseConfiguration } from './configuration.ts';

const NEW = `# The configuration of the agent of Uptide. Every key is in docs/host.md; there is no account, and nothing is
# reported to anybody.

[stream]
`;

/**
 * A configuration with another address of the stream, and all else as it was, comments included.
 *
 * @throws HostError HOST_CONFIG_INVALID when the address is none, or the file is written in a way that no line of it
 * can be exchanged.
 */
export function withAddress(text: string, url: string): string {
  const line = `url = ${JSON.stringify(url)}`;
  const changed = exchange(text.trim() === '' ? NEW : text, line);
  if (parseConfiguration(changed, '/etc/uptide/uptide.toml').stream.url === url) return changed;
  throw new HostError('HOST_CONFIG_INVALID', `the address cannot be put in; write into [stream]: ${line}`);
}

function exchange(text: string, line: string): string {
  const lines = text.trimEnd().split('\n');
  const section = lines.findIndex((one) => /^\s*\[stream\]\s*(?:#.*)?$/.test(one));
  if (section === -1) return [...lines, '', '[stream]', line, ''].join('\n');
  const next = lines.findIndex((one, at) => at > section && /^\s*\[/.test(one));
  const end = next === -1 ? lines.length : next;
  const own = (pattern: RegExp): number =>
    lines.findIndex((one, at) => at > section && at < end && pattern.test(one));
  const set = own(/^\s*url\s*=/);
  const shown = own(/^#\s*url\s*=/);
  const at = set === -1 ? shown : set;
  if (at === -1) lines.splice(section + 1, 0, line);
  else lines.splice(at, 1, line);
  return `${lines.join('\n')}\n`;
}
