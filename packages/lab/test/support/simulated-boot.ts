// SPDX-License-Identifier: GPL-2.0-or-later
import type { BootOptions, BootResult, CommandResult, ProveInput } from '../../src/index.ts';
import { COMMAND } from '../../src/prove/plan.ts';

/** A build id, and the note in which a kernel gives it. */
export const BUILD_ID = '06f8bde30046985060c60820f7a11515a33afb06';
const NOTES = Buffer.concat([
  Buffer.from([4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0]),
  Buffer.from('GNU\0'),
  Buffer.from(BUILD_ID, 'hex'),
]);

/** An update of a function of the kernel and one of the module `ext4`, which needs `jbd2`. */
export const INPUT: ProveInput = {
  kernel: 'vmlinuz',
  release: '6.1.0-50-amd64',
  buildId: BUILD_ID,
  update: { name: 'fix_1', bytes: Buffer.from('module') },
  objects: [
    { name: 'vmlinux', functions: [{ name: 'do_exit', sympos: 0 }] },
    { name: 'ext4', functions: [{ name: 'ext4_open', sympos: 2 }] },
  ],
  modules: [
    { name: 'jbd2', bytes: Buffer.from('jbd2') },
    { name: 'ext4', bytes: Buffer.from('ext4') },
  ],
  probes: { before: 'is old\n', after: 'is new\n' },
};

/** The same without the module. */
export const BUILT_IN: ProveInput = { ...INPUT, objects: INPUT.objects.slice(0, 1), modules: [] };

/** How a boot differs from one in which all is well. */
export interface Differences {
  /** By the id of a command. */
  readonly results?: Readonly<Record<string, { readonly status?: number; readonly stdout?: string }>>;
  /** What the kernel logs during a command, by its id. */
  readonly log?: Readonly<Record<string, string>>;
  /** The command during which the boot ends, and how. */
  readonly end?: { readonly during: string; readonly outcome: 'panic' | 'hang' | 'ended' };
}

/** What the guest prints when all is well. */
function usualOutput(id: string, state: string): string | Buffer {
  switch (id) {
    case COMMAND.release:
      return '6.1.0-50-amd64\n';
    case COMMAND.notes:
      return NOTES;
    case COMMAND.taintStart:
      return '0\n';
    case COMMAND.taintEnd:
      return '45056\n';
    case COMMAND.state('update'):
    case COMMAND.state('replace'):
    case COMMAND.state('previous'):
    case COMMAND.state('back'):
      return state;
    default:
      return '';
  }
}

/** The state of a patch of these objects, as the script in `scripts.ts` prints it. */
export function klpState(
  input: Pick<ProveInput, 'objects'>,
  patched: (object: string) => '0' | '1' | 'unknown' = () => '1',
): string {
  const lines = ['value enabled 1', 'value transition 0'];
  for (const { name, functions } of input.objects) {
    lines.push(`object ${name} ${patched(name)}`);
    for (const wanted of functions) lines.push(`function ${name} ${wanted.name},${wanted.sympos || 1}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Whether a probe of `INPUT` fails in a state, as it should. */
function usualStatus(id: string): number {
  const fails =
    /^probe:(?:before:(?:after|late|replaced)|after:(?:before|restored|previous|back|end|late-back))$/.test(
      id,
    );
  return fails ? 1 : 0;
}

/** What comes of a boot in which all is well but for the differences. */
export function simulate(input: ProveInput, options: BootOptions, differences: Differences = {}): BootResult {
  const results = new Map<string, CommandResult>();
  const log = ['Linux version 6.1'];
  const { end } = differences;
  const { level } = input;
  const previous = (id: string): boolean =>
    id === COMMAND.state('previous') || (id === COMMAND.state('back') && level?.previous?.back === true);
  for (const [index, { id }] of options.commands.entries()) {
    log.push(`[    1.0] uptide-lab: begin ${index}`);
    const said = differences.log?.[id];
    if (said !== undefined) log.push(said);
    if (end?.during === id)
      return { outcome: end.outcome, reason: 'why', results, during: id, log: log.join('\n'), autopsy: '' };
    const objects = previous(id) ? (level?.previous?.objects ?? []) : input.objects;
    const { status = usualStatus(id), stdout = usualOutput(id, klpState({ objects })) } =
      differences.results?.[id] ?? {};
    results.set(id, {
      status,
      stdout: Buffer.from(stdout),
      stderr: Buffer.alloc(0),
      truncated: false,
      began: index * 10,
      ended: index * 10 + 5,
    });
    log.push(`[    1.0] uptide-lab: end ${index}`);
  }
  return { outcome: 'completed', reason: '', results, during: undefined, log: log.join('\n'), autopsy: '' };
}
