import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 706:
/***/ ((__webpack_module__, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var _run_mount_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(745);

process.exit(await (0,_run_mount_js__WEBPACK_IMPORTED_MODULE_0__/* .runMount */ .F)(process.env));

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ }),

/***/ 745:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  F: () => (/* binding */ runMount)
});

;// CONCATENATED MODULE: external "node:events"
const external_node_events_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:events");
;// CONCATENATED MODULE: external "node:readline"
const external_node_readline_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:readline");
;// CONCATENATED MODULE: external "node:util"
const external_node_util_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:util");
;// CONCATENATED MODULE: ./build/platform/format.js
/** `812 ms`, `4.2 s`, `3 min 5 s`. */
function formatDuration(milliseconds) {
    if (milliseconds < 1000)
        return `${Math.round(milliseconds)} ms`;
    const seconds = milliseconds / 1000;
    if (seconds < 60)
        return `${seconds.toFixed(1)} s`;
    return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}
/** `512 B`, `1.4 KiB`, `57.3 MiB`. */
function formatBytes(bytes) {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log(bytes) / Math.log(1024)));
    const value = bytes / 1024 ** power;
    return `${power === 0 || Number.isInteger(value) ? value : value.toFixed(1)} ${units[power] ?? ''}`;
}
/** `1 clone`, `2 clones`: for nouns that take an s. */
function formatCount(count, noun) {
    return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
/** A foreign text on one line, without characters that drive a terminal or a log, or turn the direction of a text. */
function sanitizeLine(text, longest = 400) {
    const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g, ' ').trimEnd();
    return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
/** What JSON leaves as it is, though it drives a terminal or turns the direction of a text. */
const unprintable = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
/** A foreign text in quotes, for a message: shortened, and with escapes in the place of all that is not to be printed. */
function format_quoteText(text, longest = 120) {
    return JSON.stringify(text.length > longest ? `${text.slice(0, longest)}…` : text).replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

;// CONCATENATED MODULE: ./build/platform/errors.js


/** Characters of a message, and of what fixes it. Parts of both are foreign texts. */
const longestLine = 2000;
/**
 * The one error type that this product throws on purpose.
 * `message` is one line: what is wrong, and where.
 */
class errors_Failure extends Error {
    fix;
    evidence;
    constructor(message, details = {}) {
        super(sanitizeLine(message, longestLine), { cause: details.cause });
        this.name = new.target.name;
        this.fix = details.fix === undefined ? undefined : sanitizeLine(details.fix, longestLine);
        this.evidence = details.evidence ?? [];
    }
}
/** Wrong input or flags: exit code 2. */
class errors_UsageError extends (/* unused pure expression or super */ null && (errors_Failure)) {
}
/** A program ended badly, was ended for taking too long, or could not be started. */
class ToolError extends errors_Failure {
    argv;
    /** Undefined where a signal ended it. */
    exitCode;
    constructor(message, argv, exitCode, details = {}) {
        super(message, details);
        this.argv = argv;
        this.exitCode = exitCode;
    }
}
/** The run was asked to end: SIGINT, SIGTERM, or a caller's abort. */
class CancelledError extends errors_Failure {
}
/** Why what was thrown was thrown: an AbortError of Node hides the reason that its signal was given. */
function reasonOf(thrown) {
    return types.isNativeError(thrown) && thrown.name === 'AbortError' && thrown.cause !== undefined
        ? thrown.cause
        : thrown;
}
/** The message of anything that was thrown. */
function errorMessage(thrown) {
    return external_node_util_namespaceObject.types.isNativeError(thrown) ? thrown.message : String(thrown);
}
/** True for an error of the operating system with this code, such as `ENOENT`. */
function hasCode(thrown, code) {
    // Not `instanceof`: under jest, Node's own errors come from another realm.
    return external_node_util_namespaceObject.types.isNativeError(thrown) && 'code' in thrown && thrown.code === code;
}

;// CONCATENATED MODULE: ./build/platform/progress/log.js
/** For work whose talk nobody reads, and for tests. */
const silentLog = {
    info: () => undefined,
    detail: () => undefined,
    warn: () => undefined,
    progress: () => undefined,
};

;// CONCATENATED MODULE: external "node:fs/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs/promises");
;// CONCATENATED MODULE: ./build/disk/block-reader.js

/** A part of a disk as a disk of its own: a partition. */
function sliceReader(reader, start, size) {
    return {
        size,
        read: async (offset, length) => {
            if (offset < 0 || length < 0 || offset + length > size) {
                throw new errors_Failure(`read of ${length} bytes at ${offset} is outside of a partition of ${size} bytes`);
            }
            return reader.read(start + offset, length);
        },
    };
}

;// CONCATENATED MODULE: ./build/disk/ext4-features.js

const wordOffsets = {
    compatible: 0x5c,
    incompatible: 0x60,
    readOnlyCompatible: 0x64,
};
/** Names as mke2fs(8) and tune2fs(8) have them; by bit. Source: e2fsprogs, lib/ext2fs/ext2_fs.h. */
const featureNames = {
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
/** What changes nothing in how files are found and read. */
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
/**
 * What debugfs opens for writing and leaves inconsistent, or what forbids writing; with the tune2fs option that removes it, if one does.
 */
const uneditable = new Map([
    ['quota', 'removable'],
    ['project', 'removable'],
    ['read-only', 'removable'],
    ['shared_blocks', 'fixed'],
    ['snapshot', 'fixed'],
    ['replica', 'fixed'],
    ['btree_dir', 'fixed'],
]);
/** The names of the features that a superblock has set; a bit without a name as `incompatible feature 0x…`. */
function parseFeatures(superblock) {
    return Object.keys(wordOffsets).flatMap((word) => {
        const bits = superblock.readUInt32LE(wordOffsets[word]);
        return Array.from({ length: 32 }, (_, bit) => bit)
            .filter((bit) => ((bits >>> bit) & 1) === 1)
            .map((bit) => nameFeature(word, bit));
    });
}
function nameFeature(word, bit) {
    const name = featureNames[word][bit] ?? '';
    return name === '' ? `${word} feature 0x${(2 ** bit).toString(16)}` : name;
}
/** @throws Failure for a filesystem whose files cannot be found or read by an offline reader */
function assertReadableFeatures(superblock) {
    const features = parseFeatures(superblock);
    if (features.includes('needs_recovery')) {
        throw new errors_Failure('the ext4 filesystem was not unmounted cleanly: its journal has to be replayed', {
            fix: 'run e2fsck -f on it, or use another base',
        });
    }
    const incompatible = new Set(featureNames.incompatible.filter((name) => name !== '' && !readable.has(name)));
    const unreadable = features.filter((name) => incompatible.has(name) || name.startsWith('incompatible feature'));
    if (unreadable.length === 0)
        return;
    throw new errors_Failure(`the ext4 filesystem has ${nameFeatures(unreadable)}, which cannot be edited offline`, {
        fix: `make the base's filesystem without ${unreadable.length === 1 ? 'it' : 'them'} (mke2fs -O ${unreadable.map((name) => `^${name}`).join(',')}), or use another base`,
    });
}
/** @throws Failure for a filesystem that can be read, but not edited; `partition` is its number, 0 for a whole disk */
function assertEditable(features, partition) {
    const found = features.filter((name) => uneditable.has(name) || name.startsWith('readOnlyCompatible feature'));
    if (found.length === 0)
        return;
    const isRemovable = found.every((name) => uneditable.get(name) === 'removable');
    const place = partition === 0 ? 'the disk' : `partition ${partition}`;
    throw new Failure(`the ext4 filesystem of ${place} has ${nameFeatures(found)}, which cannot be edited offline`, {
        fix: isRemovable
            ? `remove it from the base: tune2fs -O ${found.map((name) => `^${name}`).join(',')} on ${place}`
            : "make the base's filesystem without it, or use another base",
    });
}
function nameFeatures(names) {
    return `the feature${names.length === 1 ? '' : 's'} ${names.join(' and ')}`;
}

;// CONCATENATED MODULE: ./build/disk/ext4-reader.js


const rootInode = 2;
const magic = 0xef53;
const has64bit = 0x80;
const hasExtents = 0x40;
const inodeFlag = { inlineData: 0x1000_0000, extents: 0x8_0000, encrypted: 0x800 };
const kinds = { 0x4000: 'directory', 0x8000: 'file', 0xa000: 'link' };
const extentMagic = 0xf30a;
const uninitialised = 32768;
const largestDirectory = 4 * 1024 ** 2;
const mostRuns = 500_000;
const pieceSize = 4 * 1024 ** 2;
/** True where a partition holds an ext filesystem. */
async function isExt4(partition) {
    return partition.size >= 4096 && isExt4Superblock(await partition.read(0, 4096));
}
/** As `isExt4`, by the first bytes of a partition. */
function isExt4Superblock(start) {
    return start.length >= 2048 && start.readUInt16LE(1024 + 0x38) === magic;
}
/** @throws Failure where the filesystem is not one that can be read, or was not unmounted cleanly. */
async function openExt4(partition) {
    const superblock = await partition.read(1024, 1024);
    const geometry = parseSuperblock(superblock, partition.size);
    const blocks = cacheBlocks(partition, geometry.blockSize);
    const readContent = async function* (inode) {
        yield* readRuns(blocks, geometry, inode, await mapBlocks(blocks, geometry, inode));
    };
    return {
        label: superblock.toString('utf8', 0x78, 0x88).replace(/\0.*$/s, ''),
        uuid: superblock.toString('hex', 0x68, 0x78).replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
        blockSize: geometry.blockSize,
        lastWrite: superblock.readUInt32LE(0x30),
        hasExtents: (superblock.readUInt32LE(0x60) & hasExtents) !== 0,
        features: parseFeatures(superblock),
        size: geometry.blockCount * geometry.blockSize,
        freeBytes: countFree(superblock) * geometry.blockSize,
        getInode: async (number) => readInode(blocks, geometry, number),
        readDirectory: async (inode) => {
            if (inode.kind !== 'directory')
                throw new errors_Failure(`inode ${inode.number} is no directory`);
            return parseDirectory(await collect(readContent(inode), inode, largestDirectory), geometry.blockSize);
        },
        readLink: async (inode) => inode.size < 60
            ? inode.blockMap.toString('utf8', 0, inode.size)
            : (await collect(readContent(inode), inode, 4096)).toString('utf8'),
        readContent,
        listRuns: async (inode) => mapBlocks(blocks, geometry, inode),
    };
}
function parseSuperblock(superblock, partitionSize) {
    if (superblock.readUInt16LE(0x38) !== magic)
        throw new errors_Failure('no ext4 filesystem');
    assertReadableFeatures(superblock);
    const is64bit = uses64bit(superblock);
    const blockSize = 2 ** (10 + superblock.readUInt32LE(0x18));
    const blockCount = superblock.readUInt32LE(0x4) + (is64bit ? superblock.readUInt32LE(0x150) * 2 ** 32 : 0);
    const inodeSize = superblock.readUInt32LE(0x4c) === 0 ? 128 : superblock.readUInt16LE(0x58);
    const geometry = {
        blockSize,
        blockCount,
        inodeSize,
        inodeCount: superblock.readUInt32LE(0),
        inodesPerGroup: superblock.readUInt32LE(0x28),
        descriptorSize: is64bit ? superblock.readUInt16LE(0xfe) : 32,
        // bigalloc counts from block 0 also if blocks of 1,024 bytes put the superblock into block 1.
        descriptorsAt: (Math.max(superblock.readUInt32LE(0x14), blockSize === 1024 ? 1 : 0) + 1) * blockSize,
    };
    if (!isSane(geometry, partitionSize))
        throw new errors_Failure('the ext4 superblock is damaged', { fix: 'run e2fsck -f on it, or use another base' });
    return geometry;
}
function isSane(geometry, partitionSize) {
    const { blockSize, inodeSize, descriptorSize } = geometry;
    return (blockSize <= 65536 &&
        geometry.blockCount * blockSize <= partitionSize &&
        geometry.inodesPerGroup > 0 &&
        inodeSize >= 128 &&
        inodeSize <= blockSize &&
        descriptorSize >= 32 &&
        descriptorSize <= 1024);
}
function uses64bit(superblock) {
    return (superblock.readUInt32LE(0x60) & has64bit) !== 0;
}
/** Blocks. Root's reserve is not counted. */
function countFree(superblock) {
    const [reserved = 0, free = 0] = [
        [0x8, 0x154],
        [0xc, 0x158],
    ].map(([low, high]) => superblock.readUInt32LE(low) + (uses64bit(superblock) ? superblock.readUInt32LE(high) * 2 ** 32 : 0));
    return Math.max(0, free - reserved);
}
/**
 * Metadata, directories and small files lie close together: windows of 64 KiB are kept. That is a cluster of qcow2, which
 * QEMU decompresses as a whole, and anew for each request.
 */
function cacheBlocks(partition, blockSize) {
    const windowSize = Math.max(64 * 1024, blockSize);
    const mostWindows = 1024;
    const windows = new Map();
    const getWindow = async (index) => {
        const known = windows.get(index);
        if (known !== undefined)
            return known;
        const start = index * windowSize;
        const loading = partition.read(start, Math.min(windowSize, partition.size - start));
        windows.set(index, loading);
        const [oldest] = windows.keys();
        if (windows.size > mostWindows && oldest !== undefined)
            windows.delete(oldest);
        return loading;
    };
    return {
        read: async (offset, length) => {
            const index = Math.floor(offset / windowSize);
            if (offset < 0 || offset + length > partition.size)
                throw new errors_Failure('the ext4 filesystem points outside of itself');
            if (offset + length > (index + 1) * windowSize)
                return partition.read(offset, length);
            return (await getWindow(index)).subarray(offset - index * windowSize, offset - index * windowSize + length);
        },
    };
}
async function readInode(blocks, geometry, number) {
    if (number < 1 || number > geometry.inodeCount)
        throw new errors_Failure(`the ext4 filesystem names inode ${number}, which it does not have`);
    const group = Math.floor((number - 1) / geometry.inodesPerGroup);
    const descriptor = await blocks.read(geometry.descriptorsAt + group * geometry.descriptorSize, geometry.descriptorSize);
    const table = descriptor.readUInt32LE(8) + (geometry.descriptorSize >= 64 ? descriptor.readUInt32LE(0x28) * 2 ** 32 : 0);
    const at = table * geometry.blockSize + ((number - 1) % geometry.inodesPerGroup) * geometry.inodeSize;
    const raw = await blocks.read(at, 128);
    const mode = raw.readUInt16LE(0);
    return {
        number,
        kind: kinds[mode & 0xf000] ?? 'other',
        mode: mode & 0o7777,
        uid: raw.readUInt16LE(2) + raw.readUInt16LE(0x78) * 65536,
        gid: raw.readUInt16LE(0x18) + raw.readUInt16LE(0x7a) * 65536,
        size: raw.readUInt32LE(4) + raw.readUInt32LE(0x6c) * 2 ** 32,
        modified: raw.readUInt32LE(0x10),
        links: raw.readUInt16LE(0x1a),
        flags: raw.readUInt32LE(0x20),
        attributeBlock: raw.readUInt32LE(0x68) + raw.readUInt16LE(0x76) * 2 ** 32,
        blockMap: Buffer.from(raw.subarray(0x28, 0x28 + 60)),
    };
}
async function mapBlocks(blocks, geometry, inode) {
    if ((inode.flags & (inodeFlag.inlineData | inodeFlag.encrypted)) !== 0) {
        throw new errors_Failure(`inode ${inode.number} is inline or encrypted and cannot be read offline`);
    }
    const runs = (inode.flags & inodeFlag.extents) !== 0
        ? await readExtents(blocks, geometry, inode.blockMap, 5)
        : await readBlockMap(blocks, geometry, inode);
    return [...runs].sort((a, b) => a.first - b.first);
}
async function readExtents(blocks, geometry, node, deepest) {
    const entries = node.readUInt16LE(2);
    const depth = node.readUInt16LE(6);
    if (node.readUInt16LE(0) !== extentMagic || depth > deepest || 12 + entries * 12 > node.length) {
        throw new errors_Failure('the ext4 filesystem is damaged: a broken extent tree');
    }
    const records = Array.from({ length: entries }, (_, index) => node.subarray(12 + index * 12, 24 + index * 12));
    if (depth === 0)
        return records.map(parseExtent);
    const children = [];
    for (const record of records) {
        const block = record.readUInt32LE(4) + record.readUInt16LE(8) * 2 ** 32;
        const child = await blocks.read(block * geometry.blockSize, geometry.blockSize);
        const runs = await readExtents(blocks, geometry, child, depth - 1);
        // Without this a few blocks that name each other and nothing else make a tree of billions of nodes.
        if (runs.length === 0)
            throw new errors_Failure('the ext4 filesystem is damaged: an empty node in an extent tree');
        for (const run of runs)
            children.push(run);
        checkRuns(children);
    }
    return children;
}
function parseExtent(record) {
    const length = record.readUInt16LE(4);
    const start = record.readUInt32LE(8) + record.readUInt16LE(6) * 2 ** 32;
    const first = record.readUInt32LE(0);
    const isWritten = length <= uninitialised;
    return { first, count: isWritten ? length : length - uninitialised, start, isWritten };
}
function checkRuns(runs) {
    if (runs.length > mostRuns)
        throw new errors_Failure(`the ext4 filesystem has a file in more than ${mostRuns} pieces`);
}
/** The block map of ext2 and ext3: twelve direct blocks, then one, two and three levels of tables. */
async function readBlockMap(blocks, geometry, inode) {
    const runs = [];
    const wanted = Math.ceil(inode.size / geometry.blockSize);
    const perTable = geometry.blockSize / 4;
    let next = 0;
    const visit = async (block, level) => {
        if (next >= wanted)
            return;
        if (level === 0 || block === 0) {
            const count = perTable ** level;
            runs.push({ first: next, count, start: block === 0 ? undefined : block, isWritten: true });
            checkRuns(runs);
            next += count;
            return;
        }
        const table = await blocks.read(block * geometry.blockSize, geometry.blockSize);
        for (let index = 0; index < perTable && next < wanted; index++)
            await visit(table.readUInt32LE(index * 4), level - 1);
    };
    for (let index = 0; index < 15; index++)
        await visit(inode.blockMap.readUInt32LE(index * 4), Math.max(0, index - 11));
    return runs;
}
async function* readRuns(blocks, geometry, inode, runs) {
    let done = 0;
    for (const run of runs) {
        const from = Math.max(run.first * geometry.blockSize, done);
        const to = Math.min((run.first + run.count) * geometry.blockSize, inode.size);
        yield* zeros(Math.min(from, inode.size) - done);
        for (let at = from; at < to; at += pieceSize) {
            const length = Math.min(pieceSize, to - at);
            yield run.start === undefined || !run.isWritten
                ? Buffer.alloc(length)
                : await blocks.read(run.start * geometry.blockSize + at - run.first * geometry.blockSize, length);
        }
        done = Math.max(done, to);
    }
    yield* zeros(inode.size - done);
}
function* zeros(length) {
    for (let rest = length; rest > 0; rest -= pieceSize)
        yield Buffer.alloc(Math.min(rest, pieceSize));
}
async function collect(content, inode, largest) {
    if (inode.size > largest)
        throw new errors_Failure(`inode ${inode.number} of ${inode.size} bytes is larger than ${largest} bytes`);
    const pieces = [];
    for await (const piece of content)
        pieces.push(piece);
    return Buffer.concat(pieces);
}
/** Hashed directories read the same way: their index blocks look like one unused entry. */
function parseDirectory(content, blockSize) {
    const entries = [];
    for (let at = 0; at + 8 <= content.length;) {
        const inode = content.readUInt32LE(at);
        const length = content.readUInt16LE(at + 4);
        const nameLength = content.readUInt8(at + 6);
        if (length < 8 || length % 4 !== 0 || (at % blockSize) + length > blockSize || nameLength + 8 > length) {
            throw new errors_Failure('the ext4 filesystem is damaged: a broken directory');
        }
        const name = content.toString('utf8', at + 8, at + 8 + nameLength);
        if (inode !== 0 && name !== '.' && name !== '..')
            entries.push({ name: checkName(name), inode });
        at += length;
    }
    return entries;
}
function checkName(name) {
    if (name === '' || name.includes('/') || name.includes('\0'))
        throw new errors_Failure('the ext4 filesystem is damaged: an impossible file name');
    return name;
}

;// CONCATENATED MODULE: ./build/disk/identify-filesystem.js
const identify_filesystem_text = (value) => Buffer.from(value, 'latin1');
const hex = (value) => Buffer.from(value, 'hex');
/** Source: util-linux, libblkid/src/superblocks. */
const signatures = [
    { name: 'XFS', offset: 0, bytes: identify_filesystem_text('XFSB'), holdsRoot: true },
    { name: 'btrfs', offset: 0x10040, bytes: identify_filesystem_text('_BHRfS_M'), holdsRoot: true },
    { name: 'LVM', offset: 512, bytes: identify_filesystem_text('LABELONE'), holdsRoot: true },
    { name: 'LUKS (encrypted)', offset: 0, bytes: hex('4c554b53babe'), holdsRoot: true },
    { name: 'F2FS', offset: 1024, bytes: hex('1020f5f2'), holdsRoot: true },
    { name: 'bcachefs', offset: 4096 + 24, bytes: hex('c68573f64e1a45ca8265f57f48ba6d81'), holdsRoot: true },
    { name: 'JFS', offset: 0x8000, bytes: identify_filesystem_text('JFS1'), holdsRoot: true },
    { name: 'ReiserFS', offset: 0x10034, bytes: identify_filesystem_text('ReIsEr'), holdsRoot: true },
    { name: 'SquashFS', offset: 0, bytes: identify_filesystem_text('hsqs'), holdsRoot: true },
    { name: 'EROFS', offset: 1024, bytes: hex('e2e1f5e0'), holdsRoot: true },
    { name: 'NTFS', offset: 3, bytes: identify_filesystem_text('NTFS    '), holdsRoot: false },
    { name: 'exFAT', offset: 3, bytes: identify_filesystem_text('EXFAT   '), holdsRoot: false },
    { name: 'FAT', offset: 82, bytes: identify_filesystem_text('FAT32   '), holdsRoot: false },
    { name: 'FAT', offset: 54, bytes: identify_filesystem_text('FAT1'), holdsRoot: false },
    { name: 'ISO 9660', offset: 0x8001, bytes: identify_filesystem_text('CD001'), holdsRoot: false },
    { name: 'swap', offset: 4086, bytes: identify_filesystem_text('SWAPSPACE2'), holdsRoot: false },
];
/** Bytes. Covers every signature. */
const signatureBytes = 0x10040 + 8;
/** What a partition, or a whole disk, begins with, other than ext4; undefined for what is not known. `start`: as much of it as there is. */
function identifyContent(start) {
    return signatures.find(({ offset, bytes }) => start.subarray(offset, offset + bytes.length).equals(bytes));
}
/** As `identifyContent`, of a partition. */
async function readContentKind(partition) {
    return identifyContent(await partition.read(0, Math.min(signatureBytes, partition.size)));
}

;// CONCATENATED MODULE: ./build/disk/guest-files.js



const mostLinks = 40;
/** Of directories on the way to one file, links included: each is read, and a hostile one has megabytes. */
const mostNames = 256;
const longestPath = 4096;
const largestText = 16 * 1024 ** 2;
/** A whole distribution with all its desktops has half a million. Directories may share their blocks: a small image can have billions. */
const mostFiles = 2_000_000;
function openGuestFiles(mounts) {
    const root = mounts.find((mount) => mount.path === '/');
    if (root === undefined)
        throw new errors_Failure('no root filesystem was given');
    const tryStat = async (path) => walk(mounts, path, false, { links: mostLinks, names: mostNames });
    const tryResolve = async (path) => walk(mounts, path, true, { links: mostLinks, names: mostNames });
    const read = async (path, largest) => {
        const file = await tryResolve(path);
        if (file?.inode.kind !== 'file')
            throw new errors_Failure(`the image has no file ${path}`);
        if (file.inode.size > largest)
            throw new errors_Failure(`${path} in the image has ${file.inode.size} bytes: at most ${largest} are read`);
        const pieces = [];
        for await (const piece of file.mount.filesystem.readContent(file.inode))
            pieces.push(piece);
        return Buffer.concat(pieces);
    };
    return {
        tryStat,
        tryResolve,
        list: async (path) => {
            const directory = await tryResolve(path);
            const files = [];
            if (directory?.inode.kind === 'directory')
                for await (const file of childrenOf(mounts, directory))
                    files.push(file);
            return files;
        },
        walk: async function* (path) {
            const directory = await tryResolve(path);
            if (directory?.inode.kind !== 'directory')
                return;
            let files = 0;
            for await (const file of walkDirectory(mounts, directory, new Set())) {
                if (++files > mostFiles)
                    throw new errors_Failure(`the image has more than ${mostFiles} files below ${path}`);
                yield file;
            }
        },
        read,
        tryReadText: async (path) => {
            const file = await tryResolve(path);
            return file?.inode.kind === 'file' ? (await read(path, largestText)).toString('utf8') : undefined;
        },
        content: (file) => file.mount.filesystem.readContent(file.inode),
    };
}
/** What is in a directory, by name; one at a time, since a hostile directory has hundreds of thousands of names. */
async function* childrenOf(mounts, directory) {
    const entries = [...(await directory.mount.filesystem.readDirectory(directory.inode))].sort((a, b) => a.name < b.name ? -1 : 1);
    for (const entry of entries)
        yield await getChild(mounts, directory, entry.name, entry.inode);
}
/** `seen` ends a walk over a damaged filesystem in which a directory holds itself. */
async function* walkDirectory(mounts, directory, seen) {
    if (seen.has(directory.inode.number))
        throw new errors_Failure(`the ext4 filesystem is damaged: ${directory.path} holds itself`);
    seen.add(directory.inode.number);
    for await (const file of childrenOf(mounts, directory)) {
        yield file;
        if (file.inode.kind === 'directory' && file.mount === directory.mount)
            yield* walkDirectory(mounts, file, seen);
    }
}
async function getChild(mounts, directory, name, number) {
    const path = joinPath(directory.path, name);
    if (path.length > longestPath)
        throw new errors_Failure(`the image has a path of more than ${longestPath} characters`);
    const mount = mounts.find((candidate) => candidate.path === path);
    if (mount !== undefined)
        return getRoot(mount);
    return {
        path,
        mount: directory.mount,
        innerPath: joinPath(directory.innerPath, name),
        inode: await directory.mount.filesystem.getInode(number),
    };
}
async function getRoot(mount) {
    return { path: mount.path, mount, innerPath: '/', inode: await mount.filesystem.getInode(rootInode) };
}
async function walk(mounts, path, followLast, left) {
    const names = path.split('/').filter((name) => name !== '' && name !== '.');
    if (left.links === 0 || names.length > left.names)
        throw new errors_Failure(`too many symbolic links on the way to ${sanitizeLine(path)} in the image`);
    const root = mounts.find((mount) => mount.path === '/');
    if (root === undefined)
        return undefined;
    let at = await getRoot(root);
    for (const [index, name] of names.entries()) {
        const rest = { ...left, names: left.names - index - 1 };
        if (name === '..')
            return walk(mounts, joinPath(parentOf(at.path), names.slice(index + 1).join('/')), followLast, rest);
        if (at.inode.kind !== 'directory')
            return undefined;
        const entry = (await at.mount.filesystem.readDirectory(at.inode)).find((candidate) => candidate.name === name);
        if (entry === undefined)
            return undefined;
        const child = await getChild(mounts, at, name, entry.inode);
        const isLast = index === names.length - 1;
        if (child.inode.kind === 'link' && (followLast || !isLast)) {
            const target = await child.mount.filesystem.readLink(child.inode);
            const start = target.startsWith('/') ? target : joinPath(at.path, target);
            return walk(mounts, joinPath(start, names.slice(index + 1).join('/')), followLast, {
                ...rest,
                links: rest.links - 1,
            });
        }
        at = child;
    }
    return at;
}
function joinPath(directory, name) {
    return name === '' ? directory : `${directory.replace(/\/$/, '')}/${name}`;
}
function parentOf(path) {
    return path.slice(0, path.lastIndexOf('/')) || '/';
}

;// CONCATENATED MODULE: ./build/disk/partition-table.js

const gptSignature = 'EFI PART';
const mostEntries = 1024;
const mbrProtective = 'EE';
const mbrExtended = new Set(['05', '0F', '85']);
/**
 * The partitions of a disk, by offset: GPT with sectors of 512 or 4096 bytes, or the primary ones of an MBR.
 * An empty list where the disk has no table. Source: UEFI specification 2.10, section 5.
 * @throws Failure where a table is there but broken.
 */
async function readPartitions(disk) {
    if (disk.size < 64 * 1024)
        return [];
    for (const sector of [512, 4096]) {
        const header = await disk.read(sector, 92);
        if (header.toString('latin1', 0, 8) === gptSignature)
            return readGpt(disk, header, sector);
    }
    return parseMbr(await disk.read(0, 512), disk.size);
}
async function readGpt(disk, header, sector) {
    const entriesAt = Number(header.readBigUInt64LE(72)) * sector;
    const count = header.readUInt32LE(80);
    const entrySize = header.readUInt32LE(84);
    if (count > mostEntries || entrySize < 128 || entrySize > 4096 || entriesAt + count * entrySize > disk.size) {
        throw new errors_Failure('the GPT header is damaged: its partition entries lie outside of the disk', fetchAnew);
    }
    const entries = await disk.read(entriesAt, count * entrySize);
    return Array.from({ length: count }, (_, index) => entries.subarray(index * entrySize, (index + 1) * entrySize))
        .map((entry, index) => parseGptEntry(entry, index + 1, sector))
        .filter((partition) => partition !== undefined)
        .map((partition) => checkBounds(partition, disk.size))
        .sort((a, b) => a.offset - b.offset);
}
function parseGptEntry(entry, number, sector) {
    if (entry.subarray(0, 16).every((byte) => byte === 0))
        return undefined;
    const first = Number(entry.readBigUInt64LE(32));
    const last = Number(entry.readBigUInt64LE(40));
    return { number, offset: first * sector, size: (last - first + 1) * sector, type: formatGuid(entry.subarray(0, 16)) };
}
/** GUIDs are stored with their first three fields in little endian. */
function formatGuid(bytes) {
    const hex = (from, to) => bytes.toString('hex', from, to);
    const reversed = (from, to) => Buffer.from(bytes.subarray(from, to)).reverse().toString('hex');
    return [reversed(0, 4), reversed(4, 6), reversed(6, 8), hex(8, 10), hex(10, 16)].join('-').toUpperCase();
}
function parseMbr(sector, diskSize) {
    if (sector.readUInt16LE(510) !== 0xaa55 || !hasEntries(sector))
        return [];
    return [0, 1, 2, 3]
        .map((index) => ({ index, entry: sector.subarray(446 + index * 16, 462 + index * 16) }))
        .map(({ index, entry }) => ({
        number: index + 1,
        offset: entry.readUInt32LE(8) * 512,
        size: entry.readUInt32LE(12) * 512,
        type: entry.toString('hex', 4, 5).toUpperCase(),
    }))
        .filter(({ type, size }) => type !== '00' && type !== mbrProtective && !mbrExtended.has(type) && size > 0)
        .filter(({ offset, size }) => offset > 0 && offset + size <= diskSize)
        .sort((a, b) => a.offset - b.offset);
}
/** A boot sector of a bare filesystem has the signature too, and code where the entries would be: told apart as Linux does (block/partitions/msdos.c). */
function hasEntries(sector) {
    return [0, 1, 2, 3].every((index) => (sector.readUInt8(446 + index * 16) & 0x7f) === 0);
}
const fetchAnew = { fix: 'fetch the base anew, or use another' };
function checkBounds(partition, diskSize) {
    const { number, offset, size } = partition;
    if (offset <= 0 || size <= 0 || offset + size > diskSize) {
        throw new errors_Failure(`the GPT is damaged: partition ${number} lies outside of the disk`, fetchAnew);
    }
    return partition;
}

;// CONCATENATED MODULE: ./build/disk/open-guest.js







/** The partitions that a guest mounts, its root first. */
function partitionsOf({ root, boot }) {
    return boot === undefined ? [root] : [root, boot];
}
const linuxRootX86 = '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709';
const rootLabel = 'cloudimg-rootfs';
const lvmType = new Set(['E6D6D379-F507-44C2-A23C-238F2A3DF928', '8E']);
/**
 * Finds the root and boot filesystems by what is in them, never by their number:
 * noble keeps `/boot` on partition 16, other releases on another one or inside of the root filesystem.
 * @throws Failure where there is no root, or more than one that could be it.
 */
async function openGuest(disk) {
    const partitions = await readPartitions(disk);
    const whole = { number: 0, offset: 0, size: disk.size, type: '' };
    const places = partitions.length === 0 ? [whole] : partitions;
    const candidates = await findFilesystems(disk, places);
    const rootCandidate = await tryChooseRoot(candidates);
    if (rootCandidate === undefined)
        throw await createNoRootFailure(disk, places);
    const bootCandidate = await tryFindBoot(candidates.filter((candidate) => candidate !== rootCandidate), rootCandidate);
    for (const own of [rootCandidate, bootCandidate])
        if (own !== undefined)
            assertUniqueLabel(own, candidates);
    const root = toGuest(rootCandidate, '/');
    const boot = bootCandidate === undefined ? undefined : toGuest(bootCandidate, '/boot');
    return { root, boot, files: openGuestFiles([root, ...(boot === undefined ? [] : [boot])].map((part) => part.mount)) };
}
function toGuest(candidate, path) {
    return { partition: candidate.partition, mount: { path, filesystem: candidate.filesystem } };
}
/** By its label the guest finds what it mounts: of two, whichever comes first. */
function assertUniqueLabel({ partition, filesystem: { label } }, candidates) {
    const same = candidates.find((other) => label !== '' && other.partition !== partition && other.filesystem.label === label);
    if (same === undefined)
        return;
    const numbers = [partition.number, same.partition.number].sort((a, b) => a - b).join(' and ');
    throw new errors_Failure(`the image's partitions ${numbers} have the same label ${sanitizeLine(label)}: which of them a guest mounts would be chance`, {
        fix: 'give the one that is not mounted another label by e2label, in the base',
    });
}
async function findFilesystems(disk, partitions) {
    const found = [];
    for (const partition of partitions) {
        const slice = sliceReader(disk, partition.offset, partition.size);
        if (await isExt4(slice))
            found.push({ partition, filesystem: await openExt4(slice) });
    }
    return found;
}
async function tryChooseRoot(candidates) {
    const roots = await filterAsync(candidates, async (candidate) => holds(candidate, '/etc/fstab', '/usr/lib/os-release', '/etc/os-release'));
    const [first, ...others] = roots;
    if (first === undefined || others.length === 0)
        return first;
    const preferred = roots.filter((root) => root.partition.type === linuxRootX86 || root.filesystem.label === rootLabel);
    const [only, ...more] = preferred;
    if (only !== undefined && more.length === 0)
        return only;
    throw new errors_Failure(`the image has ${roots.length} root filesystems: partitions ${roots.map((root) => root.partition.number).join(' and ')}`, {
        fix: `label the right one ${rootLabel}, or give it the GPT type ${linuxRootX86}`,
    });
}
/** Names what a guest could have its root on, if that is not ext4. */
async function createNoRootFailure(disk, partitions) {
    const found = [];
    for (const partition of partitions) {
        const content = await readContentKind(sliceReader(disk, partition.offset, partition.size));
        const name = content?.holdsRoot === true ? content.name : lvmType.has(partition.type) ? 'LVM' : undefined;
        if (name !== undefined)
            found.push(partition.number === 0 ? `the disk has ${name}` : `partition ${partition.number} has ${name}`);
    }
    const what = found.length === 0 ? '' : `: ${found.join(', ')}, and only ext4 is supported`;
    return new errors_Failure(`the image has no ext4 root filesystem${what}`, {
        fix: "use a cloud image with a plain ext4 root partition: Ubuntu's and Debian's have one",
    });
}
/** A boot partition has a kernel at its top; the root's own kernel files win where there are any. */
async function tryFindBoot(others, root) {
    const inRoot = await openGuestFiles([toGuest(root, '/').mount]).list('/boot');
    if (inRoot.some((file) => file.path.includes('/vmlinuz-')))
        return undefined;
    const [boot, ...more] = await filterAsync(others, async (candidate) => {
        const top = await openGuestFiles([toGuest(candidate, '/').mount]).list('/');
        return top.some((file) => file.path.startsWith('/vmlinuz-'));
    });
    if (more.length > 0)
        throw new errors_Failure('the image has more than one boot partition with a kernel');
    return boot;
}
async function holds(candidate, ...paths) {
    const files = openGuestFiles([toGuest(candidate, '/').mount]);
    const stats = await Promise.all(paths.map(async (path) => files.tryStat(path)));
    return stats.some((file) => file !== undefined);
}
async function filterAsync(items, keep) {
    const kept = await Promise.all(items.map(keep));
    return items.filter((_, index) => kept[index] === true);
}

;// CONCATENATED MODULE: external "node:crypto"
const external_node_crypto_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");
;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");
;// CONCATENATED MODULE: external "node:path"
const external_node_path_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");
;// CONCATENATED MODULE: external "node:stream/promises"
const external_node_stream_promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream/promises");
;// CONCATENATED MODULE: ./build/platform/fs/system-errors.js


const fullDisk = /No space left on device|Disk quota exceeded/i;
const freeSpace = 'free some space on that filesystem';
/** The fix where it is known to be the work directory's. */
const freeWorkSpace = 'free some space on the filesystem of the work directory';
const badDisk = 'look into the log of the kernel (dmesg): the disk may be failing';
/** Says which file cannot be read or written: Node names it where it is opened, and not where it is open. @throws Failure for that */
async function system_errors_namingPath(path, work, fixWhenFull = freeSpace) {
    return work().catch((error) => {
        throw isSystemError(error) && error.path === undefined ? systemFailure(error, `: ${path}`, fixWhenFull) : error;
    });
}
/**
 * What the system refuses is no fault of this program: one line without a stack, and what to do where the disk is full, which a
 * tool tells in its last lines. All else stays as it is.
 */
function toFailure(error) {
    if (isSystemError(error))
        return systemFailure(error, '', freeSpace);
    if (!(error instanceof Failure) || error.fix !== undefined)
        return error;
    const line = error.evidence.find((one) => fullDisk.test(one));
    return line === undefined
        ? error
        : new Failure(`the disk is full: ${line}`, { fix: freeSpace, evidence: error.evidence, cause: error });
}
function systemFailure(error, where, fixWhenFull) {
    if (!['ENOSPC', 'EDQUOT', 'EFBIG'].includes(error.code ?? '')) {
        return new Failure(`${error.message}${where}`, {
            ...(error.code === 'EIO' ? { fix: badDisk } : {}),
            cause: error,
        });
    }
    return new Failure(`the disk is full: ${error.message}${where}`, { fix: fixWhenFull, cause: error });
}
/** Of a call of the kernel's that failed; the network has errors of its own. */
function isSystemError(thrown) {
    return types.isNativeError(thrown) && !(thrown instanceof Failure) && 'syscall' in thrown && 'errno' in thrown;
}

;// CONCATENATED MODULE: ./build/platform/fs/files.js







/**
 * The SHA-256 of a file as 64 hexadecimal digits; read as a stream, so memory does not grow with the file.
 * @param onBytes called with the number of bytes of each part that was read
 */
async function sha256OfFile(path, signal, onBytes = () => undefined) {
    const hash = createHash('sha256');
    const count = async function* (parts) {
        for await (const part of parts) {
            onBytes(part.length);
            yield part;
        }
    };
    const source = createReadStream(path, { highWaterMark: 1024 ** 2 });
    await namingPath(path, async () => pipeline(source, count, hash, signal === undefined ? {} : { signal }));
    return hash.digest('hex');
}
/** The SHA-256 of a text or of bytes as 64 hexadecimal digits. */
function sha256Of(content) {
    return (0,external_node_crypto_namespaceObject.createHash)('sha256').update(content).digest('hex');
}
/**
 * What a file has from `offset` on, as much as the buffer takes; shorter where the file ends. It is a part of the buffer.
 * One read can give less than it was asked for: read(2).
 */
async function readFully(file, buffer, offset) {
    let length = 0;
    while (length < buffer.length) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length, offset + length);
        if (bytesRead === 0)
            break;
        length += bytesRead;
    }
    return buffer.subarray(0, length);
}
/** Writes all of the bytes at `offset`. One write can take less than it was given: write(2). */
async function writeFully(file, bytes, offset) {
    for (let written = 0; written < bytes.length;) {
        written += (await file.write(bytes, written, bytes.length - written, offset + written)).bytesWritten;
    }
}
/** What an operation on a path gives; undefined where there is nothing at the path. */
async function ifPresent(operation) {
    return operation.catch((error) => {
        if (hasCode(error, 'ENOENT'))
            return undefined;
        throw error;
    });
}
async function pathExists(path) {
    return (0,promises_namespaceObject.access)(path).then(() => true, () => false);
}
/** Replaces a file so that a reader sees the old content or the new, also after a crash of the machine. */
async function writeFileAtomically(path, content, mode = 0o644) {
    const part = `${path}.part-${process.pid}-${Math.random().toString(36).slice(2)}`;
    try {
        const file = await open(part, 'wx', mode);
        try {
            await namingPath(path, async () => file.writeFile(content));
            await file.sync();
        }
        finally {
            await file.close();
        }
        await rename(part, path);
    }
    catch (error) {
        await rm(part, { force: true });
        throw error;
    }
    await syncDirectory(dirname(path));
}
/** Makes the names in a directory durable: a rename or a link is lost in a power cut until its directory is synced. */
async function syncDirectory(directory) {
    const handle = await open(directory, 'r');
    try {
        await handle.sync();
    }
    finally {
        await handle.close();
    }
}

;// CONCATENATED MODULE: ./build/disk/raw-file.js



/** Opens a raw file as the disk that it holds, does the work, and closes it. */
async function withRawFile(path, work) {
    const file = await (0,promises_namespaceObject.open)(path, 'r');
    try {
        return await work({
            size: (await file.stat()).size,
            read: async (offset, length) => {
                const bytes = await readFully(file, Buffer.alloc(length), offset);
                if (bytes.length !== length)
                    throw new errors_Failure(`the disk ends before ${offset + length} bytes`);
                return bytes;
            },
        });
    }
    finally {
        await file.close();
    }
}

;// CONCATENATED MODULE: ./build/platform/fs/handle-path.js
/** The path by which this process reaches an open file, whatever its name leads to by now: proc_pid_fd(5). It holds while the handle is open. */
function handlePath({ fd }) {
    return `/proc/self/fd/${fd}`;
}

;// CONCATENATED MODULE: ./build/platform/fs/socket-path.js


/**
 * Gives `work` a short path of a file in a directory. A socket's path has at most 107 bytes (unix(7)) and a run directory may be
 * longer: this one goes through a handle of the directory, which is open while `work` lasts.
 */
async function withShortPath(directory, name, work) {
    const handle = await (0,promises_namespaceObject.open)(directory, 'r');
    try {
        return await work(`${handlePath(handle)}/${name}`);
    }
    finally {
        await handle.close();
    }
}

;// CONCATENATED MODULE: ./build/platform/process/parent-death-signal.js
/**
 * The kernel ends a process with its parent only where it was told to before the parent died (prctl(2), PR_SET_PDEATHSIG):
 * whoever comes too late has another parent, and ends by itself.
 */
const endOrphan = 'test "$PPID" = "$1" || exit; shift; exec "$@"';
const shell = ['sh', '-c', endOrphan, 'sh'];
/** The command, made to end when this process does, however that ends. */
function dieWithParent(argv, { setpriv, sh } = { setpriv: 'setpriv', sh: shell[0] }) {
    return [setpriv, '--pdeathsig', 'KILL', '--', sh, ...shell.slice(1), String(process.pid), ...argv];
}
/** What a command is about: the program behind those that only say where and as whom it runs. */
function programOf([program = '', ...rest]) {
    if (rest[1] === endOrphan)
        return programOf(rest.slice(shell.length));
    const behind = rest.indexOf('--') + 1;
    return behind > 0 && behind < rest.length && /(^|\/)(sudo|unshare|nsenter|setpriv)$/.test(program)
        ? programOf(rest.slice(behind))
        : program;
}

;// CONCATENATED MODULE: ./build/platform/process/inside-namespace.js

/**
 * As `dieWithParent`, for a command behind one that changes credentials, as a user namespace does: that clears the parent-death signal of
 * `Processes`, and it is set once more.
 */
async function dieWithParentInside(argv, processes) {
    return dieWithParent(await locate(argv, processes));
}
/** The command with its program looked up by us: the PATH inside may be another, and a plain user's often lacks the administrators' directories. */
async function locate([program, ...rest], processes) {
    return [(await processes.tryFind(program)) ?? program, ...rest];
}

;// CONCATENATED MODULE: external "node:timers/promises"
const external_node_timers_promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:timers/promises");
;// CONCATENATED MODULE: ./build/platform/clock.js

const systemClock = {
    // The time of day when we started, and what has passed since: whoever sets the machine's clock meanwhile moves no deadline of ours.
    now: () => Math.round(performance.timeOrigin + performance.now()),
    sleep: async (milliseconds, signal) => {
        try {
            await (0,external_node_timers_promises_namespaceObject.setTimeout)(milliseconds, undefined, signal === undefined ? {} : { signal });
        }
        catch (error) {
            signal?.throwIfAborted();
            throw error;
        }
    },
};

;// CONCATENATED MODULE: external "node:net"
const external_node_net_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:net");
;// CONCATENATED MODULE: ./build/disk/nbd-client.js




const nbd_client_magic = {
    server: 0x4e42444d41474943n,
    option: 0x49484156454f5054n,
    optionReply: 0x0003e889045565a9n,
    request: 0x25609513,
    reply: 0x67446698,
};
const command = { read: 0, write: 1, disconnect: 2, flush: 3, trim: 4 };
const optionGo = 7;
const replyAck = 1;
const replyInfo = 3;
const infoExport = 0;
const clientFlags = 0b11; // fixed newstyle, no zeroes
/** NBD servers accept requests of 32 MiB; smaller ones keep memory low and several in flight. */
const largestRequest = 4 * 1024 ** 2;
const largestDiscard = 1024 ** 3;
const largestOptionReply = 64 * 1024;
const mostOptionReplies = 100;
/** A flush of much data to a slow disk may take minutes. */
const answerWithinMs = 300_000;
/** What comes from the server with one read of the socket. */
const receiveSize = 256 * 1024;
const nothing = Buffer.alloc(0);
/**
 * Connects to `exportName` on the socket at `path` (shorter than 108 bytes).
 * Here and in all that the disk does: @throws Failure, also where the server is silent for `timeoutMs` while we wait.
 */
async function connectNbd(path, exportName, timeoutMs = answerWithinMs) {
    const { socket, bytes } = openSocket(path);
    socket.setTimeout(timeoutMs, () => socket.destroy(new errors_Failure(`the NBD server did not answer within ${timeoutMs / 1000} s`)));
    try {
        const size = await shakeHands(socket, bytes, exportName);
        return createDisk(socket, bytes, { size, timeoutMs });
    }
    catch (error) {
        socket.destroy();
        throw error;
    }
}
async function shakeHands(socket, bytes, exportName) {
    const greeting = await bytes.take(18);
    if (greeting.readBigUInt64BE(0) !== nbd_client_magic.server || greeting.readBigUInt64BE(8) !== nbd_client_magic.option) {
        throw new errors_Failure('the NBD server does not speak the fixed newstyle protocol');
    }
    const name = Buffer.from(exportName);
    const go = Buffer.alloc(4 + 16 + 6 + name.length);
    go.writeUInt32BE(clientFlags, 0);
    go.writeBigUInt64BE(nbd_client_magic.option, 4);
    go.writeUInt32BE(optionGo, 12);
    go.writeUInt32BE(6 + name.length, 16);
    go.writeUInt32BE(name.length, 20);
    name.copy(go, 24);
    socket.write(go);
    let size;
    for (let replies = 0; replies < mostOptionReplies; replies++) {
        const head = await bytes.take(20);
        const length = head.readUInt32BE(16);
        if (head.readBigUInt64BE(0) !== nbd_client_magic.optionReply || length > largestOptionReply)
            break;
        const type = head.readUInt32BE(12);
        const payload = await bytes.take(length);
        if (type === replyInfo && length >= 10 && payload.readUInt16BE(0) === infoExport)
            size = Number(payload.readBigUInt64BE(2));
        else if (type === replyAck && size !== undefined)
            return size;
        else if (type > 0x8000_0000)
            throw new errors_Failure(`the NBD server refused the export ${exportName}: ${payload.toString('utf8')}`);
    }
    throw new errors_Failure('the NBD server broke its protocol');
}
function createDisk(socket, bytes, options) {
    const send = createSender(socket, bytes, options.timeoutMs);
    const readInto = async (offset, into) => {
        await Promise.all(pieces(offset, into.length).map(async (piece) => send(command.read, piece, { into: part(into, piece, offset) })));
    };
    return {
        size: options.size,
        readInto,
        read: async (offset, length) => {
            const content = Buffer.allocUnsafe(length);
            await readInto(offset, content);
            return content;
        },
        write: async (offset, content) => {
            await Promise.all(pieces(offset, content.length).map(async (piece) => send(command.write, piece, { payload: part(content, piece, offset) })));
        },
        discard: async (offset, length) => {
            await Promise.all(pieces(offset, length, largestDiscard).map(async (piece) => send(command.trim, piece)));
        },
        flush: async () => send(command.flush, { offset: 0, length: 0 }),
        close: () => {
            socket.on('error', () => undefined);
            socket.destroy();
        },
    };
}
/** Many requests may be under way at once; the server answers in any order. */
function createSender(socket, bytes, timeoutMs) {
    const pending = new Map();
    let lastCookie = 0n;
    const failed = readReplies(socket, bytes, pending).catch((error) => {
        for (const request of pending.values())
            request.reject(error);
        pending.clear();
        socket.destroy();
        return error;
    });
    return async (type, { offset, length }, { payload, into = nothing } = {}) => {
        if (socket.destroyed)
            throw await failed;
        const cookie = ++lastCookie;
        const request = Buffer.alloc(28);
        request.writeUInt32BE(nbd_client_magic.request, 0);
        request.writeUInt16BE(type, 6);
        request.writeBigUInt64BE(cookie, 8);
        request.writeBigUInt64BE(BigInt(offset), 16);
        request.writeUInt32BE(length, 24);
        const answer = new Promise((resolve, reject) => {
            pending.set(cookie, { into, resolve, reject });
        });
        socket.setTimeout(timeoutMs);
        socket.write(request);
        if (payload !== undefined)
            socket.write(payload);
        return answer;
    };
}
async function readReplies(socket, bytes, pending) {
    for (;;) {
        // The clock runs only while somebody waits for an answer.
        if (pending.size === 0)
            socket.setTimeout(0);
        const head = await bytes.take(16);
        const request = pending.get(head.readBigUInt64BE(8));
        if (head.readUInt32BE(0) !== nbd_client_magic.reply || request === undefined)
            throw new errors_Failure('the NBD server broke its protocol');
        const error = head.readUInt32BE(4);
        // Still pending while its content comes: the server may die in the middle of it.
        if (error === 0) {
            await bytes.fill(request.into);
            request.resolve();
        }
        else {
            request.reject(requestFailure(error));
        }
        pending.delete(head.readBigUInt64BE(8));
    }
}
function pieces(offset, length, largest = largestRequest) {
    const count = Math.ceil(length / largest);
    return Array.from({ length: count }, (_, index) => ({
        offset: offset + index * largest,
        length: Math.min(largest, length - index * largest),
    }));
}
/** The piece's part of a buffer that begins at `start` of the disk. */
function part(buffer, piece, start) {
    return buffer.subarray(piece.offset - start, piece.offset - start + piece.length);
}
/**
 * All that comes goes through one buffer to where it is wanted, and the socket rests while nothing is:
 * buffers of their own for many reads stay in memory until the garbage is collected (157 MiB at most for a digest of 1 GiB; so 87).
 */
function openSocket(path) {
    let received = nothing;
    let waiting;
    let broken;
    const hand = () => {
        if (waiting === undefined)
            return;
        const copied = received.copy(waiting.into, waiting.filled);
        waiting.filled += copied;
        received = received.subarray(copied);
        if (waiting.filled < waiting.into.length)
            return;
        waiting.resolve();
        waiting = undefined;
    };
    const onReceived = (length, buffer) => {
        received = Buffer.from(buffer.buffer, buffer.byteOffset, length);
        hand();
        return received.length === 0;
    };
    const socket = (0,external_node_net_namespaceObject.connect)({ path, onread: { buffer: Buffer.alloc(receiveSize), callback: onReceived } });
    socket.on('error', (error) => {
        broken = connectionFailure(error);
    });
    socket.on('close', () => {
        broken ??= new errors_Failure('the NBD server closed the connection');
        waiting?.reject(broken);
    });
    const fill = async (into) => {
        if (into.length === 0)
            return;
        if (broken !== undefined)
            throw broken;
        const filled = new Promise((resolve, reject) => {
            waiting = { into, filled: 0, resolve, reject };
        });
        hand();
        if (received.length === 0)
            socket.resume();
        return filled;
    };
    const take = async (length) => {
        const content = Buffer.allocUnsafe(length);
        await fill(content);
        return content;
    };
    return { socket, bytes: { take, fill } };
}
function connectionFailure(error) {
    return error instanceof errors_Failure
        ? error
        : new errors_Failure(`the connection to the NBD server broke: ${errorMessage(error)}`, { cause: error });
}
/** NBD numbers errors as Linux does. */
function requestFailure(error) {
    const [name, message] = (0,external_node_util_namespaceObject.getSystemErrorMap)().get(-error) ?? [`error ${error}`, 'unknown'];
    return new errors_Failure(`the disk cannot be read or written: ${name}: ${message}`, name === 'ENOSPC' ? { fix: freeWorkSpace } : {});
}

;// CONCATENATED MODULE: ./build/disk/storage-daemon.js









const nodeName = 'disk';
const readyWithinMs = 20_000;
const closeWithinMs = 60_000;
/** A signal that comes just before QEMU begins to wait is heard at the next event alone (storage-daemon/qemu-storage-daemon.c, qemu_system_killed): another one is an event. */
const askAgainMs = 500;
/** Opens a disk for reading, backing files included. Sockets and the like live in a directory that is made in `directory`. */
async function openDisk(file, directory, ports) {
    return openOverNbd([diskNode(nodeName, file, { 'read-only': true })], { directory, writable: false }, ports);
}
/** As `openDisk`, for writing to an overlay. */
async function openWritableDisk(overlay, directory, ports) {
    return openOverNbd([diskNode(nodeName, { path: overlay, format: 'qcow2' }, { discard: 'unmap' })], { directory, writable: true }, ports);
}
/** The image whose file is the disk of an overlay, in QEMU's words: what is written to the image goes to the overlay. */
function imageInOverlay(overlay) {
    return {
        driver: 'qcow2',
        discard: 'unmap',
        file: { driver: 'qcow2', discard: 'unmap', file: { driver: 'file', filename: overlay } },
    };
}
/** A name by which qemu-img opens the image whose file is the disk of an overlay. */
function nameImageInOverlay(overlay) {
    return `json:${JSON.stringify(imageInOverlay(overlay))}`;
}
/**
 * Opens the image whose file is the disk of an overlay, so that all that is written is compressed; whole clusters only, into
 * discarded ones. The overlay tells afterwards which bytes of the image's file have changed.
 */
async function openCompressingDisk(overlay, directory, ports) {
    const nodes = [
        { 'node-name': 'image', ...imageInOverlay(overlay) },
        { driver: 'compress', 'node-name': nodeName, file: 'image', discard: 'unmap' },
    ];
    return openOverNbd(nodes, { directory, writable: true }, ports);
}
/**
 * Opens an overlay for editing. QEMU exports it as a raw file through FUSE in a mount namespace of its own,
 * which the kernel takes down with the last process in it: nothing stays mounted, whatever ends us.
 * With a range, in bytes, the raw file is that part of the disk: a partition by itself.
 */
async function openEditableDisk(path, directory, ports, range) {
    return openRawView({ path, directory, isWritable: true, range }, ports);
}
/** As `openEditableDisk`, for tools that only read: others may read the disk at the same time. */
async function openRawDisk(path, directory, ports) {
    return openRawView({ path, directory, isWritable: false, range: undefined }, ports);
}
async function openRawView({ path, directory, isWritable, range }, ports) {
    const rawPath = (0,external_node_path_namespaceObject.join)(directory, 'disk.raw');
    await (0,promises_namespaceObject.writeFile)(rawPath, '');
    const fuse = `type=fuse,id=raw,node-name=${nodeName},mountpoint=${escapeCommas(rawPath)},writable=${isWritable ? 'on' : 'off'},growable=off`;
    const image = diskNode(range === undefined ? nodeName : 'image', { path, format: 'qcow2' }, isWritable ? { discard: 'unmap' } : { 'read-only': true });
    const part = range === undefined
        ? []
        : [{ driver: 'raw', 'node-name': nodeName, file: 'image', offset: range.offset, size: range.size }];
    const server = await startServer({
        directory,
        prefix: ['unshare', ...namespaceFlags(), '--'],
        arguments: [...[image, ...part].flatMap((node) => ['--blockdev', JSON.stringify(node)]), '--export', fuse],
    }, ports);
    const inside = async (command) => ({
        ...command,
        argv: [...enterNamespace(server.pid), ...(await dieWithParentInside(command.argv, ports.processes))],
    });
    return {
        rawPath,
        reach: (place) => `/proc/${server.pid}/root${place}`,
        run: async (command) => ports.processes.run(await inside(command)),
        start: async (command) => ports.processes.start(await inside(command)),
        close: server.close,
    };
}
function namespaceFlags() {
    return isRoot() ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
}
function enterNamespace(pid) {
    const flags = isRoot() ? ['--mount'] : ['--user', '--preserve-credentials', '--mount'];
    return ['nsenter', `--target=${pid}`, ...flags, '--'];
}
function isRoot() {
    return process.getuid?.() === 0;
}
async function openOverNbd(nodes, options, ports) {
    const server = await startServer({
        directory: options.directory,
        prefix: [],
        arguments: [...nodes.flatMap((node) => ['--blockdev', JSON.stringify(node)]), ...nbdExport(options.writable)],
    }, ports);
    try {
        const disk = await withShortPath(server.directory, 'nbd.sock', async (path) => connectNbd(path, nodeName));
        const closeDisk = async () => {
            disk.close();
            await server.close();
        };
        return { ...disk, closeDisk };
    }
    catch (error) {
        await server.close();
        throw error;
    }
}
function diskNode(name, file, options) {
    return { driver: file.format, 'node-name': name, file: { driver: 'file', filename: file.path }, ...options };
}
function nbdExport(writable) {
    return [
        '--nbd-server',
        'addr.type=unix,addr.path=nbd.sock',
        '--export',
        `type=nbd,id=blocks,node-name=${nodeName},name=${nodeName},writable=${writable ? 'on' : 'off'}`,
    ];
}
/** QEMU's option syntax doubles commas. */
function escapeCommas(value) {
    return value.replaceAll(',', ',,');
}
/** Starts the server and waits until all its exports are there. */
async function startServer(request, ports) {
    const directory = await (0,promises_namespaceObject.mkdtemp)((0,external_node_path_namespaceObject.join)(request.directory, 'disk-'));
    const pidFile = (0,external_node_path_namespaceObject.join)(directory, 'pid');
    const daemon = await dieWithParentInside(['qemu-storage-daemon', ...request.arguments, '--pidfile', pidFile], ports.processes);
    const [program = '', ...rest] = [...request.prefix, ...daemon];
    const server = await ports.processes.start({ argv: [program, ...rest], cwd: directory });
    try {
        await waitForFile(pidFile, server);
    }
    catch (error) {
        await server.stop();
        throw error;
    }
    return { pid: server.pid, directory, close: async () => closeServer(server, directory) };
}
/** The server writes its pid file when all exports are there (qemu-storage-daemon(1), --pidfile). */
async function waitForFile(path, server) {
    const ended = { done: false };
    void server.exited.then(() => {
        ended.done = true;
    });
    const deadline = systemClock.now() + readyWithinMs;
    while (!(await pathExists(path))) {
        if (ended.done)
            throw serverFailure(server.tail());
        if (systemClock.now() > deadline) {
            throw new errors_Failure(`qemu-storage-daemon did not open the disk within ${readyWithinMs / 1000} s`, {
                evidence: server.tail(),
            });
        }
        await systemClock.sleep(5);
    }
}
async function closeServer(server, directory) {
    const exit = await server.stop(closeWithinMs, askAgainMs);
    if (exit.code !== 0) {
        throw new errors_Failure('qemu-storage-daemon did not close the disk cleanly', { evidence: server.tail() });
    }
    await (0,promises_namespaceObject.rm)(directory, { recursive: true, force: true });
}
function serverFailure(tail) {
    const text = tail.join('\n');
    if (/unshare.*(Operation not permitted|Permission denied)/.test(text)) {
        return new errors_Failure('this user may not make a user namespace, which the inject driver needs', {
            fix: 'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu 24.04), or run as root',
            evidence: tail,
        });
    }
    if (/fuse/i.test(text)) {
        return new errors_Failure('/dev/fuse cannot be used, which the inject driver needs', {
            fix: 'sudo apt-get install fuse3 && sudo udevadm trigger --name-match=fuse',
            evidence: tail,
        });
    }
    // Its only file; QEMU does not tell why it could not be written.
    if (text.includes('Failed to write pid file'))
        return new errors_Failure('the disk is full: qemu-storage-daemon could not write its PID file', {
            fix: freeWorkSpace,
            evidence: tail,
        });
    return new errors_Failure('qemu-storage-daemon could not open the disk', { evidence: tail });
}

;// CONCATENATED MODULE: ./build/apt/commands.js

/** What every apt-get that changes an image is run with. */
const aptOptions = [
    'Acquire::Retries=3',
    'Acquire::http::Timeout=30',
    'Acquire::https::Timeout=30',
    'DPkg::Lock::Timeout=120',
    'Dpkg::Use-Pty=0',
    // Nobody is there to ask: configuration that was changed stays.
    'Dpkg::Options::=--force-confdef',
    'Dpkg::Options::=--force-confold',
    // After a crash the image is thrown away: dpkg need not wait for the disk.
    'Dpkg::Options::=--force-unsafe-io',
    'APT::Install-Recommends=false',
    // A name is a name: else one that is unknown is taken for a regular expression.
    'APT::Cmd::Pattern-Only=true',
].flatMap((option) => ['-o', option]);
/** A repository that fails is an error, not a warning beside an old list. */
const updateCommand = ['apt-get', '-q', ...aptOptions, '-o', 'APT::Update::Error-Mode=any', 'update'];
/** Prints the address of the archive, and the file, of each list of packages. */
const listIndexesCommand = [
    'apt-get',
    'indextargets',
    '--format',
    '$(REPO_URI)|$(FILENAME)',
    'Created-By: Packages',
];
/** Prints suite, codename and label of each list of packages. */
const listSourcesCommand = [
    'apt-get',
    'indextargets',
    '--format',
    '$(SUITE)|$(CODENAME)|$(LABEL)',
    'Created-By: Packages',
];
function securityArchiveFailure() {
    return new errors_Failure("the image's package sources have no security archive", {
        fix: "use upgrade: all, or add one to the base's /etc/apt/sources.list.d",
    });
}
/** A line of `listSourcesCommand` that is of a security archive; grep -E reads it too. */
const securityArchivePattern = /^[^|]*-security\||^[^|]*\|[^|]*-security\||Security[^|]*$/m;
function hasSecurityArchive(sources) {
    return securityArchivePattern.test(sources);
}
/** The same command, saying what it would do: it names what it would get, and ends. */
function withoutDoing([program, ...rest]) {
    return [program, '--print-uris', ...rest];
}
const units = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
/** Bytes that apt says it needs, for the archives that it gets and for what is in them. */
function parseNeeded(output) {
    const download = /Need to get ([\d,.]+) (\w+)/.exec(output);
    const installed = /After this operation, ([\d,.]+) (\w+) of additional disk space will be used/.exec(output);
    return [download, installed].reduce((sum, match) => sum + (Number((match?.[1] ?? '0').replaceAll(',', '')) || 0) * (units[match?.[2] ?? ''] ?? 0), 0);
}

;// CONCATENATED MODULE: ./build/image/package-edits.js

function isPackageEdit(edit) {
    return edit.kind === 'install' || edit.kind === 'upgrade';
}
/** The command for an edit; `preferences` is where the guest finds those for security. */
function formatApt(edit, preferences) {
    const start = ['-q', '--yes', ...aptOptions];
    if (edit.kind === 'install')
        return ['apt-get', ...start, 'install', '--', ...edit.packages];
    const pins = edit.scope === 'security' ? ['-o', `Dir::Etc::preferences=${preferences}`] : [];
    return ['apt-get', ...start, ...pins, 'upgrade', '--with-new-pkgs'];
}
const fullDiskMessage = "the image's disk is full: the packages do not fit";
/** What can be wrong with the image's disk while packages change. */
const diskCauses = [
    {
        pattern: /No space left on device|You don't have enough free space/,
        // What helps depends on the disk: see `explainFullDisk`.
        message: () => fullDiskMessage,
    },
    {
        pattern: /Input\/output error|Read-only file system/,
        message: () => "the image's disk could not be written",
        fix: "look whether the work directory's filesystem is full",
    },
];

;// CONCATENATED MODULE: ./build/image/grow-root.js






const mebibyte = 1024 ** 2;
/** Bytes, beside what apt counts: what maintainer scripts make, a new initramfs above all. */
const reserve = 256 * mebibyte;
/** Bytes that apt's lists of packages and its caches take at the most: those of Ubuntu with all components. */
const listsReserve = 512 * mebibyte;
/** Before the lists of packages are fetched, by which alone is known what the packages need. If it cannot grow, apt is to try. */
async function growForLists(request, ports) {
    const { root, free, obstacle } = await planGrowth(request, ports);
    if (free < listsReserve && obstacle === undefined)
        await growRoot({ ...request, root }, ports);
}
/** The root filesystem grows only where the packages need it: it stays as the base has it otherwise, for the guest to grow. */
async function makeRoom(request, { needed, free }, ports) {
    if (needed === 0 || needed + reserve <= free)
        return;
    const { root, obstacle } = await planGrowth(request, ports);
    if (obstacle === undefined)
        return growRoot({ ...request, root }, ports);
    const shortage = `the packages need ${formatBytes(needed)}, and the root filesystem has ${formatBytes(free)} free`;
    if (needed > free)
        throw new errors_Failure(`${shortage}: it cannot grow, since ${obstacle.why}`, { fix: obstacle.fix });
    ports.log.warn(`${shortage}, which is little; it cannot grow, since ${obstacle.why}`);
}
/** As `work`, which fails with a hint that works if the image's disk is full. */
async function withFullDiskFailure(request, ports, work) {
    try {
        return await work();
    }
    catch (error) {
        if (!(error instanceof errors_Failure) || error.message !== fullDiskMessage)
            throw error;
        const { obstacle } = await planGrowth(request, ports).catch(() => ({ obstacle: undefined }));
        throw new errors_Failure(error.message, { fix: obstacle?.fix ?? largerBase, evidence: error.evidence, cause: error });
    }
}
/** The root partition, what is free in it, and why it cannot grow, if it cannot. */
async function planGrowth({ overlay, directory }, ports) {
    const disk = await openDisk({ path: overlay, format: 'qcow2' }, directory, ports);
    try {
        const { root: { partition, mount: { filesystem }, }, } = await openGuest(disk);
        const partitions = await readPartitions(disk);
        const own = partitions.length === 0 ? { ...partition, size: filesystem.size } : partition;
        return {
            root: partition,
            size: filesystem.size,
            free: filesystem.freeBytes,
            obstacle: findObstacleToGrow(own, partitions, disk.size),
        };
    }
    finally {
        await disk.closeDisk();
    }
}
const largerBase = 'use a base with a larger root filesystem';
/** Why the root filesystem cannot grow to the end of its disk, or undefined. */
function findObstacleToGrow(root, partitions, diskSize) {
    const next = partitions.find(({ offset }) => offset > root.offset);
    if (next !== undefined) {
        return {
            why: `partition ${next.number} lies behind its root partition ${root.number}`,
            fix: `${largerBase}, or with its root partition last`,
        };
    }
    // The last mebibyte may have the copy of the table.
    if (root.offset + root.size + mebibyte < diskSize)
        return undefined;
    return {
        why: `its disk of ${formatBytes(diskSize)} has no room behind the root ${root.number === 0 ? 'filesystem' : 'partition'}`,
        fix: 'give a larger disk-size',
    };
}
/** Grows the root partition, and the filesystem in it, to the end of the disk. */
async function growRoot({ overlay, directory, root }, ports) {
    // A filesystem on the whole disk has no partition that would have to grow first.
    if (root.number !== 0)
        await growPartition({ overlay, directory, root }, ports);
    const { root: grown, size } = await planGrowth({ overlay, directory }, ports);
    if (grown.number !== root.number || grown.offset !== root.offset)
        throw new errors_Failure(`partition ${root.number} could not be grown`);
    // A range of its own: with `?offset=`, resize2fs 1.47 cuts the file off behind the filesystem's size.
    const part = await openEditableDisk(overlay, directory, ports, grown);
    try {
        await checkForResize(part);
        await part.run({ argv: ['resize2fs', part.rawPath] });
    }
    finally {
        await part.close();
    }
    ports.log.info(`the root filesystem grew from ${formatBytes(size)} to ${formatBytes(grown.size)}`);
}
async function growPartition({ overlay, directory, root }, ports) {
    const disk = await openEditableDisk(overlay, directory, ports);
    await disk
        .run({
        argv: ['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', '-N', String(root.number), disk.rawPath],
        input: ', +\n',
    })
        .finally(async () => disk.close());
}
/** resize2fs wants a filesystem that was checked just now. e2fsck(8): exit code 1 means that it has fixed something. */
async function checkForResize(part) {
    try {
        await part.run({ argv: ['e2fsck', '-f', '-p', part.rawPath] });
    }
    catch (error) {
        if (!(error instanceof ToolError) || error.exitCode !== 1)
            throw error;
    }
}

;// CONCATENATED MODULE: ./build/image/plan.js

/** Owned by root. */
function rootOwned(mode) {
    return { mode, uid: 0, gid: 0 };
}
function isFileEdit(edit) {
    return edit.kind !== 'install' && edit.kind !== 'upgrade' && edit.kind !== 'run';
}
/** For content that is another than when it was planned. */
function changedFailure(what) {
    return new errors_Failure(`${what} has changed since the plan was made`, { fix: 'run the build again' });
}
/** For a directory where a file is to be. */
function directoryFailure(path) {
    return new errors_Failure(`${path} in the image is a directory: it is not replaced by a file`);
}
/** One line for the log, `plan` and the manifest. */
function formatEdit(edit) {
    switch (edit.kind) {
        case 'write':
            return `write ${edit.path} (${formatMode(edit.attributes)})`;
        case 'directory':
            return `make directory ${edit.path} (${formatMode(edit.attributes)})`;
        case 'link':
            return `link ${edit.path} to ${edit.target}`;
        case 'remove':
            return `remove ${edit.pattern}`;
        case 'empty':
            return `empty ${edit.path}`;
        case 'replace':
            return `reset ${edit.path}`;
        case 'enable-unit':
            return `enable ${edit.unit} for ${edit.target}`;
        case 'install':
            return `install ${edit.packages.join(' ')}${formatSnapshot(edit)}`;
        case 'upgrade':
            return `${edit.scope === 'security' ? 'upgrade packages from security archives' : 'upgrade all packages'}${formatSnapshot(edit)}`;
        case 'run':
            return `run ${edit.name}`;
    }
}
function formatSnapshot({ snapshot }) {
    return snapshot === undefined ? '' : `, as of ${snapshot}`;
}
function formatMode({ mode, uid, gid }) {
    const permissions = `0${mode.toString(8).padStart(3, '0')}`;
    return uid === 0 && gid === 0 ? permissions : `${permissions}, owner ${uid}:${gid}`;
}

;// CONCATENATED MODULE: ./build/apt/config-files.js

/** Bytes of one file of configuration, or of one keyring. */
const largestAptFile = 1024 ** 2;
/** In one directory of configuration. */
const mostAptFiles = 100;
/** A file of configuration and those of the directory beside it whose names apt takes. */
const config_files_kinds = {
    sources: { path: '/etc/apt/sources.list', names: /^[\w.-]+\.(list|sources)$/ },
    preferences: { path: '/etc/apt/preferences', names: /^[\w-]+(\.pref)?$/ },
};
/** sources.list(5) or apt_preferences(5) of a guest, in the order in which apt reads them, named from `/etc/apt` on. @throws Failure where they are too many or too large */
async function readAptFiles(files, kind) {
    const { path, names } = config_files_kinds[kind];
    const paths = [path, ...(await listAptDirectory(files, `${path}.d`, names))];
    const all = await Promise.all(paths.map(async (name) => ({ name: name.replace('/etc/apt/', ''), content: await tryReadAptFile(files, name) })));
    return all.flatMap(({ name, content }) => (content === undefined ? [] : [{ name, text: content.toString('utf8') }]));
}
async function listAptDirectory(files, directory, names) {
    const paths = (await files.list(directory))
        .map(({ path }) => `${directory}/${path.slice(path.lastIndexOf('/') + 1)}`)
        .filter((path) => names.test(path.slice(directory.length + 1)));
    if (paths.length > mostAptFiles)
        throw new errors_Failure(`${directory} in the image has ${paths.length} files: at most ${mostAptFiles} are read`);
    return paths;
}
/** The content of a regular file; undefined for anything else. */
async function tryReadAptFile(files, path) {
    return (await files.tryResolve(path))?.inode.kind === 'file' ? files.read(path, largestAptFile) : undefined;
}

;// CONCATENATED MODULE: ./build/apt/sources.js


/** sources.list(5): the field of deb822 style, and the option of one-line style. */
const optionNames = {
    Architectures: 'arch',
    'Architectures-Add': 'arch+',
    'Architectures-Remove': 'arch-',
    Languages: 'lang',
    'Languages-Add': 'lang+',
    'Languages-Remove': 'lang-',
    Targets: 'target',
    'Targets-Add': 'target+',
    'Targets-Remove': 'target-',
    PDiffs: 'pdiffs',
    'By-Hash': 'by-hash',
    Trusted: 'trusted',
    'Signed-By': 'signed-by',
    'Allow-Insecure': 'allow-insecure',
    'Allow-Weak': 'allow-weak',
    'Allow-Downgrade-To-Insecure': 'allow-downgrade-to-insecure',
    'Check-Valid-Until': 'check-valid-until',
    'Valid-Until-Min': 'valid-until-min',
    'Valid-Until-Max': 'valid-until-max',
    'Check-Date': 'check-date',
    'Date-Max-Future': 'date-max-future',
    'InRelease-Path': 'inrelease-path',
    Snapshot: 'snapshot',
    Include: 'include',
    Exclude: 'exclude',
};
const fieldNames = Object.keys(optionNames);
/** The sources of packages in files of either style; those that are off, and those of source code, are left out. @throws Failure */
function parseSources(files) {
    return files
        .flatMap(({ name, text }) => (name.endsWith('.sources') ? parseStanzas(text, name) : parseLines(text, name)))
        .filter(({ types }) => types.includes('deb'))
        .map((source) => ({ ...source, types: ['deb'] }));
}
/** In deb822 style. */
function formatSources(sources) {
    return sources
        .map(({ types, uris, suites, components, options }) => [
        `Types: ${types.join(' ')}`,
        `URIs: ${uris.join(' ')}`,
        `Suites: ${suites.join(' ')}`,
        ...(components.length === 0 ? [] : [`Components: ${components.join(' ')}`]),
        ...Object.entries(options).map(([name, value]) => `${name}: ${holdsKey(value) ? formatKey(value) : value}`),
        '',
    ].join('\n'))
        .join('\n');
}
/** The keyrings and the fingerprints that a `Signed-By` names; none where it is a key itself. */
function listSigners(signedBy) {
    return holdsKey(signedBy) ? [] : signedBy.split(/[\s,]+/).filter((signer) => signer !== '');
}
/** Lines of a field begin with a blank: none can begin a field of its own. */
function formatKey(key) {
    return ['', ...trimLines(key)].join('\n ');
}
/** Blanks at the ends of a key's lines say nothing. */
function trimLines(key) {
    return key.split('\n').map((line) => line.trim());
}
function holdsKey(signedBy) {
    return signedBy.includes('-----BEGIN');
}
function parseLines(text, file) {
    return text
        .split('\n')
        .map((line) => line.replace(/#.*/, '').trim())
        .filter((line) => line !== '')
        .map((line) => parseLine(line, file));
}
/** `deb [arch=amd64 signed-by=/…] https://… suite component …`; an address of a CD has spaces in brackets. */
function parseLine(line, file) {
    const match = /^(deb|deb-src)\s+(?:\[([^\]]*)\]\s*)?(cdrom:\[[^\]]*\]\S*|[^\s[]\S*)\s+(\S+)(.*)$/.exec(line);
    if (match === null)
        throw malformed(line, file);
    const [, type = '', options = '', uri = '', suite = '', components = ''] = match;
    // Each word is looked at once: a long one that is no option must not be tried from each of its letters.
    const values = new Map([...options.matchAll(/(?<![\w-])([\w-]+[+-]?)\s*=\s*("[^"]*"|\S+)/g)].map(([, name = '', value = '']) => [
        name.toLowerCase(),
        splitWords(value.replaceAll('"', '').replaceAll(',', ' ')).join(' '),
    ]));
    return {
        types: [type],
        uris: [uri],
        suites: [suite],
        components: splitWords(components),
        options: pickOptions((name) => values.get(optionNames[name])),
    };
}
function parseStanzas(text, file) {
    return text
        .split('\n')
        .filter((line) => !line.startsWith('#'))
        .join('\n')
        .split(/\n\s*\n/)
        .filter((stanza) => stanza.trim() !== '')
        .map((stanza) => readFields(stanza.trim(), file))
        .filter((fields) => !/^(no|false|without|off|disable|0)$/i.test(fields.get('enabled') ?? 'yes'))
        .map((fields) => toSource(fields, file));
}
function toSource(fields, file) {
    const wordsOf = (name) => splitWords(fields.get(name) ?? '');
    const [types, uris, suites] = [wordsOf('types'), wordsOf('uris'), wordsOf('suites')];
    if (types.length === 0 || uris.length === 0 || suites.length === 0)
        throw malformed([...fields.values()].join(' '), file);
    return {
        types,
        uris,
        suites,
        components: wordsOf('components'),
        options: pickOptions((name) => {
            const value = fields.get(name.toLowerCase());
            if (value === undefined)
                return undefined;
            return holdsKey(value) ? trimLines(value).join('\n ') : splitWords(value).join(' ');
        }),
    };
}
function readFields(stanza, file) {
    return new Map(stanza.split(/\n(?![ \t])/).map((field) => {
        const match = /^([^\s:]+)[ \t]*:([\s\S]*)$/.exec(field);
        if (match === null)
            throw malformed(field, file);
        return [(match[1] ?? '').toLowerCase(), (match[2] ?? '').trim()];
    }));
}
function pickOptions(valueOf) {
    return Object.fromEntries(fieldNames
        .map((name) => [name, valueOf(name)])
        .filter((entry) => entry[1] !== undefined));
}
function splitWords(text) {
    return text.split(/\s+/).filter((word) => word !== '');
}
function malformed(text, file) {
    return new errors_Failure(`the image's ${file} has a source that cannot be read: ${sanitizeLine(text, 120)}`);
}

;// CONCATENATED MODULE: ./build/apt/snapshot.js



/**
 * Who keeps what a distribution's archive had at any moment: the addresses of the archive, whose first group is its name there.
 * apt itself knows these (apt-pkg/init.cc, Acquire::Snapshots::URI): by address it works with every version of apt.
 */
const services = [
    {
        archive: /^https?:\/\/(?:[\w-]+\.)*debian\.org\/(?:archive\/)?(debian|debian-security)(?:\/\d{8}T\d{6}Z)?\/?$/,
        // A small image has no certificates of authorities; the signatures are checked in any case.
        address: 'http://snapshot.debian.org/archive/$1/@SNAPSHOTID@/',
    },
    {
        archive: /^https?:\/\/(?:[\w-]+\.)*(?:archive|security|snapshot)\.ubuntu\.com\/(ubuntu)(?:\/\d{8}T\d{6}Z)?\/?$/,
        address: 'https://snapshot.ubuntu.com/$1/@SNAPSHOTID@/',
    },
];
/** The sources of an image, as its distribution's archives were at a moment: `20260501T000000Z`. @throws Failure where one cannot be read */
function pinSources(files, snapshot) {
    // A disc is in no drive when an image is built; and its name can have blanks, which no address in deb822 style can.
    const sources = parseSources(files).flatMap((source) => source.uris.filter((uri) => !uri.startsWith('cdrom:')).map((uri) => ({ ...source, uris: [uri] })));
    const both = sources.map((source) => ({ source, pinned: tryPin(source, snapshot) }));
    return {
        text: formatSources(both.map(({ source, pinned }) => pinned ?? source)),
        pinned: [...new Set(both.flatMap(({ pinned }) => pinned?.uris ?? []))],
        unpinned: [...new Set(both.flatMap(({ source, pinned }) => (pinned === undefined ? source.uris : [])))],
    };
}
function tryPin({ uris: [uri = ''], options, ...rest }, snapshot) {
    const service = services.find(({ archive }) => archive.test(uri));
    if (service === undefined)
        return undefined;
    const address = uri.replace(service.archive, service.address).replace('@SNAPSHOTID@', snapshot);
    const others = Object.fromEntries(Object.entries(options).filter(([name]) => name !== 'Snapshot'));
    // What was valid then is not valid now.
    return { ...rest, uris: [address], options: { ...others, 'Check-Valid-Until': 'no' } };
}
/** `2026-05-01`, `2026-05-01T06:00:00Z` or `20260501T060000Z` as the name of a snapshot: the last. @throws UsageError */
function parseSnapshot(text) {
    const match = /^(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d):?(\d\d)Z)?$/.exec(text);
    const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00'] = match ?? [];
    const written = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
    const moment = new Date(`${written}Z`);
    if (match === null || Number.isNaN(moment.getTime()) || !moment.toISOString().startsWith(written)) {
        throw new UsageError(`snapshot is ${quoteText(text)}, which is no moment`, {
            fix: 'write 2026-05-01, or 2026-05-01T06:00:00Z',
        });
    }
    return `${written.replace(/[-:]/g, '')}Z`;
}
const indexedFields = [/^Package: (\S+)/m, /^Version: (\S+)/m, /^Architecture: (\S+)/m];
/** The package versions of `Packages` files, as `identifyPackage` has them. */
function listIndexed(indexes) {
    return new Set(indexes.flatMap(listVersions));
}
function listVersions(index) {
    return index.split(/\n\n+/).map((paragraph) => {
        const [name = '', version = '', architecture = ''] = indexedFields.map((field) => field.exec(paragraph)?.[1]);
        return identifyPackage({ name, version, architecture });
    });
}
/** `curl 8.5.0-2ubuntu10.6 amd64` */
function identifyPackage({ name, version, architecture }) {
    return `${name} ${version} ${architecture}`;
}

;// CONCATENATED MODULE: ./build/apt/installed-packages.js
/** The packages that are installed in the image, by name; empty where the image has no dpkg. */
async function readPackages(files) {
    return parseDpkgStatus((await files.tryReadText('/var/lib/dpkg/status')) ?? '');
}
/** Parses dpkg's status file: paragraphs of `Field: value`, of which only installed packages count. */
function parseDpkgStatus(status) {
    return status
        .split(/\n\n+/)
        .map(parseParagraph)
        .filter((fields) => fields.get('Status')?.endsWith(' installed') === true)
        .map(toPackage)
        .filter(({ name, version }) => name !== '' && version !== '')
        .sort((a, b) => compareTexts(a.name, b.name) || compareTexts(a.architecture, b.architecture));
}
function toPackage(fields) {
    const [name = '', version = '', architecture = ''] = ['Package', 'Version', 'Architecture'].map((field) => fields.get(field));
    // `openssl`, or `openssl (3.0.15-1)` where the version differs: deb-control(5).
    const [, sourceName, sourceVersion = version] = /^(\S+)(?: \((\S+)\))?$/.exec(fields.get('Source') ?? '') ?? [];
    return {
        name,
        version,
        architecture,
        ...(sourceName === undefined ? {} : { source: { name: sourceName, version: sourceVersion } }),
    };
}
function compareTexts(a, b) {
    return a === b ? 0 : a < b ? -1 : 1;
}
function parseParagraph(paragraph) {
    return new Map(paragraph
        .split('\n')
        .map((line) => /^([A-Za-z-]+): (.*)$/.exec(line))
        .filter((match) => match !== null)
        .map(([, field = '', value = '']) => [field, value]));
}

;// CONCATENATED MODULE: ./build/image/pin-packages.js




/** Undefined where no edit has a snapshot. @throws Failure where nobody keeps snapshots of the image's archives */
async function planPin(edits, files, log) {
    const snapshot = edits.flatMap((edit) => edit.kind === 'run' || edit.snapshot === undefined ? [] : [edit.snapshot])[0];
    if (snapshot === undefined)
        return undefined;
    const { text, pinned, unpinned } = pinSources(await readAptFiles(files, 'sources'), snapshot);
    if (pinned.length === 0) {
        throw new errors_Failure(`nobody keeps snapshots of the image's package sources: ${unpinned.join(', ') || 'it has none'}`, { fix: 'leave out snapshot, or use a base whose sources are those of Debian or Ubuntu' });
    }
    if (unpinned.length > 0)
        log.warn(`packages of these come as they are now, for nobody keeps snapshots of them: ${unpinned.join(', ')}`);
    log.info(`packages come from ${pinned.join(', ')}`);
    return { snapshot, sources: text };
}
/** apt.conf(5) that makes apt take the sources in a file of the guest, and no others. */
function formatPinConfiguration(sourcesPath) {
    return `Dir::Etc::sourcelist "${sourcesPath}";\nDir::Etc::sourceparts "-";\nAcquire::GzipIndexes "false";\n`;
}
/** Looks for every package of the finished image in the lists of the snapshot. */
async function checkPin({ snapshot }, indexed, files, log) {
    const installed = (await readPackages(files)).map(identifyPackage);
    const unpinned = installed.filter((name) => !indexed.has(name));
    if (unpinned.length === 0)
        log.info(`all ${installed.length} packages are those of ${snapshot}`);
    else
        log.warn(`${unpinned.length} of ${installed.length} packages are not those of ${snapshot}: ${unpinned.slice(0, 3).join(', ')}${unpinned.length > 3 ? ', …' : ''}`);
    return { snapshot, unpinned };
}

;// CONCATENATED MODULE: ./build/image/resolve-edits.js




/** Bytes: EXT4_NAME_LEN. */
const longestName = 255;
/** Where an operation takes place, as the guest sees it: no link lies on the way. */
function guestPathOf(operation) {
    return operation.mount.path === '/' ? operation.path : `${operation.mount.path}${operation.path}`;
}
/**
 * Turns a plan into operations on the file tree that is there: patterns are expanded, links on the way followed,
 * missing directories made, whatever stands in the way removed.
 */
async function resolveEdits(edits, files) {
    const root = await files.tryStat('/');
    if (root === undefined)
        throw new errors_Failure('the image has no root directory');
    const work = {
        files,
        operations: [],
        made: new Map([['/', toPlace(root)]]),
        written: new Set(),
        removed: new Set(),
    };
    for (const edit of edits)
        await addEdit(work, edit);
    return work.operations;
}
async function addEdit(work, edit) {
    switch (edit.kind) {
        case 'write':
            return write(work, edit.path, edit.content, edit.attributes);
        case 'empty':
            return write(work, edit.path, { text: '' }, edit.attributes);
        case 'replace':
            if ((await work.files.tryStat(checkPath(edit.path))) !== undefined)
                await write(work, edit.path, edit.content, edit.attributes);
            return;
        case 'link':
            return resolve_edits_link(work, edit.path, edit.target);
        case 'directory':
            return ensureDirectory(work, edit.path, edit.attributes);
        case 'enable-unit':
            return resolve_edits_link(work, `/etc/systemd/system/${edit.target}.wants/${edit.unit}`, `/etc/systemd/system/${edit.unit}`);
        case 'remove':
            for (const file of await expandPattern(checkPath(edit.pattern), work.files))
                await removeTree(work, file);
    }
}
async function write(work, path, content, attributes) {
    const { mount, path: inner } = await clearPlace(work, checkPath(path));
    work.operations.push({ kind: 'write', mount, path: inner, content, attributes });
}
async function resolve_edits_link(work, path, target) {
    const { mount, path: inner } = await clearPlace(work, checkPath(path));
    work.operations.push({ kind: 'link', mount, path: inner, target });
}
async function ensureDirectory(work, path, attributes) {
    const { mount, path: inner } = await getDirectory(work, checkPath(path));
    work.operations.push({ kind: 'set-attributes', mount, path: inner, attributes });
}
async function removeTree(work, file) {
    if (work.removed.has(file.path))
        return;
    work.removed.add(file.path);
    // debugfs's rm forgets that block (seen with 1.47.0), with which e2fsck then finds fault.
    if (file.inode.attributeBlock !== 0) {
        throw new errors_Failure(`${file.path} in the image has extended attributes in a block of their own, and so cannot be removed offline`, {
            fix: 'remove it from the base, or take its attributes away there: setfacl -b, setfattr -x',
        });
    }
    if (file.inode.kind === 'directory')
        for (const child of await work.files.list(file.path))
            await removeTree(work, child);
    work.operations.push({
        kind: file.inode.kind === 'directory' ? 'remove-directory' : 'remove-file',
        mount: file.mount,
        path: file.innerPath,
    });
}
/** A free place: the file that is there goes; a directory is not replaced by a file. */
async function clearPlace(work, path) {
    const place = await getPlace(work, path);
    if (work.written.has(place.guestPath))
        throw new errors_Failure(`the plan writes ${path} twice`);
    const existing = await tryFind(work, place.guestPath);
    if (work.made.has(place.guestPath) || existing?.inode.kind === 'directory') {
        throw directoryFailure(path);
    }
    if (existing !== undefined)
        await removeTree(work, existing);
    work.written.add(place.guestPath);
    return place;
}
/** What the disk has at a path that leads through no link, unless the plan has removed it. */
async function tryFind(work, guestPath) {
    const file = await work.files.tryStat(guestPath);
    return file?.path === guestPath && !work.removed.has(guestPath) ? file : undefined;
}
async function getPlace(work, path) {
    const directory = await getDirectory(work, external_node_path_namespaceObject.posix.dirname(path));
    return {
        mount: directory.mount,
        path: external_node_path_namespaceObject.posix.join(directory.path, external_node_path_namespaceObject.posix.basename(path)),
        guestPath: external_node_path_namespaceObject.posix.join(directory.guestPath, external_node_path_namespaceObject.posix.basename(path)),
    };
}
/** The directory that a path names once the plan is carried out: links are followed, a missing one is made. */
async function getDirectory(work, path) {
    const known = work.made.get(path);
    if (known !== undefined)
        return known;
    const place = await getPlace(work, path);
    if (place.guestPath !== path)
        return getDirectory(work, place.guestPath);
    const there = await tryFind(work, path);
    if (there === undefined && !work.written.has(path))
        return createDirectory(work, place);
    if (there?.inode.kind === 'directory')
        return toPlace(there);
    if (there?.inode.kind !== 'link')
        throw new errors_Failure(`${path} in the image is no directory`, {
            fix: 'choose another destination, or remove it from the base',
        });
    const target = await work.files.tryResolve(path);
    if (target === undefined)
        throw await createDanglingFailure(path, there);
    return getDirectory(work, target.path);
}
async function createDanglingFailure(path, { mount, inode }) {
    const target = format_quoteText(await mount.filesystem.readLink(inode));
    return new errors_Failure(`${path} in the image is a link to ${target}, which does not exist`, {
        fix: `create ${target} in the base, or remove the link`,
    });
}
function toPlace({ mount, innerPath, path }) {
    return { mount, path: innerPath, guestPath: path };
}
function createDirectory(work, place) {
    work.operations.push({ kind: 'make-directory', mount: place.mount, path: place.path, attributes: rootOwned(0o755) });
    work.made.set(place.guestPath, place);
    return place;
}
/** Paths go into debugfs's own little language: what could end a word there is refused. */
function checkPath(path) {
    const names = path.split('/');
    const isLong = path.length > 4000 || names.some((name) => Buffer.byteLength(name) > longestName);
    if (!path.startsWith('/') || /[\u0000-\u001f\u007f"]/.test(path) || names.includes('..') || isLong) {
        throw new errors_Failure(`a path in the image must be absolute, without "..", quotes and control characters, its names of at most ${longestName} bytes: ${JSON.stringify(path).slice(0, 200)}`);
    }
    return external_node_path_namespaceObject.posix.normalize(path).replace(/(.)\/$/, '$1');
}
/** The files that a pattern names, in the order of their paths. */
async function expandPattern(pattern, files) {
    if (pattern.endsWith('/**'))
        return filesBelow(pattern.slice(0, -'/**'.length), files);
    const names = pattern.split('/').slice(1);
    let matches = ['/'];
    for (const name of names.slice(0, -1))
        matches = (await matchIn(matches, name, files)).map((file) => file.path);
    return matchIn(matches, names.at(-1) ?? '', files);
}
/** Whether a file of this path would be gone after the edit, or another one. Links are not followed: that needs the image. */
function undoes(edit, path) {
    if (edit.kind === 'remove')
        return isUnder(edit.pattern, path);
    return 'path' in edit && edit.path === path;
}
/** Whether a pattern names a path, or a directory above it. */
function isUnder(pattern, path) {
    if (pattern.endsWith('/**'))
        return path.startsWith(pattern.slice(0, -'**'.length));
    const wanted = pattern.split('/');
    const names = path.split('/').slice(0, wanted.length);
    return names.length === wanted.length && names.every((name, index) => toRegExp(wanted[index] ?? '').test(name));
}
async function matchIn(directories, name, files) {
    const matches = [];
    for (const directory of directories) {
        if (name.includes('*'))
            matches.push(...(await files.list(directory)).filter((file) => toRegExp(name).test(external_node_path_namespaceObject.posix.basename(file.path))));
        else {
            const file = await files.tryStat(external_node_path_namespaceObject.posix.join(directory, name));
            if (file !== undefined)
                matches.push(file);
        }
    }
    return matches;
}
function toRegExp(name) {
    return new RegExp(`^${name
        .split('*')
        .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*')}$`, 's');
}
async function filesBelow(directory, files) {
    const below = [];
    for await (const file of files.walk(directory))
        if (file.inode.kind !== 'directory')
            below.push(file);
    return below;
}

;// CONCATENATED MODULE: ./build/image/mount/borrow-files.js




/** invoke-rc.d(8): no service may be started. */
const policy = '#!/bin/sh\nexit 101\n';
const largest = 1024 ** 2;
/** The runner's resolver, and a policy by which packages start no service. */
async function planBorrowedFiles(files) {
    const resolver = (await ifPresent((0,promises_namespaceObject.readFile)('/etc/resolv.conf', 'utf8'))) ?? '';
    return Promise.all([
        planFile({ path: '/etc/resolv.conf', text: resolver, mode: 0o644 }, files),
        planFile({ path: '/usr/sbin/policy-rc.d', text: policy, mode: 0o755 }, files),
    ]);
}
async function planFile({ path, text, mode }, files) {
    const before = await files.tryStat(path);
    return {
        path,
        text,
        putIn: { kind: 'write', path, content: { text }, attributes: rootOwned(mode) },
        putBack: before === undefined ? { kind: 'remove', pattern: path } : await toFileEdit(path, before, files),
    };
}
async function toFileEdit(path, { inode, mount }, files) {
    switch (inode.kind) {
        case 'link':
            return { kind: 'link', path, target: await mount.filesystem.readLink(inode) };
        case 'file':
            return {
                kind: 'write',
                path,
                content: { text: (await files.read(path, largest)).toString('utf8') },
                attributes: { mode: inode.mode, uid: inode.uid, gid: inode.gid },
            };
        case 'directory':
        case 'other':
            throw new errors_Failure(`${path} in the image is neither a file nor a link`);
    }
}
/** What puts the files back, but those that a package or a script has made anew meanwhile. */
async function planReturn(borrowed, files) {
    const returned = await Promise.all(borrowed.map(async ({ path, text, putBack }) => {
        const now = await files.tryStat(path);
        const isOurs = now?.inode.kind === 'file' &&
            now.inode.size === Buffer.byteLength(text) &&
            (await files.read(path, largest)).toString('utf8') === text;
        return isOurs ? [putBack] : [];
    }));
    return returned.flat();
}

;// CONCATENATED MODULE: ./build/apt/security-preferences.js
/**
 * apt_preferences(5) for an upgrade from security archives alone: what other archives have (50) never replaces an installed
 * version (100), but can be installed where a security update needs it and nothing of it is there. The first match counts.
 * Whether an upgrade is due is decided by the same as the upgrade itself.
 */
const securityPreferences = [
    ['n=*-security', 990],
    ['a=*-security', 990],
    ['l=*Security*', 990],
    ['a=now', 100],
    ['*', 50],
]
    .map(([release, priority]) => `Package: *\nPin: release ${release}\nPin-Priority: ${priority}\n`)
    .join('\n');

;// CONCATENATED MODULE: ./build/apt/failure.js

const causes = [
    {
        pattern: /Unable to locate package (\S+)/,
        message: ([, name]) => `the image's repositories have no package ${name ?? ''}`,
    },
    {
        pattern: /Package '?([^'\s]+)'? has no installation candidate/,
        message: ([, name]) => `the image's repositories have no package ${name ?? ''}`,
    },
    {
        pattern: /(Version|Release) '([^'\n]{1,500})' for '([^'\n]{1,500})' was not found/,
        message: ([, kind, value, name]) => `the image's repositories have no ${kind?.toLowerCase() ?? ''} ${value ?? ''} of ${name ?? ''}`,
    },
    {
        pattern: /NO_PUBKEY|BADSIG|EXPKEYSIG|REVKEYSIG|EXPSIG|Missing key|signatures? (couldn't be verified|were invalid)|is not signed|unauthenticated packages/,
        message: () => 'a package repository of the image has no valid signature',
        fix: 'put its key into the base, with signed-by in its source',
    },
    {
        pattern: /Release file .{0,500} is expired|is not valid (yet|anymore)/,
        message: () => 'a package repository of the image is out of date',
        fix: "look at this machine's clock, or ask who keeps the repository",
    },
    {
        pattern: /Hash Sum mismatch|File has unexpected size/,
        message: () => 'a package repository of the image is damaged: a file is not the one that was signed',
        fix: 'try again: it may be in the middle of an update',
    },
    {
        pattern: /Could not (connect|resolve|handshake)|Failed to fetch|Cannot initiate the connection|Temporary failure|Connection (failed|timed out)|does not have a Release file/,
        message: () => 'a package repository of the image cannot be reached',
        fix: "look at the network, a proxy (http_proxy), and the sources in the base's /etc/apt",
    },
    {
        pattern: /installed (\S+) package (pre|post)-(\w+) script subprocess returned error|new (\S+) package pre-\w+ script subprocess returned error/,
        message: ([, installed, , , fresh]) => `a maintainer script of the package ${installed ?? fresh ?? ''} failed`,
    },
    {
        pattern: /unmet dependencies|held broken packages/,
        message: () => 'the packages do not fit together: dependencies are not met',
    },
];
/** A Failure in the user's words for a run of apt-get; `own` are causes that only the caller can name, and come first. */
function aptFailure(error, what, own) {
    const text = error.evidence.join('\n');
    for (const { pattern, message, fix } of [...own, ...causes]) {
        const match = pattern.exec(text);
        if (match === null)
            continue;
        return new errors_Failure(message(match), {
            evidence: pickEvidence(error.evidence, pattern),
            cause: error,
            ...(fix === undefined ? {} : { fix }),
        });
    }
    return new errors_Failure(`apt-get could not ${what}`, { evidence: error.evidence.slice(-20), cause: error });
}
/** From a little before the first line that shows the cause. */
function pickEvidence(lines, pattern) {
    const first = lines.findIndex((line) => pattern.test(line));
    return lines.slice(Math.max(0, first - 10)).slice(0, 20);
}

;// CONCATENATED MODULE: ./build/image/guest-environment.js
/** What programs of the image find. */
const guestEnvironment = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    DEBIAN_FRONTEND: 'noninteractive',
    DEBCONF_NONINTERACTIVE_SEEN: 'true',
    // Ubuntu's needrestart would look at the host's processes.
    NEEDRESTART_SUSPEND: '1',
};
const proxyVariables = /^(https?|ftp|all|no)_proxy$/i;
/** Arguments of env(1): of what children get here, only proxies count in the guest. Their values, which can be secret, are not among them. */
async function formatEnvironment(environment, processes) {
    const names = Object.keys(await readEnvironment(processes)).filter((name) => !proxyVariables.test(name));
    return [
        ...names.map((name) => `--unset=${name}`),
        ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ];
}
/** Variables of children here that say by which proxies the network is reached. */
async function listProxies(processes) {
    return Object.fromEntries(Object.entries(await readEnvironment(processes)).filter(([name]) => proxyVariables.test(name)));
}
async function readEnvironment(processes) {
    const { stdout } = await processes.run({ argv: ['env', '--null'] });
    return Object.fromEntries(stdout
        .split('\0')
        .filter((entry) => entry !== '')
        .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]));
}

