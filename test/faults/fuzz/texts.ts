import { getSum } from '../../../src/base/ubuntu-image.js';
import { compareSerials, dayOfSerial, isSerial } from '../../../src/base/serial.js';
import { parseStatus } from '../../../src/base/signature.js';
import { installFailure } from '../../../src/base/create-bootstrap.js';
import { compareDebianVersions } from '../../../src/apt/debian-version.js';
import { getBootPair, readCmdline } from '../../../src/image/boot-files.js';
import { findSecret } from '../../../src/image/scan-file.js';
import { tryParseOsRelease } from '../../../src/image/distribution.js';
import { readInventory } from '../../../src/image/inventory.js';
import { diskCauses } from '../../../src/image/package-edits.js';
import { hasSecurityArchive, parseNeededBytes } from '../../../src/apt/commands.js';
import { aptFailure } from '../../../src/apt/failure.js';
import { parseDpkgStatus } from '../../../src/apt/installed-packages.js';
import { listIndexed, pinSources } from '../../../src/apt/snapshot.js';
import { formatSources, parseSources } from '../../../src/apt/sources.js';
import { isAtLeast, parseRelease } from '../../../src/vmm/cloud-hypervisor-release.js';
import { ToolError } from '../../../src/platform/errors.js';
import { sanitizeLine } from '../../../src/platform/format.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { toPlainText } from '../../../src/platform/plain-text.js';
import { createRedactor } from '../../../src/platform/secrets/redact.js';
import { parseProcess } from '../../../src/platform/process/process-identity.js';
import { checkCpu, checkKernel } from '../../../src/app/doctor/checks/kvm.js';
import { checkProgram } from '../../../src/app/doctor/checks/programs.js';
import { escapeHtml } from '../../../src/report/escape-html.js';
import { escapeMermaid } from '../../../src/report/render-waterfall.js';
import { escapeMarkdown } from '../../../src/report/render-summary.js';
import { tryFindGuestLease, tryFindNeighbour } from '../../../src/smoke/cloud-hypervisor/lease.js';
import { tryFindFatalLine, consolePatterns } from '../../../src/smoke/console-patterns.js';
import { emptyProbe, readProbeLines } from '../../../src/smoke/probe-state.js';
import { tryDiagnose } from '../../../src/smoke/check-guest.js';
import { readAptState } from '../../../src/apt/apt-state.js';
import { scratchCauses } from '../../../src/updates/resolve-updates.js';
import { isSecurityRelease, parseSimulation } from '../../../src/updates/parse-simulation.js';
import { selectSources } from '../../../src/updates/scratch-root.js';
import { openFakeFiles } from '../../fixtures/fake-filesystem.js';
import type { Tree } from '../../fixtures/small-image.js';
import { require, text, type Parser } from './parser.js';

/** Texts from an image, its guest, a repository, a mirror or a tool. */

const deepEqual = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
const isPlain = (line: string): boolean => !/\p{Cc}/u.test(line);
const long = 200_000;

