import { sha256Of } from '../../platform/fs/files.js';

import type { Manifest, ManifestFile } from './manifest.js';
import { debianPackageUrl, goPackageUrl } from './package-url.js';

/** The parts of a version that its bill of materials is built from. */
export type SbomSubject = Pick<
  Manifest,
  'image' | 'version' | 'created' | 'builder' | 'base' | 'daemon' | 'distribution' | 'packages' | 'kernel'
> & {
  readonly files: readonly Pick<ManifestFile, 'role' | 'name' | 'sha256'>[];
};

/** The fields of an SPDX 2.3 document that we set. Source: spdx/spdx-spec, schemas/spdx-schema.json of v2.3. */
export interface SpdxDocument {
  readonly spdxVersion: 'SPDX-2.3';
  readonly dataLicense: 'CC0-1.0';
  readonly SPDXID: 'SPDXRef-DOCUMENT';
  readonly name: string;
  readonly documentNamespace: string;
  readonly creationInfo: { readonly created: string; readonly creators: readonly string[] };
  readonly packages: readonly SpdxPackage[];
  readonly relationships: readonly SpdxRelationship[];
}

interface SpdxPackage {
  readonly SPDXID: string;
  readonly name: string;
  readonly versionInfo?: string | undefined;
  readonly packageFileName?: string;
  readonly primaryPackagePurpose?: 'APPLICATION' | 'OPERATING_SYSTEM';
  readonly supplier: 'NOASSERTION';
  readonly downloadLocation: string;
  readonly filesAnalyzed: false;
  readonly checksums: readonly { readonly algorithm: 'SHA256'; readonly checksumValue: string }[] | undefined;
  readonly sourceInfo?: string;
  readonly licenseConcluded: 'NOASSERTION';
  readonly licenseDeclared: 'NOASSERTION';
  readonly copyrightText: 'NOASSERTION';
  readonly externalRefs:
    | readonly {
        readonly referenceCategory: 'PACKAGE-MANAGER';
        readonly referenceType: 'purl';
        readonly referenceLocator: string;
      }[]
    | undefined;
}

interface SpdxRelationship {
  readonly spdxElementId: string;
  readonly relationshipType: 'DESCRIBES' | 'CONTAINS' | 'DESCENDANT_OF';
  readonly relatedSpdxElement: string;
}

/**
 * The bill of materials of a version, in SPDX 2.3: its files, the base, each installed package, the daemon and its Go
 * modules. The same version gives the same document. Licences are not detected.
 */
export function toSpdx(version: SbomSubject): SpdxDocument {
  const name = `${version.image}.${version.version}`;
  const image = version.files.find(({ role }) => role === 'image');
  const files = toFileElements(version);
  const base = toBaseElement(version.base);
  const system = toSystemElement(version);
  const packages = version.packages.map((one) => toDebianElement(one, version.distribution));
  const daemon = toDaemonElement(version.daemon);
  const modules = toModuleElements(version.daemon);
  const relate = (
    from: string,
    relationshipType: SpdxRelationship['relationshipType'],
    to: readonly SpdxPackage[],
  ): readonly SpdxRelationship[] =>
    to.map(({ SPDXID }) => ({ spdxElementId: from, relationshipType, relatedSpdxElement: SPDXID }));
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name,
    // Must be unique per document. It need not resolve.
    documentNamespace: `https://spdx.org/spdxdocs/${name}-${image?.sha256 ?? ''}`,
    creationInfo: {
      created: version.created.replace(/\.\d+Z$/, 'Z'),
      creators: [`Tool: ${version.builder.tool.replaceAll(' ', '-')}`],
    },
    packages: [...files, base, system, ...packages, daemon, ...modules],
    relationships: [
      ...relate('SPDXRef-DOCUMENT', 'DESCRIBES', files),
      ...relate('SPDXRef-image', 'DESCENDANT_OF', [base]),
      ...relate('SPDXRef-image', 'CONTAINS', [system, daemon]),
      ...relate(system.SPDXID, 'CONTAINS', packages),
      ...relate(daemon.SPDXID, 'CONTAINS', modules),
    ],
  };
}

