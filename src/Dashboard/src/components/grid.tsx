import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useMemo, useRef, useState } from "react";

export type GridColumn<T> = { name: string; heading: string; width: number; value: (row: T) => number | string | null; show?: (row: T) => ReactNode; text?: boolean };

/** A table of any length: only the rows in sight are there. Sorted by a heading; copied as tab-separated values. */
export function Grid<T>({ rows, columns, height, label, order, onOrder }: { rows: T[]; columns: GridColumn<T>[]; height: number; label: string; order?: string; onOrder?: (order: string) => void }) {
  const [own, setOwn] = useState("");
  const told = order ?? own; // the name of a column, after a minus where the largest come first
  const sort = useMemo(() => (told === "" ? null : { by: told.replace(/^-/, ""), down: told.startsWith("-") }), [told]);
  const setSort = (next: { by: string; down: boolean } | null) => (onOrder ?? setOwn)(next ? `${next.down ? "-" : ""}${next.by}` : "");
  const frame = useRef<HTMLDivElement>(null);
  const sorted = useMemo(() => {
    const column = columns.find((candidate) => candidate.name === sort?.by);
    if (!column || !sort) return rows;
    const sign = sort.down ? -1 : 1;
    return [...rows].sort((a, b) => {
      const [x, y] = [column.value(a), column.value(b)];
      if (x === null || y === null) return Number(x === null) - Number(y === null); // what is undefined comes last either way
      return sign * (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y)));
    });
  }, [rows, columns, sort]);
  const virtual = useVirtualizer({ count: sorted.length, getScrollElement: () => frame.current, estimateSize: () => 26, overscan: 20 });
  const width = columns.reduce((sum, column) => sum + column.width, 0);
  const copy = () => {
    const lines = [columns.map((column) => column.name), ...sorted.map((row) => columns.map((column) => column.value(row) ?? ""))];
    void navigator.clipboard.writeText(lines.map((line) => line.join("\t")).join("\n"));
  };
  return (
    <>
      <div className="gridtools"><span>{sorted.length} {sorted.length === 1 ? "row" : "rows"}</span> <button type="button" onClick={copy}>copy as TSV</button></div>
      <div ref={frame} className="gridframe" style={{ height: Math.min(height, sorted.length * 26 + 34) }} role="region" aria-label={label} tabIndex={0}
        onKeyDown={(event) => { if (event.key === "j" || event.key === "k") frame.current?.scrollBy({ top: event.key === "j" ? 26 : -26 }); }}>
        <div role="table" aria-rowcount={sorted.length + 1} aria-label={label} style={{ width, minWidth: "100%" }}>
          <div role="rowgroup" className="gridhead">
            <div role="row" className="gridrow">
              {columns.map((column) => (
                <div key={column.name} role="columnheader" style={{ width: column.width }} className={column.text ? "text" : ""} aria-sort={sort?.by === column.name ? (sort.down ? "descending" : "ascending") : "none"}>
                  <button type="button" onClick={() => setSort(sort?.by === column.name ? (sort.down ? null : { by: column.name, down: true }) : { by: column.name, down: false })}>
                    {column.heading}{sort?.by === column.name ? (sort.down ? " ▾" : " ▴") : ""}
                  </button>
                </div>
              ))}
            </div>
          </div>
          <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: "relative" }}>
            {virtual.getVirtualItems().map((item) => {
              const row = sorted[item.index]!;
              return (
                <div key={item.key} role="row" aria-rowindex={item.index + 2} className="gridrow" style={{ position: "absolute", top: 0, height: 26, minWidth: "100%", transform: `translateY(${item.start}px)` }}>
                  {columns.map((column) => <div key={column.name} role="cell" style={{ width: column.width }} className={column.text ? "text" : ""}>{column.show ? column.show(row) : (column.value(row) ?? "–")}</div>)}
                </div>
              );
            })}
          </div>
        </div>
      </div>
    </>
  );
}
