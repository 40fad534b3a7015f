import type { Place } from "./findings.ts";

export interface StatusWords {
  text: string;
  detail: string;
  command?: { title: string; command: string };
}

const WHY: Readonly<Record<(Place & { kind: "nowhere" })["why"], StatusWords>> = {
  untrusted: {
    text: "Not checked: restricted",
    detail: "Runbooks are checked once this workspace is trusted",
    command: { title: "Manage", command: "workbench.trust.manage" },
  },
  signedOut: {
    text: "Not checked: no engine",
    detail: "Install runwright in the workspace, or sign in to an engine",
    command: { title: "Sign In", command: "runwright.signIn" },
  },
};

export const placeWords = (place: Exclude<Place, { kind: "nowhere" }>): string =>
  place.kind === "workspace" ? `the workspace's runwright ${place.program.version}` : `the engine ${place.address}`;

/** Where a runbook is checked, for people. */
export function statusWords(place: Place, problem: string | undefined): StatusWords {
  if (place.kind === "nowhere") return WHY[place.why];
  const where = placeWords(place);
  return problem === undefined
    ? { text: `Checked by ${where}`, detail: "As publishing checks it" }
    : { text: "Couldn't be checked", detail: `${where}: ${problem}` };
}
