#!/bin/sh
# An image like the guide's by mkosi: the distribution's packages, a kernel, cloud-init and the daemon, made anew each time.
# usage: mkosi.sh SUITE DAEMON UNIT_FILE OUTPUT_DIRECTORY
set -eu
suite=$1 daemon=$2 unit=$3 output=$4
work=$output/work
mkdir -p "$work/mkosi.extra/usr/local/bin" "$work/mkosi.extra/etc/systemd/system/multi-user.target.wants"
install -m 0755 "$daemon" "$work/mkosi.extra/usr/local/bin/daytona-daemon"
install -m 0644 "$unit" "$work/mkosi.extra/etc/systemd/system/daytona-daemon.service"
ln -s ../daytona-daemon.service "$work/mkosi.extra/etc/systemd/system/multi-user.target.wants/daytona-daemon.service"
cd "$work"
mkosi --distribution debian --release "$suite" --format gpt_ext4 --bootable=yes --without-unified-kernel-images=yes --output image.raw \
  --package linux-image-cloud-amd64,initramfs-tools,cloud-init,openssh-server,sudo,netplan.io,systemd-resolved build > "$output/log" 2>&1 || { tail -20 "$output/log" >&2; exit 1; }
qemu-img convert -c -f raw -O qcow2 image.raw "$output/ubuntu-base.1.qcow2"
rm -rf "$work" "$output/log"
