import type { Why } from "../../../protocol/http/update-policies.ts";
import { Name } from "../../parts/name.tsx";
import { Badge } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";

type Effective = Why["policy"];
const MOST = 8;

/** What all policies together say of a machine, each member with the policy that says it. */
export function Policy({ policy: { fields, exclude, exemptions, policies }, scope }: { policy: Effective; scope: string }) {
  if (policies.length === 0) {
    return (
      <p class="soft">
        No policy lies in <Name text={scope} /> or above it: every update is approved at once.
      </p>
    );
  }
  return (
    <>
      <table class="plain-table">
        <tbody>
          {Object.entries(fields).map(([name, { value, origin, more }]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                <Name text={textOf(value, more)} />
              </td>
              <td class="soft">{origin ? <Name text={origin.policy} /> : "default"}</td>
            </tr>
          ))}
          {exclude.items.length > 0 && (
            <tr>
              <th scope="row">exclude</th>
              <td colSpan={2}>
                <Name
                  text={listText(
                    exclude.items.map(({ mask }) => mask),
                    exclude.more,
                  )}
                />
              </td>
            </tr>
          )}
        </tbody>
      </table>
      {exemptions.items.map(({ updates, owner, reason, expiresAt, isOver, policy }) => (
        <p key={`${policy} ${updates.join()}`}>
          {isOver ? <Badge>ended</Badge> : <Badge tone="warn">exempt</Badge>} <Name text={listText(updates, 0)} />, until <Time at={expiresAt} />:{" "}
          <Name text={reason} />{" "}
          <span class="soft">
            (<Name text={owner} />)
          </span>
        </p>
      ))}
      <ul class="sentences soft">
        {policies.map(({ policy, scope: place, selector, holds }) => (
          <li key={policy}>
            <Name text={policy} /> at <Name text={place} />
            {selector === null ? (
              ""
            ) : (
              <>
                {" "}
                for <Name text={selector} />
              </>
            )}
            {holds ? "" : ": not for this machine"}
          </li>
        ))}
      </ul>
    </>
  );
}

function listText(values: readonly string[], more: number): string {
  const left = values.length + more - Math.min(values.length, MOST);
  return `${values.slice(0, MOST).join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
}

function textOf(value: unknown, more: number): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : listText(value.map(String), more);
  return typeof value === "string" ? value : JSON.stringify(value);
}
