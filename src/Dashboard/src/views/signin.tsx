import { useState } from "react";
import { post } from "../api/client";

/** Begins a session with the server's token. */
export function SignIn() {
  const [token, setToken] = useState("");
  const [failure, setFailure] = useState<string | null>(null);
  const go = async () => {
    try {
      await post("session", { token });
      window.location.assign("/");
    } catch (wrong) {
      setFailure((wrong as Error).message);
    }
  };
  return (
    <form className="signin" onSubmit={(event) => { event.preventDefault(); void go(); }}>
      <h1>Sign in</h1>
      <label>The server's token <input type="password" autoComplete="current-password" value={token} onChange={(event) => setToken(event.target.value)} /></label>
      {failure && <p role="alert" className="failure">{failure}</p>}
      <button type="submit" className="primary">sign in</button>
      <p className="faint">It is kept as a session of twelve hours that no script can read. The token stands in the file that the server was started with (<code>--token-file</code>).</p>
    </form>
  );
}
