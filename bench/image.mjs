// The image step against the guide, on the same base and daemon in one run.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildLargeDaemon, cli, measure, output, report, root } from './measure.mjs';

function ourBuild(work, { base, daemon, name }) {
  const folder = join(work, name);
  return [process.execPath, cli, 'build', '--daemon-builder', 'prebuilt', '--daemon-binary', daemon, '--base-image', base,
    '--smoke', 'false', '--dry-run', 'true', '--store', join(folder, 'store'), '--report-folder', join(folder, 'report'),
    '--cache-folder', join(work, 'cache'), '--work-folder', join(folder, 'work')];
}

export async function benchImage(work) {
  if (!existsSync('/usr/bin/virt-customize')) {
    throw new Error('the guide\'s tools are not installed: sudo apt-get install --no-install-recommends libguestfs-tools linux-image-amd64');
  }
  const suite = /VERSION_CODENAME=(\w+)/.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  console.log('prepare: one base and one daemon of 57 MB for both');
  const prepared = JSON.parse(output([process.execPath, cli, 'build', '--json', '--daemon-source', join(root, 'examples', 'daemon'),
    '--base-image', `bootstrap:${suite}`, '--smoke', 'false', '--dry-run', 'true', '--store', join(work, 'store'),
    '--report-folder', join(work, 'report'), '--cache-folder', join(work, 'cache'), '--work-folder', join(work, 'work')]));
  const base = join(work, 'cache', 'sha256', prepared.facts.base.sha256);
  const daemon = join(work, 'daemon-amd64');
  buildLargeDaemon(daemon);
  const unit = join(work, 'unit.service');
  writeFileSync(unit, '[Unit]\nDescription=Daytona Daemon Service\n[Service]\nExecStart=/usr/local/bin/daytona-daemon\nRestart=always\n[Install]\nWantedBy=multi-user.target\n');

  console.log('ours: base seen for the first time');
  const first = await measure(ourBuild(work, { base, daemon, name: 'ours-1' }));
  console.log('ours: base known, daemon changed');
  const again = await measure(ourBuild(work, { base, daemon, name: 'ours-2' }));
  console.log('the guide, Option A and Step 4: about six minutes without KVM');
  mkdirSync(join(work, 'guide'));
  // The shell's own memory says nothing of the appliance that it starts.
  const { seconds } = await measure([join(root, 'bench', 'guide.sh'), base, daemon, unit, join(work, 'guide')]);
  report('image', [
    { what: 'the guide: Option A and Step 4', seconds },
    { what: 'ours, a base that it has not seen', ...first },
    { what: 'ours, a base that it knows', ...again },
  ]);
}
