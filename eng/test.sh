#!/usr/bin/env bash
# The gate. Installs the servers that tests start, restores the locked packages, checks the layout of the sources, builds
# everything in Release with warnings as errors, and runs every project under tests/. Its last line is
#   N passed, N failed, N skipped
# and it exits with 0 if and only if nothing failed. It needs the package registries and no other network.
#
# Usage: eng/test.sh [PROJECT ...]       all of it, or only these test projects (Kernels.Tests …)
#   TEST_LIMIT=900     seconds that one project may take before it counts as hung and is ended
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
root=$PWD
limit=${TEST_LIMIT:-900}
results=$root/artifacts/test-results
passed=0 failed=0 skipped=0
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

finish() {
    echo "$passed passed, $failed failed, $skipped skipped"
    exit $((failed > 0))
}

# A step of the gate counts as one failure, and nothing after it could be believed.
step() { # WHAT COMMAND...
    local what=$1 from=$SECONDS
    shift
    echo "== $what"
    if ! "$@"; then
        echo "== $what: failed" >&2
        failed=$((failed + 1))
        finish
    fi
    echo "== $what: $((SECONDS - from)) s"
}

check_sdk() {
    local version
    command -v dotnet >/dev/null || PATH=$PATH:${DOTNET_ROOT:-${HOME:-}/.dotnet}
    version=$(dotnet --version 2>/dev/null) || {
        echo "no .NET SDK that global.json accepts: install .NET 10 from https://dotnet.microsoft.com/download/dotnet/10.0" >&2
        return 1
    }
    echo "SDK $version, $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg)"
}

# Style and analyzers are part of the build (EnforceCodeStyleInBuild, warnings as errors); what the build does not see is white
# space. Without a workspace it is checked in seconds; with one, dotnet format compiles everything a second time.
check_whitespace() { dotnet format whitespace . --folder --verify-no-changes --exclude artifacts/; }

