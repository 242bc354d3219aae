import { type ReactNode, useCallback, useRef, useState } from "react";
import { isSignedOut, Refused, type Mean, type Median, type Share } from "../api/client";
import { interval, percent, score, whole } from "../format";
import { flatten } from "./canvas";

/** The way to the sign-in page, and back to what is shown now. */
export const SignInLink = () => <a href={`/sign-in?to=${encodeURIComponent(window.location.pathname + window.location.search)}`}>Sign in</a>;

/** Why something failed, and what to do about it where that is to sign in. */
export const Failure = ({ wrong }: { wrong: Error }) => <pre role="alert" className="failure">{wrong.message}{isSignedOut(wrong) && <> <SignInLink /> and ask again.</>}</pre>;

/** Loading, failed, forbidden and empty states of a view, each with what to do; else what is there. */
export function Ready<T>({ query, empty, children }: { query: { data: T | undefined; error: Error | null; isPending: boolean }; empty?: (data: T) => ReactNode; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return <>{(empty && empty(query.data)) || children(query.data)}</>;
  if (isSignedOut(query.error)) return <p className="state">This server wants a token. <SignInLink /> with it.</p>;
  if (query.error) return <p className="state" role="alert">{query.error instanceof Refused ? query.error.message : `The server does not answer: ${query.error.message}. The page asks again by itself.`}</p>;
  return <p className="state" aria-busy="true">Loading …</p>;
}

/** A mean, share or median as a small interval on a common scale, with the number beside it. */
export function Interval({ at, low, high, range, text, under }: { at: number | null; low: number | null; high: number | null; range: [number, number]; text: string; under?: string }) {
  const x = (value: number) => (range[1] > range[0] ? Math.max(0, Math.min(1, (value - range[0]) / (range[1] - range[0]))) * 40 + 4 : 24);
  return (
    <span className="interval">
      <svg width="48" height="12" aria-hidden="true">
        <line x1="2" x2="46" y1="6" y2="6" className="rail" />
        {low !== null && high !== null && <line x1={x(low)} x2={x(high)} y1="6" y2="6" className="bar" />}
        {at !== null && <circle cx={x(at)} cy="6" r="3" className="dot" />}
      </svg>
      <span>{text}{under && <small className="faint">{under}</small>}</span>
    </span>
  );
}

export const MeanCell = ({ mean, range, digits }: { mean: Mean; range: [number, number]; digits?: number }) => (
  <Interval at={mean.mean} low={mean.low} high={mean.high} range={range} text={interval(mean, digits)} {...(mean.null ? { under: `null ${score(mean.null.mean)}` } : {})} />
);
export const ShareCell = ({ share }: { share: Share }) => (
  <Interval at={share.value} low={share.low} high={share.high} range={[0, 1]} text={share.value === null ? "–" : `${percent(share.value)} [${whole(100 * share.low!)}–${percent(share.high)}]`} />
);
export const MedianCell = ({ median, range }: { median: Median; range: [number, number] }) => (
  <Interval at={median.median} low={median.low} high={median.high} range={range}
    text={median.n === 0 ? "–" : `${median.median === null ? "not reached" : whole(median.median)}${median.low !== null && median.high !== null ? ` [${whole(median.low)}–${whole(median.high)}]` : ""}${median.censored > 0 ? `, ${median.censored} of ${median.n} never` : ""}`} />
);

/** The range of everything that a column of intervals shows. */
export function rangeOf(means: Mean[]): [number, number] {
  const all = means.flatMap((mean) => [mean.mean, mean.low, mean.high]).filter((value): value is number => value !== null);
  return all.length === 0 ? [0, 1] : [Math.min(...all), Math.max(...all)];
}

export function Select({ label, value, options, onChange }: { label: string; value: string; options: [string, string][]; onChange: (value: string) => void }) {
  return (
    <label className="select">
      {label}{" "}
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map(([key, text]) => <option key={key} value={key}>{text}</option>)}
      </select>
    </label>
  );
}

