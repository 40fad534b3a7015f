import { type ComponentChildren, Fragment } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Link } from "./link.tsx";

/** The first page begins where the browser does. */
let isLater = false;

/** A page with its name, what can be done on it, and where it belongs. */
export function Page({
  title,
  heading,
  trail = [],
  actions,
  children,
}: {
  /** Of the browser's tab. */
  title: string;
  /** What stands above; the title without it. */
  heading?: ComponentChildren;
  trail?: readonly { name: string; to: string }[];
  actions?: ComponentChildren;
  children: ComponentChildren;
}) {
  useEffect(() => {
    document.title = `${title} · Runwright`;
  }, [title]);
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    // The link that led here has gone with its page: whoever reads by ear or keyboard goes on at the new one's begin.
    if (isLater && document.activeElement === document.body) main.current?.focus({ preventScroll: true });
    isLater = true;
  }, []);
  return (
    <main class="page" id="main" tabIndex={-1} ref={main}>
      <header>
        {trail.map(({ name, to }) => (
          <span class="trail" key={to}>
            <Link to={to}>{name}</Link> <span aria-hidden="true">/</span>
          </span>
        ))}
        <h1>{heading ?? title}</h1>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </main>
  );
}

/** A sheet under a name. */
export function Sheet({ name, children, padded = true, aside }: { name?: string; children: ComponentChildren; padded?: boolean; aside?: ComponentChildren }) {
  return (
    <section class={`sheet stack ${padded ? "padded" : ""}`}>
      {name && <h2>{name}</h2>}
      {aside}
      {children}
    </section>
  );
}

/** Nothing is here: what that means, and what to do next. */
export function Empty({ says, children }: { says: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <strong>{says}</strong>
      {children && <div>{children}</div>}
    </div>
  );
}

/** Parts of a page under names; which one is shown stands in the address. */
export function Tabs({ tabs, current, label }: { tabs: readonly { name: string; to: string; id: string }[]; current: string; label: string }) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ name, to, id }) => (
        <Link key={id} to={to} aria-current={id === current ? "page" : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  );
}

export interface Figured {
  name: string;
  value: ComponentChildren;
  to?: string;
  tone?: "good" | "warn" | "bad" | "busy" | "quiet";
}

/** Numbers at a glance. */
export function Figures({ figures }: { figures: readonly Figured[] }) {
  return (
    <div class="figures">
      {figures.map(({ name, value, to, tone }) => {
        const inside = (
          <>
            <span class={`value ${tone ? `tone-${tone}` : ""}`}>{value}</span>
            <span class="name">{name}</span>
          </>
        );
        return to ? (
          <Link key={name} class="figure" to={to}>
            {inside}
          </Link>
        ) : (
          <span key={name} class="figure">
            {inside}
          </span>
        );
      })}
    </div>
  );
}

/** Names and what they are, below each other. */
export function Facts({ facts }: { facts: readonly (readonly [ComponentChildren, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value], index) => (
        <Fragment key={index}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
