#!/usr/bin/env bash
# A throwaway RabbitMQ node on loopback, with a name server (epmd) of its own.
# usage: rabbitmq.sh start|stop|kill|restart|status [SCRATCH]
# kill: SIGKILL of the broker. restart: kill if alive, then the same ports and data again (durable queues stay).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/servers/facts.env
. "$here/facts.env"
# shellcheck source=tests/servers/processes.sh
. "$here/processes.sh"
# shellcheck source=tests/servers/packages.sh
. "$here/packages.sh"

# Everything, the tools included, runs in this environment only: with the default one rabbitmqctl would
# leave an epmd on all interfaces behind.
private_environment() {
  export HOME=$home RABBITMQ_CONF_ENV_FILE=/dev/null
  export RABBITMQ_NODENAME=portraitgen$port@localhost RABBITMQ_DIST_PORT=$dist_port
  export RABBITMQ_MNESIA_BASE=$home/mnesia RABBITMQ_LOG_BASE=$home/log RABBITMQ_GENERATED_CONFIG_DIR=$home/generated
  export RABBITMQ_CONFIG_FILE=$home/rabbitmq.conf RABBITMQ_ENABLED_PLUGINS_FILE=$here/../../deploy/rabbitmq/enabled_plugins
  export ERL_EPMD_PORT=$epmd_port ERL_EPMD_ADDRESS=127.0.0.1
  export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none'
  export RABBITMQ_CTL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'
  export RUNNING_UNDER_SYSTEMD=1   # the script becomes the broker instead of guarding it: one pid
}

# Debian's wrappers in PATH insist on the user rabbitmq; these are the programs they wrap.
server_program() { printf '%s\n' /usr/lib/rabbitmq/bin/rabbitmq-server; }
control() { timeout --foreground -k 5 "$1" /usr/lib/rabbitmq/bin/rabbitmqctl "${@:2}"; }

managed() { curl -fsS -m 3 -o /dev/null -u "$BROKER_USER:$password" "http://127.0.0.1:$management_port/api/health/checks/virtual-hosts"; }

run() {
  private_environment
  if is_gone "$home/epmd.pid"; then
    launch "$home/epmd.pid" "$home/epmd.log" epmd -port "$epmd_port" -address 127.0.0.1
    wait_until 10 "epmd on port $epmd_port" answers_or_dead "$home/epmd.pid" epmd -port "$epmd_port" -names
  fi
  launch "$home/pid" "$home/console.log" "$(server_program)"
  wait_until 60 "RabbitMQ's management on port $management_port (log: $home/log)" answers_or_dead "$home/pid" managed \
    && managed && control 40 await_startup --timeout 30 >>"$home/console.log" 2>&1
}

configure() {
  cat "$here/../../deploy/rabbitmq/portraitgen.conf" - >"$home/rabbitmq.conf" <<EOF
listeners.tcp.1 = 127.0.0.1:$port
management.tcp.ip = 127.0.0.1
management.tcp.port = $management_port
default_user = $BROKER_USER
default_pass = $password
default_user_tags.administrator = true
loopback_users = none
vm_memory_high_watermark.absolute = 1GB
disk_free_limit.absolute = 50MB
log.file.level = info
EOF
}

server_start() {
  need_packages RabbitMQ rabbitmq-server rabbitmqctl epmd curl -- rabbitmq-server curl || return 1
  [[ ! -e $home/mnesia ]] || { say "rabbitmq: $home/mnesia exists already; use restart, or another folder"; return 1; }
  make_home "$home"
  mkdir -p "$home/log" "$home/generated"
  password=$(secret)
  local try
  for try in 1 2 3; do
    rm -rf "$home/mnesia"
    port=$(free_port 14000 1500) management_port=$(free_port 15500 1500) dist_port=$(free_port 17000 1500) epmd_port=$(free_port 18500 1500)
    ( umask 077; configure )
    if run; then
      ( umask 077
        printf 'port=%q management_port=%q dist_port=%q epmd_port=%q password=%q\n' "$port" "$management_port" "$dist_port" "$epmd_port" "$password" >"$home/settings"
        printf 'export PORTRAITGEN_TEST_RABBITMQ=%q\nexport PORTRAITGEN_TEST_RABBITMQ_MANAGEMENT=%q\n' \
          "amqp://$BROKER_USER:$password@127.0.0.1:$port/" "http://$BROKER_USER:$password@127.0.0.1:$management_port" >"$home/env" )
      return 0
    fi
    server_stop
  done
  say "rabbitmq: did not start in $try tries"; tail -n 15 "$home/console.log" >&2
  return 1
}

server_stop() {
  server_end TERM
  end "$home/epmd.pid" TERM 10   # the name server outlives its node
}

# The broker's port programs end when it does; whatever is left of its session is ended too.
server_end() {
  local pid
  pid=$(living "$home/pid") || return 0
  local folder child
  folder=$(mktemp -d)
  for child in $(descendants "$pid"); do remember "$folder/$child" "$child"; done
  end "$home/pid" "$1" 30
  for child in "$folder"/*; do
    [[ ! -e $child ]] || end "$child" KILL 10
  done
  rm -rf "$folder"
}

server_kill() { server_end KILL; }

server_restart() { server_kill && run; }

server_status() { living "$home/pid" >/dev/null && managed; }

dispatch rabbitmq "$@"
