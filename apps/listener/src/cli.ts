import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import type { ClusterOptions } from './commands/cluster-options.ts';
import type { DemoOptions } from './commands/demo.ts';
import type { OnceOptions } from './commands/once.ts';
import type { ResumeOptions } from './commands/resume.ts';
import type { WatchOptions } from './commands/watch.ts';
import { ConfigError } from './config/config-error.ts';
import { parseDuration } from './duration.ts';
import { exitCode } from './exit-code.ts';

/** Timers end at 24.8 days. */
const longestMs = 24 * 3_600_000;
const levels = ['debug', 'info', 'warn', 'error', 'silent'];

const environmentHelp = `
Environment:
  VCENTER_LISTENER_CONFIG                                             configuration file; --config wins
  GOVMOMI_URL, GOVMOMI_USERNAME, GOVMOMI_PASSWORD, GOVMOMI_INSECURE   which vCenter, if no file names one
  GOVC_URL, GOVC_USERNAME, GOVC_PASSWORD, GOVC_INSECURE               the same, in govc's names
  VC_HOST, VC_USER, VC_PASS, VC_INSECURE                              the same
  VCENTER_USERNAME_FILE, VCENTER_PASSWORD_FILE                        files instead, read again before each login
  VCENTER_THUMBPRINT, VCENTER_CA_FILE                                 which certificate is trusted
  VCENTER_INSTANCE_UUID                                               which vCenter alone is accepted
  VCENTER_NAME                                                        its name in the log, metrics and Leases (its host)
  VCENTER_POLL                                                        how long one poll waits (3m)
  KUBECONFIG                                                          which cluster; in a Pod: its own`;

/**
 * Runs one command.
 *
 * @param words the command line after the program's name
 * @param stop ends the command in good order
 * @returns the exit code
 */
export async function main(words: readonly string[], stop: AbortSignal): Promise<number> {
  let result: number = exitCode.ok;
  const program = new Command('vcenter-listener')
    .description('Keeps Kubernetes true to vCenter: every Node carries the ESXi host that its VM runs on.')
    .version(packageJson.version)
    .exitOverride()
    .showHelpAfterError('(--help shows the commands and options)')
    .addHelpText('after', environmentHelp);

  // The modules of a command are loaded when it runs: help and mistakes are answered at once.
  clusterCommand(program, 'run', 'keep the labels true until stopped (SIGTERM)', 'info').action(
    async (options: ClusterOptions) => {
      result = await (await import('./commands/run.ts')).run(options, stop);
    },
  );
  clusterCommand(program, 'once', 'make the labels true once; a line for each Node that was labelled', 'warn')
    .option('--no-brake', 'write however many labels change at once')
    .action(async (options: OnceOptions) => {
      result = await (await import('./commands/once.ts')).once(options, stop);
    });
  clusterOptions(program.command('resume'))
    .argument('[vcenter]', 'its name; left out, the only one whose brake is engaged', notEmpty)
    .description('let the brake go, which holds the writes when one read would change too many labels')
    .option('--namespace <name>', 'where the Leases of vcenter-listener are', notEmpty)
    .action(async (vcenter: string | undefined, options: ResumeOptions) => {
      result = await (await import('./commands/resume.ts')).resume(vcenter, options, stop);
    });
  program
    .command('watch')
    .description('print what happens in vCenter, a line each; needs no cluster')
    .addOption(
      new Option('-o, --output <format>', 'one JSON object a line, or text to read')
        .choices(['ndjson', 'text'])
        .default('ndjson'),
    )
    .option('--vm <pattern...>', 'only machines with such a name, such as "web-*"', patterns)
    .option('--host <pattern...>', 'only what is, was or comes to be on such a host', patterns)
    .option('--cluster <pattern...>', 'only what is, was or comes to be in such a cluster', patterns)
    .option('--initial', 'begin with a line for everything that there is')
    .option('--record <file>', 'record what vCenter says in a new file, such as storm.ndjson.gz', notEmpty)
    .option('--pseudonymise', 'other names and UUIDs in the recording, no addresses')
    .option('--replay <file>', 'show a recording instead of a vCenter', notEmpty)
    .option('--speed <factor>', 'how many times faster than it happened, or max (default: 1)', speed)
    .option('--for <duration>', 'end after this time, such as 10s; without it, ends with Ctrl-C', duration)
    .addOption(new Option('--log-level <level>', 'least level that is logged').choices(levels).default('warn'))
    .action(async (options: WatchOptions) => {
      result = await (await import('./commands/watch.ts')).watch(options, stop);
    });
  program
    .command('demo')
    .description('simulated vCenter and Kubernetes in this process, with VMs that move')
    .option(
      '--for <duration>',
      'end after this time with a summary, such as 10s; without it, ends with Ctrl-C',
      duration,
    )
    .action(async (options: DemoOptions) => {
      result = await (await import('./commands/demo.ts')).demo(options, stop);
    });

  try {
    await program.parseAsync(words, { from: 'user' });
    return result;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    console.error(`error: ${error instanceof Error ? error.message.replaceAll('\n', '\nerror: ') : error}`);
    return isConfigError(error) ? exitCode.usage : exitCode.failed;
  }
}

function clusterCommand(program: Command, name: string, description: string, logLevel: string): Command {
  return clusterOptions(program.command(name))
    .description(description)
    .addOption(new Option('--log-level <level>', 'least level that is logged').choices(levels).default(logLevel));
}

function clusterOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file to use instead of VCENTER_LISTENER_CONFIG', notEmpty)
    .option('--kubeconfig <file>', 'kubeconfig to use instead of KUBECONFIG', notEmpty)
    .option('--context <name>', 'context of the kubeconfig to use instead of its current one', notEmpty);
}

/** Told by its name: importing the class would load all of the Kubernetes client for a mistyped word. */
function isConfigError(error: unknown): boolean {
  return error instanceof ConfigError || (error instanceof Error && error.name === 'KubeConfigError');
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) throw new InvalidArgumentError('expected is a duration such as 500ms, 10s or 3m');
  if (ms > longestMs) throw new InvalidArgumentError('at most 24h');
  return ms;
}

/** Infinity: without a pause. */
function speed(text: string): number {
  const factor = text === 'max' ? Number.POSITIVE_INFINITY : /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (factor <= 0) throw new InvalidArgumentError('expected is a factor such as 1, 10 or 0.5, or max');
  return factor;
}

function patterns(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, notEmpty(text)];
}

/** An unset variable of a shell script must not lead to another cluster. */
function notEmpty(text: string): string {
  if (text === '') throw new InvalidArgumentError('it is empty');
  return text;
}
