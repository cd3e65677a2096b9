import { expect, test } from '@jest/globals';
import { createTerminalFilter } from '../../../src/platform/terminal-filter.js';

test.each([
  ['plain text and line ends', 'login: ä\r\n\t', 'login: ä\r\n\t'],
  [
    'colors and cursor movements',
    '\u001b[31mred\u001b[0m\u001b[2;5H\u001b7',
    '\u001b[31mred\u001b[0m\u001b[2;5H\u001b7',
  ],
  ['a title', 'a\u001b]0;owned\u0007b', 'ab'],
  ['a clipboard', 'a\u001b]52;c;cm0gLXJm\u001b\\b', 'ab'],
  ['a device control string', 'a\u001bP+q544e\u001b\\b', 'ab'],
  ['8-bit control characters', 'a\u009d0;owned\u009cb\u0085', 'ab'],
  ['window operations and media copy', 'a\u001b[21tb\u001b[5ic', 'abc'],
  ['a sequence without an end', `\u001b[${'1;'.repeat(100)}`, `;${'1;'.repeat(68)}`],
  ['an escape in a string begins a new sequence', 'a\u001b]0;x\u001b[31mb', 'a\u001b[31mb'],
])('%s', (_, text, expected) => {
  expect(createTerminalFilter()(text)).toBe(expected);
  const filter = createTerminalFilter();
  expect(Array.from(text, (character) => filter(character)).join('')).toBe(expected);
});
