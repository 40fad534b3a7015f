// Plays native code that has broken out of V8 in a runner: it tries what a runner must not be able to do, and prints what came of it.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";

const [targetsText, privileges, ...args] = process.argv.slice(2);
const targets = JSON.parse(targetsText);
const { dropPrivileges } = await import(privileges);
const uid = dropPrivileges(args);

const attempt = (action) => {
  try {
    action();
    return "done";
  } catch (error) {
    return error.code ?? String(error);
  }
};

const findings = {
  uid,
  signal: attempt(() => process.kill(targets.enginePid, 0)),
  secret: attempt(() => readFileSync(targets.secretFile)),
  listing: attempt(() => readdirSync(dirname(targets.secretFile))),
  bystander: attempt(() => readFileSync(targets.bystanderFile)),
  write: attempt(() => writeFileSync("/tmp/runwright-intruder", "was here")),
  processes: readdirSync("/proc").filter((name) => /^\d+$/.test(name)).length,
  capabilities: /^CapEff:\s+(\w+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1],
  connect: await new Promise((resolve) => {
    const socket = connect(targets.port, "127.0.0.1", () => {
      socket.destroy();
      resolve("done");
    });
    socket.setTimeout(3_000, () => {
      socket.destroy();
      resolve("timeout");
    });
    socket.on("error", (error) => resolve(error.code));
  }),
};
console.log(JSON.stringify(findings));
