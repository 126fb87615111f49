// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

/** What stops a maker who publishes a stream. */
export const STREAM_PUBLISH_ERRORS = {
  STREAM_NO_REPOSITORY: {
    exit: 'badInput',
    meaning: 'The folder is not the repository of a stream.',
    remedy: 'Name the folder with --repository, or begin a stream with `uptide stream init`.',
  },
  STREAM_EXISTS: {
    exit: 'badInput',
    meaning: 'There is a stream where a new one was to be begun.',
    remedy: 'Name another folder.',
  },
  STREAM_BAD_FILE: {
    exit: 'badInput',
    meaning: 'A file of a stream, or a key, is not JSON of the form that it must have.',
    remedy: 'The message names the file and what is wrong in it; take it again from where it came.',
  },
  STREAM_BAD_REPOSITORY: {
    exit: 'badInput',
    meaning: 'The repository lacks a file that others in it refer to.',
    remedy: 'Something besides `uptide stream` changed the folder; restore it from a copy or a mirror.',
  },
  STREAM_NO_ROLE: {
    exit: 'badInput',
    meaning: 'The stream has no such role.',
    remedy: '`uptide stream status` lists the roles.',
  },
  STREAM_NO_SERIES: {
    exit: 'refused',
    meaning: 'It is not clear to which distribution series of the stream a kernel belongs.',
    remedy: 'Name the series with --series.',
  },
  STREAM_BAD_SERIES: {
    exit: 'usage',
    meaning: 'The name cannot be that of a distribution series.',
    remedy: 'Use a name such as debian-12: lower-case letters and digits, one dash, the version.',
  },
  STREAM_BAD_THRESHOLD: {
    exit: 'usage',
    meaning: 'The keys and the threshold of a role do not fit each other.',
    remedy: 'Name each key once, and a threshold from 1 to their number.',
  },
  STREAM_BAD_WAVES: {
    exit: 'usage',
    meaning: 'The waves of a rollout are not of the form that they must have.',
    remedy: 'Name a profile, or waves that rise, such as 5%@2026-12-01T00:00:00Z,100%@2026-12-03T00:00:00Z.',
  },
  STREAM_WAVES_PAST: {
    exit: 'refused',
    meaning:
      'Waves went on while the level waited for signatures; it would begin with more hosts than was meant.',
    remedy:
      'Begin them anew: `uptide stream publish --restart-waves --sign`, with the key of rollout at hand.',
  },
  STREAM_FULL: {
    exit: 'refused',
    meaning: 'A file of metadata would have more entries than hosts can be asked to read.',
    remedy: 'Begin another stream for further kernels.',
  },
  STREAM_KEY_PASSPHRASE: {
    exit: 'badInput',
    meaning: 'A key cannot be opened: no passphrase, a wrong one, or the file was changed.',
    remedy: 'Type it at a terminal, or name a file that holds it in UPTIDE_PASSPHRASE_FILE.',
  },
  STREAM_SIGNER_FAILED: {
    exit: 'machine',
    meaning: 'What signs for a key did not give a good signature.',
    remedy: 'Check the program and the token that the key file names, and its public key.',
  },
  STREAM_NO_KEY: {
    exit: 'badInput',
    meaning: 'No key at hand can sign what is to be signed.',
    remedy: 'Name the key with --key; `uptide stream status` says whose signatures lack.',
  },
  STREAM_NO_KERNEL: {
    exit: 'badInput',
    meaning: 'The stream has published nothing for a kernel of this name.',
    remedy: '`uptide stream status` lists the kernels; name a release, RELEASE/BUILDID, or all.',
  },
  STREAM_NO_LEVEL: {
    exit: 'badInput',
    meaning: 'The kernel has no such level.',
    remedy: '`uptide stream status` names the newest level of each kernel.',
  },
  STREAM_NO_BLOCK: {
    exit: 'badInput',
    meaning: 'The rollout has no block with this number.',
    remedy: '`uptide stream status` lists the blocks of each kernel.',
  },
  STREAM_BAD_SIGNATURE: {
    exit: 'refused',
    meaning: 'A signature does not belong to what is staged.',
    remedy: 'Write a new request (`uptide stream sign --request`) and have that one signed.',
  },
  STREAM_NOT_CONFIRMED: {
    exit: 'refused',
    meaning: 'Nobody confirmed what was to be signed.',
    remedy: 'Read the summary and answer yes, or give --yes where nobody sits at a terminal.',
  },
  STREAM_TRANSITION_UNPROVEN: {
    exit: 'refused',
    meaning: 'The proof does not show the level in the place of the published level before it.',
    remedy:
      'Prove it with that level as the one before, or say with --accept-partly REASON why it may go out.',
  },
  STREAM_UNPROVEN: {
    exit: 'refused',
    meaning: 'The update carries no proof, or one that says that it failed.',
    remedy: 'Prove it: `uptide prove UPDATE`.',
  },
  STREAM_PARTLY_PROVEN: {
    exit: 'refused',
    meaning: 'The proof could not show all of the update in a running kernel.',
    remedy: 'Read what it could not show, then publish with --accept-partly and the reason.',
  },
  STREAM_PROOF_MISFIT: {
    exit: 'refused',
    meaning: 'The proof is of another module or kernel.',
    remedy: 'Prove this update: `uptide prove UPDATE`.',
  },
  STREAM_UNREVIEWED: {
    exit: 'refused',
    meaning: 'A finding that a person must judge was not signed off.',
    remedy: 'Judge and sign it off, or publish with --accept-unreviewed and the reason.',
  },
  STREAM_LEVEL_GAP: {
    exit: 'refused',
    meaning: 'A level was left out.',
    remedy: 'Add the levels in between; levels are numbered from 1 without a gap.',
  },
  STREAM_LEVEL_REPLACED: {
    exit: 'refused',
    meaning: 'A level that hosts may have would become another.',
    remedy: 'Publish the change as a new level.',
  },
  STREAM_CVE_LOST: {
    exit: 'refused',
    meaning: 'A level does not close a CVE that the level before it closes.',
    remedy: 'Levels are cumulative: build it with all patches of the level before.',
  },
  STREAM_STATE_LOST: {
    exit: 'refused',
    meaning: 'The kernel would not let the level replace the one before, whose states it does not know.',
    remedy: 'Keep the states of the level before, in the same version or a newer one.',
  },
  STREAM_NOTHING_STAGED: {
    exit: 'badInput',
    meaning: 'There is nothing to sign or to publish.',
    remedy: 'Stage something first: `uptide stream add`.',
  },
  STREAM_NOTHING_PUBLISHED: {
    exit: 'badInput',
    meaning: 'The stream was not published yet.',
    remedy: 'Sign and publish it: `uptide stream sign`, `uptide stream publish`.',
  },
  STREAM_UNSIGNED: {
    exit: 'refused',
    meaning: 'A role has fewer signatures than its threshold.',
    remedy: 'Sign it with more keys: `uptide stream sign`; `uptide stream status` says whose lack.',
  },
  STREAM_GOES_BACK: {
    exit: 'refused',
    meaning: 'The next version of a role is not the one after the published version.',
    remedy: 'Stage the change again; what is staged was made for another state.',
  },
  STREAM_DROPS: {
    exit: 'refused',
    meaning: 'Something that the stream listed once would not be listed any more.',
    remedy: 'Stage the change again; withdraw a level instead of removing it.',
  },
  STREAM_WEAKER: {
    exit: 'refused',
    meaning: 'A role would ask for fewer signatures than before.',
    remedy: 'Say why with `uptide stream rotate ROLE --weaken REASON`, or keep the threshold.',
  },
  STREAM_ROLE_EXPIRED: {
    exit: 'refused',
    meaning: 'A role that hosts need has ended, or would end later than the settings allow.',
    remedy: 'Stage a new version: `uptide stream sign --renew`.',
  },
  STREAM_TARGET_WRONG: {
    exit: 'refused',
    meaning: 'A file that is to be published is gone or is not what the metadata says.',
    remedy: 'Add it again.',
  },
  STREAM_UNFIT: {
    exit: 'internal',
    meaning: 'A client would refuse what was to be published.',
    remedy: 'Report it with the printed reason; nothing was published.',
  },
} as const satisfies Record<string, CatalogueEntry>;
