#!/usr/bin/env bash
# Breaks the kernels in one place at a time (eng/mutations.tsv) in a copy of the tree and checks that the named tests fail.
# A mutant that compiles and passes its tests has survived: exit 1. Takes about 20 s a mutant on an idle machine.
# Usage: eng/mutations.sh [REPORT.md] [FIRST] [LAST]      (numbers of mutants, from 1)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
report=${1:-/dev/stdout} first=${2:-1} last=${3:-999}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -C "$root" --exclude=./artifacts --exclude=./.git -cf - . | tar -C "$work" -xf -
cd "$work"

run() { # class
    dotnet build tests/Kernels.Tests -v q --nologo -p:WarningLevel=0 -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false >build.log 2>&1 || { tail -5 build.log >&2; return 3; }
    timeout 300 artifacts/bin/Kernels.Tests/debug/Orchestrator.Kernels.Tests --no-ansi --progress off --filter-class "Orchestrator.Kernels.Tests.$1" >test.log 2>&1 || return 1
}

survived=0 number=0
while IFS=$'\t' read -r file expression class what; do
    [[ $file == \#* || -z $file ]] && continue
    number=$((number + 1))
    (( number < first || number > last )) && continue
    cp "src/Kernels/$file" original
    sed -i "$expression" "src/Kernels/$file"
    if cmp -s original "src/Kernels/$file"; then
        verdict="NOT APPLIED"; survived=1
    else
        code=0; run "$class" || code=$?
        case $code in
            0) verdict="SURVIVED"; survived=1 ;;
            3) verdict="DOES NOT COMPILE"; survived=1 ;;
            *) verdict="caught by $(sed -nE 's/^failed Orchestrator\.Kernels\.Tests\.([A-Za-z0-9_.]+).*/\1/p' test.log | sort -u | head -1)" ;;
        esac
    fi
    printf '| %d | %s | %s | %s |\n' "$number" "$what" "$file" "$verdict" >>"$report"
    cp original "src/Kernels/$file"
done <"$root/eng/mutations.tsv"
exit $survived
