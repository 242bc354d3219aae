import { useCallback, useEffect, useState } from "react";
import { navigate, useSearch } from "wouter/use-browser-location"; // as it is: wouter's own decodes it, and so would again what reads it

/** A piece of a view's state that lives in the address, so that a link is a figure. What is not among the choices, where they are known, is as if it were not there. */
export function useParam(name: string, otherwise: string, among?: readonly string[]): [string, (value: string) => void] {
  const search = useSearch();
  const given = new URLSearchParams(search).get(name) ?? otherwise;
  const value = among && !among.includes(given) ? otherwise : given;
  const set = useCallback(
    (next: string) => {
      const params = new URLSearchParams(window.location.search);
      if (next === otherwise) params.delete(name);
      else params.set(name, next);
      const text = params.toString();
      navigate(window.location.pathname + (text ? `?${text}` : ""), { replace: true });
    },
    [name, otherwise],
  );
  return [value, set];
}

/** The snapshot that a page is at: the last one, or that of the address if there is one of that step. */
export function useStep(steps: readonly number[]): [number | undefined, (step: string) => void] {
  const [step, setStep] = useParam("step", "", steps.map(String));
  return [step === "" ? steps.at(-1) : Number(step), setStep];
}

/** A value once it has not changed for a while: what is typed is not asked letter by letter. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

/** What the browser calls a page in its tabs and its history. */
export function useTitle(...parts: string[]) {
  const title = `${parts.join(" · ")} – Orchestrator`;
  useEffect(() => { document.title = title; }, [title]);
}
