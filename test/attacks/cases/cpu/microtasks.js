// verdict: failed cpu
// without the limit of CPU time: harms cpu
// needs: {"limits": {"cpuMs": 50}}

/** Microtasks that never let the isolate go. */
export default async () => {
  const again = () => Promise.resolve().then(again);
  await again();
};
