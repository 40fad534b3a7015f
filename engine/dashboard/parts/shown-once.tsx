import { Copy } from "./copy.tsx";
import { Dialog } from "./dialog.tsx";

/** A secret that the engine tells this once. It is nowhere but in this dialog, and gone when that is closed. */
export function ShownOnce({ title, name, secret, hint, onClose }: { title: string; name: string; secret: string; hint: string; onClose(): void }) {
  return (
    <Dialog title={title} onClose={onClose}>
      <Copy label={name} text={secret} />
      <p class="soft">{hint}</p>
    </Dialog>
  );
}
