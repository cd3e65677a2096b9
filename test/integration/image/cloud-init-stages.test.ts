import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  mainScript,
  mainScriptText,
  stageScriptText,
  stagesGeneratorText,
  stagesScriptText,
} from '../../../src/image/cloud-init-stages.js';
import { quoteShell } from '../../../src/platform/process/shell.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';

jest.setTimeout(60_000);
const processes = createTestProcesses();
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let count = 0;

beforeAll(async () => {
  directory = await makeTestDirectory('cloud-init-stages');
});
afterAll(async () => directory.remove());

async function makePlace(): Promise<string> {
  const place = join(directory.path, `${count++}`);
  await mkdir(place);
  return place;
}

/** Stands in for cloud-init: prints what a stage sees of itself, and ends as its arguments request. */
const cloudInit = `import io
import os
import signal
import sys
import time
import cloudinit.net
import cloudinit.util
import yaml

print("imported", file=open(os.environ["IMPORTS"], "a"))


def main():
    descriptors = len(os.listdir("/proc/self/fd"))
    print(*sys.argv, os.environ["MARK"], os.environ.get("NOTIFY_SOCKET"), sys.stdin.read(), descriptors)
    print("problem", file=sys.stderr)
    action, value = sys.argv[1:3]
    if action == "code":
        return int(value)
    if action == "exit":
        sys.exit(value)
    if action == "raise":
        raise ValueError(value)
    if action == "wait":
        print("waiting", flush=True)
        time.sleep(int(value))
    if action == "parse":
        first = yaml.load(value, Loader=yaml.SafeLoader)
        first.append("changed")
        documents = [first, yaml.safe_load(value), yaml.load(io.StringIO(value), Loader=yaml.SafeLoader)]
        yaml.load("/etc/cloud/cloud.cfg", Loader=yaml.SafeLoader)
        for _ in range(2):
            try:
                yaml.safe_load("wrong")
            except ValueError as error:
                documents.append(str(error))
        print(documents, file=sys.stderr)
    if action == "rename":
        cloudinit.net._rename_interfaces([["52:54:00:00:00:01", value, "virtio_net", None]], strict_busy=False)
    if action == "die":
        sys.stdout.flush()
        os.kill(os.getpid(), int(value))
`;

/** Stands in for the parser, and notes what it parses. */
const parser = `import os


class SafeLoader:
    pass


def load(stream, Loader):
    text = stream if isinstance(stream, str) else stream.read()
    print("parsed", text, file=open(os.environ["IMPORTS"], "a"))
    if text == "wrong":
        raise ValueError("not YAML")
    return text.split()


def safe_load(stream):
    return load(stream, SafeLoader)
`;

const configuration = `import yaml


def read_conf_with_confd(path):
    yaml.load(path, Loader=yaml.SafeLoader)
    raise OSError("unreadable")
`;

const network = `import sys


def get_interface_mac(card):
    return {"ens5": "52:54:00:00:00:01", "ens6": "52:54:00:00:00:02"}[card]


def _rename_interfaces(renames, strict_busy=True):
    print("renames", renames[0][1], strict_busy, file=sys.stderr)
`;

const runner = 'import sys\n\n\ndef subp(argv):\n    print("runs", *argv, file=sys.stderr)\n';

