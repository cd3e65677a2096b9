import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createTestProcesses } from '../../fixtures/ports.js';

const script = join(import.meta.dirname, '../../../scripts/check-links.mjs');
const own = 'https://github.com/daytona/ch-golden-action/blob/main';
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ch-golden-links-'));
  await writeFiles({
    'docs/guide.md':
      '# The `guide`, twice\n\n## Run it\n\n## Run it\n\n<a id="explicit"></a>\n\n```sh\n# not a heading\n```\n',
  });
});

afterEach(async () => rm(root, { recursive: true }));

async function writeFiles(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
}

async function check(): Promise<unknown> {
  return createTestProcesses().run({ argv: [process.execPath, script, root] });
}

test('links that lead somewhere pass', async () => {
  await writeFiles({
    'README.md': [
      '[file](docs/guide.md) ![picture](docs/picture.svg "title") [directory](docs) [itself](#title)',
      '[heading](docs/guide.md#the-guide-twice) [second](docs/guide.md#run-it-1) [explicit](docs/guide.md#explicit)',
      `[outside](https://example.com/a_(b)?c=d#e) [mail](mailto:me@example.com) ` +
        `[ours](${own}/docs/guide.md#run-it) <img src="docs/picture.svg">`,
      '[by name][name]',
      '',
      '[name]: docs/guide.md',
      '# Title',
      '`[code](missing.md)`',
      '```md',
      '[code](missing.md)',
      '```',
      '<!-- [comment](missing.md) -->',
    ].join('\n'),
    'docs/picture.svg': '<svg/>',
    'src/code.ts': '// see docs/guide.md, and QEMU, docs/interop/qcow2.txt',
    'node_modules/other/README.md': '[not ours](missing.md)',
  });
  await check();
});

test.each([
  ['a missing file', 'README.md', 'text\n[x](docs/missing.md)', 'README.md:2: "docs/missing.md" does not exist'],
  ['a missing picture', 'docs/page.md', '![x](missing.svg)', 'docs/page.md:1: "missing.svg" does not exist'],
  [
    'a missing file in an attribute',
    'docs/page.md',
    '<img alt="x" src="missing.svg">',
    'docs/page.md:1: "missing.svg" does not exist',
  ],
  [
    'a missing file in a reference',
    'docs/page.md',
    '[x][y]\n\n[y]: missing.md',
    'docs/page.md:3: "missing.md" does not exist',
  ],
  [
    'a missing heading',
    'docs/page.md',
    '[x](guide.md#run-it-2)',
    'docs/page.md:1: "guide.md#run-it-2" has no such heading',
  ],
  [
    'a heading that is code',
    'docs/page.md',
    '[x](guide.md#not-a-heading)',
    'docs/page.md:1: "guide.md#not-a-heading" has no such heading',
  ],
  ['a missing heading of the page itself', 'README.md', '[x](#nowhere)', 'README.md:1: "#nowhere" has no such heading'],
  [
    'an anchor in a source file',
    'README.md',
    '[x](src/code.ts#L1)',
    'README.md:1: "src/code.ts#L1" has an anchor, but is not a Markdown file',
  ],
  [
    'a path out of the repository',
    'README.md',
    '[x](../other)',
    'README.md:1: "../other" is outside of the repository',
  ],
  [
    'an absolute path',
    'README.md',
    '[x](/docs/guide.md)',
    'README.md:1: "/docs/guide.md" is absolute: use a relative path',
  ],
  [
    'a missing file after code',
    'README.md',
    '```sh\n`\n```\n[x](missing.md)',
    'README.md:4: "missing.md" does not exist',
  ],
  ['plain HTTP', 'README.md', '[x](http://example.com)', 'README.md:1: "http://example.com" must be an https URL'],
  ['a URL without a host', 'README.md', '[x](https://)', 'README.md:1: "https://" is not a URL'],
  [
    'a missing page of this repository',
    'README.md',
    `[x](${own}/docs/missing.md)`,
    `README.md:1: "${own}/docs/missing.md" does not exist`,
  ],
  [
    'a missing page in an error message',
    'src/error.ts',
    "\nconst fix = 'see docs/missing.md';",
    'src/error.ts:2: "docs/missing.md" does not exist',
  ],
  [
    'a missing page in a unit',
    'examples/a.service',
    `Documentation=${own}/docs/missing.md`,
    `examples/a.service:1: "${own}/docs/missing.md" does not exist`,
  ],
])('reports %s', async (_name, path, text, problem) => {
  await writeFiles({ 'src/code.ts': '', [path]: text });
  await expect(check()).rejects.toMatchObject({ exitCode: 1, evidence: [`links: ${problem}`] });
});
