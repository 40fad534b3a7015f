import { Page } from "../parts/page.tsx";

export function Activity() {
  return <Page title="Activity">{null}</Page>;
}
