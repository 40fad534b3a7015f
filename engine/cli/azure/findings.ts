/** Something of one configuration that somebody must know. */
export interface Finding {
  /** The configuration, as Azure names it. */
  configuration: string;
  /** JSON Pointer within its resource. */
  at: string;
  text: string;
}

/** What has no counterpart, or means something else here. */
export interface Difference extends Finding {
  /** More would happen than in Azure: the window stays disabled until somebody has looked. */
  isWider: boolean;
}

/** Where what is found in one configuration goes. */
export interface Findings {
  /** Wrong: nothing is imported. */
  problem(at: string, text: string): void;
  differs(at: string, text: string): void;
  wider(at: string, text: string): void;
}

export function gatherFindings() {
  const problems: Finding[] = [];
  const differences: Difference[] = [];
  return {
    problems,
    differences,
    of: (configuration: string): Findings => ({
      problem: (at, text) => void problems.push({ configuration, at, text }),
      differs: (at, text) => void differences.push({ configuration, at, text, isWider: false }),
      wider: (at, text) => void differences.push({ configuration, at, text, isWider: true }),
    }),
  };
}
