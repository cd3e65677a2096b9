import type { FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { Failure, hasCode } from '../../platform/errors.js';
import { tryLockFile } from '../../platform/fs/file-lock.js';
import { isAlive, type ProcessIdentity } from '../../platform/process/process-identity.js';
import { createTerminalFilter } from '../../platform/terminal-filter.js';
import type { Terminal } from '../../platform/terminal.js';
import type { HostPorts } from '../ports.js';
import { openLogTail, type LogTail } from './log-tail.js';
import { tryOpenPort } from './serial-port.js';
import { withVmDirectory } from './vm-files.js';
import { vmDirectory, vmFiles } from './vm-record.js';
import { tryFindVmm } from './vmm-process.js';

/** How a session at a console ended. */
export type ConsoleEnd = 'detached' | 'VM stopped';

interface ConsoleRequest {
  readonly root: string;
  readonly name: string;
}

/** Ctrl-], as in telnet and virsh. */
const detachKey = 0x1d;
const pollMs = 25;
const answersMs = 100;
/** What may wait for a guest that does not read. */
const mostWaitingBytes = 256 * 1024;
/** Undoes what programs in the guest switch on: colors, hidden cursors, keypad and mouse modes, bracketed paste. */
const resetModes =
  '\u001b[0m\u001b[?25h\u001b[?7h\u001b[?1l\u001b>\u001b[?1000l\u001b[?1002l\u001b[?1003l\u001b[?1006l\u001b[?2004l';
const [enterScreen, leaveScreen] = [/\u001b\[\?(?:47|1047|1049)h/, '\u001b[?1049l'];

/**
 * Connects a terminal to the serial port of a VM until the detach key or the end of the VM.
 * @throws Failure without a terminal, if the VM has no console, or if somebody else uses it
 */
export async function attachConsole(
  { root, name }: ConsoleRequest,
  terminal: Terminal,
  ports: Omit<HostPorts, 'log'>,
): Promise<ConsoleEnd> {
  if (!terminal.isInteractive) {
    throw new Failure(`cannot open the console of ${name}: standard input and output must be a terminal`, {
      fix: `run it in a terminal, over SSH with ssh -t; to read the output only: ch-golden vm logs ${name}`,
    });
  }
  return withVmDirectory(vmDirectory(resolve(root), name), async (directory) => {
    const vmm = await tryFindVmm(directory, ports.signal);
    if (vmm === undefined) throw new Failure(`${name} is not running`, { fix: `ch-golden vm start ${name}` });
    await using port = await openPort(vmm, name);
    if (!(await tryLockFile(port, 0, ports.processes)))
      throw new Failure(`the console of ${name} is in use`, { fix: 'detach there with ctrl-]' });
    await using tail = await openLogTail(directory, vmFiles.serial, { lines: 0 });
    terminal.write(`Connected to the console of ${name}. Detach with ctrl-].\r\n`);
    return await runSession({ vmm, port, tail }, terminal, ports);
  });
}

async function openPort(vmm: ProcessIdentity, name: string): Promise<FileHandle> {
  const port = await tryOpenPort(vmm).catch((error: unknown) => {
    if (!hasCode(error, 'EACCES') && !hasCode(error, 'EPERM')) throw error;
    const fix = 'run as the user who started it; in a container, with CAP_SYS_PTRACE';
    throw new Failure(`cannot open the console of ${name}: its VMM is hidden from this user`, { fix, cause: error });
  });
  if (port !== undefined) return port;
  throw new Failure(`${name} has no console: it was started by hand, by an earlier release, or without /dev/ptmx`, {
    fix: `ch-golden vm restart ${name}; to read the output only: ch-golden vm logs ${name}`,
  });
}

interface Connection {
  readonly vmm: ProcessIdentity;
  readonly port: FileHandle;
  readonly tail: LogTail;
}

async function runSession(
  { vmm, port, tail }: Connection,
  terminal: Terminal,
  ports: Omit<HostPorts, 'log'>,
): Promise<ConsoleEnd> {
  const { clock, signal } = ports;
  const screen = createScreen(terminal);
  const keys = createKeys(port, ports);
  const restore = terminal.captureKeys(keys.onInput);
  try {
    for (;;) {
      const isRunning = await isAlive(vmm);
      const bytes = await tail.read();
      screen.show(bytes);
      if (keys.isDetached()) return 'detached';
      if (!isRunning && bytes.length === 0) return 'VM stopped';
      if (bytes.length === 0) await clock.sleep(pollMs, signal);
    }
  } finally {
    keys.stop();
    screen.reset();
    // What the terminal has answered to the guest must not become input of the person's shell.
    await clock.sleep(answersMs).catch(() => undefined);
    restore();
  }
}

/** Shows what a guest writes. */
function createScreen(terminal: Terminal): { readonly show: (bytes: Buffer) => void; readonly reset: () => void } {
  const decoder = new StringDecoder('utf8');
  const filter = createTerminalFilter();
  let isOtherScreen = false;
  return {
    show: (bytes) => {
      const text = filter(decoder.write(bytes));
      if (text === '') return;
      isOtherScreen ||= enterScreen.test(text);
      terminal.write(text);
    },
    reset: () => terminal.write(`${isOtherScreen ? leaveScreen : ''}${resetModes}\r\n`),
  };
}

interface Keys {
  readonly onInput: (bytes: Buffer) => void;
  readonly isDetached: () => boolean;
  readonly stop: () => void;
}

/** Sends what is typed to the guest, in order, without waiting for it. */
function createKeys(port: FileHandle, { clock }: Pick<HostPorts, 'clock'>): Keys {
  let isDetached = false;
  let isStopped = false;
  let waitingBytes = 0;
  let sent = Promise.resolve();
  const send = async (bytes: Buffer): Promise<void> => {
    for (let at = 0; at < bytes.length && !isStopped; ) {
      const written = await port.write(bytes, at).catch((error: unknown) => {
        if (hasCode(error, 'EAGAIN')) return undefined;
        // The VM has ended, which the session sees for itself.
        isStopped = true;
        return undefined;
      });
      if (written === undefined) await clock.sleep(10);
      else at += written.bytesWritten;
    }
    waitingBytes -= bytes.length;
  };
  return {
    onInput: (bytes) => {
      const end = bytes.indexOf(detachKey);
      const typed = end < 0 ? bytes : bytes.subarray(0, end);
      if (!isDetached && waitingBytes + typed.length <= mostWaitingBytes) {
        waitingBytes += typed.length;
        sent = sent.then(async () => send(typed));
      }
      isDetached ||= end >= 0;
    },
    isDetached: () => isDetached,
    stop: () => {
      isStopped = true;
    },
  };
}
