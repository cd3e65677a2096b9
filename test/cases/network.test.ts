import { describe, expect, test } from '@jest/globals';
import { bootClones, type BuildPorts, type Proof } from '../../src/app/build/build-steps.js';
import { findNetworkObstacle, readNetworkSetting } from '../../src/image/network-obstacle.js';
import type { BuildInputs } from '../../src/inputs/build-inputs.js';
import { silentLog } from '../../src/platform/progress/log.js';
import { openFakeFiles } from '../fixtures/fake-filesystem.js';
import type { Tree } from '../fixtures/small-image.js';

const cloudInit: Tree = { 'etc/cloud/cloud.cfg': 'users:\n- default\nnetwork_state: x\n' };
const disabled: Tree = { ...cloudInit, 'etc/cloud/cloud.cfg.d/99-off.cfg': 'network: {config: disabled}\n' };
const why = (place: string): string =>
  `the guest has no address: cloud-init networking is disabled ${place}, and nothing else configures a network`;

describe('row 28: cloud-init networking that the base has disabled', () => {
  test.each<readonly [what: string, tree: Tree, cmdline: string, why: string]>([
    ['in a file of its own', disabled, 'ro', why('in /etc/cloud/cloud.cfg.d/99-off.cfg')],
    [
      'in cloud.cfg',
      { 'etc/cloud/cloud.cfg': 'a: 1\nnetwork:\n  config: disabled\nb: 2\n' },
      'ro',
      why('in /etc/cloud/cloud.cfg'),
    ],
    [
      'although an earlier file configures it',
      { ...disabled, 'etc/cloud/cloud.cfg.d/10-on.cfg': 'network:\n  version: 2\n' },
      'ro',
      why('in /etc/cloud/cloud.cfg.d/99-off.cfg'),
    ],
    ['on the command line', cloudInit, 'ro network-config=disabled', why('on the kernel command line')],
    [
      'with only a loopback interface',
      { ...disabled, 'etc/network/interfaces': 'auto lo\niface lo inet loopback\n' },
      'ro',
      why('in /etc/cloud/cloud.cfg.d/99-off.cfg'),
    ],
    [
      'as a whole',
      { ...cloudInit, 'etc/cloud/cloud-init.disabled': '' },
      'ro',
      'cloud-init is disabled by /etc/cloud/cloud-init.disabled',
    ],
    [
      'as a whole, on the command line',
      cloudInit,
      'ro cloud-init=disabled',
      'cloud-init is disabled on the kernel command line',
    ],
  ])('%s', async (_, tree, cmdline, expected) => {
    const obstacle = await findNetworkObstacle(openFakeFiles(tree), cmdline);
    expect(obstacle?.why).toBe(expected);
    expect(obstacle?.fix).toMatch(/base/);
  });

  test.each<readonly [what: string, tree: Tree]>([
    ['nothing is disabled', cloudInit],
    ['there is no cloud-init', { 'etc/hostname': 'x' }],
    [
      'a later file configures it',
      { ...disabled, 'etc/cloud/cloud.cfg.d/99-on.cfg': 'network:\n  version: 2\n  ethernets: {}\n' },
    ],
    ['netplan does', { ...disabled, 'etc/netplan/01-dhcp.yaml': 'x' }],
    ['systemd-networkd does', { ...disabled, 'etc/systemd/network/10-dhcp.network': 'x' }],
    ['ifupdown does', { ...disabled, 'etc/network/interfaces': 'auto eth0\niface eth0 inet dhcp\n' }],
    ['NetworkManager does', { ...disabled, 'usr/sbin/NetworkManager': 'x' }],
    [
      'the setting is in no .cfg file',
      { ...cloudInit, 'etc/cloud/cloud.cfg.d/99-off.cfg.bak': 'network: {config: disabled}\n' },
    ],
  ])('is no obstacle if %s', async (_, tree) => {
    expect(await findNetworkObstacle(openFakeFiles(tree), 'root=LABEL=x ro')).toBeUndefined();
  });

  test.each([
    ['network: {config: disabled}', 'disabled'],
    ['network: { "config": "disabled" }  # off', 'disabled'],
    ['network:\n  config: disabled', 'disabled'],
    ["network:\n  # why\n\n  config: 'disabled'\nx: 1", 'disabled'],
    ['network:\n  version: 2\n', 'configured'],
    ['network:\n  config:\n  - type: physical', 'configured'],
    ['#network: {config: disabled}', undefined],
    ['a:\n  network: {config: disabled}', undefined],
    ['', undefined],
  ] as const)('%j is %j', (yaml, setting) => {
    expect(readNetworkSetting(yaml)).toBe(setting);
  });

  test('is reported before the first VM is started', async () => {
    const networkObstacle = { why: why('in /x'), fix: 'do' };
    const ports = {
      steps: { run: async (_: string, work: (log: typeof silentLog) => Promise<unknown>) => work(silentLog) },
    } as unknown as BuildPorts;
    await expect(
      bootClones({ smoke: { enabled: true } } as BuildInputs, { golden: { networkObstacle } } as Proof, ports),
    ).rejects.toMatchObject({ message: why('in /x'), fix: 'do' });
  });
});
