#!/bin/sh
# Starts a VM from a template without ch-golden: what a runner does with the output of "ch-golden host warm --print".
# Usage: warm-clone.sh DIRECTORY NAME TAP MAC ADDRESS/PREFIX GATEWAY < template.json
# DIRECTORY is new, below sandboxes/ of the host, so that "host prune" sees what its disk needs.
# Needs jq, curl, qemu-img and xorriso. It leaves confinement, logs and the end of the VM to the runner.
set -eu
directory=$1 name=$2 tap=$3 mac=$4 address=$5 gateway=$6

template=$(cat)
get() { printf '%s' "$template" | jq -er "$1"; }
[ "$(get .schema)" = 1 ] && [ "$(get .seed.protocol)" = 1 ] || { echo "unknown schema or protocol" >&2; exit 1; }

mkdir -m 700 "$directory" "$directory/run" "$directory/seed" "$directory/snapshot"
cd "$directory"
qemu-img create -q -f qcow2 -F qcow2 -b "$(get .disk.backingFile)" disk.qcow2

# The saved config with the paths of this VM, beside the files that all clones share.
jq --argjson set "$(get .config.set)" \
  '.payload = $set["/payload"] | .disks[0].path = "disk.qcow2" | .console.file = "records.log" | .serial = {mode: "Null"}
   | .landlock_enable = false | .landlock_rules = null' \
  "$(get .config.file)" > snapshot/config.json
get '.config.beside[]' | while read -r file; do
  ln -s "$(get .template.directory)/$file" "snapshot/$file"
done
: > records.log

# The seed: that of a cold start, who the clone is, and random bytes that no other start gets.
printf 'instance-id: %s\nlocal-hostname: %s\n' "$name" "$name" > seed/meta-data
printf '#cloud-config\n{}\n' > seed/user-data
cat > seed/network-config << END
version: 2
ethernets:
  vm:
    match: {macaddress: "$mac"}
    addresses: [$address]
    routes: [{to: 0.0.0.0/0, via: $gateway}]
END
printf 'protocol=1\ninstance-id=%s\nhostname=%s\nmac=%s\naddress=%s\ngateway=%s\n' \
  "$name" "$name" "$mac" "$address" "$gateway" > seed/identity
head -c "$(get .seed.entropyBytes)" /dev/urandom > seed/entropy
xorriso -outdev seed.iso -volid "$(get .seed.label)" -joliet on -map seed / 2> seed.log || { cat seed.log >&2; exit 1; }
rm -r seed

cloud-hypervisor --api-socket path=run/api.sock --log-file vmm.log < /dev/null > vmm.out 2>&1 &
vmm=$!
handed_over=no
trap '[ "$handed_over" = yes ] || kill -9 "$vmm" 2> /dev/null' EXIT

request() {
  curl --noproxy '*' -sSf --unix-socket run/api.sock -X PUT -H 'Content-Type: application/json' -d "$2" -o /dev/null \
    "http://localhost/api/v1/$1"
}
# Waits until the guest has written a record. A clone that does not is killed, never used.
wait_for() {
  tries=0
  until grep -q "^ch-golden/1 $1 " records.log; do
    ! grep '^ch-golden/1 failed ' records.log >&2 || exit 1
    tries=$((tries + 1))
    [ "$tries" -le 2400 ] && kill -0 "$vmm" || { echo "no record $1" >&2; exit 1; }
    sleep 0.05
  done
}

until [ -S run/api.sock ]; do kill -0 "$vmm"; sleep 0.02; done
request vm.restore "{\"source_url\": \"file://snapshot\", \"memory_restore_mode\": \"Copy\"}"
request vm.resume '{}'
request vm.add-disk '{"id": "seed", "path": "seed.iso", "readonly": true, "image_type": "Raw", "num_queues": 1}'
wait_for names
request vm.add-net "{\"id\": \"net\", \"tap\": \"$tap\", \"mac\": \"$mac\"}"
wait_for ready
# A value that a clone keeps from its template is one that it shares with every other clone.
for kept in $(get '.template.identity | .machineId, .bootId, .fingerprint // empty'); do
  ! grep -F -q "=$kept" records.log || { echo "the guest kept the identity of its template: $kept" >&2; exit 1; }
done
curl --noproxy '*' -sSf --retry 60 --retry-delay 1 --retry-connrefused -o /dev/null "http://${address%/*}:2280/version"
handed_over=yes
echo "$name responds at ${address%/*}: process $vmm"
