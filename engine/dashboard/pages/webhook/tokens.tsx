import { listOf, memberOf, textOf } from "../../../core/loosely.ts";
import type { Resource } from "../../../protocol/http/resources.ts";
import { Name } from "../../parts/name.tsx";
import { Sheet } from "../../parts/page.tsx";
import { Time } from "../../parts/time.tsx";

/** The addresses that lead to it, as far as they may be shown: of a token nothing but who made it. */
export function Tokens({ webhook: { state } }: { webhook: Resource }) {
  const tokens = listOf(state.tokens);
  return (
    <Sheet name="Addresses">
      {tokens.length === 0 ? (
        <p>It has none yet: nobody can reach it. “New address” makes one.</p>
      ) : (
        <div class="wide">
          <table class="plain-table">
            <thead>
              <tr>
                <th scope="col">Address</th>
                <th scope="col">Made by</th>
                <th scope="col" class="number">
                  Made
                </th>
                <th scope="col" class="number">
                  Ends
                </th>
              </tr>
            </thead>
            <tbody>
              {tokens.map((token, index) => (
                <tr key={index}>
                  <td>
                    <code>/hooks/rwh_…</code>
                  </td>
                  <td>
                    <Name text={textOf(memberOf(token, "createdBy")) ?? ""} longest={60} />
                  </td>
                  <td class="number">
                    <Time at={textOf(memberOf(token, "createdAt"))} />
                  </td>
                  <td class="number">{memberOf(token, "endsAt") === null ? "with it" : <Time at={textOf(memberOf(token, "endsAt"))} />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p class="soft">An address is a secret. It is shown once, when it is made, and kept as a hash.</p>
    </Sheet>
  );
}
