import { listLocalNames, type LocalNames } from '../../host/local-names.js';
import type { CompletionCommand } from '../../inputs/commands/completion.js';
import type { Candidate, CandidateSource, Completion } from '../../inputs/completion/complete.js';
import { shellScripts } from '../../inputs/completion/shell-scripts.js';
import { readHost } from '../../inputs/pull-inputs.js';
import type { CommandResult } from './result.js';

export async function runCompletionCommand(command: CompletionCommand): Promise<CommandResult> {
  if (command.command === 'script') {
    const script = shellScripts[command.shell];
    return { text: script.trimEnd(), json: { shell: command.shell, script }, exitCode: 0 };
  }
  const found = [...command.completion.candidates, ...(await listNamed(command.completion))];
  const lines = [
    ...found.map(({ value, description }) => `${value}\t${description}`),
    ...command.completion.sources.filter(isOfShell).map((source) => `:${source}`),
  ];
  return { text: lines.join('\n'), json: found, exitCode: 0 };
}

type HostSource = Exclude<CandidateSource, 'files' | 'directories'>;

function isOfShell(source: CandidateSource): source is 'files' | 'directories' {
  return source === 'files' || source === 'directories';
}

async function listNamed({ sources, prefix, typed, root, image }: Completion): Promise<readonly Candidate[]> {
  const wanted = sources.filter((source): source is HostSource => !isOfShell(source));
  if (wanted.length === 0) return [];
  const names = await tryListNames(root, image);
  return wanted
    .flatMap((source) => names?.[source] ?? [])
    .filter((name) => name.startsWith(typed))
    .map((name) => ({ value: `${prefix}${name}`, description: '' }));
}

/** Undefined if a flag that was typed before is invalid. */
async function tryListNames(root = '', image = ''): Promise<LocalNames | undefined> {
  try {
    const given: Readonly<Record<string, string>> = { root, 'image-name': image };
    const host = readHost((name) => given[name] ?? '');
    return await listLocalNames(host.root, host.image);
  } catch {
    return undefined;
  }
}
