import { type Begun, firstSteps } from "../../model/first-steps.ts";
import { Sheet } from "../../parts/page.tsx";
import { Status } from "../../parts/status.tsx";

/** What to do with an engine that has nothing yet, in the folder that it was cloned into. */
export function FirstSteps({ begun }: { begun: Begun }) {
  return (
    <Sheet name="First steps">
      <ol class="first-steps">
        {firstSteps(begun).map(({ name, why, commands, isDone }, index) => (
          <li key={name} data-done={isDone ? "" : undefined}>
            <span class="at" aria-hidden="true">
              {index + 1}
            </span>
            <div class="stack">
              <h3>
                {name} {isDone && <Status word="completed" says="done" />}
              </h3>
              <p class="soft">{why}</p>
              {!isDone && <pre class="commands">{commands.join("\n")}</pre>}
            </div>
          </li>
        ))}
      </ol>
    </Sheet>
  );
}
