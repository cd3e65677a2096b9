// Writes the tables of error messages in docs/reference/messages.md from the sources:
//   node scripts/generate-messages.mjs [--check] [PAGE]
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { formatTable, readArguments, readPage, replaceBetween, root, writeOrCheck } from './generated-page.mjs';

const source = join(root, 'src');
const errors = new Set(['Failure', 'UsageError', 'ToolError', 'HttpError', 'ProxyError', 'CancelledError']);
/** The directories of src/ with the messages of each part of a run. */
const groups = {
  inputs: ['inputs'],
  surroundings: ['app'],
  daemon: ['daemon'],
  base: ['base'],
  image: ['image', 'apt', 'disk', 'updates'],
  smoke: ['smoke'],
  store: ['store', 'objects', 'registry', 'trust'],
  host: ['host'],
  tools: ['platform', 'vmm', 'entry', 'report'],
};

/** Fixed texts as they are, with dots for inserted values; undefined if no part is fixed. */
function formatText(node) {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    const text =
      node.head.text +
      node.templateSpans.map(({ expression, literal }) => (formatText(expression) ?? '…') + literal.text).join('');
    return /[a-z]{2}/i.test(text.replaceAll('…', '')) ? text : undefined;
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const [left, right] = [formatText(node.left), formatText(node.right)];
    return left === undefined && right === undefined ? undefined : `${left ?? '…'}${right ?? '…'}`;
  }
  if (ts.isParenthesizedExpression(node)) return formatText(node.expression);
  return undefined;
}

/** Words that name nothing by themselves: a message of these and dots helps nobody who looks it up. */
const emptyWords = new Set([
  'a',
  'an',
  'and',
  'but',
  'for',
  'has',
  'is',
  'in',
  'line',
  'no',
  'not',
  'of',
  'only',
  'or',
  'the',
]);

function isEmpty(text) {
  return (text.match(/[A-Za-z]+/g) ?? []).every((word) => emptyWords.has(word));
}

/** Names that a message may start with. Any other message starts in lower case. */
const properName = /^(…|[A-Z0-9-]{2,}\b|VMs\b|Cloud Hypervisor\b)/;

/** A choice between texts is several texts. */
function listTexts(node) {
  if (node === undefined) return [];
  if (ts.isParenthesizedExpression(node)) return listTexts(node.expression);
  if (ts.isConditionalExpression(node)) return [...listTexts(node.whenTrue), ...listTexts(node.whenFalse)];
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
    return [...listTexts(node.left), ...listTexts(node.right)];
  const text = formatText(node);
  return text === undefined ? [] : [text];
}

/** The value of `fix` in the details, also if it is spread into them. */
function findFix(details) {
  const found = [];
  const visit = (node) => {
    if (ts.isPropertyAssignment(node) && node.name.getText() === 'fix') found.push(...listTexts(node.initializer));
    else ts.forEachChild(node, visit);
  };
  if (details !== undefined) visit(details);
  return found;
}

function getProperty(object, name) {
  return object.properties.find((property) => ts.isPropertyAssignment(property) && property.name.getText() === name)
    ?.initializer;
}

/** Texts that become part of an error elsewhere: an explanation, a fatal line of a console, a finding of the doctor. */
function listOthers(object) {
  const [state, text, what, example] = ['state', 'text', 'what', 'example'].map((name) => getProperty(object, name));
  if (example !== undefined) return listTexts(what).map((meaning) => `…: ${meaning}: …`);
  if (state !== undefined) return state.getText() === "'ok'" ? [] : listTexts(text).map((finding) => `… ${finding}`);
  return listTexts(getProperty(object, 'message'));
}

function listMessages(path) {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    if (ts.isNewExpression(node) && errors.has(node.expression.getText())) {
      const [message, ...details] = node.arguments ?? [];
      // The details of ToolError and HttpError stand last.
      for (const text of listTexts(message)) found.push([text, [...new Set(findFix(details.at(-1)))].join('; or: ')]);
    }
    if (ts.isCallExpression(node) && node.expression.getText() === 'fail')
      for (const text of listTexts(node.arguments[0]))
        found.push([text, findFix(node.arguments.at(-1)).join('; or: ')]);
    if (ts.isObjectLiteralExpression(node))
      for (const text of listOthers(node)) found.push([text, listTexts(getProperty(node, 'fix')).join('; or: ')]);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function listFiles(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function formatCell(text) {
  return text.replaceAll('|', '\\|').replaceAll('`', "'").replace(/\s+/g, ' ').trim();
}

function formatMessages(directories) {
  const messages = new Map(
    directories
      .flatMap((directory) => listFiles(join(source, directory)))
      .flatMap(listMessages)
      .map(([text, fix]) => [formatCell(text), formatCell(fix)]),
  );
  const rows = [...messages].filter(([text]) => !isEmpty(text)).sort(([a], [b]) => (a < b ? -1 : 1));
  const capitals = rows.filter(([text]) => /^[A-Z]/.test(text) && !properName.test(text));
  if (capitals.length > 0)
    throw new Error(`messages start in lower case: ${capitals.map(([text]) => text).join('; ')}`);
  return formatTable(
    ['Message', 'Fix'],
    rows.map(([text, fix]) => [`\`${text}\``, fix === '' ? '' : `\`${fix}\``]),
  );
}

const { check, path } = readArguments('docs/reference/messages.md');
const text = Object.entries(groups).reduce(
  (page, [name, directories]) => replaceBetween(page, `${name}-messages`, formatMessages(directories), path),
  readPage(path),
);
writeOrCheck({ path, text, check, source: 'the messages in src/' });
