import { Page } from "../parts/page.tsx";

export function Assets() {
  return <Page title="Assets">{null}</Page>;
}
