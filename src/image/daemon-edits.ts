import { Failure } from '../platform/errors.js';
import { rootOwned, type FileEdit } from './plan.js';

/** What the image needs to run the daemon. */
export interface DaemonInstallation {
  /** The binary on this machine. */
  readonly binary: string;
  readonly sha256: string;
  /** Lines `KEY=VALUE` for the unit; systemd's specifiers such as `%H` work. */
  readonly environment: readonly string[];
}

export const daemonUnit = 'daytona-daemon.service';
const daemonPath = '/usr/local/bin/daytona-daemon';

/** Puts the daemon in its place, with the unit of the guide, and enables it. */
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

function formatUnit(environment: readonly string[]): string {
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
    ...environment.map(formatEnvironment),
    'EnvironmentFile=-/etc/default/daytona-daemon',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}

/** A line break would begin a setting of its own. Source of the quoting: systemd.syntax(7). */
function formatEnvironment(line: string): string {
  if (!/^[A-Za-z_]\w*=[^\u0000-\u001f\u007f]*$/.test(line)) {
    throw new Failure(`a line of daemon-env must be KEY=VALUE without control characters: ${JSON.stringify(line).slice(0, 200)}`);
  }
  return `Environment="${line.replace(/[\\"]/g, '\\$&')}"`;
}