interface Element
  extends Partial<Pick<SpdxPackage, 'versionInfo' | 'packageFileName' | 'primaryPackagePurpose' | 'sourceInfo'>> {
  readonly id: string;
  readonly name: string;
  readonly url?: string | undefined;
  readonly sha256?: string;
  readonly packageUrl?: string;
}

function toElement({ id, name, url, sha256, packageUrl, ...rest }: Element): SpdxPackage {
  return {
    SPDXID: `SPDXRef-${id}`,
    name,
    ...rest,
    supplier: 'NOASSERTION',
    downloadLocation: url ?? 'NOASSERTION',
    filesAnalyzed: false,
    checksums: sha256 === undefined ? undefined : [{ algorithm: 'SHA256', checksumValue: sha256 }],
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: 'NOASSERTION',
    copyrightText: 'NOASSERTION',
    externalRefs:
      packageUrl === undefined
        ? undefined
        : [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: packageUrl }],
  };
}

/** The version's own files; a layered image's base is described as the base. */
function toFileElements({ image, version, kernel, files }: SbomSubject): readonly SpdxPackage[] {
  return files
    .filter(({ role }) => role !== 'base')
    .map(({ role, name, sha256 }) =>
      toElement({
        id: role,
        name: `${image}.${role}`,
        versionInfo: role === 'image' ? String(version) : kernel.version,
        packageFileName: name,
        sha256,
      }),
    );
}

function toBaseElement({ reference, serial, url, sha256 }: SbomSubject['base']): SpdxPackage {
  return toElement({
    id: 'base',
    name: reference,
    sha256,
    versionInfo: serial,
    url: url?.startsWith('https://') === true ? url : undefined,
  });
}

/** Scanners read the distribution from it. */
function toSystemElement({ distribution }: SbomSubject): SpdxPackage {
  return toElement({
    id: 'operating-system',
    name: distribution?.id ?? 'linux',
    primaryPackagePurpose: 'OPERATING_SYSTEM',
    versionInfo: distribution?.version,
  });
}

function toDebianElement(
  installed: SbomSubject['packages'][number],
  distribution: SbomSubject['distribution'],
): SpdxPackage {
  const { name, version, source } = installed;
  const packageUrl = debianPackageUrl(installed, distribution);
  return toElement({
    id: idOf('deb', name, packageUrl),
    name,
    versionInfo: version,
    packageUrl,
    // Trivy reads it in this form.
    sourceInfo: `built package from: ${source?.name ?? name} ${source?.version ?? version}`,
  });
}

function toDaemonElement({ version, sha256 }: SbomSubject['daemon']): SpdxPackage {
  return toElement({
    id: 'daemon',
    name: 'daytona-daemon',
    primaryPackagePurpose: 'APPLICATION',
    sha256,
    versionInfo: version,
  });
}

/** The Go modules in the daemon, and the standard library, which has vulnerabilities too. */
function toModuleElements({ goVersion, modules }: SbomSubject['daemon']): readonly SpdxPackage[] {
  const library = goVersion === undefined ? [] : [{ path: 'stdlib', version: goVersion.replace(/^go(\S+).*/, '$1') }];
  return [...library, ...modules].map(({ path, version }) => {
    const packageUrl = goPackageUrl(path, version);
    return toElement({ id: idOf('go', path, packageUrl), name: path, versionInfo: version, packageUrl });
  });
}

/** Unique, and the same in every document. SPDX allows letters, digits, dots and dashes only. */
function idOf(kind: string, name: string, packageUrl: string): string {
  return `${kind}-${name.replace(/[^A-Za-z0-9.-]+/g, '-')}-${sha256Of(packageUrl).slice(0, 12)}`;
}
