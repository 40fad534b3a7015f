import { parseArgs } from "node:util";

export interface DemoOptions {
  seed: number;
  hosts: number;
  /** The folder is left for whoever wants to look. */
  keep: boolean;
}

export const USAGE = `npm run demo [-- options]

  --seed <number>   which hosts have the failing, the held and the rebooting package (default 1)
  --hosts <number>  how many hosts, 4 to 20 (default 8)
  --keep            leave hosts, engine data and logs where they are
`;

/** @throws Error that says what to write */
export function demoOptions(args: readonly string[]): DemoOptions | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: "string", default: "1" },
      hosts: { type: "string", default: "8" },
      keep: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  return { seed: whole("--seed", values.seed, 0, 2 ** 32 - 1), hosts: whole("--hosts", values.hosts, 4, 20), keep: values.keep };
}

function whole(name: string, text: string, lowest: number, highest: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < lowest || value > highest) throw new Error(`${name} must be a whole number from ${lowest} to ${highest}, not "${text}"`);
  return value;
}
