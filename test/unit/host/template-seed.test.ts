import { expect, test } from '@jest/globals';
import { templateSeedFiles } from '../../../src/host/warm/template-seed.js';
import { warmGuest } from '../../../src/vmm/identity-records.js';

const { 'user-data': userData = '', ...rest } = templateSeedFiles();

test('a template has names that are nobody’s, no network, and one SSH key', () => {
  expect(rest).toEqual({
    'meta-data': expect.stringMatching(/instance-id"?: "?ch-golden-template/),
    'network-config': expect.stringMatching(/config"?: "?disabled/),
  });
  expect(userData).toMatch(/^#cloud-config\n/);
  expect(JSON.parse(userData.slice('#cloud-config\n'.length))).toMatchObject({ ssh_genkeytypes: ['ed25519'] });
});

test('the probe marks the template first, and prepares it last', () => {
  const { bootcmd } = JSON.parse(userData.slice('#cloud-config\n'.length)) as { bootcmd: [string[]] };
  const [, , prepare = '', , probe = ''] = bootcmd[0];
  expect(prepare.split(' && ').slice(0, 2)).toEqual(['mkdir -p /run/ch-golden', `: > ${warmGuest.marker}`]);
  expect(probe.split('\n').slice(-3, -1)).toEqual([
    `${warmGuest.prepareTemplate} || fail prepare`,
    'record template-ready " hostname=$host machine-id=$machine_id boot-id=$boot_id$fingerprint"',
  ]);
  // 2280 as proc_net_tcp(5) writes it.
  expect(probe).toContain('\nport=08E8\n');
});
