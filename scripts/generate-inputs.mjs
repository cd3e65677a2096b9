// Writes the inputs of golden-image.yml, between their markers, from action.yml:
//   node scripts/generate-workflow-inputs.mjs [--check]
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..');
const path = join(root, '.github', 'workflows', 'golden-image.yml');

/** GitHub takes 25 inputs from the button; `settings` is one of them, and has the others. */
const mostDispatchInputs = 24;
const notOnTheButton = [
  'daemon-port',
  'smoke-memory',
  'smoke-cpus',
  'clones',
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
/** A reusable workflow takes these as secrets, or from a secret of the repository when no workflow calls it. */
const secrets = { 'sign-key': 'GOLDEN_SIGN_KEY' };
/** What the workflow takes where nobody says, in place of the action's default. */
const ownDefaults = { channel: 'candidate' };

function quote(text) {
  return `'${text.replaceAll("'", "''")}'`;
}

function describe(name, description) {
  return quote(name in ownDefaults ? `${description} ${ownDefaults[name]} where it is empty.` : description);
}

function renderCallInput([name, { description }]) {
  return [`${name}:`, `  description: ${describe(name, description)}`, '  type: string'];
}

/** A box that is not ticked says nothing: then the settings decide. */
function renderDispatchInput([name, { description, default: value }]) {
  return [
    `${name}:`,
    `  description: ${describe(name, description)}`,
    `  type: ${value === 'false' ? 'boolean' : 'string'}`,
  ];
}

function renderWith([name]) {
  if (name in secrets) return [`${name}: \${{ secrets.${name} || secrets.${secrets[name]} }}`];
  const otherwise = name in ownDefaults ? ` || '${ownDefaults[name]}'` : '';
  return [`${name}: \${{ inputs.${name} || fromJSON(env.SETTINGS).${name}${otherwise} }}`];
}

/** Replaces the lines between two markers; new ones are indented as the markers are. */
function replaceBetween(text, name, lines) {
  const found = new RegExp(`^( *)# ${name}:begin.*\\n(?:.*\\n)*? *# ${name}:end$`, 'm').exec(text);
  if (found === null) throw new Error(`${path} has no '# ${name}:begin' before a '# ${name}:end'`);
  const [block, indent] = found;
  const first = block.slice(0, block.indexOf('\n') + 1);
  return text.replace(
    block,
    () => `${first}${lines.map((line) => `${indent}${line}\n`).join('')}${indent}# ${name}:end`,
  );
}

/** Writes the blocks, or with `check` only compares them. Answers with what is wrong; undefined where nothing is. */
export function generateWorkflowInputs({ check }) {
  const inputs = Object.entries(parse(readFileSync(join(root, 'action.yml'), 'utf8')).inputs);
  const open = inputs.filter(([name]) => !(name in secrets));
  const onTheButton = open.filter(([name]) => !notOnTheButton.includes(name));
  if (onTheButton.length > mostDispatchInputs) {
    return `the button has ${onTheButton.length} inputs of at most ${mostDispatchInputs}: name more in notOnTheButton of scripts/generate-workflow-inputs.mjs`;
  }
  const settings = [
    'settings',
    {
      description:
        'A JSON object of inputs, for those that have no field here or are left empty; it replaces the repository variable GOLDEN_IMAGE.',
      default: '',
    },
  ];
  const before = readFileSync(path, 'utf8');
  const after = [
    ['call inputs', open.flatMap(renderCallInput)],
    ['dispatch inputs', [settings, ...onTheButton].flatMap(renderDispatchInput)],
    ['with', inputs.flatMap(renderWith)],
  ].reduce((text, [name, lines]) => replaceBetween(text, name, lines), before);
  if (after === before) return undefined;
  if (check) return 'the inputs in golden-image.yml are not those of action.yml: npm run workflows';
  writeFileSync(path, after);
  return undefined;
}
