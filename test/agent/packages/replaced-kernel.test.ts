import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { replacedKernel } from "../../../engine/agent/packages/replaced-kernel.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

describe("a kernel whose modules were replaced", () => {
  for (const { running, modules, reason } of [
    { running: "6.6.31-0-lts", modules: ["lib/modules/6.6.32-0-lts"], reason: /^kernel 6\.6\.31-0-lts runs, .* of 6\.6\.32-0-lts$/ },
    { running: "6.9.7-arch1-1", modules: ["usr/lib/modules/6.9.8-arch1-1"], reason: /6\.9\.8-arch1-1/ },
    { running: "6.9.7-arch1-1", modules: ["usr/lib/modules/6.10-arch1-1"], reason: /6\.10-arch1-1/ },
    { running: "6.6.31-0-lts", modules: ["lib/modules/6.6.31-0-lts", "lib/modules/6.6.32-0-lts"], reason: undefined },
    { running: "6.6.31-0-lts", modules: ["lib/modules/6.6.32-0-virt"], reason: undefined },
    { running: "6.1.0-21-amd64", modules: ["lib/modules/6.6.32-0-lts"], reason: undefined },
    { running: "6.6.31-0-lts", modules: [], reason: undefined },
  ])
    it(`${reason ? "asks for" : "asks for no"} reboot when ${running} runs beside ${modules.join(" and ") || "nothing"}`, async () => {
      await using root = await temporaryDirectory();
      for (const path of modules) await mkdir(join(root.path, path), { recursive: true });
      const [found] = await replacedKernel(root.path, running);
      if (reason === undefined) assert.equal(found, undefined);
      else assert.match(found ?? "", reason);
    });
});
