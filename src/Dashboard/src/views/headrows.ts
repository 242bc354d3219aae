import type { Findings, HeadMark, TableAnswer } from "../api/client";

/** A head of a run at one snapshot. */
export type HeadRow = { run: string; layer: number; head: number; role: string | null; value: (metric: string) => number | null };

/** What findings have of every head, at the last step: enough for these axes without asking for more. */
export const marked = ["prefix_matching", "previous_token", "ov_copying", "qk_eigen_previous", "rank"];

export const headsOf = (findings: Findings): HeadRow[] => findings.groups.flatMap((group) => group.runs.flatMap((run) => run.heads.map((head) => (
  { run: run.run, layer: head.layer, head: head.head, role: head.role, value: (metric) => (head[metric as keyof HeadMark] as number | null | undefined) ?? null }))));

/** The same from the rows of heads at any snapshot, of the runs that are known; ranks are by prefix matching within the layer, as those of findings. */
export function headsIn({ columns, rows }: TableAnswer, known: ReadonlySet<string>): HeadRow[] {
  const place = new Map(columns.map((column, i) => [column.name, i]));
  const cell = <T>(row: unknown[], name: string) => (row[place.get(name) ?? -1] ?? null) as T;
  const layer = (row: unknown[]) => `${cell<string>(row, "run")} ${cell<number>(row, "layer")}`;
  const own = rows.filter((row) => known.has(cell<string>(row, "run")));
  const layers = new Map<string, unknown[][]>();
  for (const row of own) layers.set(layer(row), [...(layers.get(layer(row)) ?? []), row]);
  const score = (row: unknown[]) => cell<number | null>(row, "prefix_matching");
  const rank = (row: unknown[]) => {
    const mine = score(row);
    return mine === null ? null : 1 + layers.get(layer(row))!
      .filter((other) => { const theirs = score(other); return theirs !== null && (theirs > mine || (theirs === mine && cell<number>(other, "head") < cell<number>(row, "head"))); }).length;
  };
  return own.map((row) => ({
    run: cell<string>(row, "run"), layer: cell<number>(row, "layer"), head: cell<number>(row, "head"), role: cell<string | null>(row, "role"),
    value: (metric) => (metric === "rank" ? rank(row) : cell<number | null>(row, metric)),
  }));
}