;// CONCATENATED MODULE: ./build/image/mount/chroot.js





/**
 * The only devices of the host that programs of the image find. That keeps mistakes from its disks, and no attack: they are root, and can make
 * another by mknod(2), which stays allowed since scripts need it that make file trees (debootstrap(8)).
 */
const deviceNodes = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];
/** Mounts what programs need beside their files. All of it goes with the guest's own mounts. `more` is added to their environment. */
async function enterChroot({ space, root, devices }, more, { processes, log }) {
    const reach = (path) => space.reach((0,external_node_path_namespaceObject.join)(root, path));
    for (const path of ['/dev', '/proc', '/run', '/sys'])
        await requireDirectory(path, reach(path));
    const mount = async (type, path, options) => space.run({ argv: ['mount', '-t', type, '-o', options, 'none', (0,external_node_path_namespaceObject.join)(root, path)] });
    await mount('sysfs', '/sys', 'ro,nosuid,nodev,noexec');
    await mount('tmpfs', '/run', 'mode=0755,nosuid,nodev');
    await (0,promises_namespaceObject.mkdir)(reach('/run/lock'));
    await (0,promises_namespaceObject.chmod)(reach('/run/lock'), 0o1777);
    await mount('tmpfs', '/dev', 'mode=0755,nosuid,size=16m');
    await space.run({ argv: ['cp', '--archive', '--', ...deviceNodes.map((name) => `/dev/${name}`), (0,external_node_path_namespaceObject.join)(root, 'dev')] });
    for (const device of devices)
        await space.run({ argv: ['cp', '--archive', '--', device.path, (0,external_node_path_namespaceObject.join)(root, nameInGuest(device))] });
    await fillDev(reach, devices);
    await mount('devpts', '/dev/pts', 'newinstance,ptmxmode=0666,mode=0620,nosuid,noexec');
    await requireIsolation(root, space);
    const environment = await formatEnvironment({ ...guestEnvironment, ...more }, processes);
    return {
        reach,
        run: async (argv, timeoutMs) => space.run({
            argv: [...isolate(root), 'env', ...environment, 'chroot', root, ...argv],
            timeoutMs,
            onLine: (line) => log.detail(line),
        }),
    };
}
/** What Docker's containers may not write below /proc (moby, oci/defaults.go, ReadonlyPaths): it changes the kernel of all. */
const readOnlyInProc = ['bus', 'fs', 'irq', 'sys', 'sysrq-trigger'];
/** What no package needs, and would change this machine: its kernel's modules, its clock, its hardware, its power. */
const withoutCapabilities = '--bounding-set=-sys_module,-sys_time,-sys_rawio,-sys_boot';
/**
 * The first process of the programs' namespaces. It lasts as long as the program: by its root, which is not that of the chroot, programs see
 * that they are in one (ischroot(1), systemctl(1)). So `exit` is last: of its last command a shell may become the process.
 */
