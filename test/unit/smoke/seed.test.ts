import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { writeProbeScript } from '../../../src/smoke/probe-script.js';
import { seedFiles } from '../../../src/smoke/seed.js';

const script = writeProbeScript({
  unit: "it's.service",
  port: 2280,
  chunks: [3, 7],
  chunkSize: 4194304,
  killDaemon: true,
});
const files = seedFiles({
  name: 'smoke-2',
  macAddress: '52:54:00:c4:00:02',
  network: { address: '10.0.2.15/24', gateway: '10.0.2.2' },
  probeScript: script,
});

describe('seedFiles', () => {
  test('are YAML as cloud-init reads it', () => {
    expect(parse(files['meta-data']!)).toEqual({ 'instance-id': 'smoke-2', 'local-hostname': 'smoke-2' });
    expect(parse(files['network-config']!)).toEqual({
      version: 2,
      ethernets: {
        smoke: {
          match: { macaddress: '52:54:00:c4:00:02' },
          addresses: ['10.0.2.15/24'],
          routes: [{ to: '0.0.0.0/0', via: '10.0.2.2' }],
        },
      },
    });
  });

  test('a guest on a bridge asks for its address', () => {
    const onBridge = seedFiles({
      name: 'smoke-1',
      macAddress: '52:54:00:c4:00:01',
      network: 'dhcp',
      probeScript: script,
    });
    expect(parse(onBridge['network-config']!)).toEqual({
      version: 2,
      ethernets: { smoke: { match: { macaddress: '52:54:00:c4:00:01' }, dhcp4: true } },
    });
  });

  test('the user data starts the probe, detached, from a script that is carried unchanged', () => {
    expect(files['user-data']).toMatch(/^#cloud-config\n/);
    const {
      bootcmd: [command],
    } = parse(files['user-data']!) as { bootcmd: [string] };
    expect(command).toContain(`<<'END_OF_CH_GOLDEN_PROBE'\n${script}END_OF_CH_GOLDEN_PROBE\nsystemd-run --no-block `);
  });
});

describe('writeProbeScript', () => {
  test('says what is asked for, quoted', () => {
    expect(script).toContain(
      "unit='it'\\''s.service'\nport='08E8'\nchunks='3 7'\nchunk_size=4194304\nkill_daemon=yes\n",
    );
  });
});
