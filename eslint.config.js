import tseslint from 'typescript-eslint';

const rooms = ['daemon', 'base', 'image', 'smoke', 'store', 'host', 'report', 'updates'];
/** What the rooms share, by what each may import of the others: below the rooms, above platform. */
const shelves = { disk: [], vmm: ['disk'], apt: ['disk'], objects: [], registry: [], trust: [] };
const upperRooms = ['entry', 'app', 'inputs'];

/** Only these touch GitHub and the environment: see docs/explanation/architecture.md. */
const outside = ['src/entry/**', 'src/platform/**'];
const noGitHub = { regex: '^@actions/', message: 'Only src/entry and src/platform know GitHub.' };

/** A line of the log starts with a capital, or with the name of a thing: errors start in lower case, lines do not. */
const logCalls = [
  '[callee.property.name=/^(info|warn|detail)$/]',
  '[callee.name=/^((warn|print)InJob|createSlowNotice)$/]',
];
const lowerStarts = logCalls.flatMap((callee) =>
  ['', '.consequent', '.alternate', '.left'].flatMap((part) =>
    ['value', 'quasis.0.value.raw'].map((text) => ({
      selector: `CallExpression${callee}[arguments.0${part}.${text}=/^[a-z]/]`,
      message: 'A line of the log starts with a capital letter.',
    })),
  ),
);

/** A domain room sees the types of another room, never its insides, and nothing above it. */
function roomRule(room) {
  // A host's whole purpose is to read a store.
  const others = rooms.filter((other) => other !== room && !(room === 'host' && other === 'store'));
  return {
    files: [`src/${room}/**/*.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            noGitHub,
            { regex: `/(${others.join('|')})/`, allowTypeImports: true, message: 'Rooms share plain types only.' },
            { regex: `/(${upperRooms.join('|')})/`, message: 'Arrows point down: entry, app, rooms, platform.' },
          ],
        },
      ],
    },
  };
}

function shelfRule(shelf) {
  const others = Object.keys(shelves).filter((other) => other !== shelf && !shelves[shelf].includes(other));
  return {
    files: [`src/${shelf}/**/*.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            noGitHub,
            {
              regex: `/(${[...rooms, ...others, ...upperRooms].join('|')})/`,
              message: `${shelf} serves the rooms and knows none.`,
            },
          ],
        },
      ],
    },
  };
}

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'out/**', 'coverage/**'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js', 'scripts/*.mjs', 'bin/*.cjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/promise-function-async': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Our ports are records of closures: they have no `this`.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Without `await` in a block with `await using`, the resource is disposed of before the promise settles.
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      eqeqeq: 'error',
      'max-len': ['error', { code: 120, ignoreUrls: true, ignoreRegExpLiterals: true }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      // A switch is one decision.
      complexity: ['error', { max: 12, variant: 'modified' }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: outside,
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only src/entry and src/platform read the environment.' },
      ],
      '@typescript-eslint/no-restricted-imports': ['error', { patterns: [noGitHub] }],
    },
  },
  { files: ['src/**/*.ts'], rules: { 'no-restricted-syntax': ['error', ...lowerStarts] } },
  ...rooms.map(roomRule),
  ...Object.keys(shelves).map(shelfRule),
  {
    files: ['src/platform/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `/(${[...rooms, ...Object.keys(shelves), ...upperRooms].join('|')})/`,
              message: 'platform is the ground floor: it imports no room.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
    },
  },
  { files: ['**/*.js', '**/*.mjs', '**/*.cjs'], ...tseslint.configs.disableTypeChecked },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    rules: {
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
    },
  },
);
