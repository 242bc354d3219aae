#!/usr/bin/env bash
# A private PostgreSQL server for tests: postgres.sh start|stop|dump|restore DIR PORT
#   start  makes a cluster in DIR (or takes the one that is there), listens on 127.0.0.1:PORT alone, returns when it answers.
#          User and database: 'orchestrator', no password (throw-away data on loopback only).
#   stop   stops that server (by the pid in its own folder) and returns when it is gone; DIR stays and can be started again.
#          POSTGRES_STOP_MODE is pg_ctl's: fast (default), smart, or immediate, which leaves a crash to recover from.
#   dump   writes a backup of the database to DIR/backup, over the one before.
#   restore  puts that backup in the place of the database, whoever is connected.
# As root it runs as user 'postgres', which the package makes; otherwise as whoever calls.
set -euo pipefail

usage() { echo "usage: $0 start|stop|dump|restore DIR PORT" >&2; exit 2; }
[ $# -eq 3 ] || usage
action=$1 dir=$2 port=$3
user=orchestrator

bin=
for candidate in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V -r) "$(dirname "$(command -v initdb 2>/dev/null || echo /none/none)")"; do
    if [ -x "$candidate/initdb" ] && [ -x "$candidate/pg_ctl" ]; then bin=$candidate; break; fi
done
if [ -z "$bin" ]; then
    echo "PostgreSQL is not installed (no initdb found): run eng/install-services.sh" >&2
    exit 3
fi

as_owner() {
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

case $action in
start)
    # A daemon must not inherit the caller's pipes and locks: whoever waits for those to close would wait for the server.
    for fd in /proc/$$/fd/*; do n=${fd##*/}; case $n in 0|1|2|255) ;; *) eval "exec $n>&-" ;; esac; done
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd)
    if [ "$(id -u)" -eq 0 ]; then
        id postgres >/dev/null 2>&1 || { echo "user 'postgres' is missing: run eng/install-services.sh" >&2; exit 3; }
        chown postgres: "$dir"
        as_owner test -w "$dir" || { echo "user 'postgres' cannot reach '$dir': its parent folders need the right to be entered (chmod o+x)" >&2; exit 1; }
    fi
    cd "$dir"
    fresh=; [ -d "$dir/data" ] || fresh=yes
    [ -z "$fresh" ] || as_owner "$bin/initdb" -D "$dir/data" -U "$user" --auth=trust -E UTF8 --locale=C.UTF-8 --no-sync > "$dir/initdb.log" 2>&1 ||
        { echo "initdb failed:" >&2; cat "$dir/initdb.log" >&2; exit 1; }
    as_owner "$bin/pg_ctl" -D "$dir/data" -w -t 60 -l "$dir/server.log" -o "-p $port -h 127.0.0.1 -k '$dir'" start </dev/null >"$dir/start.log" 2>&1 ||
        { echo "PostgreSQL did not start:" >&2; cat "$dir/start.log" "$dir/server.log" >&2; exit 1; }
    [ -z "$fresh" ] || as_owner "$bin/createdb" -h 127.0.0.1 -p "$port" -U "$user" "$user"
    ;;
stop)
    dir=$(cd "$dir" && pwd)
    cd "$dir"
    if [ -f "$dir/data/postmaster.pid" ]; then
        as_owner "$bin/pg_ctl" -D "$dir/data" -w -t 30 -m "${POSTGRES_STOP_MODE:-fast}" stop >/dev/null
    fi
    ;;
dump)
    cd "$dir"
    as_owner "$bin/pg_dump" -h 127.0.0.1 -p "$port" -U "$user" --format=custom --file="$dir/backup" "$user"
    ;;
restore)
    cd "$dir"
    as_owner "$bin/dropdb" -h 127.0.0.1 -p "$port" -U "$user" --force "$user"
    as_owner "$bin/createdb" -h 127.0.0.1 -p "$port" -U "$user" "$user"
    as_owner "$bin/pg_restore" -h 127.0.0.1 -p "$port" -U "$user" --dbname="$user" --exit-on-error "$dir/backup"
    ;;
*) usage ;;
esac
