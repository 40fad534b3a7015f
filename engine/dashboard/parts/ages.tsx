import type { Overview } from "../../protocol/http/overview.ts";
import { ageMatrix } from "../model/ages.ts";
import { countText } from "../model/words.ts";
import { Wide } from "./wide.tsx";

/** Missing updates by age. A cell is the darker the more of all it has; the number says how many. */
export function Ages({ byAge }: { byAge: NonNullable<Overview["updates"]>["byAge"] }) {
  const { ages, rows } = ageMatrix(byAge);
  const most = Math.max(1, ...rows.slice(0, -1).flatMap(({ counts }) => counts));
  return (
    <Wide label="Missing updates by age">
      <table class="plain-table ages">
        <thead>
          <tr>
            <th scope="col">Known for</th>
            {ages.map((age) => (
              <th key={age} scope="col" class="number">
                {age}
              </th>
            ))}
            <th scope="col" class="number">
              all
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, counts, all }) => (
            <tr key={name} class={name === "all" ? "total" : ""}>
              <th scope="row">{name}</th>
              {counts.map((count, index) => (
                <td key={ages[index]} class={`number heat-${name}`} style={{ "--heat": name === "all" || count === 0 ? 0 : 0.15 + 0.85 * (count / most) }}>
                  {countText(count)}
                </td>
              ))}
              <td class="number">{countText(all)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}