const status = `Package: dpkg
Status: install ok installed
Architecture: amd64
Version: 1.22.6ubuntu6.1

Package: libssl3t64
Status: install ok installed
Architecture: amd64
Source: openssl (3.0.13-0)
Version: 3.0.13-0ubuntu3.4
Depends: libc6 (>= 2.34), zlib1g
Description: Secure Sockets Layer toolkit
 with a second line

Package: old
Status: deinstall ok config-files
Version: 1
`;
const oneLineSources = `# of us
deb [arch=amd64,i386 signed-by="/usr/share/keyrings/a.gpg" trusted=yes lang-=de] http://a.example/debian \
stable main contrib # why
deb-src http://a.example/debian stable main
deb cdrom:[Debian 12 _Bookworm_ - Official]/ stable main
deb http://deb.debian.org/debian-security bookworm-security main
`;
const stanzaSources = `# of us
Types: deb deb-src
URIs: http://archive.ubuntu.com/ubuntu
# why
 http://b.example/debian
Suites: noble noble-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBEqwKTUB
 -----END PGP PUBLIC KEY BLOCK-----

Enabled: no
Types: deb
URIs: http://c.example/
Suites: ./
`;
const simulation = `Reading package lists...
Inst openssl [3.0.15-1] (3.0.16-1 Debian-Security:12/stable-security [amd64])
Inst tzdata:i386 [2024a] (2025b Debian:12-updates/stable-updates, Debian:12.11/stable [all]) \
[libc6:amd64 on libgcc-s1:amd64] []
Inst fresh (1.0 Acme Security, Inc (x) [y]:stable [amd64])
Conf openssl (3.0.16-1 Debian-Security:12/stable-security [amd64])
`;
const key = 'D2EB44626FDDC30B513D5BB71A5D6C4C7DB87C81';
const probe = `a getty's line
@@ch-golden begin status
{"LoadState":"loaded"}
{"ActiveState":"active"}
{"SubState":"running"}
{"ExecMainStatus":"203"}
{"NRestarts":"4"}
{"listen":"00000000:08E8 100"}
{"listen":"B80D01200000000000000000010000FF:0050 104"}
{"socket":"100"}
{"journal":"a \\"quoted\\" \\\\ line"}
@@ch-golden end status
@@ch-golden begin identity
{"machine-id":"0123456789abcdef0123456789abcdef"}
{"boot-id":"01234567-89ab-cdef-0123-456789abcdef"}
{"hostname":"smoke-1"}
{"kernel":"6.8.0-90-generic"}
{"host-key":"SHA256:abc"}
{"duid":"00:01"}
{"address":"10.0.2.15/24"}
{"failed-unit":"a.service"}
{"cloud-init":"{ \\"v1\\": { \\"errors\\": [] } }"}
{"UserspaceTimestampMonotonic":"15219000"}
{"initramfs-seconds":"1.234567"}
{"slow-unit":"1min 2.345s cloud-init.service"}
{"slow-unit-start":"16000000"}
@@ch-golden end identity
@@ch-golden begin content
{"chunk":"7 ${'a'.repeat(64)}"}
@@ch-golden end content
@@ch-golden begin killed
{"pid":"1"}
@@ch-golden end killed
`;
const grub = `menuentry 'Ubuntu' {
  linux /boot/vmlinuz-6.8.0-90-generic root=LABEL=cloudimg-rootfs ro console=tty1 console=ttyS0 $vt_handoff
  linux /vmlinuz-6.8.0-90-generic root=LABEL=x ro recovery
}
`;
const apt = `E: Failed to fetch http://a.example/x  404  Not Found [IP: 1.2.3.4 80]
E: Release file for http://a.example/ is expired (invalid since 3d). Updates for this repository will not be applied.
E: Version '1.0' for 'curl' was not found
E: Unable to locate package nothing
W: GPG error: http://a.example InRelease: NO_PUBKEY 1234
installed linux-image package post-installation script subprocess returned error exit status 1
`;
const secrets = `AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG
Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl
https://user:hunter22@example.org/x?sig=abc&X-Amz-Signature=def
"password": "correct horse"
ghp_abcdefghijklmnopqrstuvwxyz0123456789
-----BEGIN RSA PRIVATE KEY-----
MIIEowIBAAKCAQEAabcdefghijklmnopqrstuvwxyz0123456789
-----END RSA PRIVATE KEY-----
plain correct-horse-battery text
`;

/** An image with the text in one of its files. */
function withFile(path: string, content: string, more: Tree = {}): ReturnType<typeof openFakeFiles> {
  return openFakeFiles({
    'etc/apt/sources.list': 'deb http://a.example/debian stable main\n',
    'var/lib/dpkg/status': status,
    ...more,
    [path]: content,
  });
}

async function readBoot(files: Tree): Promise<void> {
  const guest = openFakeFiles({
    'boot/vmlinuz-6.8.0-90-generic': 'kernel',
    'boot/initrd.img-6.8.0-90-generic': 'initramfs',
    ...files,
  });
  const { version } = await getBootPair(guest);
  const cmdline = await readCmdline(
    { files: guest, root: { mount: { filesystem: { label: 'x', uuid: 'y' } } } } as Parameters<typeof readCmdline>[0],
    version,
  );
  require(cmdline.length <= 2000 && /^[\x20-\x7e]+$/.test(cmdline), 'arguments of a kernel that are no line');
}

/** Expects a total order: antisymmetric and transitive. */
function checkOrder(compare: (a: string, b: string) => number, lines: readonly string[]): void {
  const sign = (a: string, b: string): number => Math.sign(compare(a, b));
  for (let index = 0; index + 2 < Math.min(lines.length, 60); index += 1) {
    const [a, b, c] = lines.slice(index) as [string, string, string];
    require([sign(a, b), sign(b, a), sign(a, a)].every((order) => !Number.isNaN(order)), 'an order that is none');
    require(sign(a, b) === -sign(b, a) &&
      sign(a, a) === 0, `an order that depends on who comes first: ${JSON.stringify([a, b])}`);
    const [low = '', middle = '', high = ''] = [a, b, c].sort(compare);
    require(sign(low, middle) <= 0 &&
      sign(middle, high) <= 0 &&
      sign(low, high) <= 0, `an order that is a circle: ${JSON.stringify([a, b, c])}`);
  }
}

