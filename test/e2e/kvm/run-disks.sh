# Runs write-heavy.sh on Cloud Hypervisor on each kind of disk, and checks from outside what is on the disk then.
#   sh run-disks.sh PAYLOAD QCOW2-OPTIONS RAW-OPTIONS
set -eu
PATH=$PATH:/usr/sbin:/sbin
payload=$1
work=$(mktemp -d)
cd "$work"

check() { # kind, options
  kind=$1
  file=disk.$kind
  timeout 3000 cloud-hypervisor --kernel "$payload/vmlinuz" --initramfs "$payload/initrd" \
    --cmdline 'console=ttyS0 loglevel=4 panic=-1' --cpus boot=2 --memory size=1G \
    --disk "path=$file,$2" --serial file=serial.log --console off > vmm.log 2>&1 || {
    echo "disk $kind: Cloud Hypervisor failed"
    tail -n 20 vmm.log serial.log
    exit 1
  }
  tr -d '\r' < serial.log > console
  grep -q '^write-heavy: done$' console || { echo "disk $kind: the guest failed"; tail -n 20 console; exit 1; }
  sed -n 's/^SUM //p' console > sums
  if [ "$kind" = qcow2 ]; then
    qemu-img check -q "$file"
    qemu-img convert -O raw "$file" found.raw
  else
    ln "$file" found.raw
  fi
  e2fsck -fn found.raw > /dev/null
  mkdir found
  debugfs -R 'rdump / found' found.raw 2> /dev/null
  (cd found && sha256sum --quiet -c ../sums)
  echo "disk $kind: $(wc -l < sums) files are right"
  rm -rf found found.raw sums console
}

qemu-img create -q -f qcow2 -F qcow2 -b "$payload/base.qcow2" disk.qcow2
check qcow2 "$2"
qemu-img convert -O raw "$payload/base.qcow2" disk.raw
check raw "$3"
rm -r "$work"
