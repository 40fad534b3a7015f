import { Page } from "../parts/page.tsx";

export function Webhook() {
  return <Page title="Webhook">{null}</Page>;
}
