import type { Realm } from "./realm.ts";

/**
 * Takes away what would make replay inexact (weak references show garbage collection, shared memory shows time) and what escapes the memory limit of the
 * isolate: WebAssembly memory, and array buffers that grow, aren't counted by isolated-vm (measured: 6 GB under a limit of 64 MB).
 */
export function installLockdown(realm: Realm): void {
  const { apply, construct, define } = realm;
  const globals = globalThis as unknown as Record<string, unknown>;
  for (const name of ["WebAssembly", "SharedArrayBuffer", "Atomics", "WeakRef", "FinalizationRegistry"]) delete globals[name];

  const RealArrayBuffer = ArrayBuffer;
  const prototype = RealArrayBuffer.prototype as unknown as Record<string, unknown>;
  for (const name of ["resize", "transfer", "transferToFixedLength", "maxByteLength", "resizable"]) delete prototype[name];
  function FixedArrayBuffer(this: unknown, length?: unknown, options?: { maxByteLength?: unknown }): ArrayBuffer {
    if (new.target === undefined) throw new realm.TypeError("Constructor ArrayBuffer requires 'new'");
    if (options?.maxByteLength !== undefined) throw new realm.RangeError("resizable array buffers aren't available in a runbook: they escape its memory limit");
    return construct(RealArrayBuffer, [length], new.target) as ArrayBuffer;
  }
  define(FixedArrayBuffer, "name", { value: "ArrayBuffer" });
  define(FixedArrayBuffer, "length", { value: 1 });
  define(FixedArrayBuffer, "prototype", { value: RealArrayBuffer.prototype, writable: false });
  const isView = RealArrayBuffer.isView;
  define(FixedArrayBuffer, "isView", { value: (value: unknown) => apply(isView, RealArrayBuffer, [value]), writable: true, configurable: true });
  define(FixedArrayBuffer, Symbol.species, {
    get(this: unknown) {
      return this;
    },
    configurable: true,
  });
  define(RealArrayBuffer.prototype, "constructor", { value: FixedArrayBuffer, writable: true, configurable: true });
  define(globalThis, "ArrayBuffer", { value: FixedArrayBuffer, writable: true, configurable: true });
}
