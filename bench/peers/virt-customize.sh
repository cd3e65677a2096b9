#!/bin/sh
# The guide's image by one call of virt-customize: one appliance for all changes, a second one for the boot files.
# usage: virt-customize.sh BASE.qcow2 DAEMON UNIT_FILE OUTPUT_DIRECTORY
set -eu
base=$1 daemon=$2 unit=$3 output=$4
export LIBGUESTFS_BACKEND=direct
# As in guide.sh.
[ "${GUEST_ACCELERATOR:-tcg}" = kvm ] || export LIBGUESTFS_BACKEND_SETTINGS=force_tcg
work=$output/work
mkdir -p "$work"
cp "$base" "$work/golden-temp.qcow2"
qemu-img resize -q "$work/golden-temp.qcow2" 10G
virt-customize -q -a "$work/golden-temp.qcow2" \
  --upload "$daemon:/usr/local/bin/daytona-daemon" --chmod 0755:/usr/local/bin/daytona-daemon \
  --upload "$unit:/etc/systemd/system/daytona-daemon.service" \
  --run-command 'systemctl enable daytona-daemon.service' \
  --run-command 'cloud-init clean' --truncate /etc/machine-id
qemu-img convert -c -O qcow2 "$work/golden-temp.qcow2" "$output/ubuntu-base.1.qcow2"
guestfish --ro -a "$output/ubuntu-base.1.qcow2" -i glob copy-out '/boot/vmlinuz-*' "$output" : glob copy-out '/boot/initrd.img-*' "$output"
rm -rf "$work"
