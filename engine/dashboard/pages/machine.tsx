import { Page } from "../parts/page.tsx";

export function Machine() {
  return <Page title="Machine">{null}</Page>;
}
