#!/usr/bin/env bash
# Stops what up.sh started and removes its folder. usage: down.sh [SCRATCH] (default: $PORTRAITGEN_TEST_SERVERS)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/servers/processes.sh
. "$here/processes.sh"

scratch=${1:-${PORTRAITGEN_TEST_SERVERS:-}}
[[ -n $scratch ]] || { say "usage: down.sh SCRATCH (PORTRAITGEN_TEST_SERVERS is not set)"; exit 2; }
[[ -d $scratch ]] || exit 0

stopping=()
for name in postgres rabbitmq s3; do
  "$here/$name.sh" stop "$scratch" &
  stopping+=($!)
done
status=0
for pid in "${stopping[@]}"; do wait "$pid" || status=1; done
if ((status != 0)); then
  say "a server did not stop; its folder stays: $scratch"
  exit 1
fi
# Only the rooms that the servers made: the folder may be the caller's own.
rm -rf "$scratch"/{postgres,rabbitmq,s3}
rmdir "$scratch" 2>/dev/null || true