check_solution() {
    local project missing=0
    for project in src/*/*.csproj tests/*/*.csproj bench/*/*.csproj; do
        if ! grep -qF "\"${project//\//\\}\"" Orchestrator.sln; then
            echo "$project is not in Orchestrator.sln: dotnet sln add $project" >&2
            missing=1
        fi
    done
    return $missing
}

check_quarantine() { # every skip stands in the list, with its reason
    local name missing=0
    while read -r name; do
        if ! grep -qsF "$name" tests/QUARANTINE.md; then
            echo "$name was skipped and is not in tests/QUARANTINE.md" >&2
            missing=1
        fi
    done < <(grep -ho '<test [^>]*result="Skip"[^>]*>' "$results"/*.xml | grep -o ' method="[^"]*"' | cut -d'"' -f2 | sort -u)
    return $missing
}

# Runs one test project; the report says how it went, and a project without a report counts as one failure.
run_project() { # NAME [REPORT [ARGUMENT...]]
    local name=$1 report=${2:-$1} from=$SECONDS code=0 TIMEFORMAT='%U %S'
    shift $(($# > 1 ? 2 : 1))
    { time ORCHESTRATOR_KERNELS_FILE=$results/$report.kernels timeout --kill-after=20 "$limit" "artifacts/bin/$name/release/Orchestrator.$name" --no-ansi --progress off \
        --results-directory "$results" --report-xunit-xml --report-xunit-xml-filename "$report.xml" "$@" >"$results/$report.log" 2>&1 </dev/null || code=$?; } 2>"$results/$report.cpu"
    echo "$code $((SECONDS - from)) $(tail -n 1 "$results/$report.cpu" | awk '{ printf "%.0f", $1 + $2 }')" >"$results/$report.code"
}

# What depends on low bits runs a second time, with another family of CPU kernels than the one that the processor gets by itself.
run_with_other_kernels() { # REPORT
    if grep -qw avx512f /proc/cpuinfo 2>/dev/null; then
        export ATEN_CPU_CAPABILITY=avx2 MKL_ENABLE_INSTRUCTIONS=AVX2
    else
        export ATEN_CPU_CAPABILITY=default MKL_CBWR=COMPATIBLE
    fi
    run_project Kernels.Tests "$1" --filter-class '*.Training.*' --filter-class '*.CpuKernelsTests'
}

check_kernels() { # the second run proves nothing if it had the kernels of the first
    local own=$results/Kernels.Tests.kernels other=$results/$other_kernels.kernels
    [[ " ${projects[*]} " == *" Kernels.Tests "* ]] || return 0
    if [ ! -s "$own" ] || [ ! -s "$other" ] || [ "$(cat "$own")" = "$(cat "$other")" ]; then
        echo "the second run of the kernel tests had the same CPU kernels as the first, or one of them told none: see run_with_other_kernels in $0" >&2
        return 1
    fi
    echo "CPU kernels: $(cat "$own"), and $(cat "$other") in the second run"
}

count() { # REPORT ATTRIBUTE
    local value
    value=$(grep -o '<assembly [^>]*>' "$1" 2>/dev/null | grep -o " $2=\"[0-9]*\"" | grep -o '[0-9]*')
    echo "${value:-0}"
}

report_project() { # NAME
    local name=$1 xml=$results/$1.xml code seconds processor ok bad left
    read -r code seconds processor <"$results/$name.code"
    ok=$(count "$xml" passed) bad=$(($(count "$xml" failed) + $(count "$xml" errors))) left=$(count "$xml" skipped)
    if [ "$code" -ne 0 ] && [ "$bad" -eq 0 ] || [ $((ok + bad + left)) -eq 0 ]; then
        bad=$((bad + 1)) # hung, crashed, or without a single test
    fi
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + left))
    printf '%-24s %5d passed %4d failed %4d skipped  %4d s, %4d s of processors\n' "$name" "$ok" "$bad" "$left" "$seconds" "$processor"
    if [ "$bad" -gt 0 ]; then
        case $code in 124|137) echo "-- $name did not end within $limit s and was ended" ;; esac
        echo "-- output of $name (exit code $code; whole in ${results#"$root"/}/$name.log):"
        tail -n 200 "$results/$name.log"
    fi
}

# They install while the build runs: most of it is waiting.
mkdir -p "$root/artifacts"
eng/install-services.sh >"$root/artifacts/services.log" 2>&1 &
services=$!
check_services() { wait "$services"; local code=$?; cat "$root/artifacts/services.log"; return $code; }
step "SDK" check_sdk
step "solution" check_solution
step "restore" dotnet restore Orchestrator.sln --locked-mode -v quiet
step "white space" check_whitespace
step "build" dotnet build Orchestrator.sln -c Release --no-restore -v quiet --nologo
step "services" check_services

rm -rf "$results"
mkdir -p "$results"
if [ $# -gt 0 ]; then projects=("$@"); else projects=(tests/*.Tests/); projects=("${projects[@]#tests/}"); projects=("${projects[@]%/}"); fi
# Two lanes side by side: processes and clusters wait for each other most of the time. What starts the program at its default address
# stands in one lane, or one test would find another's server; of the rest each lane takes the next that none has taken.
other_kernels="Kernels.Tests again"
programs=() rest=() reports=()
for name in "${projects[@]}"; do
    case $name in Cli.Tests|EndToEnd.Tests) programs+=("$name") ;; *) rest+=("$name") ;; esac
    reports+=("$name")
    if [ "$name" = Kernels.Tests ]; then reports+=("$other_kernels"); fi
done
echo "== tests: ${#projects[@]} projects"
mkdir "$results/taken"
run_rest() {
    local name
    for name in ${rest[@]+"${rest[@]}"}; do
        mkdir "$results/taken/$name" 2>/dev/null || continue
        run_project "$name"
        if [ "$name" = Kernels.Tests ]; then (run_with_other_kernels "$other_kernels"); fi
    done
}
{
    for name in ${programs[@]+"${programs[@]}"}; do run_project "$name"; done
    run_rest
} &
run_rest &
wait
for name in "${reports[@]}"; do report_project "$name"; done
if ! check_kernels; then failed=$((failed + 1)); fi
if ! check_quarantine; then failed=$((failed + 1)); fi
echo "== all of it: $SECONDS s"
finish
