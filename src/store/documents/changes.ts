import { z } from 'zod';
import { count, fields, list, text } from '../../platform/schema-parts.js';

const changeSchema = fields({
  name: text,
  from: text.exactOptional(),
  to: text.exactOptional(),
  security: z.boolean().exactOptional(),
});

const sectionSchema = fields({
  added: count,
  removed: count,
  changed: count,
  first: list(changeSchema).describe('The first of them. `ch-golden diff` lists all.'),
});

const amountSchema = fields({ name: text, from: z.number().nonnegative(), to: z.number().nonnegative() });

const bootChangeSchema = fields({
  kind: z.enum(['phase', 'unit']),
  name: text,
  from: z.number().nonnegative().exactOptional(),
  to: z.number().nonnegative().exactOptional(),
}).describe('Milliseconds. A unit without `from` or `to` was not among the slowest.');

/** A `VersionDiff` as a manifest stores it: with counts instead of long lists. */
export const changesSchema = fields({
  facts: list(changeSchema).describe('Base, kernel, daemon and other single facts.'),
  packages: sectionSchema,
  modules: sectionSchema.describe('Go modules in the daemon.'),
  units: sectionSchema.exactOptional(),
  files: sectionSchema.exactOptional().describe('Files that belong to no package, and configuration files.'),
  folders: list(amountSchema).exactOptional().describe('Bytes by top-level directory.'),
  times: list(amountSchema).exactOptional().describe('Boot times in milliseconds.'),
  boot: list(bootChangeSchema)
    .exactOptional()
    .describe('Phases and units of the boot that take longer or shorter, the largest difference first.'),
}).describe(
  'Differences from the version that `previous` names. Anything that one of the two did not record is omitted.',
);

export type VersionChanges = z.infer<typeof changesSchema>;
export type ChangeSection = z.infer<typeof sectionSchema>;
