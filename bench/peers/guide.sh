#!/bin/sh
# The guide's Option A and Step 4 as its reader would type them: one golden image, kernel and initramfs beside it.
# usage: guide.sh BASE.qcow2 DAEMON UNIT_FILE OUTPUT_DIRECTORY
set -eu
base=$1 daemon=$2 unit=$3 output=$4
export LIBGUESTFS_BACKEND=direct
# An openable /dev/kvm need not run a guest: libguestfs trusts it, and its QEMU aborts. GUEST_ACCELERATOR=kvm where it is known to work.
[ "${GUEST_ACCELERATOR:-tcg}" = kvm ] || export LIBGUESTFS_BACKEND_SETTINGS=force_tcg
work=$output/work
mkdir -p "$work"
cp "$base" "$work/golden-temp.qcow2"
qemu-img resize -q "$work/golden-temp.qcow2" 10G
cp "$daemon" "$work/daemon-amd64"
cp "$unit" "$work/daytona-daemon.service"
virt-copy-in -a "$work/golden-temp.qcow2" "$work/daemon-amd64" /usr/local/bin/
virt-customize -q -a "$work/golden-temp.qcow2" --run-command 'mv /usr/local/bin/daemon-amd64 /usr/local/bin/daytona-daemon'
virt-customize -q -a "$work/golden-temp.qcow2" --run-command 'chmod +x /usr/local/bin/daytona-daemon'
virt-copy-in -a "$work/golden-temp.qcow2" "$work/daytona-daemon.service" /etc/systemd/system/
virt-customize -q -a "$work/golden-temp.qcow2" --run-command 'systemctl enable daytona-daemon.service'
virt-customize -q -a "$work/golden-temp.qcow2" --run-command 'cloud-init clean'
qemu-img convert -c -O qcow2 "$work/golden-temp.qcow2" "$output/ubuntu-base.1.qcow2"
chmod 444 "$output/ubuntu-base.1.qcow2"
qemu-img info "$output/ubuntu-base.1.qcow2" > /dev/null
# Step 4: the reader looks which kernel there is, then copies it out.
names=$(virt-ls -la "$output/ubuntu-base.1.qcow2" /boot/ | awk '$NF ~ /^(vmlinuz|initrd.img)-/ { print "/boot/" $NF }')
# shellcheck disable=SC2086 # names are words
virt-copy-out -a "$output/ubuntu-base.1.qcow2" $names "$output/"
rm -rf "$work"
