import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** A list, and next to it what was chosen in it; on a narrow screen that lies above the list. */
export function Beside({ children, aside }: { children: ComponentChildren; aside?: ComponentChildren }) {
  return (
    <div class="beside">
      <div class="stack">{children}</div>
      {aside}
    </div>
  );
}

/** What was chosen, with its name. Escape closes it, and whoever came from a row is there again. */
export function Aside({ name, heading, onClose, children }: { name: string; heading?: ComponentChildren; onClose(): void; children: ComponentChildren }) {
  const element = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    if (!(before instanceof HTMLElement) || before.dataset.row === undefined) return;
    const { row } = before.dataset;
    const list = before.closest(".scroll");
    element.current?.focus({ preventScroll: true });
    return () => list?.querySelector<HTMLElement>(`[data-row="${Number(row)}"]`)?.focus({ preventScroll: true });
  }, []);
  return (
    <aside
      class="sheet aside"
      aria-label={name}
      tabIndex={-1}
      ref={element}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <header>
        <h2>{heading ?? name}</h2>
        <button type="button" class="button plain" onClick={onClose}>
          Close
        </button>
      </header>
      <div class="stack">{children}</div>
    </aside>
  );
}
