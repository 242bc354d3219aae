import { useState } from "react";
import { post } from "../api/client";
import { useTitle } from "../state";

/** Where to go after: an address of this page, whoever wrote the link. */
function wanted(): string {
  const to = new URLSearchParams(window.location.search).get("to") ?? "/";
  const { origin } = window.location;
  return to.startsWith("/") && URL.canParse(to, origin) && new URL(to, origin).origin === origin ? new URL(to, origin).href : "/";
}

/** Begins a session with a token of the server. */
export function SignIn() {
  useTitle("sign in");
  const [token, setToken] = useState("");
  const [failure, setFailure] = useState<string | null>(null);
  const go = async () => {
    try {
      await post("session", { token });
      window.location.assign(wanted());
    } catch (wrong) {
      setFailure((wrong as Error).message);
    }
  };
  return (
    <form className="signin" onSubmit={(event) => { event.preventDefault(); void go(); }}>
      <h1>Sign in</h1>
      <label>A token of the server <input type="password" autoComplete="current-password" value={token} onChange={(event) => setToken(event.target.value)} /></label>
      {failure && <p role="alert" className="failure">{failure}</p>}
      <button type="submit" className="primary">sign in</button>
      <p className="faint">It is kept as a session of twelve hours that no script can read. <code>./orchestrator token create NAME --scope submit</code> makes one where the server runs, and shows it once.</p>
    </form>
  );
}
