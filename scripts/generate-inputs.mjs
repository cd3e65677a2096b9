// Writes the inputs of the three action.yml files and of golden-image.yml, between their markers, from src/inputs:
//   node scripts/generate-inputs.mjs [--check] [ROOT]
import { join } from 'node:path';
import { fail, readPage, root, writeOrCheck } from './generated-page.mjs';
import { importSource } from './import-source.mjs';

const { actionInputDefinitions, buildInputDefinitions, channelInputDefinitions, describeInput, pullInputDefinitions } =
  await importSource('inputs/definitions.js');
const { notInWorkflow, workflowInputDefinitions } = await importSource('inputs/workflow-inputs.js');

/** GitHub allows 25 inputs on the "Run workflow" form. One of them is `settings`, which can contain any others. */
const mostFormInputs = 24;
const notOnTheForm = [
  // The promotion moves other channels, after its reviewers have agreed.
  'channel',
  'daemon-port',
  'daemon-build-env',
  'allow-local-apt-sources',
  'smoke-memory',
  'smoke-cpus',
  'clones',
  'boot-keep',
  'boot-profile',
  'boot-time-tolerance',
  'region',
  'endpoint',
  'force-path-style',
  'keep',
  'output-folder',
  'cache-folder',
  'work-folder',
  'report-folder',
  'cache',
  'artifact',
  'summary',
  'vmm',
  'smoke-timeout',
  'smoke-network',
  'driver',
  'smoke-disk',
  'health-path',
  'unsafe-store',
  'files',
  'snapshot',
  'verify-base',
  'sign-expires',
];
/** A reusable workflow takes these as secrets: no input has them. */
const secrets = ['sign-key'];
/** Inputs of the jobs that reach the store. The build gets a copy of it instead, and no key. */
const ofTheStore = [
  'store',
  'endpoint',
  'region',
  'force-path-style',
  'unsafe-store',
  'sign-key',
  'sign-expires',
  'keep',
];
/** Defaults of the workflow that differ from those of the action. */
const ownDefaults = { channel: 'candidate' };

function quote(text) {
  return `'${text.replaceAll("'", "''")}'`;
}

function renderActionInput(definition) {
  return [
    `${definition.name}:`,
    `  description: ${quote(describeInput(definition))}`,
    '  required: false',
    `  default: ${quote(definition.default)}`,
  ];
}

function renderWorkflowInput({ name, description, type }) {
  return [`${name}:`, `  description: ${quote(description)}`, `  type: ${type}`];
}

function describeForWorkflow(definition) {
  const { [definition.name]: own } = ownDefaults;
  return own === undefined ? describeInput(definition) : `${describeInput(definition)} Defaults to ${own}.`;
}

/** On the form, a boolean input is a checkbox. If it is not checked, the settings decide. */
function renderFormInput(definition) {
  return renderWorkflowInput({
    name: definition.name,
    description: describeForWorkflow(definition),
    type: definition.default === 'false' ? 'boolean' : 'string',
  });
}

function renderWith({ name }) {
  const own = name in ownDefaults ? ` || '${ownDefaults[name]}'` : '';
  return [`${name}: \${{ inputs.${name} || fromJSON(env.SETTINGS).${name}${own} }}`];
}

/** Replaces the lines between two markers, at the markers' indentation. */
function replaceLines(text, name, lines, path) {
  const found = new RegExp(`^( *)# ${name}:begin.*\\n(?:.*\\n)*? *# ${name}:end$`, 'm').exec(text);
  if (found === null)
    fail(`${path} has no '# ${name}:begin' before a '# ${name}:end'`, 'put both markers where the inputs belong');
  const [block, indent] = found;
  const first = block.slice(0, block.indexOf('\n') + 1);
  return text.replace(
    block,
    () => `${first}${lines.map((line) => `${indent}${line}\n`).join('')}${indent}# ${name}:end`,
  );
}

/** The blocks of lines of each file, by its path. */
function listBlocks() {
  const open = buildInputDefinitions.filter(({ name }) => ![...secrets, ...notInWorkflow].includes(name));
  const form = open.filter(({ name }) => !notOnTheForm.includes(name));
  if (form.length > mostFormInputs)
    fail(
      `the "Run workflow" form has ${form.length} inputs of at most ${mostFormInputs}`,
      'add inputs to notOnTheForm in scripts/generate-inputs.mjs',
    );
  const settings = (when) => ({
    name: 'settings',
    description: `JSON object of inputs, for those that ${when}. Defaults to the repository variable GOLDEN_IMAGE.`,
    type: 'string',
  });
  return {
    'action.yml': [['inputs', actionInputDefinitions.flatMap(renderActionInput)]],
    'pull/action.yml': [['inputs', pullInputDefinitions.flatMap(renderActionInput)]],
    'channel/action.yml': [['inputs', channelInputDefinitions.flatMap(renderActionInput)]],
    '.github/workflows/golden-image.yml': [
      [
        'call inputs',
        [
          settings('are empty'),
          ...workflowInputDefinitions,
          ...open.map((definition) => ({
            name: definition.name,
            description: describeForWorkflow(definition),
            type: 'string',
          })),
        ].flatMap(renderWorkflowInput),
      ],
      [
        'dispatch inputs',
        [...renderWorkflowInput(settings('have no field here or are empty')), ...form.flatMap(renderFormInput)],
      ],
      [
        'with',
        [
          ...buildInputDefinitions
            .filter(({ name }) => ![...ofTheStore, ...notInWorkflow].includes(name))
            .flatMap(renderWith),
          'check-settings: ${{ env.SETTINGS }}',
        ],
      ],
    ],
  };
}

const [check, [directory = root]] = [
  process.argv.includes('--check'),
  process.argv.slice(2).filter((argument) => !argument.startsWith('-')),
];
for (const [file, blocks] of Object.entries(listBlocks())) {
  const path = join(directory, file);
  const text = blocks.reduce((page, [name, lines]) => replaceLines(page, name, lines, path), readPage(path));
  writeOrCheck({ path, text, check, source: 'src/inputs' });
}
