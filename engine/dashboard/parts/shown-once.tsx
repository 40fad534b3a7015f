import { useState } from "preact/hooks";
import { Dialog } from "./dialog.tsx";
import { Field } from "./field.tsx";

/** A secret that the engine tells this once. It is nowhere but in this dialog, and gone when that is closed. */
export function ShownOnce({ title, name, secret, hint, onClose }: { title: string; name: string; secret: string; hint: string; onClose(): void }) {
  return (
    <Dialog title={title} onClose={onClose}>
      <Field name={name} hint={hint}>
        {({ id, describedBy }) => (
          <div class="beside-button">
            <input id={id} class="input mono" readOnly value={secret} aria-describedby={describedBy} onFocus={(event) => event.currentTarget.select()} />
            <Copy text={secret} />
          </div>
        )}
      </Field>
    </Dialog>
  );
}

/** Puts a text on the clipboard; says so, or that the browser refuses. */
export function Copy({ text }: { text: string }) {
  const [says, setSays] = useState("Copy");
  const copy = () =>
    // Pages that aren't on this machine and come without TLS have no clipboard.
    (navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject(new Error("no clipboard"))).then(
      () => setSays("Copied"),
      () => setSays("Press Ctrl+C"),
    );
  return (
    <button type="button" class="button" aria-live="polite" onClick={() => void copy()}>
      {says}
    </button>
  );
}
