import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { get, onSignedOut, type Session } from "./client";

type Link = "connected" | "lost" | "signed out";
type Heard = { link: Link } | { sweeps: string[] | null };

let link: Link = "connected";
const listeners = new Set<() => void>();

function setLink(value: Link) {
  if (value === link) return;
  link = value;
  for (const listener of listeners) listener();
}

/** Whether the server's events arrive; what is shown is kept, greyed, while the connection is lost. */
export function useLink(): Link {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => link,
  );
}

const pace = new Map<string, number>();
const asked = new Map<string, number>();
const waiting = new Set<string>();

/** Asks again, not sooner than the path's pace allows, and never while an answer is under way: an event during either asks once more afterwards. */
function again(client: QueryClient, path: string) {
  if (waiting.has(path)) return;
  waiting.add(path);
  const wait = () => {
    if (document.hidden) { // a page that nobody looks at asks when somebody does
      document.addEventListener("visibilitychange", wait, { once: true });
      return;
    }
    if (client.isFetching({ queryKey: [path], exact: true }) > 0) {
      setTimeout(wait, 200);
      return;
    }
    waiting.delete(path);
    asked.set(path, Date.now());
    void client.invalidateQueries({ queryKey: [path], exact: true });
  };
  setTimeout(wait, Math.max(0, (asked.get(path) ?? 0) + (pace.get(path) ?? 500) - Date.now()));
}

function refresh(client: QueryClient, sweeps: string[] | null) {
  for (const { queryKey: [path] } of client.getQueryCache().findAll({ type: "active" })) {
    if (typeof path === "string" && path !== "tables" && (sweeps === null || path === "sweeps" || path.startsWith("runs/") || sweeps.some((id) => path.startsWith(`sweeps/${id}`)))) again(client, path);
  }
}

/** The server's stream of events, until it is ended. Who is not signed in, or is turned away, asks again after a while: the browser does not. */
function listen(tell: (heard: Heard) => void): () => void {
  let source: EventSource | null = null;
  let later: number | undefined;
  let over = false;
  const open = async () => {
    const session = await get<Session>("session").catch(() => null);
    if (over) return;
    if (!session?.signed_in) {
      tell({ link: session ? "signed out" : "lost" });
      later = window.setTimeout(() => void open(), 3_000);
      return;
    }
    source = new EventSource("/api/v1/events");
    source.addEventListener("open", () => tell({ link: "connected" }));
    source.addEventListener("error", () => { // the browser comes back by itself, and says what it saw last, unless it was refused
      if (source?.readyState !== EventSource.CLOSED) tell({ link: "lost" });
      else later = window.setTimeout(() => void open(), 1_000);
    });
    source.addEventListener("changed", (event) => tell({ sweeps: (JSON.parse((event as MessageEvent<string>).data) as { sweeps: string[] | null }).sweeps }));
  };
  void open();
  return () => {
    over = true;
    clearTimeout(later);
    source?.close();
  };
}

/** One stream for all tabs of a browser, which opens few connections to a host: the tab that has the lock tells the others what it hears. When it closes, the next takes over; a new stream says first that anything may have changed. */
function share(hear: (heard: Heard) => void): () => void {
  const over = new AbortController();
  const channel = new BroadcastChannel("orchestrator-events");
  let close: (() => void) | null = null;
  const tell = (heard: Heard) => {
    hear(heard);
    channel.postMessage(heard);
  };
  channel.addEventListener("message", ({ data }: MessageEvent<Heard | "asks">) => {
    if (data !== "asks") hear(data);
    else if (close) channel.postMessage({ link } satisfies Heard);
  });
  channel.postMessage("asks");
  const lead = () => new Promise<void>((resolve) => {
    close = listen(tell);
    over.signal.addEventListener("abort", () => resolve());
  });
  navigator.locks.request("orchestrator-events", { signal: over.signal }, lead).catch(() => undefined);
  return () => {
    over.abort();
    close?.();
    channel.close();
  };
}

/** Where tabs cannot agree, because the page came by plain HTTP, a tab that nobody looks at has no stream. */
function whileVisible(hear: (heard: Heard) => void): () => void {
  let close: (() => void) | null = null;
  const look = () => {
    close?.();
    close = document.hidden ? null : listen(hear);
  };
  look();
  document.addEventListener("visibilitychange", look);
  return () => {
    document.removeEventListener("visibilitychange", look);
    close?.();
  };
}

/** Views ask again for what an event of the server names. */
export function useEvents() {
  const client = useQueryClient();
  useEffect(() => {
    const hear = (heard: Heard) => ("link" in heard ? setLink(heard.link) : refresh(client, heard.sweeps));
    let later: number | undefined;
    const look = async () => { // a stream that began before the session ended may go on, and says nothing of it
      later = undefined;
      const session = await get<Session>("session").catch(() => null);
      if (session?.signed_in) {
        setLink("connected");
        refresh(client, null);
      } else if (link === "signed out") later ??= window.setTimeout(() => void look(), 3_000);
    };
    onSignedOut(() => {
      setLink("signed out");
      later ??= window.setTimeout(() => void look(), 3_000);
    });
    const close = (navigator.locks as LockManager | undefined) ? share(hear) : whileVisible(hear);
    return () => {
      clearTimeout(later);
      onSignedOut(() => undefined);
      close();
    };
  }, [client]);
}

/** An answer of the API that follows events, asked for at most once in so many milliseconds, however many events there are. */
export function useLive<T>(path: string | null, everyMs = 500, ask: (path: string, signal: AbortSignal, age: number) => Promise<T> = get) {
  if (path !== null) pace.set(path, everyMs);
  return useQuery<T>({ queryKey: [path], enabled: path !== null, queryFn: ({ signal }) => ask(path!, signal, Math.floor(everyMs / 1_000)), placeholderData: (before) => (path === null ? undefined : before) });
}
