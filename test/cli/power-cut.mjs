// Loaded before the command: it dies when a restore is about to move what it has restored into place, as when the power goes.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const { rename } = fs.promises;
fs.promises.rename = (from, to) => {
  if (/\.restore-[0-9a-f]{12}$/.test(from)) process.kill(process.pid, "SIGKILL");
  return rename(from, to);
};
syncBuiltinESMExports();
