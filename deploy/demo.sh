#!/usr/bin/env bash
# The whole loop on one machine: verified pairs, a reward server, SFT and GRPO against it.
# Usage: deploy/demo.sh DIR [data]     Run again, it goes on where it stopped.
set -euo pipefail
cd "$(dirname "$0")/.."
run=$1 part=${2:-all}
bin=.venv/bin
say() { printf '\n\033[1m%s\033[0m\n' "$*" >&2; }

mkdir -p "$run"
# Not the user's: what the demo shows is worked out here.
export ASSAY_CACHE_FILE="$run/verdicts.sqlite"
unset ASSAY_REDIS
say "1/3  Starting the reward server (its log: $run/server.log)"
"$bin/rewardsvc" serve --listen 127.0.0.1:0 2>"$run/server.log" &
server=$!
stop() {
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
}
trap stop EXIT
address=
for _ in $(seq 600); do
    address=$(sed -n 's/^serving on //p' "$run/server.log")
    [ -n "$address" ] && break
    if ! kill -0 "$server" 2>/dev/null; then
        cat "$run/server.log" >&2
        exit 1
    fi
    sleep 0.2
done
[ -n "$address" ] || { say "The reward server did not come up within two minutes"; exit 1; }

say "2/3  Synthesizing docker pairs; the server runs the real tools on every reference answer"
"$bin/datagen" synth --category docker --count "${COUNT:-1200}" --seed 7 \
    --out "$run/data" --server "$address" >/dev/null
say "     $(wc -l <"$run/data/tasks.jsonl") verified pairs in $run/data/tasks.jsonl"
[ "$part" = data ] && exit 0

say "3/3  Training the nano model: SFT on the pairs, then GRPO on the server's rewards"
"$bin/rl" run --config nano --tasks "$run/data" --out "$run/train" --server "$address"
