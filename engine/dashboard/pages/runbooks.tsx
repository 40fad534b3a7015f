import { Page } from "../parts/page.tsx";

export function Runbooks() {
  return <Page title="Runbooks">{null}</Page>;
}
