/** What a clone reports about itself on its serial port, once cloud-init has applied its seed. */
export type GuestReport = ReadonlyMap<ReportKey, string>;

const keys = [
  'hostname',
  'machine-id',
  'boot-id',
  'user-key',
  'failed-units',
  /** Always the last. */
  'end',
] as const;

export type ReportKey = (typeof keys)[number];

/** Of a value. A key with its comment has fewer. */
const maxLength = 512;

/**
 * A command of a clone's seed, for a POSIX shell. A prefix in two parts keeps the text of this command, which a shell
 * may print, from being taken for its output.
 */
export const reportCommand = String.raw`
say() { printf '\n%s %s %s\n' 'ch-golden-''warm' "$1" "$2" > /dev/ttyS0; }
say hostname "$(uname -n)"
say machine-id "$(cat /etc/machine-id)"
say boot-id "$(cat /proc/sys/kernel/random/boot_id)"
say user-key "$(cat /home/daytona/.ssh/authorized_keys)"
say failed-units "$(systemctl --failed --plain --no-legend | cut -d ' ' -f 1 | tr '\n' ' ')"
say end ""
`;

/** The report in the text of a serial port; undefined until it is complete. The first of several values counts. */
export function tryParseReport(text: string): GuestReport | undefined {
  const report = new Map<ReportKey, string>();
  for (const line of text.split('\n')) {
    const [, name, value = ''] = /^ch-golden-warm ([a-z-]+) (.*?)\r*$/.exec(line) ?? [];
    const key = keys.find((one) => one === name);
    if (key === undefined || report.has(key) || value.length > maxLength) continue;
    report.set(key, value.trim());
    if (key === 'end') return report;
  }
  return undefined;
}
