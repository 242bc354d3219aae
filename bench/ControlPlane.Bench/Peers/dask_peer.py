"""Dask beside us: tasks that do nothing, on local processes; nothing of it is durable.

Usage: dask_peer.py TASKS PROCESSES ROUNDS. Prints one line: tasks/s of each round.
"""
import sys
import time

try:
    from distributed import Client, LocalCluster, wait
except ImportError as missing:
    print(f"{missing.name} is missing: apt-get install -y --no-install-recommends python3-distributed", file=sys.stderr)
    sys.exit(3)


def nothing(number):
    return number


def main(tasks, processes, rounds):
    with LocalCluster(n_workers=processes, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1") as cluster, Client(cluster) as client:
        wait(client.map(nothing, range(200), pure=False))
        rates = []
        for _ in range(rounds):
            started = time.monotonic()
            futures = client.map(nothing, range(tasks), pure=False)
            wait(futures)
            rates.append(tasks / (time.monotonic() - started))
            del futures
        print(" ".join(f"{rate:.1f}" for rate in rates))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
