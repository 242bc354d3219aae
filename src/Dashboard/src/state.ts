import { useCallback } from "react";
import { useSearch } from "wouter";
import { navigate } from "wouter/use-browser-location";

/** A piece of a view's state that lives in the address, so that a link is a figure. */
export function useParam(name: string, otherwise: string): [string, (value: string) => void] {
  const search = useSearch();
  const value = new URLSearchParams(search).get(name) ?? otherwise;
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
