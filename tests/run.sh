#!/usr/bin/env bash
# Runs all tests against real servers, and exits with the truth.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: tests/run.sh [--filter X] [--project NAME] [--keep]
  --filter X      only tests matching X (VSTest syntax, e.g. FullyQualifiedName~Golden)
  --project NAME  only this project (Jobs or Jobs.Tests); may be repeated
  --keep          leave the servers up, and say how to use and stop them
Environment:
  PORTRAITGEN_TEST_POSTGRES, PORTRAITGEN_TEST_RABBITMQ, PORTRAITGEN_TEST_S3   use these servers instead of starting some
  PORTRAITGEN_TEST_TIMEOUT      seconds one test project may take (default 1800)
  PORTRAITGEN_TEST_NO_INSTALL   set: install nothing, say what is missing
EOF
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tests/servers/facts.env
. "$root/tests/servers/facts.env"
# shellcheck source=tests/servers/processes.sh
. "$root/tests/servers/processes.sh"
# shellcheck source=tests/servers/packages.sh
. "$root/tests/servers/packages.sh"

filter='' keep=no
wanted=()
while (($# > 0)); do
  case $1 in
    --filter) filter=${2:?--filter needs a value}; shift 2 ;;
    --project) wanted+=("${2:?--project needs a name}"); shift 2 ;;
    --keep) keep=yes; shift ;;
    --help | -h) usage; exit 0 ;;
    *) say "unknown option $1"; usage >&2; exit 2 ;;
  esac
done
limit=${PORTRAITGEN_TEST_TIMEOUT:-1800}
[[ $limit =~ ^[1-9][0-9]*$ ]] || { say "PORTRAITGEN_TEST_TIMEOUT is '$limit'; it must be a whole number of seconds, e.g. 1800"; exit 2; }

servers='' logs='' job=''

# Runs a command in a session of its own and waits for it, so that a signal to this script is obeyed at once.
supervise() {
  setsid "$@" </dev/null &
  job=$!
  local status=0
  wait "$job" || status=$?
  kill -KILL -- "-$job" 2>/dev/null || true   # what it left behind, e.g. a test host that outlived its time
  job=''
  return "$status"
}

finish() {
  local status=$?
  trap '' INT TERM
  if [[ -n $job ]]; then
    # Some seconds for servers half started to be ended in order, then no mercy.
    kill -TERM -- "-$job" 2>/dev/null || true
    (sleep 30; kill -KILL -- "-$job") 2>/dev/null & local guard=$!
    wait "$job" 2>/dev/null || true
    kill "$guard" 2>/dev/null || true
    kill -KILL -- "-$job" 2>/dev/null || true
  fi
  stop_servers || status=$((status == 0 ? 1 : status))
  [[ -z $logs ]] || rm -rf "$logs"
  exit "$status"
}

stop_servers() {
  [[ -n $servers && $keep == no ]] || return 0
  "$root/tests/servers/down.sh" "$servers" || return 1
  servers=''
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- what is needed
cd "$root"
command -v dotnet >/dev/null || { say "dotnet not found. Install the .NET SDK that global.json names: $(grep -o '"version": *"[^"]*"' global.json)"; exit 1; }
if ! sdk=$(dotnet --version 2>&1); then
  say "the installed .NET SDKs do not satisfy global.json ($(grep -o '"version": *"[^"]*"' global.json)):"
  dotnet --list-sdks >&2
  exit 1
fi
say ".NET SDK $sdk"

"$root/tests/servers/compose_check.sh" || { say "docker-compose.yml differs from what these tests start (above)"; exit 1; }

projects=()
for project in tests/*.Tests/*.Tests.csproj; do
  [[ -e $project ]] || continue
  name=$(basename "$(dirname "$project")")
  if ((${#wanted[@]} == 0)); then
    projects+=("$project")
  else
    for one in "${wanted[@]}"; do
      [[ ${name%.Tests} != "${one%.Tests}" ]] || projects+=("$project")
    done
  fi
done
((${#projects[@]} > 0)) || { say "no test project found (${wanted[*]:-tests/*.Tests})"; exit 1; }

if [[ " ${projects[*]} " == *Browser.Tests* ]]; then
  need_packages "the browser test" chromium -- chromium fonts-dejavu-core || exit 1
fi

# --- servers, and meanwhile the build
logs=$(mktemp -d "${TMPDIR:-/tmp}/portraitgen-tests.XXXXXX")
servers=$(mktemp -d "${TMPDIR:-/tmp}/portraitgen-servers.XXXXXX")
began=$SECONDS
supervise "$root/tests/servers/up.sh" "$servers" >"$logs/exports" || { say "no tests were run: a server could not be had"; exit 1; }
# shellcheck source=/dev/null
. "$logs/exports"
say "servers up in $((SECONDS - began)) s"

export DOTNET_CLI_UI_LANGUAGE=en DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
began=$SECONDS
supervise dotnet build PortraitGen.Jobs.sln -c Release --disable-build-servers -v quiet --nologo || { say "no tests were run: the build failed"; exit 1; }
say "built in $((SECONDS - began)) s"

# --- the tests
passed=0 failed=0 skipped=0 closing=()

number() { grep -oE "^ *$1: [0-9]+" "$2" | tail -n 1 | grep -oE '[0-9]+$' || echo 0; }

for project in "${projects[@]}"; do
  name=$(basename "$project" .csproj)
  log=$logs/$name.log
  began=$SECONDS
  status=0
  exec {copy}> >(tee "$log")
  tee=$!
  supervise timeout -k 20 "$limit" dotnet test --project "$project" -c Release --no-build --no-ansi --no-progress ${filter:+--filter "$filter"} \
    >&"$copy" 2>&1 {copy}>&- || status=$?
  exec {copy}>&-
  wait "$tee" || true   # or the summary might be read before it is written
  total=$(number total "$log") bad=$(number failed "$log")
  verdict="$name: total $total, failed $bad, succeeded $(number succeeded "$log"), skipped $(number skipped "$log"), $((SECONDS - began)) s"
  ((passed += $(number succeeded "$log"))) || true
  ((skipped += $(number skipped "$log"))) || true
  if ((status == 124 || status == 137)); then
    verdict+=" -- FAILED: stopped after $limit s (PORTRAITGEN_TEST_TIMEOUT)"
    ((bad > 0)) || bad=1
  elif ((total == 0 && status == 8)) && [[ -n $filter ]]; then
    verdict+=" (nothing here matches the filter)"
  elif ((total == 0)); then
    verdict+=" -- FAILED: ran no test (exit code $status)"
    bad=1
  elif ((status != 0 && bad == 0)); then
    verdict+=" -- FAILED: exit code $status without a failed test"
    bad=1
  fi
  ((failed += bad)) || true
  closing+=("$verdict")
done

stop_servers
echo
if ((failed > 0)); then
  echo "What failed, once more:"
  # A failed test's own lines: from its "failed" to the next test's or the summary, and no more than 60.
  awk '/^(passed|skipped|failed|Test run summary|Running tests|\/.*\.dll)/ { in_failure = /^failed / ; lines = 0 }
       in_failure && ++lines <= 60' "$logs"/*.log
  echo
fi
printf '%s\n' "${closing[@]}"
if [[ $keep == yes ]]; then
  echo "The servers stay up. To use them:"
  cat "$logs/exports"
  echo "To stop them: tests/servers/down.sh $servers"
fi
if ((passed + failed == 0)); then
  say "no test ran${filter:+: nothing matches $filter}"
  failed=1
fi
((skipped == 0)) && echo "$passed passed, $failed failed" || echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
