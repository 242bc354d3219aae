import { useEffect, useRef, useState } from "react";
import { download, get, type TableAnswer, type TableSchemas } from "../api/client";
import { useLive } from "../api/live";
import { Grid } from "../components/grid";
import { Failure, Ready, save } from "../components/parts";
import { useParam, useTitle } from "../state";
import { QueryPlot } from "./queryplot";

const stored = (): [string, string][] => JSON.parse(localStorage.getItem("queries") ?? "[]") as [string, string][];

const first = "select model_layers, count(*) as seeds, avg((induction_heads > 0)::int) as share from runs where state = 'completed' group by all order by all";

/** SQL with the tables beside it. */
export function Query() {
  useTitle("query");
  const schemas = useLive<TableSchemas>("tables");
  const [sql, setSql] = useParam("sql", ""); // what is asked, always: the first question too
  const asked = useRef("");
  const [text, setText] = useState(sql || first);
  const [answer, setAnswer] = useState<{ table?: TableAnswer; failure?: Error; busy?: AbortController; took?: number }>({});
  const [saved, setSaved] = useState(stored);
  const latest = useRef<AbortController | null>(null);
  const ask = async (question: string) => {
    asked.current = question;
    setSql(question);
    setText(question);
    const busy = new AbortController();
    latest.current?.abort();
    latest.current = busy;
    setAnswer({ busy });
    const began = performance.now();
    try {
      setAnswer({ table: await get<TableAnswer>(`query?limit=10000&sql=${encodeURIComponent(question)}`, busy.signal), took: performance.now() - began });
    } catch (wrong) {
      if (asked.current === question && latest.current === busy) setAnswer({ failure: busy.signal.aborted ? new Error("Stopped.") : (wrong as Error) });
    }
  };
  useEffect(() => { // a link is a figure, and one without a question is the beginning
    if (sql === asked.current) return;
    if (sql !== "") {
      void ask(sql);
      return;
    }
    asked.current = "";
    latest.current?.abort();
    latest.current = null;
    setText(first);
    setAnswer({});
  }, [sql]);
  const keep = (list: [string, string][]) => {
    setSaved(list);
    localStorage.setItem("queries", JSON.stringify(list));
  };
  const take = async (format: string) => {
    try {
      save(`query.${format}`, await download(`query?format=${format}&sql=${encodeURIComponent(text)}`));
    } catch (wrong) {
      setAnswer({ failure: wrong as Error });
    }
  };
  return (
    <>
      <h1>Query</h1>
      <div className="columns2">
        <div>
          <textarea aria-label="SQL" rows={6} spellCheck={false} value={text} onChange={(event) => setText(event.target.value)} onKeyDown={(event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void ask(text); }} />
          <div className="row">
            <button type="button" className="primary" onClick={() => void ask(text)}>ask (Ctrl-Enter)</button>
            {answer.busy && <button type="button" onClick={() => answer.busy?.abort()}>stop</button>}
            <button type="button" onClick={() => { const name = window.prompt("Keep this query under which name?"); if (name) keep([...saved.filter(([other]) => other !== name), [name, text]]); }}>keep</button>
            <button type="button" onClick={() => void take("csv")}>CSV</button> <button type="button" onClick={() => void take("parquet")}>Parquet</button>
          </div>
          {answer.failure && <Failure wrong={answer.failure} />}
          {!answer.table && !answer.failure && !answer.busy && <p className="state">Nothing is asked yet: write one SELECT over the tables, or take one of the questions.</p>}
          {answer.busy && <p aria-busy="true" className="faint">asking …</p>}
          {answer.table && (answer.table.rows.length === 0 ? <p className="state">No rows.</p> : (
            <>
              <p className="faint">{answer.table.truncated ? "the first " : ""}{answer.table.rows.length} rows in {answer.took?.toFixed(0)} ms</p>
              <QueryPlot answer={answer.table} />
              <Grid label="answer" height={520} rows={answer.table.rows} columns={answer.table.columns.map((column, i) => ({
                name: column.name, heading: column.name, width: Math.min(320, Math.max(90, 9 * Math.max(column.name.length + 2, ...answer.table!.rows.slice(0, 50).map((row) => String(row[i] ?? "").slice(0, 30).length)))), text: /^(varchar|timestamp|date)/.test(column.type), ...(column.type.startsWith("timestamp") ? { show: (row: unknown[]) => String(row[i] ?? "–").replace("T", " ").replace(/(\+00:00|Z)$/, "") } : {}),
                value: (row: unknown[]) => { const value = row[i]; return value === null || value === undefined ? null : typeof value === "number" ? (Number.isInteger(value) ? value : Number(value.toPrecision(6))) : typeof value === "object" ? JSON.stringify(value) : String(value); },
              }))} />
            </>
          ))}
          {saved.length > 0 && <section><h2>Kept</h2><ul>{saved.map(([name, query]) => <li key={name}><button type="button" className="link" onClick={() => void ask(query)}>{name}</button> <button type="button" className="link faint" aria-label={`forget ${name}`} onClick={() => keep(saved.filter(([other]) => other !== name))}>forget</button></li>)}</ul></section>}
        </div>
        <aside aria-label="tables and questions">
          <Ready query={schemas}>
            {({ tables, questions }) => (
              <>
                <h2>Questions</h2>
                <ul>{questions.map((question) => <li key={question.question}><button type="button" className="link" onClick={() => void ask(question.sql)}>{question.question}</button></li>)}</ul>
                <h2>Tables</h2>
                {tables.map((table) => (
                  <details key={table.name}><summary><code>{table.name}</code> {table.meaning}</summary>
                    <dl>{table.columns.map((column) => <div key={column.name}><dt><code>{column.name}</code></dt><dd>{column.meaning}{column.unit ? ` (${column.unit})` : ""}</dd></div>)}</dl>
                  </details>
                ))}
              </>
            )}
          </Ready>
        </aside>
      </div>
    </>
  );
}
