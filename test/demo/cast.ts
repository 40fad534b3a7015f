/** One host of the demo, as the seed wants it. */
export interface Role {
  name: string;
  tags: readonly string[];
  /** Packages of the lab (test/lab/build-apt-repo.sh) that it has at 1.0. */
  packages: readonly string[];
  part: "ordinary" | "fails" | "held" | "reboots";
}

const ROLES = ["app", "cache", "db", "mail", "web"] as const;
const ORDINARY = ["lab-ssl", "lab-libssl", "lab-curl", "lab-tools", "lab-epoch", "lab-conf", "lab-newdep", "lab-restart", "lab-arch"] as const;
/** lab-pkg-001 and so on: odd ones are security updates. */
export const EXTRA_PACKAGES = 24;
/** What makes a host what it is. */
const SPECIAL = { ordinary: [], fails: ["lab-fail"], held: ["lab-held"], reboots: ["lab-kernel"] } as const;

/**
 * Who has what, and on which host a package fails, is held, or wants a reboot: by the seed alone; the next seed chooses three others. Hosts are patched in the order of their
 * names, and the first one is the canary, which has nothing special: a failing canary ends a rollout, which is another story.
 */
export function castOf(seed: number, count: number): Role[] {
  const random = randomFrom(seed);
  const names = Array.from({ length: count }, (_, i) => ({ role: ROLES[i % ROLES.length] ?? "web", number: Math.floor(i / ROLES.length) + 1 }))
    .map(({ role, number }) => ({ name: `${role}-${number}`, role }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const [, ...others] = names;
  const [fails, held, reboots] = [0, 1, 2].map((offset) => others[(seed + offset) % others.length]?.name);
  const partOf = (name: string): Role["part"] => (name === fails ? "fails" : name === held ? "held" : name === reboots ? "reboots" : "ordinary");
  return names.map(({ name, role }): Role => {
    const part = partOf(name);
    const extra = shuffled(
      Array.from({ length: EXTRA_PACKAGES }, (_, i) => `lab-pkg-${String(i + 1).padStart(3, "0")}`),
      random,
    ).slice(0, 2 + Math.floor(random() * 6));
    const ordinary = shuffled(ORDINARY, random).slice(0, 3 + Math.floor(random() * 4));
    return { name, tags: [`role=${role}`], part, packages: [...new Set([...SPECIAL[part], ...ordinary, ...extra])].sort() };
  });
}

/** The same numbers for the same seed, 0 to below 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffled<One>(list: readonly One[], random: () => number): One[] {
  const result = [...list];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j] as One, result[i] as One];
  }
  return result;
}
