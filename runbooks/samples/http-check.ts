/**
 * Fetches a page several times and says whether it answers as expected, and how often.
 * A runbook reaches only the addresses that it declares: put your own into `permissions.http`.
 *
 *     runwright run http-check -p path=health -p tries=3
 */
import { runbook, Type } from "runwright";

export default runbook({
  summary: "Check that a web page answers",
  parameters: Type.Object({
    path: Type.String({ default: "", pattern: "^[^/]|^$", description: "What follows https://example.com/" }),
    expect: Type.Integer({ default: 200, minimum: 100, maximum: 599, description: "Status that counts as an answer" }),
    contains: Type.Optional(Type.String({ minLength: 1, description: "Text that the page must hold" })),
    tries: Type.Integer({ default: 3, minimum: 1, maximum: 20 }),
    pause: Type.String({ default: "5s", description: "Between two tries" }),
  }),
  permissions: { http: ["https://example.com"] },
  limits: { timeout: "10m" },
  async run({ params, http, log, output, progress, sleep }) {
    const url = `https://example.com/${params.path}` as const;
    let good = 0;
    const problems: string[] = [];
    for (let i = 1; i <= params.tries; i++) {
      if (i > 1) await sleep(params.pause);
      const problem = await http.fetch(url, { timeout: "10s" }).then(
        async (answer) => {
          if (answer.status !== params.expect) return `status ${answer.status} instead of ${params.expect}`;
          if (params.contains !== undefined && !(await answer.text()).includes(params.contains)) return `the page doesn't hold "${params.contains}"`;
          return undefined;
        },
        (error: Error) => error.message,
      );
      if (problem === undefined) good++;
      else problems.push(problem);
      if (problem === undefined) log.info(`${url} answered as expected`);
      else log.warning(`${url}: ${problem}`);
      progress(i / params.tries, `${good} of ${i} good`);
    }
    output({ url, good, tries: params.tries, problems });
    if (good === 0) throw new Error(`${url} never answered as expected: ${problems.at(-1)}`);
  },
});
