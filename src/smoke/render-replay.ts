import { formatCommand } from '../platform/process/processes.js';
import { replayFiles, type MachineRecord } from './machine-record.js';

/** SHA-256 of the VM's files that are too large to be part of the capsule. */
export interface ReplayDigests {
  readonly image: string;
  readonly kernel: string;
  readonly initramfs: string;
}

const copyImage = 'qemu-img convert -f qcow2 -O qcow2 "$image" copy.qcow2\nimage=$PWD/copy.qcow2\n';

/**
 * A shell script that boots a VM again with the same command line, the same seed and a fresh overlay.
 * It needs `seed.iso` next to it. Image, kernel and initramfs are too large for the capsule: they are its arguments.
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

# SHA-256 FILE [REMARK]: warns if it is not the file that failed, which may be on purpose.
compare() {
  sum=$(sha256sum < "$2")
  if [ "\${sum%% *}" != "$1" ]; then
    echo "replay.sh: not the file that failed (expected SHA-256 $1): $2\${3:+ ($3)}" >&2
  fi
}

case "\${1:-}" in -h | --help) usage; exit 0 ;; esac
if [ "$#" -lt 3 ] || [ "$#" -gt 4 ]; then usage >&2; exit 2; fi
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
image=$(realpath -e -- "$1")
kernel=$(realpath -e -- "$2")
initramfs=$(realpath -e -- "$3")
compare ${digests.image} "$image" 'a rebuilt image has the same disk content in a different file'
compare ${digests.kernel} "$kernel"
compare ${digests.initramfs} "$initramfs"
directory=\${4:-$(mktemp -d "\${TMPDIR:-/tmp}/ch-golden-replay-XXXXXX")}
mkdir -p -- "$directory"
cd -- "$directory"

${copied ? copyImage : ''}qemu-img create -q -f qcow2 -F qcow2 -b "$image" ${overlay}
# The guest reads this disk back. Its first bytes are zeros, so that the guest does not find its root twice.
qemu-img create -q -f qcow2 -F qcow2 -b "$image" ${golden}
qemu-io -f qcow2 -c 'write -q -P 0 0 ${maskedBytes}' ${golden}
cp -- "$here/${seed}" ${seed}
ln -sf -- "$kernel" ${kernel}
ln -sf -- "$initramfs" ${initramfs}

echo "replay.sh: ${name} runs in $PWD; stop it with Ctrl-C" >&2
echo "replay.sh: check its daemon with: ${renderCurl(record)}" >&2
# Shows the console until the VMM exits. The VMM gets this shell's PID.
: > serial.log
tail -f --pid=$$ serial.log &
exec ${vmm.kind === 'qemu' ? '' : 'unshare --user --map-root-user --net -- '}${formatCommand(record.replay)}
`;
}

function renderUsage({ name, vmm, daemon }: MachineRecord, digests: ReplayDigests): string {
  const needs =
    vmm.kind === 'qemu'
      ? `qemu-system-x86_64, and port ${daemon.port} of 127.0.0.1`
      : 'cloud-hypervisor, unshare, and a user who may create user namespaces';
  const kvm = vmm.accelerator === 'kvm' ? ', and a working /dev/kvm' : '';
  return `usage: replay.sh IMAGE KERNEL INITRAMFS [DIRECTORY]

Boots ${name} again with ${vmm.kind} ${vmm.version} (${vmm.accelerator}), the same command line and seed.
The VM boots a fresh overlay of IMAGE, which is only read.
What it writes goes into DIRECTORY (default: a new directory in TMPDIR).

Needs sh, coreutils, qemu-img and qemu-io (qemu-utils), ${needs}${kvm}.
Needs seed.iso of this capsule next to it. These files are too large for the capsule:

  IMAGE      sha256 ${digests.image}
  KERNEL     sha256 ${digests.kernel}
  INITRAMFS  sha256 ${digests.initramfs}

The store has them for a published version. For a failed build, build again from the same commit and base: run
rebuild.sh of an artifact, or the same ch-golden build, with --dry-run --smoke=false --output-folder=OUT. They are then
in OUT/snapshots and OUT/kernels. The disk content is the same, though the image file differs.

disk.qcow2 in the capsule, if it was small enough, is what the VM had written. To inspect it:
  qemu-img rebase -u -f qcow2 -F qcow2 -b "$(realpath IMAGE)" disk.qcow2`;
}

function renderCurl({ vmm, daemon }: MachineRecord): string {
  const curl = `curl http://${daemon.address}:${daemon.port}/version`;
  return vmm.kind === 'qemu' ? curl : `nsenter --target $$ --user --preserve-credentials --net -- ${curl}`;
}
