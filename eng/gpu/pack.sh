#!/usr/bin/env bash
# Builds the archive that check.sh runs from on a GPU machine without network: pack.sh [OUT.tar.xz]
# In it: the program, its checks, the .NET runtimes, TorchSharp's bridge, the recipes. Not in it: libtorch, which the machine has, and
# DuckDB, so that `query` does not run there. At most 60 MiB.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${1:-artifacts/orchestrator-gpu-check.tar.xz}
most=$((60 << 20))
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
kit=$stage/orchestrator-gpu-check
mkdir -p "$kit/app" "$kit/dotnet" "$(dirname "$out")"

for project in src/Cli bench/Gpu.Check; do
    dotnet publish "$project" -c Release -v quiet --nologo -o "$kit/app"
done
bridge=$kit/app/native/cpu/libLibTorchSharp.so
[ -f "$bridge" ] || { echo "error: the program was published without $bridge" >&2; exit 1; }
find "$kit/app/native" -type f ! -name libLibTorchSharp.so -delete
find "$kit/app" \( -name '*.pdb' -o -name '*.xml' -o -name 'libduckdb*' \) -delete
rm -rf "$kit"/app/runtimes/osx*

# The runtimes that the program asks for, as they are installed here.
dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
for framework in Microsoft.NETCore.App Microsoft.AspNetCore.App; do
    version=$(dotnet --list-runtimes | awk -v name="$framework" '$1 == name && $2 ~ /^10\./ { print $2 }' | tail -n 1)
    [ -n "$version" ] || { echo "error: no $framework 10 is installed here" >&2; exit 1; }
    mkdir -p "$kit/dotnet/shared/$framework"
    cp -r "$dotnet/shared/$framework/$version" "$kit/dotnet/shared/$framework/"
done
mkdir -p "$kit/dotnet/host/fxr"
cp "$dotnet/dotnet" "$kit/dotnet/"
cp -r "$dotnet/host/fxr/$version" "$kit/dotnet/host/fxr/"
cp eng/gpu/check.sh eng/gpu/peers.py "$kit/"
chmod +x "$kit/check.sh"

tar -C "$stage" -cf - orchestrator-gpu-check | xz -6 -T0 >"$out.partial"
size=$(stat -c %s "$out.partial")
if [ "$size" -gt "$most" ]; then
    rm -f "$out.partial"
    echo "error: the archive would have $((size >> 20)) MiB, and at most $((most >> 20)) are allowed" >&2
    exit 1
fi
mv "$out.partial" "$out"
echo "$out: $((size >> 20)) MiB. On the GPU machine: tar xf $(basename "$out") && orchestrator-gpu-check/check.sh [LIBTORCH]"
