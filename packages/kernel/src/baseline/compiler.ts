// SPDX-License-Identifier: GPL-2.0-or-later
import { type RunOptions, run, UptideError } from '@uptide/base';
import { KernelError } from '../error.ts';
import type { Runner } from '../packages/apt.ts';
import type { KernelConfig } from './config.ts';

/** The compiler that a kernel was built with, as its configuration tells. */
export interface CompilerIdentity {
  /** First line of `COMPILER --version`, the value of CONFIG_CC_VERSION_TEXT. */
  readonly text: string;
  /** The command, e.g. `gcc-12`. */
  readonly command: string;
  /** The Debian package and its version, when the text names one. */
  readonly package?: { readonly name: string; readonly version: string };
}

/** The command is run, so nothing but a compiler's name will do: no path, no option. */
const COMMAND = /^(?:[a-z0-9_]+-linux-gnu-)?((?:gcc|clang)(?:-[0-9]{1,3})?)$/;
/** `gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0` */
const TEXT = /^(\S+) \((?:Debian|Ubuntu) ([^\s()]+)\) [0-9.]+$/;

/** @throws KernelError COMPILER_UNKNOWN when the configuration has no text or one that names no compiler. */
export function compilerOf(config: KernelConfig): CompilerIdentity {
  const quoted = config.get('CONFIG_CC_VERSION_TEXT');
  const text = /^"([^"\\]*)"$/.exec(quoted ?? '')?.[1];
  if (text === undefined) throw new KernelError('COMPILER_UNKNOWN', `CONFIG_CC_VERSION_TEXT is ${quoted}`);
  const command = text.split(' ')[0] ?? '';
  const name = COMMAND.exec(command)?.[1];
  if (name === undefined) {
    throw new KernelError('COMPILER_UNKNOWN', `${JSON.stringify(text)} names no compiler that is known`);
  }
  const version = TEXT.exec(text)?.[2];
  return { text, command, ...(version === undefined ? {} : { package: { name, version } }) };
}

/**
 * Makes sure that the compiler on this machine is the one the kernel was built with.
 *
 * @throws KernelError COMPILER_MISMATCH naming what to install.
 */
export async function requireCompiler(identity: CompilerIdentity, runner: Runner = run): Promise<void> {
  const remedy =
    identity.package === undefined
      ? {}
      : { remedy: `apt-get install ${identity.package.name}=${identity.package.version}` };
  const found = await versionText(identity.command, runner);
  if (found === identity.text) return;
  const there = found === undefined ? 'there is none' : `this machine has ${JSON.stringify(found)}`;
  throw new KernelError(
    'COMPILER_MISMATCH',
    `the kernel was built with ${JSON.stringify(identity.text)}; ${there}`,
    remedy,
  );
}

async function versionText(command: string, runner: Runner): Promise<string | undefined> {
  const options: RunOptions = { anyStatus: true };
  try {
    const { stdout } = await runner(command, ['--version'], options);
    return stdout.toString('utf8').split('\n')[0];
  } catch (error) {
    if (error instanceof UptideError && error.code === 'TOOL_MISSING') return undefined;
    throw error;
  }
}
