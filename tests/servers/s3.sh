#!/usr/bin/env bash
# A throwaway S3 server on loopback: Ceph's own gateway over one monitor and one store held in memory.
# usage: s3.sh start|stop|kill|restart|status [SCRATCH]
# kill and restart touch the gateway only, which is all that a client sees; the store behind it lives on,
# because objects in memory would not survive SIGKILL.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/servers/facts.env
. "$here/facts.env"
# shellcheck source=tests/servers/processes.sh
. "$here/processes.sh"
# shellcheck source=tests/servers/packages.sh
. "$here/packages.sh"

# Any ceph tool may wait for ever when its daemon is ill.
tool() { timeout --foreground -k 5 "$1" "${@:2}"; }

# An anonymous list of buckets is answered by the gateway itself, once it has read its realm from the store.
answers() { curl -fsS -m 3 -o /dev/null "http://127.0.0.1:$port/"; }

configure() {
  cat >"$home/ceph.conf" <<EOF
[global]
fsid = $fsid
mon host = [v2:127.0.0.1:$mon_port,v1:127.0.0.1:$mon_port_v1]
# cephx throughout: without it the gateway hangs while it authenticates.
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = $home/keyring
run dir = $home/run
admin socket =
log file = $home/log/\$name.log
log to stderr = false
mon cluster log file = $home/log/cluster.log
crash dir = $home/crash
public addr = 127.0.0.1
cluster addr = 127.0.0.1
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
ms bind port min = $osd_ports
ms bind port max = $((osd_ports + 40))
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 1000
mon data avail warn = 1
mon data avail crit = 1
paxos propose interval = 0.05
paxos min wait = 0.01

[mon.a]
mon data = $home/mon

[osd]
osd data = $home/osd
osd objectstore = memstore
memstore device bytes = 8589934592
osd heartbeat grace = 60
# The store in memory is written to its folder only by a complete farewell.
osd fast shutdown = false

[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw data = $home/rgw
rgw thread pool size = 64
rgw enable usage log = false
rgw dns name =
EOF
  local name caps
  for name in mon. client.admin client.rgw osd.0; do
    caps=(--cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *')
    tool 10 ceph-authtool --create-keyring "$home/keyring.one" --gen-key -n "$name" "${caps[@]}" >/dev/null
    cat "$home/keyring.one" >>"$home/keyring"
  done
  rm -f "$home/keyring.one"
}

ceph_cli() { tool "$1" ceph -c "$home/ceph.conf" -n client.admin --connect-timeout 10 "${@:2}"; }

run_store() {
  launch "$home/mon.pid" "$home/log/console" ceph-mon -c "$home/ceph.conf" -f -i a
  [[ -e $home/osd/whoami ]] || create_store || return 1
  launch "$home/osd.pid" "$home/log/console" ceph-osd -c "$home/ceph.conf" -f -i 0
}

create_store() {
  local id pool
  id=$(cat /proc/sys/kernel/random/uuid)
  # One session of the tool for all commands: each new one costs half a second.
  {
    printf 'osd new %s\n' "$id"
    for pool in .rgw.root default.rgw.{log,control,meta,buckets.index,buckets.data,buckets.non-ec}; do
      printf 'osd pool create %s 4 4\n' "$pool"
    done
  } >"$home/commands"
  ceph_cli 30 <"$home/commands" >>"$home/log/console" 2>&1 || return 1
  tool 20 ceph-osd -c "$home/ceph.conf" -i 0 --mkfs --osd-uuid "$id" >>"$home/log/console" 2>&1
}

run_gateway() {
  launch "$home/rgw.pid" "$home/log/console" radosgw -c "$home/ceph.conf" -f -n client.rgw
  wait_until 30 "the S3 gateway on port $port (log: $home/log)" answers_or_dead "$home/rgw.pid" answers && answers
}

create_user() {
  tool 30 radosgw-admin -c "$home/ceph.conf" -n client.rgw user create --uid=portraitgen --display-name=portraitgen \
    --access-key="$access" --secret-key="$password" >>"$home/log/user.json" 2>&1
}

create_cluster() {
  mkdir -p "$home"/{log,run,crash,mon,osd,rgw}
  configure
  tool 10 monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$mon_port,v1:127.0.0.1:$mon_port_v1]" "$home/monmap" >/dev/null
  tool 20 ceph-mon -c "$home/ceph.conf" --mkfs -i a --monmap "$home/monmap" --keyring "$home/keyring" >>"$home/log/console" 2>&1
}

server_start() {
  need_packages S3 radosgw radosgw-admin ceph-mon ceph-osd ceph ceph-authtool monmaptool curl -- radosgw ceph-mon ceph-osd ceph-common curl || return 1
  [[ ! -e $home/mon ]] || { say "s3: $home/mon exists already; use restart, or another folder"; return 1; }
  fsid=$(cat /proc/sys/kernel/random/uuid) access=$(secret) password=$(secret)
  local try
  for try in 1 2 3; do
    make_home "$home"
    port=$(free_port 20000 3000) mon_port=$(free_port 23000 2000) mon_port_v1=$(free_port 25000 2000) osd_ports=$((27000 + 50 * (RANDOM % 100)))
    if (umask 077; create_cluster && run_store && run_gateway && create_user); then
      ( umask 077
        printf 'port=%q\n' "$port" >"$home/settings"
        printf 'export PORTRAITGEN_TEST_S3=%q\n' "http://$access:$password@127.0.0.1:$port" >"$home/env" )
      return 0
    fi
    server_stop
    tail -n 5 "$home/log/console" >&2
    ((try == 3)) || rm -rf "$home"
  done
  say "s3: did not start in $try tries (log: $home/log)"
  return 1
}

# In this order, each waited for: without its store the gateway hangs in its own farewell.
server_stop() {
  end "$home/rgw.pid" TERM 10
  end "$home/osd.pid" TERM 20
  end "$home/mon.pid" TERM 10
}

server_kill() { end "$home/rgw.pid" KILL 10; }

server_restart() {
  server_kill
  if is_gone "$home/mon.pid" || is_gone "$home/osd.pid"; then
    server_stop && run_store || return 1
  fi
  run_gateway
}

server_status() { living "$home/rgw.pid" >/dev/null && answers; }

dispatch s3 "$@"
