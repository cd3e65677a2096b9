import { securityPreferences } from '../../platform/apt.js';
import { quoteShell } from '../../platform/shell.js';
import { formatApt, listIndexesCommand, listSourcesCommand, securityArchivePattern, updateCommand } from '../apt.js';
import { guestEnvironment } from '../guest-environment.js';
import { formatPinConfiguration, type Pin } from '../pin-packages.js';
import type { Attributes, Content, Edit, SystemEdit } from '../plan.js';

/** What can be done between programs: a file of the user's is written. */
export type SessionEdit = SystemEdit | Extract<Edit, { readonly kind: 'write' }>;

/** A folder of the guest that takes what is ours while programs run, and is removed with all in it. */
export const sessionFolder = '/var/tmp/ch-golden';

/** The package versions of a snapshot, after the session. */
export const indexFile = `${sessionFolder}/index`;

const policy = '/usr/sbin/policy-rc.d';

/** Exit codes of the script for what is no program's failure. */
export const exitCodes = { noSecurityArchive: 91 } as const;

/** Before each edit the script prints this and the number of the edit. */
export const editMark = 'ch-golden: edit ';

/** What is to be in `sessionFolder` before the script runs, beside the script: by name there. */
export type SessionFiles = Readonly<Record<string, Content>>;

/** A POSIX script that carries out edits inside of the guest, up to the first that fails, and what it needs. Its exit code is that of what failed. */
export function planSession(edits: readonly SessionEdit[], pin: Pin | undefined): { readonly script: string; readonly files: SessionFiles } {
  const packages = edits.filter((edit) => edit.kind === 'install' || edit.kind === 'upgrade');
  const isSecurity = packages.some((edit) => edit.kind === 'upgrade' && edit.scope === 'security');
  const environment = { ...guestEnvironment, ...(pin === undefined ? {} : { APT_CONFIG: `${sessionFolder}/apt.conf` }) };
  const lines = [
    '#!/bin/sh', 'set -e',
    // The appliance's own variables are none of the guest's; proxies come from us.
    ...Object.entries(environment).map(([name, value]) => `export ${name}=${quoteShell(value)}`),
    `if [ -e ${sessionFolder}/proxies ]; then . ${sessionFolder}/proxies; fi`,
    // invoke-rc.d(8): no service may be started.
    `if [ -e ${policy} ]; then mv ${policy} ${sessionFolder}/policy; fi`, `printf '#!/bin/sh\\nexit 101\\n' >${policy}`, `chmod 0755 ${policy}`,
    ...packages.length === 0 ? [] : [quoteAll(updateCommand)],
    ...isSecurity ? [`${quoteAll(listSourcesCommand)} | grep -Eq ${quoteShell(securityArchivePattern.source)} || exit ${exitCodes.noSecurityArchive}`] : [],
    ...pin === undefined || packages.length === 0 ? [] : [keepIndexes(pin)],
    ...edits.flatMap((edit, index) => [`echo '${editMark}${index}'`, ...renderEdit(edit, index)]),
    `rm ${policy}`, `if [ -e ${sessionFolder}/policy ]; then mv ${sessionFolder}/policy ${policy}; fi`,
  ];
  return {
    script: `${lines.join('\n')}\n`,
    files: {
      'security-preferences': { text: securityPreferences },
      ...(pin === undefined ? {} : { 'pinned.sources': { text: pin.sources }, 'apt.conf': { text: formatPinConfiguration(`${sessionFolder}/pinned.sources`) } }),
      ...Object.fromEntries(edits.flatMap((edit, index) => {
        if (edit.kind === 'run') return [[`content-${index}`, edit.script]];
        return edit.kind === 'write' ? [[`content-${index}`, edit.content]] : [];
      })),
    },
  };
}

/** A script of the user's can remove the lists of packages: those of the snapshot are kept until they are read. */
function keepIndexes({ snapshot }: Pin): string {
  return `${quoteAll(listIndexesCommand)} | grep -F ${quoteShell(`/${snapshot}/`)} | cut -d'|' -f2 | while read -r list; do cat "$list"; echo; done >${indexFile}`;
}

function renderEdit(edit: SessionEdit, index: number): readonly string[] {
  const content = `${sessionFolder}/content-${index}`;
  switch (edit.kind) {
    case 'run': return [`chmod 0700 ${content}`, content];
    case 'write': return renderWrite(edit.path, content, edit.attributes);
    case 'install':
    case 'upgrade': return [quoteAll(formatApt(edit, `${sessionFolder}/security-preferences`))];
  }
}

function renderWrite(path: string, content: string, { mode, uid, gid }: Attributes): readonly string[] {
  const parent = path.slice(0, path.lastIndexOf('/'));
  return [
    ...parent === '' ? [] : [`mkdir -p -m 0755 -- ${quoteShell(parent)}`],
    `rm -rf -- ${quoteShell(path)}`,
    `cp -- ${content} ${quoteShell(path)}`,
    `chown ${uid}:${gid} -- ${quoteShell(path)}`,
    `chmod ${mode.toString(8).padStart(4, '0')} -- ${quoteShell(path)}`,
  ];
}

function quoteAll(argv: readonly string[]): string {
  return argv.map(quoteShell).join(' ');
}
