import { warmGuest } from '../vmm/identity-records.js';
import { daemonPath, daemonUnit } from './daemon-edits.js';
import { writeIdentityScript } from './identity-script.js';
import { rootOwned, type FileEdit } from './plan.js';
import { createReseedProgram } from './reseed-program.js';
import { writeTemplateScript } from './template-script.js';

const unit = 'ch-golden-identity@.service';
const identityProgram = `${warmGuest.directory}/identity`;

/**
 * Installs what gives a clone of a warm template its own identity. Nothing is enabled: in a VM that was booted cold it
 * costs one comparison in udev for each disk.
 */
export const identityEdits: readonly FileEdit[] = [
  {
    kind: 'write',
    path: '/etc/udev/rules.d/90-ch-golden-identity.rules',
    content: { text: formatRule() },
    attributes: rootOwned(0o644),
  },
  {
    kind: 'write',
    path: `/etc/systemd/system/${unit}`,
    content: { text: formatUnit() },
    attributes: rootOwned(0o644),
  },
  {
    kind: 'write',
    path: identityProgram,
    content: { text: writeIdentityScript({ daemonUnit, daemonBinary: daemonPath }) },
    attributes: rootOwned(0o755),
  },
  {
    kind: 'write',
    path: `${warmGuest.directory}/reseed`,
    content: { base64: createReseedProgram().toString('base64') },
    attributes: rootOwned(0o755),
  },
  {
    kind: 'write',
    path: warmGuest.prepareTemplate,
    content: { text: writeTemplateScript({ daemonUnit }) },
    attributes: rootOwned(0o755),
  },
];

/** By the label that cloud-init looks for. After 60-persistent-storage.rules, which reads it. */
function formatRule(): string {
  const conditions = [
    'ACTION=="add"',
    'SUBSYSTEM=="block"',
    'ENV{ID_FS_LABEL}=="cidata|CIDATA"',
    `TEST=="${warmGuest.marker}"`,
  ];
  const start = `ENV{SYSTEMD_WANTS}+="${unit.replace('@', '@%k')}"`;
  return `# Gives a clone of a warm template its own identity when its seed is plugged in.\n${[
    ...conditions,
    'TAG+="systemd"',
    start,
  ].join(', ')}\n`;
}

/** Programs that user data starts go on when it is finished, as those of cloud-final.service do. */
function formatUnit(): string {
  return [
    '[Unit]',
    'Description=Give a clone of a warm template its own identity from /dev/%I',
    `ConditionPathExists=${warmGuest.marker}`,
    '',
    '[Service]',
    'Type=oneshot',
    `ExecStart=${identityProgram} /dev/%I`,
    'KillMode=process',
    'TasksMax=infinity',
    '',
  ].join('\n');
}
