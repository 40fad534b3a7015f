import { Page } from "../parts/page.tsx";

export function Runbook() {
  return <Page title="Runbook">{null}</Page>;
}
