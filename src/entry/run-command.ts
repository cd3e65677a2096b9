import { examineMachine, describeNeeds, worstState, type Finding } from '../app/doctor.js';
import { planBuild } from '../app/plan-build.js';
import { getWantedVersion } from '../app/read-store.js';
import { runBuild } from '../app/run-build.js';
import { smokeImage } from '../app/smoke-image.js';
import type { CommandLine } from '../inputs/command-line.js';
import type { Session } from '../platform/session.js';
import { productVersion } from '../platform/version.js';
import { listFacts, renderRows, renderText } from '../report/render-text.js';
import { openStore } from '../store/open-store.js';
import { listVersions } from '../store/read-versions.js';

/** What a command answers: as text for people, as JSON for programs. */
interface Answer {
  readonly text: string;
  readonly json: unknown;
  readonly exitCode: number;
}

const nothingToDo = 3;
const marks = { ok: '✔', warning: '!', broken: '✖' } as const;

export async function runCommand(line: CommandLine, session: Session): Promise<Answer> {
  const ports = { ...session, builder: { tool: `ch-golden ${productVersion}` } };
  switch (line.command) {
    case 'build': {
      const report = await runBuild(line.inputs, ports);
      return { text: renderText(report), json: report, exitCode: report.outcome === 'unchanged' ? nothingToDo : 0 };
    }
    case 'plan': {
      const plan = await planBuild(line.inputs, ports);
      const { edits, ...rest } = plan;
      return { text: [...renderRows(Object.entries(rest)), 'edits', ...edits.map((edit) => `  ${edit}`)].join('\n'), json: plan, exitCode: 0 };
    }
    case 'doctor': return answerDoctor(await examineMachine(describeNeeds(line.inputs), ports));
    case 'smoke': {
      const proof = await smokeImage(line, ports);
      return { text: `it works: ${proof.clones.length} clones answered 200 on ${proof.health.path} in ${proof.vmm} with ${proof.accelerator}`, json: proof, exitCode: 0 };
    }
    case 'list': {
      const versions = await listVersions(line.image, openStore(line.store, ports));
      const rows = versions.map(({ version, channels, revoked }) =>
        [`${line.image}.${version}`, [...channels, ...(revoked === undefined ? [] : [`revoked: ${revoked}`])].join(', ')] as const);
      return { text: rows.length === 0 ? `no version of ${line.image} in ${line.store}` : renderRows(rows).join('\n'), json: versions, exitCode: 0 };
    }
    case 'show': {
      const { manifest } = await getWantedVersion({ ...line, store: openStore(line.store, ports) });
      return { text: renderRows(listFacts(manifest)).join('\n'), json: manifest, exitCode: 0 };
    }
  }
}

function answerDoctor(findings: readonly Finding[]): Answer {
  const lines = findings.flatMap(({ name, state, text, mend }) =>
    [`${marks[state]} ${name.padEnd(20)} ${text}`, ...(mend === undefined ? [] : [`  ${' '.repeat(20)} ${mend}`])]);
  return { text: lines.join('\n'), json: findings, exitCode: worstState(findings) === 'broken' ? 1 : 0 };
}
