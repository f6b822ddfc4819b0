# shellcheck shell=bash
# Sourced. Starting, probing and ending the processes of throwaway servers: always by pid, always with a bound.

say() { printf '%s\n' "$*" >&2; }

# Below 32768: in the ephemeral range a probe can connect to itself and call a dead server alive.
free_port() {
  local port tries
  for tries in {1..200}; do
    port=$((${1:-10240} + (RANDOM % ${2:-20000})))
    ((port < 32768)) || continue
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { printf '%s\n' "$port"; return 0; }
  done
  say "no free port found after $tries tries"
  return 1
}

# A pid alone can be recycled; with its start time it names one process for ever.
start_time() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  local -a field
  read -ra field <<<"${stat##*) }"   # after the name, which may hold blanks: state first, start time 20th
  [[ ${field[0]} != Z ]] || return 1
  printf '%s\n' "${field[19]}"
}

remember() { # FILE PID
  printf '%s %s\n' "$2" "$(start_time "$2" || echo gone)" >"$1"
}

# Prints the pid that FILE names while that very process lives.
living() {
  local pid started
  [[ -r $1 ]] && read -r pid started <"$1" || return 1
  [[ $(start_time "$pid") == "$started" ]] || return 1
  printf '%s\n' "$pid"
}

# launch PIDFILE LOG COMMAND...: its own session, so that Ctrl-C in the terminal reaches only the script that owns it.
# A signal between the start and the note of its pid is held back, or the process would be nobody's.
launch() {
  local pidfile=$1 log=$2 interrupted=no; shift 2
  trap 'interrupted=yes' TERM INT
  setsid "$@" </dev/null >>"$log" 2>&1 &
  remember "$pidfile" $!
  disown $!
  trap - TERM INT
  [[ $interrupted == no ]] || exit 143
}

# wait_until SECONDS WHAT COMMAND...
wait_until() {
  local began=$SECONDS deadline=$((SECONDS + $1)) what=$2; shift 2
  until "$@"; do
    if ((SECONDS >= deadline)); then
      say "gave up after $((SECONDS - began)) s waiting for $what"
      return 1
    fi
    sleep 0.1
  done
}

is_gone() { ! living "$1" >/dev/null; }

# answers_or_dead PIDFILE COMMAND...: true when COMMAND works or the process died, so that a wait ends early.
answers_or_dead() {
  local pidfile=$1; shift
  "$@" >/dev/null 2>&1 || is_gone "$pidfile"
}

# end PIDFILE SIGNAL SECONDS: asks with SIGNAL, waits for that pid, insists with KILL.
end() {
  local pid
  if pid=$(living "$1"); then
    kill "-$2" "$pid" 2>/dev/null || true
    if ! wait_until "$3" "pid $pid (${1##*/}) to end after SIG$2" is_gone "$1"; then
      kill -KILL "$pid" 2>/dev/null || true
      wait_until 10 "pid $pid to end after SIGKILL" is_gone "$1" || return 1
    fi
  fi
  rm -f "$1"
}

# end_family PIDFILE: SIGKILL to the process and to everything below it, and waits for all.
end_family() {
  local pid child
  pid=$(living "$1") || return 0
  local -a family=("$pid")
  mapfile -t -O 1 family < <(descendants "$pid")
  local folder
  folder=$(mktemp -d)
  for child in "${family[@]}"; do remember "$folder/$child" "$child"; done
  kill -KILL "${family[@]}" 2>/dev/null || true
  local status=0
  for child in "${family[@]}"; do
    wait_until 10 "pid $child to end after SIGKILL" is_gone "$folder/$child" || status=1
  done
  rm -rf "$folder"
  return "$status"
}

descendants() {
  local child
  for child in $(ps -o pid= --ppid "$1" 2>/dev/null); do
    printf '%s\n' "$child"
    descendants "$child"
  done
}

secret() { od -An -N12 -tx1 /dev/urandom | tr -d ' \n'; }

# The folder of one server below the scratch root. Others must be able to pass through, but not to look inside.
make_home() {
  mkdir -p "$1"
  chmod 711 "$(dirname "$1")" "$1"
}

# dispatch NAME start|stop|kill|restart|status SCRATCH: the same verbs for every server.
dispatch() {
  local name=$1 verb=${2:-} scratch=${3:-${PORTRAITGEN_TEST_SERVERS:-}}
  case $verb in
    start | stop | kill | restart | status) ;;
    *) say "usage: tests/servers/$name.sh start|stop|kill|restart|status [SCRATCH] (default: \$PORTRAITGEN_TEST_SERVERS)"; return 2 ;;
  esac
  [[ -n $scratch ]] || { say "$name: no scratch folder given, and PORTRAITGEN_TEST_SERVERS is not set"; return 2; }
  home=$scratch/$name
  case $verb in
    start) ;;
    stop) [[ -d $home ]] || return 0 ;;
    *) [[ -r $home/settings ]] || { say "$name: nothing was started in $scratch (a server given by environment cannot be restarted from here)"; return 3; } ;;
  esac
  # shellcheck source=/dev/null
  [[ ! -r $home/settings ]] || . "$home/settings"
  "server_$verb"
}
