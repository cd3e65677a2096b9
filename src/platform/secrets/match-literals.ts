/** Finds many literal texts in one pass, with one step per character of any text (Aho and Corasick, 1975). */
export interface LiteralMatcher {
  /**
   * Calls `onMatch` with the index of a literal and the position after it. If that returns a position, the search
   * continues there. Returns the number of steps.
   */
  scan(text: string, onMatch: (literal: number, end: number) => number | undefined): number;
}

const codes = 128;

/** @param literals of ASCII, lower case if `ignoresCase` */
export function createMatcher(
  literals: readonly string[],
  { ignoresCase }: { readonly ignoresCase: boolean },
): LiteralMatcher {
  const { next, ends } = buildAutomaton(literals);
  const isEnd = Uint8Array.from(ends, (indexes) => (indexes.length > 0 ? 1 : 0));
  const fold = foldCodes(ignoresCase);
  return {
    scan: (text, onMatch) => {
      let steps = 0;
      let state = 0;
      for (let at = 0; at < text.length; at++) {
        steps++;
        const code = text.charCodeAt(at);
        state = code < codes ? (next[state * codes + (fold[code] ?? 0)] ?? 0) : 0;
        if (isEnd[state] === 0) continue;
        for (const literal of ends[state] ?? []) {
          const resume = onMatch(literal, at + 1);
          if (resume === undefined || resume <= at) continue;
          at = resume - 1;
          state = 0;
          break;
        }
      }
      return steps;
    },
  };
}

function foldCodes(ignoresCase: boolean): Uint8Array {
  return Uint8Array.from({ length: codes }, (_, code) => (ignoresCase && code >= 65 && code <= 90 ? code + 32 : code));
}

/**
 * `next`: the state that follows a state and a character. `ends`: the literals that end in a state, the longest
 * first.
 */
function buildAutomaton(literals: readonly string[]): {
  readonly next: Int32Array;
  readonly ends: readonly (readonly number[])[];
} {
  const children = [new Map<number, number>()];
  const ends: number[][] = [[]];
  for (const [index, literal] of literals.entries()) {
    let state = 0;
    for (let at = 0; at < literal.length; at++) {
      const code = literal.charCodeAt(at);
      const known = children[state]?.get(code);
      const following = known ?? children.push(new Map<number, number>()) - 1;
      if (known === undefined) {
        ends.push([]);
        children[state]?.set(code, following);
      }
      state = following;
    }
    ends[state]?.push(index);
  }
  return { next: linkStates(children, ends), ends };
}

/** In breadth-first order, so that the state to fall back to is finished first. */
function linkStates(children: readonly ReadonlyMap<number, number>[], ends: readonly number[][]): Int32Array {
  const next = new Int32Array(children.length * codes);
  const fallback = new Int32Array(children.length);
  const queue = [0];
  for (const state of queue) {
    const back = fallback[state] ?? 0;
    if (state !== 0) ends[state]?.push(...(ends[back] ?? []));
    for (let code = 0; code < codes; code++) {
      const beside = state === 0 ? 0 : (next[back * codes + code] ?? 0);
      const child = children[state]?.get(code);
      next[state * codes + code] = child ?? beside;
      if (child === undefined) continue;
      fallback[child] = beside;
      queue.push(child);
    }
  }
  return next;
}
