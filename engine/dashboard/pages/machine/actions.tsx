import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Action } from "../../../core/role.ts";
import type { Machine } from "../../../protocol/http/machines.ts";
import { mayAt } from "../../model/rights.ts";
import { usePage } from "../../parts/page-context.ts";
import { Assess } from "./assess.tsx";
import { EditTags } from "./edit-tags.tsx";
import { Remove, Rename } from "./rename.tsx";

type Ask = (parts: { machine: Machine; onClose(): void }) => JSX.Element;

const ACTIONS: readonly { name: string; needs: Action; asks: Ask; isGrave?: true }[] = [
  { name: "Assess now", needs: "update.assess", asks: Assess },
  { name: "Edit tags", needs: "machine.tag", asks: EditTags },
  { name: "Rename", needs: "machine.rename", asks: Rename },
  { name: "Remove", needs: "machine.remove", asks: Remove, isGrave: true },
];

/** What the viewer may do with a machine, each in a dialog. */
export function MachineActions({ machine }: { machine: Machine }) {
  const { who } = usePage();
  const [asked, setAsked] = useState<{ asks: Ask }>();
  return (
    <>
      {ACTIONS.filter(({ needs }) => mayAt(who, needs, machine.scope)).map(({ name, asks, isGrave }) => (
        <button key={name} type="button" class={`button ${isGrave ? "grave" : ""}`} onClick={() => setAsked({ asks })}>
          {name}
        </button>
      ))}
      {asked && <asked.asks machine={machine} onClose={() => setAsked(undefined)} />}
    </>
  );
}
