/**
 * Compares versions as dpkg does (deb-version(7)): epoch, upstream version, revision; digits by value, letters before other characters, `~` before everything.
 * @returns negative, zero or positive
 */
export function compareDebianVersions(a: string, b: string): number {
  const left = split(a);
  const right = split(b);
  return left.epoch - right.epoch || compareParts(left.upstream, right.upstream) || compareParts(left.revision, right.revision);
}

/** What dpkg accepts, and nothing that its comparison would read otherwise (deb-version(7)). */
export const isDebianVersion = (text: string): boolean => /^(\d{1,9}:)?[0-9A-Za-z][0-9A-Za-z.+~:-]*$/.test(text);

function split(version: string): { epoch: number; upstream: string; revision: string } {
  const colon = version.indexOf(":");
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf("-");
  return {
    epoch: colon < 0 ? 0 : Number(version.slice(0, colon)) || 0,
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? "" : rest.slice(dash + 1),
  };
}

function compareParts(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    while (isOther(a[i]) || isOther(b[j])) {
      const difference = order(a[i]) - order(b[j]);
      if (difference !== 0) return difference;
      i++;
      j++;
    }
    const [left = ""] = /^\d*/.exec(a.slice(i)) ?? [];
    const [right = ""] = /^\d*/.exec(b.slice(j)) ?? [];
    const difference = compareDigits(left, right);
    if (difference !== 0) return difference;
    i += left.length;
    j += right.length;
  }
  return 0;
}

const isDigit = (character: string | undefined): boolean => character !== undefined && character >= "0" && character <= "9";
const isOther = (character: string | undefined): boolean => character !== undefined && !isDigit(character);

/** The end, and a digit, count as nothing: before everything but `~`. */
function order(character: string | undefined): number {
  if (character === undefined || isDigit(character)) return 0;
  if (character === "~") return -1;
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256;
}

/** Numbers of any length. */
function compareDigits(a: string, b: string): number {
  const left = a.replace(/^0+/, "");
  const right = b.replace(/^0+/, "");
  return left.length - right.length || (left < right ? -1 : left > right ? 1 : 0);
}
