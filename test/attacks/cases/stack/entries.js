// verdict: contained
// without numbers that are given last: lost
// needs: {"permissions": {"variables": ["here"]}}

/** Writes from where the stack ends: an entry that gets its number and isn't sent leaves a gap, and the engine would end the runner for it, with the jobs of others. */
export default async ({ log, variables }) => {
  for (let locals = 0; locals < 12; locals++) {
    const names = Array.from({ length: locals }, (_, i) => `let v${i} = ${i};`).join("");
    const climb = new Function(
      "log",
      `let written = 0; const deeper = () => { ${names} try { deeper(); } catch {} if (written < 3) try { log("x"); written++; } catch {} }; deeper();`,
    );
    climb(() => void log("x"));
  }
  await variables.get("here").catch(() => {});
};
