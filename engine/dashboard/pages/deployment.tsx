import { Page } from "../parts/page.tsx";

export function Deployment() {
  return <Page title="Deployment">{null}</Page>;
}
