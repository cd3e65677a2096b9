import { Failure } from '../platform/errors.js';

/** The words of a superblock that hold features. */
type FeatureWord = 'compatible' | 'incompatible' | 'readOnlyCompatible';

const wordOffsets: Readonly<Record<FeatureWord, number>> = {
  compatible: 0x5c,
  incompatible: 0x60,
  readOnlyCompatible: 0x64,
};

/** Names as in mke2fs(8) and tune2fs(8), by bit. Source: e2fsprogs, lib/ext2fs/ext2_fs.h. */
const featureNames: Readonly<Record<FeatureWord, readonly string[]>> = {
  compatible: [
    'dir_prealloc',
    'imagic_inodes',
    'has_journal',
    'ext_attr',
    'resize_inode',
    'dir_index',
    'lazy_bg',
    'exclude_inode',
    'exclude_bitmap',
    'sparse_super2',
    'fast_commit',
    'stable_inodes',
    'orphan_file',
  ],
  incompatible: [
    'compression',
    'filetype',
    'needs_recovery',
    'journal_dev',
    'meta_bg',
    '',
    'extent',
    '64bit',
    'mmp',
    'flex_bg',
    'ea_inode',
    '',
    'dirdata',
    'metadata_csum_seed',
    'large_dir',
    'inline_data',
    'encrypt',
    'casefold',
  ],
  readOnlyCompatible: [
    'sparse_super',
    'large_file',
    'btree_dir',
    'huge_file',
    'uninit_bg',
    'dir_nlink',
    'extra_isize',
    'snapshot',
    'quota',
    'bigalloc',
    'metadata_csum',
    'replica',
    'read-only',
    'project',
    'shared_blocks',
    'verity',
    'orphan_present',
  ],
};

/** Features that do not change how files are found and read. */
const readable = new Set([
  'filetype',
  'extent',
  '64bit',
  'mmp',
  'flex_bg',
  'ea_inode',
  'metadata_csum_seed',
  'large_dir',
  'casefold',
]);

/** Features that debugfs corrupts when it writes, or that forbid writing, and whether tune2fs can remove them. */
const uneditable: ReadonlyMap<string, 'removable' | 'fixed'> = new Map([
  ['quota', 'removable'],
  ['project', 'removable'],
  ['read-only', 'removable'],
  ['shared_blocks', 'fixed'],
  ['snapshot', 'fixed'],
  ['replica', 'fixed'],
  ['btree_dir', 'fixed'],
]);

/** The names of a superblock's features. A bit without a name is `incompatible feature 0x…`. */
export function parseFeatures(superblock: Buffer): readonly string[] {
  return (Object.keys(wordOffsets) as readonly FeatureWord[]).flatMap((word) => {
    const bits = superblock.readUInt32LE(wordOffsets[word]);
    return Array.from({ length: 32 }, (_, bit) => bit)
      .filter((bit) => ((bits >>> bit) & 1) === 1)
      .map((bit) => nameFeature(word, bit));
  });
}

function nameFeature(word: FeatureWord, bit: number): string {
  const name = featureNames[word][bit] ?? '';
  return name === '' ? `${word} feature 0x${(2 ** bit).toString(16)}` : name;
}

/** @throws Failure for a filesystem whose files cannot be found or read by an offline reader */
export function assertReadableFeatures(superblock: Buffer): void {
  const features = parseFeatures(superblock);
  if (features.includes('needs_recovery')) {
    throw new Failure('the ext4 filesystem was not unmounted cleanly: its journal must be replayed', {
      fix: 'run e2fsck -f on it, or use another base',
    });
  }
  const incompatible = new Set(featureNames.incompatible.filter((name) => name !== '' && !readable.has(name)));
  const unreadable = features.filter((name) => incompatible.has(name) || name.startsWith('incompatible feature'));
  if (unreadable.length === 0) return;
  const without = unreadable.map((name) => `^${name}`).join(',');
  throw new Failure(`the ext4 filesystem has ${nameFeatures(unreadable)}, which cannot be edited offline`, {
    fix:
      `create the base's filesystem without ${unreadable.length === 1 ? 'it' : 'them'} (mke2fs -O ${without}), ` +
      'or use another base',
  });
}

/** @throws Failure for a filesystem that can be read, but not edited; `partition` is its number, 0 for a whole disk */
export function assertEditable(features: readonly string[], partition: number): void {
  const found = features.filter((name) => uneditable.has(name) || name.startsWith('readOnlyCompatible feature'));
  if (found.length === 0) return;
  const isRemovable = found.every((name) => uneditable.get(name) === 'removable');
  const place = partition === 0 ? 'the disk' : `partition ${partition}`;
  throw new Failure(`the ext4 filesystem of ${place} has ${nameFeatures(found)}, which cannot be edited offline`, {
    fix: isRemovable
      ? `remove it from the base: tune2fs -O ${found.map((name) => `^${name}`).join(',')} on ${place}`
      : "create the base's filesystem without it, or use another base",
  });
}

function nameFeatures(names: readonly string[]): string {
  return `the feature${names.length === 1 ? '' : 's'} ${names.join(' and ')}`;
}
