import { Page } from "../parts/page.tsx";

export function Update() {
  return <Page title="Update">{null}</Page>;
}
