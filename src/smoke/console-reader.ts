import { open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { Failure } from '../platform/errors.js';
import { ifPresent } from '../platform/fs/files.js';
import { toPlainText } from '../platform/plain-text.js';

/** Reads a console's file as it grows. The guest wrote it, so nothing in it is trusted. */
export interface ConsoleReader {
  /**
   * The complete lines since the last call, without colours and control characters; at most 1 MiB per call.
   * @throws Failure if the file is larger than 64 MiB
   */
  readLines(): Promise<readonly string[]>;
}

const mebibyte = 1024 ** 2;
const largestConsole = 64 * mebibyte;
/** Stands for the lines lost when the VMM truncates the file. Cloud Hypervisor does that when its guest reboots. */
export const restartLine = '-- console restarted --';
/** Characters. Longer lines are cut, so that patterns need not match more. */
const longestLine = 4096;

export function createConsoleReader(path: string, name: string): ConsoleReader {
  const decoder = new StringDecoder('utf8');
  let offset = 0;
  let rest = '';
  return {
    readLines: async () => {
      const { bytes, size } = await readAt(path, offset);
      if (size > largestConsole) {
        throw new Failure(`${name} wrote more than ${largestConsole / mebibyte} MiB to its console`, {
          evidence: [toPlainText(rest, longestLine)],
        });
      }
      if (size < offset) {
        offset = 0;
        rest = '';
        return [restartLine];
      }
      offset += bytes.length;
      const lines = (rest + decoder.write(bytes)).split(/[\r\n]/);
      rest = (lines.pop() ?? '').slice(0, longestLine);
      return lines.map((line) => toPlainText(line, longestLine)).filter((line) => line !== '');
    },
  };
}

async function readAt(path: string, offset: number): Promise<{ readonly bytes: Buffer; readonly size: number }> {
  await using file = await ifPresent(open(path, 'r'));
  if (file === undefined) return { bytes: Buffer.alloc(0), size: 0 };
  const { size } = await file.stat();
  const buffer = Buffer.alloc(Math.max(0, Math.min(size - offset, mebibyte)));
  const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
  return { bytes: buffer.subarray(0, bytesRead), size };
}
