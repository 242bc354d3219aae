import { useQuery } from "@tanstack/react-query";
import { get, type Queue, type Worker } from "../api/client";
import { Ready } from "../components/parts";
import { time } from "../format";
import { useTitle } from "../state";

/** What waits in the broker; a server without one has no queues. */
function Queues() {
  const queues = useQuery({ queryKey: ["queues"], queryFn: ({ signal }) => get<Queue[]>("queues", signal), refetchInterval: 5_000 });
  if (!queues.data || queues.data.length === 0) return null;
  return (
    <section>
      <h2>Queues</h2>
      <table>
        <thead><tr><th className="text">queue</th><th>messages that wait</th><th>consumers</th><th className="text" /></tr></thead>
        <tbody>{queues.data.map((queue) => <tr key={queue.name}><td className="text"><code>{queue.name}</code></td><td>{queue.messages}</td><td>{queue.consumers}</td><td className="text">{queue.set_aside ? "what nobody could take: see the logs" : ""}</td></tr>)}</tbody>
      </table>
    </section>
  );
}

/** Who is there: slots, devices, what each can take, when it was last heard of; and what waits for them. */
export function Workers() {
  useTitle("workers");
  const workers = useQuery({ queryKey: ["workers"], queryFn: ({ signal }) => get<Worker[]>("workers", signal), refetchInterval: 2_000 });
  return (
    <>
      <h1>Workers</h1>
      <Ready query={workers} empty={(list) => list.length === 0 && <p className="state">No worker is connected. <code>./orchestrator dev</code> brings one; a cluster's are started by <code>./orchestrator worker</code>.</p>}>
        {(list) => (
          <>
            <p className="faint">{list.reduce((sum, worker) => sum + worker.busy, 0)} of {list.reduce((sum, worker) => sum + worker.slots, 0)} slots are busy.</p>
            <div className="scroll" tabIndex={0} role="region" aria-label="table">
              <table>
                <thead><tr><th className="text">worker</th><th className="text">host</th><th className="text">device</th><th>busy</th><th>slots</th><th className="text">state</th><th>GB a slot</th><th className="text">labels</th><th className="text">last seen</th></tr></thead>
                <tbody>{list.map((worker) => <tr key={worker.id}><td className="text">{worker.id}</td><td className="text">{worker.host}</td><td className="text">{worker.device}</td><td>{worker.busy}</td><td>{worker.slots}</td><td className="text"><span className={`pill ${worker.state}`}>{worker.state}</span></td><td>{worker.memory_gb > 0 ? worker.memory_gb.toFixed(1) : "–"}</td><td className="text">{worker.labels.join(", ") || "–"}</td><td className="text">{time(worker.last_seen)}</td></tr>)}</tbody>
              </table>
            </div>
          </>
        )}
      </Ready>
      <Queues />
    </>
  );
}