/** Starts the process as systemd does, then each stage: `argv`, and the signal that it gets once it has printed. */
const harness = `import json
import os
import socket
import subprocess
import sys

place = sys.argv[1]
environment = {**os.environ, "PYTHONPATH": place, "IMPORTS": place + "/imports", "MARK": "stages"}
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(place + "/notify")
manager.settimeout(30)
server = None
if sys.argv[2] != "none":
    started = {**environment, "RUNTIME_DIRECTORY": place, "NOTIFY_SOCKET": place + "/notify"}
    server = subprocess.Popen(["python3", place + "/stages"], env=started)
    assert manager.recv(100) == b"READY=1"
    if sys.argv[2] == "killed":
        server.kill()
        server.wait()

results = []
for argv, number in json.loads(sys.argv[3]):
    stage = subprocess.Popen(
        ["python3", "-I", "-S", place + "/stage", *argv],
        env={**environment, "MARK": "unit"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    stage.stdin.write("input")
    stage.stdin.close()
    stage.stdin = None
    first = stage.stdout.readline()
    if number:
        stage.stdout.readline()
        stage.send_signal(number)
    stdout, stderr = stage.communicate(timeout=30)
    results.append({"code": stage.returncode, "stdout": first + stdout, "stderr": stderr.splitlines()[-1:]})
ended = None
if server:
    try:
        ended = server.wait(1)
    except subprocess.TimeoutExpired:
        server.kill()
imports = open(place + "/imports").read() if os.path.exists(place + "/imports") else ""
parsed = [line[7:] for line in imports.splitlines() if line.startswith("parsed ")]
print(json.dumps({"results": results, "ended": ended, "imports": imports.count("imported"), "parsed": parsed}))
`;

interface Outcome {
  readonly results: readonly { readonly code: number; readonly stdout: string; readonly stderr: readonly string[] }[];
  /** The exit code of the process that imports cloud-init; null if it still ran. */
  readonly ended: number | null;
  readonly imports: number;
  /** What was parsed as YAML. */
  readonly parsed: readonly string[];
}

type Stage = readonly [argv: readonly string[], signal: number];

/** A directory with the stand-ins. */
async function installCloudInit(): Promise<string> {
  const place = await makePlace();
  await mkdir(join(place, 'cloudinit', 'cmd'), { recursive: true });
  await writeFile(join(place, 'cloudinit', '__init__.py'), '');
  await writeFile(join(place, 'cloudinit', 'cmd', '__init__.py'), '');
  await writeFile(join(place, 'cloudinit', 'util.py'), configuration);
  await writeFile(join(place, 'cloudinit', 'net.py'), network);
  await writeFile(join(place, 'cloudinit', 'subp.py'), runner);
  await writeFile(join(place, 'yaml.py'), parser);
  await writeFile(join(place, 'cloudinit', 'cmd', 'main.py'), cloudInit);
  return place;
}

async function runStages(stages: readonly Stage[], server: 'running' | 'killed' | 'none'): Promise<Outcome> {
  const place = await installCloudInit();
  await writeFile(join(place, 'stages'), stagesScriptText);
  await writeFile(join(place, 'packaged'), '#!/bin/sh\necho "packaged $* $MARK $(cat)"\nexit 9\n', { mode: 0o755 });
  const client = stageScriptText
    .replaceAll('/run/ch-golden-cloud-init', place)
    .replaceAll('/usr/bin/cloud-init', join(place, 'packaged'));
  await writeFile(join(place, 'stage'), client);
  const argv = ['python3', '-c', harness, place, server, JSON.stringify(stages)] as const;
  return JSON.parse((await processes.run({ argv })).stdout) as Outcome;
}

