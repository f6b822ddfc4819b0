# shellcheck shell=bash
# Sourced. Says which Debian packages a command needs, and installs them when that is allowed.

# need_packages WHO COMMAND... -- PACKAGE...
# Does nothing when every COMMAND is found. Otherwise installs (root on a Debian system) or names the cure and fails.
need_packages() {
  local who=$1; shift
  local -a commands=() packages=() missing=()
  while [[ $1 != -- ]]; do commands+=("$1"); shift; done
  shift
  packages=("$@")

  local command
  for command in "${commands[@]}"; do
    find_command "$command" >/dev/null || missing+=("$command")
  done
  ((${#missing[@]} == 0)) && return 0

  local cure="apt-get install --no-install-recommends ${packages[*]}"
  if ! command -v apt-get >/dev/null; then
    say "$who: ${missing[*]} not found, and this system has no apt-get. Install the equivalent of: ${packages[*]} (or give a running server, see tests/servers/README.md)."
    return 1
  fi
  if ((EUID != 0)); then
    say "$who: ${missing[*]} not found, and only root may install packages. Run as root: $cure (or give a running server, see tests/servers/README.md)."
    return 1
  fi
  if [[ -n ${PORTRAITGEN_TEST_NO_INSTALL:-} ]]; then
    say "$who: ${missing[*]} not found, and PORTRAITGEN_TEST_NO_INSTALL is set. Run: $cure"
    return 1
  fi
  install_packages "$who" "${packages[@]}" || { say "$who: could not install. Run by hand to see why: $cure"; return 1; }
  for command in "${missing[@]}"; do
    find_command "$command" >/dev/null || { say "$who: $command is still missing after: $cure"; return 1; }
  done
}

# Serialised, because several servers are made ready at the same time and dpkg allows one installer.
install_packages() {
  local who=$1; shift
  local log
  log=$(mktemp)
  say "$who: installing $*"
  (
    flock 9
    # Packages must not start their services: the tests run their own, on their own ports.
    local policy=/usr/sbin/policy-rc.d mine=no
    if [[ ! -e $policy ]]; then
      printf '#!/bin/sh\nexit 101\n' >"$policy"
      chmod 755 "$policy"
      mine=yes
    fi
    trap '[[ $mine == no ]] || rm -f /usr/sbin/policy-rc.d' EXIT
    export DEBIAN_FRONTEND=noninteractive
    timeout -k 10 300 apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$@" \
      || { timeout -k 10 300 apt-get -o DPkg::Lock::Timeout=120 update \
        && timeout -k 10 600 apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$@"; }
  ) >"$log" 2>&1 9</usr/bin/dpkg || { tail -n 5 "$log" >&2; rm -f "$log"; return 1; }
  rm -f "$log"
}

# The real programs of PostgreSQL and RabbitMQ lie outside PATH, where only wrappers are; and root's folders are not in every PATH.
find_command() {
  local folder
  for folder in "/usr/lib/postgresql/$POSTGRES_MAJOR/bin" /usr/lib/rabbitmq/bin; do
    if [[ -x $folder/$1 ]]; then
      printf '%s\n' "$folder/$1"
      return 0
    fi
  done
  PATH=$PATH:/usr/sbin:/sbin command -v "$1"
}
