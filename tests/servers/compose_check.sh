#!/usr/bin/env bash
# Compares docker-compose.yml with what the tests start by hand. Needs no container engine. usage: compose_check.sh [FILE]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/servers/facts.env
. "$here/facts.env"
file=${1:-$here/../../docker-compose.yml}
[[ -r $file ]] || { echo "no such file: $file" >&2; exit 2; }
text=$(grep -vE '^ *#' "$file")
status=0

expect() { # WHAT LITERAL
  grep -qF -- "$2" <<<"$text" || { echo "docker-compose.yml: $1: expected to find '$2'" >&2; status=1; }
}
refuse() { # WHAT PATTERN TEXT
  ! grep -qE -- "$2" <<<"$3" || { echo "docker-compose.yml: $1: must not contain '$2'" >&2; status=1; }
}
service() { awk -v name="  $1:" 'index($0, name) == 1 {on = 1; print; next} /^  [a-z]|^[a-z]/ {on = 0} on' <<<"$text"; }

expect "PostgreSQL's version" "image: postgres:$POSTGRES_MAJOR"
expect "the database user" "POSTGRES_USER: $DATABASE_USER"
expect "the database the api names" "Username=$DATABASE_USER;"
expect "RabbitMQ's version" "image: rabbitmq:$RABBITMQ_SERIES-management"
expect "the broker's user" "RABBITMQ_DEFAULT_USER: $BROKER_USER"
broker=$(grep -oE 'amqp://[^:]+:' <<<"$text" | sort -u)
[[ $broker == "amqp://$BROKER_USER:" ]] || { echo "docker-compose.yml: the broker's user in its address: ${broker:-none}, expected $BROKER_USER" >&2; status=1; }
vhost=$(grep -oE '@rabbitmq:5672.*$' <<<"$text" | sort -u)
[[ $vhost == "@rabbitmq:5672$BROKER_VHOST" ]] || { echo "docker-compose.yml: the broker's address and virtual host: ${vhost:-none}, expected @rabbitmq:5672$BROKER_VHOST" >&2; status=1; }
expect "the broker's settings" "./deploy/rabbitmq/portraitgen.conf:/etc/rabbitmq/conf.d/"
expect "the broker's plugins" "./deploy/rabbitmq/enabled_plugins:/etc/rabbitmq/enabled_plugins"
expect "the region at the client" "/portraitgen?region=$S3_REGION"
expect "the region at the server" "\"--region\", \"$S3_REGION\""
grep -qxF "default_vhost = $BROKER_VHOST" "$here/../../deploy/rabbitmq/portraitgen.conf" || { echo "portraitgen.conf: default_vhost is not $BROKER_VHOST" >&2; status=1; }

for name in postgres rabbitmq s3 api; do
  [[ $(service "$name") == *healthcheck:* ]] || { echo "docker-compose.yml: $name has no healthcheck" >&2; status=1; }
done
for name in worker-1 worker-2; do
  [[ -n $(service "$name") ]] || { echo "docker-compose.yml: $name is missing" >&2; status=1; }
  refuse "$name" 'POSTGRES' "$(service "$name")"
done
refuse "the settings that workers share" 'POSTGRES' "$(awk '/^x-servers:/ {on = 1; next} /^[a-z]/ {on = 0} on' <<<"$text")"
refuse "ports open to the network" '"[0-9]+:[0-9]+"' "$text"
exit "$status"
