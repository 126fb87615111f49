// SPDX-License-Identifier: GPL-2.0-or-later
import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { UptideError } from '@uptide/base';
import { agentOfShell, endingOfState } from '../glue/agent/agent.ts';
import { describeStatus } from '../glue/agent/status.ts';
import { JSON_OPTION } from '../shell/options.ts';
import type { Shell } from '../shell/shell.ts';

/** `uptide status`: says how the host stands; nobody is asked for it. */
export function statusCommand(shell: Shell): CommandUnknownOpts {
  const { act, print, printJson } = shell;
  return new Command('status')
    .description('say what is live, what is not and why; nobody is asked for it')
    .option(...JSON_OPTION)
    .option('--nagios', 'as a plug-in of Nagios: one line, and its exit status')
    .option('--prometheus', "for the textfile collector of Prometheus' node exporter")
    .option('--openvex', 'what is fixed on this host in this boot, as OpenVEX')
    .option('--vex-name <name>', 'with --openvex: the name of the host in it (default: none of its own)')
    .addOption(
      new Option('--vex-product <what>', 'with --openvex: what the statements are about').choices([
        'boot',
        'package',
      ] as const),
    )
    .option('--reboot', 'say whether a reboot is due; ends with 0 only when it is known not to be')
    .action(({ vexName: name, vexProduct: product, ...options }) =>
      act(options, async () => {
        if (Object.keys(options).length > 1) throw new UptideError('USAGE', 'one form of output at a time');
        if ((name ?? product) !== undefined && options.openvex === undefined) {
          throw new UptideError('USAGE', '--vex-name and --vex-product belong to --openvex');
        }
        const host = await import('@uptide/host');
        const status = await host.readStatus(await agentOfShell(shell));
        if (options.nagios === true) {
          const { text, exit } = host.nagiosOutput(status);
          print(text);
          return { status: exit };
        }
        if (options.reboot === true) {
          const { advice, reasons } = host.rebootAdvice(status);
          print([`reboot: ${advice}`, ...reasons.map((reason) => `  ${reason}`)].join('\n'));
          return advice === 'not-needed' ? 'done' : 'attention';
        }
        if (options.openvex === true) {
          const document = host.openVex(status, { name, product });
          if (document === undefined) {
            shell.reporter.note('nothing is fixed here by a live update that could be stated');
            return 'attention';
          }
          printJson(document);
          return 'done';
        }
        if (options.prometheus === true) {
          print(host.prometheusText(status).trimEnd());
          return 'done';
        }
        if (options.json === true) printJson(status);
        else print(describeStatus(status));
        return endingOfState(status.state);
      }),
    );
}