export function Legend({ entries }: { entries: { text: string; colour: string; dash: string }[] }) {
  if (entries.length < 2) return null;
  return (
    <ul className="legend">
      {entries.map((entry) => (
        <li key={entry.text + entry.dash}>
          <svg width="22" height="8" aria-hidden="true"><line x1="0" x2="22" y1="4" y2="4" stroke={entry.colour} strokeWidth="3" strokeDasharray={entry.dash} /></svg>
          {entry.text}
        </li>
      ))}
    </ul>
  );
}

/** A question before something is done, which says what it will do. */
export function Confirm({ label, question, action, danger }: { label: string; question: string; action: () => Promise<unknown>; danger?: boolean }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    try {
      await action();
      dialog.current?.close();
    } catch (wrong) {
      setFailure((wrong as Error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button type="button" onClick={() => { setFailure(null); dialog.current?.showModal(); }}>{label}</button>
      <dialog ref={dialog} aria-label={label}>
        <p>{question}</p>
        {failure && <p role="alert" className="failure">{failure}</p>}
        <div className="row">
          <button type="button" onClick={() => dialog.current?.close()}>Leave it</button>
          <button type="button" className={danger ? "danger" : "primary"} disabled={busy} onClick={() => void go()}>{label}</button>
        </div>
      </dialog>
    </>
  );
}

export function save(name: string, content: Blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A drawing with its title and ways to take it along: as SVG, as PNG, as the numbers behind it. */
export function Figure({ name, title, caption, data, vector = true, children }: { name: string; title?: string; caption?: string; data?: () => string; vector?: boolean; children: ReactNode }) {
  const frame = useRef<HTMLElement>(null);
  const drawing = () => {
    const svg = frame.current?.querySelector<SVGSVGElement>("svg.plot");
    if (!svg) return null;
    const copy = svg.cloneNode(true) as SVGSVGElement;
    const style = getComputedStyle(document.documentElement);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    const text = new XMLSerializer().serializeToString(copy).replace(/var\((--[a-z-]+)\)/g, (_, token: string) => style.getPropertyValue(token).trim());
    return text.replace(/<svg([^>]*)>/, `<svg$1><style>text{font:12px system-ui,sans-serif;fill:${style.getPropertyValue("--ink")}} .name,.tip{font-weight:600} .tip{paint-order:stroke;stroke:${style.getPropertyValue("--ground")};stroke-width:4px} .grid{stroke:${style.getPropertyValue("--line")}} .axis{stroke:${style.getPropertyValue("--ink")}}</style>`);
  };
  const png = () => {
    const canvases = [...(frame.current?.querySelectorAll("canvas") ?? [])];
    if (canvases.length > 0) {
      flatten(canvases).toBlob((content) => content && save(`${name}.png`, content));
      return;
    }
    const text = drawing();
    if (text === null) return;
    const picture = new Image();
    picture.onload = () => {
      const to = document.createElement("canvas");
      [to.width, to.height] = [picture.width * 2, picture.height * 2];
      const context = to.getContext("2d")!;
      context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--ground");
      context.fillRect(0, 0, to.width, to.height);
      context.drawImage(picture, 0, 0, to.width, to.height);
      to.toBlob((content) => content && save(`${name}.png`, content));
    };
    picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  };
  return (
    <figure ref={frame} className="figure">
      {title && <h3>{title}</h3>}
      {children}
      <figcaption>
        {caption} <span className="tools">
          {data && <button type="button" onClick={() => save(`${name}.csv`, new Blob([data()], { type: "text/csv" }))} aria-label={`data of ${name} as CSV`}>data</button>}
          {vector && <button type="button" onClick={() => { const text = drawing(); if (text !== null) save(`${name}.svg`, new Blob([text], { type: "image/svg+xml" })); }} aria-label={`${name} as SVG`}>SVG</button>}
          <button type="button" onClick={png} aria-label={`${name} as PNG`}>PNG</button>
        </span>
      </figcaption>
    </figure>
  );
}

/** The width of an element, as the page is laid out, whenever it appears. */
export function useWidth<T extends HTMLElement>(): [React.RefCallback<T>, number] {
  const [width, setWidth] = useState(800);
  const element = useCallback((found: T | null) => {
    if (!found) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    observer.observe(found);
    return () => observer.disconnect();
  }, []);
  return [element, width];
}
