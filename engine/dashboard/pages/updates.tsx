import { Page } from "../parts/page.tsx";

export function Updates() {
  return <Page title="Updates">{null}</Page>;
}
