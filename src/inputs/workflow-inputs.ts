/**
 * Inputs of the reusable workflow golden-image.yml that are not inputs of the action. The settings (GOLDEN_IMAGE) can
 * have them too.
 */
export interface WorkflowInputDefinition {
  readonly name: string;
  readonly description: string;
  readonly type: 'string' | 'number';
}

export const workflowInputDefinitions: readonly WorkflowInputDefinition[] = [
  {
    name: 'runner',
    description:
      'Labels of the runner that builds, as JSON text. By default the repository variable GOLDEN_RUNNER, ' +
      'or ["self-hosted", "linux", "x64", "kvm"].',
    type: 'string',
  },
  {
    name: 'publish-runner',
    description:
      'Labels of the runner that reads and writes the store, as JSON text. It runs no code of the build. ' +
      'By default the repository variable GOLDEN_PUBLISH_RUNNER, or ["ubuntu-24.04"], which is hosted by GitHub.',
    type: 'string',
  },
  { name: 'timeout-minutes', description: 'Time limit of the build in minutes. By default 60.', type: 'number' },
  {
    name: 'aws-role',
    description:
      'AWS role that reads the store and publishes, assumed through OIDC. The build has no role. ' +
      'By default the repository variable GOLDEN_AWS_ROLE.',
    type: 'string',
  },
  {
    name: 'promote-aws-role',
    description:
      'AWS role of the promotion, whose OIDC subject is that of its environment. By default the same as aws-role.',
    type: 'string',
  },
  {
    name: 'promote-to',
    description:
      'Channel to promote the version to after the environment of that name approves, or none. By default stable.',
    type: 'string',
  },
  {
    name: 'attest',
    description:
      'Attest the manifest and the image: true or false. Private repositories need GitHub Enterprise. By default true.',
    type: 'string',
  },
  {
    name: 'trusted-root',
    description:
      'Path of the trusted root that verifies the attestation, in the repository or on the publish-runner. ' +
      'Private repositories need the one that gh attestation trusted-root prints. ' +
      'By default that of the public Sigstore instance.',
    type: 'string',
  },
];
