import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { StrictMode, useCallback, useEffect, useRef } from "react";
import { createRoot } from "react-dom/client";
import { Link, Route, Switch, useLocation, useSearch } from "wouter";
import { end, get, lastAnswer, Refused, type Session } from "./api/client";
import { useEvents, useLink } from "./api/live";
import { SignInLink } from "./components/parts";
import "./page.css";
import { Circuits } from "./views/circuits";
import { Compare } from "./views/compare";
import { Head } from "./views/head";
import { Heads } from "./views/heads";
import { Query } from "./views/query";
import { Run } from "./views/run";
import { Runs } from "./views/runs";
import { SignIn } from "./views/signin";
import { Submit } from "./views/submit";
import { Sweep } from "./views/sweep";
import { Sweeps } from "./views/sweeps";
import { useTitle } from "./state";
import { Workers } from "./views/workers";

const client = new QueryClient({
  defaultOptions: { queries: { staleTime: 2_000, refetchOnWindowFocus: true, retry: (count, wrong) => !(wrong instanceof Refused) && count < 5 } },
});

const keys: [string, string][] = [
  ["/", "search the runs of this view"], ["g s", "all sweeps"], ["g w", "workers"], ["g q", "query"], ["g n", "submit a new sweep"], ["j k", "rows down and up"], ["↑ ↓", "at an axis of heads or runs: move a range along it; with shift its end; Esc frees it"], ["?", "this help"],
];

/** Keys that work everywhere but in a field. */
function useKeys(help: () => void) {
  const [, go] = useLocation();
  useEffect(() => {
    let before = "";
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || (event.target as HTMLElement).closest("input, textarea, select")) return;
      if (event.key === "?") help();
      else if (document.querySelector("dialog[open]")) return;
      else if (event.key === "/") {
        const field = document.querySelector<HTMLInputElement>("input[type=search]");
        if (field) {
          event.preventDefault();
          field.focus();
        }
      } else if (before === "g" && event.key === "s") go("/");
      else if (before === "g" && event.key === "w") go("/workers");
      else if (before === "g" && event.key === "q") go("/query");
      else if (before === "g" && event.key === "n") go("/submit");
      before = event.key;
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [go, help]);
}

/** Ends the session, where there is one. */
function SignOut() {
  const session = useQuery({ queryKey: ["session"], queryFn: ({ signal }) => get<Session>("session", signal) });
  if (!session.data?.needed || !session.data.signed_in) return null;
  return <button type="button" onClick={() => void end("session").then(() => window.location.assign("/sign-in"))}>sign out</button>;
}

/** That the session is over, and of when is what is shown; on the page that begins one that is known. */
function SignedOut() {
  useLocation(); // the way back is to where the page is now
  useSearch();
  const last = lastAnswer();
  if (window.location.pathname === "/sign-in") return null;
  return <p className="out" role="status">{last ? `Signed out: what is shown is of ${last.toTimeString().slice(0, 5)}.` : "Signed out: this server wants a token."} <SignInLink /></p>;
}

function Nowhere() {
  useTitle("not found");
  return <p className="state">There is nothing at this address. <Link href="/">All sweeps</Link></p>;
}

function Page() {
  const help = useRef<HTMLDialogElement>(null);
  const link = useLink();
  useEvents();
  const turn = useCallback(() => (help.current?.open ? help.current.close() : help.current?.showModal()), []);
  useKeys(turn);
  return (
    <>
      <a className="skip" href="#main">skip to the view</a>
      <header>
        <nav aria-label="places">
          <Link href="/" className="brand">Orchestrator</Link> <Link href="/">sweeps</Link> <Link href="/submit">submit</Link> <Link href="/query">query</Link> <Link href="/workers">workers</Link>
        </nav>
        <span><a href="/reference">API</a> <SignOut /> <button type="button" onClick={turn} aria-label="keyboard help">?</button></span>
      </header>
      {link === "lost" && <p className="lost" role="status">The connection to the server is lost: what is shown was true before. The page comes back by itself.</p>}
      {link === "signed out" && <SignedOut />}
      <dialog ref={help} className="help" aria-label="keys">
        <dl>{keys.map(([key, does]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{does}</dd></div>)}</dl>
        <button type="button" onClick={turn}>close</button>
      </dialog>
      <main id="main" className={link === "lost" ? "stale" : ""}>
        <Switch>
          <Route path="/"><Sweeps /></Route>
          <Route path="/sign-in"><SignIn /></Route>
          <Route path="/submit"><Submit /></Route>
          <Route path="/query"><Query /></Route>
          <Route path="/workers"><Workers /></Route>
          <Route path="/sweeps/:id">{({ id }) => <Sweep id={id} />}</Route>
          <Route path="/sweeps/:id/heads">{({ id }) => <Heads id={id} />}</Route>
          <Route path="/sweeps/:id/circuits">{({ id }) => <Circuits id={id} />}</Route>
          <Route path="/sweeps/:id/runs">{({ id }) => <Runs id={id} />}</Route>
          <Route path="/sweeps/:id/compare">{({ id }) => <Compare id={id} />}</Route>
          <Route path="/runs/:id">{({ id }) => <Run id={id} />}</Route>
          <Route path="/runs/:id/heads/:head">{({ id, head }) => <Head id={id} head={head} />}</Route>
          <Route><Nowhere /></Route>
        </Switch>
      </main>
    </>
  );
}

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={client}><Page /></QueryClientProvider>
  </StrictMode>,
);