const firstProcess = `set -e
mount -t proc -o nosuid,nodev,noexec proc "$1"
echo localhost >"$1/sys/kernel/hostname"
for name in ${readOnlyInProc.join(' ')}; do
  if [ -e "$1/$name" ]; then
    mount --bind "$1/$name" "$1/$name"
    mount -o remount,bind,ro,nosuid,nodev,noexec "$1/$name"
  fi
done
shift
set +e
"$@"
exit "$?"`;
/** With its first process all others end that it left behind, and what they mounted. */
function isolate(root) {
    return [
        // Not with --mount-proc: unshare 2.37, of Ubuntu 22.04, takes no directory there that is not a mount already.
        'unshare',
        '--mount',
        '--uts',
        '--ipc',
        '--pid',
        '--fork',
        '--kill-child',
        '--',
        'setpriv',
        withoutCapabilities,
        '--',
        'sh',
        '-c',
        firstProcess,
        'sh',
        (0,external_node_path_namespaceObject.join)(root, 'proc'),
    ];
}
/** Tries it once: later a failure would look like one of the program. @throws Failure where this machine does not let us */
async function requireIsolation(root, space) {
    await space.run({ argv: [...isolate(root), 'true'] }).catch((error) => {
        if (!(error instanceof ToolError))
            throw error;
        throw new errors_Failure('programs of the image cannot be kept apart from this machine', {
            fix: 'use driver libguestfs',
            evidence: error.evidence,
            cause: error,
        });
    });
}
async function requireDirectory(path, reached) {
    const there = await ifPresent((0,promises_namespaceObject.lstat)(reached));
    if (there?.isDirectory() !== true)
        throw new errors_Failure(`the image has no directory ${path}: its programs cannot be run`);
}
/**
 * Not the name of a loop device: update-grub, which every kernel's installation runs, takes the file behind one for the root
 * filesystem and fails, as that is not in the guest (GRUB's grub-mkconfig_lib and 10_linux; Debian's patch mkconfig-loopback).
 */
