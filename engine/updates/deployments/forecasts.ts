import { type Forecast, forecastOf } from "../../core/deploy/forecast.ts";
import type { Reads } from "../../store/store.ts";

/** What earlier installs say of how long each update will take, and each reboot. */
export async function createForecasts(read: Pick<Reads, "installDurations">, machineIds: readonly string[], names: readonly string[]) {
  const [ofNames, ofMachines, reboots] = await Promise.all([
    read.installDurations.ofUpdates(names),
    read.installDurations.ofMachines(machineIds),
    read.installDurations.reboots(machineIds),
  ]);
  const byName = Map.groupBy(ofNames, ({ name }) => name);
  const known = new Map<string, Forecast>();

  /** This version anywhere; else other versions of it, as the first wave installs what nobody has installed before. */
  function durationsOf(name: string, version: string): number[] {
    const all = byName.get(name) ?? [];
    const same = all.filter((one) => one.version === version);
    return (same.length > 0 ? same : all).map(({ ms }) => ms);
  }

  return {
    ofUpdate(machineId: string, { name, candidateVersion }: { name: string; candidateVersion: string }): Forecast {
      const ofUpdate = byName.has(name) ? durationsOf(name, candidateVersion) : [];
      const key = ofUpdate.length > 0 ? `${name}\n${candidateVersion}` : `\n${machineId}`;
      const found = known.get(key) ?? forecastOf({ ofUpdate, ofMachine: ofUpdate.length > 0 ? [] : (ofMachines.get(machineId) ?? []) });
      known.set(key, found);
      return found;
    },
    rebootsOf: (machineId: string): readonly number[] => reboots.get(machineId) ?? [],
  };
}
