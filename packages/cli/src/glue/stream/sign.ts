// SPDX-License-Identifier: GPL-2.0-or-later
/** The four ways of `uptide stream sign`. */
import { type ExitName, UptideError } from '@uptide/base';
import {
  importSignatures,
  readRequest,
  readSignatures,
  renewRoles,
  requestOf,
  StreamError,
  signRequest,
  signStaged,
  summarize,
  withRepository,
} from '@uptide/stream';
import { DEFAULT_REPOSITORY } from '../../commands/stream/options.ts';
import { readInput } from '../../shell/input.ts';
import { requireWritable, writeOutput } from '../../shell/output.ts';
import type { Shell } from '../../shell/shell.ts';
import { describeFindings } from '../findings.ts';
import { confirmSigning, describeSummary } from './confirm.ts';
import { describeSignatures } from './describe.ts';
import { signersAt } from './keys.ts';

/** The options of `uptide stream sign`. */
export interface SignOptions {
  readonly request?: string | undefined;
  readonly import?: readonly string[] | undefined;
  readonly renew?: number | undefined;
  readonly output?: string | undefined;
  readonly yes?: true | undefined;
  readonly repository?: string | undefined;
  readonly key?: readonly string[] | undefined;
}

/** What a way of signing has to tell. */
export interface Told {
  readonly text: string;
  readonly json: object;
  readonly ending: ExitName;
}

/** @param request the file of another machine, when one is to be signed. */
export async function runSign(
  request: string | undefined,
  options: SignOptions,
  shell: Shell,
  now: number,
): Promise<Told> {
  if (request !== undefined) return await signForOthers(request, options, shell);
  if (options.import !== undefined) return await takeIn(options.import, options);
  if (options.request !== undefined) return await writeRequest(options.request, options, now);
  return await signHere(options, shell, now);
}

async function signForOthers(path: string, options: SignOptions, shell: Shell): Promise<Told> {
  const { output, yes = false } = options;
  if (output === undefined) throw new UptideError('USAGE', 'a request is signed into a file: -o FILE');
  await requireWritable(output);
  const request = readRequest(await readInput(path), path);
  const signers = await signersAt(repositoryOf(options), options.key, shell);
  await confirmSigning(request, yes, shell);
  const file = await signRequest(request, signers);
  if (file.signatures.length === 0) {
    throw new StreamError('STREAM_NO_KEY', 'the request asks for none of the keys at hand');
  }
  await writeOutput(output, Buffer.from(`${JSON.stringify(file)}\n`));
  const roles = file.signatures.map(({ role }) => role);
  return {
    text: `${output}: signatures of ${roles.join(', ')}`,
    json: { file: output, roles },
    ending: 'done',
  };
}

async function takeIn(paths: readonly string[], options: SignOptions): Promise<Told> {
  const files = await Promise.all(paths.map(async (path) => readSignatures(await readInput(path), path)));
  const findings = await withRepository(repositoryOf(options), (repository) =>
    importSignatures(repository, files),
  );
  const count = files.reduce((sum, { signatures }) => sum + signatures.length, 0);
  const text =
    findings.length === 0
      ? `${count} signatures taken in`
      : `no signature is taken in\n${describeFindings(findings)}`;
  return { text, json: { findings, signatures: count }, ending: findings.length === 0 ? 'done' : 'refused' };
}

async function writeRequest(path: string, options: SignOptions, now: number): Promise<Told> {
  const { renew } = options;
  const request = await withRepository(repositoryOf(options), async (repository) => {
    if (renew !== undefined) await renewRoles(repository, renew, now);
    return await requestOf(repository);
  });
  await writeOutput(path, Buffer.from(`${JSON.stringify(request)}\n`));
  const summary = summarize(request);
  const text = `${describeSummary(request.stream, summary)}\n${path}: carry it to who signs: uptide stream sign ${path} --key KEY -o SIGNATURES`;
  return { text, json: { file: path, roles: summary }, ending: 'done' };
}

async function signHere(options: SignOptions, shell: Shell, now: number): Promise<Told> {
  const { renew, yes = false } = options;
  const folder = repositoryOf(options);
  const signers = await signersAt(folder, options.key, shell);
  const signed = await withRepository(folder, async (repository) => {
    if (renew !== undefined) await renewRoles(repository, renew, now);
    await confirmSigning(await requestOf(repository), yes, shell);
    return await signStaged(repository, signers);
  });
  return { text: describeSignatures(signed), json: { signed }, ending: 'done' };
}

function repositoryOf({ repository = DEFAULT_REPOSITORY }: SignOptions): string {
  return repository;
}
