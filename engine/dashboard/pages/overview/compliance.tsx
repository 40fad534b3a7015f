import { COMPLIANCE_STATES } from "../../../core/update.ts";
import type { Overview } from "../../../protocol/http/overview.ts";
import { withQuery } from "../../model/engine.ts";
import { countText, shareText } from "../../model/words.ts";
import { Empty, type Figured, Figures, Sheet } from "../../parts/page.tsx";
import { PartsBar } from "../../parts/parts-bar.tsx";

/** How many machines are as they should be, and what keeps the others from it. */
export function Compliance({ machines, selector }: { machines: NonNullable<Overview["machines"]>; selector: string }) {
  const { total, connected, byCompliance, rebootPending, withHeld, withExemptions } = machines;
  if (total === 0)
    return (
      <Sheet name="Compliance">
        <Empty says="No machine to look at.">
          Give one a join token: <code>runwright agent token create --tag role=web</code>
        </Empty>
      </Sheet>
    );
  const figures: Figured[] = [
    { name: "compliant", value: shareText(byCompliance.compliant, total), tone: byCompliance.compliant === total ? "good" : undefined },
    { name: total === 1 ? "machine" : "machines", value: countText(total), to: withQuery("/machines", { selector }) },
    { name: "connected", value: countText(connected), to: withQuery("/machines", { selector: `${selector} state=online`.trim() }) },
    { name: "want a reboot", value: countText(rebootPending) },
    { name: "with held packages", value: countText(withHeld) },
    { name: "with exemptions", value: countText(withExemptions) },
  ];
  return (
    <Sheet name="Compliance">
      <Figures figures={figures} />
      <PartsBar
        label="Machines by compliance"
        parts={COMPLIANCE_STATES.map((state) => ({ word: state, count: byCompliance[state], to: withQuery("/machines", { selector, compliance: state }) }))}
      />
    </Sheet>
  );
}
