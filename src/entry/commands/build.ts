import type { BuildPorts } from '../../app/build/build-steps.js';
import { runDoctor } from '../../app/doctor/doctor.js';
import { worstState, type Finding } from '../../app/doctor/finding.js';
import { withSigner } from '../../app/load-signer.js';
import { planBuild } from '../../app/build/plan-build.js';
import { runBuild } from '../../app/build/run-build.js';
import type { BuildCommand } from '../../inputs/commands/build.js';
import { renderRows, renderText } from '../../report/render-text.js';
import { nothingToDo, type CommandResult } from './result.js';

const marks = { ok: '✔', warning: '!', broken: '✖' } as const;

export async function runBuildCommand(request: BuildCommand, ports: BuildPorts): Promise<CommandResult> {
  switch (request.command) {
    case 'build': {
      const report = await runBuild(request.inputs, await withSigner(request.inputs.signing, ports));
      return { text: renderText(report), json: report, exitCode: report.outcome === 'unchanged' ? nothingToDo : 0 };
    }
    case 'plan': {
      const plan = await planBuild(request.inputs, ports);
      const { edits, ...rest } = plan;
      return {
        text: [...renderRows(Object.entries(rest)), 'edits', ...edits.map((edit) => `  ${edit}`)].join('\n'),
        json: plan,
        exitCode: 0,
      };
    }
    case 'doctor': {
      const { inputs, root } = request;
      return toDoctorResult(await runDoctor({ ...inputs, root, bootsOnKvm: true, bootsAgain: true }, ports));
    }
  }
}

function toDoctorResult(findings: readonly Finding[]): CommandResult {
  const lines = findings.flatMap(({ name, state, text, fix }) => [
    `${marks[state]} ${name.padEnd(20)} ${text}`,
    ...(fix === undefined ? [] : [`  ${' '.repeat(20)} ${fix}`]),
  ]);
  return { text: lines.join('\n'), json: findings, exitCode: worstState(findings) === 'broken' ? 1 : 0 };
}
