import type { ExecOptions, ExecResult, HostError } from "runwright";

/** What came of one machine. */
export type Outcome<Result> = { machine: string; ok: true; result: Result } | { machine: string; ok: false; error: string; code: string | null };

/**
 * Does something on each machine, a batch at a time; an error on one is its outcome and doesn't stop the others.
 * @param atOnce size of a batch: the next one begins when all of it have ended
 * @returns outcomes in the order of the machines
 */
export async function eachMachine<Machine extends { readonly name: string }, Result>(
  machines: readonly Machine[],
  atOnce: number,
  work: (machine: Machine) => Promise<Result>,
  ended: (outcome: Outcome<Result>, fraction: number) => void = () => {},
): Promise<Outcome<Result>[]> {
  const outcomes: Outcome<Result>[] = [];
  for (let from = 0; from < machines.length; from += atOnce) {
    const batch = await Promise.all(machines.slice(from, from + atOnce).map((machine) => outcomeOf(machine, work)));
    for (const outcome of batch) {
      outcomes.push(outcome);
      ended(outcome, outcomes.length / machines.length);
    }
  }
  return outcomes;
}

async function outcomeOf<Machine extends { readonly name: string }, Result>(
  machine: Machine,
  work: (machine: Machine) => Promise<Result>,
): Promise<Outcome<Result>> {
  try {
    return { machine: machine.name, ok: true, result: await work(machine) };
  } catch (error) {
    const { message, code = null } = error as HostError & { code?: string };
    return { machine: machine.name, ok: false, error: message, code };
  }
}

/** `name=web-1` within a selector; of `all`, that alone. */
export const narrowed = (select: string, machine: string | undefined): string =>
  machine === undefined ? select : select.trim() === "all" ? `name=${machine}` : `${select} name=${machine}`;

interface Executes {
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>;
}

/** What a program prints. @throws an Error with the end of what it wrote to standard error, when it doesn't end with 0 */
export async function printed(machine: Executes, argv: readonly string[], options?: ExecOptions): Promise<string> {
  const result = await machine.exec(argv, options);
  if (result.exitCode !== 0) throw new Error(ending(argv, result));
  return result.stdout;
}

/** Of a program that failed, in one line. */
export function ending(argv: readonly string[], { exitCode, stderr, stdout }: ExecResult): string {
  const said = (stderr.trim() || stdout.trim()).split("\n").slice(-3).join(" ").slice(-300);
  return `${argv.slice(0, 2).join(" ")} ended with ${exitCode}${said === "" ? "" : `: ${said}`}`;
}

/** Of a list of names, the first ones and how many more. */
export const some = (names: readonly string[], most = 10): string =>
  names.length <= most ? names.join(", ") : `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
