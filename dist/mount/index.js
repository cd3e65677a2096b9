import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 706:
/***/ ((__webpack_module__, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var _run_mount_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(752);

process.exit(await (0,_run_mount_js__WEBPACK_IMPORTED_MODULE_0__/* .runMount */ .F)(process.env));

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ }),

/***/ 752:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  F: () => (/* binding */ runMount)
});

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
/** `0m`, `5m`, `7h`, `12d`: short enough for a column. */
function formatAge(milliseconds) {
    const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
    if (minutes < 60)
        return `${minutes}m`;
    const hours = Math.floor(minutes / 60);
    return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
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
/** A foreign text on one line, without characters that control a terminal or a log, or reverse text. */
function sanitizeLine(text, maxLength = 400) {
    const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g, ' ').trimEnd();
    return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line;
}
/**
 * Escapes what the GitHub runner would take as a workflow command: `::name::` at the start, or `##[name]` anywhere.
 * Source: actions/runner, src/Runner.Common/ActionCommand.cs.
 */
function hideCommands(line) {
    return line.replace(/^(?=\s*::)/, '|').replaceAll('##[', '# [');
}
/** What JSON does not escape, although it controls a terminal or reverses text. */
const unprintable = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
/** A foreign text in quotes, for a message: shortened, with escapes for characters that must not be printed. */
function format_quoteText(text, maxLength = 120) {
    return JSON.stringify(text.length > maxLength ? `${text.slice(0, maxLength)}…` : text).replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

;// CONCATENATED MODULE: ./build/platform/errors.js


/** Of a message and of a fix, in characters. Both can quote foreign texts. */
const maxLineLength = 2000;
/**
 * The one error type that this product throws on purpose.
 * `message` is one line: what failed, on what, why.
 */
class errors_Failure extends Error {
    fix;
    evidence;
    constructor(message, details = {}) {
        super(sanitizeLine(message, maxLineLength), { cause: details.cause });
        this.name = new.target.name;
        this.fix = details.fix === undefined ? undefined : sanitizeLine(details.fix, maxLineLength);
        this.evidence = details.evidence ?? [];
    }
}
/** Wrong input or flags: exit code 2. */
class errors_UsageError extends (/* unused pure expression or super */ null && (errors_Failure)) {
}
/** A program failed, was stopped by its time limit, or could not be started. */
class ToolError extends errors_Failure {
    argv;
    /** Undefined if a signal killed it. */
    exitCode;
    constructor(message, argv, exitCode, details = {}) {
        super(message, details);
        this.argv = argv;
        this.exitCode = exitCode;
    }
}
/** The run was cancelled: SIGINT, SIGTERM, or a caller's abort. */
class errors_CancelledError extends errors_Failure {
}
/** The reason behind an AbortError of Node, which hides that of its signal; anything else as it is. */
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
/** Discards everything. */
const silentLog = {
    info: () => undefined,
    detail: () => undefined,
    warn: () => undefined,
    progress: () => undefined,
};

;// CONCATENATED MODULE: ./build/platform/without-undefined.js
/** A copy without the properties that are undefined, for documents whose keys are either set or absent. */
function withoutUndefined(value) {
    return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined));
}

;// CONCATENATED MODULE: ./build/platform/process/serve-helper.js



/** Characters of one line of a program's output. */
const longestLine = 8192;
/** Does the work of a helper, and sends messages about it. @param work returns what the message `done` has */
async function serveHelper(work, send) {
    const sendLine = (kind) => (line) => send({ kind, line: line.slice(0, longestLine) });
    const log = { ...silentLog, detail: sendLine('detail'), info: sendLine('info'), warn: sendLine('warn') };
    try {
        send({ ...(await work(log)), kind: 'done' });
    }
    catch (error) {
        if (!(error instanceof errors_Failure))
            throw error;
        const { fix, evidence } = error;
        send(withoutUndefined({ kind: 'failure', message: errorMessage(error), evidence, fix }));
    }
}

;// CONCATENATED MODULE: external "node:fs/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs/promises");
;// CONCATENATED MODULE: ./build/disk/block-reader.js

/** Part of a disk, such as a partition, as a disk. */
function sliceReader(reader, start, size) {
    return {
        size,
        read: async (offset, length) => {
            if (offset < 0 || length < 0 || offset + length > size) {
                throw new errors_Failure(`read of ${length} bytes at ${offset} is outside a partition of ${size} bytes`);
            }
            return reader.read(start + offset, length);
        },
        assertOpen: () => reader.assertOpen?.(),
    };
}

;// CONCATENATED MODULE: ./build/disk/ext4-features.js

const wordOffsets = {
    compatible: 0x5c,
    incompatible: 0x60,
    readOnlyCompatible: 0x64,
};
/** Names as in mke2fs(8) and tune2fs(8), by bit. Source: e2fsprogs, lib/ext2fs/ext2_fs.h. */
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
const uneditable = new Map([
    ['quota', 'removable'],
    ['project', 'removable'],
    ['read-only', 'removable'],
    ['shared_blocks', 'fixed'],
    ['snapshot', 'fixed'],
    ['replica', 'fixed'],
    ['btree_dir', 'fixed'],
]);
/** The names of a superblock's features. A bit without a name is `incompatible feature 0x…`. */
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
        throw new errors_Failure('the ext4 filesystem was not unmounted cleanly: its journal must be replayed', {
            fix: 'run e2fsck -f on it, or use another base',
        });
    }
    const incompatible = new Set(featureNames.incompatible.filter((name) => name !== '' && !readable.has(name)));
    const unreadable = features.filter((name) => incompatible.has(name) || name.startsWith('incompatible feature'));
    if (unreadable.length === 0)
        return;
    const without = unreadable.map((name) => `^${name}`).join(',');
    throw new errors_Failure(`the ext4 filesystem has ${nameFeatures(unreadable)}, which cannot be edited offline`, {
        fix: `create the base's filesystem without ${unreadable.length === 1 ? 'it' : 'them'} (mke2fs -O ${without}), ` +
            'or use another base',
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
            : "create the base's filesystem without it, or use another base",
    });
}
function nameFeatures(names) {
    return `the feature${names.length === 1 ? '' : 's'} ${names.join(' and ')}`;
}

;// CONCATENATED MODULE: ./build/disk/ext4-superblock.js


