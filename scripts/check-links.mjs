// Checks the links of all Markdown files, offline: files and anchors must exist, external links must be well formed.
// Sources that name a page, such as docs/reference/store.md, are checked too.
//   node scripts/check-links.mjs [DIR]
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(process.argv[2] ?? join(import.meta.dirname, '..'));
const skipped = new Set(['node_modules', 'dist', 'out', 'build', 'coverage', '.git']);
const ownRepository = /^https:\/\/github\.com\/daytona\/ch-golden-action\/(?:blob|tree)\/main\/([^#]+)(#.*)?$/;
/** Not tests: the paths in them are made up. */
const sourceFile = /(?<!\.test)\.(?:ts|mjs|js|yml|sh|service|timer)$/;
/** A page of this repository, by its path or its URL. */
const pageName = new RegExp(
  [
    String.raw`(?<![\w/.-])docs/[\w/-]+\.(?:md|json)`,
    String.raw`https://github\.com/daytona/ch-golden-action/blob/main/[\w/.#-]+`,
  ].join('|'),
  'g',
);

function listFiles(directory) {
  return readdirSync(directory, { withFileTypes: true })
    .filter(({ name }) => !skipped.has(name))
    .flatMap((entry) => {
      const path = join(directory, entry.name);
      return entry.isDirectory() ? listFiles(path) : entry.isFile() ? [path] : [];
    });
}

/** Blanks out code, so that line numbers stay. */
function withoutCode(text) {
  const blank = (code) => code.replace(/[^\n]/g, ' ');
  return text
    .replace(/^( *)(```+|~~~+).*\n[\s\S]*?^ *\2 *$/gm, blank)
    .replace(/(`+)(?!`)[^\n]*?[^`\n]\1(?!`)/g, blank)
    .replace(/<!--[\s\S]*?-->/g, blank);
}

/** The anchors that GitHub gives headings, and explicit ones. */
function listAnchors(path) {
  const prose = readFileSync(path, 'utf8').replace(/^( *)(```+|~~~+).*\n[\s\S]*?^ *\2 *$/gm, '');
  const counts = new Map();
  const headings = [...prose.matchAll(/^ {0,3}#{1,6}\s+(.+?)\s*#*$/gm)].map(([, heading]) => {
    const text = heading
      .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[`*]/g, '')
      .replace(/<[^>]*>/g, '');
    const slug = text
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replaceAll(' ', '-');
    const count = counts.get(slug) ?? 0;
    counts.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
  return new Set([...headings, ...[...prose.matchAll(/<[a-z]+ [^>]*\b(?:id|name)="([^"]+)"/g)].map(([, id]) => id)]);
}

function listLinks(text) {
  const patterns = [
    /\]\(\s*<?([^()\s<>]+(?:\([^()\s]*\)[^()\s<>]*)*)>?(?:\s+["'][^"'\n]*["'])?\s*\)/g,
    /^ {0,3}\[[^\]^]+\]:\s*<?(\S+?)>?(?:\s|$)/gm,
    /<(?:a|img|source)\b[^>]*?\b(?:href|src|srcset)="([^"]+)"/g,
  ];
  return patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => ({
      target: match[1],
      line: text.slice(0, match.index).split('\n').length,
    })),
  );
}

/** The problem with a path and an anchor; undefined if there is none. */
function checkPath(path, anchor) {
  if (relative(root, path).startsWith('..')) return 'is outside of the repository';
  if (!existsSync(path)) return 'does not exist';
  if (anchor === '') return undefined;
  if (!path.endsWith('.md') || statSync(path).isDirectory()) return 'has an anchor, but is not a Markdown file';
  return listAnchors(path).has(decodeURIComponent(anchor)) ? undefined : 'has no such heading';
}

function checkExternal(target) {
  const own = ownRepository.exec(target);
  if (own !== null) return checkPath(join(root, own[1]), (own[2] ?? '').slice(1));
  if (!URL.canParse(target)) return 'is not a URL';
  const { protocol, hostname } = new URL(target);
  if (
    protocol === 'mailto:' ||
    protocol === 'https:' ||
    (protocol === 'http:' && ['localhost', '127.0.0.1'].includes(hostname))
  )
    return undefined;
  return 'must be an https URL';
}

function checkTarget(target, from) {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return checkExternal(target);
  const [path, anchor = ''] = target.split('#', 2);
  if (path.startsWith('/')) return 'is absolute: use a relative path';
  return checkPath(path === '' ? from : resolve(dirname(from), decodeURIComponent(path)), anchor);
}

function checkMarkdown(path) {
  return listLinks(withoutCode(readFileSync(path, 'utf8'))).flatMap(({ target, line }) => {
    const problem = checkTarget(target, path);
    return problem === undefined ? [] : [`${relative(root, path)}:${line}: "${target}" ${problem}`];
  });
}

/** Pages that sources name: in error messages, in comments, in units. */
function checkSource(path) {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((text, index) =>
      [...text.matchAll(pageName)].flatMap(([target]) => {
        const problem = target.startsWith('https:') ? checkExternal(target) : checkPath(join(root, target), '');
        return problem === undefined ? [] : [`${relative(root, path)}:${index + 1}: "${target}" ${problem}`];
      }),
    );
}

const files = listFiles(root);
const pages = files.filter((path) => path.endsWith('.md'));
const problems = [
  ...pages.flatMap(checkMarkdown),
  ...files.filter((path) => sourceFile.test(path)).flatMap(checkSource),
];
for (const problem of problems) console.error(`links: ${problem}`);
if (problems.length > 0) process.exit(1);
console.log(`${pages.length} Markdown files: no broken links`);
