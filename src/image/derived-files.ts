import type { DerivationRule } from './plan.js';

/** The first line of every derived file. `listApplied` finds it. */
export const derivedMark = '# Changed by the boot profile of ch-golden.';

const longestText = 256 * 1024;

/** The content that a rule makes of a file of the image; undefined if nothing changes. */
export function tryDerive(rule: DerivationRule, text: string): string | undefined {
  if (text.length > longestText || text.startsWith(derivedMark)) return undefined;
  const derived = rule === 'fstab-boot' ? relaxBootMounts(text) : trimModules(text);
  return derived === undefined ? undefined : `${derivedMark}\n${derived}`;
}

/**
 * Modules of cloud-init that a VM with a NoCloud seed does not need: configuration management, subscriptions and
 * hardware of other clouds. In new spelling, with underscores.
 */
export const droppedModules: readonly string[] = [
  'ansible',
  'byobu',
  'chef',
  'disable_ec2_metadata',
  'fan',
  'landscape',
  'lxd',
  'mcollective',
  'migrator',
  'puppet',
  'refresh_rmc_and_interface',
  'reset_rmc',
  'rightscale_userdata',
  'salt_minion',
  'ubuntu_advantage',
  'ubuntu_autoinstall',
  'ubuntu_drivers',
  'ubuntu_pro',
  'wireguard',
];

const moduleLists = ['cloud_init_modules', 'cloud_config_modules', 'cloud_final_modules'] as const;

/** The module lists of cloud.cfg that get shorter. A list in another notation stays as it is. */
function trimModules(config: string): string | undefined {
  const lists = moduleLists.flatMap((name) => {
    const modules = tryReadList(config, name);
    const kept = modules?.filter((module) => !droppedModules.includes(module.replaceAll('-', '_')));
    return kept === undefined || kept.length === modules?.length || kept.length === 0 ? [] : [{ name, kept }];
  });
  if (lists.length === 0) return undefined;
  return lists.map(({ name, kept }) => `${name}:\n${kept.map((module) => ` - ${module}\n`).join('')}`).join('');
}

/** The items of a block sequence of plain words, which is how every release of cloud-init writes it. */
function tryReadList(config: string, name: string): readonly string[] | undefined {
  const lines = config.split('\n');
  const starts = lines.flatMap((line, index) => (line.startsWith(`${name}:`) ? [index] : []));
  const [start] = starts;
  if (start === undefined || starts.length > 1 || lines[start]?.trimEnd() !== `${name}:`) return undefined;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^[^\s#-]/.test(line));
  const items: string[] = [];
  for (const line of rest.slice(0, end < 0 ? undefined : end)) {
    const item = /^ *- ([\w-]{1,60})\s*(?:#.*)?$/.exec(line)?.[1];
    if (item !== undefined) items.push(item);
    else if (!/^\s*(?:#.*)?$/.test(line)) return undefined;
  }
  return items;
}

/**
 * Mounts /boot and what is in it without holding up the boot: the VMM has the kernel already. fstab(5), `nofail` in
 * systemd.mount(5).
 */
function relaxBootMounts(fstab: string): string | undefined {
  const lines = fstab.split('\n');
  const changed = lines.map((line) => {
    const [, before, options, after] = /^(\s*[^#\s]\S*\s+\/boot(?:\/\S*)?\s+\S+\s+)(\S+)(.*)$/.exec(line) ?? [];
    if (before === undefined || options === undefined || after === undefined) return line;
    return options.split(',').includes('nofail') ? line : `${before}${options},nofail${after}`;
  });
  return changed.every((line, index) => line === lines[index]) ? undefined : changed.join('\n');
}
