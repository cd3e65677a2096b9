import type { Processes } from '../platform/process/processes.js';

export const program = 'cloud-hypervisor';

/** A version of Cloud Hypervisor. */
export interface Release {
  /** As printed by the program, such as `53.0.0`. */
  readonly text: string;
  /** Undefined if the text is not a release number: such a build is assumed to be new. */
  readonly number?: readonly [major: number, minor: number];
}

/**
 * Parses `cloud-hypervisor v53.0.0`; before v53 `cloud-hypervisor v39.0`; between releases `cloud-hypervisor
 * v52.0-117-g1a2b3c4`.
 */
export async function readRelease(processes: Processes): Promise<Release> {
  const { stdout } = await processes.run({ argv: [program, '--version'], timeoutMs: 30_000 });
  return parseRelease((stdout.split('\n', 1)[0] ?? '').replace(/^cloud-hypervisor /, ''));
}

export function parseRelease(text: string): Release {
  const [, major, minor] = /^v?(\d{1,6})\.(\d{1,6})(?![\d])/.exec(text) ?? [];
  const plain = text
    .replace(/^v/, '')
    .replace(/[^\w.+-]/g, '')
    .slice(0, 64);
  return major === undefined || minor === undefined
    ? { text: plain }
    : { text: plain, number: [Number(major), Number(minor)] };
}

export function isAtLeast({ number }: Release, min: string): boolean {
  const wanted = parseRelease(min).number;
  if (number === undefined || wanted === undefined) return true;
  return number[0] > wanted[0] || (number[0] === wanted[0] && number[1] >= wanted[1]);
}
