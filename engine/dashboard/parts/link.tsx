import type { ComponentChildren } from "preact";
import { usePage } from "./page-context.ts";

export interface LinkProps {
  to: string;
  children: ComponentChildren;
  class?: string;
  title?: string;
  /** -1 within a table's row, which has the focus itself. */
  tabIndex?: number;
  "aria-current"?: "page";
  "aria-label"?: string;
  onFocus?(): void;
  onKeyDown?(event: KeyboardEvent): void;
}

/** A link within the dashboard: without loading it anew, unless the reader wants another tab. */
export function Link({ to, children, ...rest }: LinkProps) {
  const { location } = usePage();
  return (
    <a {...rest} href={to} onClick={(event) => follow(event, () => location.go(to))}>
      {children}
    </a>
  );
}

export function follow(event: MouseEvent, go: () => void): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go();
}
