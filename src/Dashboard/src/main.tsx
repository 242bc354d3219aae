import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { Link, Route, Switch, useLocation } from "wouter";
import { Refused } from "./api/client";
import { useEvents, useLink } from "./api/live";
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
import { Workers } from "./views/workers";

const client = new QueryClient({
  defaultOptions: { queries: { staleTime: 2_000, refetchOnWindowFocus: true, retry: (count, wrong) => !(wrong instanceof Refused) && count < 5 } },
});

const keys: [string, string][] = [
  ["/", "search the runs of this view"], ["g s", "all sweeps"], ["g w", "workers"], ["g q", "query"], ["g n", "submit a new sweep"], ["j k", "rows down and up"], ["?", "this help"],
];

/** Keys that work everywhere but in a field. */
function useKeys(help: () => void) {
  const [, go] = useLocation();
  useEffect(() => {
    let before = "";
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || (event.target as HTMLElement).closest("input, textarea, select")) return;
      if (event.key === "?") help();
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

function Page() {
  const [help, setHelp] = useState(false);
  const link = useLink();
  useEvents();
  useKeys(() => setHelp((shown) => !shown));
  return (
    <>
      <a className="skip" href="#main">skip to the view</a>
      <header>
        <nav aria-label="places">
          <Link href="/" className="brand">Orchestrator</Link> <Link href="/">sweeps</Link> <Link href="/submit">submit</Link> <Link href="/query">query</Link> <Link href="/workers">workers</Link>
        </nav>
        <span><a href="/reference">API</a> <button type="button" onClick={() => setHelp(true)} aria-label="keyboard help">?</button></span>
      </header>
      {link === "lost" && <p className="lost" role="status">The connection to the server is lost: what is shown was true before. The page comes back by itself.</p>}
      {help && (
        <div className="help" role="dialog" aria-label="keys">
          <dl>{keys.map(([key, does]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{does}</dd></div>)}</dl>
          <button type="button" onClick={() => setHelp(false)}>close</button>
        </div>
      )}
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
          <Route><p className="state">There is nothing at this address. <Link href="/">All sweeps</Link></p></Route>
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
