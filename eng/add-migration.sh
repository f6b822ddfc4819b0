#!/bin/sh
# Adds one migration to both databases: eng/add-migration.sh AddSomething
# Wants dotnet-ef 10.0.12: dotnet tool install dotnet-ef --version 10.0.12 --tool-path DIR, then DOTNET_EF=DIR/dotnet-ef or DIR on PATH.
set -eu
[ $# -eq 1 ] || { echo "usage: eng/add-migration.sh Name" >&2; exit 2; }
cd "$(dirname "$0")/.."
ef="${DOTNET_EF:-dotnet-ef}"
command -v "$ef" >/dev/null || { echo "dotnet-ef is missing: dotnet tool install dotnet-ef --version 10.0.12 --tool-path DIR, then set DOTNET_EF=DIR/dotnet-ef" >&2; exit 1; }
for provider in Sqlite Postgres; do
  dotnet build "migrations/$provider" -v q
  "$ef" migrations add "$1" --no-build --project "migrations/$provider" --startup-project "migrations/$provider" --output-dir Migrations
done
echo "Now write the note of migrations/README.md above each Up()."
