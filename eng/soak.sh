#!/usr/bin/env bash
# Sweep after sweep over a cluster of real processes and servers under random faults (tests/Faults.Tests/Soak.cs): prints what the
# processes that live through it take of the machine, and ends with the invariants.
#   eng/soak.sh [MINUTES [SEED]]   30 minutes by default; a soak of 30 or more that held is written to docs/soak.md
set -euo pipefail
cd "$(dirname "$0")/.."
minutes=${1:-30} seed=${2:-27}
report=artifacts/test-results
eng/install-services.sh
dotnet build tests/Faults.Tests -c Release -v quiet --nologo
mkdir -p "$report"
rm -f "$report/soak.md"
load=$(cut -d' ' -f1 /proc/loadavg)
code=0
ORCHESTRATOR_SOAK_MINUTES=$minutes ORCHESTRATOR_SOAK_SEED=$seed ORCHESTRATOR_SOAK_REPORT=$PWD/$report/soak.md \
    artifacts/bin/Faults.Tests/release/Orchestrator.Faults.Tests --no-ansi --explicit only --filter-method '*Fault_27*' || code=$?
[ ! -f "$report/soak.md" ] || cat "$report/soak.md"
if [ "$code" -eq 0 ] && [ "${minutes%.*}" -ge 30 ]; then
    {
        echo "# The soak"
        echo
        echo "Made by \`eng/soak.sh $minutes $seed\` on $(date -u +%F), on $(nproc) cores at load $load with the servers beside it: two silos and three workers over"
        echo "RabbitMQ and PostgreSQL. The first silo and the first worker were never killed, and are the ones that are watched; medians of the"
        echo "first and of the last third of the time are compared."
        echo
        cat "$report/soak.md"
    } > docs/soak.md
fi
exit "$code"
