/**
 * Hello: the smallest runbook.
 *
 *     runwright run hello -p name=Ada
 */
import { runbook, Type } from "runwright";

export default runbook({
  summary: "Say hello",
  parameters: Type.Object({ name: Type.String({ default: "world", minLength: 1, maxLength: 100, description: "Who is greeted" }) }),
  run({ params, log, output }) {
    log(`Hello, ${params.name}`);
    output({ greeting: `Hello, ${params.name}` });
  },
});
