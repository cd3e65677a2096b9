const longestSequence = 64;
/** Window operations and media copy: they resize windows, have the terminal type its title, or print. */
const rejectedEnds = 'it';

type State = 'text' | 'escape' | 'sequence' | 'string' | 'string escape';

/**
 * Filters text of a guest that goes to a person's terminal as it comes, in pieces. Cursor movements and colors pass,
 * since programs in the guest need them. What can reach beyond the screen is dropped: strings of control functions
 * (OSC, DCS, APC, PM, SOS), which set titles and clipboards, window operations, and 8-bit control characters.
 */
export function createTerminalFilter(): (text: string) => string {
  let state: State = 'text';
  let pending = '';
  const finish = (output: string): string => {
    state = 'text';
    pending = '';
    return output;
  };
  const afterEscape = (character: string): string => {
    if (']PX^_'.includes(character)) state = 'string';
    else if (character === '[') [state, pending] = ['sequence', '\u001b['];
    else if (character !== '\u001b') return finish(`\u001b${character}`);
    return '';
  };
  const steps: Readonly<Record<State, (character: string) => string>> = {
    text: (character) => {
      if (character === '\u001b') state = 'escape';
      else if ('\u0090\u0098\u009d\u009e\u009f'.includes(character)) state = 'string';
      else if (character < '\u0080' || character > '\u009f') return character;
      return '';
    },
    escape: afterEscape,
    sequence: (character) => {
      pending += character;
      if (character >= '@' && character <= '~') return finish(rejectedEnds.includes(character) ? '' : pending);
      return character < ' ' || character > '~' || pending.length > longestSequence ? finish('') : '';
    },
    string: (character) => {
      if (character === '\u001b') state = 'string escape';
      else if ('\u0007\u0018\u001a\u009c'.includes(character)) state = 'text';
      return '';
    },
    'string escape': (character) => {
      state = 'escape';
      return character === '\\' ? finish('') : afterEscape(character);
    },
  };
  return (text) => Array.from(text, (character) => steps[state](character)).join('');
}
