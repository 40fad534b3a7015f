/** A paragraph that is one picture, with the empty line after it. */
const PICTURE = /^!\[[^\]]*\]\(([^)\s]+)\)\n\n?/gm;
const ELSEWHERE = /^https:/;

/**
 * The page of the package: README.md without pictures that aren't on the web. An editor shows no others on an extension's page, not even those that lie in
 * the package, and there is no public address of ours to name yet.
 * @param {string} readme
 */
export const packagedPage = (readme) => readme.replace(PICTURE, (picture, address) => (ELSEWHERE.test(address) ? picture : ""));
