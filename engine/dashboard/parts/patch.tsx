import { useMemo } from "preact/hooks";
import type { Diff } from "../../protocol/http/runbooks.ts";
import { countsOf, type PatchLine, patchLines } from "../model/source/patch-lines.ts";
import { Lines } from "./lines.tsx";

interface FileLine {
  kind: "file";
  text: string;
  change: string;
  counts: string;
}

const SIGNS: Readonly<Record<PatchLine["kind"], string>> = { same: " ", added: "+", removed: "−", gap: " " };

/** What differs in files, one below the other. Added and removed lines have a sign, not only a colour. */
export function Patch({ files, around }: { files: Diff["files"]; around?: number }) {
  const lines = useMemo(
    () =>
      files.flatMap(({ path, change, patch }): (FileLine | PatchLine)[] => {
        const all = patchLines(patch);
        const { added, removed } = countsOf(all);
        return [{ kind: "file", text: path, change, counts: `+${added} −${removed}` }, ...all];
      }),
    [files],
  );
  return (
    <Lines label="What differs in the sources" lines={lines} keyOf={(_, index) => index} around={around}>
      {(line) =>
        line.kind === "file" ? (
          <strong class="patch-file">
            <bdi>{line.text}</bdi>{" "}
            <span class="soft">
              {line.change}, {line.counts}
            </span>
          </strong>
        ) : (
          <span class={`patch-line ${line.kind}`}>
            <span class="at">{line.before ?? ""}</span>
            <span class="at">{line.after ?? ""}</span>
            <span class="sign">{SIGNS[line.kind]}</span>
            <code>{line.text.length > 2_000 ? `${line.text.slice(0, 2_000)}…` : line.text}</code>
          </span>
        )
      }
    </Lines>
  );
}
