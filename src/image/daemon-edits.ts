import { Failure } from '../platform/errors.js';
import { quoteShell } from '../platform/process/shell.js';
import { rootOwned, type FileEdit } from './plan.js';

/** What the image needs to run the daemon. */
export interface DaemonInstallation {
  /** The binary on this machine. */
  readonly binary: string;
  readonly sha256: string;
  /** `KEY=VALUE` lines for the unit. systemd's specifiers work; `%H` is the host name at the daemon's start. */
  readonly environment: readonly string[];
}

export const daemonUnit = 'daytona-daemon.service';
export const daemonPath = '/usr/local/bin/daytona-daemon';

/** Installs the daemon and its unit, and enables it. */
export function planDaemon(installation: DaemonInstallation): readonly FileEdit[] {
  return [
    {
      kind: 'write',
      path: daemonPath,
      content: { file: installation.binary, sha256: installation.sha256 },
      attributes: rootOwned(0o755),
    },
    {
      kind: 'write',
      path: `/etc/systemd/system/${daemonUnit}`,
      content: { text: formatUnit(installation.environment) },
      attributes: rootOwned(0o644),
    },
    { kind: 'enable-unit', unit: daemonUnit, target: 'multi-user.target' },
  ];
}

/** Written before each start of the daemon. Optional, because systemd also reads it before it is written. */
const startEnvironment = '/run/daytona-daemon.env';

function formatUnit(environment: readonly string[]): string {
  const lines = environment.map(assertLine);
  const named = lines.filter((line) => splitAtHostName(line).length > 1);
  return [
    '[Unit]',
    'Description=Daytona Daemon Service',
    'After=network.target',
    '',
    '[Service]',
    `ExecStart=${daemonPath}`,
    'Restart=always',
    'RestartSec=3',
    'User=root',
    'Group=root',
    'Environment=HOME=/root',
    ...lines.filter((line) => !named.includes(line)).map((line) => `Environment=${quoteForSystemd(line)}`),
    ...(named.length === 0
      ? []
      : [`ExecStartPre=:/bin/sh -c ${quoteForSystemd(recordAtStart(named))}`, `EnvironmentFile=-${startEnvironment}`]),
    'EnvironmentFile=-/etc/default/daytona-daemon',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}

/**
 * The command that writes the lines with `%H`. systemd expands `%H` when it loads the unit. At a VM's first boot that
 * is before cloud-init sets the host name, so every VM would get the image's.
 */
function recordAtStart(lines: readonly string[]): string {
  return `printf '%%s\\n' ${lines.map(formatStartLine).join(' ')} >${startEnvironment}`;
}

/** A shell word that becomes a line of an environment file. Quoting: systemd.exec(5), `EnvironmentFile=`. */
function formatStartLine(line: string): string {
  const [name = '', ...value] = line.split('=');
  return splitAtHostName(`${name}="${value.join('=').replace(/[\\"$`]/g, '\\$&')}"`)
    .map(quoteShell)
    .join('"$(uname -n)"');
}

/** `%%` stands for `%` (systemd.unit(5)). */
function splitAtHostName(text: string): readonly string[] {
  return text.replace(/%(.)/gu, (specifier, letter) => (letter === 'H' ? '\0' : specifier)).split('\0');
}

/** A line break would start another setting. */
function assertLine(line: string): string {
  if (/^[A-Za-z_]\w*=[^\u0000-\u001f\u007f]*$/.test(line)) return line;
  throw new Failure(
    `invalid line ${JSON.stringify(line).slice(0, 200)} in daemon-env (expected KEY=VALUE without control characters)`,
  );
}

/** Quoting: systemd.syntax(7). */
function quoteForSystemd(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
