import { findCutOff, leftOfRestores, stepOf, toldOf } from "../../backup/cut-off.ts";
import { type Finding, problem, warning } from "./finding.ts";

/** What restores have left that were ended in the middle, beside the data directory. */
export async function checkRestores(directory: string): Promise<Finding[]> {
  const found = await findCutOff(directory);
  if (found?.isTaken)
    return [
      warning(
        "restore",
        `${toldOf(found)}; something else is in its place by now`,
        `if you mean what was restored, stop the engine, move ${found.directory} aside, and ${stepOf(found)}; else remove ${found.staging}`,
      ),
    ];
  if (found) return [problem("restore", toldOf(found), `start the engine, which does that step first; or by hand, ${stepOf(found)}`)];
  const left = await leftOfRestores(directory);
  if (left.length === 0) return [];
  return [
    warning(
      "restore",
      `a restore was ended before it had checked all, and has left ${left.join(" and ")}: records in the clear`,
      `if none is at work now, remove that: rm -r ${left.join(" ")}`,
    ),
  ];
}
