// SPDX-License-Identifier: GPL-2.0-or-later

/** Where the agent keeps its files, from the root of the machine; `docs/host.md` has the same list. */
export const FILES = {
  configuration: 'etc/uptide/uptide.toml',
  state: 'var/lib/uptide',
  /** The root that was subscribed to, as it was given. */
  root: 'var/lib/uptide/root.json',
  /** Trusted metadata; belongs to the client of the stream. */
  stream: 'var/lib/uptide/stream',
  /** Updates by the digest of their file. */
  updates: 'var/lib/uptide/updates',
  secret: 'var/lib/uptide/host.secret',
  known: 'var/lib/uptide/known.json',
  takenBack: 'var/lib/uptide/taken-back.json',
  status: 'run/uptide/status.json',
  lastFailure: 'run/uptide/last-failure.json',
  lock: 'run/uptide/agent.lock',
} as const;
