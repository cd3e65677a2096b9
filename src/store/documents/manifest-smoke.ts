import { z } from 'zod';
import { vmmNames } from '../../platform/choices.js';
import { count, fields, list, text } from '../../platform/schema-parts.js';

const milliseconds = z.number().nonnegative();

const bootTimesSchema = fields({
  clock: z
    .literal('guest')
    .exactOptional()
    .describe(
      "All times are since the kernel's start, by the guest's clock. If absent, they are since the VMM was started: " +
        "`kernelMs` and `healthMs` by the host's clock, the others by the guest's.",
    ),
  vmmMs: milliseconds
    .exactOptional()
    .describe("From the VMM's start to the kernel's first line, by the host's clock. Given if `clock` is."),
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

/** `WarmReport` of the smoke room. */
export const smokeWarmSchema = fields({
  templateMs: milliseconds.describe('How long it took to create the template.'),
  clones: list(
    fields({
      hostname: text,
      resumeMs: milliseconds.describe('From the start of the VM until its guest ran.'),
      identityMs: milliseconds.describe('Until the guest had reported that it has its own identity.'),
      healthMs: milliseconds.describe('Until its daemon responded.'),
    }),
  ),
}).describe('VMs that were started from a template of the image, all at once.');

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
  warm: smokeWarmSchema.exactOptional(),
});
