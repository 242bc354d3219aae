import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { get } from "./client";

let connected = true;
const listeners = new Set<() => void>();

function setConnected(value: boolean) {
  if (value === connected) return;
  connected = value;
  for (const listener of listeners) listener();
}

/** Whether the server's events arrive; what is shown is kept, greyed, while they do not. */
export function useConnected(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => connected,
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

/** One stream of events a tab: views ask again for what an event names. */
export function useEvents() {
  const client = useQueryClient();
  useEffect(() => {
    const source = new EventSource("/api/v1/events");
    source.addEventListener("open", () => setConnected(true));
    source.addEventListener("error", () => setConnected(false)); // the browser comes back by itself, and says what it saw last
    source.addEventListener("changed", (event) => refresh(client, (JSON.parse((event as MessageEvent<string>).data) as { sweeps: string[] | null }).sweeps));
    return () => source.close();
  }, [client]);
}

/** An answer of the API that follows events, asked for at most once in so many milliseconds, however many events there are. */
export function useLive<T>(path: string | null, everyMs = 500, ask: (path: string, signal: AbortSignal, age: number) => Promise<T> = get) {
  if (path !== null) pace.set(path, everyMs);
  return useQuery<T>({ queryKey: [path], enabled: path !== null, queryFn: ({ signal }) => ask(path!, signal, Math.floor(everyMs / 1_000)), placeholderData: (before) => before });
}
