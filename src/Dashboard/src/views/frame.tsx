import { type ReactNode, useEffect } from "react";
import { Link } from "wouter";
import { navigate, useSearch } from "wouter/use-browser-location";
import { post, type SweepStatus } from "../api/client";
import { useLive } from "../api/live";
import { Confirm, Ready } from "../components/parts";
import { counts, duration, shortId } from "../format";
import { useTitle } from "../state";

const ends = new Set(["completed", "failed", "cancelled", "stopped"]);
export const isOver = (state: string) => ends.has(state);

/** Where a sweep stands: there at once, however many runs it has. */
export const useStatus = (id: string) => useLive<SweepStatus>(`sweeps/${id}/status`, 1_000);

/** A sweep's name, state, counts and places, above each of its views; what it frames comes when it comes. */
export function SweepFrame({ id, here, children }: { id: string; here: string; children: ReactNode }) {
  const status = useStatus(id);
  const full = status.isPlaceholderData ? undefined : status.data?.sweep.id;
  useTitle(status.data?.sweep.name ?? `sweep ${shortId(id)}`, here);
  useEffect(() => { // events name whole ids
    if (full !== undefined && full !== id) navigate(window.location.pathname.replace(/^\/sweeps\/[^/]+/, `/sweeps/${full}`) + window.location.search, { replace: true });
  }, [full, id]);
  return <Ready query={status}>{(known) => <Framed status={known} here={here}>{children}</Framed>}</Ready>;
}

/** How a sweep ended, or where it is: a green word would hide the runs that failed. */
export function SweepPill({ sweep }: { sweep: { state: string; runs: { failed: number } } }) {
  return sweep.state === "completed" && sweep.runs.failed > 0 ? <span className="pill partly">completed, {sweep.runs.failed} failed</span> : <span className={`pill ${sweep.state}`}>{sweep.state}</span>;
}

const travelling = ["runs", "only", "colour"];

function Framed({ status: { sweep, elapsed_seconds: elapsed }, here, children }: { status: SweepStatus; here: string; children: ReactNode }) {
  const places: [string, string][] = [["", "answer"], ["/heads", "heads"], ["/circuits", "circuits"], ["/runs", "runs"], ["/compare", "compare"]];
  const search = new URLSearchParams(useSearch());
  const chosen = new URLSearchParams([...search].filter(([name]) => travelling.includes(name))).toString();
  return (
    <>
      <div className="title">
        <h1>{sweep.name}</h1>
        <SweepPill sweep={sweep} />
        <span className="faint">{sweep.runs.total} runs: {counts(sweep.runs)} · {duration(elapsed)}{sweep.waiting ? ` · ${sweep.waiting}` : ""}{sweep.reason ? ` · ${sweep.reason}` : ""}</span>
        <span className="actions">
          {!isOver(sweep.state) && <Confirm label="cancel" danger question={`End sweep ${sweep.name}? Its ${sweep.runs.total - sweep.runs.completed - sweep.runs.failed - sweep.runs.cancelled} runs that are not done end now; ${sweep.runs.completed} completed runs keep their results.`} action={() => post(`sweeps/${sweep.id}/cancel`)} />}
          {isOver(sweep.state) && sweep.runs.completed > 0 && <Confirm label="measure" question={`Measure the stored snapshots of ${sweep.runs.completed} completed runs where metrics lack? Nothing is trained.`} action={() => post(`sweeps/${sweep.id}/measure`, { measures: null })} />}
          <a className="button" href={`/api/v1/query?format=csv&sql=${encodeURIComponent(`select * from runs where sweep = '${sweep.id}'`)}`}>CSV</a>
          <a className="button" href={`/api/v1/query?format=parquet&sql=${encodeURIComponent(`select * from heads where sweep = '${sweep.id}'`)}`}>Parquet</a>
        </span>
      </div>
      <nav className="places" aria-label="views of this sweep">
        {places.map(([path, text]) => <Link key={path} href={`/sweeps/${sweep.id}${path}${chosen && `?${chosen}`}`} aria-current={here === text ? "page" : undefined}>{text}</Link>)}
      </nav>
      {children}
    </>
  );
}
