#!/bin/sh
# The guide's image by Packer's QEMU builder: the base is booted, cloud-init lets Packer in, which changes it over SSH.
# A bootstrap base has no boot loader: BASE_KERNEL and BASE_INITRAMFS are what it is started with then.
# usage: packer.sh BASE.qcow2 DAEMON UNIT_FILE OUTPUT_DIRECTORY
set -eu
base=$1 daemon=$2 unit=$3 output=$4
work=$output/work
mkdir -p "$work/seed"
ssh-keygen -q -t ed25519 -N '' -f "$work/key"
printf 'instance-id: packer\n' > "$work/seed/meta-data"
# As root: not every base has sudo.
printf '#cloud-config\ndisable_root: false\nusers: [{name: root, ssh_authorized_keys: ["%s"]}]\n' "$(cat "$work/key.pub")" > "$work/seed/user-data"
xorriso -as mkisofs -quiet -o "$work/seed.iso" -V cidata -J -R "$work/seed" 2> /dev/null
boot=
[ -z "${BASE_KERNEL:-}" ] || boot=", [\"-kernel\", \"$BASE_KERNEL\"], [\"-initrd\", \"$BASE_INITRAMFS\"], [\"-append\", \"root=LABEL=cloudimg-rootfs ro console=ttyS0\"]"
cat > "$work/golden.json" <<END
{
  "builders": [{
    "type": "qemu", "accelerator": "${GUEST_ACCELERATOR:-tcg}", "headless": true, "cpus": 2, "memory": 2048,
    "iso_url": "$base", "iso_checksum": "none", "disk_image": true, "disk_size": "10G", "format": "qcow2", "disk_compression": true, "boot_wait": "1s",
    "output_directory": "$work/disk", "vm_name": "golden.qcow2",
    "qemuargs": [["-drive", "file=$work/disk/golden.qcow2,if=virtio,format=qcow2"], ["-drive", "file=$work/seed.iso,if=virtio,format=raw,readonly=on"]$boot],
    "ssh_username": "root", "ssh_private_key_file": "$work/key", "ssh_timeout": "30m", "shutdown_command": "shutdown -P now"
  }],
  "provisioners": [
    {"type": "file", "source": "$daemon", "destination": "/tmp/daytona-daemon"},
    {"type": "file", "source": "$unit", "destination": "/tmp/daytona-daemon.service"},
    {"type": "shell", "inline": [
      "install -m 0755 /tmp/daytona-daemon /usr/local/bin/", "install -m 0644 /tmp/daytona-daemon.service /etc/systemd/system/",
      "systemctl enable daytona-daemon.service", "mkdir /tmp/boot", "cp /boot/vmlinuz-* /boot/initrd.img-* /tmp/boot", "chmod a+r /tmp/boot/*"]},
    {"type": "file", "direction": "download", "source": "/tmp/boot/", "destination": "$output"},
    {"type": "shell", "inline": ["cloud-init clean", "truncate -s 0 /etc/machine-id"]}
  ]
}
END
PACKER_CACHE_DIR=$work/cache CHECKPOINT_DISABLE=1 PACKER_NO_COLOR=1 packer build "$work/golden.json" > "$output/log" || { tail -20 "$output/log" >&2; exit 1; }
mv "$work/disk/golden.qcow2" "$output/ubuntu-base.1.qcow2"
rm -rf "$work" "$output/log"
