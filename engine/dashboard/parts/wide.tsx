import type { ComponentChildren } from "preact";

/** What may be wider than its place, and is scrolled then: by keyboard as well. */
export function Wide({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it nobody scrolls it by keyboard (axe: scrollable-region-focusable)
    <section class="wide" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
