/** Extended attributes by name, e.g. `security.selinux`. Values are as on the disk. */
export type ExtendedAttributes = ReadonlyMap<string, Buffer>;

export const attributesMagic = 0xea02_0000;
const blockHeaderSize = 32;
const entryHeaderSize = 16;
/** Names that the disk stores as a number. Source: Linux, fs/ext4/xattr.h. */
const prefixes: Readonly<Record<number, string>> = {
  1: 'user.',
  2: 'system.posix_acl_access',
  3: 'system.posix_acl_default',
  4: 'trusted.',
  6: 'security.',
  7: 'system.',
};

/** Reads the attributes in an inode. @param inode all its bytes, not only the first 128 */
export function parseInodeAttributes(inode: Buffer): ExtendedAttributes {
  if (inode.length < 132) return new Map();
  const start = 128 + inode.readUInt16LE(128);
  if (start + 4 > inode.length || inode.readUInt32LE(start) !== attributesMagic) return new Map();
  const area = inode.subarray(start + 4);
  return parseEntries(area, area);
}

/** Reads a block of attributes. */
export function parseBlockAttributes(block: Buffer): ExtendedAttributes {
  if (block.length < blockHeaderSize || block.readUInt32LE(0) !== attributesMagic) return new Map();
  return parseEntries(block.subarray(blockHeaderSize), block);
}

/**
 * Entries end with four zero bytes, or at the first that points outside of its area. Values in an inode of their own
 * (ea_inode) are skipped: those are larger than a label or an ACL.
 * @param values what value offsets are relative to
 */
function parseEntries(entries: Buffer, values: Buffer): ExtendedAttributes {
  const attributes = new Map<string, Buffer>();
  for (let at = 0; at + entryHeaderSize <= entries.length && entries.readUInt32LE(at) !== 0; ) {
    const nameLength = entries.readUInt8(at);
    const prefix = prefixes[entries.readUInt8(at + 1)];
    const offset = entries.readUInt16LE(at + 2);
    const inode = entries.readUInt32LE(at + 4);
    const size = entries.readUInt32LE(at + 8);
    const end = at + entryHeaderSize + nameLength;
    if (end > entries.length || (inode === 0 && offset + size > values.length)) break;
    if (prefix !== undefined && inode === 0)
      attributes.set(
        prefix + entries.toString('latin1', at + entryHeaderSize, end),
        Buffer.from(values.subarray(offset, offset + size)),
      );
    at += Math.ceil((entryHeaderSize + nameLength) / 4) * 4;
  }
  return attributes;
}
