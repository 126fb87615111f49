// SPDX-License-Identifier: GPL-2.0-or-later

/** An option that may be given several times. */
export function collect(value: string, values: readonly string[] | undefined): readonly string[] {
  return [...(values ?? []), value];
}

/** The options of every command that proves. */
export const LOAD_OPTION = [
  '--load <name>',
  'what the machine does meanwhile: files, network, processes, a shell script, or none; may be given several times (default for a level: the first three)',
  collect,
] as const;
export const FILE_OPTION = [
  '--file <path[:guest path]>',
  'a file for probes and loads, with the libraries that it needs (default: found by its name); may be given several times',
  collect,
] as const;
