import type { Token } from "../../../protocol/http/access.ts";
import { Name } from "../../parts/name.tsx";

/** Roles and where they hold. */
export function Grants({ grants, most = 3 }: { grants: Token["grants"]; most?: number }) {
  if (grants.length === 0) return <span class="soft">nothing</span>;
  return (
    <span class="badges">
      {grants.slice(0, most).map(({ role, scope }) => (
        <span class="tag" key={`${role} ${scope}`}>
          {role} <Name text={scope} longest={60} />
        </span>
      ))}
      {grants.length > most && <span class="soft">+{grants.length - most}</span>}
    </span>
  );
}
