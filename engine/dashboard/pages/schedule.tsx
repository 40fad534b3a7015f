import { Page } from "../parts/page.tsx";

export function Schedule() {
  return <Page title="Schedule">{null}</Page>;
}
