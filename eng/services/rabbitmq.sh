#!/usr/bin/env bash
# A private RabbitMQ broker for tests: rabbitmq.sh start|stop DIR PORT, rabbitmq.sh control DIR PORT ARGUMENT...
#   start  a node with its data in DIR (what is there already is kept), on 127.0.0.1:PORT alone (guest/guest); returns when it answers.
#   stop   stops that node and its port mapper, by the pids in DIR, and returns when they are gone; DIR stays and can be started again.
#   control  runs rabbitmqctl on that node with the arguments.
#   RABBITMQ_EXTRA_CONF adds lines to its rabbitmq.conf.
# Everything is bound to loopback: AMQP on PORT, the port mapper (epmd) on PORT+8697, Erlang's distribution on PORT+20000,
# so PORT must be at most 45535. As root it runs as user 'rabbitmq', which the package makes; otherwise as whoever calls.
set -euo pipefail

usage() { echo "usage: $0 start|stop DIR PORT, $0 control DIR PORT ARGUMENT... (PORT from 1024 to 45535)" >&2; exit 2; }
[ $# -ge 3 ] || usage
action=$1 dir=$2 port=$3
shift 3
[ "$port" -ge 1024 ] && [ "$port" -le 45535 ] || usage
server=/usr/lib/rabbitmq/bin/rabbitmq-server
if [ ! -x "$server" ]; then
    echo "RabbitMQ is not installed (no $server): run eng/install-services.sh" >&2
    exit 3
fi
epmd_port=$((port + 8697))

as_owner() {
    if [ "$(id -u)" -eq 0 ]; then runuser -u rabbitmq -- "$@"; else "$@"; fi
}

alive() { [ -n "$1" ] && [ -d "/proc/$1" ]; }

wait_gone() {   # PID SECONDS
    for _ in $(seq $(($2 * 10))); do alive "$1" || return 0; sleep 0.1; done
    return 1
}

# The port mapper outlives the node and writes no pid file: it is the epmd process that listens on our port.
epmd_pid() {
    local pid
    for pid in /proc/[0-9]*; do
        pid=${pid#/proc/}
        if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = epmd ] && tr '\0' '\n' < "/proc/$pid/environ" 2>/dev/null | grep -qx "ERL_EPMD_PORT=$epmd_port"; then
            echo "$pid"
            return
        fi
    done
}

mkdir -p "$dir/mnesia" "$dir/log" "$dir/home"
dir=$(cd "$dir" && pwd)
export HOME=$dir/home RABBITMQ_NODENAME=orchestrator$port@localhost ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$epmd_port \
    RABBITMQ_MNESIA_BASE=$dir/mnesia RABBITMQ_LOG_BASE=$dir/log RABBITMQ_CONFIG_FILE=$dir/rabbitmq.conf \
    RABBITMQ_ADVANCED_CONFIG_FILE=$dir/advanced.config RABBITMQ_ENABLED_PLUGINS_FILE=$dir/enabled_plugins RABBITMQ_PID_FILE=$dir/pid \
    RABBITMQ_DIST_PORT=$((port + 20000)) RABBITMQ_CONF_ENV_FILE=/dev/null LC_ALL=C.UTF-8

case $action in
start)
    # A daemon must not inherit the caller's pipes and locks: whoever waits for those to close would wait for the server.
    for fd in /proc/$$/fd/*; do n=${fd##*/}; case $n in 0|1|2|255) ;; *) eval "exec $n>&-" ;; esac; done
    # consumer_timeout in ms: leases decide how long a run may take, not the broker.
    printf 'listeners.tcp.1 = 127.0.0.1:%s\nconsumer_timeout = 86400000\n' "$port" > "$dir/rabbitmq.conf"
    [ -z "${RABBITMQ_EXTRA_CONF:-}" ] || printf '%s\n' "$RABBITMQ_EXTRA_CONF" >> "$dir/rabbitmq.conf"
    echo '[{kernel,[{inet_dist_use_interface,{127,0,0,1}}]}].' > "$dir/advanced.config"
    echo '[].' > "$dir/enabled_plugins"
    if [ "$(id -u)" -eq 0 ]; then
        id rabbitmq >/dev/null 2>&1 || { echo "user 'rabbitmq' is missing: run eng/install-services.sh" >&2; exit 3; }
        chown -R rabbitmq: "$dir"
        as_owner test -w "$dir" || { echo "user 'rabbitmq' cannot reach '$dir': its parent folders need the right to be entered (chmod o+x)" >&2; exit 1; }
    fi
    cd "$dir"
    rm -f "$dir/pid"
    if [ "$(id -u)" -eq 0 ]; then
        setsid runuser -u rabbitmq -- "$server" </dev/null >"$dir/log/stdout" 2>&1 &
    else
        setsid "$server" </dev/null >"$dir/log/stdout" 2>&1 &
    fi
    launched=$!
    for _ in $(seq 1800); do   # a loaded machine takes most of a minute
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && [ -s "$dir/pid" ]; then exit 0; fi
        alive "$launched" || break
        sleep 0.1
    done
    echo "RabbitMQ did not listen on 127.0.0.1:$port:" >&2
    tail -n 40 "$dir/log/stdout" >&2
    exit 1
    ;;
control)
    # Not /usr/sbin/rabbitmqctl, which changes the user itself and loses the environment.
    as_owner /usr/lib/rabbitmq/bin/rabbitmqctl "$@"
    ;;
stop)
    pid=$(cat "$dir/pid" 2>/dev/null || true)
    if alive "$pid"; then
        kill "$pid"
        wait_gone "$pid" 30 || { echo "RabbitMQ ($pid) did not stop in 30 s: killing it" >&2; kill -9 "$pid"; wait_gone "$pid" 5; }
    fi
    mapper=$(epmd_pid)
    if [ -n "$mapper" ]; then
        kill "$mapper"
        wait_gone "$mapper" 5 || kill -9 "$mapper"
    fi
    ;;
*) usage ;;
esac
