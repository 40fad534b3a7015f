import { Page } from "../parts/page.tsx";

export function Reports() {
  return <Page title="Reports">{null}</Page>;
}
