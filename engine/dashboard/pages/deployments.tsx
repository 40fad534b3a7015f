import { Page } from "../parts/page.tsx";

export function Deployments() {
  return <Page title="Deployments">{null}</Page>;
}
