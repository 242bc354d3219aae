import { Link } from "wouter";
import type { SweepSummary, Trajectory } from "../api/client";
import { useLive } from "../api/live";
import { Ready } from "../components/parts";
import { counts, shortId, time } from "../format";
import { useTitle } from "../state";
import { SweepPill } from "./frame";

const mostSparks = 20;
const [wide, high] = [96, 20];

/** Prefix matching of the best head over the steps, a line a group: whether anything happened at all. */
function Spark({ id }: { id: string }) {
  const { data } = useLive<Trajectory>(`sweeps/${id}/trajectory`, 10_000);
  const groups = (data?.groups ?? []).slice(0, 12).map((group) => group.points.flatMap((point) => (point.prefix_matching_max.mean === null ? [] : [[point.step, point.prefix_matching_max.mean] as const])));
  const last = Math.max(1, ...groups.flatMap((points) => points.map(([step]) => step)));
  if (groups.every((points) => points.length < 2)) return null;
  const best = Math.max(...groups.flatMap((points) => points.map(([, score]) => score)));
  return (
    <svg className="spark" width={wide} height={high} viewBox={`0 0 ${wide} ${high}`} role="img" aria-label={`prefix matching of the best head, by group: up to ${best.toFixed(2)}`}>
      {groups.map((points, group) => <polyline key={group} fill="none" stroke="currentColor" points={points.map(([step, score]) => `${((wide - 2) * step) / last + 1},${(high - 2) * (1 - Math.max(0, Math.min(1, score))) + 1}`).join(" ")} />)}
    </svg>
  );
}

/** What runs, what ended, what failed and why. */
export function Sweeps() {
  const sweeps = useLive<SweepSummary[]>("sweeps");
  useTitle("sweeps");
  return (
    <>
      <h1>Sweeps</h1>
      <Ready query={sweeps} empty={(list) => list.length === 0 && <p className="state">No sweep yet. <Link href="/submit">Submit one</Link>, or <code>./orchestrator sweep submit recipes/quickstart.yaml</code></p>}>
        {(list) => (
          <div className="scroll" tabIndex={0} role="region" aria-label="table">
            <table>
              <thead><tr><th className="text">name</th><th className="text">state</th><th className="text">prefix matching</th><th>done</th><th className="text">runs</th><th className="text">submitted</th><th className="text">ended</th><th className="text">id</th></tr></thead>
              <tbody>
                {list.map((sweep, place) => {
                  const done = sweep.runs.completed + sweep.runs.failed + sweep.runs.cancelled + sweep.runs.stopped_early;
                  return (
                    <tr key={sweep.id}>
                      <td className="text"><Link href={`/sweeps/${sweep.id}`}>{sweep.name}</Link></td>
                      <td className={sweep.reason ? "text wrap" : "text"}><SweepPill sweep={sweep} />{sweep.reason && <span className="faint"> {sweep.reason}</span>}</td>
                      <td className="text">{place < mostSparks && sweep.runs.completed > 0 && <Spark id={sweep.id} />}</td>
                      <td><progress max={sweep.runs.total} value={done} aria-label={`${done} of ${sweep.runs.total} runs are done`} /></td>
                      <td className="text">{counts(sweep.runs)}</td>
                      <td className="text">{time(sweep.created)}</td>
                      <td className="text">{time(sweep.ended)}</td>
                      <td className="text"><code>{shortId(sweep.id)}</code></td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        )}
      </Ready>
    </>
  );
}
