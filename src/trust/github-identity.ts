import { UsageError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';

/** A workflow run that signed something, from the certificate that Sigstore issued to it. */
export interface WorkflowSigner {
  /** Issuer of the run's OIDC token. */
  readonly issuer: string;
  /** The repository that the run belongs to: `https://github.com/acme/images`. */
  readonly repository: string;
  /**
   * The workflow file that signed, with the ref that it was read from:
   * `https://github.com/acme/images/.github/workflows/golden.yml@refs/heads/main`.
   */
  readonly workflow: string;
  /** The ref that the run was for: `refs/heads/main`. */
  readonly ref: string;
}

/** Workflow runs whose signatures are accepted. */
export interface WorkflowIdentity {
  readonly issuer: string;
  /** As in `WorkflowSigner`. */
  readonly repository: string;
  /** As in `WorkflowSigner`, with or without ref. If absent, any workflow of the repository is accepted. */
  readonly workflow?: string | undefined;
  /** A pattern for the ref: see `matchesPattern`. */
  readonly ref: string;
}

export const gitHubIssuer = 'https://token.actions.githubusercontent.com';
const gitHub = 'https://github.com';
const workflowsDirectory = '/.github/workflows/';

/** Who issues the OIDC tokens of a repository's runs: GitHub, or an enterprise's server at SUBDOMAIN.ghe.com. */
export function issuerOf(repository: string): string {
  const { hostname } = new URL(repository);
  return hostname.endsWith('.ghe.com') ? `https://token.actions.${hostname}` : gitHubIssuer;
}

export function isSignedBy(signer: WorkflowSigner, identity: WorkflowIdentity): boolean {
  return (
    signer.issuer === identity.issuer &&
    signer.repository === identity.repository &&
    matchesPattern(signer.ref, identity.ref) &&
    isFromWorkflow(signer.workflow, identity)
  );
}

function isFromWorkflow(found: string, { repository, workflow }: WorkflowIdentity): boolean {
  if (workflow === undefined) return found.startsWith(`${repository}${workflowsDirectory}`);
  return workflow.includes('@') ? found === workflow : found.startsWith(`${workflow}@`);
}

/** One `*` in a pattern matches any characters except a slash: `refs/tags/ubuntu-base.*`. The rest must be equal. */
export function matchesPattern(text: string, pattern: string): boolean {
  const star = pattern.indexOf('*');
  if (star === -1) return text === pattern;
  const [start, end] = [pattern.slice(0, star), pattern.slice(star + 1)];
  if (text.length < start.length + end.length || !text.startsWith(start) || !text.endsWith(end)) return false;
  return !text.slice(start.length, text.length - end.length).includes('/');
}

/** For messages and lists. Names the issuer only if it is not GitHub's. */
export function formatSigner({ workflow, repository, ref, issuer }: WorkflowSigner): string {
  return `${workflow} for ${repository} at ${ref}${formatIssuer(issuer)}`;
}

export function formatIdentity({ workflow, repository, ref, issuer }: WorkflowIdentity): string {
  return workflow === undefined
    ? `a workflow of ${repository} at ${ref}${formatIssuer(issuer)}`
    : `${workflow} for ${repository} at ${ref}${formatIssuer(issuer)}`;
}

function formatIssuer(issuer: string): string {
  return issuer === gitHubIssuer ? '' : ` (issuer ${issuer})`;
}

const name = '[A-Za-z0-9][A-Za-z0-9._-]{0,99}';
const server = 'https://[a-z0-9][a-z0-9.-]{0,199}(?::[1-9][0-9]{0,4})?';
const repositoryText = new RegExp(`^(?:(${server})/)?(${name}/${name})$`);
const workflowFile = `${name}/${name}${workflowsDirectory.replaceAll('.', '\\.')}[A-Za-z0-9._-]{1,200}\\.ya?ml`;
const workflowText = new RegExp(`^(?:(${server})/)?(${workflowFile})(@[^\\s@*]{1,250})?$`);
const refText = /^refs\/[^\s*]{0,250}\*?[^\s*]{0,250}$/;
const issuerText = /^https:\/\/[A-Za-z0-9][A-Za-z0-9.-]{0,199}(?::[1-9]\d{0,4})?(?:\/[A-Za-z0-9._~-]{1,100}){0,8}$/;

/** The URL of a repository, from `owner/name` on github.com or its URL on another server. @throws UsageError */
export function parseRepository(value: string): string {
  const [, base = gitHub, path] = repositoryText.exec(value) ?? [];
  if (path === undefined) throw invalidFailure('repository', value, 'use OWNER/NAME, or https://SERVER/OWNER/NAME');
  return `${base}/${path}`;
}

/** The URL of a workflow file on the server of its repository. @throws UsageError */
export function parseWorkflow(value: string, repository: string): string {
  const [, base = new URL(repository).origin, path, ref = ''] = workflowText.exec(value) ?? [];
  if (path === undefined) {
    throw invalidFailure(
      'workflow',
      value,
      'use OWNER/NAME/.github/workflows/FILE.yml, with @REF to pin a reusable workflow',
    );
  }
  return `${base}/${path}${ref}`;
}

/** @throws UsageError */
export function parseRefPattern(value: string): string {
  if (refText.test(value)) return value;
  throw invalidFailure(
    'ref',
    value,
    'use a full ref such as refs/heads/main, or refs/tags/ubuntu-base.* with one * that matches no slash',
  );
}

/** @throws UsageError */
export function parseIssuer(value: string): string {
  if (issuerText.test(value)) return value;
  throw invalidFailure('issuer', value, `use the https:// URL of an OIDC issuer such as ${gitHubIssuer}`);
}

function invalidFailure(what: string, value: string, fix: string): UsageError {
  return new UsageError(`invalid ${what} ${quoteText(value)}`, { fix });
}
