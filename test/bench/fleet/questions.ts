import { percentile } from "../load.ts";
import type { FleetEngine } from "./engine.ts";

/** What people and the dashboard ask about a whole fleet. */
const QUESTIONS: Readonly<Record<string, string>> = {
  "summary of the fleet": "/overview",
  "machines, a page of 100": "/machines?limit=100",
  "machines of one state, a page of 100": "/machines?limit=100&compliance=noncompliant",
  "machines by a tag, a page of 100": "/machines?limit=100&selector=tag%3Asimulated%3Dyes",
  "missing updates, a page of 100": "/updates?limit=100",
  "missing updates that are critical, a page of 100": "/updates?limit=100&severity=critical",
  "missing updates that are exploited, of which there are none": "/updates?limit=100&exploited=true",
  "missing updates of one name, a page of 100": "/updates?limit=100&name=openssl",
  "missing updates in groups, a page of 100": "/updates/groups?by=update&limit=100",
  "facets of the machines": "/machines/facets",
  "compliance report": "/reports/compliance",
};

export interface Answered {
  what: string;
  /** Milliseconds. */
  p50: number;
  p95: number;
}

/** Each question so many times, one after the other. */
export async function askAll(engine: FleetEngine, times: number): Promise<Answered[]> {
  const answered: Answered[] = [];
  for (const [what, path] of Object.entries(QUESTIONS)) {
    const took: number[] = [];
    for (let n = 0; n < times; n++) {
      const begin = performance.now();
      await engine.ask("GET", path);
      took.push(performance.now() - begin);
    }
    answered.push({ what, p50: percentile(took, 50), p95: percentile(took, 95) });
  }
  return answered;
}
