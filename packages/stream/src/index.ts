// SPDX-License-Identifier: GPL-2.0-or-later

export { type ExportReport, exportStream } from './air-gap/export.ts';
export { importStream } from './air-gap/import.ts';
export { lateBy, MAX_LATE_DAYS } from './air-gap/lateness.ts';
export { openTrustedStream, type TrustedStream } from './client/open.ts';
export { subscribeFolder } from './client/trust-folder.ts';
export { StreamError } from './error.ts';
export { type FeedFile, kernelFeeds } from './feeds/feeds.ts';
export type { FeedInput, FeedPublisher, KernelPackage } from './feeds/model.ts';
export { type CveNote, judgeNotes, readNotes } from './feeds/notes.ts';
export { imagePackage, kernelPurl } from './feeds/package-url.ts';
export { type CvesFile, cvesSchema } from './formats/cves-file.ts';
export * as fields from './formats/fields.ts';
export { type IndexedLevel, indexSchema, type KernelIndex } from './formats/index-file.ts';
export { type TargetFilter, targetFilterSchema } from './formats/mirror-file.ts';
export {
  cvesPath,
  indexPath,
  kernelFolder,
  levelPath,
  rolloutPath,
  type StreamKernel,
} from './formats/paths.ts';
export { type Block, type LevelRollout, type Rollout, rolloutSchema } from './formats/rollout-file.ts';
export {
  commandKey,
  encryptKey,
  type KeyFile,
  keyOf,
  newPlainKey,
  printKeyFile,
  publicPart,
  readKeyFile,
} from './keys/key-file.ts';
export { type AskPassphrase, type Signer, signerOf } from './keys/signer.ts';
export { type MirrorReport, mirrorStream } from './mirror/mirror.ts';
export { type AddResult, addUpdates, type Companions } from './publish/add.ts';
export {
  importSignatures,
  readRequest,
  readSignatures,
  requestOf,
  signRequest,
} from './publish/ceremony.ts';
export { changeIndices } from './publish/index-change.ts';
export { initRepository } from './publish/init.ts';
export { type NotesResult, noteCves } from './publish/notes.ts';
export { type PublishResult, publishStaged, refresh } from './publish/publish.ts';
export { withRepository } from './publish/repository.ts';
export { changeRollouts } from './publish/rollout.ts';
export { newSeries, renewRoles, rotateRole } from './publish/rotate.ts';
export { type MadeSignature, signStaged } from './publish/sign.ts';
export { type KernelStatus, readStatus, type StreamStatus } from './publish/status.ts';
export { restartWaves } from './publish/waves.ts';
export { type Founding, requireSeriesName, type Signers } from './repository/found.ts';
export { coverUntil, endKernel, type IndexChange, withdrawLevel } from './repository/index-change.ts';
export { momentOf } from './repository/moments.ts';
export type { SignRequest } from './repository/request.ts';
export {
  addBlock,
  halt,
  type RolloutChange,
  removeBlock,
  resume,
  setWaves,
  withdraw,
} from './repository/rollout.ts';
export type { KeyChange } from './repository/rotate.ts';
export { keyIdOf } from './repository/sign.ts';
export type { RoleStatus } from './repository/status.ts';
export { type RoleSummary, summarize } from './repository/summary.ts';
export { DEFAULT_PROFILE, PROFILE_NAMES, wavesOf } from './repository/waves.ts';
export { sourceAt } from './source/at.ts';
export { folderSource } from './source/folder.ts';
export { type HttpOptions, httpSource } from './source/http.ts';
export { mirrors } from './source/mirrors.ts';
export { MAX_ENTRIES, MAX_METADATA_BYTES } from './trust/limits.ts';
export type { Freshness, Source, SourceFault, TargetInfo, TrustedRole } from './trust/model.ts';
export { decodeUpdate } from './update/decode.ts';
export { encodeUpdate, updateFiles } from './update/encode.ts';
export type { CarriedFile, RoledFile, Update } from './update/model.ts';
export type { Description, LevelFix, PatchedFunction, PatchedObject, UpdateState } from './update/schema.ts';