function nameInGuest({ number }) {
    return `/dev/guest${number}`;
}
/**
 * GRUB's configuration names the root filesystem by its UUID where `/dev/disk` knows it. The kernel says of a mount that it
 * is of a loop device: as a link, that is the guest's own device.
 */
async function fillDev(reach, devices) {
    const links = [
        ['/dev/fd', '/proc/self/fd'],
        ['/dev/stdin', 'fd/0'],
        ['/dev/stdout', 'fd/1'],
        ['/dev/stderr', 'fd/2'],
        ['/dev/ptmx', 'pts/ptmx'],
        ...devices.flatMap((device) => [
            [device.path, nameInGuest(device)],
            [`/dev/disk/by-uuid/${device.uuid}`, nameInGuest(device)],
        ]),
    ];
    for (const [path = '', target = ''] of links) {
        await (0,promises_namespaceObject.mkdir)((0,external_node_path_namespaceObject.dirname)(reach(path)), { recursive: true });
        await (0,promises_namespaceObject.symlink)(target, reach(path));
    }
    await (0,promises_namespaceObject.mkdir)(reach('/dev/pts'));
    await (0,promises_namespaceObject.mkdir)(reach('/dev/shm'));
    await (0,promises_namespaceObject.chmod)(reach('/dev/shm'), 0o1777);
}
/** Where our own files are while programs run: it goes with /run. */
const guestDirectory = '/run/ch-golden';
/** Makes a file for programs of the guest. */
async function offerFile(chroot, path, content, mode) {
    await (0,promises_namespaceObject.mkdir)((0,external_node_path_namespaceObject.dirname)(chroot.reach(path)), { recursive: true });
    await (0,promises_namespaceObject.writeFile)(chroot.reach(path), content, { mode });
}

