"""Celery beside us: tasks that do nothing, acknowledged late, results stored in PostgreSQL.

Usage: celery_peer.py TASKS PROCESSES ROUNDS, with PEER_BROKER and PEER_DATABASE set. Prints one line: tasks/s of each round.
Durable classic queue with persistent messages: Celery 5.2 sets a global prefetch, which quorum queues refuse.
"""
import os
import subprocess
import sys
import time

try:
    import psycopg2  # noqa: F401
    import sqlalchemy
    from celery import Celery
except ImportError as missing:
    print(f"{missing.name} is missing: apt-get install -y --no-install-recommends python3-celery python3-sqlalchemy python3-psycopg2", file=sys.stderr)
    sys.exit(3)

app = Celery("celery_peer", broker=os.environ.get("PEER_BROKER"), backend="db+" + os.environ.get("PEER_DATABASE", ""))
app.conf.update(task_acks_late=True, task_default_delivery_mode="persistent", worker_hijack_root_logger=False)


@app.task(name="nothing")
def nothing(number):
    return number


def finished(engine):
    with engine.connect() as connection:
        return connection.execute(sqlalchemy.text("select count(*) from celery_taskmeta where status = 'SUCCESS'")).scalar()


def main(tasks, processes, rounds):
    engine = sqlalchemy.create_engine(os.environ["PEER_DATABASE"])
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "celery_peer", "worker", "-c", str(processes), "--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "ERROR"],
        cwd=os.path.dirname(os.path.abspath(__file__)), stdout=subprocess.DEVNULL)
    try:
        nothing.delay(0).get(timeout=60)
        for i in range(200):
            nothing.delay(i)
        while finished(engine) < 201:
            time.sleep(0.05)
        done, rates = 201, []
        for _ in range(rounds):
            started = time.monotonic()
            for i in range(tasks):
                nothing.delay(i)
            done += tasks
            while finished(engine) < done:
                time.sleep(0.05)
            rates.append(tasks / (time.monotonic() - started))
        print(" ".join(f"{rate:.1f}" for rate in rates))
    finally:
        worker.terminate()
        worker.wait(30)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
