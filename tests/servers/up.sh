#!/usr/bin/env bash
# Starts the throwaway servers side by side and prints the export lines for the tests. usage: up.sh [SCRATCH]
#   eval "$(tests/servers/up.sh)"; dotnet test --project tests/Jobs.Tests; tests/servers/down.sh
# A server that is given by its environment variable is not started, and its line is not printed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/servers/processes.sh
. "$here/processes.sh"

scratch=${1:-$(mktemp -d "${TMPDIR:-/tmp}/portraitgen-servers.XXXXXX")}
mkdir -p "$scratch"
scratch=$(cd "$scratch" && pwd)

declare -A given=([postgres]=${PORTRAITGEN_TEST_POSTGRES:-} [rabbitmq]=${PORTRAITGEN_TEST_RABBITMQ:-} [s3]=${PORTRAITGEN_TEST_S3:-})
declare -A starting=()

# Each start has a session of its own, so that an interruption reaches everything it runs at that moment.
give_up() {
  local name
  trap '' INT TERM
  for name in "${!starting[@]}"; do kill -TERM -- "-${starting[$name]}" 2>/dev/null || true; done
  wait || true
  "$here/down.sh" "$scratch" || true
  exit "$1"
}
trap 'give_up 130' INT
trap 'give_up 143' TERM

for name in postgres rabbitmq s3; do
  [[ -z ${given[$name]} ]] || continue
  setsid "$here/$name.sh" start "$scratch" </dev/null >&2 &
  starting[$name]=$!
done

failed=()
for name in "${!starting[@]}"; do
  wait "${starting[$name]}" || failed+=("$name")
  unset "starting[$name]"
done
if ((${#failed[@]} > 0)); then
  say "could not be had: ${failed[*]} (the reason stands above)"
  give_up 1
fi

for name in postgres rabbitmq s3; do
  [[ ! -r $scratch/$name/env ]] || cat "$scratch/$name/env"
done
printf 'export PORTRAITGEN_TEST_SERVERS=%q\n' "$scratch"
