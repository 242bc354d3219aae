#!/usr/bin/env bash
# The whole fault matrix: a cluster of real processes and servers for every fault, then the invariants (tests/Faults.Tests).
# Prints a table, and writes it to docs/faults.md. The gate runs a few of them; all of them, two at a time, take about
# an hour, two minutes of which are a short soak (eng/soak.sh runs it for longer).
#   eng/faults.sh [NAME ...]   all, or only those whose names contain one of these (Fault_08 Attack …), which writes no file
set -euo pipefail
cd "$(dirname "$0")/.."
report=artifacts/test-results
filters=()
for name in "$@"; do filters+=(--filter-method "*$name*"); done
eng/install-services.sh
dotnet build tests/Faults.Tests -c Release -v quiet --nologo
mkdir -p "$report"
recovery=$PWD/$report/recovery.md
rm -f "$recovery"
code=0
ORCHESTRATOR_RECOVERY_REPORT=$recovery artifacts/bin/Faults.Tests/release/Orchestrator.Faults.Tests --no-ansi --explicit on --max-threads 2 "${filters[@]}" \
    --results-directory "$report" --report-xunit-xml --report-xunit-xml-filename faults.xml || code=$?
table() {
    echo "| fault | result | seconds |"
    echo "|---|---|---|"
    grep -o '<test [^>]*>' "$report/faults.xml" | while read -r test; do
        name=$(sed 's/.* name="\([^"]*\)".*/\1/; s/&quot;/"/g; s/.*\.//; s/_/ /g' <<<"$test")
        result=$(sed 's/.* result="\([^"]*\)".*/\1/' <<<"$test")
        seconds=$(sed 's/.* time="\([0-9.]*\)".*/\1/' <<<"$test")
        [ "$result" = NotRun ] || printf '| %s | %s | %.0f |\n' "$name" "$result" "$seconds"
    done | sort
}
table
if [ $# -eq 0 ]; then
    {
        echo "# The fault matrix"
        echo
        echo "Made by \`eng/faults.sh\` on $(date -u +%F), on $(nproc) cores, two at a time: each row is a cluster of real processes, RabbitMQ and"
        echo "PostgreSQL in which the fault was injected, and which then held the invariants: every run has exactly one accepted result, weights"
        echo "and aggregates equal those of an undisturbed process to the bit, no run has more attempts than the fault explains, every artifact"
        echo "that is named is there and hashes to its name. Seconds include the start of all servers. Faults are numbered as in the design."
        echo
        table
        if [ -f "$recovery" ]; then
            echo
            echo "## How soon it goes on"
            echo
            echo "Measured once, in the test of that name (\`tests/Faults.Tests/Recovery.cs\`): three workers, two runs in training, and another test's cluster beside it."
            echo
            echo "| after | measured | to reach |"
            echo "|---|---|---|"
            cat "$recovery"
        fi
    } > docs/faults.md
fi
exit "$code"
