/**
 * Inputs of the reusable workflow golden-image.yml that are not inputs of the action. The settings (GOLDEN_IMAGE) can
 * have them too.
 */
export interface WorkflowInputDefinition {
  readonly name: string;
  readonly description: string;
  readonly type: 'string' | 'number';
}

/**
 * Inputs of the action that the workflow does not have: its build job does not reach the store, and a version gets its
 * attestation after it is published.
 */
export const notInWorkflow: readonly string[] = ['publish-oci'];

export const workflowInputDefinitions: readonly WorkflowInputDefinition[] = [
  {
    name: 'runner',
    description:
      'Labels of the runner that builds, as JSON text. Defaults to the repository variable GOLDEN_RUNNER, or ' +
      '["self-hosted", "linux", "x64", "kvm"].',
    type: 'string',
  },
  {
    name: 'publish-runner',
    description:
      'Labels of the runner that reads and writes the store, as JSON text. It runs no code from the build. ' +
      'Defaults to the repository variable GOLDEN_PUBLISH_RUNNER, or ["ubuntu-24.04"], which is hosted by GitHub.',
    type: 'string',
  },
  { name: 'timeout-minutes', description: 'Time limit for the build in minutes. Defaults to 60.', type: 'number' },
  {
    name: 'aws-role',
    description:
      'AWS role that reads the store and publishes, assumed through OIDC. The build job has no role. Defaults to ' +
      'the repository variable GOLDEN_AWS_ROLE.',
    type: 'string',
  },
  {
    name: 'promote-aws-role',
    description: 'AWS role for the promotion. Its OIDC subject is the environment promote-to. Defaults to aws-role.',
    type: 'string',
  },
  {
    name: 'promote-to',
    description:
      'Channel to promote the version to, after reviewers of the environment with that name approve; or none. ' +
      'Defaults to stable.',
    type: 'string',
  },
  {
    name: 'attest',
    description:
      'Attest the manifest and the image: true or false. Private repositories need GitHub Enterprise. Defaults to ' +
      'true.',
    type: 'string',
  },
  {
    name: 'trusted-root',
    description:
      'Path, in the repository or on the publish-runner, of the trusted root that verifies the attestation. ' +
      'Private repositories need the output of gh attestation trusted-root. Defaults to that of the public ' +
      'Sigstore instance.',
    type: 'string',
  },
];
