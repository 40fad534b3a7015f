/** What the value of an asset is sealed for. */
export const contextOf = (assetId: string, version: number): string => `asset ${assetId} version ${version}`;