/** Sources that were parsed can be formatted and parsed again with the same result. */
function checkSources(name: string, content: string): void {
  // No URI in deb822 style can contain a space. Only that of a disc does, and it is never written.
  const sources = parseSources([{ name, text: content }]).filter(({ uris }) => !/\s/.test(uris.join('')));
  const again = parseSources([{ name: 'again.sources', text: formatSources(sources) }]);
  require(deepEqual(
    again,
    sources,
  ), `sources that change when they are written: ${JSON.stringify([sources, again]).slice(0, 500)}`);
  pinSources([{ name, text: content }], '20260501T000000Z');
  selectSources(sources, silentLog);
}

function toAptFailure(output: string): readonly unknown[] {
  const error = new ToolError('apt-get failed with exit code 100', ['apt-get'], 100, {
    evidence: output.split('\n').slice(-40),
  });
  return [
    aptFailure(error, 'read the package lists', scratchCauses),
    aptFailure(error, 'install curl', diskCauses),
    installFailure(error, 'bookworm'),
  ];
}

/** As a VM's probe is read: in chunks, line by line. */
function readProbe(console: string): void {
  const lines = console
    .split(/[\r\n]/)
    .map((line) => toPlainText(line, 4096))
    .filter((line) => line !== '');
  let state = emptyProbe;
  for (let index = 0; index < lines.length; index += 1000)
    state = readProbeLines(state, lines.slice(index, index + 1000), index);
  tryDiagnose({
    name: 'smoke-1',
    unit: 'daytona-daemon.service',
    port: 2280,
    version: 'v1',
    probe: state,
    health: {},
    now: 0,
  });
  const { identity, statuses } = state;
  const shown = [
    ...statuses.flatMap(({ journal, loadState }) => [loadState, ...journal]),
    identity?.cloudInit ?? '',
    identity?.hostname ?? '',
    ...(identity?.slowestUnits.map(({ unit }) => unit) ?? []),
  ];
  require(shown.every(isPlain), 'a control character in what a guest says of itself');
  require(Object.values(identity?.marks ?? {}).every(
    (mark: number) => mark >= 0 && Number.isFinite(mark),
  ), 'a time that is none');
}

const known = ['correct-horse-battery', 'hunter22', 'two\nlines-of-secret'];
const redactor = createRedactor(known);

