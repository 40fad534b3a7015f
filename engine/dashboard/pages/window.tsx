import { Page } from "../parts/page.tsx";

export function Window() {
  return <Page title="Window">{null}</Page>;
}
