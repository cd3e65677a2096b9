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
  first: list(changeSchema).describe('Some of them: ch-golden diff has all.'),
});

const amountSchema = fields({ name: text, from: z.number().nonnegative(), to: z.number().nonnegative() });

/** What a manifest says of the way from the version before: a `VersionDiff` with numbers in the place of long lists. */
export const changesSchema = fields({
  facts: list(changeSchema).describe('Base, kernel, daemon and the like.'),
  packages: sectionSchema,
  modules: sectionSchema.describe('Of the daemon.'),
  units: sectionSchema.exactOptional(),
  files: sectionSchema.exactOptional().describe('Files beside packages, and configuration.'),
  folders: list(amountSchema).exactOptional().describe('Bytes by top directory.'),
  times: list(amountSchema).exactOptional().describe('Milliseconds.'),
}).describe(
  'What is another than in the version that `previous` names; what one of them has no record of is left out.',
);

export type VersionChanges = z.infer<typeof changesSchema>;
export type ChangeSection = z.infer<typeof sectionSchema>;
