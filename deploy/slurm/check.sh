#!/usr/bin/env bash
# Runs the job script for real: a Slurm of one node on this machine, a private broker and database, one silo, one sweep.
#   1. two workers of a job train the sweep to its end
#   2. a job is told to stop while it trains, ends with 0 within its grace, and a second job finishes the sweep
# Needs root, the packages slurm-wlm and munge, and the built program. Everything it starts it ends, and its folder goes with it.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
program=${1:-$root/artifacts/bin/Cli/release/orchestrator.dll}
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
[ "$(id -u)" -eq 0 ] || { echo "slurmd starts jobs as their users: run this as root" >&2; exit 2; }
for tool in slurmctld slurmd munged sbatch; do
    PATH=$PATH:/usr/sbin command -v $tool >/dev/null || { echo "$tool is missing: apt-get install slurm-wlm munge" >&2; exit 2; }
done
[ -f "$program" ] || { echo "$program is missing: dotnet build src/Cli -c Release" >&2; exit 2; }

dir=$(mktemp -d /tmp/orchestrator-slurm-XXXXXX)
chmod 755 "$dir" # the servers run as users of their own
rabbit=$((20000 + RANDOM % 8000)) database=$(port) http=$(port)
started=()
stop() {
    trap '' INT TERM # to its end, also where whoever waits loses patience
    scancel --user=root 2>/dev/null || true
    for _ in $(seq 80); do [ -n "$(squeue -h 2>/dev/null)" ] || break; sleep 0.5; done
    for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${started[@]}"; do
        for _ in $(seq 300); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    done
    "$root/eng/services/rabbitmq.sh" stop "$dir/rabbitmq" "$rabbit" || true
    "$root/eng/services/postgres.sh" stop "$dir/postgres" "$database" || true
    rm -rf "$dir"
}
trap stop EXIT
until_true() { # WHAT SECONDS COMMAND...
    local what=$1 left=$(($2 * 5))
    shift 2
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        if [ $left -le 0 ]; then
            echo "check: waited in vain for: $what" >&2
            tail -n 20 "$dir"/*.log >&2
            exit 1
        fi
        sleep 0.2
    done
}

echo "== Slurm"
mkdir -p "$dir/munge" "$dir/state" "$dir/spool"
chmod 700 "$dir/munge"
dd if=/dev/urandom of="$dir/munge/key" bs=1024 count=1 status=none
chmod 600 "$dir/munge/key"
munged --foreground --force --socket="$dir/munge.socket" --key-file="$dir/munge/key" --pid-file="$dir/munge/pid" \
    --seed-file="$dir/munge/seed" --log-file="$dir/munge/log" >"$dir/munged.log" 2>&1 &
started+=($!)
until_true "munge" 20 test -S "$dir/munge.socket"
cat > "$dir/slurm.conf" <<CONF
ClusterName=check
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmUser=root
SlurmctldPort=$(port)
SlurmdPort=$(port)
AuthInfo=socket=$dir/munge.socket
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SlurmdParameters=config_overrides
ReturnToService=2
MpiDefault=none
JobRequeue=1
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$dir/slurm.conf
slurmctld -D -f "$SLURM_CONF" >"$dir/slurmctld.log" 2>&1 &
started+=($!)
slurmd -D -f "$SLURM_CONF" -N "$(hostname -s)" >"$dir/slurmd.log" 2>&1 &
started+=($!)
node_is_idle() { [ "$(sinfo -h -o %t)" = idle ]; }
until_true "an idle node" 60 node_is_idle

echo "== broker, database, silo"
"$root/eng/services/rabbitmq.sh" start "$dir/rabbitmq" "$rabbit"
"$root/eng/services/postgres.sh" start "$dir/postgres" "$database"
export ORCHESTRATOR_RABBITMQ=amqp://guest:guest@127.0.0.1:$rabbit ORCHESTRATOR_ARTIFACTS=$dir/artifacts ORCHESTRATOR_URL=http://127.0.0.1:$http
mkdir -p "$ORCHESTRATOR_ARTIFACTS"
printf '#!/bin/sh\nexec dotnet "%s" "$@"\n' "$program" > "$dir/orchestrator"
chmod +x "$dir/orchestrator"
cd "$dir"
./orchestrator silo --postgres "Host=127.0.0.1;Port=$database;Username=orchestrator;Database=orchestrator" --listen "$ORCHESTRATOR_URL" \
    --silo-port 0 --gateway-port 0 --lease 10 >"$dir/silo.log" 2>&1 &
started+=($!)
is_ready() { (exec 3<>"/dev/tcp/127.0.0.1/$http" && printf 'GET /health/ready HTTP/1.0\r\n\r\n' >&3 && head -n 1 <&3 | grep -q ' 200 '); }
until_true "the silo" 120 is_ready

job() { sbatch --parsable "$@" "$root/deploy/slurm/orchestrator-worker.sbatch"; }
workers() { [ "$(./orchestrator workers --json | grep -o 'slurm-[0-9-]*' | sort -u | wc -l)" -ge "$1" ]; }
state() { scontrol -o show job "$1" | grep -o 'JobState=[A-Z]*\|ExitCode=[0-9:]*' | tr '\n' ' '; }
ended() { state "$1" | grep -q 'COMPLETED\|CANCELLED\|FAILED\|TIMEOUT'; }
export ORCHESTRATOR_DEVICE=cpu

echo "== one job, two workers, a sweep to its end"
first=$(job --ntasks-per-node=2 --cpus-per-task=1)
until_true "two workers" 120 workers 2
cat > first.yaml <<'YAML'
name: slurm-check
model: { layers: 1, heads: 2, d_model: 32, n_ctx: 32 }
data: { kind: mixture, vocab: 16, parts: [ { kind: repeated-segments, weight: 1.0, segment: [4, 8] } ] }
train: { steps: 40, batch: 8, lr: 1.0e-2 }
snapshots: { every: 20 }
measure: [heads]
seeds: 0..7
YAML
./orchestrator sweep submit first.yaml
finished() { ./orchestrator sweep show last --json | grep -q '"state": "completed"'; }
until_true "8 finished runs" 180 finished

echo "== SIGTERM while it trains, and another job goes on"
sed 's/slurm-check/slurm-drain/; s/steps: 40/steps: 6000/; s/every: 20/every: 3000/; s/0\.\.7/100..101/' first.yaml > second.yaml
./orchestrator sweep submit second.yaml
under_way() { ./orchestrator run list last --json | grep -q '"state": "training"'; }
until_true "training" 120 under_way
from=$SECONDS
scancel --signal=TERM "$first" # what Slurm does before the end of a job's time
until_true "the end of job $first" 60 ended "$first"
echo "job $first after SIGTERM: $(state "$first")in $((SECONDS - from)) s"
state "$first" | grep -q 'COMPLETED.*ExitCode=0:0\|ExitCode=0:0.*COMPLETED' || { cat orchestrator-worker-*.log >&2; exit 1; }
second=$(job --ntasks-per-node=2 --cpus-per-task=1)
until_true "the sweep's end on job $second" 300 finished
grep 'continues from step' "orchestrator-worker-$second.log" | sed 's/^.*\] /  /'
scancel --signal=TERM "$second"
until_true "the end of job $second" 60 ended "$second"
echo "job $second after SIGTERM: $(state "$second")"
./orchestrator run list last
echo "check: ok"
