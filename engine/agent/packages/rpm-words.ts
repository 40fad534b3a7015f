/** What rpm and its front ends say when something goes wrong (in English: the runners see to that), as values. */

/** rpm's own words about a package's script: `%post(lab-fail-1.1-1.noarch) scriptlet failed, exit status 1`. A script's failure leaves no other trace, not even in an exit code. */
const SCRIPTLET = /%(\w+)\((\S+)\) scriptlet failed, (?:exit status|signal) -?\d+/;
/** Lines in which front ends say what they do; what a script wrote stands between them. */
const PROGRESS =
  /^\s*(?:\(\d+\/\d+\)|\[\d+\/\d+\]|(?:Preparing|Upgrading|Installing|Reinstalling|Cleanup|Running scriptlet|Verifying|Obsoleting)\s*:|Additional rpm output:|rpm: |>>> )/;

export interface ScriptletFailure {
  /** Such as `post`. */
  script: string;
  /** Of the package whose script it is, `name-version-release.architecture`, with or without epoch. */
  nevra: string;
  /** What the script wrote and rpm's verdict. */
  words: string;
}

export function scriptletFailures(output: string): ScriptletFailure[] {
  const all = plainLines(output);
  return all.flatMap((line, index) => {
    const [verdict, script, nevra] = SCRIPTLET.exec(line) ?? [];
    if (verdict === undefined || script === undefined || nevra === undefined) return [];
    const said: string[] = [];
    for (let before = index - 1; before >= 0 && said.length < 5; before--) {
      const text = all[before] ?? "";
      if (PROGRESS.test(text) || SCRIPTLET.test(text)) break;
      said.unshift(text.trim());
    }
    return [{ script, nevra, words: [...said, verdict].join("; ") }];
  });
}

const TROUBLE =
  /^\s*(?:-? ?(?:nothing provides|conflicting requests)|Problem\b|Error\b|error:|No match|No provider|Package .* not found|.* not found in|Failed|.*(?:filtered out|checksum doesn't match|Digest verification failed|GPG check FAILED|is not signed|Signature verification failed|unpacking of archive failed|Cannot download|Status code: |Curl error|All mirrors were tried|more space needed|needs \d+\S* (?:more )?space|No space left|superuser|Valid metadata not found))/i;

/** Why a package wasn't installed, in the package manager's words: those that name it first, else what it says of the whole run. */
export function refusalOf(output: string, name?: string): string {
  const all = plainLines(output).filter((line) => !PROGRESS.test(line));
  const troubled = all.flatMap((line, index) => (TROUBLE.test(line) ? [{ line: line.trim(), index }] : []));
  const named = troubled.filter(({ line }) => name !== undefined && line.includes(name)).map(({ line }) => line);
  const words = named.length > 0 ? named : troubled.map(({ line }) => line);
  const chosen = words.length > 0 ? words : all.slice(-3).map((line) => line.trim());
  return [...new Set(chosen)].slice(0, 5).join("; ").slice(0, 1_000);
}

export const isDiskFull = (output: string): boolean =>
  /No space left on device|more space needed on the|needs \d+\S* (?:more space )?on the \S+ filesystem|Disk quota exceeded|Not enough (?:free )?(?:disk )?space/.test(
    output,
  );

/** The machine's own user may not change packages. */
export const isForbidden = (output: string): boolean =>
  /superuser privileges|Root privileges are required|can't create transaction lock.*Permission denied/.test(output);

/** Without what terminals would act upon: a package's script may write anything. A line that overwrote itself is what it became. */
export const plainLines = (output: string): string[] =>
  output
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
    .replace(/\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b\[[0-9;?]*[ -/]*[@-~]|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, "")
    .split("\n")
    .map((line) => (line.trimEnd().split("\r").at(-1) ?? "").trimEnd())
    .filter((line) => line.trim() !== "");
