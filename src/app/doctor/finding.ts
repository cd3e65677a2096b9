/** One line of the doctor's answer. */
export interface Finding {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'broken';
  readonly text: string;
  /** The command that fixes it. */
  readonly fix?: string;
}

/** The worst state among findings. */
export function worstState(findings: readonly Finding[]): Finding['state'] {
  if (findings.some((finding) => finding.state === 'broken')) return 'broken';
  return findings.some((finding) => finding.state === 'warning') ? 'warning' : 'ok';
}
