# The guest of disks.kvm.ts, in busybox: fills, overwrites, discards and syncs an ext4 disk from four sides at once, and
# prints the SHA-256 of every file: as it was written, and as it is read back from the disk.
B=/bin/busybox
$B mkdir -p /dev /proc /mnt /applets
$B --install -s /applets
PATH=/applets
mount -t devtmpfs dev /dev
mount -t proc proc /proc

end() {
  echo "write-heavy: $1"
  sync
  poweroff -f
  sleep 60
}

random() { # file, block size, first block, blocks
  dd if=/dev/urandom of="/mnt/$1" bs="$2" seek="$3" count="$4" conv=notrunc,fsync 2> /dev/null || end "cannot write $1"
}

worker() {
  n=1
  while [ $n -le 6 ]; do
    random "new$1.$n" 64k 0 $((48 + n * 16))
    random "new$1.$n" 4k $((n * 31)) 200
    # A part of what the image has in compressed clusters.
    random "old$1.$n" 64k $((n * 5)) 20
    if [ $((n % 3)) = 0 ]; then
      rm "/mnt/new$1.$((n - 1))"
      fstrim /mnt || end 'cannot discard'
    fi
    n=$((n + 1))
  done
}

sum() {
  (cd /mnt && sha256sum -- new* old*)
}

tries=0
until [ -b /dev/vda ]; do
  tries=$((tries + 1))
  [ $tries = 300 ] && end 'no disk'
  sleep 1
done
mount -t ext4 -o discard /dev/vda /mnt || end 'cannot mount'
for one in 1 2 3 4; do worker $one & done
wait
sum > /written
sync
echo 3 > /proc/sys/vm/drop_caches
sum > /read
cmp /written /read || end 'read back differs'
sed 's/^/SUM /' /written
umount /mnt || end 'cannot unmount'
end done
