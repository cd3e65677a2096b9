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
import { parseReason, parseText } from '../parse.js';
import { readHost } from '../pull-inputs.js';
import { addInputs, rawOf, selectOfHost, type Options } from './options.js';

/** What changes whose signatures a host accepts. */
export type TrustCommand = { readonly group: 'trust'; readonly root: string } & (
  | {
      readonly command: 'add-key';
      readonly file: string;
      readonly uses: readonly TrustUse[];
      readonly comment?: string;
    }
  | { readonly command: 'add-github'; readonly identity: WorkflowIdentity; readonly trustedRootFile?: string }
  | { readonly command: 'list' }
  | { readonly command: 'remove'; readonly id: string }
);

export function addTrustCommands(program: Command, choose: (command: TrustCommand) => void): void {
  const trust = program.command('trust').description('Choose whose signatures this host accepts');
  const rootOf = (options: Options): { readonly group: 'trust'; readonly root: string } => ({
    group: 'trust',
    root: readHost(rawOf(options)).root,
  });
  addInputs(
    trust.command('add-key').description('Accept an Ed25519 key').argument('<file>', 'Public key, PEM'),
    selectOfHost('root'),
  )
    .option(
      '--for <uses>',
      'What the key must have signed: versions, index, or both; index requires a signed index and heartbeat',
      'versions,index',
    )
    .option('--comment <text>', 'Whose key it is, for lists')
    .action((file: string, options: Options) => {
      const comment = rawOf(options)('comment');
      choose({
        ...rootOf(options),
        command: 'add-key',
        file: parseText('file', file) ?? '',
        uses: readUses(rawOf(options)('for')),
        ...(comment === '' ? {} : { comment: parseReason('comment', comment) }),
      });
    });
  addInputs(trust.command('add-github').description('Accept what a workflow on GitHub attests'), selectOfHost('root'))
    .requiredOption(
      '--repository <repository>',
      'Repository the workflow runs for: OWNER/NAME, or its URL on another server',
    )
    .option(
      '--workflow <path>',
      'Workflow file that attests, with @REF to pin a reusable one (default: any in the repository)',
    )
    .option(
      '--ref <pattern>',
      'Ref the run is for; one * matches anything but a slash, e.g. refs/tags/ubuntu-base.*',
      'refs/heads/main',
    )
    .option('--issuer <url>', 'Issuer of the OIDC token', gitHubIssuer)
    .option(
      '--trusted-root <file>',
      'Sigstore root for private repositories, as gh attestation trusted-root prints it (default: the public one)',
    )
    .action((options: Options) => choose({ ...rootOf(options), command: 'add-github', ...readIdentity(options) }));
  addInputs(trust.command('list').description('List whose signatures this host accepts'), selectOfHost('root')).action(
    (options: Options) => choose({ ...rootOf(options), command: 'list' }),
  );
  const remove = trust
    .command('remove')
    .description('Stop accepting a key or workflow')
    .argument('<id>', 'Id, or its first 8 or more digits');
  addInputs(remove, selectOfHost('root')).action((id: string, options: Options) =>
    choose({ ...rootOf(options), command: 'remove', id: readId(id) }),
  );
}

function readUses(value: string): readonly TrustUse[] {
  const words = value.split(',').map((word) => word.trim());
  const isValid = words.every((word) => trustUses.some((use) => use === word)) && new Set(words).size === words.length;
  if (isValid) return trustUses.filter((use) => words.includes(use));
  throw new UsageError(`invalid for ${quoteText(value)}`, { fix: 'use versions, index, or versions,index' });
}

function readIdentity(options: Options): { readonly identity: WorkflowIdentity; readonly trustedRootFile?: string } {
  const raw = rawOf(options);
  const repository = parseRepository(raw('repository'));
  const trustedRootFile = parseText('trusted-root', raw('trusted-root'));
  const identity = {
    issuer: parseIssuer(raw('issuer')),
    repository,
    ...(raw('workflow') === '' ? {} : { workflow: parseWorkflow(raw('workflow'), repository) }),
    ref: parseRefPattern(raw('ref')),
  };
  return { identity, ...(trustedRootFile === undefined ? {} : { trustedRootFile }) };
}

function readId(id: string): string {
  if (/^[0-9a-f]{8,64}$/.test(id)) return id;
  throw new UsageError(`invalid id ${quoteText(id)}`, {
    fix: 'use at least the first 8 digits of an id that ch-golden trust list prints',
  });
}
