import * as vscode from "vscode";
import { inform, warn } from "../messages/say.ts";
import { type JobNotice, NOTICE_CHOICES, type NoticeChoice } from "../model/jobs/job-notices.ts";

const SETTING = "notifyWhenJobsEnd";

/** What the person has asked for; nothing, unless they have. */
export function noticeChoice(): NoticeChoice {
  const chosen = vscode.workspace.getConfiguration("runwright").get<string>(SETTING);
  return NOTICE_CHOICES.find((choice) => choice === chosen) ?? "never";
}

export async function showNotice({ text, isBad, job }: JobNotice): Promise<void> {
  const show = isBad ? warn : inform;
  const step = job
    ? { title: "Open Output", command: "runwright.openJobOutput", given: [job.id] }
    : { title: "Show Jobs", command: "runwright.jobs.focus", given: [] };
  if (await show(text, step.title)) await vscode.commands.executeCommand(step.command, ...step.given);
}
