import { ACTIONS, type Action, ROLES, type Role } from "../../../core/role.ts";
import { Sheet } from "../../parts/page.tsx";

const SAYS: Readonly<Record<Role, string>> = {
  reader: "Sees",
  operator: "Runs what is there, and all that a reader may",
  author: "Changes what runs, and all that an operator may",
  admin: "Decides who may what, and all that an author may",
};

const actionsOf = (role: Role): Action[] => Object.entries(ACTIONS).flatMap(([action, least]) => (least === role && isAction(action) ? [action] : []));
const isAction = (text: string): text is Action => Object.hasOwn(ACTIONS, text);

/** What each role allows. It is given at a scope, and holds for all below. */
export function Roles() {
  return (
    <div class="columns roles">
      {ROLES.map((role) => (
        <Sheet key={role} name={role}>
          <p>{SAYS[role]}.</p>
          <ul class="words mono">
            {actionsOf(role).map((action) => (
              <li key={action}>{action}</li>
            ))}
          </ul>
        </Sheet>
      ))}
    </div>
  );
}
