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

function refresh(client: QueryClient, sweeps: string[] | null) {
  void client.invalidateQueries({
    predicate: ({ queryKey: [path] }) =>
      typeof path === "string" && path !== "tables" && (sweeps === null || path === "sweeps" || path.startsWith("runs/") || sweeps.some((id) => path.startsWith(`sweeps/${id}`))),
  });
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

/** An answer of the API that follows events, asked for at most once in so many milliseconds. */
export function useLive<T>(path: string | null, everyMs = 500) {
  return useQuery<T>({
    queryKey: [path],
    enabled: path !== null,
    queryFn: async ({ signal }) => {
      const [answer] = await Promise.all([get<T>(path!, signal), asked.has(path!) ? new Promise((done) => setTimeout(done, everyMs)) : null]);
      asked.add(path!);
      return answer;
    },
    placeholderData: (before) => before,
  });
}

const asked = new Set<string>();
