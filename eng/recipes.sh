#!/usr/bin/env bash
# Holds recipes to what they claim: trains each in a data folder and asks the queries of its lines "# check VALUE +- TOLERANCE: SQL".
# All of them take about 15 minutes on 2 cores, 6 of that superposition. A recipe on text wants its file in recipes/data first.
#
# Usage: eng/recipes.sh DATA_FOLDER [RECIPE ...]        with ORCHESTRATOR naming another launcher than ./orchestrator
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
orchestrator=${ORCHESTRATOR:-$root/orchestrator}
data=$1
shift
wrong=0
if [ $# -eq 0 ]; then set -- $(grep -l '^# check ' "$root"/recipes/*.yaml | xargs -n1 basename -s .yaml); fi
for name in "$@"; do
    if ! said=$("$orchestrator" sweep submit "$root/recipes/$name.yaml" --embedded --data "$data" 2>&1); then
        printf 'WRONG %s does not train: %s\n' "$name" "$(tail -n 1 <<<"$said")"
        wrong=$((wrong + 1))
        continue
    fi
    while IFS= read -r line; do
        claim=${line#\# check } sql=${line#*: }
        claim=${claim%%:*}
        found=$("$orchestrator" query "$sql" --format csv --data "$data" | tail -n 1)
        if awk -v found="$found" -v value="${claim%% *}" -v tolerance="${claim##* }" 'BEGIN { d = found - value; exit !(found != "" && (d < 0 ? -d : d) <= tolerance + 1e-9) }'; then
            printf 'ok    %s: %s (%s)\n' "$name" "$found" "$claim"
        else
            printf 'WRONG %s: %s where the recipe says %s: %s\n' "$name" "$found" "$claim" "$sql"
            wrong=$((wrong + 1))
        fi
    done < <(grep '^# check ' "$root/recipes/$name.yaml")
done
exit $((wrong > 0))
