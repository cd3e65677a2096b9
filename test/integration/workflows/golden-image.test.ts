import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { createTestProcesses } from '../../fixtures/ports.js';

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
}

interface Job {
  readonly permissions: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly 'runs-on': string;
  readonly steps: readonly Step[];
}

const path = join(import.meta.dirname, '../../../.github/workflows/golden-image.yml');
const { jobs, on } = parse(readFileSync(path, 'utf8')) as {
  readonly jobs: Readonly<Record<'plan' | 'build' | 'publish' | 'promote', Job>>;
  readonly on: { readonly workflow_dispatch: { readonly inputs: object } };
};

describe('the jobs', () => {
  test('the build has no role, no key and no identity', () => {
    expect(jobs.build.permissions).toEqual({ contents: 'read' });
    expect(jobs.build.environment).toBeUndefined();
    const text = JSON.stringify(jobs.build);
    for (const secret of ['secrets.', 'aws', 'sign-key', 'inputs.store', '.store }}', 'endpoint'])
      expect(text).not.toContain(secret);
  });

  test('only the build runs code of the repository', () => {
    const runs = (job: Job): boolean => job.steps.some(({ uses }) => uses === 'daytona/ch-golden-action@v1');
    expect(Object.entries(jobs).flatMap(([name, job]) => (runs(job) ? [name] : []))).toEqual(['build']);
    for (const { 'runs-on': runner } of [jobs.plan, jobs.publish, jobs.promote]) {
      expect(runner).toContain('publish-runner');
      expect(runner).not.toContain('inputs.runner');
    }
  });

  test('what decides about channels comes from no build', () => {
    expect(jobs.promote.environment).toBe('${{ needs.plan.outputs.promote-to }}');
    expect(jobs.publish.environment).toBe('${{ needs.plan.outputs.environment }}');
    const channels = [jobs.publish, jobs.promote].flatMap(({ steps }) =>
      steps.flatMap((step) => step.with?.['channel'] ?? []),
    );
    expect(channels).toEqual(['${{ needs.plan.outputs.channel }}', '${{ needs.plan.outputs.promote-to }}']);
  });

  test('the form has no channel', () => {
    expect(Object.keys(on.workflow_dispatch.inputs)).not.toContain('channel');
  });
});

describe('the plan', () => {
  const script = jobs.plan.steps.find(({ id }) => id === 'plan')?.run ?? '';
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'workflow-plan-'));
    await writeFile(join(directory, 'outputs'), '');
  });
  afterEach(async () => rm(directory, { recursive: true }));

  const plan = async (given: Readonly<Record<string, string>>): Promise<string> => {
    const values = { CHANNEL: 'candidate', PROMOTE_TO: 'stable', STORE: 's3://b/p', HOSTED: 'true', ...given };
    const environment = Object.entries({ ...values, LC_ALL: 'C', GITHUB_OUTPUT: join(directory, 'outputs') });
    // As the runner starts it.
    const shell = ['bash', '--noprofile', '--norc', '-eo', 'pipefail', '-c', script];
    const argv = ['env', ...environment.map(([name, value]) => `${name}=${value}`), ...shell] as const;
    await createTestProcesses().run({ argv, cwd: directory });
    return readFile(join(directory, 'outputs'), 'utf8');
  };

  test.each([
    [{}, 'channel=candidate\npromote-to=stable\nenvironment=\n'],
    [{ PROMOTE_TO: 'none' }, 'channel=candidate\npromote-to=none\nenvironment=\n'],
    // Reviewers of latest are asked before anything is published there.
    [{ CHANNEL: 'latest', PROMOTE_TO: 'none' }, 'channel=latest\npromote-to=none\nenvironment=latest\n'],
    [{ STORE: '/srv/golden', HOSTED: 'false' }, 'channel=candidate\npromote-to=stable\nenvironment=\n'],
  ])('%j is accepted', async (given, outputs) => {
    const found = await plan(given);
    expect(found).toMatch(new RegExp(`^${outputs}artifact=golden-[0-9a-f]{8}\n$`));
  });

  test.each([
    [{ CHANNEL: 'stable' }, 'channel stable is what promote-to moves'],
    [{ CHANNEL: 'Stable', PROMOTE_TO: 'none' }, 'invalid channel'],
    [{ CHANNEL: ' stable', PROMOTE_TO: 'none' }, 'invalid channel'],
    [{ CHANNEL: 'candidate\nenvironment=', PROMOTE_TO: 'none' }, 'invalid channel'],
    [{ CHANNEL: 'a\nchannel=stable' }, 'invalid channel'],
    [{ PROMOTE_TO: 'stable ' }, 'invalid promote-to'],
    [{ PROMOTE_TO: 'stable\nnone' }, 'invalid promote-to'],
    [{ STORE: '/srv/golden' }, 'a hosted runner loses it'],
    [{ STORE: 'file:///srv/golden' }, 'a hosted runner loses it'],
  ])('%j is rejected', async (given, message) => {
    await expect(plan(given)).rejects.toMatchObject({ exitCode: 1 });
    await expect(plan(given)).rejects.toMatchObject({
      evidence: expect.arrayContaining([expect.stringContaining(message)]),
    });
    expect(await readFile(join(directory, 'outputs'), 'utf8')).toBe('');
  });
});
