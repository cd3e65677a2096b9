import type { Failure } from '../../platform/errors.js';

/** One line of the doctor's report. */
export interface Finding {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'broken';
  readonly text: string;
  /** The command or the setting that fixes it. */
  readonly fix?: string | undefined;
}

/** How bad a problem is. If it only makes smoke tests slow, it is a warning. */
export type Severity = Exclude<Finding['state'], 'ok'>;

export function worstState(findings: readonly Finding[]): Finding['state'] {
  if (findings.some((finding) => finding.state === 'broken')) return 'broken';
  return findings.some((finding) => finding.state === 'warning') ? 'warning' : 'ok';
}

/** The name is printed before the text, so a message that starts with it does not repeat it. */
export function toFinding(name: string, { message, fix }: Failure, state: Severity = 'broken'): Finding {
  const prefix = [`${name}: `, `the ${name} `].find((text) => message.startsWith(text)) ?? '';
  return { name, state, text: message.slice(prefix.length), fix };
}

export function formatFinding({ name, text }: Finding): string {
  return `${name}: ${text}`;
}
