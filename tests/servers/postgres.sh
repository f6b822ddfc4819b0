#!/usr/bin/env bash
# A throwaway PostgreSQL on loopback. usage: postgres.sh start|stop|kill|restart|status [SCRATCH]
# kill: SIGKILL of the whole server. restart: kill if alive, then the same port and data again.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/servers/facts.env
. "$here/facts.env"
# shellcheck source=tests/servers/processes.sh
. "$here/processes.sh"
# shellcheck source=tests/servers/packages.sh
. "$here/packages.sh"

# PostgreSQL refuses to run as root.
as_owner() {
  if ((EUID == 0)); then
    setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
  else
    "$@"
  fi
}

ready() {
  PGPASSWORD=$password PGCONNECT_TIMEOUT=2 timeout 5 "$(find_command psql)" -h 127.0.0.1 -p "$port" -U "$DATABASE_USER" -d postgres -Atqc 'select 1'
}

run() {
  local -a owner=()
  ((EUID != 0)) || owner=(setpriv --reuid=postgres --regid=postgres --clear-groups)
  # No durability: the data need only outlive a process, never the machine.
  launch "$home/pid" "$home/log" "${owner[@]}" "$bin/postgres" -D "$home/data" -p "$port" \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off
  wait_until 20 "PostgreSQL on port $port (log: $home/log)" answers_or_dead "$home/pid" ready && ready >/dev/null
}

server_start() {
  need_packages PostgreSQL initdb postgres psql setpriv -- "postgresql-$POSTGRES_MAJOR" "postgresql-client-$POSTGRES_MAJOR" util-linux || return 1
  bin=$(dirname "$(find_command initdb)")
  [[ ! -e $home/data ]] || { say "postgres: $home/data exists already; use restart, or another folder"; return 1; }
  make_home "$home"
  password=$(secret)
  install -d -m 700 "$home/data"
  ( umask 077; printf '%s\n' "$password" >"$home/password" )
  ((EUID != 0)) || chown postgres: "$home/data" "$home/password"
  (cd "$home" && as_owner "$bin/initdb" -D data -U "$DATABASE_USER" -A scram-sha-256 --pwfile=password --no-sync -E UTF8 --locale=C.UTF-8) >"$home/initdb.log" 2>&1 \
    || { say "postgres: initdb failed"; tail -n 5 "$home/initdb.log" >&2; return 1; }
  local try
  for try in 1 2 3; do
    port=$(free_port 11000 3000)
    if run; then
      ( umask 077
        printf 'bin=%q port=%q password=%q\n' "$bin" "$port" "$password" >"$home/settings"
        printf 'export PORTRAITGEN_TEST_POSTGRES=%q\n' "Host=127.0.0.1;Port=$port;Database=postgres;Username=$DATABASE_USER;Password=$password" >"$home/env" )
      return 0
    fi
    end "$home/pid" INT 10
  done
  say "postgres: did not start in $try tries"; tail -n 5 "$home/log" >&2
  return 1
}

server_stop() { end "$home/pid" INT 20; }   # INT is "fast": sessions are cut, the data is left consistent

# The lock file names a pid that a slow init may keep as a zombie, which PostgreSQL takes for a living server.
server_kill() { end_family "$home/pid" && rm -f "$home/data/postmaster.pid"; }

server_restart() { server_kill && run; }

server_status() { living "$home/pid" >/dev/null && ready >/dev/null; }

dispatch postgres "$@"
