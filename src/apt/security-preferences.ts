/**
 * apt_preferences(5) for an upgrade from security archives alone: what other archives have (50) never replaces an installed
 * version (100), but can be installed where a security update needs it and nothing of it is there. The first match counts.
 * Whether an upgrade is due is decided by the same as the upgrade itself.
 */
export const securityPreferences = (
  [
    ['n=*-security', 990],
    ['a=*-security', 990],
    ['l=*Security*', 990],
    ['a=now', 100],
    ['*', 50],
  ] as const
)
  .map(([release, priority]) => `Package: *\nPin: release ${release}\nPin-Priority: ${priority}\n`)
  .join('\n');
