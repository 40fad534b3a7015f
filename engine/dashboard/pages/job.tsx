import { Page } from "../parts/page.tsx";

export function Job() {
  return <Page title="Job">{null}</Page>;
}
