/**
 * apt_preferences(5) for an upgrade from security archives only. Packages of other archives (50) never replace an
 * installed version (100), but can be installed if a security update depends on them. The first match counts.
 * The check for due updates uses the same preferences as the upgrade itself.
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
