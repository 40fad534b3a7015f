import vm from "node:vm";
import type { Attack, Verdict } from "./attack.ts";

/** What a sandbox of `node:vm` hands in: functions and promises of the host's own, as many such sandboxes do. */
function hostContext() {
  const never = () => new Promise(() => {});
  return {
    output: (_value: unknown) => {},
    log: Object.assign((_message: unknown) => {}, { info: (_message: unknown) => {} }),
    variables: {
      get: async (name: string) => {
        if (name !== "here") throw new Error(`there is no variable "${name}"`);
        return { a: [1] };
      },
    },
    params: { a: 1 },
    sleep: async () => {},
    retry: async (work: (attempt: { number: number }) => unknown) => work({ number: 1 }),
    waitFor: never,
  };
}

/** Runs an attack with objects of the host in reach: what it wins there is what an isolate of its own keeps from it. */
export async function amongHostObjects({ code }: Attack): Promise<Verdict> {
  const global = vm.createContext({ host: hostContext() });
  const script = new vm.Script(code, { importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER });
  const attack: (context: unknown) => unknown = script.runInContext(global);
  const won = await attack(hostContext());
  return won === undefined ? "contained" : "escaped";
}
