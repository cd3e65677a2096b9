import { formatCommand } from '../platform/process/processes.js';
import { replayFiles, type MachineRecord } from './machine-record.js';

/** The files of the machine that the script does not bring along, and what they must be. */
export interface ReplayDigests {
  readonly image: string;
  readonly kernel: string;
  readonly initramfs: string;
}

/**
 * A shell script that boots a machine again as it was booted: the same command line, the same seed, a fresh overlay.
 * It needs `seed.iso` beside it; image, kernel and initramfs, which are too large to go along, are its arguments.
 */
export function renderReplay(record: MachineRecord, digests: ReplayDigests): string {
  const { name, vmm, copied, maskedBytes } = record;
  const { overlay, golden, seed, kernel, initramfs } = replayFiles;
  return `#!/bin/sh
# Written by ch-golden after a failure.
set -eu

usage() {
  cat <<'END_OF_USAGE'
${renderUsage(record, digests)}
END_OF_USAGE
}

# SHA-256 FILE [REMARK]: says so where it is not the file that failed; it may be another on purpose.
compare() {
  sum=$(sha256sum < "$2")
  if [ "\${sum%% *}" != "$1" ]; then echo "replay.sh: not the file that failed, which had the SHA-256 $1: $2\${3:+ ($3)}" >&2; fi
}

case "\${1:-}" in -h | --help) usage; exit 0 ;; esac
if [ "$#" -lt 3 ] || [ "$#" -gt 4 ]; then usage >&2; exit 2; fi
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
image=$(realpath -e -- "$1")
kernel=$(realpath -e -- "$2")
initramfs=$(realpath -e -- "$3")
compare ${digests.image} "$image" 'an image that was built again has the same disk, packed in other bytes'
compare ${digests.kernel} "$kernel"
compare ${digests.initramfs} "$initramfs"
directory=\${4:-$(mktemp -d "\${TMPDIR:-/tmp}/ch-golden-replay-XXXXXX")}
mkdir -p -- "$directory"
cd -- "$directory"

${copied ? 'qemu-img convert -f qcow2 -O qcow2 "$image" copy.qcow2\nimage=$PWD/copy.qcow2\n' : ''}qemu-img create -q -f qcow2 -F qcow2 -b "$image" ${overlay}
# What the guest reads back to be compared. The first bytes are zeros: it must not find its root twice.
qemu-img create -q -f qcow2 -F qcow2 -b "$image" ${golden}
qemu-io -f qcow2 -c 'write -q -P 0 0 ${maskedBytes}' ${golden}
cp -- "$here/${seed}" ${seed}
ln -sf -- "$kernel" ${kernel}
ln -sf -- "$initramfs" ${initramfs}

echo "replay.sh: ${name} runs in $PWD; end it with Ctrl-C" >&2
echo "replay.sh: ask its daemon: ${renderQuestion(record)}" >&2
# The console, until the VMM ends, whose process id is this one's.
: > serial.log
tail -f --pid=$$ serial.log &
exec ${vmm.kind === 'qemu' ? '' : 'unshare --user --map-root-user --net -- '}${formatCommand(record.replay)}
`;
}

function renderUsage({ name, vmm, daemon }: MachineRecord, digests: ReplayDigests): string {
  const needs =
    vmm.kind === 'qemu'
      ? `qemu-system-x86_64, and port ${daemon.port} of 127.0.0.1`
      : 'cloud-hypervisor, unshare, and a user who may make user namespaces';
  return `usage: replay.sh IMAGE KERNEL INITRAMFS [DIRECTORY]

Boots ${name} again as it was booted: ${vmm.kind} ${vmm.version} with ${vmm.accelerator}, the same command line and seed, a fresh overlay of IMAGE.
IMAGE is opened for reading only. What the VM writes goes into DIRECTORY, which is a new one in TMPDIR where it is not given.

It needs sh, coreutils, qemu-img and qemu-io (qemu-utils), ${needs}${vmm.accelerator === 'kvm' ? ', and a /dev/kvm that works' : ''}.
Of this capsule it needs seed.iso, which must be beside it. It does not bring along what is large:

  IMAGE      sha256 ${digests.image}
  KERNEL     sha256 ${digests.kernel}
  INITRAMFS  sha256 ${digests.initramfs}

A published version has them in the store. Those of a build that failed are made again by the same build, from the same commit and base,
with the same content of the disk, though the image file is packed in other bytes: rebuild.sh of an artifact, or the same
ch-golden build, with --dry-run --smoke=false --output-folder=OUT; then they are in OUT/snapshots and OUT/kernels.

disk.qcow2 in the capsule, where it was small enough, is what the VM had written. To look into it:
  qemu-img rebase -u -f qcow2 -F qcow2 -b "$(realpath IMAGE)" disk.qcow2`;
}

function renderQuestion({ vmm, daemon }: MachineRecord): string {
  const curl = `curl http://${daemon.address}:${daemon.port}/version`;
  return vmm.kind === 'qemu' ? curl : `nsenter --target $$ --user --preserve-credentials --net -- ${curl}`;
}