;// CONCATENATED MODULE: ./build/image/mount/change-system.js









const updateWithinMs = 10 * 60_000;
const changeWithinMs = 60 * 60_000;
const preferences = `${guestDirectory}/security-preferences`;
/** Brings the lists of packages up to date, and answers with the bytes that the edits need. @throws Failure */
async function measureNeed(edits, chroot) {
    await runApt(chroot, updateCommand, 'read the package lists', updateWithinMs);
    await offerFile(chroot, preferences, securityPreferences, 0o644);
    if (edits.some((edit) => edit.kind === 'upgrade' && edit.scope === 'security'))
        await requireSecurityArchive(chroot);
    let needed = 0;
    for (const edit of edits) {
        const { stdout } = await runApt(chroot, withoutDoing(formatApt(edit, preferences)), formatCommandEdit(edit), updateWithinMs);
        needed += parseNeeded(stdout);
    }
    return needed;
}
async function requireSecurityArchive(chroot) {
    const { stdout } = await runApt(chroot, listSourcesCommand, 'list the sources of packages', updateWithinMs);
    if (hasSecurityArchive(stdout))
        return;
    throw securityArchiveFailure();
}
/** Installs, upgrades or runs a script. @throws Failure with the last words of what failed */
async function changeSystem(edit, chroot, ports) {
    if (!isPackageEdit(edit))
        return runScript(edit, chroot, ports);
    await offerFile(chroot, preferences, securityPreferences, 0o644);
    const { stdout } = await runApt(chroot, formatApt(edit, preferences), formatCommandEdit(edit), changeWithinMs);
    const summary = /^\d+ upgraded, .*$/m.exec(stdout)?.[0];
    ports.log.info(`${formatCommandEdit(edit)}${summary === undefined ? '' : `: ${summary}`}`);
}
async function runApt(chroot, argv, what, timeoutMs) {
    try {
        return await chroot.run(argv, timeoutMs);
    }
    catch (error) {
        throw error instanceof ToolError ? aptFailure(error, what, diskCauses) : error;
    }
}
function formatCommandEdit(edit) {
    if (edit.kind === 'install')
        return `install ${edit.packages.join(' ')}`;
    return edit.scope === 'security' ? 'upgrade from security archives' : 'upgrade';
}
async function runScript({ name, script }, chroot, { log }) {
    const content = await (0,promises_namespaceObject.readFile)(script.file);
    if (sha256Of(content) !== script.sha256)
        throw changedFailure(`the script ${name}`);
    const path = `${guestDirectory}/script`;
    await offerFile(chroot, path, content, 0o700);
    try {
        await chroot.run([path], changeWithinMs);
    }
    catch (error) {
        if (!(error instanceof ToolError))
            throw error;
        throw new errors_Failure(`the script ${name} ${formatExit(error)}`, {
            evidence: error.evidence.slice(-20),
            cause: error,
        });
    }
    log.info(`ran ${name}`);
}
/** A shell is around the script: it answers with 128 and the number of the signal that has ended it (dash(1)). */
function formatExit({ exitCode }) {
    if (exitCode === undefined)
        return 'was ended';
    return exitCode > 128 && exitCode <= 128 + 64
        ? `was ended by signal ${exitCode - 128}`
        : `failed with exit code ${exitCode}`;
}

