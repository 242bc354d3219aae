import { useEffect, useMemo, useState } from "react";
import { Link } from "wouter";
import { getPage, Refused, type RunDetail, type SweepHead } from "../api/client";
import { useLive } from "../api/live";
import { Grid, type GridColumn } from "../components/grid";
import { type Axis, Parallel, parse, passes, spell } from "../components/parallel";
import { Figure, Ready, useWidth } from "../components/parts";
import { score, shortId, whole } from "../format";
import { useParam, useSettled } from "../state";
import { isOver, SweepFrame, useStatus } from "./frame";

const most = 50_000;

async function all(path: string, signal: AbortSignal, age: number): Promise<RunDetail[]> {
  const rows: RunDetail[] = [];
  let after: string | null = null;
  do {
    const page: { rows: RunDetail[]; next: string | null } = await getPage<RunDetail>(`${path}${path.includes("?") ? "&" : "?"}limit=2000${after ? `&after=${after}` : ""}`, signal, age);
    rows.push(...page.rows);
    after = page.next;
  } while (after !== null && rows.length < most);
  return rows;
}

const flat = (tree: Record<string, unknown>, prefix = ""): [string, unknown][] => Object.entries(tree).flatMap(([key, value]) => (value !== null && typeof value === "object" ? (Array.isArray(value) ? [] : flat(value as Record<string, unknown>, `${prefix}${key}.`)) : [[prefix + key, value] as [string, unknown]]));

/** Whether what is written in the filter is a condition, as `--where` takes it, and not words to search for. */
const isCondition = (text: string) => /[<>=!]|\bin\s*[[(]|^\s*not\s/.test(text);

/** The runs for which a condition holds, as the server says; the last ones while it is being written, and what is wrong with it. */
function useCondition(id: string, text: string): { kept: RunDetail[] | null; failure: string | null } {
  const condition = useSettled(isCondition(text) ? text.trim() : "", 300);
  const asked = useLive<RunDetail[]>(condition === "" ? null : `sweeps/${id}/runs?where=${encodeURIComponent(condition)}`, 5_000, all);
  const [last, setLast] = useState<RunDetail[] | null>(null);
  useEffect(() => { if (condition === "") setLast(null); else if (asked.data) setLast(asked.data); }, [condition, asked.data]);
  return { kept: condition === "" ? null : asked.data ?? last, failure: condition !== "" && asked.error instanceof Refused ? asked.error.message.replace(/^'where': /, "") : null };
}

/** Every run as a row; columns chosen by whoever looks. */
export function Runs({ id }: { id: string }) {
  const status = useStatus(id);
  const runs = useLive<RunDetail[]>(`sweeps/${id}/runs`, 5_000, all);
  return <SweepFrame id={id} here="runs"><Ready query={runs}>{(rows) => <Table id={id} runs={rows} sweep={status.data?.sweep} />}</Ready></SweepFrame>;
}

function Table({ id, runs, sweep }: { id: string; runs: RunDetail[]; sweep: SweepHead | undefined }) {
  const [search, setSearch] = useParam("q", "");
  const [brushed, setBrushed] = useParam("runs", "");
  const [hidden, setHidden] = useParam("hide", "");
  const [kept, setKept] = useParam("ranges", "");
  const [order, setOrder] = useParam("sort", "");
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
      { name: "run", heading: "run", width: 128, text: true, value: (run) => run.id, show: (run) => <Link href={`/runs/${run.id}`}>{shortId(run.id)}</Link> },
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
  const chosen = useMemo(() => (brushed === "" ? null : new Set(brushed.split(","))), [brushed]);
  const { kept: holding, failure } = useCondition(id, search);
  const words = useMemo(() => (isCondition(search) ? [] : search.toLowerCase().split(/\s+/).filter((word) => word.length > 0)), [search]);
  const found = useMemo(() => (holding ?? runs).filter((run) => (chosen === null || chosen.has(run.id)) && words.every((word) => columns.some((column) => String(column.value(run) ?? "").toLowerCase().includes(word)))), [holding, runs, chosen, words, columns]);
  const lit = useMemo(() => { const ids = new Set(found.map((run) => run.id)); return found.length === runs.length ? null : (run: RunDetail) => ids.has(run.id); }, [found, runs]);
  const rows = useMemo(() => found.filter(inside), [found, inside]);
  return (
    <>
      <div className="controls">
        <input type="search" className="filter" placeholder="words, or a condition: model.layers == 2 and final_loss < 2.9" aria-label="filter runs" aria-invalid={failure !== null} aria-describedby="filter-says" value={search} onChange={(event) => setSearch(event.target.value)} />
        <details className="columns"><summary>columns</summary>
          {columns.map((column) => <label key={column.name}><input type="checkbox" checked={!off.has(column.name)} onChange={() => { const next = new Set(off); if (!next.delete(column.name)) next.add(column.name); setHidden([...next].join(",")); }} /> {column.name}</label>)}
        </details>
        {chosen && <button type="button" onClick={() => setBrushed("")}>clear: {chosen.size} runs chosen</button>}
        {kept !== "" && <button type="button" onClick={() => setKept("")}>clear the ranges</button>}
        {sweep && !isOver(sweep.state) && <span className="faint">follows the sweep</span>}
        {sweep && runs.length < sweep.runs.total && <span className="faint">the first {runs.length} of {sweep.runs.total} runs: the query page asks all of them</span>}
      </div>
      <p id="filter-says" role="status" className={failure ? "failure" : "faint"}>{failure ?? (isCondition(search) && holding ? `The condition holds for ${holding.length} of ${sweep?.runs.total ?? runs.length} runs.` : "")}</p>
      <div ref={frame}>
        {axes.length > 1 && (
          <Figure name="runs" caption="each run a line; drag along an axis, or focus it and press arrow keys, to keep the runs that pass there; double click or Escape frees it" vector={false}>
            <Parallel rows={runs} axes={axes} width={Math.max(280, width)} height={190} ranges={ranges} lit={lit} onRanges={(next) => setKept(spell(next))} />
          </Figure>
        )}
      </div>
      {rows.length === 0 ? <p className="state">No run matches. Clear the filter to see all {runs.length}.</p> : <Grid rows={rows} columns={columns.filter((column) => !off.has(column.name))} height={Math.max(300, window.innerHeight - 440)} label="runs" order={order} onOrder={setOrder} />}
    </>
  );
}
