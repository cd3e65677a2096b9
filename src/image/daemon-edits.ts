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
  /** Start it before the network: see boot-profile.ts, which has what else this needs. */
  readonly early?: boolean | undefined;
}

export const daemonUnit = 'daytona-daemon.service';
export const daemonPath = '/usr/local/bin/daytona-daemon';

export const daemonPaths = {
  /** Written before each start of the daemon. Optional, because systemd also reads it before it is written. */
  startEnvironment: '/run/daytona-daemon.env',
  /** For an administrator, or user data. */
  settings: '/etc/default/daytona-daemon',
} as const;

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
      content: { text: formatUnit(installation.environment, installation.early === true) },
      attributes: rootOwned(0o644),
    },
    { kind: 'enable-unit', unit: daemonUnit, target: 'multi-user.target' },
  ];
}

/**
 * As soon as every filesystem is mounted, and /tmp is emptied. The order of the guide's unit, after
 * basic.target and network.target, also holds at the shutdown: a companion unit keeps that.
 */
const earlyOrder = [
  'DefaultDependencies=no',
  'After=local-fs.target systemd-tmpfiles-setup.service',
  'Conflicts=shutdown.target',
  'Before=shutdown.target',
];

function formatUnit(environment: readonly string[], early: boolean): string {
  const lines = environment.map(assertLine);
  const named = lines.filter((line) => splitAtHostName(line).length > 1);
  return [
    '[Unit]',
    'Description=Daytona Daemon Service',
    ...(early ? earlyOrder : ['After=network.target']),
    '',
    '[Service]',
    `ExecStart=${daemonPath}`,
    'Restart=always',
    'RestartSec=3',
    'User=root',
    'Group=root',
    'Environment=HOME=/root',
    ...lines.filter((line) => !named.includes(line)).map((line) => `Environment=${quoteForSystemd(line)}`),
    ...(named.length === 0 && !early
      ? []
      : [
          `ExecStartPre=:/bin/sh -c ${quoteForSystemd(recordAtStart(named, early))}`,
          `EnvironmentFile=-${daemonPaths.startEnvironment}`,
        ]),
    `EnvironmentFile=-${daemonPaths.settings}`,
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}

/**
 * The command that writes the lines with `%H`. systemd expands `%H` when it loads the unit. At a VM's first boot that
 * is before cloud-init sets the host name, so every VM would get the image's. The comment of a daemon that starts early
 * has the name, too: boot-profile.ts compares it with the final one.
 */
function recordAtStart(lines: readonly string[], early: boolean): string {
  const comment = early && lines.length > 0 ? [`"# $(uname -n)"`] : [];
  return `printf '%%s\\n' ${[...comment, ...lines.map(formatStartLine)].join(' ')} >${daemonPaths.startEnvironment}`;
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