;// CONCATENATED MODULE: ./build/image/mount/edit-files.js







/**
 * Carries out operations in a mounted guest. `root` is its root directory as this process reaches it.
 * The paths of operations lead through no link, so that none leads out of the image; what is to be made is not there yet.
 */
async function applyOperations(operations, root) {
    for (const operation of operations) {
        try {
            await applyOperation(operation, (0,external_node_path_namespaceObject.join)(root, guestPathOf(operation)));
        }
        catch (error) {
            if (!hasCode(error, 'ENOSPC'))
                throw error;
            throw new errors_Failure(`the image's filesystem for ${operation.mount.path} is full: ${guestPathOf(operation)} does not fit`, {
                fix: 'use a base with a larger one, or install less',
                cause: error,
            });
        }
    }
}
async function applyOperation(operation, path) {
    switch (operation.kind) {
        case 'write':
            return writeNew(path, operation.content, operation.attributes);
        case 'make-directory':
            await (0,promises_namespaceObject.mkdir)(path);
            return setAttributes(path, operation.attributes);
        case 'set-attributes':
            if (!(await (0,promises_namespaceObject.lstat)(path)).isDirectory())
                throw new errors_Failure(`${guestPathOf(operation)} in the image is no directory`);
            return setAttributes(path, operation.attributes);
        case 'link':
            return (0,promises_namespaceObject.symlink)(operation.target, path);
        case 'remove-file':
            return (0,promises_namespaceObject.unlink)(path);
        case 'remove-directory':
            return (0,promises_namespaceObject.rmdir)(path);
    }
}
async function writeNew(path, content, attributes) {
    const file = await (0,promises_namespaceObject.open)(path, 'wx', 0o600);
    try {
        if ('text' in content)
            await file.writeFile(content.text);
        else
            await copyInto(file, content.file, content.sha256);
        await file.chown(attributes.uid, attributes.gid);
        // After the owner: chown(2) takes setuid away.
        await file.chmod(attributes.mode);
    }
    finally {
        await file.close();
    }
}
async function copyInto(target, source, sha256) {
    const hash = (0,external_node_crypto_namespaceObject.createHash)('sha256');
    for await (const piece of (0,external_node_fs_namespaceObject.createReadStream)(source)) {
        hash.update(piece);
        await target.writeFile(piece);
    }
    if (hash.digest('hex') !== sha256)
        throw changedFailure(source);
}
async function setAttributes(path, { mode, uid, gid }) {
    await (0,promises_namespaceObject.chown)(path, uid, gid);
    await (0,promises_namespaceObject.chmod)(path, mode);
}

