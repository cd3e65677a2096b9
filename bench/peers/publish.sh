#!/bin/sh
# Runs a peer, and uploads what it made as the guide has it. When that begins, in milliseconds since the epoch, is in OUTPUT_DIRECTORY.made then.
# usage: publish.sh SCRIPT BASE DAEMON UNIT_FILE OUTPUT_DIRECTORY S3_ADDRESS ENDPOINT
set -eu
script=$1 base=$2 daemon=$3 unit=$4 output=$5 address=$6 endpoint=$7
"$script" "$base" "$daemon" "$unit" "$output"
date +%s%3N > "$output.made"
aws s3 cp --recursive --quiet --endpoint-url "$endpoint" --region us-east-1 "$output" "$address"
