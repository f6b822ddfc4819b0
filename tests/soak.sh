#!/usr/bin/env bash
# Random faults over one campaign on real servers. Its last line is the verdict, and so is its exit code.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: tests/soak.sh [--faults N] [--seed N] [--epochs N] [--kinds "A,B"] [--no-build]
  --faults N    how many (50)
  --seed N      which (1): the same seed draws the same faults
  --epochs N    how long the campaign is (20): long enough that the faults fit in
  --kinds A,B   only these, e.g. "kill -9 worker,kill -9 server"
EOF
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
faults=50 seed=1 epochs=20 kinds='' build=yes
while (($# > 0)); do
  case $1 in
    --faults) faults=${2:?--faults needs a value}; shift 2 ;;
    --seed) seed=${2:?--seed needs a value}; shift 2 ;;
    --epochs) epochs=${2:?--epochs needs a value}; shift 2 ;;
    --kinds) kinds=${2:?--kinds needs a value}; shift 2 ;;
    --no-build) build=no; shift ;;
    --help | -h) usage; exit 0 ;;
    *) echo "unknown option $1" >&2; usage >&2; exit 2 ;;
  esac
done
for number in "$faults" "$seed" "$epochs"; do
  [[ $number =~ ^[1-9][0-9]*$ ]] || { echo "'$number' is no whole number above 0" >&2; exit 2; }
done

cd "$root"
servers=$(mktemp -d "${TMPDIR:-/tmp}/portraitgen-servers.XXXXXX") log=$(mktemp "${TMPDIR:-/tmp}/portraitgen-soak.XXXXXX")
said=''
finish() {
  trap '' INT TERM
  [[ -z $said ]] || kill "$said" 2>/dev/null || true
  tests/servers/down.sh "$servers" >/dev/null 2>&1 || true
  rm -f "$log" "$log.tests"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

unset PORTRAITGEN_TEST_POSTGRES PORTRAITGEN_TEST_RABBITMQ PORTRAITGEN_TEST_S3 # servers of its own: it kills them
exports=$(tests/servers/up.sh "$servers")
eval "$exports"
[[ $build == no ]] || dotnet build tests/EndToEnd.Tests -c Release -v quiet --nologo >&2

tail -n +1 -f "$log" & said=$!
export PORTRAITGEN_SOAK_FAULTS=$faults PORTRAITGEN_SOAK_SEED=$seed PORTRAITGEN_SOAK_EPOCHS=$epochs PORTRAITGEN_SOAK_LOG=$log
[[ -z $kinds ]] || export PORTRAITGEN_SOAK_KINDS=$kinds
status=0
dotnet test --project tests/EndToEnd.Tests -c Release --no-build --no-ansi --no-progress --filter FullyQualifiedName~SoakTests --explicit only >"$log.tests" 2>&1 || status=$?
sleep 1 # for the last lines
kill "$said" 2>/dev/null || true
wait "$said" 2>/dev/null || true
said=''
if ((status != 0)); then
  tail -n 60 "$log.tests" >&2
  echo "VERDICT: FAILED (the tests' words stand above)"
fi
exit "$status"
