import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const perSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** Resident memory and processor time of one process, as the kernel counts them (proc_pid_status(5), proc_pid_stat(5)). */
export function processWatch(pid: number) {
  const statusMb = (name: "VmRSS" | "VmHWM") =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;
  const cpuSeconds = () => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / perSecond;
  };
  return {
    residentMb: () => statusMb("VmRSS"),
    /** Since it was forgotten. */
    peakMb: () => statusMb("VmHWM"),
    forgetPeak: () => writeFileSync(`/proc/${pid}/clear_refs`, "5"),
    cpuSeconds,
    /** Of one core, percent, over a while. */
    async cpuPercent(ms: number): Promise<number> {
      const before = cpuSeconds();
      await new Promise((resolve) => setTimeout(resolve, ms));
      return ((cpuSeconds() - before) / (ms / 1_000)) * 100;
    },
  };
}
export type ProcessWatch = ReturnType<typeof processWatch>;
