import type { InstalledPackage } from '../../apt/installed-packages.js';
import type { Distribution } from '../../image/golden-image.js';

/**
 * `pkg:deb/ubuntu/openssl@3.0.13-0ubuntu3?arch=amd64&distro=ubuntu-24.04`: scanners look up vulnerabilities by it.
 * Source: package-url/purl-spec.
 */
export function debianPackageUrl(
  { name, version, architecture, source }: InstalledPackage,
  distribution: Distribution | undefined,
): string {
  const qualifiers = [
    ['arch', architecture],
    ['distro', distribution?.version === undefined ? undefined : `${distribution.id}-${distribution.version}`],
    // Advisories name source packages. syft writes this qualifier and grype reads it.
    ['upstream', source === undefined ? undefined : `${source.name}@${source.version}`],
  ].flatMap(([key = '', value = '']) => (value === '' ? [] : [`${key}=${encode(value)}`]));
  return `pkg:deb/${encode(distribution?.id ?? 'debian')}/${encode(name)}@${encode(version)}?${qualifiers.join('&')}`;
}

/** `pkg:golang/golang.org/x/sys@v0.30.0`. A module that was built from a directory has no version. */
export function goPackageUrl(path: string, version: string): string {
  const name = path.toLowerCase().split('/').map(encode).join('/');
  return `pkg:golang/${name}${version === '(devel)' ? '' : `@${encode(version)}`}`;
}

/** The specification leaves colons unescaped. */
function encode(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%3A', ':')
    .replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}
