// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * `make demo`: the whole way with the commands that anyone would type. The newest stock Debian 6.1 kernel, a
 * live update from `examples/cmdline-mark.patch`, that kernel in a virtual machine, and what /proc/cmdline says
 * before the update is loaded, while it is live and after it was unloaded.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { UptideError } from '@uptide/base';
import { newestRelease } from '@uptide/kernel';
import type { Proof } from '@uptide/lab';

const SERIES = '6.1';
const FLAVOUR = 'amd64';
const MARK = '[patched live]';
const FILE = '/proc/cmdline';
const ROOT = resolve(import.meta.dirname, '..');
const PATCH = 'examples/cmdline-mark.patch';

/** What the probes saw, and how it is told. */
const STATES = [
  ['before', 'Before the update is loaded'],
  ['after', 'With the update live'],
  ['restored', 'After it was disabled and unloaded'],
] as const;

class DemoFailure extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`a step ended with status ${status}`);
    this.status = status;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'uptide-demo-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
// The step that runs gets the signal too and ends by its own rules; then so do we.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => {});

const started = performance.now();
try {
  await demo();
  console.log(`\ndone in ${((performance.now() - started) / 1000).toFixed(1)} s`);
} catch (error) {
  if (error instanceof DemoFailure) process.exitCode = error.status;
  else if (error instanceof UptideError) {
    console.error(`${error.describe()}\n  next: ${error.remedy}`);
    process.exitCode = error.exitStatus;
  } else throw error;
}

async function demo(): Promise<void> {
  const release = await newestRelease(SERIES, FLAVOUR);
  const update = join(folder, 'demo.uptide');
  console.log(`The newest Debian kernel of series ${SERIES} for ${FLAVOUR} is ${release}.`);
  await uptide(['kernel', 'add', release]);
  const title = 'Mark the kernel command line';
  await uptide(['create', PATCH, '--kernel', release, '--title', title, '-o', update]);
  const mark = `grep -qF '${MARK}' ${FILE}`;
  const probes = ['--before', `cat ${FILE}; ! ${mark}`, '--after', `cat ${FILE}; ${mark}`];
  const proof: Proof = JSON.parse(await uptide(['prove', update, ...probes, '--json'], true));
  for (const [state, words] of STATES) {
    const run = proof.probes.find((probe) => probe.probe === 'before' && probe.state === state);
    console.log(`\n${words}, ${FILE} in ${release} says:\n  ${run?.stdout.trim() ?? '(nothing)'}`);
  }
}

/** Runs the command, with its messages on our terminal; gives its standard output, or passes that on too. */
async function uptide(args: readonly string[], capture = false): Promise<string> {
  const shown = args.map((arg) => (/^[\w./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`));
  console.log(`\n$ ${relative(process.cwd(), ROOT) || '.'}/uptide ${shown.join(' ')}`);
  const began = performance.now();
  const child = spawn(join(ROOT, 'uptide'), args, {
    cwd: ROOT,
    stdio: ['ignore', capture ? 'pipe' : 'inherit', 'inherit'],
  });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const status = await new Promise<number>((settle, fail) => {
    child.once('error', fail);
    child.once('close', (code) => settle(code ?? 1));
  });
  if (status !== 0) throw new DemoFailure(status);
  console.log(`(${((performance.now() - began) / 1000).toFixed(1)} s)`);
  return output;
}
