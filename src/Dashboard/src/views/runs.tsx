import { useMemo } from "react";
import { Link } from "wouter";
import { getPage, type RunDetail, type SweepHead } from "../api/client";
import { useLive } from "../api/live";
import { Grid, type GridColumn } from "../components/grid";
import { type Axis, Parallel, parse, passes, spell } from "../components/parallel";
import { Figure, Ready, useWidth } from "../components/parts";
import { score, shortId, whole } from "../format";
import { useParam } from "../state";
import { isOver, SweepFrame, useStatus } from "./frame";

const most = 50_000;

async function all(path: string, signal: AbortSignal, age: number): Promise<RunDetail[]> {
  const rows: RunDetail[] = [];
  let after: string | null = null;
  do {
    const page: { rows: RunDetail[]; next: string | null } = await getPage<RunDetail>(`${path}?limit=2000${after ? `&after=${after}` : ""}`, signal, age);
    rows.push(...page.rows);
    after = page.next;
  } while (after !== null && rows.length < most);
  return rows;
}

const flat = (tree: Record<string, unknown>, prefix = ""): [string, unknown][] => Object.entries(tree).flatMap(([key, value]) => (value !== null && typeof value === "object" ? (Array.isArray(value) ? [] : flat(value as Record<string, unknown>, `${prefix}${key}.`)) : [[prefix + key, value] as [string, unknown]]));

/** Every run as a row; columns chosen by whoever looks. */
export function Runs({ id }: { id: string }) {
  const status = useStatus(id);
  const runs = useLive<RunDetail[]>(`sweeps/${id}/runs`, 5_000, all);
  return <SweepFrame id={id} here="runs"><Ready query={runs}>{(rows) => <Table runs={rows} sweep={status.data?.sweep} />}</Ready></SweepFrame>;
}

function Table({ runs, sweep }: { runs: RunDetail[]; sweep: SweepHead | undefined }) {
  const [search, setSearch] = useParam("q", "");
  const [brushed, setBrushed] = useParam("runs", "");
  const [hidden, setHidden] = useParam("hide", "");
  const [kept, setKept] = useParam("ranges", "");
  const [frame, width] = useWidth<HTMLDivElement>();
  const configured = useMemo(() => {
    const values = new Map<string, Set<string>>();
    for (const run of runs) for (const [path, value] of flat({ model: run.config.model, data: run.config.data, train: run.config.train })) values.set(path, (values.get(path) ?? new Set()).add(String(value)));
    return [...values].filter(([, set]) => set.size > 1).map(([path]) => path);
  }, [runs]);
  const columns = useMemo<GridColumn<RunDetail>[]>(() => {
    const read = (run: RunDetail, path: string) => path.split(".").reduce<unknown>((tree, key) => (tree as Record<string, unknown> | undefined)?.[key], run.config) as number | string | null;
    return [
      { name: "index", heading: "#", width: 56, value: (run) => run.index },
      { name: "run", heading: "run", width: 116, text: true, value: (run) => run.id, show: (run) => <Link href={`/runs/${run.id}`}>{shortId(run.id)}</Link> },
      { name: "state", heading: "state", width: 96, text: true, value: (run) => run.state },
      { name: "seed", heading: "seed", width: 64, value: (run) => run.config.seed },
      ...configured.map((path): GridColumn<RunDetail> => ({ name: path, heading: path.slice(path.lastIndexOf(".") + 1), width: 104, ...(runs.some((run) => typeof read(run, path) === "string") ? { text: true } : {}), value: (run) => { const value = read(run, path); return typeof value === "number" ? value : value === null || value === undefined ? null : String(value); } })),
      { name: "step", heading: "step", width: 72, value: (run) => run.steps },
      { name: "final_loss", heading: "loss", width: 72, value: (run) => run.final_loss ?? null, show: (run) => score(run.final_loss) },
      { name: "icl_score", heading: "ICL", width: 80, value: (run) => run.icl_score ?? null, show: (run) => score(run.icl_score) },
      { name: "prefix_matching_max", heading: "prefix", width: 72, value: (run) => run.prefix_matching_max ?? null, show: (run) => score(run.prefix_matching_max) },
      { name: "transition_step", heading: "transition", width: 88, value: (run) => run.transition_step ?? null, show: (run) => whole(run.transition_step) },
      { name: "reason", heading: "reason", width: 320, text: true, value: (run) => run.reason ?? null, show: (run) => run.reason ?? "" },
    ];
  }, [configured]);
  const axes = useMemo<Axis<RunDetail>[]>(() => columns.filter((column) => (configured.includes(column.name) || ["final_loss", "icl_score", "prefix_matching_max", "transition_step"].includes(column.name)) && runs.some((run) => column.value(run) !== null)), [columns, configured, runs]);
  const ranges = useMemo(() => parse(kept), [kept]);
  const inside = useMemo(() => passes(runs, axes, ranges), [runs, axes, ranges]);
  const off = new Set(hidden === "" ? [] : hidden.split(","));
  const chosen = brushed === "" ? null : new Set(brushed.split(","));
  const words = search.toLowerCase().split(/\s+/).filter((word) => word.length > 0);
  const rows = runs.filter((run) => inside(run) && (chosen === null || chosen.has(run.id)) && words.every((word) => columns.some((column) => String(column.value(run) ?? "").toLowerCase().includes(word))));
  return (
    <>
      <div className="controls">
        <input type="search" placeholder="filter: state, seed, value …" aria-label="filter runs" value={search} onChange={(event) => setSearch(event.target.value)} />
        <details className="columns"><summary>columns</summary>
          {columns.map((column) => <label key={column.name}><input type="checkbox" checked={!off.has(column.name)} onChange={() => { const next = new Set(off); if (!next.delete(column.name)) next.add(column.name); setHidden([...next].join(",")); }} /> {column.name}</label>)}
        </details>
        {chosen && <button type="button" onClick={() => setBrushed("")}>clear: {chosen.size} runs chosen</button>}
        {kept !== "" && <button type="button" onClick={() => setKept("")}>clear the ranges</button>}
        {sweep && !isOver(sweep.state) && <span className="faint">follows the sweep</span>}
        {sweep && runs.length < sweep.runs.total && <span className="faint">the first {runs.length} of {sweep.runs.total} runs: the query page asks all of them</span>}
      </div>
      <div ref={frame}>
        {axes.length > 1 && (
          <Figure name="runs" caption="each run a line; drag along an axis to keep the runs that pass there, double click to free it" vector={false}>
            <Parallel rows={runs} axes={axes} width={Math.max(280, width)} height={190} ranges={ranges} onRanges={(next) => setKept(spell(next))} />
          </Figure>
        )}
      </div>
      {rows.length === 0 ? <p className="state">No run matches. Clear the filter to see all {runs.length}.</p> : <Grid rows={rows} columns={columns.filter((column) => !off.has(column.name))} height={Math.max(300, window.innerHeight - 440)} label="runs" />}
    </>
  );
}
