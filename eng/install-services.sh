#!/usr/bin/env bash
# Installs the servers that the tests start for themselves, PostgreSQL (15 or newer) and RabbitMQ, libfaketime for wrong clocks, Chromium for
# the dashboard, g++ for kernels that are compiled at run time, and the Python packages that docs/python.md uses.
# Does nothing where they are there already. Needs root and apt; prints what to install by hand where it has neither.
set -euo pipefail

has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; }
has_rabbitmq() { [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]; }
has_faketime() { compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null || [ -e /usr/lib/faketime/libfaketimeMT.so.1 ]; }
has_chromium() { [ -x /usr/bin/chromium ] || [ -n "${CHROMIUM:-}" ]; }
has_compiler() { command -v g++ >/dev/null; }
has_python() { /usr/bin/python3 -c 'import numpy, pandas, torch' 2>/dev/null; }

missing=()
has_postgres || missing+=(postgresql)
has_rabbitmq || missing+=(rabbitmq-server)
has_faketime || missing+=(faketime)
has_chromium || missing+=(chromium)
has_compiler || missing+=(g++)
has_python || missing+=(python3-numpy python3-pandas python3-torch)
if [ ${#missing[@]} -eq 0 ]; then
    echo "services: PostgreSQL, RabbitMQ, libfaketime, Chromium and Python's packages are installed"
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "services: ${missing[*]} missing, and this machine has no apt-get: install them with its own package manager" >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "services: ${missing[*]} missing: run 'sudo $0'" >&2
    exit 1
fi

# The packages would start their servers at once, on default ports; the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -o DPkg::Lock::Timeout=500 update -qq
apt-get -o DPkg::Lock::Timeout=500 install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
echo "services: installed ${missing[*]}"
