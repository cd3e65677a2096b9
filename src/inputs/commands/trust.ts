import type { Command } from 'commander';
import { UsageError } from '../../platform/errors.js';
import { quoteText } from '../../platform/format.js';
import {
  gitHubIssuer,
  parseIssuer,
  parseRefPattern,
  parseRepository,
  parseWorkflow,
  type WorkflowIdentity,
} from '../../trust/github-identity.js';
import { trustUses, type TrustUse } from '../../trust/policy.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import { invalidInput, parsePath, parseReason } from '../parse.js';
import { readRoot } from '../pull-inputs.js';
import { readAll } from '../read-all.js';
import { addInputs, rawOf, selectOfHost, type Options } from './options.js';

/** Commands that change whose signatures a host accepts. */
export type TrustCommand = { readonly group: 'trust'; readonly root: string } & (
  | {
      readonly command: 'add-key';
      readonly file: string;
      readonly uses: readonly TrustUse[];
      readonly comment?: string | undefined;
    }
  | {
      readonly command: 'add-github';
      readonly identity: WorkflowIdentity;
      readonly trustedRootFile?: string | undefined;
    }
  | { readonly command: 'list' }
  | { readonly command: 'remove'; readonly id: string }
);

type Choose = (command: TrustCommand) => void;

export function addTrustCommands(program: Command, choose: Choose): void {
  const trust = program.command('trust').description('Choose whose signatures this host accepts');
  addKey(trust, choose);
  addGitHub(trust, choose);
  addInputs(trust.command('list').description('List whose signatures this host accepts'), selectOfHost('root')).action(
    (options: Options) => choose({ group: 'trust', command: 'list', root: readRoot(rawOf(options)) }),
  );
  const remove = trust
    .command('remove')
    .description('Stop accepting a key or workflow')
    .argument('<id>', 'ID, or at least its first 8 digits');
  addInputs(remove, selectOfHost('root')).action((id: string, options: Options) =>
    choose({
      group: 'trust',
      command: 'remove',
      ...readAll({ root: () => readRoot(rawOf(options)), id: () => readId(id) }),
    }),
  );
}

function addKey(trust: Command, choose: Choose): void {
  addInputs(
    trust
      .command('add-key')
      .description('Accept versions signed by an Ed25519 key')
      .argument('<file>', 'Public key, as a PEM file'),
    selectOfHost('root'),
  )
    .option(
      '--for <uses>',
      'What the key is trusted to sign: versions, index, or both. index requires a signed index and heartbeat',
      'versions,index',
    )
    .option('--comment <text>', 'Note to show in "trust list", e.g. whose key it is')
    .action((file: string, options: Options) => {
      const raw = rawOf(options);
      const values = readAll({
        root: () => readRoot(raw),
        file: () => parsePath('file', file) ?? '',
        uses: () => readUses(raw('for')),
        comment: () => (raw('comment') === '' ? undefined : parseReason('comment', raw('comment'))),
      });
      choose({ group: 'trust', command: 'add-key', ...values });
    });
}

function addGitHub(trust: Command, choose: Choose): void {
  addInputs(
    trust.command('add-github').description('Accept versions attested by a GitHub workflow'),
    selectOfHost('root'),
  )
    .requiredOption(
      '--repository <name>',
      'Repository that runs the workflow: OWNER/NAME, or a URL on a different server',
    )
    .option(
      '--workflow <path>',
      'Workflow file that attests; @REF pins a reusable workflow. Defaults to any in the repository',
    )
    .option(
      '--ref <pattern>',
      'Ref that the run must be for; one * matches anything but a slash, e.g. refs/tags/ubuntu-base.*',
      'refs/heads/main',
    )
    .option('--issuer <url>', 'Issuer of the OIDC token', gitHubIssuer)
    .option(
      '--trusted-root <file>',
      'Sigstore trusted root for private repositories, from "gh attestation trusted-root". Defaults to the public one',
    )
    .action((options: Options) => {
      const raw = rawOf(options);
      const values = readAll({
        root: () => readRoot(raw),
        identity: () => readIdentity(options),
        trustedRootFile: () => parsePath('trusted-root', raw('trusted-root')),
      });
      choose({ group: 'trust', command: 'add-github', ...values });
    });
}

function readUses(value: string): readonly TrustUse[] {
  const uses = value.split(',').map((text) => text.trim());
  const isValid = uses.every((text) => trustUses.some((use) => use === text)) && new Set(uses).size === uses.length;
  if (isValid) return trustUses.filter((use) => uses.includes(use));
  throw invalidInput('for', value, 'use versions, index, or versions,index');
}

function readIdentity(options: Options): WorkflowIdentity {
  const raw = rawOf(options);
  const { repository, ...rest } = readAll({
    issuer: () => parseIssuer(raw('issuer')),
    repository: () => parseRepository(raw('repository')),
    ref: () => parseRefPattern(raw('ref')),
  });
  const workflow = raw('workflow') === '' ? undefined : parseWorkflow(raw('workflow'), repository);
  return withoutUndefined({ ...rest, repository, workflow });
}

function readId(id: string): string {
  if (/^[0-9a-f]{8,64}$/.test(id)) return id;
  throw new UsageError(`invalid id ${quoteText(id)}`, {
    fix: 'use at least the first 8 digits of an ID that ch-golden trust list prints',
  });
}