describe('the process that imports cloud-init', () => {
  test('runs each stage as if its unit had started it, with one import', async () => {
    const stages: readonly Stage[] = [
      [['code', '0', '--local'], 0],
      [['code', '3'], 0],
      [['exit', 'message'], 0],
      [['raise', 'wrong'], 0],
    ];
    const { results, ended, imports } = await runStages(stages, 'running');
    const seen = (argv: string): string => `/usr/bin/cloud-init ${argv} unit None input 5\n`;
    expect(results).toEqual([
      { code: 0, stdout: seen('code 0 --local'), stderr: ['problem'] },
      { code: 3, stdout: seen('code 3'), stderr: ['problem'] },
      { code: 1, stdout: seen('exit message'), stderr: ['message'] },
      { code: 1, stdout: seen('raise wrong'), stderr: ['ValueError: wrong'] },
    ]);
    expect({ ended, imports }).toEqual({ ended: null, imports: 1 });
  });

  test('parses the same YAML once, and gives each caller a copy', async () => {
    const { results, parsed } = await runStages([[['parse', 'a b'], 0]], 'running');
    expect(results.map(({ stderr }) => stderr)).toEqual([
      ["[['a', 'b', 'changed'], ['a', 'b'], ['a', 'b'], 'not YAML', 'not YAML']"],
    ]);
    expect(parsed).toEqual(['/etc/cloud/cloud.cfg', 'a b', 'a b', 'wrong', 'wrong']);
  });

  test('exits with the last stage', async () => {
    const { results, ended } = await runStages([[['code', '0', '--mode=final'], 0]], 'running');
    expect(results.map(({ code }) => code)).toEqual([0]);
    expect(ended).toBe(0);
  });

  test('a stage that is stopped or dies fails, and the next one runs', async () => {
    const stages: readonly Stage[] = [
      [['wait', '60'], 15],
      [['die', '9'], 0],
      [['code', '0'], 0],
    ];
    const { results } = await runStages(stages, 'running');
    expect(results.map(({ code }) => code)).toEqual([1, 1, 0]);
  });

  test.each(['killed', 'none'] as const)('a stage runs as packaged if it is %s', async (server) => {
    const { results } = await runStages([[['modules', '--mode=config'], 0]], server);
    expect(results).toEqual([{ code: 9, stdout: 'packaged modules --mode=config unit input\n', stderr: [] }]);
  });
});

describe('the process that runs all stages', () => {
  /** @returns its output, with that of errors, and its exit code; then what was parsed */
  async function runMain(...argv: readonly string[]): Promise<readonly string[]> {
    return runMainWith({}, ...argv);
  }

  /** With a card that has an address already. */
  async function runMainWith(
    { card }: { readonly card?: string },
    ...argv: readonly string[]
  ): Promise<readonly string[]> {
    const place = await installCloudInit();
    await writeFile(join(place, 'main'), mainScriptText.replaceAll('/run/ch-golden-address', place));
    if (card !== undefined) await writeFile(join(place, 'card'), `${card}\n`);
    const env = { PYTHONPATH: place, IMPORTS: join(place, 'imports'), MARK: 'main' };
    const script = 'python3 "$0/main" "$@" < /dev/null 2>&1; echo "code $?"; grep parsed "$IMPORTS"';
    const { stdout } = await processes.run({ argv: ['sh', '-c', `${script} || true`, place, ...argv], env });
    return stdout.trimEnd().split('\n');
  }

  test('runs as /usr/bin/cloud-init, and exits with its code', async () => {
    const seen = expect.stringMatching(/^\/usr\/bin\/cloud-init code 3 main None {2}\d$/);
    expect(await runMain('code', '3')).toEqual(['problem', seen, 'code 3']);
    expect(await runMain('exit', 'message')).toEqual(expect.arrayContaining(['message', 'code 1']));
    expect(await runMain('raise', 'wrong')).toEqual(expect.arrayContaining(['ValueError: wrong', 'code 1']));
  });

  test.each([
    ['that has an early address loses it', { card: 'ens5' }, 'eth0', ['runs ip address flush dev ens5 scope global']],
    ['that keeps its name keeps its address', { card: 'ens5' }, 'ens5', []],
    ['beside one that has an address', { card: 'ens6' }, 'eth0', []],
    ['that is not there', { card: 'ens7' }, 'eth0', []],
    ['without an early address', {}, 'eth0', []],
  ])('a card to rename %s', async (_, given, name, runs) => {
    const lines = await runMainWith(given, 'rename', name);
    expect(lines.filter((line) => /^(?:runs|renames) /.test(line))).toEqual([...runs, `renames ${name} False`]);
    expect(lines).toContain('code 0');
  });

  test('parses the same YAML once', async () => {
    const lines = await runMain('parse', 'a b');
    expect(lines).toContain("[['a', 'b', 'changed'], ['a', 'b'], ['a', 'b'], 'not YAML', 'not YAML']");
    expect(lines.filter((line) => line.startsWith('parsed'))).toEqual([
      'parsed a b',
      'parsed a b',
      'parsed /etc/cloud/cloud.cfg',
      'parsed wrong',
      'parsed wrong',
    ]);
  });
});

