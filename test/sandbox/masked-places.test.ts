import assert from "node:assert/strict";
import { createRig, type Finished, type Rig, type RunOptions } from "./rig.ts";

const SECRET = `pa$$ "wörd"/+~ü&x'(1)`;
const LEAF = 'leaf "in" JSON/ü';
const AS_JSON = JSON.stringify({ list: [{ key: LEAF }], number: 5 });

const formsOf = (text: string): Record<string, string> => ({
  "as it is": text,
  "base 64": Buffer.from(text).toString("base64"),
  "base 64 for URLs": Buffer.from(text).toString("base64url"),
  "base 64 within a longer text": Buffer.from(`ab${text}cd`).toString("base64"),
  "a URL": encodeURIComponent(text),
  "a URL in lower case": encodeURIComponent(text).replace(/%../g, (code) => code.toLowerCase()),
  "a URL as RFC 3986 has it": encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`),
  "a form": new URLSearchParams({ a: text }).toString().slice(2),
  JSON: JSON.stringify(text).slice(1, -1),
  "JSON in JSON": JSON.stringify(JSON.stringify(text).slice(1, -1)).slice(1, -1),
  "JSON in ASCII": JSON.stringify(text).slice(1, -1).replaceAll("ü", "\\u00fc").replaceAll("ö", "\\u00f6"),
  "JSON with escaped slashes": JSON.stringify(text).slice(1, -1).replaceAll("/", "\\/"),
  hexadecimal: Buffer.from(text).toString("hex"),
  "upper-case hexadecimal": Buffer.from(text).toString("hex").toUpperCase(),
});

/** Each writes `form` somewhere; the secret has been read before. */
const PLACES: Record<string, string> = {
  "a log line": "log(`before ${form} after`);",
  "details of a log line": "log('x', { deep: [{ [form]: form }] });",
  console: "console.log('x', form);",
  output: "output({ deep: [form, { [form]: form }] });",
  progress: "progress(0.5, `at ${form}`);",
  "what is thrown": "throw new Error(`failed with ${form}`);",
  "an error's cause": "throw new Error('failed', { cause: new Error(form) });",
  "an error's name": "throw Object.assign(new Error('x'), { name: form });",
  "arguments and output of a command":
    "const [m] = await machines.select(); const { stdout } = await m.exec(['echo', form]); log(stdout); output(stdout.slice(0));",
  "an error of a request": "await http.fetch(`https://unreachable.invalid/${encodeURIComponent(form)}`, { headers: { 'x-token': encodeURIComponent(form) } });",
  "an error of a request that is handled":
    "try { await http.fetch(`https://unreachable.invalid/?q=${encodeURIComponent(form)}`); } catch (error) { log(error.message, error); }",
  "an error of arguments": "await machines.get(`${form} ${form}`);",
  "a refusal": "await secrets.get(form);",
  "parameters of a child job": "await jobs.start('child', { token: form });",
  "a selector": "await machines.select(`name=${form}`);",
};

describe("what a job writes", function () {
  this.timeout(60_000);
  let rig: Rig;
  before(() => {
    rig = createRig();
    rig.ports.assets.secrets.set("plain", [SECRET]);
    rig.ports.assets.secrets.set("json", [AS_JSON]);
    rig.ports.assets.secrets.set("credential:admin", [SECRET]);
    rig.ports.fleet.machines.push({ id: "mch_1", name: "web-1", scope: "/", state: "online", tags: {}, facts: null });
  });
  after(() => rig.stop());

  const options = (form: string): RunOptions => ({
    params: { form },
    permissions: {
      machines: { select: "all", actions: ["exec"] },
      http: ["https://unreachable.invalid"],
      secrets: ["plain", "json"],
      credentials: ["admin"],
      jobs: ["child"],
    },
  });
  /** All that anyone could see of it, and the journal as it is stored. */
  const seen = ({ ending, kept }: Finished): string[] => [
    JSON.stringify(ending),
    ...kept.entries.map((entry) => JSON.stringify(entry)),
    JSON.stringify(kept.issued),
  ];
  const shownJournal = ({ kept }: Finished): string => JSON.stringify(kept.recorded.map(({ op, argsJson }) => ({ op, args: JSON.parse(argsJson) as unknown })));
  /** Texts are compared as they are, not as JSON writes them once more. */
  const textsOf = (json: string): string[] => {
    const texts: string[] = [];
    JSON.parse(json, (key, value) => {
      texts.push(key);
      if (typeof value === "string") texts.push(value);
      return value;
    });
    return texts;
  };

  for (const [place, statement] of Object.entries(PLACES)) {
    it(`hides secrets in ${place}, in every form`, async () => {
      const runs: Promise<void>[] = [];
      for (const [name, secret, read] of [
        ["a secret", SECRET, "await secrets.get('plain');"],
        ["a text in JSON", LEAF, "await secrets.get('json');"],
        ["a password", SECRET, "await credentials.get('admin');"],
      ] as const) {
        for (const [how, form] of Object.entries(formsOf(secret))) {
          const body = `const { form } = params; const { credentials } = arguments[0]; ${read} ${statement}`;
          runs.push(
            rig.finish(body, options(form)).then((done) => {
              for (const text of [...seen(done), shownJournal(done)].flatMap(textsOf))
                for (const hidden of [form, encodeURIComponent(form)]) assert.ok(!text.includes(hidden), `${name} as ${how}: ${text.slice(0, 400)}`);
              assert.notEqual(done.ending.kind, "lost");
            }),
          );
        }
      }
      await Promise.all(runs);
    });
  }

  it("gets what it asked for all the same", async () => {
    const { outputs } = await rig.finish(
      "const one = await secrets.get('plain'); output(one.length); output((await secrets.get('json')).length);",
      options(""),
    );
    assert.deepEqual(outputs, [SECRET.length, AS_JSON.length]);
  });

  it("shows no beginning of a secret where an error was cut before it could be masked", async () => {
    const cut = {
      "a message": "throw new Error('x'.repeat(15_990) + form);",
      "a name": "throw Object.assign(new Error('x'), { name: 'n'.repeat(190) + form });",
      "the message of a cause": "throw new Error('x', { cause: new Error('c'.repeat(970) + form) });",
      "a rejection that is left to nobody": "Promise.reject(new Error('x'.repeat(15_940) + form)); await new Promise(() => {});",
      "what retry writes": "await arguments[0].retry(() => { throw new Error('x'.repeat(990) + form); }, { attempts: 2, backoff: { initial: 1 } });",
    };
    for (const [place, code] of Object.entries(cut)) {
      const done = await rig.finish(`await secrets.get("plain"); const { form } = params; ${code}`, options(SECRET));
      const shown = JSON.stringify([done.ending, done.logs]);
      assert.equal(done.ending.kind, "failed", shown);
      assert.match(shown, /(x|n|c)\*\*\*/, place);
      assert.ok(!shown.includes(SECRET.slice(0, 4)), `${place}: ${shown.slice(-300)}`);
    }
  });
});
