// A person at `ch-golden vm console`: a terminal of script(1), in which keys are typed and what is shown is read.
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { cli, root, tell } from './kvm-host.mjs';

const detachKey = '\u001d';
const prompt = /root@\S+:~# /;
const logInOrPrompt = new RegExp(`login: |${prompt.source}`);
/** A guest of a guest takes tens of seconds for a login. */
const stepWithinMs = 120_000;
const logInAttempts = 15;
const shownOnFailure = 4000;

/** Opens the console of a VM. */
export async function openConsole(name) {
  const command = [process.execPath, cli, 'vm', 'console', name, '--root', root];
  const child = spawn('script', ['-qefc', `exec ${command.map(quote).join(' ')}`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, SHELL: '/bin/sh' },
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    shown += chunk;
  });
  // It can end while keys are typed: what it has shown says why.
  child.stdin.on('error', () => undefined);
  let code;
  child.on('close', (exitCode) => {
    code = exitCode ?? 'none';
  });
  const type = (keys) => child.stdin.write(keys);
  /** Whether it shows `pattern` within the time, in what it shows from `offset` on. */
  const shows = async (pattern, offset, withinMs = stepWithinMs) => {
    for (const deadline = performance.now() + withinMs; performance.now() < deadline; await delay(50)) {
      if (pattern.test(shown.slice(offset))) return true;
      if (code !== undefined) fail(`it ended with exit code ${code}`);
    }
    return false;
  };
  const fail = (problem) => {
    tell(`console of ${name}:\n${shown.slice(-shownOnFailure)}`);
    child.kill();
    throw new Error(`console of ${name}: ${problem}`);
  };
  /** Types keys until they are followed by `pattern`. @returns what was shown since */
  const typeUntil = async (keys, pattern) => {
    const offset = shown.length;
    type(keys);
    if (!(await shows(pattern, offset))) fail(`no ${pattern} after ${JSON.stringify(keys)}`);
    return shown.slice(offset);
  };
  if (!(await shows(/Connected to the console of /, 0))) fail('not connected');
  return {
    /** As root. A getty discards keys that are typed before its prompt, and login(1) those before its own. */
    logIn: async (password) => {
      for (let attempt = 1; attempt <= logInAttempts; attempt++) {
        const offset = shown.length;
        type('\r');
        if (!(await shows(logInOrPrompt, offset, 20_000))) continue;
        if (prompt.test(shown.slice(offset))) return;
        type('root\r');
        if (!(await shows(/Password: /, offset))) continue;
        type(`${password}\r`);
        if (await shows(prompt, offset)) return;
      }
      fail(`no shell after ${logInAttempts} attempts`);
    },
    /** Runs one line of a shell, and waits for the next prompt. */
    run: async (line) => typeUntil(`${line}\r`, prompt),
    runUntil: async (line, pattern) => typeUntil(`${line}\r`, pattern),
    /** @returns how the command ended */
    detach: async () => {
      const offset = shown.length;
      type(detachKey);
      const deadline = performance.now() + stepWithinMs;
      while (code === undefined && performance.now() < deadline) await delay(50);
      if (code === undefined) fail('the detach key did not end it');
      return { exitCode: code, said: /detached from \S+/.exec(shown.slice(offset))?.[0] };
    },
  };
}

function quote(word) {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
