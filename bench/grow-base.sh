#!/bin/sh
# Adds a file of so many bytes that do not compress to the filesystem at an offset of a raw disk, and makes a base of it.
# Runs as root, in a mount namespace of its own.
# usage: grow-base.sh DISK.raw OFFSET BYTES BASE.qcow2
set -eu
disk=$1 offset=$2 bytes=$3 base=$4
if [ "$bytes" -gt 0 ]; then
  mkdir -p "$disk.mount"
  mount -o "loop,offset=$offset" "$disk" "$disk.mount"
  head -c "$bytes" /dev/urandom > "$disk.mount/var/lib/data-$bytes"
  umount "$disk.mount"
fi
qemu-img convert -f raw -O qcow2 -c -o compression_type=zstd -W -m 4 "$disk" "$base"
