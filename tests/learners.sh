#!/usr/bin/env bash
# Gradient and update stages of the tiny model on one and on two workers of one torch thread each, in turn: medians, extremes, and whether the checkpoints are equal.
# The first two of five epochs do not count: meanwhile the runtime compiles its busiest methods again, on a core that the second worker needs.
#   tests/learners.sh [ROUNDS]     three by default; needs a Release build of src/Api and python3, takes some four minutes a round on two cores
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3}
program=artifacts/bin/Api/release/portraitgen
out=${LEARNERS_OUT:-out/learners}
address=http://127.0.0.1:5187
[ -x "$program" ] || { echo "$program is missing: dotnet build src/Api -c Release" >&2; exit 2; }
mkdir -p "$out"

server=
stop() { if [ -n "$server" ]; then kill -TERM "$server" 2>/dev/null || true; wait "$server" || true; server=; fi; }
trap stop EXIT

[ -d "$out/dataset" ] || "$program" demo --epochs 1 --out "$out/dataset" --json >"$out/dataset.json"
for round in $(seq "$rounds"); do
  for workers in 1 2; do
    # A copy of the store as the dataset left it: nothing that the other run computed is found.
    rm -rf "$out/data" && cp -a "$out/dataset/data" "$out/data"
    "$program" serve --data "$out/data" --listen "$address" --workers "$workers" >"$out/serve.log" 2>&1 &
    server=$!
    for _ in $(seq 100); do grep -q 'Listening on' "$out/serve.log" && break; sleep 0.2; done
    cat >"$out/campaign.yaml" <<YAML
name: learners
base: portrait-tiny
dataset: demo
seed: $((100 + round))
epochs: 5
group: { size: 7, perEpoch: 8 }
rewards: { trainingSteps: 20, stepsPerShard: 20, refreshEvery: 0 }
benchmark: { images: 8, steps: 4, previews: 0 }
profile: { threads: 1, groupsPerShard: 2 }
YAML
    id=$("$program" campaign submit "$out/campaign.yaml" --server "$address" --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["id"])')
    "$program" campaign watch "$id" --server "$address" >"$out/watch.log"
    stop
    cp "$out/data/portraitgen.db" "$out/rows-$round-$workers.db"
  done
done

python3 - "$out" "$rounds" <<'PY'
import sqlite3, statistics, sys
out, rounds = sys.argv[1], int(sys.argv[2])
hashes, spans = {}, {1: {"gradient": [], "update": []}, 2: {"gradient": [], "update": []}}
for r in range(1, rounds + 1):
    for w in (1, 2):
        db = sqlite3.connect(f"{out}/rows-{r}-{w}.db")
        campaign = db.execute("SELECT id FROM campaigns WHERE name = 'learners'").fetchone()[0]
        hashes.setdefault(r, set()).add(db.execute("SELECT hash FROM campaign_artifacts WHERE campaign_id = ? AND name = 'final/checkpoint.json'", (campaign,)).fetchone()[0])
        for kind, span in db.execute("""
                SELECT s.kind, max(s.ended_at) - min(s.created_at) FROM shards s JOIN jobs j ON j.id = s.job_id
                WHERE s.campaign_id = ? AND s.kind IN ('gradient', 'update') AND json_extract(j.parameters, '$.epoch') > 2 GROUP BY s.job_id, s.stage""", (campaign,)):
            spans[w][kind].append(span / 1e7)  # ticks of 100 ns
for kind in ("gradient", "update"):
    for w in (1, 2):
        s = spans[w][kind]
        print(f"{kind:8} {w} worker(s): median {statistics.median(s):.3f} s, {min(s):.3f} to {max(s):.3f}, {len(s)} stages")
    print(f"{kind:8} 1 worker / 2 workers: {statistics.median(spans[1][kind]) / statistics.median(spans[2][kind]):.2f}")
same = all(len(h) == 1 for h in hashes.values())
print(f"checkpoints of 1 and 2 workers are {'equal' if same else 'DIFFERENT'} in {rounds} rounds")
sys.exit(0 if same else 1)
PY
