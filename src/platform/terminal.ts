import type { ReadStream, WriteStream } from 'node:tty';

/** The terminal of a person. */
export interface Terminal {
  /** Whether somebody can type into it. */
  readonly isInteractive: boolean;
  write(text: string): void;
  /** Hands on every key as it is typed, until the returned function restores the terminal. */
  captureKeys(onInput: (bytes: Buffer) => void): () => void;
}

/** The terminal of a process. It is restored even if the process exits meanwhile. */
export function createTerminal(input: ReadStream, output: WriteStream): Terminal {
  return {
    // Both are of type `tty` only if they are terminals.
    isInteractive: (input.isTTY as boolean | undefined) === true && (output.isTTY as boolean | undefined) === true,
    write: (text) => void output.write(text),
    captureKeys: (onInput) => {
      const restore = (): void => {
        process.off('exit', restore);
        input.off('data', onInput);
        input.setRawMode(false);
        input.pause();
      };
      process.once('exit', restore);
      input.setRawMode(true);
      input.on('data', onInput);
      input.resume();
      return restore;
    },
  };
}