;// CONCATENATED MODULE: ./build/image/mount/mount-space.js


const holder = ['unshare', '--mount', '--', 'sh', '-c', 'echo ready && exec sleep infinity'];
/**
 * Does the work with a namespace of its own inside of the disk's. Were the server of the disk the last process in a namespace
 * with filesystems on that disk, it could never end: as it exits, the kernel unmounts them, and waits for an answer of the server,
 * whose /dev/fuse is closed only after that (Linux 6.18, do_exit: namespaces before deferred closes).
 */
async function withMountSpace(disk, ports, work) {
    const said = new external_node_events_namespaceObject.EventEmitter();
    const ready = (0,external_node_events_namespaceObject.once)(said, 'line').then(() => true);
    const running = await disk.start({ argv: holder, onLine: () => said.emit('line') });
    try {
        if (!(await Promise.race([ready, running.exited.then(() => false)]))) {
            throw new errors_Failure('no mount namespace could be made', { evidence: running.tail() });
        }
        return await work({
            run: async (command) => ports.processes.run({
                ...command,
                argv: ['nsenter', `--target=${running.pid}`, '--mount', '--', ...command.argv],
            }),
            reach: (path) => `/proc/${running.pid}/root${path}`,
        });
    }
    finally {
        await running.stop();
    }
}

;// CONCATENATED MODULE: ./build/image/mount/mounted-guest.js





const detachWithinMs = 60_000;
/**
 * Mounts root and `/boot`, does the work, unmounts them. The mounts live in the namespace, and the loop devices as long
 * as their mounts do (autoclear): whatever ends us, the kernel takes them down with the last process in the namespace.
 */
async function withMounts({ guest, rawPath, directory }, space, work) {
    const root = (0,external_node_path_namespaceObject.join)(directory, 'root');
    const places = partitionsOf(guest).map((part) => ({ part, path: (0,external_node_path_namespaceObject.join)(root, part.mount.path) }));
    await (0,promises_namespaceObject.mkdir)(root);
    try {
        for (const place of places)
            await mountPartition(rawPath, place, space);
        const result = await work({ space, root, devices: await prepareDevices(rawPath, places, space) });
        for (const { path } of places)
            await space.run({ argv: ['mount', '-o', 'remount,ro', path] });
        return result;
    }
    finally {
        await space.run({ argv: ['umount', '--recursive', '--quiet', root] }).catch(() => undefined);
        await waitForDetach(rawPath, space).finally(async () => (0,promises_namespaceObject.rmdir)(root));
    }
}
/**
 * A filesystem from elsewhere may say that an error is to stop the machine: `errors=` overrules it.
 * What is freed is discarded, so that packages which were only downloaded take no room in the overlay.
 */
async function mountPartition(rawPath, { part: { partition }, path }, space) {
    // A link would lead out of the image.
    if (!(await (0,promises_namespaceObject.lstat)(space.reach(path))).isDirectory())
        throw new errors_Failure('/boot in the image is no directory');
    const options = `loop,offset=${partition.offset},sizelimit=${partition.size},nodev,noatime,discard,noinit_itable,errors=remount-ro`;
    await space.run({ argv: ['mount', '-t', 'ext4', '-o', options, rawPath, path] });
}
/**
 * ext4 makes small ranges zero with a request that a loop device turns into a hole in its file. QEMU's FUSE export (7.2) takes
 * that for a discard and leaves parts of clusters as they are: old bytes in a new file. ext4 is told to write zeros itself.
 */
async function prepareDevices(rawPath, places, space) {
    const loops = await listLoops(rawPath, space);
    return Promise.all(places.map(async ({ part }) => {
        const path = loops.find((loop) => loop.offset === part.partition.offset)?.path;
        if (path === undefined)
            throw new errors_Failure(`partition ${part.partition.number} has no loop device after its mount`);
        await (0,promises_namespaceObject.writeFile)(`/sys/fs/ext4/${(0,external_node_path_namespaceObject.basename)(path)}/extent_max_zeroout_kb`, '0');
        return { path, number: part.partition.number, uuid: part.mount.filesystem.uuid };
    }));
}
/** The kernel lets go of a device a moment after its last mount. */
async function waitForDetach(rawPath, space) {
    const deadline = systemClock.now() + detachWithinMs;
    while ((await listLoops(rawPath, space)).length > 0) {
        if (systemClock.now() > deadline)
            throw new errors_Failure(`the image's loop devices were still in use after ${detachWithinMs / 1000} s`);
        await systemClock.sleep(10);
    }
}
async function listLoops(rawPath, space) {
    const { stdout } = await space.run({
        argv: ['losetup', '--noheadings', '--raw', '--output', 'NAME,OFFSET', '--associated', rawPath],
    });
    return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
        const [path = '', offset = ''] = line.split(' ');
        return { path, offset: Number(offset) };
    });
}

;// CONCATENATED MODULE: ./build/image/mount/offer-pin.js




const configuration = `${guestDirectory}/apt.conf`;
const sourcesPath = `${guestDirectory}/pinned.sources`;
/** Bytes of one list of packages: that of Ubuntu's universe has 70 million. */
const largestIndex = 512 * 1024 ** 2;
/** What makes every apt in the guest take the pinned sources, a script's as well: apt.conf(5) has it read first. */
const pinnedEnvironment = { APT_CONFIG: configuration };
async function offerPin({ sources }, chroot) {
    await offerFile(chroot, sourcesPath, sources, 0o644);
    await offerFile(chroot, configuration, formatPinConfiguration(sourcesPath), 0o644);
}
/** The guest's paths of the lists of packages as they were then. */
async function listPinnedIndexes({ snapshot }, chroot) {
    const { stdout } = await chroot.run(listIndexesCommand, 60_000);
    return stdout
        .split('\n')
        .map((line) => line.split('|'))
        .flatMap(([uri = '', path = '']) => (uri.includes(`/${snapshot}/`) ? [path] : []));
}
async function readIndexes(paths, files) {
    return listIndexed(await Promise.all(paths.map(async (path) => (await files.read(path, largestIndex)).toString('utf8'))));
}

;// CONCATENATED MODULE: ./build/image/mount/mount-edits.js
















/**
 * The driver for root: the kernel mounts the image's filesystems in a namespace of their own, and programs of the image run in it.
 * It can do all that `injectEdits` can, and packages and scripts.
 * Answers with how pinned the packages are, where an edit has a snapshot.
 * @throws Failure where an edit cannot be made; the overlay is good for nothing then
 */
async function mountEdits(request, ports) {
    const indexed = new Set();
    let pin;
    for (const phase of splitPlan(request.edits)) {
        if (phase.kind === 'files')
            await editFiles(request, () => phase.edits, ports);
        else {
            const ran = await runPrograms(request, phase.edits, pin, ports);
            pin = ran.pin;
            for (const version of ran.indexed)
                indexed.add(version);
        }
    }
    if (pin === undefined)
        return undefined;
    const last = pin;
    return withDisk(request, ports, async (_, guest) => checkPin(last, indexed, guest.files, ports.log));
}
/** Edits that follow each other and are of one sort are done together: the order of a plan stays. */
function splitPlan(edits) {
    const phases = [];
    for (const edit of edits) {
        const last = phases.at(-1);
        if (isFileEdit(edit)) {
            if (last?.kind === 'files')
                phases[phases.length - 1] = { kind: 'files', edits: [...last.edits, edit] };
            else
                phases.push({ kind: 'files', edits: [edit] });
        }
        else if (last?.kind === 'system')
            phases[phases.length - 1] = { kind: 'system', edits: [...last.edits, edit] };
        else
            phases.push({ kind: 'system', edits: [edit] });
    }
    return phases;
}
/** Opens the overlay, and the guest in it as it is now. What is mounted in `work` must be unmounted when it ends. */
async function withDisk({ overlay, directory }, ports, work) {
    const disk = await openEditableDisk(overlay, directory, ports);
    try {
        return await withRawFile(disk.reach(disk.rawPath), async (raw) => work(disk, await openGuest(raw)));
    }
    finally {
        await disk.close();
    }
}
async function withMountedGuest({ directory }, { disk, guest }, ports, work) {
    return withMountSpace(disk, ports, async (space) => withMounts({ guest, rawPath: disk.rawPath, directory }, space, work));
}
async function editFiles(request, plan, ports) {
    await withDisk(request, ports, async (disk, guest) => {
        const operations = await resolveEdits(await plan(guest), guest.files);
        await withMountedGuest(request, { disk, guest }, ports, async ({ space, root }) => applyOperations(operations, space.reach(root)));
        ports.log.detail(`${operations.length} operations on files`);
    });
}
async function runPrograms(request, edits, before, ports) {
    const { borrowed, pin } = await withDisk(request, ports, async (_, { files }) => ({
        borrowed: await planBorrowedFiles(files),
        pin: before ?? (await planPin(edits, files, ports.log)),
    }));
    await editFiles(request, () => borrowed.map((file) => file.putIn), ports);
    const packages = edits.filter(isPackageEdit);
    const indexed = await withFullDiskFailure(request, ports, async () => {
        const prepared = packages.length === 0 ? new Set() : await preparePackages(request, packages, pin, ports);
        await inChroot(request, pin, ports, async (chroot) => {
            for (const edit of edits)
                await changeSystem(edit, chroot, ports);
        });
        return prepared;
    });
    await editFiles(request, async (guest) => planReturn(borrowed, guest.files), ports);
    return { pin, indexed };
}
async function inChroot(request, pin, ports, work) {
    return withDisk(request, ports, async (disk, guest) => withMountedGuest(request, { disk, guest }, ports, async (mounted) => {
        const chroot = await enterChroot(mounted, pin === undefined ? {} : pinnedEnvironment, ports);
        if (pin !== undefined)
            await offerPin(pin, chroot);
        return work(chroot, mounted);
    }));
}
/** Fetches the lists of packages, and makes room for what is to come. A script can remove the lists: they are read here. */
async function preparePackages(request, packages, pin, ports) {
    await growForLists(request, ports);
    const { room, indexes } = await inChroot(request, pin, ports, async (chroot, { space, root }) => {
        const needed = await measureNeed(packages, chroot);
        const { bavail, bsize } = await (0,promises_namespaceObject.statfs)(space.reach(root));
        return {
            room: { needed, free: bavail * bsize },
            indexes: pin === undefined ? [] : await listPinnedIndexes(pin, chroot),
        };
    });
    await makeRoom(request, room, ports);
    return indexes.length === 0
        ? new Set()
        : withDisk(request, ports, async (_, { files }) => readIndexes(indexes, files));
}

;// CONCATENATED MODULE: ./build/image/mount/serve-mount.js



/** Characters of one line of a program's output. */
const serve_mount_longestLine = 8192;
/** Carries out an order as root, and says how it goes: the other end of `mountThroughSudo`. In a mount namespace of its own. */
async function serveMount({ request }, say, { processes }) {
    const sayLine = (kind) => (line) => say({ kind, line: line.slice(0, serve_mount_longestLine) });
    const log = { ...silentLog, detail: sayLine('detail'), info: sayLine('info'), warn: sayLine('warn') };
    try {
        // Whatever ends us, no file of root's is left in a directory that a user has to remove.
        await processes.run({ argv: ['mount', '-t', 'tmpfs', '-o', 'mode=0700,nosuid', 'none', request.directory] });
        const pin = await mountEdits(request, { processes, log });
        say({ kind: 'done', ...(pin === undefined ? {} : { pin }) });
    }
    catch (error) {
        if (!(error instanceof errors_Failure))
            throw error;
        const { fix, evidence } = error;
        say({ kind: 'failure', message: errorMessage(error), evidence, ...(fix === undefined ? {} : { fix }) });
    }
}

;// CONCATENATED MODULE: ./build/platform/process/environment.js
/** Credentials and the runner's own channels: no program that we start needs them. */
const secret = /^(AWS_|ACTIONS_|INPUT_|GITHUB_TOKEN$|GH_TOKEN$|STATE_)|(TOKEN|SECRET|PASSWORD|PRIVATE_KEY)$/;
/**
 * What child processes get: our environment without credentials, in the C locale and UTC, so that their output can be read.
 * RUNNER_TRACKING_ID stays in it: by it GitHub's runner finds what a lost job left behind.
 */
