// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

/** What the agent of a host ends with. */
export const HOST_AGENT_ERRORS = {
  HOST_CONFIG_INVALID: {
    exit: 'badInput',
    meaning: 'The configuration of the agent is not one that it understands; nothing of it is used.',
    remedy: 'Correct the named keys; docs/host.md lists all that there are.',
  },
  HOST_NO_SERIES: {
    exit: 'usage',
    meaning: 'It is not known which distribution series of the stream this host follows.',
    remedy: 'Set stream.distribution in /etc/uptide/uptide.toml.',
  },
  HOST_NOT_SUBSCRIBED: {
    exit: 'usage',
    meaning: 'This host follows no stream.',
    remedy: 'Follow one: uptide subscribe URL --root ROOT.json.',
  },
  HOST_SUBSCRIBED: {
    exit: 'usage',
    meaning: 'This host follows a stream already, and trusts its root.',
    remedy: 'Name --replace to forget that stream and all that is known of it; what is live stays live.',
  },
  HOST_STREAM_UNSOUND: {
    exit: 'badInput',
    meaning: 'A signed file of the stream has another form, or is about another kernel, than its place says.',
    remedy: 'Report it to those who run the stream; what is live stays live.',
  },
  HOST_UPDATE_DIFFERS: {
    exit: 'noMatch',
    meaning: 'An update is not the one that the signed index of the stream describes; it is not loaded.',
    remedy: 'Report it to those who run the stream.',
  },
  HOST_NO_LEVEL: {
    exit: 'usage',
    meaning:
      'There is no such level for this kernel, or it is not one that can be gone to from the live one.',
    remedy: 'See uptide show --available.',
  },
  HOST_SIGNING_FAILED: {
    exit: 'machine',
    meaning: 'A module could not be signed with the key of this site.',
    remedy: 'Check the key and the certificate, and that only root may read the key; see docs/host.md.',
  },
  HOST_HELD: {
    exit: 'refused',
    meaning: 'Something stands against the level that was asked for; it is not loaded.',
    remedy:
      'See uptide status; what the maker, a kill switch or a past crash holds back is not overruled here.',
  },
} as const satisfies Record<string, CatalogueEntry>;
