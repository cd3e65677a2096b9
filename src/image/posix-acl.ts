/** POSIX ACLs as ext4 stores them. Source: Linux, fs/ext4/acl.h and posix_acl(5). */
const version = 1;
const tags = { owner: 0x01, user: 0x02, ownerGroup: 0x04, group: 0x08, mask: 0x10, other: 0x20 } as const;

interface AclEntry {
  readonly tag: number;
  /** Where its permissions are, in bytes. */
  readonly at: number;
}

/**
 * The access ACL of a file with this mode, as after chmod(2).
 * @param acl the file's access ACL, or its directory's default ACL
 * @returns undefined if the mode expresses the same, or if the ACL is damaged
 */
export function applyMode(acl: Buffer, mode: number): Buffer | undefined {
  const entries = tryParseAcl(acl);
  const hasMask = entries?.some(({ tag }) => tag === tags.mask);
  if (entries === undefined || hasMask !== true) return undefined;
  const changed = Buffer.from(acl);
  const permissions = new Map<number, number>([
    [tags.owner, mode >> 6],
    [tags.mask, mode >> 3],
    [tags.other, mode],
  ]);
  for (const { tag, at } of entries) {
    const bits = permissions.get(tag);
    if (bits !== undefined) changed.writeUInt16LE(bits & 7, at);
  }
  return changed;
}

/** Only ACLs with users or groups have a mask, and must have one. */
function tryParseAcl(acl: Buffer): readonly AclEntry[] | undefined {
  if (acl.length < 4 || acl.readUInt32LE(0) !== version) return undefined;
  const entries: AclEntry[] = [];
  for (let at = 4; at < acl.length; ) {
    if (at + 4 > acl.length) return undefined;
    const tag = acl.readUInt16LE(at);
    entries.push({ tag, at: at + 2 });
    at += tag === tags.user || tag === tags.group ? 8 : 4;
    if (at > acl.length) return undefined;
  }
  return entries;
}
