import { expect, test } from '@jest/globals';
import { sha256Of } from '../../../../src/platform/fs/files.js';
import { formatDocument } from '../../../../src/platform/document.js';
import { toSpdx, type SbomSubject } from '../../../../src/store/documents/spdx.js';

const subject: SbomSubject = {
  image: 'ubuntu-base',
  version: 3,
  created: '2026-11-23T06:00:00.123Z',
  builder: { tool: 'ch-golden 1.2.3' },
  base: {
    reference: 'noble',
    url: 'https://images.example/noble.img',
    serial: '20261101',
    format: 'qcow2',
    sha256: sha256Of('base'),
    size: 5,
  },
  daemon: {
    version: 'v1.2.3',
    sha256: sha256Of('daemon'),
    size: 9,
    goVersion: 'go1.26.8 X:example',
    modules: [
      { path: 'github.com/Example/Daemon', version: '(devel)' },
      { path: 'gopkg.in/yaml.v3', version: 'v3.0.1+incompatible' },
    ],
  },
  distribution: { id: 'ubuntu', version: '24.04' },
  packages: [
    {
      name: 'libstdc++6',
      version: '1:14.2.0-4~24.04',
      architecture: 'amd64',
      source: { name: 'gcc-14', version: '14.2.0-4' },
    },
    { name: 'openssl', version: '3.0.13-0ubuntu3', architecture: 'amd64' },
  ],
  kernel: { version: '6.8.0-90-generic' },
  files: [
    { role: 'image', name: 'ubuntu-base.3.qcow2', sha256: sha256Of('image') },
    { role: 'kernel', name: 'ubuntu-base.3.vmlinuz', sha256: sha256Of('kernel') },
    { role: 'initramfs', name: 'ubuntu-base.3.initramfs', sha256: sha256Of('initramfs') },
    { role: 'base', name: `${sha256Of('base')}.img`, sha256: sha256Of('base') },
  ],
};
const sbom = toSpdx(subject);
const find = (name: string): (typeof sbom.packages)[number] => sbom.packages.find((one) => one.name === name)!;
const urlsOf = (document: typeof sbom): readonly string[] =>
  document.packages.flatMap(({ externalRefs = [] }) => externalRefs.map(({ referenceLocator }) => referenceLocator));

test('names itself by the image, and the moment by the second', () => {
  expect(sbom).toMatchObject({
    name: 'ubuntu-base.3',
    documentNamespace: `https://spdx.org/spdxdocs/ubuntu-base.3-${sha256Of('image')}`,
    creationInfo: { created: '2026-11-23T06:00:00Z', creators: ['Tool: ch-golden-1.2.3'] },
  });
});

test('has the files with their checksums, the base once, and the daemon', () => {
  expect(
    sbom.packages
      .filter(({ checksums }) => checksums !== undefined)
      .map(({ name, versionInfo, packageFileName, checksums }) => [
        name,
        versionInfo,
        packageFileName,
        checksums?.[0]?.checksumValue,
      ]),
  ).toEqual([
    ['ubuntu-base.image', '3', 'ubuntu-base.3.qcow2', sha256Of('image')],
    ['ubuntu-base.kernel', '6.8.0-90-generic', 'ubuntu-base.3.vmlinuz', sha256Of('kernel')],
    ['ubuntu-base.initramfs', '6.8.0-90-generic', 'ubuntu-base.3.initramfs', sha256Of('initramfs')],
    ['noble', '20261101', undefined, sha256Of('base')],
    ['daytona-daemon', 'v1.2.3', undefined, sha256Of('daemon')],
  ]);
  expect(find('noble').downloadLocation).toBe('https://images.example/noble.img');
});

test('names what scanners look up: packages, their sources, modules, the standard library', () => {
  expect(urlsOf(sbom)).toEqual([
    'pkg:deb/ubuntu/libstdc%2B%2B6@1:14.2.0-4~24.04?arch=amd64&distro=ubuntu-24.04&upstream=gcc-14%4014.2.0-4',
    'pkg:deb/ubuntu/openssl@3.0.13-0ubuntu3?arch=amd64&distro=ubuntu-24.04',
    'pkg:golang/stdlib@1.26.8',
    'pkg:golang/github.com/example/daemon',
    'pkg:golang/gopkg.in/yaml.v3@v3.0.1%2Bincompatible',
  ]);
  expect(find('libstdc++6').sourceInfo).toBe('built package from: gcc-14 14.2.0-4');
  expect(find('openssl').sourceInfo).toBe('built package from: openssl 3.0.13-0ubuntu3');
});

test('says what holds what; everything is held once', () => {
  const name = (id: string): string => sbom.packages.find(({ SPDXID }) => SPDXID === id)?.name ?? id;
  const relations = sbom.relationships.map(
    ({ spdxElementId, relationshipType, relatedSpdxElement }) =>
      `${name(spdxElementId)} ${relationshipType} ${name(relatedSpdxElement)}`,
  );
  expect(relations).toEqual([
    'SPDXRef-DOCUMENT DESCRIBES ubuntu-base.image',
    'SPDXRef-DOCUMENT DESCRIBES ubuntu-base.kernel',
    'SPDXRef-DOCUMENT DESCRIBES ubuntu-base.initramfs',
    'ubuntu-base.image DESCENDANT_OF noble',
    'ubuntu-base.image CONTAINS ubuntu',
    'ubuntu-base.image CONTAINS daytona-daemon',
    'ubuntu CONTAINS libstdc++6',
    'ubuntu CONTAINS openssl',
    'daytona-daemon CONTAINS stdlib',
    'daytona-daemon CONTAINS github.com/Example/Daemon',
    'daytona-daemon CONTAINS gopkg.in/yaml.v3',
  ]);
});

test('identifiers are unique and of the letters that are allowed', () => {
  const versions = ['a+b', 'a-b', 'a_b'].flatMap((name) =>
    ['amd64', 'i386'].map((architecture) => ({ name, version: '1', architecture })),
  );
  const ids = toSpdx({ ...subject, packages: versions }).packages.map(({ SPDXID }) => SPDXID);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/);
});

test('the same version makes the same bytes', () => {
  expect(formatDocument(toSpdx(JSON.parse(JSON.stringify(subject)) as SbomSubject))).toEqual(formatDocument(sbom));
});

test('what is not known is left out, or asserted by nobody', () => {
  const bare = toSpdx({
    image: 'ubuntu-base',
    version: 3,
    created: subject.created,
    builder: subject.builder,
    kernel: subject.kernel,
    files: subject.files,
    base: {
      reference: '/images/base.img',
      url: 'file:///images/base.img',
      format: 'raw',
      sha256: sha256Of('base'),
      size: 5,
    },
    daemon: { sha256: sha256Of('daemon'), size: 9, modules: [] },
    packages: [{ name: 'openssl', version: '3', architecture: 'amd64' }],
  });
  expect(urlsOf(bare)).toEqual(['pkg:deb/debian/openssl@3?arch=amd64']);
  expect(bare.packages.find(({ SPDXID }) => SPDXID === 'SPDXRef-base')).toEqual({
    SPDXID: 'SPDXRef-base',
    name: '/images/base.img',
    supplier: 'NOASSERTION',
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    checksums: [{ algorithm: 'SHA256', checksumValue: sha256Of('base') }],
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: 'NOASSERTION',
    copyrightText: 'NOASSERTION',
  });
});
