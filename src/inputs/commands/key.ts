import type { Command } from 'commander';
import { UsageError } from '../../platform/errors.js';
import { parsePath } from '../parse.js';
import { rawOf, type Options } from './options.js';

/** Creates signing keys. */
export interface KeyCommand {
  readonly group: 'key';
  readonly command: 'create';
  /** Of the absolute paths of both files. */
  readonly prefix: string;
}

export function addKeyCommands(program: Command, choose: (command: KeyCommand) => void): void {
  const key = program.command('key').description('Create keys that sign versions');
  key
    .command('create')
    .description('Create an Ed25519 key pair: <prefix>.key to sign with, <prefix>.pub for hosts')
    .option('--out <prefix>', 'Path of both files, without the extension', 'ch-golden')
    .action((options: Options) => choose({ group: 'key', command: 'create', prefix: readPrefix(options) }));
}

function readPrefix(options: Options): string {
  const text = rawOf(options)('out');
  const prefix = parsePath('out', text);
  if (prefix !== undefined && !text.endsWith('/')) return prefix;
  throw new UsageError('out is not the path of a file', {
    fix: 'use a path such as keys/golden, for keys/golden.key and keys/golden.pub',
  });
}
