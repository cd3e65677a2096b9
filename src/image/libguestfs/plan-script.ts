import { securityPreferences } from '../../apt/security-preferences.js';
import { quoteShell } from '../../platform/process/shell.js';
import {
  listIndexesCommand,
  listSourcesCommand,
  parseNeededBytes,
  securityArchivePattern,
  updateCommand,
  asDryRun,
} from '../../apt/commands.js';
import { formatApt, isPackageEdit, type PackageEdit } from '../package-edits.js';
import type { SpaceNeed } from '../grow-root.js';
import { guestEnvironment } from '../guest-environment.js';
import { formatPinConfiguration, type Pin } from '../pin-packages.js';
import type { Attributes, Content, Edit, SystemEdit } from '../plan.js';

/** What can happen in a session: programs, and writes between them. */
export type SessionEdit = SystemEdit | Extract<Edit, { readonly kind: 'write' }>;

/** A directory of the guest for our files while programs run. It is removed at the end. */
export const sessionDirectory = '/var/tmp/ch-golden';

/** Has the package versions of a snapshot after the session. */
export const indexFile = `${sessionDirectory}/index`;

const policy = '/usr/sbin/policy-rc.d';

/** Exit codes of the script for failures that are not a program's. */
export const exitCodes = { noSecurityArchive: 91, isDirectory: 92 } as const;

/** The script prints this and the edit's number before each edit. */
export const editMark = 'ch-golden: edit ';

/** Files for `sessionDirectory` besides the script, by name. */
export type SessionFiles = Readonly<Record<string, Content>>;

/** A POSIX script for a session, and the files it needs. */
export interface Planned {
  readonly script: string;
  readonly files: SessionFiles;
}

const preferences = `${sessionDirectory}/security-preferences`;

/** A script that applies edits up to the first that fails, and exits with its exit code. */
export function planSession(edits: readonly SessionEdit[], pin: Pin | undefined): Planned {
  const packages = edits.filter(isPackageEdit);
  const isSecurity = packages.some((edit) => edit.kind === 'upgrade' && edit.scope === 'security');
  const lines = [
    ...begin(pin),
    // invoke-rc.d(8): forbids starting services.
    `if [ -e ${policy} ]; then mv ${policy} ${sessionDirectory}/policy; fi`,
    `printf '#!/bin/sh\\nexit 101\\n' >${policy}`,
    `chmod 0755 ${policy}`,
    ...(packages.length === 0 ? [] : [quoteAll(updateCommand)]),
    ...(isSecurity
      ? [
          `${quoteAll(listSourcesCommand)} | grep -Eq ${quoteShell(securityArchivePattern.source)} ` +
            `|| exit ${exitCodes.noSecurityArchive}`,
        ]
      : []),
    ...(pin === undefined || packages.length === 0 ? [] : [keepIndexes(pin)]),
    ...edits.flatMap((edit, index) => [`echo '${editMark}${index}'`, ...renderEdit(edit, index)]),
    `rm ${policy}`,
    `if [ -e ${sessionDirectory}/policy ]; then mv ${sessionDirectory}/policy ${policy}; fi`,
  ];
  const contents = edits.flatMap((edit, index): readonly (readonly [string, Content])[] => {
    if (edit.kind === 'run') return [[`content-${index}`, edit.script]];
    return edit.kind === 'write' ? [[`content-${index}`, edit.content]] : [];
  });
  return { script: `${lines.join('\n')}\n`, files: { ...listFiles(pin), ...Object.fromEntries(contents) } };
}

const freeMark = 'ch-golden: free ';

/**
 * A script that prints what packages need, for `parseSpaceNeed`. A failure here is reported by the installation, which
 * fails too.
 */
export function planMeasure(packages: readonly PackageEdit[], pin: Pin | undefined): Planned {
  const lines = [
    ...begin(pin),
    quoteAll(updateCommand),
    `stat --file-system --format='${freeMark}%a %S' /`,
    ...packages.flatMap((edit, index) => [
      `echo '${editMark}${index}'`,
      `${quoteAll(asDryRun(formatApt(edit, preferences)))} || true`,
    ]),
  ];
  return { script: `${lines.join('\n')}\n`, files: listFiles(pin) };
}

/** Parses the output of a `planMeasure` script. Without output, nothing is needed. */
export function parseSpaceNeed(lines: readonly string[]): SpaceNeed {
  const [blocks = 0, blockSize = 0] =
    lines
      .find((line) => line.startsWith(freeMark))
      ?.slice(freeMark.length)
      .split(' ')
      .map(Number) ?? [];
  const needed = lines
    .join('\n')
    .split(editMark)
    .reduce((sum, output) => sum + parseNeededBytes(output), 0);
  return { needed, free: blocks * blockSize };
}

/** Programs get the guest's variables, not the appliance's, and this machine's proxies. */
function begin(pin: Pin | undefined): readonly string[] {
  const environment =
    pin === undefined ? guestEnvironment : { ...guestEnvironment, APT_CONFIG: `${sessionDirectory}/apt.conf` };
  return [
    '#!/bin/sh',
    'set -e',
    ...Object.entries(environment).map(([name, value]) => `export ${name}=${quoteShell(value)}`),
    `if [ -e ${sessionDirectory}/proxies ]; then . ${sessionDirectory}/proxies; fi`,
  ];
}

function listFiles(pin: Pin | undefined): SessionFiles {
  return {
    'security-preferences': { text: securityPreferences },
    ...(pin === undefined
      ? {}
      : {
          'pinned.sources': { text: pin.sources },
          'apt.conf': { text: formatPinConfiguration(`${sessionDirectory}/pinned.sources`) },
        }),
  };
}

/** Copies the snapshot's package lists, because a script may remove them. */
function keepIndexes({ snapshot }: Pin): string {
  const paths = `${quoteAll(listIndexesCommand)} | grep -F ${quoteShell(`/${snapshot}/`)} | cut -d'|' -f2`;
  return `${paths} | while read -r list; do cat "$list"; echo; done >${indexFile}`;
}

function renderEdit(edit: SessionEdit, index: number): readonly string[] {
  const content = `${sessionDirectory}/content-${index}`;
  switch (edit.kind) {
    case 'run':
      return [`chmod 0700 ${content}`, content];
    case 'write':
      return renderWrite(edit.path, content, edit.attributes);
    case 'install':
    case 'upgrade':
      return [quoteAll(formatApt(edit, preferences))];
  }
}

function renderWrite(path: string, content: string, { mode, uid, gid }: Attributes): readonly string[] {
  const parent = path.slice(0, path.lastIndexOf('/'));
  const place = quoteShell(path);
  return [
    ...(parent === '' ? [] : [`mkdir -p -m 0755 -- ${quoteShell(parent)}`]),
    `if [ -d ${place} ] && [ ! -L ${place} ]; then exit ${exitCodes.isDirectory}; fi`,
    `rm -f -- ${place}`,
    `cp -- ${content} ${place}`,
    `chown ${uid}:${gid} -- ${place}`,
    `chmod ${mode.toString(8).padStart(4, '0')} -- ${place}`,
  ];
}

function quoteAll(argv: readonly string[]): string {
  return argv.map(quoteShell).join(' ');
}
