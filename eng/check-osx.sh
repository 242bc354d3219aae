#!/usr/bin/env bash
# Publishes the program for macOS and looks at what is in it: that platform's native libraries, and no others.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet publish src/Cli -c Release -r osx-arm64 --self-contained false -v quiet --nologo
folder=artifacts/osx-arm64/publish/Cli/release_osx-arm64
for library in native/cpu/libtorch_cpu native/cpu/libtorch native/cpu/libc10 native/cpu/libomp native/cpu/libLibTorchSharp libe_sqlite3; do
    [ -s "$folder/$library.dylib" ] || { echo "$folder holds no $library.dylib" >&2; exit 1; }
done
others=$(find "$folder" -name '*.so' -o -name '*.so.*' -o -name 'libtorch_python*')
[ -z "$others" ] || { echo "not for macOS: $others" >&2; exit 1; }
# The first bytes of a 64-bit Mach-O file for arm64.
for file in "$folder/orchestrator" "$folder"/*.dylib "$folder"/native/cpu/*.dylib; do
    [ "$(od -An -tx1 -N8 "$file" | tr -d ' \n')" = cffaedfe0c000001 ] || { echo "$file is no program of macOS on arm64" >&2; exit 1; }
done
echo "check-osx: ok"
