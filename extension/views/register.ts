import * as vscode from "vscode";
import { counted } from "../../engine/core/counted.ts";
import { lostNote } from "../model/lost-note.ts";
import type { Pulse } from "../model/pulse.ts";
import type { Session } from "../model/session.ts";
import type { Trees } from "../model/view-list.ts";
import { RowTree } from "./row-tree.ts";

/** Makes a view of each tree. What is visible is read again as often as the model says. */
export function registerViews({ trees, pulse, session }: { trees: Trees; pulse: Pulse; session: Session }): vscode.Disposable {
  const made: vscode.Disposable[] = [];
  for (const [id, { tree, everyMs }] of Object.entries(trees)) {
    const provider = new RowTree(id, tree, () => say());
    const view = vscode.window.createTreeView(id, { treeDataProvider: provider, showCollapseAll: true });
    const say = () => {
      const message = lostNote(session.state()) ?? tree.message();
      if (view.message !== message) view.message = message;
      if (id === "runwright.approvals") view.badge = badgeOf(trees["runwright.approvals"].tree.open());
    };
    // The badge of the approvals is no reason to connect: it follows whoever works with the engine.
    const evenUnseen = id === "runwright.approvals" ? { evenUnseen: () => session.state().kind === "connected" } : {};
    const beat = pulse.add({ everyMs, beat: () => tree.refresh().finally(say), ...evenUnseen });
    beat.setVisible(view.visible);
    made.push(
      provider,
      view,
      { dispose: tree.on(say) },
      { dispose: session.on(say) },
      { dispose: beat.stop },
      view.onDidChangeVisibility(({ visible }) => beat.setVisible(visible)),
    );
  }
  return vscode.Disposable.from(...made);
}

/** On the icon of the container, too: it shows what waits for somebody while nobody looks at the view. */
const badgeOf = (open: number): vscode.ViewBadge | undefined => (open === 0 ? undefined : { value: open, tooltip: `${counted(open, "question")} to decide` });
