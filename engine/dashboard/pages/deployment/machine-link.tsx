import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { usePage } from "../../parts/page-context.ts";

/** Shows one machine of the deployment on the same page; the rest of what narrows it stays. */
export function MachineLink({ name, tabIndex }: { name: string; tabIndex?: number }) {
  const { location } = usePage();
  const { path, query } = location.place.value;
  return (
    <Link to={`${path}?${new URLSearchParams({ ...query, machine: name })}`} {...(tabIndex === undefined ? {} : { tabIndex })}>
      <Name text={name} longest={80} />
    </Link>
  );
}
