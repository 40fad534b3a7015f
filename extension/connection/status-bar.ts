import * as vscode from "vscode";
import type { Session } from "../model/session.ts";
import { statusText } from "../model/status-text.ts";

const BACKGROUNDS = { normal: undefined, warning: "statusBarItem.warningBackground", error: "statusBarItem.errorBackground" } as const;

export function showStatusBar(session: Session): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("runwright.connection", vscode.StatusBarAlignment.Left, 0);
  item.name = "Runwright engine";
  const show = () => {
    const { text, tooltip, spoken, tone, command } = statusText(session.state());
    item.text = text;
    item.tooltip = tooltip;
    item.accessibilityInformation = { label: spoken, role: "button" };
    item.command = command;
    const background = BACKGROUNDS[tone];
    item.backgroundColor = background === undefined ? undefined : new vscode.ThemeColor(background);
  };
  show();
  item.show();
  const off = session.on(show);
  return vscode.Disposable.from(item, { dispose: off });
}