const magic = 0xef53;
const has64bit = 0x80;
/** Whether a partition holds an ext2, ext3 or ext4 filesystem. */
async function isExt4(partition) {
    return partition.size >= 4096 && isExt4Superblock(await partition.read(0, 4096));
}
/** Like `isExt4`, given the first bytes of a partition. */
function isExt4Superblock(start) {
    return start.length >= 2048 && start.readUInt16LE(1024 + 0x38) === magic;
}
/** @throws Failure if the filesystem cannot be read, or was not unmounted cleanly */
function parseSuperblock(superblock, partitionSize) {
    if (superblock.readUInt16LE(0x38) !== magic)
        throw new errors_Failure('not an ext4 filesystem');
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
/** Free blocks without root's reserve. */
function countFree(superblock) {
    const [reserved = 0, free = 0] = [
        [0x8, 0x154],
        [0xc, 0x158],
    ].map(([low, high]) => superblock.readUInt32LE(low) + (uses64bit(superblock) ? superblock.readUInt32LE(high) * 2 ** 32 : 0));
    return Math.max(0, free - reserved);
}

;// CONCATENATED MODULE: ./build/disk/ext4-xattrs.js
const attributesMagic = 0xea02_0000;
const blockHeaderSize = 32;
const entryHeaderSize = 16;
/** Names that the disk stores as a number. Source: Linux, fs/ext4/xattr.h. */
const prefixes = {
    1: 'user.',
    2: 'system.posix_acl_access',
    3: 'system.posix_acl_default',
    4: 'trusted.',
    6: 'security.',
    7: 'system.',
};
/** Reads the attributes in an inode. @param inode all its bytes, not only the first 128 */
function parseInodeAttributes(inode) {
    if (inode.length < 132)
        return new Map();
    const start = 128 + inode.readUInt16LE(128);
    if (start + 4 > inode.length || inode.readUInt32LE(start) !== attributesMagic)
        return new Map();
    const area = inode.subarray(start + 4);
    return parseEntries(area, area);
}
/** Reads a block of attributes. */
function parseBlockAttributes(block) {
    if (block.length < blockHeaderSize || block.readUInt32LE(0) !== attributesMagic)
        return new Map();
    return parseEntries(block.subarray(blockHeaderSize), block);
}
/**
 * Entries end with four zero bytes, or at the first that points outside of its area. Values in an inode of their own
 * (ea_inode) are skipped: those are larger than a label or an ACL.
 * @param values what value offsets are relative to
 */
function parseEntries(entries, values) {
    const attributes = new Map();
    for (let at = 0; at + entryHeaderSize <= entries.length && entries.readUInt32LE(at) !== 0;) {
        const nameLength = entries.readUInt8(at);
        const prefix = prefixes[entries.readUInt8(at + 1)];
        const offset = entries.readUInt16LE(at + 2);
        const inode = entries.readUInt32LE(at + 4);
        const size = entries.readUInt32LE(at + 8);
        const end = at + entryHeaderSize + nameLength;
        if (end > entries.length || (inode === 0 && offset + size > values.length))
            break;
        if (prefix !== undefined && inode === 0)
            attributes.set(prefix + entries.toString('latin1', at + entryHeaderSize, end), Buffer.from(values.subarray(offset, offset + size)));
        at += Math.ceil((entryHeaderSize + nameLength) / 4) * 4;
    }
    return attributes;
}

;// CONCATENATED MODULE: ./build/disk/ext4-attribute-block.js


/** Source: Linux, fs/ext4/xattr.h, ext4_xattr_header. */
const at = { references: 4, checksum: 16, entries: 32 };
const ext4_attribute_block_entryHeaderSize = 16;
/**
 * @param seed of the filesystem's checksums; undefined if it has none
 * @throws Failure if it is not such a block, has values in inodes of their own, or cannot be named in a block map
 */
function parseAttributeBlock(number, block, seed) {
    if (block.length < at.entries || block.readUInt32LE(0) !== attributesMagic)
        throw new errors_Failure(`block ${number} of the ext4 filesystem is not a block of extended attributes`);
    if (number > 0xffff_ffff)
        throw new errors_Failure(`block ${number} of the ext4 filesystem is beyond 32 bits`);
    if (hasValueInodes(block))
        throw new errors_Failure(`block ${number} of the ext4 filesystem has extended attributes in separate inodes`);
    return {
        number,
        references: block.readUInt32LE(at.references),
        changeReferences: (references) => {
            const changed = Buffer.from(block);
            changed.writeUInt32LE(references, at.references);
            if (seed !== undefined)
                changed.writeUInt32LE(checksumOf(number, changed, seed), at.checksum);
            return new Map([...changed].flatMap((byte, offset) => (byte === block[offset] ? [] : [[offset, byte]])));
        },
    };
}
function hasValueInodes(block) {
    for (let entry = at.entries; entry + ext4_attribute_block_entryHeaderSize <= block.length && block.readUInt32LE(entry) !== 0;) {
        if (block.readUInt32LE(entry + 4) !== 0)
            return true;
        entry += Math.ceil((ext4_attribute_block_entryHeaderSize + block.readUInt8(entry)) / 4) * 4;
    }
    return false;
}
/** Of its place and its bytes, with zeros for the checksum itself. Source: Linux, ext4_xattr_block_csum. */
function checksumOf(number, block, seed) {
    const place = Buffer.alloc(8);
    place.writeBigUInt64LE(BigInt(number));
    const bytes = Buffer.from(block);
    bytes.writeUInt32LE(0, at.checksum);
    return crc32c(bytes, crc32c(place, seed));
}
/** CRC-32C without the final inversion, as ext4 has it. */
function crc32c(bytes, seed) {
    let crc = seed >>> 0;
    for (const byte of bytes) {
        crc ^= byte;
        for (let bit = 0; bit < 8; bit++)
            crc = (crc >>> 1) ^ ((crc & 1) === 0 ? 0 : 0x82f6_3b78);
    }
    return crc >>> 0;
}
const metadataChecksums = 0x400;
const storedSeed = 0x2000;
/** The seed of a filesystem's checksums; undefined if it has none. Source: Linux, ext4_init_metadata_csum. */
function parseChecksumSeed(superblock) {
    if ((superblock.readUInt32LE(0x64) & metadataChecksums) === 0)
        return undefined;
    if ((superblock.readUInt32LE(0x60) & storedSeed) !== 0)
        return superblock.readUInt32LE(0x270);
    return crc32c(superblock.subarray(0x68, 0x78), 0xffff_ffff);
}

;// CONCATENATED MODULE: external "node:timers/promises"
const external_node_timers_promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:timers/promises");
;// CONCATENATED MODULE: ./build/disk/work-budget.js



/** Reading a regular image costs less than twice the size of its disk. */
const disksPerImage = 3;
const minLimitBytes = 4 * 1024 ** 3;
/** The minimum cost of any step. */
const stepBytes = 256;
const bytesPerTurn = 4 * 1024 ** 2;
function createWorkBudget(disk, limitBytes = Math.max(minLimitBytes, disksPerImage * disk.size)) {
    let spent = 0;
    let sinceTurn = 0;
    return {
        spend: async (bytes) => {
            spent += stepBytes + bytes;
            sinceTurn += stepBytes + bytes;
            if (spent > limitBytes)
                throw new errors_Failure(`reading the image's files takes more than ${formatBytes(limitBytes)}, ` +
                    `although its disk has only ${formatBytes(disk.size)}`, { fix: 'remove files with very many hard links and large sparse files from the image, or use another base' });
            if (sinceTurn < bytesPerTurn)
                return;
            sinceTurn = 0;
            await (0,external_node_timers_promises_namespaceObject.setImmediate)();
            disk.assertOpen?.();
        },
    };
}

;// CONCATENATED MODULE: ./build/disk/ext4-reader.js






const rootInode = 2;
const hasExtents = 0x40;
const inodeFlag = { inlineData: 0x1000_0000, extents: 0x8_0000, encrypted: 0x800 };
const kinds = { 0x4000: 'directory', 0x8000: 'file', 0xa000: 'link' };
const extentMagic = 0xf30a;
const uninitialised = 32768;
const maxDirectoryBytes = 4 * 1024 ** 2;
const maxRuns = 500_000;
const pieceSize = 4 * 1024 ** 2;
/** @throws Failure if the filesystem cannot be read, or was not unmounted cleanly */
async function openExt4(partition, budget = createWorkBudget(partition)) {
    const superblock = await partition.read(1024, 1024);
    return new Ext4(superblock, parseSuperblock(superblock, partition.size), new BlockCache(partition, budget));
}
class Ext4 {
    label;
    uuid;
    blockSize;
    lastWrite;
    hasExtents;
    features;
    size;
    freeBytes;
    #geometry;
    #checksumSeed;
    #blocks;
    constructor(superblock, geometry, blocks) {
        this.label = superblock.toString('utf8', 0x78, 0x88).replace(/\0.*$/s, '');
        this.uuid = superblock.toString('hex', 0x68, 0x78).replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
        this.blockSize = geometry.blockSize;
        this.lastWrite = superblock.readUInt32LE(0x30);
        this.hasExtents = (superblock.readUInt32LE(0x60) & hasExtents) !== 0;
        this.features = parseFeatures(superblock);
        this.size = geometry.blockCount * geometry.blockSize;
        this.freeBytes = countFree(superblock) * geometry.blockSize;
        this.#geometry = geometry;
        this.#checksumSeed = parseChecksumSeed(superblock);
        this.#blocks = blocks;
    }
    async getInode(number) {
        return parseInode(number, await this.#blocks.read(await this.#locateInode(number), 128));
    }
    /** The inode's position in the partition, in bytes. */
    async #locateInode(number) {
        const { blockSize, inodeCount, inodesPerGroup, inodeSize, descriptorsAt, descriptorSize } = this.#geometry;
        if (number < 1 || number > inodeCount)
            throw new errors_Failure(`the ext4 filesystem is damaged: inode ${number} does not exist`);
        const group = Math.floor((number - 1) / inodesPerGroup);
        const descriptor = await this.#blocks.read(descriptorsAt + group * descriptorSize, descriptorSize);
        const table = descriptor.readUInt32LE(8) + (descriptorSize >= 64 ? descriptor.readUInt32LE(0x28) * 2 ** 32 : 0);
        return table * blockSize + ((number - 1) % inodesPerGroup) * inodeSize;
    }
    async readAttributes({ number, attributeBlock }) {
        const inode = await this.#blocks.read(await this.#locateInode(number), this.#geometry.inodeSize);
        const inBlock = attributeBlock === 0 ? [] : parseBlockAttributes(await this.#readBlock(attributeBlock));
        return new Map([...parseInodeAttributes(inode), ...inBlock]);
    }
    async readAttributeBlock({ attributeBlock }) {
        return parseAttributeBlock(attributeBlock, await this.#readBlock(attributeBlock), this.#checksumSeed);
    }
    async readDirectory(inode) {
        if (inode.kind !== 'directory')
            throw new errors_Failure(`inode ${inode.number} is not a directory`);
        return parseDirectory(await collect(this.readContent(inode), inode, maxDirectoryBytes), this.blockSize);
    }
    async readLink(inode) {
        return inode.size < 60
            ? inode.blockMap.toString('utf8', 0, inode.size)
            : (await collect(this.readContent(inode), inode, 4096)).toString('utf8');
    }
    async *readContent(inode) {
        let done = 0;
        for (const run of await this.listRuns(inode)) {
            const from = Math.max(run.first * this.blockSize, done);
            const to = Math.min((run.first + run.count) * this.blockSize, inode.size);
            yield* this.#zeros(Math.min(from, inode.size) - done);
            for (let at = from; at < to; at += pieceSize) {
                const length = Math.min(pieceSize, to - at);
                if (run.start === undefined || !run.isWritten)
                    yield* this.#zeros(length);
                else
                    yield await this.#blocks.read(run.start * this.blockSize + at - run.first * this.blockSize, length);
            }
            done = Math.max(done, to);
        }
        yield* this.#zeros(inode.size - done);
    }
    async listRuns(inode) {
        if ((inode.flags & (inodeFlag.inlineData | inodeFlag.encrypted)) !== 0) {
            throw new errors_Failure(`inode ${inode.number} is inline or encrypted and cannot be read offline`);
        }
        const runs = (inode.flags & inodeFlag.extents) !== 0
            ? await this.#readExtents(inode.blockMap, 5)
            : await this.#readBlockMap(inode);
        return [...runs].sort((a, b) => a.first - b.first);
    }
    async #readExtents(node, deepest) {
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
            const child = await this.#readBlock(record.readUInt32LE(4) + record.readUInt16LE(8) * 2 ** 32);
            const runs = await this.#readExtents(child, depth - 1);
            // Without this check a few blocks that name each other and nothing else make a tree of billions of nodes.
            if (runs.length === 0)
                throw new errors_Failure('the ext4 filesystem is damaged: an empty node in an extent tree');
            for (const run of runs)
                children.push(run);
            assertRunCount(children);
        }
        return children;
    }
    /** The block map of ext2 and ext3: twelve direct blocks, then one, two and three levels of tables. */
    async #readBlockMap(inode) {
        const runs = [];
        const wanted = Math.ceil(inode.size / this.blockSize);
        const perTable = this.blockSize / 4;
        let next = 0;
        const visit = async (block, level) => {
            if (next >= wanted)
                return;
            if (level === 0 || block === 0) {
                const count = perTable ** level;
                runs.push({ first: next, count, start: block === 0 ? undefined : block, isWritten: true });
                assertRunCount(runs);
                next += count;
                return;
            }
            const table = await this.#readBlock(block);
            for (let index = 0; index < perTable && next < wanted; index++)
                await visit(table.readUInt32LE(index * 4), level - 1);
        };
        for (let index = 0; index < 15; index++)
            await visit(inode.blockMap.readUInt32LE(index * 4), Math.max(0, index - 11));
        return runs;
    }
    async #readBlock(block) {
        return this.#blocks.read(block * this.blockSize, this.blockSize);
    }
    async *#zeros(length) {
        for (let rest = length; rest > 0; rest -= pieceSize) {
            const piece = Math.min(rest, pieceSize);
            await this.#blocks.budget.spend(piece);
            yield Buffer.alloc(piece);
        }
    }
}
/** A cluster of qcow2, which QEMU decompresses as a whole for each request. */
const windowBytes = 64 * 1024;
const maxWindows = 1024;
/** Metadata, directories and small files lie close together, so whole windows are read and kept. */
class BlockCache {
    budget;
    #partition;
    #windows = new Map();
    constructor(partition, budget) {
        this.#partition = partition;
        this.budget = budget;
    }
    async read(offset, length) {
        if (offset < 0 || offset + length > this.#partition.size)
            throw new errors_Failure('the ext4 filesystem is damaged: a block is outside the filesystem');
        await this.budget.spend(length);
        const index = Math.floor(offset / windowBytes);
        const start = index * windowBytes;
        if (offset + length > start + windowBytes)
            return this.#partition.read(offset, length);
        return (await this.#getWindow(index)).subarray(offset - start, offset - start + length);
    }
    async #getWindow(index) {
        const known = this.#windows.get(index);
        if (known !== undefined)
            return known;
        const start = index * windowBytes;
        const loading = this.#partition.read(start, Math.min(windowBytes, this.#partition.size - start));
        this.#windows.set(index, loading);
        const [oldest] = this.#windows.keys();
        if (this.#windows.size > maxWindows && oldest !== undefined)
            this.#windows.delete(oldest);
        return loading;
    }
}
function parseInode(number, raw) {
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
function parseExtent(record) {
    const length = record.readUInt16LE(4);
    const start = record.readUInt32LE(8) + record.readUInt16LE(6) * 2 ** 32;
    const first = record.readUInt32LE(0);
    const isWritten = length <= uninitialised;
    return { first, count: isWritten ? length : length - uninitialised, start, isWritten };
}
function assertRunCount(runs) {
    if (runs.length > maxRuns)
        throw new errors_Failure(`the ext4 filesystem has a file with more than ${maxRuns} extents`);
}
async function collect(content, inode, largest) {
    if (inode.size > largest)
        throw new errors_Failure(`inode ${inode.number} of ${inode.size} bytes is larger than ${largest} bytes`);
    const pieces = [];
    for await (const piece of content)
        pieces.push(piece);
    return Buffer.concat(pieces);
}
/** Also reads hashed directories: their index blocks look like one unused entry. */
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
            entries.push({ name: assertName(name), inode });
        at += length;
    }
    return entries;
}
function assertName(name) {
    if (name === '' || name.includes('/') || name.includes('\0'))
        throw new errors_Failure('the ext4 filesystem is damaged: an invalid file name');
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
/** Enough bytes for every signature. */
const signatureBytes = 0x10040 + 8;
/**
 * Identifies the content of a partition or disk, except ext4; undefined if it is unknown.
 * @param start the first `signatureBytes`, or less if there is less
 */
function identifyContent(start) {
    return signatures.find(({ offset, bytes }) => start.subarray(offset, offset + bytes.length).equals(bytes));
}
/** Like `identifyContent`, but reads the partition. */
async function readContentKind(partition) {
    return identifyContent(await partition.read(0, Math.min(signatureBytes, partition.size)));
}

;// CONCATENATED MODULE: ./build/disk/guest-files.js



const maxLinks = 40;
/** Path components for one lookup, links included. Each is a directory to read, and a hostile one has megabytes. */
const maxNames = 256;
const maxPathLength = 4096;
const maxTextBytes = 16 * 1024 ** 2;
/**
 * A distribution with all its desktops has half a million. A small hostile image can have billions, in shared blocks.
 */
const maxFiles = 2_000_000;
function openGuestFiles(mounts) {
    const root = mounts.find((mount) => mount.path === '/');
    if (root === undefined)
        throw new errors_Failure('the guest has no root filesystem');
    const tryStat = async (path) => walk(mounts, path, false, { links: maxLinks, names: maxNames });
    const tryResolve = async (path) => walk(mounts, path, true, { links: maxLinks, names: maxNames });
    const read = async (path, maxBytes) => {
        const file = await tryResolve(path);
        if (file?.inode.kind !== 'file')
            throw new errors_Failure(`the image has no file ${path}`);
        if (file.inode.size > maxBytes)
            throw new errors_Failure(`${path} in the image is too large: ${file.inode.size} bytes (limit: ${maxBytes})`);
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
                if (++files > maxFiles)
                    throw new errors_Failure(`the image has more than ${maxFiles} files below ${path}`);
                yield file;
            }
        },
        read,
        tryReadText: async (path) => {
            const file = await tryResolve(path);
            return file?.inode.kind === 'file' ? (await read(path, maxTextBytes)).toString('utf8') : undefined;
        },
        content: (file) => file.mount.filesystem.readContent(file.inode),
    };
}
/** The entries of a directory by name, one at a time, because a hostile directory has hundreds of thousands. */
async function* childrenOf(mounts, directory) {
    const entries = [...(await directory.mount.filesystem.readDirectory(directory.inode))].sort((a, b) => a.name < b.name ? -1 : 1);
    for (const entry of entries)
        yield await getChild(mounts, directory, entry.name, entry.inode);
}
/** `seen` ends the walk if a directory contains itself, which a damaged filesystem can have. */
async function* walkDirectory(mounts, directory, seen) {
    if (seen.has(directory.inode.number))
        throw new errors_Failure(`the ext4 filesystem is damaged: ${directory.path} contains itself`);
    seen.add(directory.inode.number);
    for await (const file of childrenOf(mounts, directory)) {
        yield file;
        if (file.inode.kind === 'directory' && file.mount === directory.mount)
            yield* walkDirectory(mounts, file, seen);
    }
}
async function getChild(mounts, directory, name, number) {
    const path = joinPath(directory.path, name);
    if (path.length > maxPathLength)
        throw new errors_Failure(`the image has a path longer than ${maxPathLength} characters`);
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
        throw new errors_Failure(`too many symbolic links in the path ${format_quoteText(path)} of the image`);
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
const maxEntries = 1024;
const mbrProtective = 'EE';
const mbrExtended = new Set(['05', '0F', '85']);
/**
 * The partitions of a disk, sorted by offset: GPT with sectors of 512 or 4096 bytes, or primary partitions of an MBR.
 * Empty if the disk has no partition table. Source: UEFI specification 2.10, section 5.
 * @throws Failure if the table is damaged
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
    if (count > maxEntries || entrySize < 128 || entrySize > 4096 || entriesAt + count * entrySize > disk.size) {
        throw new errors_Failure('the GPT header is damaged: its partition entries are outside the disk', refetchFix);
    }
    const entries = await disk.read(entriesAt, count * entrySize);
    return Array.from({ length: count }, (_, index) => entries.subarray(index * entrySize, (index + 1) * entrySize))
        .map((entry, index) => parseGptEntry(entry, index + 1, sector))
        .filter((partition) => partition !== undefined)
        .map((partition) => assertBounds(partition, disk.size))
        .sort((a, b) => a.start - b.start);
}
function parseGptEntry(entry, number, sector) {
    if (entry.subarray(0, 16).every((byte) => byte === 0))
        return undefined;
    const first = Number(entry.readBigUInt64LE(32));
    const last = Number(entry.readBigUInt64LE(40));
    return {
        number,
        start: first * sector,
        length: (last - first + 1) * sector,
        type: formatGuid(entry.subarray(0, 16)),
    };
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
        start: entry.readUInt32LE(8) * 512,
        length: entry.readUInt32LE(12) * 512,
        type: entry.toString('hex', 4, 5).toUpperCase(),
    }))
        .filter(({ type, length }) => type !== '00' && type !== mbrProtective && !mbrExtended.has(type) && length > 0)
        .filter(({ start, length }) => start > 0 && start + length <= diskSize)
        .sort((a, b) => a.start - b.start);
}
/**
 * The boot sector of a filesystem without partitions has the same signature, and code instead of the entries.
 * Distinguishes them as Linux does (block/partitions/msdos.c).
 */
function hasEntries(sector) {
    return [0, 1, 2, 3].every((index) => (sector.readUInt8(446 + index * 16) & 0x7f) === 0);
}
const refetchFix = { fix: 'fetch the base again, or use another one' };
function assertBounds(partition, diskSize) {
    const { number, start, length } = partition;
    if (start <= 0 || length <= 0 || start + length > diskSize) {
        throw new errors_Failure(`the GPT is damaged: partition ${number} is outside the disk`, refetchFix);
    }
    return partition;
}

;// CONCATENATED MODULE: ./build/disk/open-guest.js









/** The partitions that a guest mounts, root first. */
function partitionsOf({ root, boot }) {
    return boot === undefined ? [root] : [root, boot];
}
const linuxRootX86 = '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709';
const rootLabel = 'cloudimg-rootfs';
const lvmType = new Set(['E6D6D379-F507-44C2-A23C-238F2A3DF928', '8E']);
/**
 * Finds the root and boot filesystems by their content, never by partition number. noble has `/boot` on partition 16;
 * other releases have it on a different one or in the root filesystem.
 * @throws Failure without a root, or with more than one candidate
 */
async function openGuest(disk, budget = createWorkBudget(disk)) {
    const partitions = await readPartitions(disk);
    const whole = { number: 0, start: 0, length: disk.size, type: '' };
    const places = partitions.length === 0 ? [whole] : partitions;
    const candidates = await findFilesystems(disk, places, budget);
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
/** A guest that mounts by label takes whichever of two partitions it finds first. */
function assertUniqueLabel({ partition, filesystem: { label } }, candidates) {
    const same = candidates.find((other) => label !== '' && other.partition !== partition && other.filesystem.label === label);
    if (same === undefined)
        return;
    const numbers = [partition.number, same.partition.number].sort((a, b) => a - b).join(' and ');
    throw new errors_Failure(`the image's partitions ${numbers} have the same label ${format_quoteText(label)}: the guest could mount either`, {
        fix: 'in the base, change the label of the partition that is not mounted: e2label <device> <label>',
    });
}
async function findFilesystems(disk, partitions, budget) {
    const found = [];
    for (const partition of partitions) {
        const slice = sliceReader(disk, partition.start, partition.length);
        if (await isExt4(slice))
            found.push({ partition, filesystem: await openExt4(slice, budget) });
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
    const numbers = roots.map((root) => root.partition.number).join(' and ');
    throw new errors_Failure(`the image has ${roots.length} root filesystems: partitions ${numbers}`, {
        fix: `label the right one ${rootLabel}, or set its GPT type to ${linuxRootX86}`,
    });
}
/** Names a root filesystem that is not ext4, if there is one. */
async function createNoRootFailure(disk, partitions) {
    const found = [];
    for (const partition of partitions) {
        const content = await readContentKind(sliceReader(disk, partition.start, partition.length));
        const name = content?.holdsRoot === true ? content.name : lvmType.has(partition.type) ? 'LVM' : undefined;
        if (name !== undefined)
            found.push(partition.number === 0 ? `the disk has ${name}` : `partition ${partition.number} has ${name}`);
    }
    const what = found.length === 0 ? '' : `: ${found.join(', ')} (supported: ext4)`;
    return new errors_Failure(`the image has no ext4 root filesystem${what}`, {
        fix: 'use a cloud image with a plain ext4 root partition, such as those of Ubuntu and Debian',
    });
}
/** A boot partition has a kernel in its top directory. Kernels in the root filesystem take precedence. */
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
;// CONCATENATED MODULE: external "node:stream/consumers"
const consumers_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream/consumers");
;// CONCATENATED MODULE: external "node:stream/promises"
const external_node_stream_promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream/promises");
;// CONCATENATED MODULE: ./build/platform/fs/system-errors.js


const fullDisk = /No space left on device|Disk quota exceeded/i;
const freeSpace = 'free some space on that filesystem';
/** The fix if the full disk is that of the work directory. */
const freeWorkSpaceFix = 'free some space on the filesystem of the work directory';
const badDisk = 'check the kernel log (dmesg): the disk may be failing';
/** Adds the path to errors of an open file, in which Node leaves it out. @throws Failure instead of such an error */
async function system_errors_withPathInErrors(path, work, fixWhenFull = freeSpace) {
    return work().catch((error) => {
        throw isSystemError(error) && error.path === undefined ? systemFailure(error, `: ${path}`, fixWhenFull) : error;
    });
}
/**
 * Turns an error of a system call into a failure: it is not a bug, so it needs no stack. If the disk is full, which
 * tools report in their last lines, the failure has a fix. Anything else is returned unchanged.
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
            fix: error.code === 'EIO' ? badDisk : undefined,
            cause: error,
        });
    }
    return new Failure(`the disk is full: ${error.message}${where}`, { fix: fixWhenFull, cause: error });
}
/** True for a failed system call. Errors of the network are reported elsewhere. */
function isSystemError(thrown) {
    return types.isNativeError(thrown) && !(thrown instanceof Failure) && 'syscall' in thrown && 'errno' in thrown;
}

;// CONCATENATED MODULE: ./build/platform/fs/files.js
var __addDisposableResource = (undefined && undefined.__addDisposableResource) || function (env, value, async) {
    if (value !== null && value !== void 0) {
        if (typeof value !== "object" && typeof value !== "function") throw new TypeError("Object expected.");
        var dispose, inner;
        if (async) {
            if (!Symbol.asyncDispose) throw new TypeError("Symbol.asyncDispose is not defined.");
            dispose = value[Symbol.asyncDispose];
        }
        if (dispose === void 0) {
            if (!Symbol.dispose) throw new TypeError("Symbol.dispose is not defined.");
            dispose = value[Symbol.dispose];
            if (async) inner = dispose;
        }
        if (typeof dispose !== "function") throw new TypeError("Object not disposable.");
        if (inner) dispose = function() { try { inner.call(this); } catch (e) { return Promise.reject(e); } };
        env.stack.push({ value: value, dispose: dispose, async: async });
    }
    else if (async) {
        env.stack.push({ async: true });
    }
    return value;
};
var __disposeResources = (undefined && undefined.__disposeResources) || (function (SuppressedError) {
    return function (env) {
        function fail(e) {
            env.error = env.hasError ? new SuppressedError(e, env.error, "An error was suppressed during disposal.") : e;
            env.hasError = true;
        }
        var r, s = 0;
        function next() {
            while (r = env.stack.pop()) {
                try {
                    if (!r.async && s === 1) return s = 0, env.stack.push(r), Promise.resolve().then(next);
                    if (r.dispose) {
                        var result = r.dispose.call(r.value);
                        if (r.async) return s |= 2, Promise.resolve(result).then(next, function(e) { fail(e); return next(); });
                    }
                    else s |= 1;
                }
                catch (e) {
                    fail(e);
                }
            }
            if (s === 1) return env.hasError ? Promise.reject(env.error) : Promise.resolve();
            if (env.hasError) throw env.error;
        }
        return next();
    };
})(typeof SuppressedError === "function" ? SuppressedError : function (error, suppressed, message) {
    var e = new Error(message);
    return e.name = "SuppressedError", e.error = error, e.suppressed = suppressed, e;
});








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
    await withPathInErrors(path, async () => pipeline(source, count, hash, signal === undefined ? {} : { signal }));
    return hash.digest('hex');
}
/** The first bytes of a file, at most `maxBytes`. Works for a pipe too, which has no size. */
async function readStart(path, maxBytes) {
    return buffer(createReadStream(path, { end: maxBytes - 1 }));
}
/** The SHA-256 of a text or of bytes as 64 hexadecimal digits. */
function files_sha256Of(content) {
    return (0,external_node_crypto_namespaceObject.createHash)('sha256').update(content).digest('hex');
}
/**
 * Fills the buffer from `offset` of a file, unless that ends before. Returns the filled part: read(2) can return less
 * than requested.
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
/** Writes all bytes at `offset`: write(2) can take fewer than it was given. */
async function writeFully(file, bytes, offset) {
    for (let written = 0; written < bytes.length;) {
        written += (await file.write(bytes, written, bytes.length - written, offset + written)).bytesWritten;
    }
}
/** The result of an operation on a path; undefined if the path does not exist. */
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
/**
 * Replaces a file: a reader sees the old content or the new, even after a crash of the machine. The file gets exactly
 * this mode, whatever the umask.
 */
async function writeFileAtomically(path, content, mode = 0o644) {
    const part = `${path}.part-${process.pid}-${Math.random().toString(36).slice(2)}`;
    try {
        await writeNewFile(part, content, mode);
        await rename(part, path);
    }
    catch (error) {
        await rm(part, { force: true });
        throw error;
    }
    await syncDirectory(dirname(path));
}
async function writeNewFile(path, content, mode) {
    const env_1 = { stack: [], error: void 0, hasError: false };
    try {
        const file = __addDisposableResource(env_1, await open(path, 'wx', mode), true);
        await file.chmod(mode);
        await withPathInErrors(path, async () => file.writeFile(content));
        await file.sync();
    }
    catch (e_1) {
        env_1.error = e_1;
        env_1.hasError = true;
    }
    finally {
        const result_1 = __disposeResources(env_1);
        if (result_1)
            await result_1;
    }
}
/** Makes the names in a directory durable: a rename or a link is lost in a power cut until its directory is synced. */
async function syncDirectory(directory) {
    const env_2 = { stack: [], error: void 0, hasError: false };
    try {
        const handle = __addDisposableResource(env_2, await open(directory, 'r'), true);
        await handle.sync();
    }
    catch (e_2) {
        env_2.error = e_2;
        env_2.hasError = true;
    }
    finally {
        const result_2 = __disposeResources(env_2);
        if (result_2)
            await result_2;
    }
}

;// CONCATENATED MODULE: ./build/disk/raw-file.js



/** Opens a raw file as a disk while `work` runs. */
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

;// CONCATENATED MODULE: ./build/platform/process/privilege-method.js
function isRoot() {
    return process.getuid?.() === 0;
}
/**
 * Undefined if this user cannot become root. Call it only when needed: if sudo is denied, it informs the
 * administrator.
 */
async function tryFindPrivilegeMethod({ processes, }) {
    if (isRoot())
        return 'root';
    if ((await processes.tryFind('sudo')) === undefined)
        return undefined;
    return processes.run({ argv: ['sudo', '-n', 'true'], timeoutMs: 30_000 }).then(() => 'sudo', () => undefined);
}

;// CONCATENATED MODULE: ./build/platform/fs/handle-path.js
/**
 * The path of an open file for this process, even if its name now leads elsewhere: proc_pid_fd(5). Valid while the
 * handle is open.
 */
function handlePath({ fd }) {
    return `/proc/self/fd/${fd}`;
}

;// CONCATENATED MODULE: ./build/platform/fs/socket-path.js
var socket_path_addDisposableResource = (undefined && undefined.__addDisposableResource) || function (env, value, async) {
    if (value !== null && value !== void 0) {
        if (typeof value !== "object" && typeof value !== "function") throw new TypeError("Object expected.");
        var dispose, inner;
        if (async) {
            if (!Symbol.asyncDispose) throw new TypeError("Symbol.asyncDispose is not defined.");
            dispose = value[Symbol.asyncDispose];
        }
        if (dispose === void 0) {
            if (!Symbol.dispose) throw new TypeError("Symbol.dispose is not defined.");
            dispose = value[Symbol.dispose];
            if (async) inner = dispose;
        }
        if (typeof dispose !== "function") throw new TypeError("Object not disposable.");
        if (inner) dispose = function() { try { inner.call(this); } catch (e) { return Promise.reject(e); } };
        env.stack.push({ value: value, dispose: dispose, async: async });
    }
    else if (async) {
        env.stack.push({ async: true });
    }
    return value;
};
var socket_path_disposeResources = (undefined && undefined.__disposeResources) || (function (SuppressedError) {
    return function (env) {
        function fail(e) {
            env.error = env.hasError ? new SuppressedError(e, env.error, "An error was suppressed during disposal.") : e;
            env.hasError = true;
        }
        var r, s = 0;
        function next() {
            while (r = env.stack.pop()) {
                try {
                    if (!r.async && s === 1) return s = 0, env.stack.push(r), Promise.resolve().then(next);
                    if (r.dispose) {
                        var result = r.dispose.call(r.value);
                        if (r.async) return s |= 2, Promise.resolve(result).then(next, function(e) { fail(e); return next(); });
                    }
                    else s |= 1;
                }
                catch (e) {
                    fail(e);
                }
            }
            if (s === 1) return env.hasError ? Promise.reject(env.error) : Promise.resolve();
            if (env.hasError) throw env.error;
        }
        return next();
    };
})(typeof SuppressedError === "function" ? SuppressedError : function (error, suppressed, message) {
    var e = new Error(message);
    return e.name = "SuppressedError", e.error = error, e.suppressed = suppressed, e;
});


/**
 * Gives `work` a short path of a file in a directory, through a handle that is open while `work` runs. A socket's
 * path has at most 107 bytes (unix(7)), and the path of a run directory may be longer.
 */
async function withShortPath(directory, name, work) {
    const env_1 = { stack: [], error: void 0, hasError: false };
    try {
        const handle = socket_path_addDisposableResource(env_1, await (0,promises_namespaceObject.open)(directory, 'r'), true);
        return await work(`${handlePath(handle)}/${name}`);
    }
    catch (e_1) {
        env_1.error = e_1;
        env_1.hasError = true;
    }
    finally {
        const result_1 = socket_path_disposeResources(env_1);
        if (result_1)
            await result_1;
    }
}

;// CONCATENATED MODULE: ./build/platform/process/parent-death-signal.js
/**
 * The kernel kills a process with its parent only if the signal was set before the parent died (prctl(2),
 * PR_SET_PDEATHSIG). A process that was too late has a different parent, and exits.
 */
const exitIfOrphaned = 'test "$PPID" = "$1" || exit; shift; exec "$@"';
const shell = ['sh', '-c', exitIfOrphaned, 'sh'];
/** A command that is killed when this process exits, even by SIGKILL. */
function withParentDeathSignal(argv, { setpriv, sh } = { setpriv: 'setpriv', sh: shell[0] }) {
    return [setpriv, '--pdeathsig', 'KILL', '--', sh, ...shell.slice(1), String(process.pid), ...argv];
}
/** The program that a command runs in the end, without those that set its user and namespaces. */
function programOf([program = '', ...rest]) {
    if (rest[1] === exitIfOrphaned)
        return programOf(rest.slice(shell.length));
    const behind = rest.indexOf('--') + 1;
    return behind > 0 && behind < rest.length && /(^|\/)(sudo|unshare|nsenter|setpriv)$/.test(program)
        ? programOf(rest.slice(behind))
        : program;
}

;// CONCATENATED MODULE: ./build/platform/process/inside-namespace.js

/**
 * As `withParentDeathSignal`, for a command inside one that changes credentials, such as one that creates a user
 * namespace. That clears the parent-death signal of `Processes`, so it is set again.
 */
async function withParentDeathSignalInside(argv, processes) {
    return withParentDeathSignal(await resolveProgram(argv, processes));
}
/**
 * The command with the absolute path of its program: PATH may differ inside, and a plain user's often lacks the sbin
 * directories.
 */
async function resolveProgram([program, ...rest], processes) {
    return [(await processes.tryFind(program)) ?? program, ...rest];
}

;// CONCATENATED MODULE: ./build/platform/clock.js

const systemClock = {
    // The time of day when this process started, plus the time since then. Changing the machine's clock moves no
    // deadline.
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
const maxRequestBytes = 4 * 1024 ** 2;
const maxDiscardBytes = 1024 ** 3;
const maxOptionReplyBytes = 64 * 1024;
const maxOptionReplies = 100;
/** A flush of much data to a slow disk may take minutes. */
const responseWithinMs = 300_000;
/** What comes from the server with one read of the socket. */
const receiveSize = 256 * 1024;
const nothing = Buffer.alloc(0);
/**
 * Connects to `exportName` on the socket at `path` (shorter than 108 bytes).
 * Here and in all that the disk does: @throws Failure, also if the server stays silent for `timeoutMs`.
 */
async function connectNbd(path, exportName, options = {}) {
    const connection = new NbdConnection(path, options);
    try {
        return createDisk(connection, await connection.negotiate(exportName));
    }
    catch (error) {
        connection.close();
        throw error;
    }
}
function createDisk(connection, size) {
    const readInto = async (offset, into) => {
        const read = async (piece) => connection.request(command.read, piece, { into: part(into, piece, offset) });
        await Promise.all(pieces(offset, into.length).map(read));
    };
    return {
        size,
        readInto,
        read: async (offset, length) => {
            const content = Buffer.allocUnsafe(length);
            await readInto(offset, content);
            return content;
        },
        write: async (offset, content) => {
            const write = async (piece) => connection.request(command.write, piece, { payload: part(content, piece, offset) });
            await Promise.all(pieces(offset, content.length).map(write));
        },
        discard: async (offset, length) => {
            const trim = async (piece) => connection.request(command.trim, piece);
            await Promise.all(pieces(offset, length, maxDiscardBytes).map(trim));
        },
        flush: async () => connection.request(command.flush, { start: 0, length: 0 }),
        assertOpen: () => connection.assertOpen(),
        close: () => connection.close(),
    };
}
/** A connection to a server. Many requests may be under way at once; the server responds in any order. */
class NbdConnection {
    #socket;
    #bytes;
    #timeoutMs;
    #clock;
    #closed = new AbortController();
    #pending = new Map();
    #lastCookie = 0n;
    #broken;
    /** How many callers wait for the server. */
    #waiting = 0;
    #lastActivity = 0;
    #isWatched = false;
    constructor(path, { timeoutMs = responseWithinMs, clock = systemClock }) {
        this.#timeoutMs = timeoutMs;
        this.#clock = clock;
        const { socket, bytes } = openSocket(path, () => this.#recordActivity());
        this.#socket = socket;
        this.#bytes = bytes;
        socket.on('close', () => this.#closed.abort());
    }
    /** Opens an export, and returns its size in bytes. */
    async negotiate(exportName) {
        const size = await this.#waitFor(this.#shakeHands(exportName));
        void this.#readReplies().catch((error) => {
            this.#broken = connectionFailure(error);
            for (const request of this.#pending.values())
                request.reject(error);
            this.#pending.clear();
            this.#socket.destroy();
        });
        return size;
    }
    async request(type, { start, length }, { payload, into = nothing } = {}) {
        this.assertOpen();
        const cookie = ++this.#lastCookie;
        const request = Buffer.alloc(28);
        request.writeUInt32BE(nbd_client_magic.request, 0);
        request.writeUInt16BE(type, 6);
        request.writeBigUInt64BE(cookie, 8);
        request.writeBigUInt64BE(BigInt(start), 16);
        request.writeUInt32BE(length, 24);
        const response = new Promise((resolve, reject) => {
            this.#pending.set(cookie, { into, resolve, reject });
        });
        this.#socket.write(request);
        if (payload !== undefined)
            this.#socket.write(payload, () => this.#recordActivity());
        await this.#waitFor(response);
    }
    assertOpen() {
        if (this.#broken !== undefined)
            throw this.#broken;
        if (this.#socket.destroyed)
            throw new errors_Failure('the connection to the NBD server is closed');
    }
    close() {
        this.#socket.on('error', () => undefined);
        this.#socket.destroy();
    }
    async #shakeHands(exportName) {
        const greeting = await this.#bytes.take(18);
        if (greeting.readBigUInt64BE(0) !== nbd_client_magic.server || greeting.readBigUInt64BE(8) !== nbd_client_magic.option) {
            throw new errors_Failure('the NBD server does not use the fixed newstyle protocol');
        }
        this.#socket.write(formatGo(exportName));
        let size;
        for (let replies = 0; replies < maxOptionReplies; replies++) {
            const head = await this.#bytes.take(20);
            const length = head.readUInt32BE(16);
            if (head.readBigUInt64BE(0) !== nbd_client_magic.optionReply || length > maxOptionReplyBytes)
                break;
            const type = head.readUInt32BE(12);
            const payload = await this.#bytes.take(length);
            if (type === replyInfo && length >= 10 && payload.readUInt16BE(0) === infoExport)
                size = Number(payload.readBigUInt64BE(2));
            else if (type === replyAck && size !== undefined)
                return size;
            else if (type > 0x8000_0000)
                throw new errors_Failure(`the NBD server rejected the export ${exportName}: ${payload.toString('utf8')}`);
        }
        throw protocolFailure();
    }
    async #readReplies() {
        for (;;) {
            const head = await this.#bytes.take(16);
            const cookie = head.readBigUInt64BE(8);
            const request = this.#pending.get(cookie);
            if (head.readUInt32BE(0) !== nbd_client_magic.reply || request === undefined)
                throw protocolFailure();
            const error = head.readUInt32BE(4);
            // Still pending while its content comes: the server may die in the middle of it.
            if (error === 0) {
                await this.#bytes.fill(request.into);
                request.resolve();
            }
            else {
                request.reject(requestFailure(error));
            }
            this.#pending.delete(cookie);
        }
    }
    #recordActivity() {
        this.#lastActivity = this.#clock.now();
    }
    /** The clock runs only while somebody waits. */
    async #waitFor(response) {
        this.#waiting++;
        this.#recordActivity();
        if (!this.#isWatched)
            void this.#watch();
        try {
            return await response;
        }
        finally {
            this.#waiting--;
        }
    }
    async #watch() {
        this.#isWatched = true;
        while (this.#waiting > 0 && !this.#socket.destroyed) {
            const leftMs = this.#lastActivity + this.#timeoutMs - this.#clock.now();
            if (leftMs <= 0)
                this.#socket.destroy(new errors_Failure(`the NBD server did not respond within ${this.#timeoutMs / 1000} s`));
            else
                await this.#clock.sleep(leftMs, this.#closed.signal).catch(() => undefined);
        }
        this.#isWatched = false;
    }
}
function formatGo(exportName) {
    const name = Buffer.from(exportName);
    const go = Buffer.alloc(4 + 16 + 6 + name.length);
    go.writeUInt32BE(clientFlags, 0);
    go.writeBigUInt64BE(nbd_client_magic.option, 4);
    go.writeUInt32BE(optionGo, 12);
    go.writeUInt32BE(6 + name.length, 16);
    go.writeUInt32BE(name.length, 20);
    name.copy(go, 24);
    return go;
}
function pieces(offset, length, largest = maxRequestBytes) {
    const count = Math.ceil(length / largest);
    return Array.from({ length: count }, (_, index) => ({
        start: offset + index * largest,
        length: Math.min(largest, length - index * largest),
    }));
}
/** The piece's part of a buffer that begins at `offset` of the disk. */
function part(buffer, { start, length }, offset) {
    return buffer.subarray(start - offset, start - offset + length);
}
/**
 * Receives into one buffer, and pauses the socket while nobody reads. A buffer for each read would stay in memory until
 * it is collected: at most 157 MiB for a digest of 1 GiB, instead of 87.
 */
function openSocket(path, onActivity) {
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
        onActivity();
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
function protocolFailure() {
    return new errors_Failure('the NBD server violated its protocol');
}
function connectionFailure(error) {
    return error instanceof errors_Failure
        ? error
        : new errors_Failure(`the connection to the NBD server broke: ${errorMessage(error)}`, { cause: error });
}
/** NBD uses Linux's error numbers. */
function requestFailure(error) {
    const [name, message] = (0,external_node_util_namespaceObject.getSystemErrorMap)().get(-error) ?? [`error ${error}`, 'unknown'];
    return new errors_Failure(`the disk cannot be read or written: ${name}: ${message}`, name === 'ENOSPC' ? { fix: freeWorkSpaceFix } : {});
}

;// CONCATENATED MODULE: ./build/disk/storage-daemon.js










const nodeName = 'disk';
const readyWithinMs = 20_000;
const closeWithinMs = 60_000;
/**
 * QEMU notices a signal that arrives just before it begins to wait only at its next event
 * (storage-daemon/qemu-storage-daemon.c, qemu_system_killed). A second signal is such an event.
 */
const signalAgainMs = 500;
/**
 * Opens a disk for reading, backing files included. Sockets and other temporary files are created below `directory`.
 */
async function openDisk(file, directory, ports) {
    return openOverNbd([diskNode(nodeName, file, { 'read-only': true })], { directory, writable: false }, ports);
}
/** As `openDisk`, for writing to an overlay. */
async function openWritableDisk(overlay, directory, ports) {
    return openOverNbd([diskNode(nodeName, { path: overlay, format: 'qcow2' }, { discard: 'unmap' })], { directory, writable: true }, ports);
}
/** The image whose file is the disk of an overlay, as QEMU's options. Writes to the image go to the overlay. */
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
 * Opens the image whose file is the disk of an overlay. Writes are compressed: whole clusters only, into discarded
 * ones. The overlay shows afterwards which bytes of the image's file have changed.
 */
async function openCompressingDisk(overlay, directory, ports) {
    const nodes = [
        { 'node-name': 'image', ...imageInOverlay(overlay) },
        { driver: 'compress', 'node-name': nodeName, file: 'image', discard: 'unmap' },
    ];
    return openOverNbd(nodes, { directory, writable: true }, ports);
}
/**
 * Opens an overlay for editing. QEMU exports it as a raw file through FUSE in a private mount namespace, which the
 * kernel removes with the last process in it: nothing stays mounted, however this process ends. With a range, the raw
 * file is only that part of the disk, such as a partition.
 */
async function openEditableDisk(path, directory, ports, range) {
    return openRawView({ path, directory, isWritable: true, range }, ports);
}
/** As `openEditableDisk`, for tools that only read. Others may read the disk at the same time. */
async function openRawDisk(path, directory, ports) {
    return openRawView({ path, directory, isWritable: false, range: undefined }, ports);
}
async function openRawView({ path, directory, isWritable, range }, ports) {
    const rawPath = (0,external_node_path_namespaceObject.join)(directory, 'disk.raw');
    await (0,promises_namespaceObject.writeFile)(rawPath, '');
    const fuse = `type=fuse,id=raw,node-name=${nodeName},mountpoint=${escapeCommas(rawPath)},` +
        `writable=${isWritable ? 'on' : 'off'},growable=off`;
    const image = diskNode(range === undefined ? nodeName : 'image', { path, format: 'qcow2' }, isWritable ? { discard: 'unmap' } : { 'read-only': true });
    const part = range === undefined
        ? []
        : [{ driver: 'raw', 'node-name': nodeName, file: 'image', offset: range.start, size: range.length }];
    const server = await startServer({
        directory,
        prefix: ['unshare', ...namespaceFlags(), '--'],
        arguments: [...[image, ...part].flatMap((node) => ['--blockdev', JSON.stringify(node)]), '--export', fuse],
    }, ports);
    const inside = async (command) => ({
        ...command,
        argv: [...enterNamespace(server.pid), ...(await withParentDeathSignalInside(command.argv, ports.processes))],
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
async function openOverNbd(nodes, options, ports) {
    const server = await startServer({
        directory: options.directory,
        prefix: [],
        arguments: [...nodes.flatMap((node) => ['--blockdev', JSON.stringify(node)]), ...nbdExport(options.writable)],
    }, ports);
    try {
        const { clock = systemClock } = ports;
        const disk = await withShortPath(server.directory, 'nbd.sock', async (path) => connectNbd(path, nodeName, { clock }));
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
/** Starts the server and waits until all its exports are available. */
async function startServer(request, ports) {
    const directory = await (0,promises_namespaceObject.mkdtemp)((0,external_node_path_namespaceObject.join)(request.directory, 'disk-'));
    const pidFile = (0,external_node_path_namespaceObject.join)(directory, 'pid');
    const daemon = await withParentDeathSignalInside(['qemu-storage-daemon', ...request.arguments, '--pidfile', pidFile], ports.processes);
    const [program = '', ...rest] = [...request.prefix, ...daemon];
    const server = await ports.processes.start({ argv: [program, ...rest], cwd: directory });
    try {
        await waitForFile(pidFile, server, ports.clock ?? systemClock);
    }
    catch (error) {
        await server.stop();
        throw error;
    }
    return { pid: server.pid, directory, close: async () => closeServer(server, directory) };
}
/** The server writes its PID file once all exports are available (qemu-storage-daemon(1), --pidfile). */
async function waitForFile(path, server, clock) {
    let hasExited = false;
    void server.exited.then(() => {
        hasExited = true;
    });
    const deadline = clock.now() + readyWithinMs;
    while (!(await pathExists(path))) {
        if (hasExited)
            throw serverFailure(server.tail());
        if (clock.now() > deadline) {
            throw new errors_Failure(`qemu-storage-daemon did not open the disk within ${readyWithinMs / 1000} s`, {
                evidence: server.tail(),
            });
        }
        await clock.sleep(5);
    }
}
async function closeServer(server, directory) {
    const exit = await server.stop(closeWithinMs, signalAgainMs);
    if (exit.code !== 0) {
        throw new errors_Failure('qemu-storage-daemon did not close the disk cleanly', { evidence: server.tail() });
    }
    await (0,promises_namespaceObject.rm)(directory, { recursive: true, force: true });
}
function serverFailure(tail) {
    const text = tail.join('\n');
    if (/unshare.*(Operation not permitted|Permission denied)/.test(text)) {
        return new errors_Failure('this user may not create a user namespace, which driver inject needs', {
            fix: 'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu 24.04), or run as root',
            evidence: tail,
        });
    }
    if (/fuse/i.test(text)) {
        return new errors_Failure('/dev/fuse is not usable, which driver inject needs', {
            fix: 'sudo apt-get install fuse3 && sudo udevadm trigger --name-match=fuse',
            evidence: tail,
        });
    }
    // The only file that QEMU writes there; it does not report why that failed.
    if (text.includes('Failed to write pid file'))
        return new errors_Failure('the disk is full: qemu-storage-daemon could not write its PID file', {
            fix: freeWorkSpaceFix,
            evidence: tail,
        });
    return new errors_Failure('qemu-storage-daemon could not open the disk', { evidence: tail });
}

;// CONCATENATED MODULE: ./build/apt/commands.js

/** Options for every apt-get run that changes an image. */
const aptOptions = [
    'Acquire::Retries=3',
    'Acquire::http::Timeout=30',
    'Acquire::https::Timeout=30',
    'DPkg::Lock::Timeout=120',
    'Dpkg::Use-Pty=0',
    // Nobody can answer prompts: keep changed configuration files.
    'Dpkg::Options::=--force-confdef',
    'Dpkg::Options::=--force-confold',
    // The image is discarded after a crash, so dpkg need not sync to disk.
    'Dpkg::Options::=--force-unsafe-io',
    'APT::Install-Recommends=false',
    // Without this, apt treats an unknown name as a regular expression.
    'APT::Cmd::Pattern-Only=true',
].flatMap((option) => ['-o', option]);
/** A repository that fails is an error, not a warning that leaves an old list in use. */
const updateCommand = ['apt-get', '-q', ...aptOptions, '-o', 'APT::Update::Error-Mode=any', 'update'];
/** Prints the archive's URL and the file of each package list. */
const listIndexesCommand = [
    'apt-get',
    'indextargets',
    '--format',
    '$(REPO_URI)|$(FILENAME)',
    'Created-By: Packages',
];
/** Prints suite, codename and label of each package list. */
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
/** Matches the lines that `listSourcesCommand` prints for security archives. Also valid for grep -E. */
const securityArchivePattern = /^[^|]*-security\||^[^|]*\|[^|]*-security\||Security[^|]*$/m;
function hasSecurityArchive(sources) {
    return securityArchivePattern.test(sources);
}
/** The command as a dry run: prints what it would download and exits. */
function asDryRun([program, ...rest]) {
    return [program, '--print-uris', ...rest];
}
const units = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
/** The disk space that apt needs by its own account: for the downloads and for the installed files. */
function parseNeededBytes(output) {
    const download = /Need to get ([\d,.]+) (\w+)/.exec(output);
    const installed = /After this operation, ([\d,.]+) (\w+) of additional disk space will be used/.exec(output);
    return [download, installed].reduce((sum, match) => sum + (Number((match?.[1] ?? '0').replaceAll(',', '')) || 0) * (units[match?.[2] ?? ''] ?? 0), 0);
}

;// CONCATENATED MODULE: ./build/image/package-edits.js

function isPackageEdit(edit) {
    return edit.kind === 'install' || edit.kind === 'upgrade';
}
/** @param preferences the guest's path of the preferences for security upgrades */
function formatApt(edit, preferences) {
    const start = ['-q', '--yes', ...aptOptions];
    if (edit.kind === 'install')
        return ['apt-get', ...start, 'install', '--', ...edit.packages];
    const pins = edit.scope === 'security' ? ['-o', `Dir::Etc::preferences=${preferences}`] : [];
    return ['apt-get', ...start, ...pins, 'upgrade', '--with-new-pkgs'];
}
const fullDiskMessage = "the image's disk is full: the packages do not fit";
/** Disk errors while packages change. */
const diskCauses = [
    {
        pattern: /No space left on device|You don't have enough free space/,
        // The fix depends on the disk: see `withFullDiskFailure`.
        message: () => fullDiskMessage,
    },
    {
        pattern: /Input\/output error|Read-only file system/,
        message: () => "the image's disk could not be written",
        fix: "check free space on the work directory's filesystem",
    },
];

;// CONCATENATED MODULE: ./build/image/grow-root.js






const mebibyte = 1024 ** 2;
/** Bytes beyond apt's count, for what maintainer scripts create, mostly an initramfs. */
const reserve = 256 * mebibyte;
/** Bytes for apt's package lists and caches: those of Ubuntu with all components. */
const listsReserve = 512 * mebibyte;
/**
 * Makes the package lists fit, without which apt cannot tell what the packages need. If the filesystem cannot grow, apt
 * tries anyway.
 */
async function growForLists(request, ports) {
    const { root, free, obstacle } = await planGrowth(request, ports);
    if (free < listsReserve && obstacle === undefined)
        await growRoot({ ...request, root }, ports);
}
/** Grows the root filesystem only if the packages need it. Otherwise the guest grows it at its first boot. */
async function growForPackages(request, { needed, free }, ports) {
    if (needed === 0 || needed + reserve <= free)
        return;
    const { root, obstacle } = await planGrowth(request, ports);
    if (obstacle === undefined)
        return growRoot({ ...request, root }, ports);
    const shortage = `the packages need ${formatBytes(needed)}, and the root filesystem has ${formatBytes(free)} free`;
    if (needed > free)
        throw new errors_Failure(`${shortage} and cannot grow: ${obstacle.why}`, { fix: obstacle.fix });
    ports.log.warn(`${shortage} and cannot grow, so little will be left: ${obstacle.why}`);
}
/** Runs `work`. If the image's disk is full, its failure gets the fix that helps for this disk. */
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
async function planGrowth({ overlay, directory }, ports) {
    const disk = await openDisk({ path: overlay, format: 'qcow2' }, directory, ports);
    try {
        const { root: { partition, mount: { filesystem }, }, } = await openGuest(disk);
        const partitions = await readPartitions(disk);
        const own = partitions.length === 0 ? { ...partition, length: filesystem.size } : partition;
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
/** Undefined if the root filesystem can grow to the end of its disk. */
function findObstacleToGrow(root, partitions, diskSize) {
    const next = partitions.find(({ start }) => start > root.start);
    if (next !== undefined) {
        return {
            why: `partition ${next.number} follows the root partition ${root.number}`,
            fix: `${largerBase}, or whose root partition is the last`,
        };
    }
    // The backup partition table may be in the last mebibyte.
    if (root.start + root.length + mebibyte < diskSize)
        return undefined;
    const last = root.number === 0 ? 'filesystem' : 'partition';
    return {
        why: `the disk of ${formatBytes(diskSize)} has no space after the root ${last}`,
        fix: 'set a larger disk-size',
    };
}
/** Grows the root partition and its filesystem to the end of the disk. */
async function growRoot({ overlay, directory, root }, ports) {
    // A filesystem on the whole disk has no partition.
    if (root.number !== 0)
        await growPartition({ overlay, directory, root }, ports);
    const { root: grown, size } = await planGrowth({ overlay, directory }, ports);
    if (grown.number !== root.number || grown.start !== root.start)
        throw new errors_Failure(`sfdisk did not grow partition ${root.number}`);
    // A separate export: with `?offset=`, resize2fs 1.47 truncates the file to the filesystem's size.
    const part = await openEditableDisk(overlay, directory, ports, grown);
    try {
        await checkBeforeResize(part);
        await part.run({ argv: ['resize2fs', part.rawPath] });
    }
    finally {
        await part.close();
    }
    ports.log.info(`Grew the root filesystem from ${formatBytes(size)} to ${formatBytes(grown.length)}`);
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
/** resize2fs requires a check just before. e2fsck(8) exits with 1 if it fixed something. */
async function checkBeforeResize(part) {
    try {
        await part.run({ argv: ['e2fsck', '-f', '-p', part.rawPath] });
    }
    catch (error) {
        if (!(error instanceof ToolError) || error.exitCode !== 1)
            throw error;
    }
}

;// CONCATENATED MODULE: ./build/image/plan.js


/** See derived-files.ts. */
const derivationRules = (/* unused pure expression or super */ null && (['cloud-init-modules', 'fstab-boot']));
function toBytes(content) {
    return 'text' in content ? Buffer.from(content.text) : Buffer.from(content.base64, 'base64');
}
function sha256OfContent(content) {
    return 'file' in content ? content.sha256 : sha256Of(toBytes(content));
}
function rootOwned(mode) {
    return { mode, uid: 0, gid: 0 };
}
function isFileEdit(edit) {
    return edit.kind !== 'install' && edit.kind !== 'upgrade' && edit.kind !== 'run';
}
function changedFailure(what) {
    return new errors_Failure(`${what} has changed since the plan was made`, { fix: 'run the build again' });
}
function directoryFailure(path) {
    return new errors_Failure(`${path} in the image is a directory, and cannot be replaced by a file`);
}
/** One line for the log, `plan` and the manifest. */
function formatEdit(edit) {
    switch (edit.kind) {
        case 'write':
            return `write ${edit.path} (${formatMode(edit.attributes)})`;
        case 'directory':
            return `make directory ${edit.path} (${formatMode(edit.attributes)})`;
        case 'link':
            return formatLink(edit);
        case 'derive':
            return formatDerivation(edit);
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
            return formatUpgrade(edit);
        case 'run':
            return `run ${edit.name}`;
    }
}
function formatUpgrade(edit) {
    const packages = edit.scope === 'security' ? 'packages from security archives' : 'all packages';
    return `upgrade ${packages}${formatSnapshot(edit)}`;
}
function formatDerivation({ path, from, rule }) {
    return `${from === path ? 'change' : 'write'} ${path} (${rule})`;
}
/** A link of a unit to /dev/null masks it (systemctl(1)). */
function formatLink({ path, target }) {
    const unit = /^\/etc\/systemd\/system\/([^/]+)$/.exec(path)?.[1];
    return target === '/dev/null' && unit !== undefined ? `mask ${unit}` : `link ${path} to ${target}`;
}
function formatSnapshot({ snapshot }) {
    return snapshot === undefined ? '' : `, as of ${snapshot}`;
}
function formatMode({ mode, uid, gid }) {
    const permissions = `0${mode.toString(8).padStart(3, '0')}`;
    return uid === 0 && gid === 0 ? permissions : `${permissions}, owner ${uid}:${gid}`;
}

;// CONCATENATED MODULE: ./build/apt/config-files.js

/** Of one configuration file or keyring. */
const maxAptFileBytes = 1024 ** 2;
/** In one configuration directory. */
const maxAptFiles = 100;
/** A configuration file, and the names that apt accepts in the directory next to it. */
const config_files_kinds = {
    sources: { path: '/etc/apt/sources.list', names: /^[\w.-]+\.(list|sources)$/ },
    preferences: { path: '/etc/apt/preferences', names: /^[\w-]+(\.pref)?$/ },
};
/**
 * A guest's sources.list(5) or apt_preferences(5) files in the order in which apt reads them. Names are relative to
 * `/etc/apt`.
 * @throws Failure if there are too many, or one is too large
 */
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
    if (paths.length > maxAptFiles)
        throw new errors_Failure(`${directory} in the image has too many files: ${paths.length} (limit: ${maxAptFiles})`);
    return paths;
}
/** Undefined for anything but a regular file. */
async function tryReadAptFile(files, path) {
    return (await files.tryResolve(path))?.inode.kind === 'file' ? files.read(path, maxAptFileBytes) : undefined;
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
/** Parses files of either style. Disabled sources and `deb-src` are left out. @throws Failure */
function parseSources(files) {
    return files
        .flatMap(({ name, text }) => (name.endsWith('.sources') ? parseStanzas(text, name) : parseLines(text, name)))
        .filter(({ types }) => types.includes('deb'))
        .map((source) => ({ ...source, types: ['deb'] }));
}
/** Formats sources in deb822 style. */
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
/** The keyrings and fingerprints that `Signed-By` names; none if its value is a key. */
function listSigners(signedBy) {
    return holdsKey(signedBy) ? [] : signedBy.split(/[\s,]+/).filter((signer) => signer !== '');
}
/** Each line is indented, so that none can start another field. */
function formatKey(key) {
    return ['', ...trimLines(key)].join('\n ');
}
/** Whitespace around a key's lines is not significant. */
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
/** `deb [arch=amd64 signed-by=/…] https://… suite component …`. The URI of a CD may have spaces in brackets. */
function parseLine(line, file) {
    const match = /^(deb|deb-src)\s+(?:\[([^\]]*)\]\s*)?(cdrom:\[[^\]]*\]\S*|[^\s[]\S*)\s+(\S+)(.*)$/.exec(line);
    if (match === null)
        throw malformedFailure(line, file);
    const [, type = '', options = '', uri = '', suite = '', components = ''] = match;
    // The lookbehind starts a match only at the start of a word, so a long word without `=` takes linear time.
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
        .map((stanza) => parseFields(stanza.trim(), file))
        .filter((fields) => !/^(no|false|without|off|disable|0)$/i.test(fields.get('enabled') ?? 'yes'))
        .map((fields) => toSource(fields, file));
}
function toSource(fields, file) {
    const wordsOf = (name) => splitWords(fields.get(name) ?? '');
    const [types, uris, suites] = [wordsOf('types'), wordsOf('uris'), wordsOf('suites')];
    if (types.length === 0 || uris.length === 0 || suites.length === 0)
        throw malformedFailure([...fields.values()].join(' '), file);
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
function parseFields(stanza, file) {
    return new Map(stanza.split(/\n(?![ \t])/).map((field) => {
        const match = /^([^\s:]+)[ \t]*:([\s\S]*)$/.exec(field);
        if (match === null)
            throw malformedFailure(field, file);
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
function malformedFailure(text, file) {
    return new errors_Failure(`the image's ${file} has a malformed package source: ${format_quoteText(text)}`);
}

;// CONCATENATED MODULE: ./build/apt/snapshot.js



/**
 * Snapshot services, with the archives that they cover; the first group is the archive's name there. Recent versions of
 * apt know these themselves (apt-pkg/init.cc, Acquire::Snapshots::URI). Rewritten URLs work with every version.
 */
const services = [
    {
        archive: /^https?:\/\/(?:[\w-]+\.)*debian\.org\/(?:archive\/)?(debian|debian-security)(?:\/\d{8}T\d{6}Z)?\/?$/,
        // A small image may have no CA certificates. Signatures are checked in any case.
        address: 'http://snapshot.debian.org/archive/$1/@SNAPSHOTID@/',
    },
    {
        archive: /^https?:\/\/(?:[\w-]+\.)*(?:archive|security|snapshot)\.ubuntu\.com\/(ubuntu)(?:\/\d{8}T\d{6}Z)?\/?$/,
        address: 'https://snapshot.ubuntu.com/$1/@SNAPSHOTID@/',
    },
];
/**
 * Redirects an image's package sources to its distribution's archives as of a date.
 * @param snapshot such as `20260501T000000Z`
 * @throws Failure if a source is malformed
 */
function pinSources(files, snapshot) {
    // No disc is inserted while an image is built. Its name may also contain spaces, which deb822 style cannot express.
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
    // The snapshot's Release file has expired by now.
    return { ...rest, uris: [address], options: { ...others, 'Check-Valid-Until': 'no' } };
}
/**
 * Parses `2026-05-01`, `2026-05-01T06:00:00Z` or `20260501T060000Z` to the last form, which names a snapshot.
 * @throws UsageError
 */
function parseSnapshot(text) {
    const match = /^(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d):?(\d\d)Z)?$/.exec(text);
    const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00'] = match ?? [];
    const written = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
    const date = new Date(`${written}Z`);
    if (match === null || Number.isNaN(date.getTime()) || !date.toISOString().startsWith(written)) {
        throw new UsageError(`invalid snapshot date ${quoteText(text)} (expected YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ)`, {
            fix: 'use a date such as 2026-05-01 or 2026-05-01T06:00:00Z',
        });
    }
    return `${written.replace(/[-:]/g, '')}Z`;
}
const indexedFields = [/^Package: (\S+)/m, /^Version: (\S+)/m, /^Architecture: (\S+)/m];
/** The package versions in `Packages` files, in the form of `identifyPackage`. */
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
/** The image's installed packages, sorted by name; empty if the image has no dpkg. */
async function readPackages(files) {
    return parseDpkgStatus((await files.tryReadText('/var/lib/dpkg/status')) ?? '');
}
/** Parses dpkg's status file: paragraphs of `Field: value`. Only installed packages are returned. */
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
    // `openssl`, or `openssl (3.0.15-1)` if the version differs: deb-control(5).
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




/** Undefined if no edit has a snapshot. @throws Failure if no archive of the image has snapshots */
async function planPin(edits, files, log) {
    const snapshot = edits.flatMap((edit) => edit.kind === 'run' || edit.snapshot === undefined ? [] : [edit.snapshot])[0];
    if (snapshot === undefined)
        return undefined;
    const { text, pinned, unpinned } = pinSources(await readAptFiles(files, 'sources'), snapshot);
    if (pinned.length === 0) {
        throw new errors_Failure(`no snapshots exist of the image's package sources: ${unpinned.join(', ') || 'it has none'}`, {
            fix: 'remove snapshot, or use a base with the package sources of Debian or Ubuntu',
        });
    }
    if (unpinned.length > 0)
        log.warn(`No snapshots exist of these package sources, so their packages are not pinned: ${unpinned.join(', ')}`);
    log.info(`Packages come from ${pinned.join(', ')}`);
    return { snapshot, sources: text };
}
/** apt.conf(5) by which apt uses only the sources in one file of the guest. */
function formatPinConfiguration(sourcesPath) {
    return `Dir::Etc::sourcelist "${sourcesPath}";\nDir::Etc::sourceparts "-";\nAcquire::GzipIndexes "false";\n`;
}
/** Compares the finished image's packages with the lists of the snapshot. */
async function findPinnedPackages({ snapshot }, indexed, files, log) {
    const installed = (await readPackages(files)).map(identifyPackage);
    const unpinned = installed.filter((name) => !indexed.has(name));
    if (unpinned.length === 0)
        log.info(`All ${installed.length} packages come from snapshot ${snapshot}`);
    else {
        const examples = [...unpinned.slice(0, 3), ...(unpinned.length > 3 ? ['…'] : [])].join(', ');
        log.warn(`${unpinned.length} of ${installed.length} packages do not come from snapshot ${snapshot}: ${examples}`);
    }
    return { snapshot, unpinned };
}

;// CONCATENATED MODULE: ./build/image/derived-files.js
/** The first line of every derived file. `listApplied` finds it. */
const derivedMark = '# Changed by the boot profile of ch-golden.';
const longestText = 256 * 1024;
/** The content that a rule makes of a file of the image; undefined if nothing changes. */
function tryDerive(rule, text) {
    if (text.length > longestText || text.startsWith(derivedMark))
        return undefined;
    const derived = rule === 'fstab-boot' ? relaxBootMounts(text) : trimModules(text);
    return derived === undefined ? undefined : `${derivedMark}\n${derived}`;
}
/**
 * Modules of cloud-init that a VM with a NoCloud seed does not need: configuration management, subscriptions and
 * hardware of other clouds. In new spelling, with underscores.
 */
const droppedModules = [
    'ansible',
    'byobu',
    'chef',
    'disable_ec2_metadata',
    'fan',
    'landscape',
    'lxd',
    'mcollective',
    'migrator',
    'puppet',
    'refresh_rmc_and_interface',
    'reset_rmc',
    'rightscale_userdata',
    'salt_minion',
    'ubuntu_advantage',
    'ubuntu_autoinstall',
    'ubuntu_drivers',
    'ubuntu_pro',
    'wireguard',
];
const moduleLists = ['cloud_init_modules', 'cloud_config_modules', 'cloud_final_modules'];
/** The module lists of cloud.cfg that get shorter. A list in another notation stays as it is. */
function trimModules(config) {
    const lists = moduleLists.flatMap((name) => {
        const modules = tryReadList(config, name);
        const kept = modules?.filter((module) => !droppedModules.includes(module.replaceAll('-', '_')));
        return kept === undefined || kept.length === modules?.length || kept.length === 0 ? [] : [{ name, kept }];
    });
    if (lists.length === 0)
        return undefined;
    return lists.map(({ name, kept }) => `${name}:\n${kept.map((module) => ` - ${module}\n`).join('')}`).join('');
}
/** The items of a block sequence of plain words, which is how every release of cloud-init writes it. */
function tryReadList(config, name) {
    const lines = config.split('\n');
    const starts = lines.flatMap((line, index) => (line.startsWith(`${name}:`) ? [index] : []));
    const [start] = starts;
    if (start === undefined || starts.length > 1 || lines[start]?.trimEnd() !== `${name}:`)
        return undefined;
    const rest = lines.slice(start + 1);
    const end = rest.findIndex((line) => /^[^\s#-]/.test(line));
    const items = [];
    for (const line of rest.slice(0, end < 0 ? undefined : end)) {
        const item = /^ *- ([\w-]{1,60})\s*(?:#.*)?$/.exec(line)?.[1];
        if (item !== undefined)
            items.push(item);
        else if (!/^\s*(?:#.*)?$/.test(line))
            return undefined;
    }
    return items;
}
/**
 * Mounts /boot and what is in it without holding up the boot: the VMM has the kernel already. fstab(5), `nofail` in
 * systemd.mount(5).
 */
function relaxBootMounts(fstab) {
    const lines = fstab.split('\n');
    const changed = lines.map((line) => {
        const [, before, options, after] = /^(\s*[^#\s]\S*\s+\/boot(?:\/\S*)?\s+\S+\s+)(\S+)(.*)$/.exec(line) ?? [];
        if (before === undefined || options === undefined || after === undefined)
            return line;
        return options.split(',').includes('nofail') ? line : `${before}${options},nofail${after}`;
    });
    return changed.every((line, index) => line === lines[index]) ? undefined : changed.join('\n');
}

;// CONCATENATED MODULE: ./build/image/resolve-edits.js





/** Bytes: EXT4_NAME_LEN. */
const longestName = 255;
/** The path as the guest sees it. It leads through no link. */
function guestPathOf(operation) {
    return operation.mount.path === '/' ? operation.path : `${operation.mount.path}${operation.path}`;
}
/**
 * Turns a plan into operations on the existing file tree: expands patterns, follows links, creates missing directories,
 * and removes files that are to be replaced.
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
            return ifMet(work, edit.when, async () => write(work, edit.path, edit.content, edit.attributes));
        case 'derive':
            return derive(work, edit);
        case 'empty':
            return write(work, edit.path, { text: '' }, edit.attributes);
        case 'replace':
            if ((await work.files.tryStat(normalizePath(edit.path))) !== undefined)
                await write(work, edit.path, edit.content, edit.attributes);
            return;
        case 'link':
            return ifMet(work, edit.when, async () => resolve_edits_link(work, edit.path, edit.target));
        case 'directory':
            return ensureDirectory(work, edit.path, edit.attributes);
        case 'enable-unit':
            return resolve_edits_link(work, `/etc/systemd/system/${edit.target}.wants/${edit.unit}`, `/etc/systemd/system/${edit.unit}`);
        case 'remove':
            for (const file of await expandPattern(normalizePath(edit.pattern), work.files))
                await removeTree(work, file);
    }
}
async function ifMet(work, when, change) {
    if (when === undefined || ((await hasAny(work, when.has)) && !(await hasAny(work, when.hasNot))))
        await change();
}
/** Whether a file matches one of these patterns once the plan is applied. */
async function hasAny(work, patterns) {
    for (const pattern of patterns.map(normalizePath)) {
        if ([...work.written].some((path) => isUnder(pattern, path)))
            return true;
        if ((await expandPattern(pattern, work.files)).some(({ path }) => !work.removed.has(path)))
            return true;
    }
    return false;
}
/** A file that the plan itself writes stays as it is. */
async function derive(work, edit) {
    const from = normalizePath(edit.from);
    if (work.written.has(from) || work.removed.has(from))
        return;
    const derived = tryDerive(edit.rule, (await work.files.tryReadText(from)) ?? '');
    if (derived !== undefined)
        await write(work, edit.path, { text: derived }, edit.attributes);
}
async function write(work, path, content, attributes) {
    const { mount, path: inner } = await clearPlace(work, normalizePath(path));
    work.operations.push({ kind: 'write', mount, path: inner, content, attributes });
}
async function resolve_edits_link(work, path, target) {
    const { mount, path: inner } = await clearPlace(work, normalizePath(path));
    work.operations.push({ kind: 'link', mount, path: inner, target });
}
async function ensureDirectory(work, path, attributes) {
    const { mount, path: inner } = await getDirectory(work, normalizePath(path));
    work.operations.push({ kind: 'set-attributes', mount, path: inner, attributes });
}
async function removeTree(work, file) {
    if (work.removed.has(file.path))
        return;
    work.removed.add(file.path);
    if (file.inode.kind === 'directory')
        for (const child of await work.files.list(file.path))
            await removeTree(work, child);
    work.operations.push({
        kind: file.inode.kind === 'directory' ? 'remove-directory' : 'remove-file',
        mount: file.mount,
        path: file.innerPath,
    });
}
/** Removes the file that exists there. @throws Failure for a directory */
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
/** The file on disk at a path that leads through no link, unless the plan removes it. */
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
/** The directory at a path once the plan is applied. Links are followed, and a missing directory is created. */
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
        throw new errors_Failure(`${path} in the image is not a directory`, {
            fix: 'choose a different destination, or remove it from the base',
        });
    const target = await work.files.tryResolve(path);
    if (target === undefined)
        throw await danglingLinkFailure(path, there);
    return getDirectory(work, target.path);
}
async function danglingLinkFailure(path, { mount, inode }) {
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
/** Rejects what could end an argument of a debugfs command. */
function normalizePath(path) {
    const names = path.split('/');
    const isLong = path.length > 4000 || names.some((name) => Buffer.byteLength(name) > longestName);
    if (!path.startsWith('/') || /[\u0000-\u001f\u007f"]/.test(path) || names.includes('..') || isLong) {
        throw new errors_Failure(`invalid path in the image: ${JSON.stringify(path).slice(0, 200)} ` +
            '(expected an absolute path without "..", quotes and control characters, ' +
            `names of at most ${longestName} bytes)`);
    }
    return external_node_path_namespaceObject.posix.normalize(path).replace(/(.)\/$/, '$1');
}
/** The files that match a pattern, sorted by path. */
async function expandPattern(pattern, files) {
    if (pattern.endsWith('/**'))
        return filesBelow(pattern.slice(0, -'/**'.length), files);
    const names = pattern.split('/').slice(1);
    let matches = ['/'];
    for (const name of names.slice(0, -1))
        matches = (await matchIn(matches, name, files)).map((file) => file.path);
    return matchIn(matches, names.at(-1) ?? '', files);
}
/** True if the edit removes or replaces the file at this path. Links are not followed, which would need the image. */
function undoes(edit, path) {
    if (edit.kind === 'remove')
        return isUnder(edit.pattern, path);
    return 'path' in edit && edit.path === path;
}
/** True if a pattern matches a path or a directory above it. */
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

;// CONCATENATED MODULE: ./build/disk/with-guest.js


/** Opens the guest on a disk for reading while `work` runs. Sockets and temporary files are created in `directory`. */
async function withGuest(file, directory, ports, work) {
    const disk = await openDisk(file, directory, ports);
    try {
        return await work(await openGuest(disk));
    }
    finally {
        await disk.closeDisk();
    }
}

;// CONCATENATED MODULE: ./build/image/inject/debugfs.js





/** Bytes: two arguments and a command stay below 8 KiB. */
const longestArgument = 4000;
/** Lines of evidence. */
const maxComplaints = 20;
/** Runs scripts in order, and returns debugfs's complaints. @throws Failure if the disk or the filesystem is full */
async function runScripts(scripts, request, ports) {
    const due = scripts.filter(({ commands }) => commands.length > 0);
    if (due.length === 0)
        return [];
    const disk = await openEditableDisk(request.overlay, request.directory, ports);
    try {
        const complaints = [];
        for (const script of due) {
            const lines = await runScript(script, request, disk);
            assertSpace(script.part, lines);
            complaints.push(...lines);
        }
        return complaints;
    }
    finally {
        await disk.close();
    }
}
async function runScript({ part: { partition }, commands }, { clock, directory }, disk) {
    const script = (0,external_node_path_namespaceObject.join)(directory, `debugfs-${partition.number}`);
    await (0,promises_namespaceObject.writeFile)(script, commands.map((command) => `${command}\n`).join(''));
    const { stderr } = await disk.run({
        argv: ['debugfs', '-w', '-f', script, `${disk.rawPath}?offset=${partition.start}`],
        env: { E2FSPROGS_FAKE_TIME: String(clock), DEBUGFS_PAGER: 'cat' },
    });
    // The first line is debugfs's version.
    return stderr.trimEnd().split('\n').slice(1);
}
/** Reports the cause first: a full filesystem has partial files, which e2fsck would report as errors. */
function assertSpace({ mount }, complaints) {
    const evidence = complaints.slice(0, maxComplaints);
    if (complaints.some((line) => line.includes('No space left on device'))) {
        throw new errors_Failure("the disk is full: the image's changes do not fit", { fix: freeWorkSpaceFix, evidence });
    }
    if (complaints.some((line) => /Could not allocate (block|inode)/.test(line))) {
        throw new errors_Failure(`the image's filesystem for ${mount.path} is full: the edits do not fit`, {
            fix: 'use a base with a larger filesystem: disk-size only grows it at the first boot',
            evidence,
        });
    }
}
/** The commands for one operation. `source` is the local file with a written file's content. */
function formatOperation(operation, source) {
    const path = quote(operation.path);
    switch (operation.kind) {
        case 'write':
            return [`write ${quote(source)} ${path}`, ...formatAttributes(path, 0o100000, operation.attributes)];
        case 'make-directory':
            return [`mkdir ${path}`, ...formatAttributes(path, 0o040000, operation.attributes)];
        case 'set-attributes':
            return formatAttributes(path, 0o040000, operation.attributes);
        case 'link':
            return [`symlink ${path} ${quote(operation.target)}`];
        case 'remove-file':
            return [`rm ${path}`];
        case 'remove-directory':
            return [`rmdir ${path}`];
    }
}
function formatAttributes(path, kind, attributes) {
    return [
        `set_inode_field ${path} mode 0${(kind | attributes.mode).toString(8)}`,
        `set_inode_field ${path} uid ${attributes.uid}`,
        `set_inode_field ${path} gid ${attributes.gid}`,
    ];
}
/** Sets the owner of a file of any kind, and when its content was changed, in seconds since the epoch. */
function formatOriginals(path, { uid, gid, modified }) {
    return [`uid ${uid}`, `gid ${gid}`, `mtime @${modified}`].map((field) => `set_inode_field ${quote(path)} ${field}`);
}
/** Sets an extended attribute to the content of a local file, or removes it. */
function formatAttribute(path, name, source) {
    // Raw: ACLs are in the format of the disk, not of setxattr(2).
    return source === undefined ? `ea_rm ${quote(path)} ${name}` : `ea_set -r -f ${quote(source)} ${quote(path)} ${name}`;
}
/** Lets an inode have no block of extended attributes. What becomes of the block is another matter. */
function formatDetach(path) {
    return `set_inode_field ${quote(path)} file_acl 0`;
}
/**
 * Frees a block by making it the content of a temporary file, which is removed: `freeb` does not correct the count of
 * free blocks. @param name of no file in the filesystem's root directory
 */
function formatFree(block, name) {
    const path = quote(`/${name}`);
    return [
        `mknod ${quote(name)} p`,
        `set_inode_field ${path} mode 0100600`,
        `set_inode_field ${path} block[0] ${block}`,
        `rm ${path}`,
    ];
}
/** Writes bytes of a block, by their offset. */
function formatBlockBytes(block, bytes) {
    return [...bytes].map(([offset, byte]) => `zap_block -o ${offset} -l 1 -p ${byte} ${block}`);
}
/** Allocates an empty file's blocks as uninitialised extents. Sizes are in bytes. */
function formatAllocation(path, size, blockSize) {
    return [
        `fallocate ${quote(path)} 0 ${Math.ceil(size / blockSize) - 1}`,
        `set_inode_field ${quote(path)} size ${size}`,
    ];
}
/** Marks uninitialised extents that have content now as initialised. */
function formatFilled(path, runs) {
    return [
        `extent_open ${quote(path)}`,
        ...runs.flatMap(({ first, count, start }) => [`goto_block ${first}`, `replace_node ${first} ${count} ${start}`]),
        'extent_close',
    ];
}
/**
 * An argument of a debugfs command. What could end the line is rejected, in names from the image too: debugfs hands a
 * line that starts with `!` to a shell, and takes everything beyond 8 KiB as the next line.
 */
function quote(argument) {
    const quoted = `"${argument.replaceAll('"', '""')}"`;
    if (/[\u0000-\u001f\u007f]/.test(argument) || Buffer.byteLength(quoted) > longestArgument) {
        throw new errors_Failure(`unsupported path in the image: ${JSON.stringify(argument).slice(0, 200)} has control characters or is too long`);
    }
    return quoted;
}

;// CONCATENATED MODULE: ./build/image/posix-acl.js
/** POSIX ACLs as ext4 stores them. Source: Linux, fs/ext4/acl.h and posix_acl(5). */
const version = 1;
const tags = { owner: 0x01, user: 0x02, ownerGroup: 0x04, group: 0x08, mask: 0x10, other: 0x20 };
/**
 * The access ACL of a file with this mode, as after chmod(2).
 * @param acl the file's access ACL, or its directory's default ACL
 * @returns undefined if the mode expresses the same, or if the ACL is damaged
 */
function applyMode(acl, mode) {
    const entries = tryParseAcl(acl);
    const hasMask = entries?.some(({ tag }) => tag === tags.mask);
    if (entries === undefined || hasMask !== true)
        return undefined;
    const changed = Buffer.from(acl);
    const permissions = new Map([
        [tags.owner, mode >> 6],
        [tags.mask, mode >> 3],
        [tags.other, mode],
    ]);
    for (const { tag, at } of entries) {
        const bits = permissions.get(tag);
        if (bits !== undefined)
            changed.writeUInt16LE(bits & 7, at);
    }
    return changed;
}
/** Only ACLs with users or groups have a mask, and must have one. */
function tryParseAcl(acl) {
    if (acl.length < 4 || acl.readUInt32LE(0) !== version)
        return undefined;
    const entries = [];
    for (let at = 4; at < acl.length;) {
        if (at + 4 > acl.length)
            return undefined;
        const tag = acl.readUInt16LE(at);
        entries.push({ tag, at: at + 2 });
        at += tag === tags.user || tag === tags.group ? 8 : 4;
        if (at > acl.length)
            return undefined;
    }
    return entries;
}

;// CONCATENATED MODULE: ./build/image/security-attributes.js









const label = 'security.selinux';
const accessAcl = 'system.posix_acl_access';
const defaultAcl = 'system.posix_acl_default';
const names = [label, accessAcl, defaultAcl];
/**
 * A replaced file keeps its label and ACL. A new one gets its directory's label, as from a kernel without a transition
 * rule, and its directory's default ACL. @param files the tree before the operations
 */
async function planAttributes(operations, files) {
    const planned = new Map();
    const read = async (path) => {
        const file = await files.tryStat(path);
        return planned.get(path) ?? (file === undefined ? new Map() : readAttributes(file));
    };
    for (const operation of operations) {
        const path = guestPathOf(operation);
        if (operation.kind === 'remove-file' || operation.kind === 'remove-directory')
            planned.delete(path);
        else {
            const replaced = planned.has(path) ? undefined : await files.tryStat(path);
            const own = operation.kind === 'set-attributes' || replaced !== undefined ? await read(path) : undefined;
            const parent = await read(external_node_path_namespaceObject.posix.dirname(path));
            const isSameKind = operation.kind === 'set-attributes' || replaced?.inode.kind === kindOf(operation);
            planned.set(path, toAttributes(operation, { label: own ?? parent, acl: isSameKind ? own : undefined, parent }));
        }
    }
    return planned;
}
function kindOf({ kind }) {
    return kind === 'write' ? 'file' : kind === 'link' ? 'link' : 'directory';
}
function toAttributes(operation, { label: labelled, acl, parent }) {
    const attributes = new Map();
    const set = (name, value) => {
        if (value !== undefined)
            attributes.set(name, value);
    };
    set(label, labelled.get(label));
    if (!('attributes' in operation))
        return attributes;
    const access = acl === undefined ? parent.get(defaultAcl) : acl.get(accessAcl);
    set(accessAcl, access === undefined ? undefined : applyMode(access, operation.attributes.mode));
    if (kindOf(operation) === 'directory')
        set(defaultAcl, (acl ?? parent).get(defaultAcl));
    return attributes;
}
async function readAttributes({ mount, inode }) {
    const attributes = await mount.filesystem.readAttributes(inode);
    return new Map([...attributes].filter(([name]) => names.some((known) => known === name)));
}
/** Sets and removes labels and ACLs with debugfs, for every driver alike. @throws Failure if that did not work */
async function setAttributes(planned, { overlay, directory }, ports) {
    const disk = { path: overlay, format: 'qcow2' };
    const plan = async () => withGuest(disk, directory, ports, async (guest) => planScripts(planned, guest, directory));
    const { scripts, clock } = await plan();
    if (scripts.length === 0)
        return;
    const complaints = await runScripts(scripts, { overlay, directory, clock }, ports);
    const { paths } = await plan();
    if (paths.length > 0)
        throw new errors_Failure(`debugfs could not set the attributes of ${paths[0]}`, {
            evidence: complaints.slice(0, maxComplaints),
        });
}
async function planScripts(planned, guest, directory) {
    const paths = [];
    const scripts = partitionsOf(guest).map((part) => ({ part, commands: [] }));
    for (const [path, wanted] of planned) {
        const file = await guest.files.tryStat(path);
        const commands = scripts.find(({ part }) => part.mount === file?.mount)?.commands;
        if (file === undefined || commands === undefined)
            continue;
        const changes = await listChanges(file, wanted, directory);
        if (changes.length > 0)
            paths.push(path);
        commands.push(...changes);
    }
    return {
        scripts: scripts.filter(({ commands }) => commands.length > 0),
        paths,
        clock: Math.max(1, guest.root.mount.filesystem.lastWrite),
    };
}
async function listChanges(file, wanted, directory) {
    const present = await readAttributes(file);
    const commands = [];
    for (const name of names) {
        const value = wanted.get(name);
        const now = present.get(name);
        if (value === undefined ? now === undefined : now?.equals(value))
            continue;
        const source = value === undefined ? undefined : await stageValue(value, directory);
        commands.push(formatAttribute(file.innerPath, name, source));
    }
    return commands;
}
/** debugfs reads binary values from a file. */
async function stageValue(value, directory) {
    const path = (0,external_node_path_namespaceObject.join)(directory, `attribute-${files_sha256Of(value).slice(0, 32)}`);
    await (0,promises_namespaceObject.writeFile)(path, value);
    return path;
}

;// CONCATENATED MODULE: ./build/image/mount/temporary-files.js




/** invoke-rc.d(8): forbids starting services. */
const policy = '#!/bin/sh\nexit 101\n';
const largest = 1024 ** 2;
/** The runner's resolver, and a policy that keeps packages from starting services. */
async function planTemporaryFiles(files) {
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
        replace: { kind: 'write', path, content: { text }, attributes: rootOwned(mode) },
        restore: before === undefined ? { kind: 'remove', pattern: path } : await toFileEdit(path, before, files),
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
/** Restores the files, except those that a package or a script has replaced. */
async function planRestore(replaced, files) {
    const edits = await Promise.all(replaced.map(async ({ path, text, restore }) => {
        const now = await files.tryStat(path);
        const isOurs = now?.inode.kind === 'file' &&
            now.inode.size === Buffer.byteLength(text) &&
            (await files.read(path, largest)).toString('utf8') === text;
        return isOurs ? [restore] : [];
    }));
    return edits.flat();
}

;// CONCATENATED MODULE: ./build/apt/security-preferences.js
/**
 * apt_preferences(5) for an upgrade from security archives only. Packages of other archives (50) never replace an
 * installed version (100), but can be installed if a security update depends on them. The first match counts.
 * The check for due updates uses the same preferences as the upgrade itself.
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
        pattern: anyOf('NO_PUBKEY|BADSIG|EXPKEYSIG|REVKEYSIG|EXPSIG|Missing key', "signatures? (couldn't be verified|were invalid)", 'is not signed|unauthenticated packages'),
        message: () => 'a package repository of the image has no valid signature',
        fix: 'add its key to the base, and name the key with signed-by in its source',
    },
    {
        pattern: /Release file .{0,500} is expired|is not valid (yet|anymore)/,
        message: () => 'a package repository of the image has a Release file that has expired or is not valid yet',
        fix: "check this machine's clock, or ask the maintainers of the repository to update it",
    },
    {
        pattern: /Hash Sum mismatch|File has unexpected size/,
        message: () => 'a package repository of the image is inconsistent: a file does not match its signed checksum',
        fix: 'try again later: the repository may be in the middle of an update',
    },
    {
        pattern: anyOf('Could not (connect|resolve|handshake)|Failed to fetch|Cannot initiate the connection', 'Temporary failure|Connection (failed|timed out)|does not have a Release file'),
        message: () => 'a package repository of the image cannot be reached',
        fix: "check the network, the proxy settings (http_proxy) and the sources in the base's /etc/apt",
    },
    {
        pattern: anyOf(String.raw `installed (\S+) package (pre|post)-(\w+) script subprocess returned error`, String.raw `new (\S+) package pre-\w+ script subprocess returned error`),
        message: ([, installed, , , fresh]) => `a maintainer script of the package ${installed ?? fresh ?? ''} failed`,
    },
    {
        pattern: /unmet dependencies|held broken packages/,
        message: () => 'the packages conflict, or have dependencies that cannot be satisfied',
    },
];
/** One pattern, from alternatives that each fit on a line. */
function anyOf(...patterns) {
    return new RegExp(patterns.join('|'));
}
/** Names the cause of a failed apt-get run. `own` are causes that only the caller knows. They take precedence. */
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
/** Starts a few lines before the first one that shows the cause. */
function pickEvidence(lines, pattern) {
    const first = lines.findIndex((line) => pattern.test(line));
    return lines.slice(Math.max(0, first - 10)).slice(0, 20);
}

;// CONCATENATED MODULE: ./build/image/guest-environment.js
/** Variables for programs of the image. */
const guestEnvironment = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    DEBIAN_FRONTEND: 'noninteractive',
    DEBCONF_NONINTERACTIVE_SEEN: 'true',
    // Ubuntu's needrestart would inspect the host's processes.
    NEEDRESTART_SUSPEND: '1',
};
const proxyVariables = /^(https?|ftp|all|no)_proxy$/i;
/**
 * Arguments for env(1). Of this process's variables only proxies are inherited, because their values can be secret and
 * must not be arguments.
 */
async function formatEnvironment(environment, processes) {
    const names = Object.keys(await readEnvironment(processes)).filter((name) => !proxyVariables.test(name));
    return [
        ...names.map((name) => `--unset=${name}`),
        ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ];
}
/** The proxy variables that child processes get. */
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
 * The only devices of the host that programs of the image see. This protects its disks from mistakes, not from attacks:
 * the programs are root and can call mknod(2), which scripts that create file trees need (debootstrap(8)).
 */
const deviceNodes = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];
/**
 * Mounts what programs need besides their files. It is unmounted with the guest's filesystems.
 * @param variables added to the environment
 */
async function enterChroot({ space, root, devices }, variables, { processes, log }) {
    const reach = (path) => space.reach((0,external_node_path_namespaceObject.join)(root, path));
    for (const path of ['/dev', '/proc', '/run', '/sys'])
        await assertDirectory(path, reach(path));
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
    await assertIsolation(root, space);
    const environment = await formatEnvironment({ ...guestEnvironment, ...variables }, processes);
    return {
        reach,
        run: async (argv, timeoutMs) => space.run({
            argv: [...isolate(root), 'env', ...environment, 'chroot', root, ...argv],
            timeoutMs,
            onLine: (line) => log.detail(line),
        }),
    };
}
/**
 * Read-only below /proc as in Docker's containers (moby, oci/defaults.go, ReadonlyPaths), because it configures the
 * machine's kernel.
 */
const readOnlyInProc = ['bus', 'fs', 'irq', 'sys', 'sysrq-trigger'];
/** Capabilities that no package needs, and that affect the machine: kernel modules, clock, hardware, power. */
const withoutCapabilities = '--bounding-set=-sys_module,-sys_time,-sys_rawio,-sys_boot';
/**
 * The first process of the programs' namespaces. It must outlive the program: its root is outside of the chroot, by
 * which programs detect that they are in one (ischroot(1), systemctl(1)). It ends with `exit` because a shell may exec
 * its last command.
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
/** When the first process exits, all others in its namespaces are killed and their mounts removed. */
function isolate(root) {
    return [
        // Without --mount-proc: for unshare 2.37 (Ubuntu 22.04) its directory must already be a mount.
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
/**
 * Tries the isolation first, because later a failure would look like one of the program.
 * @throws Failure if this machine forbids it
 */
async function assertIsolation(root, space) {
    await space.run({ argv: [...isolate(root), 'true'] }).catch((error) => {
        if (!(error instanceof ToolError))
            throw error;
        throw new errors_Failure('this machine does not allow namespaces that isolate programs of the image', {
            fix: 'use driver libguestfs',
            evidence: error.evidence,
            cause: error,
        });
    });
}
async function assertDirectory(path, reached) {
    const stats = await ifPresent((0,promises_namespaceObject.lstat)(reached));
    if (stats?.isDirectory() !== true)
        throw new errors_Failure(`the image has no directory ${path}, which is needed to run its programs`);
}
/**
 * Not the name of a loop device: update-grub, which every kernel installation runs, would take the file behind it for
 * the root filesystem and fail, as the guest does not have it (GRUB's grub-mkconfig_lib and 10_linux; Debian's patch
 * mkconfig-loopback).
 */
function nameInGuest({ number }) {
    return `/dev/guest${number}`;
}
/**
 * GRUB's configuration uses the UUID of the root filesystem if it is in `/dev/disk`. The kernel lists mounts as of a
 * loop device, so that name links to the guest's device.
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
/** For files that programs need from us. It disappears with /run. */
const guestDirectory = '/run/ch-golden';
async function writeGuestFile(chroot, path, content, mode) {
    await (0,promises_namespaceObject.mkdir)((0,external_node_path_namespaceObject.dirname)(chroot.reach(path)), { recursive: true });
    await (0,promises_namespaceObject.writeFile)(chroot.reach(path), content, { mode });
}

;// CONCATENATED MODULE: ./build/image/mount/change-system.js









const updateWithinMs = 10 * 60_000;
const changeWithinMs = 60 * 60_000;
const preferences = `${guestDirectory}/security-preferences`;
/** Updates the package lists, and returns the bytes that the edits need. */
async function measureNeededBytes(edits, chroot) {
    await runApt(chroot, updateCommand, 'read the package lists', updateWithinMs);
    await writeGuestFile(chroot, preferences, securityPreferences, 0o644);
    if (edits.some((edit) => edit.kind === 'upgrade' && edit.scope === 'security'))
        await assertSecurityArchive(chroot);
    let needed = 0;
    for (const edit of edits) {
        const { stdout } = await runApt(chroot, asDryRun(formatApt(edit, preferences)), formatCommandEdit(edit), updateWithinMs);
        needed += parseNeededBytes(stdout);
    }
    return needed;
}
async function assertSecurityArchive(chroot) {
    const { stdout } = await runApt(chroot, listSourcesCommand, 'list the sources of packages', updateWithinMs);
    if (hasSecurityArchive(stdout))
        return;
    throw securityArchiveFailure();
}
/** Installs, upgrades or runs a script. @throws Failure with the last lines of output as evidence */
async function changeSystem(edit, chroot, ports) {
    if (!isPackageEdit(edit))
        return change_system_runScript(edit, chroot, ports);
    await writeGuestFile(chroot, preferences, securityPreferences, 0o644);
    const { stdout } = await runApt(chroot, formatApt(edit, preferences), formatCommandEdit(edit), changeWithinMs);
    const summary = /^\d+ upgraded, .*$/m.exec(stdout)?.[0];
    ports.log.info(`Done: ${formatCommandEdit(edit)}${summary === undefined ? '' : ` (${summary})`}`);
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
async function change_system_runScript({ name, script }, chroot, { log }) {
    const content = await (0,promises_namespaceObject.readFile)(script.file);
    if (files_sha256Of(content) !== script.sha256)
        throw changedFailure(`the script ${name}`);
    const path = `${guestDirectory}/script`;
    await writeGuestFile(chroot, path, content, 0o700);
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
    log.info(`Ran ${name}`);
}
/** The script runs in a shell, which exits with 128 and the number of the signal that killed it (dash(1)). */
function formatExit({ exitCode }) {
    if (exitCode === undefined)
        return 'was killed';
    return exitCode > 128 && exitCode <= 128 + 64
        ? `was killed by signal ${exitCode - 128}`
        : `failed with exit code ${exitCode}`;
}

;// CONCATENATED MODULE: ./build/image/mount/edit-files.js
var edit_files_addDisposableResource = (undefined && undefined.__addDisposableResource) || function (env, value, async) {
    if (value !== null && value !== void 0) {
        if (typeof value !== "object" && typeof value !== "function") throw new TypeError("Object expected.");
        var dispose, inner;
        if (async) {
            if (!Symbol.asyncDispose) throw new TypeError("Symbol.asyncDispose is not defined.");
            dispose = value[Symbol.asyncDispose];
        }
        if (dispose === void 0) {
            if (!Symbol.dispose) throw new TypeError("Symbol.dispose is not defined.");
            dispose = value[Symbol.dispose];
            if (async) inner = dispose;
        }
        if (typeof dispose !== "function") throw new TypeError("Object not disposable.");
        if (inner) dispose = function() { try { inner.call(this); } catch (e) { return Promise.reject(e); } };
        env.stack.push({ value: value, dispose: dispose, async: async });
    }
    else if (async) {
        env.stack.push({ async: true });
    }
    return value;
};
var edit_files_disposeResources = (undefined && undefined.__disposeResources) || (function (SuppressedError) {
    return function (env) {
        function fail(e) {
            env.error = env.hasError ? new SuppressedError(e, env.error, "An error was suppressed during disposal.") : e;
            env.hasError = true;
        }
        var r, s = 0;
        function next() {
            while (r = env.stack.pop()) {
                try {
                    if (!r.async && s === 1) return s = 0, env.stack.push(r), Promise.resolve().then(next);
                    if (r.dispose) {
                        var result = r.dispose.call(r.value);
                        if (r.async) return s |= 2, Promise.resolve(result).then(next, function(e) { fail(e); return next(); });
                    }
                    else s |= 1;
                }
                catch (e) {
                    fail(e);
                }
            }
            if (s === 1) return env.hasError ? Promise.reject(env.error) : Promise.resolve();
            if (env.hasError) throw env.error;
        }
        return next();
    };
})(typeof SuppressedError === "function" ? SuppressedError : function (error, suppressed, message) {
    var e = new Error(message);
    return e.name = "SuppressedError", e.error = error, e.suppressed = suppressed, e;
});







/**
 * Applies operations to a mounted guest. Their paths lead through no link, so none leads out of the image, and nothing
 * exists yet at the paths that they create.
 * @param root this process's path of the guest's root directory
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
                fix: 'use a base with a larger filesystem, or install less',
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
            return edit_files_setAttributes(path, operation.attributes);
        case 'set-attributes':
            if (!(await (0,promises_namespaceObject.lstat)(path)).isDirectory())
                throw new errors_Failure(`${guestPathOf(operation)} in the image is not a directory`);
            return edit_files_setAttributes(path, operation.attributes);
        case 'link':
            return (0,promises_namespaceObject.symlink)(operation.target, path);
        case 'remove-file':
            return (0,promises_namespaceObject.unlink)(path);
        case 'remove-directory':
            return (0,promises_namespaceObject.rmdir)(path);
    }
}
async function writeNew(path, content, attributes) {
    const env_1 = { stack: [], error: void 0, hasError: false };
    try {
        const file = edit_files_addDisposableResource(env_1, await (0,promises_namespaceObject.open)(path, 'wx', 0o600), true);
        if (!('file' in content))
            await file.writeFile(toBytes(content));
        else
            await copyInto(file, content.file, content.sha256);
        await file.chown(attributes.uid, attributes.gid);
        // After the owner: chown(2) clears setuid.
        await file.chmod(attributes.mode);
    }
    catch (e_1) {
        env_1.error = e_1;
        env_1.hasError = true;
    }
    finally {
        const result_1 = edit_files_disposeResources(env_1);
        if (result_1)
            await result_1;
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
async function edit_files_setAttributes(path, { mode, uid, gid }) {
    await (0,promises_namespaceObject.chown)(path, uid, gid);
    await (0,promises_namespaceObject.chmod)(path, mode);
}

;// CONCATENATED MODULE: external "node:events"
const external_node_events_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:events");
;// CONCATENATED MODULE: ./build/image/mount/mount-space.js


const holder = ['unshare', '--mount', '--', 'sh', '-c', 'echo ready && exec sleep infinity'];
/**
 * Does the work in a separate namespace inside of the disk's. If the disk's server were the last process in a namespace
 * with filesystems on that disk, it could never exit: the kernel would unmount them first and wait for the server,
 * whose /dev/fuse is only closed after that (Linux 6.18, do_exit: namespaces before deferred closes).
 */
async function withMountSpace(disk, ports, work) {
    const output = new external_node_events_namespaceObject.EventEmitter();
    const ready = (0,external_node_events_namespaceObject.once)(output, 'line').then(() => true);
    const running = await disk.start({ argv: holder, onLine: () => output.emit('line') });
    try {
        if (!(await Promise.race([ready, running.exited.then(() => false)]))) {
            throw new errors_Failure('could not create a mount namespace', { evidence: running.tail() });
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
 * Mounts root and `/boot`, does the work, and unmounts them. The mounts live in the namespace, and the loop devices as
 * long as their mounts (autoclear): even if we are killed, the kernel removes both with the last process in the
 * namespace.
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
 * `errors=` overrides a filesystem's own setting, which could panic the machine. `discard` frees the space of removed
 * files, so packages that were only downloaded take none in the overlay.
 */
async function mountPartition(rawPath, { part: { partition }, path }, space) {
    // A link could lead out of the image.
    if (!(await (0,promises_namespaceObject.lstat)(space.reach(path))).isDirectory())
        throw new errors_Failure('/boot in the image is not a directory');
    const options = [
        `loop,offset=${partition.start},sizelimit=${partition.length}`,
        'nodev,noatime,discard,noinit_itable,errors=remount-ro',
    ].join(',');
    await space.run({ argv: ['mount', '-t', 'ext4', '-o', options, rawPath, path] });
}
/**
 * ext4 zeroes small ranges with a request that a loop device turns into a hole in its file. QEMU's FUSE export (7.2)
 * treats that as a discard and keeps parts of clusters, so a new file would have old bytes. This setting makes ext4
 * write the zeros.
 */
async function prepareDevices(rawPath, places, space) {
    const loops = await listLoops(rawPath, space);
    return Promise.all(places.map(async ({ part }) => {
        const path = loops.find((loop) => loop.offset === part.partition.start)?.path;
        if (path === undefined)
            throw new errors_Failure(`partition ${part.partition.number} is mounted but has no loop device`);
        await (0,promises_namespaceObject.writeFile)(`/sys/fs/ext4/${(0,external_node_path_namespaceObject.basename)(path)}/extent_max_zeroout_kb`, '0');
        return { path, number: part.partition.number, uuid: part.mount.filesystem.uuid };
    }));
}
/** The kernel detaches a device shortly after its last mount. */
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

;// CONCATENATED MODULE: ./build/image/mount/pinned-sources.js




const configuration = `${guestDirectory}/apt.conf`;
const sourcesPath = `${guestDirectory}/pinned.sources`;
/** Bytes of one package list: that of Ubuntu's universe has 70 million. */
const largestIndex = 512 * 1024 ** 2;
/** Makes every apt in the guest use the pinned sources, in scripts too: apt reads this file first (apt.conf(5)). */
const pinnedEnvironment = { APT_CONFIG: configuration };
async function writePin({ sources }, chroot) {
    await writeGuestFile(chroot, sourcesPath, sources, 0o644);
    await writeGuestFile(chroot, configuration, formatPinConfiguration(sourcesPath), 0o644);
}
/** The guest's paths of the snapshot's package lists. */
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

;// CONCATENATED MODULE: ./build/image/mount/mount-driver.js

















/**
 * Applies every edit as root: the kernel mounts the image's filesystems in a private namespace, where programs of the
 * image run.
 */
const mountDriver = { name: 'mount', apply: mountEdits };
async function mountEdits(plan, ports) {
    const indexed = new Set();
    let pin;
    for (const phase of splitPlan(plan.edits)) {
        if (phase.kind === 'files')
            await editFiles(plan, () => phase.edits, ports);
        else {
            const ran = await runPrograms(plan, phase.edits, pin, ports);
            pin = ran.pin;
            for (const version of ran.indexed)
                indexed.add(version);
        }
    }
    if (pin === undefined)
        return undefined;
    const last = pin;
    return withDisk(plan, ports, async (_, guest) => findPinnedPackages(last, indexed, guest.files, ports.log));
}
/** Groups consecutive edits of one kind, in the plan's order. */
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
/** Opens the overlay, and the guest in its current state. `work` must unmount what it mounts. */
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
async function editFiles(plan, listEdits, ports) {
    const attributes = await withDisk(plan, ports, async (disk, guest) => {
        const operations = await resolveEdits(await listEdits(guest), guest.files);
        const planned = await planAttributes(operations, guest.files);
        await withMountedGuest(plan, { disk, guest }, ports, async ({ space, root }) => applyOperations(operations, space.reach(root)));
        ports.log.detail(`Applied ${operations.length} operations to files`);
        return planned;
    });
    await setAttributes(attributes, plan, ports);
}
async function runPrograms(plan, edits, before, ports) {
    const { temporary, pin } = await withDisk(plan, ports, async (_, { files }) => ({
        temporary: await planTemporaryFiles(files),
        pin: before ?? (await planPin(edits, files, ports.log)),
    }));
    await editFiles(plan, () => temporary.map((file) => file.replace), ports);
    const packages = edits.filter(isPackageEdit);
    const indexed = await withFullDiskFailure(plan, ports, async () => {
        const prepared = packages.length === 0 ? new Set() : await preparePackages(plan, packages, pin, ports);
        await inChroot(plan, pin, ports, async (chroot) => {
            for (const edit of edits)
                await changeSystem(edit, chroot, ports);
        });
        return prepared;
    });
    await editFiles(plan, async (guest) => planRestore(temporary, guest.files), ports);
    return { pin, indexed };
}
async function inChroot(plan, pin, ports, work) {
    return withDisk(plan, ports, async (disk, guest) => withMountedGuest(plan, { disk, guest }, ports, async (mounted) => {
        const chroot = await enterChroot(mounted, pin === undefined ? {} : pinnedEnvironment, ports);
        if (pin !== undefined)
            await writePin(pin, chroot);
        return work(chroot, mounted);
    }));
}
/**
 * Fetches the package lists, and grows the disk if the packages need it. Reads the lists now, because a script may
 * remove them.
 */
async function preparePackages(plan, packages, pin, ports) {
    await growForLists(plan, ports);
    const { need, indexes } = await inChroot(plan, pin, ports, async (chroot, { space, root }) => {
        const needed = await measureNeededBytes(packages, chroot);
        const { bavail, bsize } = await (0,promises_namespaceObject.statfs)(space.reach(root));
        return {
            need: { needed, free: bavail * bsize },
            indexes: pin === undefined ? [] : await listPinnedIndexes(pin, chroot),
        };
    });
    await growForPackages(plan, need, ports);
    return indexes.length === 0 ? new Set() : withDisk(plan, ports, async (_, { files }) => readIndexes(indexes, files));
}

;// CONCATENATED MODULE: ./build/image/mount/serve-mount.js



/**
 * Applies a plan as root for `createSudoMountDriver`, and sends messages about it. Runs in a private mount namespace.
 */
async function serveMount({ plan }, send, { processes }) {
    await serveHelper(async (log) => {
        // Even if we are killed, no file of root's is left in a directory that the user has to remove.
        await processes.run({ argv: ['mount', '-t', 'tmpfs', '-o', 'mode=0700,nosuid', 'none', plan.directory] });
        return withoutUndefined({ pin: await mountDriver.apply(plan, { processes, log }) });
    }, send);
}

;// CONCATENATED MODULE: external "node:readline"
const external_node_readline_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:readline");
;// CONCATENATED MODULE: ./build/platform/secrets/secret-rules.js
const tokens = (what, prefixes, alphabet, min, more = {}) => ({ what, prefixes, alphabet, min, ...more });
/**
 * The beginning of a PEM private key in base64, as in kubeconfigs and Kubernetes secrets: whole groups of three
 * bytes.
 */
const encodedKeys = ['', 'RSA ', 'EC ', 'OPENSSH ', 'ENCRYPTED '].map((kind) => {
    const bytes = Buffer.from(`-----BEGIN ${kind}PRIVATE KEY-----`);
    return bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64');
});
/**
 * Secrets by their form, for both the audit of an image and the redactor. Formats: the vendors' documentation. All are
 * found in one pass over a text, without backtracking. To add one: its prefix, and what can follow.
 */
const tokenRules = [
    tokens('an AWS access key', ['AKIA', 'ASIA'], 'upper', 16, { max: 16 }),
    tokens('a GitHub token', ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], 'word', 20),
    tokens('a GitHub token', ['github_pat_'], 'word', 20),
    tokens('a GitLab token', [
        'glpat-',
        'gldt-',
        'glrt-',
        'glrtr-',
        'glcbt-',
        'glptt-',
        'glft-',
        'glimt-',
        'glagent-',
        'glsoat-',
        'glffct-',
        'gloas-',
    ], 'dashed', 20),
    tokens('a GitLab token', ['GR1348941'], 'dashed', 20, { max: 20 }),
    tokens('an npm token', ['npm_'], 'letters', 36, { max: 36 }),
    tokens('a PyPI token', ['pypi-AgEIcHlwaS5vcmc', 'pypi-AgENdGVzdC5weXBpLm9yZw'], 'dashed', 50),
    tokens('a RubyGems token', ['rubygems_'], 'hex', 48, { max: 48 }),
    tokens('a Docker token', ['dckr_pat_', 'dckr_oat_'], 'dashed', 27),
    tokens('a Vault token', ['hvs.', 'hvb.', 'hvr.'], 'dashed', 24),
    tokens('a Terraform Cloud token', ['.atlasv1.'], 'dashed', 60),
    tokens('a Slack token', ['xoxb-', 'xoxp-', 'xoxa-', 'xoxr-', 'xoxs-', 'xoxe-', 'xoxe.xoxp-', 'xapp-'], 'dashed', 20),
    tokens('a Slack webhook', ['https://hooks.slack.com/services/T'], 'url', 30),
    tokens('a Stripe key', ['sk_live_', 'rk_live_', 'whsec_'], 'letters', 24),
    tokens('a Google API key', ['AIza'], 'dashed', 35, { max: 35 }),
    tokens('a Google client secret', ['GOCSPX-'], 'dashed', 28, { max: 28 }),
    tokens('a Google access token', ['ya29.'], 'dashed', 40),
    tokens('a SendGrid key', ['SG.'], 'dotted', 66, { max: 66, dots: 1 }),
    tokens('a DigitalOcean token', ['dop_v1_', 'doo_v1_', 'dor_v1_'], 'hex', 64, { max: 64 }),
    tokens('a Databricks token', ['dapi'], 'hex', 32, { max: 32 }),
    tokens('a Hugging Face token', ['hf_'], 'letters', 34, { max: 40 }),
    tokens('an OpenAI key', ['sk-proj-', 'sk-svcacct-', 'sk-admin-'], 'dashed', 40),
    tokens('an Anthropic key', ['sk-ant-'], 'dashed', 40),
    tokens('an Atlassian token', ['ATATT3', 'ATCTT3'], 'dashed', 60),
    tokens('a Shopify token', ['shpat_', 'shpca_', 'shppa_', 'shpss_'], 'hex', 32, { max: 32 }),
    tokens('a Linear key', ['lin_api_'], 'letters', 40, { max: 40 }),
    tokens('a PlanetScale secret', ['pscale_tkn_', 'pscale_pw_', 'pscale_oauth_'], 'dashed', 32),
    tokens('a Grafana token', ['glsa_', 'glc_'], 'word', 32),
    tokens('a New Relic key', ['NRAK-'], 'upper', 27, { max: 27 }),
    tokens('a Postman key', ['PMAK-'], 'dashed', 59, { max: 59 }),
    tokens('a Pulumi token', ['pul-'], 'hex', 40, { max: 40 }),
    tokens('a Doppler token', ['dp.pt.', 'dp.st.', 'dp.sa.'], 'dotted', 40),
    tokens('a Fly.io token', ['FlyV1 fm2_', 'fo1_'], 'dashed', 40),
    tokens('a Tailscale key', ['tskey-auth-', 'tskey-client-', 'tskey-api-'], 'dashed', 20),
    tokens('a 1Password token', ['ops_eyJ'], 'dashed', 100),
    tokens('an age key', ['AGE-SECRET-KEY-1'], 'upper', 58, { max: 58 }),
    tokens('a private key', ['PuTTY-User-Key-File-2: ', 'PuTTY-User-Key-File-3: ', '---- BEGIN SSH2 ENCRYPTED PRIVATE KEY'], 'dashed', 0),
    tokens('a private key', encodedKeys, 'base64', 20),
    tokens('a JSON Web Token', ['eyJ'], 'dotted', 22, { dots: 2, onlyMasked: true }),
];
/** Secrets without a recognizable form, in files in which a name identifies them. */
const assignmentRules = [
    {
        what: 'an AWS secret key',
        names: ['aws_secret_access_key', 'aws_secret_key', 'secretaccesskey'],
        alphabet: 'base64',
        min: 40,
        max: 40,
    },
    { what: 'a WireGuard key', names: ['privatekey', 'presharedkey'], alphabet: 'base64', min: 44, max: 44 },
    { what: 'an npm token', names: ['_authtoken', '_auth'], alphabet: 'url', min: 16 },
    { what: 'an Azure storage key', names: ['accountkey', 'sharedaccesskey'], alphabet: 'base64', min: 44 },
    { what: 'a Vault token', names: ['vault_token'], alphabet: 'dotted', min: 20 },
];
/** Parts of names of variables, fields and parameters. Their values are masked in anything that others read. */
const secretNames = [
    'secret',
    'token',
    'password',
    'passwd',
    'private-key',
    'private_key',
    'privatekey',
    'access-key',
    'access_key',
    'accesskey',
    'api-key',
    'api_key',
    'apikey',
    'credential',
    'signature',
];
/** Parameters of addresses whose values are masked. */
const secretParameters = [
    'sig',
    'key',
    'auth',
    'code',
    'x-amz-signature',
    'x-amz-credential',
    'x-amz-security-token',
    'x-amz-date',
    'x-amz-algorithm',
];
/** True for the name of a variable or a field whose value is a secret. */
function isSecretName(name) {
    return secretNames.some((part) => name.toLowerCase().includes(part));
}

;// CONCATENATED MODULE: ./build/platform/process/environment.js



/**
 * The variables that child processes inherit. Everything else is withheld: credentials, and the files and tokens with
 * which a program could change later steps of a GitHub job.
 */
const inheritedNames = [
    // The user and the machine
    /^(PATH|HOME|USER|LOGNAME|SHELL|TERM|TMPDIR|TMP|TEMP|LANG|LD_LIBRARY_PATH|SOURCE_DATE_EPOCH|GNUPGHOME|CI)$/,
    /^(DBUS_SESSION_BUS_ADDRESS|XDG_RUNTIME_DIR|\w+_HOME)$/,
    // The network
    /^(https?|ftp|all|no)_proxy$/i,
    /^(SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS|CURL_CA_BUNDLE|REQUESTS_CA_BUNDLE|GIT_SSL_CAINFO|GIT_SSL_CAPATH)$/,
    /^(GIT_CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)|GIT_SSH|GIT_SSH_COMMAND|GIT_TERMINAL_PROMPT)$/,
    // Toolchains: `go help environment`, Node.js, npm, nx, C
    /^(GO[A-Z0-9]+|GO_EXTLINK_ENABLED|CGO_\w+|GCCGO)$/,
    /^(NODE_(OPTIONS|PATH|ENV|VERSION)|NVM_\w+|COREPACK_\w+|YARN_\w+|NX_\w+|npm_config_\w+)$/i,
    /^(CC|CXX|AR|LD|CFLAGS|CXXFLAGS|CPPFLAGS|LDFLAGS|MAKEFLAGS|PKG_CONFIG\w*)$/,
    /^(LIBGUESTFS|SUPERMIN)_\w+$/,
    // Facts about a GitHub job. The runner uses RUNNER_TRACKING_ID to find processes that a lost job left behind.
    /^GITHUB_(ACTIONS|ACTOR|BASE_REF|EVENT_NAME|HEAD_REF|JOB|REF(_NAME|_TYPE)?)$/,
    /^GITHUB_(REPOSITORY(_OWNER)?|SHA|WORKFLOW|WORKSPACE)$/,
    /^GITHUB_(RUN_(ID|NUMBER|ATTEMPT)|(SERVER|API|GRAPHQL)_URL)$/,
    /^RUNNER_(OS|ARCH|TOOL_CACHE|TRACKING_ID)$/,
];
/** Credentials of npm and yarn, whose other settings are inherited. */
const authSetting = /_auth(_|$)/i;
/** The files and tokens of a GitHub job: with them a program could forge outputs, or change the steps that follow. */
const runnerChannel = /^(GITHUB_(ENV|OUTPUT|PATH|STATE|STEP_SUMMARY)|ACTIONS_\w+|INPUT_\w+|STATE_\w+)$/i;
/**
 * The environment of every child process: the variables of the list above, with the C locale and UTC, so that output
 * can be parsed.
 */
function childEnvironment(environment) {
    const inherited = Object.entries(environment).filter((entry) => entry[1] !== undefined &&
        !isSecretName(entry[0]) &&
        !authSetting.test(entry[0]) &&
        !runnerChannel.test(entry[0]) &&
        inheritedNames.some((name) => name.test(entry[0])));
    return { ...Object.fromEntries(inherited), LC_ALL: 'C', TZ: 'UTC' };
}
/** @throws UsageError unless the user may pass this variable to a program. `input` is the name of the input. */
function checkVariableName(input, name) {
    if (!/^[A-Za-z_]\w{0,127}$/.test(name)) {
        throw new UsageError(`${input} has ${quoteText(name, 60)}, which is not a valid name of an environment variable`, {
            fix: 'list names only, such as GITHUB_TOKEN; their values come from the environment',
        });
    }
    if (runnerChannel.test(name)) {
        throw new UsageError(`${input} has ${name}, through which a program could change later steps of the job`, {
            fix: `remove ${name} from ${input}`,
        });
    }
    return name;
}
/** The variables that the user passes to a program. @throws Failure if one of them is not set */
function pickVariables(environment, names) {
    return Object.fromEntries(names.map((name) => {
        const value = environment[name];
        if (value === undefined) {
            throw new errors_Failure(`environment variable ${name} is not set`, {
                fix: `set ${name} (in a workflow, with env: on the step), or remove it from daemon-build-env`,
            });
        }
        return [name, value];
    }));
}
/** Names whose values are secrets. Narrower than `isSecretName`: AWS_WEB_IDENTITY_TOKEN_FILE is a path. */
const secretValue = /(TOKEN|SECRET|PASSWORD|PRIVATE_KEY|ACCESS_KEY|ACCESS_KEY_ID|API_KEY)$/;
/** The secrets in this environment, which must be removed from anything that others read. */
function listSecrets(environment) {
    return Object.entries(environment).flatMap(([name, value]) => value !== undefined && secretValue.test(name) ? [value] : []);
}

;// CONCATENATED MODULE: external "node:child_process"
const external_node_child_process_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");
;// CONCATENATED MODULE: ./build/platform/secrets/match-literals.js
const codes = 128;
/** @param literals of ASCII, lower case if `ignoresCase` */
function createMatcher(literals, { ignoresCase }) {
    const { next, ends } = buildAutomaton(literals);
    const isEnd = Uint8Array.from(ends, (indexes) => (indexes.length > 0 ? 1 : 0));
    const fold = foldCodes(ignoresCase);
    return {
        scan: (text, onMatch) => {
            let steps = 0;
            let state = 0;
            for (let at = 0; at < text.length; at++) {
                steps++;
                const code = text.charCodeAt(at);
                state = code < codes ? (next[state * codes + (fold[code] ?? 0)] ?? 0) : 0;
                if (isEnd[state] === 0)
                    continue;
                for (const literal of ends[state] ?? []) {
                    const resume = onMatch(literal, at + 1);
                    if (resume === undefined || resume <= at)
                        continue;
                    at = resume - 1;
                    state = 0;
                    break;
                }
            }
            return steps;
        },
    };
}
function foldCodes(ignoresCase) {
    return Uint8Array.from({ length: codes }, (_, code) => (ignoresCase && code >= 65 && code <= 90 ? code + 32 : code));
}
/**
 * `next`: the state that follows a state and a character. `ends`: the literals that end in a state, the longest
 * first.
 */
function buildAutomaton(literals) {
    const children = [new Map()];
    const ends = [[]];
    for (const [index, literal] of literals.entries()) {
        let state = 0;
        for (let at = 0; at < literal.length; at++) {
            const code = literal.charCodeAt(at);
            const known = children[state]?.get(code);
            const following = known ?? children.push(new Map()) - 1;
            if (known === undefined) {
                ends.push([]);
                children[state]?.set(code, following);
            }
            state = following;
        }
        ends[state]?.push(index);
    }
    return { next: linkStates(children, ends), ends };
}
/** In breadth-first order, so that the state to fall back to is finished first. */
function linkStates(children, ends) {
    const next = new Int32Array(children.length * codes);
    const fallback = new Int32Array(children.length);
    const queue = [0];
    for (const state of queue) {
        const back = fallback[state] ?? 0;
        if (state !== 0)
            ends[state]?.push(...(ends[back] ?? []));
        for (let code = 0; code < codes; code++) {
            const beside = state === 0 ? 0 : (next[back * codes + code] ?? 0);
            const child = children[state]?.get(code);
            next[state * codes + code] = child ?? beside;
            if (child === undefined)
                continue;
            fallback[child] = beside;
            queue.push(child);
        }
    }
    return next;
}

;// CONCATENATED MODULE: ./build/platform/secrets/find-secrets.js


/** Two matchers read each character once, and verifying a match reads some a few times more. */
const maxStepsPerCharacter = 24;
/**
 * Finds secrets by their form. With `masking`, also finds values of names such as `password`, and forms that are common
 * in documentation.
 */
function findSecrets(text, { masking }) {
    const cursor = createCursor(text);
    const found = [];
    const search = ({ matcher, rules }) => matcher.scan(text, (literal, end) => {
        const secret = rules[literal]?.(cursor, end);
        if (secret !== undefined)
            found.push(secret);
        return secret?.end;
    });
    const steps = search(exactRules(masking)) + search(namedRules(masking));
    return { found: mergeOverlaps(found), steps: steps + cursor.steps() };
}
function createRuleSet(entries, ignoresCase) {
    return {
        matcher: createMatcher(entries.map(([literal]) => literal), { ignoresCase }),
        rules: entries.map(([, rule]) => rule),
    };
}
/** Creates a value on first use. */
function once(create) {
    const made = new Map();
    return (masking) => {
        const value = made.get(masking) ?? create(masking);
        made.set(masking, value);
        return value;
    };
}
const exactRules = once((masking) => createRuleSet([
    ...tokenRules
        .filter(({ onlyMasked = false }) => masking || !onlyMasked)
        .flatMap((rule) => rule.prefixes.map((prefix) => [prefix, (cursor, end) => findToken(rule, prefix, cursor, end)])),
    [beginMark, findPrivateKey],
    ...(masking ? [['://', findUserInfo]] : []),
], false));
const namedRules = once((masking) => createRuleSet([
    ...assignmentRules.flatMap((rule) => rule.names.map((name) => [name, (cursor, end) => findAssignment(rule, name, cursor, end)])),
    ...(masking
        ? [
            ...secretNames.map((name) => [name, findNamedValue]),
            ['authorization', findAuthorization],
            ...secretParameters.map((name) => [`${name}=`, (cursor, end) => findParameter(name, cursor, end)]),
        ]
        : []),
], true));
function findToken({ what, alphabet, min, max = Infinity, dots = 0 }, prefix, cursor, from) {
    const start = from - prefix.length;
    if (/^\w/.test(prefix) && cursor.has('word', start - 1))
        return undefined;
    const end = cursor.endOf(alphabet, from);
    if (end - from < min || end - from > max || (max < Infinity && cursor.has('word', end)))
        return undefined;
    return cursor.dot(dots, from) < end ? { what, start, end } : undefined;
}
const beginMark = '-----BEGIN ';
const longestLabel = 64;
/** Characters of the longest key that is masked to its end mark: RSA with 16,384 bits has 13,000. */
const maxKeyLength = 24_000;
const maxKeyLines = 100;
const longestKeyLine = 400;
/** The fewest characters of base64 in a line of a key. */
const minKeyRun = 32;
/** A private key from its first mark to its last or, if the last is cut off, as far as lines look like one. */
function findPrivateKey(cursor, from) {
    const labelEnd = cursor.privateKeyLabel(from);
    if (labelEnd === undefined)
        return undefined;
    const mark = cursor.endMark(labelEnd);
    const end = mark - labelEnd <= maxKeyLength ? cursor.privateKeyLabel(mark + '-----END '.length) : undefined;
    return { what: 'a private key', start: from - beginMark.length, end: end ?? cursor.endOfKeyLines(labelEnd) };
}
const longestUserInfo = 500;
/** `user:password` of an address. */
function findUserInfo(cursor, from) {
    const end = cursor.endOf('userInfo', from);
    const isOne = cursor.at(end) === '@' && end > from && end - from <= longestUserInfo && cursor.has('letters', from - 4);
    return isOne ? { what: 'a password in an address', start: from, end } : undefined;
}
function findAssignment({ what, alphabet, min, max = Infinity }, name, cursor, from) {
    if (cursor.has('letters', from - name.length - 1) || cursor.has('word', from))
        return undefined;
    const value = cursor.valueAfter(from);
    if (value === undefined)
        return undefined;
    const start = /["']/.test(cursor.at(value)) ? value + 1 : value;
    const end = cursor.endOf(alphabet, start);
    return end - start >= min && end - start <= max ? { what, start, end } : undefined;
}
/** Characters of a name after the part that marks it as secret. */
const maxNameLength = 64;
function findNamedValue(cursor, from) {
    const nameEnd = cursor.endOf('name', from);
    const start = nameEnd - from > maxNameLength ? undefined : cursor.valueAfter(nameEnd);
    if (start === undefined)
        return undefined;
    const end = cursor.endOfQuoted(start) ?? cursor.endOf('bare', start);
    return end > start ? { what: "a value with a secret's name", start, end } : undefined;
}
/** `Authorization: Bearer …` */
function findAuthorization(cursor, from) {
    const value = cursor.valueAfter(from);
    if (value === undefined)
        return undefined;
    const opened = /["']/.test(cursor.at(value)) ? value + 1 : value;
    const scheme = cursor.endOf('word', opened);
    const start = scheme > opened && cursor.at(scheme) === ' ' ? scheme + 1 : opened;
    const end = cursor.endOf('credentials', start);
    return end > start ? { what: 'an authorization', start, end } : undefined;
}
function findParameter(name, cursor, from) {
    if (!/[?&]/.test(cursor.at(from - name.length - 2)))
        return undefined;
    const end = cursor.endOf('parameter', from);
    return end > from ? { what: 'a secret in an address', start: from, end } : undefined;
}
function mergeOverlaps(found) {
    const merged = [];
    for (const one of [...found].sort((a, b) => a.start - b.start || b.end - a.end)) {
        const last = merged.at(-1);
        if (last === undefined || one.start >= last.end)
            merged.push(one);
        else if (one.end > last.end)
            merged[merged.length - 1] = { ...last, end: one.end };
    }
    return merged;
}
const alphabets = {
    hex: /[0-9a-fA-F]/,
    letters: /[0-9A-Za-z]/,
    upper: /[0-9A-Z]/,
    word: /\w/,
    dashed: /[\w-]/,
    dotted: /[\w.-]/,
    base64: /[0-9A-Za-z+/=]/,
    name: /[\w.-]/,
    space: /\s/,
    url: /[\w./+=%~-]/,
    bare: /[^\s"'&,;]/,
    parameter: /[^\s&"'<>]/,
    userInfo: /[^\s/@"'<>]/,
    credentials: /[^\s"',;]/,
};
/** Alphabets that are defined by what they exclude, and so have all characters beyond ASCII. */
const openAlphabets = new Set(['bare', 'parameter', 'userInfo', 'credentials']);
const sets = new Map(Object.entries(alphabets).map(([name, pattern]) => [
    name,
    Uint8Array.from({ length: 128 }, (_, code) => (pattern.test(String.fromCharCode(code)) ? 1 : 0)),
]));
const maxBlanks = 64;
/** True if the text has a character of the alphabet at this position. */
function hasAt(text, alphabet, place) {
    const code = text.charCodeAt(place);
    return code < 128 ? sets.get(alphabet)?.[code] === 1 : code >= 128 && openAlphabets.has(alphabet);
}
function createCursor(text) {
    let steps = 0;
    const count = (more) => {
        steps += more;
    };
    const endOf = createRuns(text, count);
    const next = createSearches(text, count);
    return {
        at: (place) => text.charAt(place),
        has: (alphabet, place) => hasAt(text, alphabet, place),
        endOf,
        valueAfter: (from) => {
            const unquoted = /["']/.test(text.charAt(from)) ? from + 1 : from;
            const sign = endOf('space', unquoted);
            if (sign - unquoted > maxBlanks || !/[=:]/.test(text.charAt(sign)))
                return undefined;
            const value = endOf('space', sign + 1);
            return value - sign > maxBlanks ? undefined : value;
        },
        endOfQuoted: (from) => {
            const quote = text.charAt(from);
            if (quote !== '"' && quote !== "'")
                return undefined;
            const [line, close] = [next('\n', 0, from + 1), next(quote, 0, from + 1)];
            return close < line ? close + 1 : undefined;
        },
        dot: (wanted, from) => {
            let place = from;
            for (let depth = 0; depth < wanted; depth++)
                place = next('.', depth, depth === 0 ? from : place + 1);
            return place;
        },
        privateKeyLabel: (from) => {
            count(longestLabel);
            const label = /^(?:[A-Z0-9]+ ){0,8}PRIVATE KEY(?: BLOCK)?-----/.exec(text.slice(from, from + longestLabel))?.[0];
            return label === undefined ? undefined : from + label.length;
        },
        endMark: (from) => next('-----END ', 0, from),
        endOfKeyLines: (from) => findEndOfKeyLines(text, from, count),
        steps: () => steps,
    };
}
/** Walks each run of characters once: a position in a known run has the same end. */
function createRuns(text, count) {
    const runs = new Map();
    return (alphabet, from) => {
        const known = runs.get(alphabet);
        if (known !== undefined && from >= known.from && from <= known.end)
            return known.end;
        let end = from;
        while (end < text.length && hasAt(text, alphabet, end))
            end++;
        count(end - from + 1);
        runs.set(alphabet, { from, end });
        return end;
    };
}
/**
 * Searches for short texts, and remembers the last match of each, so that searches from increasing positions read the
 * text only once.
 */
function createSearches(text, count) {
    const last = new Map();
    return (wanted, depth, from) => {
        if (from >= text.length)
            return Infinity;
        const key = `${depth}${wanted}`;
        const known = last.get(key);
        if (known !== undefined && from >= known.from && from <= known.place)
            return known.place;
        const found = text.indexOf(wanted, from);
        const place = found === -1 ? Infinity : found;
        count(Math.min(place, text.length) - from + 1);
        last.set(key, { from, place });
        return place;
    };
}
/** Lines with base64 in them, to its end. Each may have a prefix, such as a journal's; line breaks may be JSON's. */
function findEndOfKeyLines(text, from, count) {
    let end = from;
    for (let lines = 0; lines < maxKeyLines; lines++) {
        count(longestKeyLine);
        const [, lineBreak, content = ''] = /^(\r?\n|\\n)([^\n\\]*)/.exec(text.slice(end, end + longestKeyLine)) ?? [];
        const last = [...content.matchAll(/[A-Za-z0-9+/=]+/g)].findLast(([run]) => run.length >= minKeyRun);
        if (lineBreak === undefined || last === undefined)
            return end;
        end += lineBreak.length + last.index + last[0].length;
    }
    return end;
}

;// CONCATENATED MODULE: ./build/platform/secrets/redact.js


/** Shorter values, such as `true` and `8080`, are in every text. */
const minLength = 6;
/** Stands for a secret. */
const mask = '***';
/** @param secrets values that are known to be secret */
function createRedactor(secrets) {
    // The longest first: one may be a part of another.
    const known = [
        ...new Set(secrets.flatMap((secret) => [secret, ...secret.split('\n')]).map((secret) => secret.trim())),
    ]
        .filter((secret) => secret.length >= minLength)
        .sort((a, b) => b.length - a.length);
    return {
        text: (text) => maskSecrets(known.reduce((rest, secret) => rest.replaceAll(secret, mask), text)),
        knows: (bytes) => known.some((secret) => bytes.includes(secret)),
    };
}
/** Masks what looks like a secret. */
function maskSecrets(text) {
    const { found } = findSecrets(text, { masking: true });
    const kept = found.map(({ start }, index) => text.slice(found[index - 1]?.end ?? 0, start));
    return [...kept, text.slice(found.at(-1)?.end ?? 0)].join(mask);
}
/** A failure with every text in it redacted. A cancel, and anything that is not a failure, is returned unchanged. */
function redactFailure(thrown, redactor) {
    if (!(thrown instanceof Failure) || thrown instanceof CancelledError)
        return thrown;
    const { message, fix, evidence } = redactTexts({ message: thrown.message, fix: thrown.fix, evidence: thrown.evidence }, redactor);
    const details = { evidence, fix };
    return thrown instanceof UsageError ? new UsageError(message, details) : new Failure(message, details);
}
/** The same value with every text in it redacted. */
function redactTexts(value, redactor) {
    return JSON.parse(JSON.stringify(value), (_, part) => typeof part === 'string' ? redactor.text(part) : part);
}

;// CONCATENATED MODULE: ./build/platform/process/programs.js




/** The Debian and Ubuntu package of each program that this product starts. */
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
/** The absolute path of a program; undefined if it is not installed. */
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
    throw new errors_Failure(`${program} is not installed`, {
        fix: packageName === undefined ? undefined : `sudo apt-get install --no-install-recommends ${packageName}`,
    });
}
async function isExecutable(path) {
    return (0,promises_namespaceObject.access)(path, external_node_fs_namespaceObject.constants.X_OK).then(() => true, () => false);
}

;// CONCATENATED MODULE: ./build/platform/process/shell.js
/** Quotes an argument for a POSIX shell. */
function quoteShell(argument) {
    return `'${argument.replaceAll("'", `'\\''`)}'`;
}

;// CONCATENATED MODULE: ./build/platform/process/processes.js









const tenMinutes = 600_000;
const defaultGraceMs = 2_000;
/** How long children of an exited program may keep its output open. */
const leftoverMs = 5_000;
const collectedCharacters = 64 * 1024 ** 2;
const tailLines = 60;
function createProcesses(options) {
    // Every running process listens for the abort: many listeners are no leak.
    (0,external_node_events_namespaceObject.setMaxListeners)(0, options.signal);
    return {
        run: async (command) => {
            const scope = command.evenAfterCancel === true ? { ...options, signal: new AbortController().signal } : options;
            const masked = { timeoutMs: tenMinutes, ...withMask(command, options) };
            return runToEnd(await launch(command, scope), masked, scope.signal);
        },
        start: async (command) => {
            const child = await launch(command, options);
            const running = watch(child, withMask(command, options));
            const onAbort = () => void running.stop();
            options.signal.addEventListener('abort', onAbort, { once: true });
            void running.exited.then(() => options.signal.removeEventListener('abort', onAbort));
            return running;
        },
        stream: async (command, consume) => streamToEnd(await launch(command, options), withMask(command, options), options.signal, consume),
        tryFind: async (program) => tryFindProgram(program, options.environment['PATH'] ?? ''),
    };
}
/** A command line that a person can paste into a shell. */
function formatCommand(argv) {
    return argv.map((argument) => (/^[\w@%+=:,./-]+$/.test(argument) ? argument : quoteShell(argument))).join(' ');
}
function withMask(command, { ownEnvironment = {} }) {
    if (command.inherit === undefined || command.inherit.length === 0)
        return command;
    const redactor = createRedactor(Object.values(pickVariables(ownEnvironment, command.inherit)));
    return { ...command, mask: (line) => redactor.text(line) };
}
function needsInput({ input, holdInput }) {
    return input !== undefined || holdInput === true;
}
function environmentOf(command, { environment, ownEnvironment = {} }) {
    return { ...environment, ...pickVariables(ownEnvironment, command.inherit ?? []), ...command.env };
}
/**
 * Starts the program in a new process group with a parent-death signal: `kill -9` of this process leaves nothing
 * behind.
 */
async function launch(command, options) {
    options.signal.throwIfAborted();
    const environment = environmentOf(command, options);
    const searchPath = environment['PATH'] ?? '';
    const setpriv = await getProgram('setpriv', searchPath);
    const sh = await getProgram('sh', searchPath);
    const program = await getProgram(command.argv[0], searchPath);
    const commandLine = formatCommand(command.argv);
    options.log.detail(`$ ${commandLine}`);
    options.signal.throwIfAborted();
    const [wrapper, ...args] = withParentDeathSignal([program, ...command.argv.slice(1)], { setpriv, sh });
    const child = (0,external_node_child_process_namespaceObject.spawn)(wrapper, args, {
        cwd: command.cwd,
        env: environment,
        detached: true,
        stdio: [needsInput(command) ? 'pipe' : 'ignore', 'pipe', 'pipe', ...(command.files ?? [])],
    });
    const endTrace = options.trace?.begin('process', (0,external_node_path_namespaceObject.basename)(programOf(command.argv)), commandLine);
    child.once('close', () => endTrace?.());
    // A program that exits before it has read its input closes the pipe. Its exit code decides whether that is an error.
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
        // If the output had already ended, the program failed first, and its error is the cause. If the reader stopped
        // early, that made the program fail (EPIPE).
        const programEndedFirst = child.stdout.readableEnded;
        endGroup(child, 'SIGKILL');
        await finished.catch((cause) => {
            if (programEndedFirst && cause instanceof ToolError && cause.exitCode !== undefined)
                throw cause;
        });
        throw error;
    }
}
/** Waits for a process that must succeed, until it exits, the time limit is over or the run is cancelled. */
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
        return `${program} did not finish within ${(command.timeoutMs ?? 0) / 1000} s and was stopped`;
    return exit.code === undefined
        ? `${program} was killed by ${exit.signal ?? 'a signal'}`
        : `${program} failed with exit code ${exit.code}`;
}
function watch(child, command, watched = [child.stdout, child.stderr]) {
    const tail = [];
    for (const stream of watched) {
        onLines(stream, (text) => {
            const line = command.mask?.(text) ?? text;
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
        // Its children may keep its output open indefinitely.
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
/**
 * Collects what a stream yields, for the returned function. If it becomes too much, drops all of it and calls
 * `onTooMuch`.
 */
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
/** Calls back with each line. A line over 64 KiB comes in pieces. */
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

;// CONCATENATED MODULE: ./build/entry/read-order.js






/**
 * Reads the order of a helper from standard input: one line of JSON. When the input closes, the build has exited and
 * the helper stops: the build may not be allowed to signal it. Undefined without an order.
 */
async function tryReadOrder(environment) {
    const lines = (0,external_node_readline_namespaceObject.createInterface)({ input: process.stdin });
    const controller = new AbortController();
    const closed = (0,external_node_events_namespaceObject.once)(lines, 'close').then(() => controller.abort(new errors_CancelledError('the build has exited')));
    const first = await Promise.race([(0,external_node_events_namespaceObject.once)(lines, 'line'), closed]);
    if (first === undefined)
        return undefined;
    // If the build was killed, nobody reads the output.
    process.stdout.on('error', () => undefined);
    const order = JSON.parse(String(first[0]));
    const own = { ...environment, ...order.environment };
    // sudo may pass on a plain user's PATH, which lacks the sbin directories.
    const PATH = `/usr/local/sbin:/usr/sbin:/sbin:${own['PATH'] ?? ''}`;
    const { signal } = controller;
    const processes = createProcesses({ environment: childEnvironment({ ...own, PATH }), signal, log: silentLog });
    return { order, processes, signal };
}
/** Sends a message of a helper to the build. */
function sendMessage(message) {
    process.stdout.write(`${JSON.stringify(message)}\n`);
}

;// CONCATENATED MODULE: ./build/entry/run-mount.js


/** The program that a plain user's build starts through sudo. It mounts an image and edits it, nothing else. */
async function runMount(environment) {
    const work = await tryReadOrder(environment);
    if (work === undefined) {
        process.stderr.write('ch-golden: this is for builds, which start it through sudo for the driver mount\n');
        return 2;
    }
    await serveMount(work.order, sendMessage, work);
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
