import { z } from 'zod';
import { vmmNames } from '../../platform/choices.js';
import { count, fields, list, text } from '../../platform/schema-parts.js';

const milliseconds = z.number().nonnegative();

const bootTimesSchema = fields({
  kernelMs: milliseconds,
  initramfsMs: milliseconds.exactOptional(),
  userspaceMs: milliseconds.exactOptional(),
  daemonMs: milliseconds.exactOptional(),
  healthMs: milliseconds,
  finishedMs: milliseconds.exactOptional(),
  slowestUnits: list(fields({ unit: text, milliseconds, startMs: milliseconds.exactOptional() })),
});

const cloneSchema = fields({
  hostname: text,
  machineId: text,
  bootId: text,
  sandboxId: text.exactOptional(),
  hostKeys: list(text),
  kernel: text,
  cloudInit: text,
  failedUnits: list(text),
  addresses: list(text),
  times: bootTimesSchema,
});

/** `SmokeReport` of the smoke room, field by field. A test keeps the two equal. */
export const smokeReportSchema = fields({
  vmm: z.enum(vmmNames),
  vmmVersion: text,
  accelerator: z.enum(['kvm', 'tcg']),
  health: fields({ path: text, daemonVersion: text.exactOptional() }),
  clones: list(cloneSchema),
  restartMs: milliseconds,
  powerOffMs: milliseconds,
  chunksVerified: fields({ read: count, of: count }),
});
