#!/usr/bin/env bash
# Checks Orchestrator on this machine's GPU and prints one table: check.sh [LIBTORCH] [--device cuda:0|cpu] [--seeds N]
#   LIBTORCH   folder with libtorch_cpu.so, such as site-packages/torch/lib; by default ORCHESTRATOR_LIBTORCH, else that of python3's torch
#   --device   cpu tries the checks themselves, at a small size (default: cuda:0)
# Runs in the archive of pack.sh, which needs an NVIDIA driver, a libtorch and nothing else, or in the repository. No network. About 5 minutes.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
fail() { echo "error: $1" >&2; exit 2; }

libtorch=${ORCHESTRATOR_LIBTORCH:-} device=cuda:0 options=()
while [ $# -gt 0 ]; do
    case $1 in
        --device) device=${2:-}; [ -n "$device" ] || fail "--device needs a value"; shift ;;
        --seeds) options+=(--seeds "${2:-}"); shift ;;
        -*) fail "'$1' is no option: check.sh [LIBTORCH] [--device cuda:0|cpu] [--seeds N]" ;;
        *) libtorch=$1 ;;
    esac
    shift
done

if [ -d "$here/app" ]; then
    app=$here/app check=$here/app dotnet=$here/dotnet/dotnet recipe=$here/app/recipes/quickstart.yaml peers=$here/peers.py
else
    root=$(cd "$here/../.." && pwd -P)
    app=$root/artifacts/bin/Cli/release check=$root/artifacts/bin/Gpu.Check/release recipe=$root/recipes/quickstart.yaml peers=$here/peers.py
    dotnet=$(command -v dotnet) || fail "there is no dotnet on the PATH"
    [ -f "$check/Orchestrator.Gpu.Check.dll" ] || fail "build first: dotnet build -c Release"
    [ -n "$libtorch" ] || [ "$device" != cpu ] || libtorch=$root/artifacts/native/cpu
fi
if [ "$device" != cpu ] && [ ! -e /proc/driver/nvidia/version ] && [ ! -e /dev/nvidiactl ]; then
    fail "this machine has no NVIDIA driver; --device cpu tries the checks themselves"
fi
if [ -z "$libtorch" ] && command -v python3 >/dev/null; then
    libtorch=$(python3 -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))' 2>/dev/null || true)
fi
[ -n "$libtorch" ] || fail "no libtorch: name the folder with libtorch_cpu.so (of a Python wheel: site-packages/torch/lib), or install PyTorch"
[ -f "$libtorch/libtorch_cpu.so" ] || fail "$libtorch holds no libtorch_cpu.so"
libtorch=$(cd "$libtorch" && pwd -P)

# A wheel keeps the libraries of CUDA in folders of their own.
libraries=$libtorch
for folder in "$libtorch"/../../nvidia/*/lib; do
    [ ! -d "$folder" ] || libraries=$libraries:$(cd "$folder" && pwd -P)
done
export LD_LIBRARY_PATH=$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export ORCHESTRATOR_LIBTORCH=$libtorch DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_EnableDiagnostics=0 TMPDIR=${TMPDIR:-/tmp} HOME=${HOME:-/tmp}
unset ORCHESTRATOR_URL ORCHESTRATOR_DATA ORCHESTRATOR_TOKEN
exec "$dotnet" "$check/Orchestrator.Gpu.Check.dll" --device "$device" --program "$app/orchestrator.dll" --dotnet "$dotnet" --recipe "$recipe" --peers "$peers" ${options[@]+"${options[@]}"}
