import { spawnSync } from "node:child_process";
import vm from "node:vm";
import type { Attack, Verdict } from "./attack.ts";
import type { Elsewhere } from "./guards.ts";

const isThenable = (value: unknown): value is PromiseLike<unknown> => typeof (value as PromiseLike<unknown> | undefined)?.then === "function";
/** As libraries of promises do: `then` is handed functions of the host. */
const settled = (value: unknown) => (isThenable(value) ? new Promise((done, failed) => value.then(done, failed)) : Promise.resolve(value));

/** What a sandbox of `node:vm` hands in: functions, promises and errors of the host's own, as many such sandboxes do. */
const hostContext = () => ({
  output: (_value: unknown) => {},
  log: (message: unknown) => void String(message),
  variables: {
    get: async (name: string) => {
      if (name !== "here") throw new Error(`there is no variable "${name}"`);
      return { a: [1] };
    },
  },
  params: { a: 1 },
  retry: (work: (attempt: { number: number }) => unknown) => settled(work({ number: 1 })),
});

/** Runs an attack with objects of the host in reach: what it wins there is what an isolate of its own keeps from it. */
async function amongHostObjects({ code }: Attack): Promise<Verdict> {
  const script = new vm.Script(code, { importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER });
  const attack: (context: unknown) => unknown = script.runInContext(vm.createContext({}));
  const won = await settled(attack(hostContext()));
  return won === undefined ? "contained" : "escaped";
}

/** In a process that believes it has a stack of 64 MB: the computer ends it where V8 would have thrown an error. */
async function withoutStackLimit({ code }: Attack): Promise<Verdict> {
  const { signal } = spawnSync(process.execPath, ["--stack-size=65500", "-e", `(${code})({})`], { stdio: "ignore", timeout: 20_000 });
  return signal === "SIGSEGV" || signal === "SIGBUS" ? "lost" : "contained";
}

export const ELSEWHERE: Record<Elsewhere, (attack: Attack) => Promise<Verdict>> = {
  "objects of the host in reach": amongHostObjects,
  "no limit of the stack": withoutStackLimit,
};
