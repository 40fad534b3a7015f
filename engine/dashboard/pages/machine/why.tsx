import { groupPath } from "../../model/update-group.ts";
import { Aside } from "../../parts/beside.tsx";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { WhyUpdate } from "../../parts/why.tsx";

/** Why policies say what they say of one missing update of a machine, and where else it is missing. */
export function UpdateWhy({ machine, update, onClose }: { machine: string; update: string; onClose(): void }) {
  return (
    <Aside name={`Why ${update}`} heading={<Name text={update} longest={80} />} onClose={onClose}>
      <WhyUpdate machine={machine} update={update} />
      <Link to={groupPath("update", update)}>Where else it is missing</Link>
    </Aside>
  );
}