export const parsers: readonly Parser[] = [
  text('dpkg status', [status], parseDpkgStatus, {
    cases: ['Package: a\n'.repeat(long / 11), `Source: ${'a'.repeat(long)} (`],
  }),
  text('os-release', ['NAME="Ubuntu"\nID=ubuntu\nVERSION_ID="24.04"\n', "ID='debian'\n"], (input) => {
    const found = tryParseOsRelease(input);
    require(/^[a-z0-9._-]*$/.test(`${found?.id ?? ''}${found?.version ?? ''}`), 'an identifier that is none');
  }),
  text('sources.list', [oneLineSources], (input) => checkSources('sources.list', input), {
    // Quadratic before: repeated options were read again from each character.
    cases: [
      `deb [${'a'.repeat(long)}] http://a.example x y`,
      `deb [${'a='.repeat(long / 2)}] http://a.example x y`,
      `deb [${' '.repeat(long)}`,
      `deb ${'cdrom:['.repeat(long / 7)}`,
    ],
  }),
  text('deb822 sources', [stanzaSources], (input) => checkSources('a.sources', input), {
    cases: ['\n \n'.repeat(long / 3), `a${' '.repeat(long)}`],
  }),
  text('list of packages', [status], (input) => listIndexed([input])),
  text(
    'apt simulation',
    [simulation],
    (input) => require(parseSimulation(input).every(({ archive }) => isPlain(archive)), 'an archive that is no line'),
    {
      cases: [`Inst a (1 ${'[a]) ['.repeat(long / 6)}`, `Inst a (1 ${'[a])'.repeat(long / 4)}`],
    },
  ),
  text(
    'Release file',
    ['Origin: Debian\nLabel: Debian-Security\nSuite: oldstable-security\nCodename: bookworm-security\n'],
    isSecurityRelease,
    { cases: [`Suite: ${'-security'.repeat(long / 9)}x`] },
  ),
  text('apt index targets', ['noble-security|noble|Ubuntu\nstable|bookworm|Debian\n'], hasSecurityArchive),
  text(
    'what apt needs',
    [
      'Need to get 1,234 kB/5,678 kB of archives.\nNeed to get 12.3 MB of archives.\n' +
        'After this operation, 45.6 MB of additional disk space will be used.\n',
    ],
    (input) => {
      require(parseNeededBytes(input) >= 0, 'a size that is none');
    },
  ),
  text('apt failures', [apt], toAptFailure, {
    cases: [`Version '' for '${"Version '' for '".repeat(long / 16)}`, 'Release file '.repeat(long / 13)],
  }),
  text('SHA256SUMS', [`${'a'.repeat(64)} *noble-server-cloudimg-amd64.img\n${'b'.repeat(64)}  other\n`], (input) =>
    getSum(input, 'noble-server-cloudimg-amd64.img'),
  ),
  text(
    'gpgv status',
    [
      '[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 1A5D6C4C7DB87C81 UEC Image\n' +
        `[GNUPG:] VALIDSIG ${key} 2026-09-26 1790380432 0 4 0 1 10 00 ${key}\n`,
    ],
    (input) => {
      // The date of a signature is compared with that of the image.
      require(!Number.isNaN(
        new Date(parseStatus(input, { label: 'SHA256SUMS' }).madeAt).getTime(),
      ), 'a signature that was made at no time');
    },
    { cases: [`[GNUPG:] GOODSIG x\n[GNUPG:] VALIDSIG ${key} 2026-09-26 20260926T000000 0 4 0 1 10 00 ${key}`] },
  ),
  text('serials', ['20261101\n20261101.2\n20251231\n20261101.10'], (input) => {
    const serials = input.split('\n').filter(isSerial);
    checkOrder(compareSerials, serials);
    require(serials.every((serial) => !Number.isNaN(dayOfSerial(serial))), 'a day that is none');
  }),
  text(
    'Debian versions',
    ['1:2.3-4\n2.3~rc1-4\n2.3+dfsg-4ubuntu1\n6.8.0-90-generic\n1.0a7\n1.0b8\n0:0\n'],
    (input) => checkOrder(compareDebianVersions, input.split('\n')),
    {
      cases: [
        '1:a\n9:a\n1e999:a',
        '1e999:a\n1e999:b\n2:a',
        `${'9'.repeat(long)}\n${'9'.repeat(long)}1\n1`,
        ':1\nx:1\n0:1\n-1:1',
      ],
    },
  ),
  text('grub.cfg', [grub], async (input) => readBoot({ 'boot/grub/grub.cfg': input }), {
    // As many words as a file can have: more than the stack of a regular expression holds.
    cases: [`linux /vmlinuz-6.8.0-90-generic root=a${' a'.repeat(8_000_000)}`],
  }),
  text(
    'fstab',
    [
      '# <file system>\nLABEL=cloudimg-rootfs\t/\text4\tdiscard,errors=remount-ro\t0\t1\n' +
        'LABEL=BOOT /boot ext4 defaults 0 2\n',
    ],
    async (input) => readBoot({ 'etc/fstab': input }),
  ),
  text('names in /boot', ['6.8.0-90-generic', '6.8.0-100-generic', '5.15.0~rc1'], async (input) => {
    const name = input.replaceAll(/[/\0\n]/g, '') || 'x';
    await readBoot({ [`boot/vmlinuz-${name}`]: 'kernel', [`boot/initrd.img-${name}`]: 'initramfs' });
  }),
  text('dpkg file list', ['/.\n/usr\n/usr/bin/curl\n/lib/x\n'], async (input) =>
    readInventory(withFile('var/lib/dpkg/info/curl.list', input, { 'usr/bin/curl': 'x' })),
  ),
  text('apt state: status', [status], async (input) => readAptState(withFile('var/lib/dpkg/status', input)), {
    // Each of these lines may begin the paragraph of dpkg, which then has no architecture.
    cases: ['Package: dpkg\n'.repeat(long / 14), 'Package: dpkg\nArchitecture: NOT!ONE\n'],
  }),
  text(
    'apt state: architectures',
    ['i386\narm64\n'],
    async (input) => readAptState(withFile('var/lib/dpkg/arch', input)),
    { cases: ['no such\n', 'i386\n'.repeat(20)] },
  ),
  text('apt state: preferences', ['Package: *\nPin: release a=stable\nPin-Priority: 100\n'], async (input) =>
    readAptState(withFile('etc/apt/preferences', input)),
  ),
  text(
    'apt state: keyring',
    ['-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQINBEqwKTUB\n-----END PGP PUBLIC KEY BLOCK-----\n'],
    async (input) => readAptState(withFile('etc/apt/trusted.gpg', input)),
  ),
  text(
    'secrets in an image',
    [secrets, 'http_proxy=http://proxy:3128\nAcquire::http::Proxy "http://proxy:3128";\n'],
    (input) => findSecret(input),
    {
      cases: [
        `-----BEGIN ${'A '.repeat(long / 2)}`,
        `Acquire::http::Proxy${' '.repeat(long)}`,
        'Acquire::http::Proxy'.repeat(long / 20),
      ],
    },
  ),
  text(
    'redaction',
    [secrets],
    (input) => {
      const redacted = redactor.text(input);
      require(known
        .flatMap((secret) => secret.split('\n'))
        .every((secret) => secret.length < 6 || !redacted.includes(secret)), 'a secret that is known');
    },
    {
      cases: [
        'secret.'.repeat(long / 7),
        'eyJ-'.repeat(long / 4),
        `-----BEGIN ${'A '.repeat(long / 2)}`,
        '-----BEGIN PRIVATE KEY-----\n'.repeat(long / 28),
        'a://'.repeat(long / 4),
      ],
    },
  ),
  text(
    'plain text of a guest',
    ['\u001b[31mred\u001b[0m \u001b]0;title\u0007\tplain\r\n', '\u001bMx'],
    (input) => {
      for (const longest of [4096, 100, long])
        require(isPlain(toPlainText(input, longest)) && toPlainText(input, longest).length <= longest, 'no plain text');
    },
    { cases: ['\u001b]'.repeat(long / 2), '\u001b['.repeat(long / 2), `\u001b[${'0'.repeat(long)}`] },
  ),
  text('a line of a log', ['\u001b[31mred\n::set-output name=x::y\r\0'], (input) =>
    require(isPlain(sanitizeLine(input)) && sanitizeLine(input).length <= 401, 'no line'),
  ),
  text('markup', ['<script>alert("x")</script> & [a](b) `c` | *d* _e_\n', 'unit:a;b#c,d'], (input) => {
    require(!/[<>"'`]/.test(escapeHtml(input)), 'markup of HTML');
    require(!/(?<!\\)(?:\\\\)*[|`<>*_[\]]|\n/.test(escapeMarkdown(input)), 'markup of Markdown');
    require(!/[:;#,`]/.test(escapeMermaid(input)), 'markup of Mermaid');
  }),
  text('console', [consolePatterns.map(({ example }) => example).join('\n')], (input) => {
    const lines = input
      .split(/[\r\n]/)
      .map((line) => toPlainText(line, 4096))
      .filter((line) => line !== '');
    const fatal = tryFindFatalLine(lines);
    require(fatal === undefined || isPlain(fatal.line), 'a fatal line that is none');
  }),
  text('probe', [probe], readProbe, {
    cases: [
      '@@ch-golden begin status\n{"__proto__":"x"}\n@@ch-golden end status',
      `@@ch-golden begin status\n${'['.repeat(4000)}\n@@ch-golden end status`,
    ],
  }),
  text(
    'DHCP leases',
    ['1790380432 52:54:00:12:34:56 192.168.1.7 smoke-1 ff:12\nduid 00:01\n1790380432 305419896 fd00::7 x 00:01\n'],
    (input) => tryFindGuestLease(input, '52:54:00:12:34:56'),
  ),
  text('neighbours', ['192.168.1.7 lladdr 52:54:00:12:34:56 REACHABLE\n192.168.1.8 FAILED\n'], (input) =>
    tryFindNeighbour(input, '52:54:00:12:34:56'),
  ),
  text('cloud-hypervisor --version', ['v53.0.0', 'v39.0', 'v52.0-117-g1a2b3c4'], (input) => {
    const release = parseRelease(input);
    isAtLeast(release, '50.0');
    require(/^[\w.+-]{0,64}$/.test(release.text), 'a version that is none');
  }),
  text('other versions', ['qemu-img version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)\n'], (input) => {
    checkProgram(
      { program: 'qemu-img', purpose: 'reads images', minimum: '6.2', versionArguments: ['--version'] },
      { path: '/usr/bin/qemu-img', output: input },
    );
    checkKernel(input, { min: '5.15', for: 'x', severity: 'broken' });
    checkCpu(input, 'broken');
  }),
  text(
    '/proc/PID/stat',
    ['1234 (a (strange) name) S 1 1234 1234 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 5678 0 0\n'],
    (input) => parseProcess(input, 'boot\n'),
    { throwsPlainErrors: true },
  ),
];