function childEnvironment(environment) {
    const kept = Object.entries(environment).filter((entry) => entry[1] !== undefined && !secret.test(entry[0]));
    return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' };
}
/** Names whose values are secrets. `childEnvironment` keeps more from programs than is one. */
const secretValue = /(TOKEN|SECRET|PASSWORD|PRIVATE_KEY|ACCESS_KEY|ACCESS_KEY_ID|API_KEY)$/;
/** The secrets in our environment, so that they can be taken out of what others will read. */
function listSecrets(environment) {
    return Object.entries(environment).flatMap(([name, value]) => value !== undefined && secretValue.test(name) ? [value] : []);
}

;// CONCATENATED MODULE: external "node:child_process"
const external_node_child_process_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");
;// CONCATENATED MODULE: ./build/platform/process/programs.js




/** Which Debian and Ubuntu package has each program that this product starts. */
const packageOfProgram = {
    chroot: 'coreutils',
    debugfs: 'e2fsprogs',
    dumpe2fs: 'e2fsprogs',
    e2fsck: 'e2fsprogs',
    mke2fs: 'e2fsprogs',
    fakeroot: 'fakeroot',
    flock: 'util-linux',
    getent: 'libc-bin',
    go: 'golang-go',
    gpgv: 'gpgv',
    ip: 'iproute2',
    losetup: 'mount',
    'mkfs.vfat': 'dosfstools',
    mmdebstrap: 'mmdebstrap',
    newuidmap: 'uidmap',
    mount: 'mount',
    nsenter: 'util-linux',
    npx: 'npm',
    perl: 'perl-base',
    prlimit: 'util-linux',
    'qemu-img': 'qemu-utils',
    'qemu-io': 'qemu-utils',
    'qemu-storage-daemon': 'qemu-system-common',
    'qemu-system-x86_64': 'qemu-system-x86',
    resize2fs: 'e2fsprogs',
    rm: 'coreutils',
    setpriv: 'util-linux',
    setsid: 'util-linux',
    sfdisk: 'fdisk',
    sh: 'dash',
    sudo: 'sudo',
    tar: 'tar',
    umount: 'mount',
    unshare: 'util-linux',
    xorriso: 'xorriso',
};
/** Administrators' programs, which a plain user's PATH often lacks on Debian. */
const administratorDirectories = ['/usr/local/sbin', '/usr/sbin', '/sbin'];
/** The absolute path of a program, or undefined where it is not installed. */
async function tryFindProgram(program, searchPath) {
    const candidates = (0,external_node_path_namespaceObject.isAbsolute)(program)
        ? [program]
        : [...searchPath.split(external_node_path_namespaceObject.delimiter).filter(external_node_path_namespaceObject.isAbsolute), ...administratorDirectories].map((directory) => (0,external_node_path_namespaceObject.join)(directory, program));
    for (const candidate of candidates) {
        if (await isExecutable(candidate))
            return candidate;
    }
    return undefined;
}
/** The absolute path of a program. @throws Failure that names the package to install. */
async function getProgram(program, searchPath) {
    const found = await tryFindProgram(program, searchPath);
    if (found !== undefined)
        return found;
    const packageName = packageOfProgram[program];
    throw new errors_Failure(`${program} is not installed`, packageName === undefined ? {} : { fix: `sudo apt-get install --no-install-recommends ${packageName}` });
}
async function isExecutable(path) {
    return (0,promises_namespaceObject.access)(path, external_node_fs_namespaceObject.constants.X_OK).then(() => true, () => false);
}

;// CONCATENATED MODULE: ./build/platform/process/shell.js
/** A word as a POSIX shell takes it literally, whatever is in it. */
function quoteShell(word) {
    return `'${word.replaceAll("'", `'\\''`)}'`;
}

;// CONCATENATED MODULE: ./build/platform/process/processes.js







const tenMinutes = 600_000;
const defaultGraceMs = 2_000;
/** How long children of a program that has ended may go on with its output. */
const leftoverMs = 5_000;
const collectedCharacters = 64 * 1024 ** 2;
const tailLines = 60;
function createProcesses(options) {
    // Every process that runs waits for the abort: many at once are no leak.
    (0,external_node_events_namespaceObject.setMaxListeners)(0, options.signal);
    return {
        run: async (command) => {
            const scope = command.evenAfterCancel === true ? { ...options, signal: new AbortController().signal } : options;
            return runToEnd(await launch(command, scope), { timeoutMs: tenMinutes, ...command }, scope.signal);
        },
        start: async (command) => {
            const child = await launch(command, options);
            const running = watch(child, command);
            const onAbort = () => void running.stop();
            options.signal.addEventListener('abort', onAbort, { once: true });
            void running.exited.then(() => options.signal.removeEventListener('abort', onAbort));
            return running;
        },
        stream: async (command, consume) => streamToEnd(await launch(command, options), command, options.signal, consume),
        tryFind: async (program) => tryFindProgram(program, options.environment['PATH'] ?? ''),
    };
}
/** A command line as a person could type it again. */
function formatCommand(argv) {
    return argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quoteShell(word))).join(' ');
}
/** Starts the program in a process group of its own, to die with this process: `kill -9` leaves nothing behind. */
async function launch(command, options) {
    options.signal.throwIfAborted();
    const environment = { ...options.environment, ...command.env };
    const searchPath = environment['PATH'] ?? '';
    const setpriv = await getProgram('setpriv', searchPath);
    const sh = await getProgram('sh', searchPath);
    const program = await getProgram(command.argv[0], searchPath);
    const commandLine = formatCommand(command.argv);
    options.log.detail(`$ ${commandLine}`);
    options.signal.throwIfAborted();
    const [wrapper, ...words] = dieWithParent([program, ...command.argv.slice(1)], { setpriv, sh });
    const child = (0,external_node_child_process_namespaceObject.spawn)(wrapper, words, {
        ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
        env: environment,
        detached: true,
        stdio: [
            command.input === undefined && command.holdInput !== true ? 'ignore' : 'pipe',
            'pipe',
            'pipe',
            ...(command.files ?? []),
        ],
    });
    const endTrace = options.trace?.begin('process', (0,external_node_path_namespaceObject.basename)(programOf(command.argv)), commandLine);
    child.once('close', () => endTrace?.());
    // A program that ends before it has read its input closes the pipe; its exit code says what that means.
    child.stdin?.on('error', () => undefined);
    if (command.holdInput !== true)
        child.stdin?.end(command.input);
    else if (command.input !== undefined)
        child.stdin?.write(command.input);
    return child;
}
async function runToEnd(child, command, signal) {
    const tooMuch = new AbortController();
    const end = () => tooMuch.abort(new ToolError(`${command.argv[0]} printed more than ${collectedCharacters / 1024 ** 2} MiB`, command.argv, 0));
    const [stdout, stderr] = [processes_collect(child.stdout, end), processes_collect(child.stderr, end)];
    await finish(child, command, AbortSignal.any([signal, tooMuch.signal]));
    return { stdout: stdout(), stderr: stderr() };
}
async function streamToEnd(child, command, signal, consume) {
    if (child.stdout === null)
        throw new TypeError('a streamed process has a standard output');
    const finished = finish(child, command, signal, [child.stderr]);
    finished.catch(() => undefined);
    try {
        const result = await consume(child.stdout);
        await finished;
        return result;
    }
    catch (error) {
        // Where the output had ended already, the program came first, and its own words are the cause;
        // a reader that leaves in the middle makes it fail itself (EPIPE).
        const programEndedFirst = child.stdout.readableEnded;
        endGroup(child, 'SIGKILL');
        await finished.catch((cause) => {
            if (programEndedFirst && cause instanceof ToolError && cause.exitCode !== undefined)
                throw cause;
        });
        throw error;
    }
}
/** Waits for the end of a process that must succeed, whichever comes first: its exit, the time limit, a cancel. */
async function finish(child, command, signal, watched = [child.stdout, child.stderr]) {
    const running = watch(child, command, watched);
    let overdue = false;
    const timer = command.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            overdue = true;
            void running.stop();
        }, command.timeoutMs);
    const onAbort = () => void running.stop();
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted)
        onAbort();
    const exit = await running.exited;
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    signal.throwIfAborted();
    if (exit.code === 0 && !overdue)
        return;
    throw new ToolError(processes_formatExit(command, exit, overdue), command.argv, exit.code, { evidence: running.tail() });
}
function processes_formatExit(command, exit, overdue) {
    const program = command.argv[0];
    if (overdue)
        return `${program} did not finish within ${(command.timeoutMs ?? 0) / 1000} s and was ended`;
    return exit.code === undefined
        ? `${program} was ended by ${exit.signal ?? 'a signal'}`
        : `${program} failed with exit code ${exit.code}`;
}
function watch(child, command, watched = [child.stdout, child.stderr]) {
    const tail = [];
    for (const stream of watched) {
        onLines(stream, (line) => {
            tail.push(line);
            if (tail.length > tailLines)
                tail.shift();
            command.onLine?.(line);
        });
    }
    const exited = new Promise((resolve) => {
        child.once('error', (error) => {
            tail.push(error.message);
            resolve({ code: 127, signal: undefined });
        });
        // What it has left behind may hold its output open for ever.
        child.once('exit', () => {
            const timer = setTimeout(() => {
                endGroup(child, 'SIGKILL');
                for (const stream of [child.stdout, child.stderr])
                    stream?.destroy();
            }, leftoverMs);
            child.once('close', () => clearTimeout(timer));
        });
        child.once('close', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
    });
    return {
        pid: child.pid ?? -1,
        exited,
        tail: () => [...tail],
        stop: async (graceMs = defaultGraceMs, againMs) => {
            endGroup(child, 'SIGTERM');
            const again = againMs === undefined ? undefined : setInterval(() => endGroup(child, 'SIGTERM'), againMs);
            const timer = setTimeout(() => endGroup(child, 'SIGKILL'), graceMs);
            const exit = await exited;
            clearInterval(again);
            clearTimeout(timer);
            return exit;
        },
    };
}
function endGroup(child, signal) {
    if (child.pid === undefined)
        return;
    if (signal === 'SIGKILL')
        child.stdin?.destroy();
    try {
        process.kill(-child.pid, signal);
    }
    catch {
        // The group has ended already.
    }
}
/** Keeps what a stream gives; the returned function hands it out. Where it becomes too much, drops all of it and calls `onTooMuch`. */
function processes_collect(stream, onTooMuch) {
    const chunks = [];
    let size = 0;
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk) => {
        size += chunk.length;
        if (size <= collectedCharacters)
            chunks.push(chunk);
        else if (chunks.length > 0) {
            chunks.length = 0;
            onTooMuch();
        }
    });
    return () => chunks.join('');
}
const processes_longestLine = 64 * 1024;
/** Calls back with each line; a longer one than 64 KiB comes in pieces. */
function onLines(stream, onLine) {
    let rest = '';
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk) => {
        const lines = (rest + chunk).split(/\r?\n|\r/);
        rest = lines.pop() ?? '';
        lines.forEach(onLine);
        if (rest.length > processes_longestLine) {
            onLine(rest);
            rest = '';
        }
    });
    stream?.on('end', () => {
        if (rest !== '')
            onLine(rest);
    });
}

;// CONCATENATED MODULE: ./build/entry/run-mount.js







/**
 * What sudo runs for a build of a plain user: it mounts an image and changes it, and nothing else. Its order comes on standard
 * input, which stays open as long as the build lives: the build may not signal a process of root's.
 */
async function runMount(environment) {
    const lines = (0,external_node_readline_namespaceObject.createInterface)({ input: process.stdin });
    const controller = new AbortController();
    const ended = (0,external_node_events_namespaceObject.once)(lines, 'close').then(() => controller.abort(new CancelledError('the build has ended')));
    const first = await Promise.race([(0,external_node_events_namespaceObject.once)(lines, 'line'), ended]);
    if (first === undefined) {
        process.stderr.write('ch-golden: a build starts this through sudo, for the driver mount\n');
        return 2;
    }
    // Nobody reads any more where the build has been killed.
    process.stdout.on('error', () => undefined);
    const order = JSON.parse(String(first[0]));
    // sudo may leave a plain user's search path as it is.
    const PATH = `/usr/local/sbin:/usr/sbin:/sbin:${environment['PATH'] ?? ''}`;
    const processes = createProcesses({
        environment: childEnvironment({ ...environment, ...order.environment, PATH }),
        signal: controller.signal,
        log: silentLog,
    });
    await serveMount(order, (word) => void process.stdout.write(`${JSON.stringify(word)}\n`), { processes });
    return 0;
}


/***/ })

/******/ });
/************************************************************************/
/******/ // The module cache
/******/ var __webpack_module_cache__ = {};
/******/ 
/******/ // The require function
/******/ function __nccwpck_require__(moduleId) {
/******/ 	// Check if module is in cache
/******/ 	var cachedModule = __webpack_module_cache__[moduleId];
/******/ 	if (cachedModule !== undefined) {
/******/ 		return cachedModule.exports;
/******/ 	}
/******/ 	// Create a new module (and put it into the cache)
/******/ 	var module = __webpack_module_cache__[moduleId] = {
/******/ 		// no module.id needed
/******/ 		// no module.loaded needed
/******/ 		exports: {}
/******/ 	};
/******/ 
/******/ 	// Execute the module function
/******/ 	var threw = true;
/******/ 	try {
/******/ 		__webpack_modules__[moduleId](module, module.exports, __nccwpck_require__);
/******/ 		threw = false;
/******/ 	} finally {
/******/ 		if(threw) delete __webpack_module_cache__[moduleId];
/******/ 	}
/******/ 
/******/ 	// Return the exports of the module
/******/ 	return module.exports;
/******/ }
/******/ 
/************************************************************************/
/******/ /* webpack/runtime/asset-relocator-loader */
/******/ if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = decodeURIComponent(new URL('.', import.meta.url).pathname).slice(import.meta.url.match(/^file:\/\/\/\w:/) ? 1 : 0, -1) + "/";
/******/ 
/******/ /* webpack/runtime/async module */
/******/ (() => {
/******/ 	var webpackQueues = typeof Symbol === "function" ? Symbol("webpack queues") : "__webpack_queues__";
/******/ 	var webpackExports = typeof Symbol === "function" ? Symbol("webpack exports") : "__webpack_exports__";
/******/ 	var webpackError = typeof Symbol === "function" ? Symbol("webpack error") : "__webpack_error__";
/******/ 	var resolveQueue = (queue) => {
/******/ 		if(queue && queue.d < 1) {
/******/ 			queue.d = 1;
/******/ 			queue.forEach((fn) => (fn.r--));
/******/ 			queue.forEach((fn) => (fn.r-- ? fn.r++ : fn()));
/******/ 		}
/******/ 	}
/******/ 	var wrapDeps = (deps) => (deps.map((dep) => {
/******/ 		if(dep !== null && typeof dep === "object") {
/******/ 			if(dep[webpackQueues]) return dep;
/******/ 			if(dep.then) {
/******/ 				var queue = [];
/******/ 				queue.d = 0;
/******/ 				dep.then((r) => {
/******/ 					obj[webpackExports] = r;
/******/ 					resolveQueue(queue);
/******/ 				}, (e) => {
/******/ 					obj[webpackError] = e;
/******/ 					resolveQueue(queue);
/******/ 				});
/******/ 				var obj = {};
/******/ 				obj[webpackQueues] = (fn) => (fn(queue));
/******/ 				return obj;
/******/ 			}
/******/ 		}
/******/ 		var ret = {};
/******/ 		ret[webpackQueues] = x => {};
/******/ 		ret[webpackExports] = dep;
/******/ 		return ret;
/******/ 	}));
/******/ 	__nccwpck_require__.a = (module, body, hasAwait) => {
/******/ 		var queue;
/******/ 		hasAwait && ((queue = []).d = -1);
/******/ 		var depQueues = new Set();
/******/ 		var exports = module.exports;
/******/ 		var currentDeps;
/******/ 		var outerResolve;
/******/ 		var reject;
/******/ 		var promise = new Promise((resolve, rej) => {
/******/ 			reject = rej;
/******/ 			outerResolve = resolve;
/******/ 		});
/******/ 		promise[webpackExports] = exports;
/******/ 		promise[webpackQueues] = (fn) => (queue && fn(queue), depQueues.forEach(fn), promise["catch"](x => {}));
/******/ 		module.exports = promise;
/******/ 		body((deps) => {
/******/ 			currentDeps = wrapDeps(deps);
/******/ 			var fn;
/******/ 			var getResult = () => (currentDeps.map((d) => {
/******/ 				if(d[webpackError]) throw d[webpackError];
/******/ 				return d[webpackExports];
/******/ 			}))
/******/ 			var promise = new Promise((resolve) => {
/******/ 				fn = () => (resolve(getResult));
/******/ 				fn.r = 0;
/******/ 				var fnQueue = (q) => (q !== queue && !depQueues.has(q) && (depQueues.add(q), q && !q.d && (fn.r++, q.push(fn))));
/******/ 				currentDeps.map((dep) => (dep[webpackQueues](fnQueue)));
/******/ 			});
/******/ 			return fn.r ? promise : getResult();
/******/ 		}, (err) => ((err ? reject(promise[webpackError] = err) : outerResolve(exports)), resolveQueue(queue)));
/******/ 		queue && queue.d < 0 && (queue.d = 0);
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/define property getters */
/******/ (() => {
/******/ 	// define getter functions for harmony exports
/******/ 	__nccwpck_require__.d = (exports, definition) => {
/******/ 		for(var key in definition) {
/******/ 			if(__nccwpck_require__.o(definition, key) && !__nccwpck_require__.o(exports, key)) {
/******/ 				Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 			}
/******/ 		}
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/hasOwnProperty shorthand */
/******/ (() => {
/******/ 	__nccwpck_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop))
/******/ })();
/******/ 
/************************************************************************/
/******/ 
/******/ // startup
/******/ // Load entry module and return exports
/******/ // This entry module used 'module' so it can't be inlined
/******/ var __webpack_exports__ = __nccwpck_require__(706);
/******/ __webpack_exports__ = await __webpack_exports__;
/******/ 