describe('the units of the stages', () => {
  const main = '[Service]\nType=notify\nExecStart=/usr/bin/cloud-init --all-stages\nKillMode=process\n';
  const plain = '[Service]\nType=oneshot\nExecStart=/usr/bin/cloud-init modules --mode=config\n';
  const withStages = { 'etc/ch-golden-cloud-init.service': '' };

  /** Runs the generator on these units, and returns what it writes. */
  async function generate(files: Readonly<Record<string, string>>): Promise<string> {
    const place = await makePlace();
    for (const name of ['lib', 'etc', 'out']) await mkdir(join(place, name));
    for (const [path, content] of Object.entries(files)) {
      await mkdir(join(place, path, '..'), { recursive: true });
      await writeFile(join(place, path), content);
    }
    const script = stagesGeneratorText
      .replaceAll('=/lib/systemd/system', `=${quoteShell(join(place, 'lib'))}`)
      .replaceAll('=/etc/systemd/system', `=${quoteShell(join(place, 'etc'))}`)
      .replaceAll(`-e ${mainScript}`, `-e ${quoteShell(join(place, 'main'))}`);
    await processes.run({ argv: ['sh', '-c', script, 'generator', join(place, 'out')] });
    const { stdout } = await processes.run({
      argv: ['sh', '-c', 'cd "$0" && grep -r "" . || true', join(place, 'out')],
    });
    return stdout;
  }

  test('start their stage in the process', async () => {
    expect(await generate({ ...withStages, 'lib/cloud-config.service': plain })).toBe(
      [
        '[Unit]',
        'Wants=ch-golden-cloud-init.service',
        'After=ch-golden-cloud-init.service',
        '[Service]',
        'SyslogIdentifier=cloud-init',
        'ExecStart=',
        'ExecStart=/usr/bin/python3 -I -S /usr/local/libexec/ch-golden/cloud-init-stage modules --mode=config',
        '',
      ]
        .map((line, index, { length }) => (index < length - 1 ? `./cloud-config.service.d/stages.conf:${line}` : ''))
        .join('\n'),
    );
  });

  test('of a release with one process start that process', async () => {
    expect(await generate({ main: '', 'lib/cloud-init-main.service': main, 'lib/cloud-config.service': plain })).toBe(
      [
        '[Service]',
        'SyslogIdentifier=cloud-init',
        'ExecStart=',
        `ExecStart=/usr/bin/python3 ${mainScript} --all-stages`,
      ]
        .map((line) => `./cloud-init-main.service.d/stages.conf:${line}\n`)
        .join(''),
    );
  });

  test.each([
    ['of one process without its script', { 'lib/cloud-init-main.service': main }],
    ['of one process with another command', { main: '', 'lib/cloud-init-main.service': main.replace('all', 'no') }],
    [
      'of one process that an administrator has replaced',
      { main: '', 'lib/cloud-init-main.service': main, 'etc/cloud-init-main.service': '' },
    ],
    ['without the process', { 'lib/cloud-config.service': plain }],
    [
      'of a release that does it itself',
      { ...withStages, 'lib/cloud-config.service': plain, 'lib/cloud-init-main.service': '' },
    ],
    [
      'that an administrator has replaced',
      { ...withStages, 'lib/cloud-config.service': plain, 'etc/cloud-config.service': '' },
    ],
    ['with a drop-in', { ...withStages, 'lib/cloud-config.service': plain, 'etc/cloud-config.service.d/a.conf': '' }],
    [
      'with another command',
      { ...withStages, 'lib/cloud-config.service': plain.replace('cloud-init modules', 'true') },
    ],
    ['with two commands', { ...withStages, 'lib/cloud-config.service': `${plain}ExecStartPost=/bin/true\n` }],
    [
      'with a command that needs quotes',
      { ...withStages, 'lib/cloud-config.service': plain.replace('config', '"%n"') },
    ],
  ])('%s stay as they are', async (_, files) => {
    expect(await generate(files)).toBe('');
  });
});
