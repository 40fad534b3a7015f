type Fields = { [key: string]: unknown };

const WITHHELD = "***";
const BYTES = new Set<unknown>(["typedarray", "arraybuffer"]);

/**
 * Typed arrays, buffers and boxed texts are shown element by element, where no secret is found in one piece: their elements are left out. Shapes: an object preview, the
 * answer to `Runtime.getProperties`, an object by value. Arrays are shown: they have a length of their own.
 */
export function withholdElements(fields: Fields): Fields {
  const { properties, result, subtype, description, internalProperties } = fields;
  if (Array.isArray(properties) && (BYTES.has(subtype) || /^String\b/.test(String(description)))) {
    return { ...fields, properties: properties.map((one: unknown) => (isElementOf(one) ? { ...one, value: WITHHELD } : one)) };
  }
  if (Array.isArray(result) && (isBoxed(internalProperties) || isSpelledOut(result))) {
    return { ...fields, result: result.map((one: unknown) => (isElementOf(one) ? { ...one, value: { type: "string", value: WITHHELD } } : one)) };
  }
  const members = Object.entries(fields);
  return isSpelled(members) ? Object.fromEntries(members.map(([name, value]) => [name, isIndex(name) ? WITHHELD : value])) : fields;
}

const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null;
const isIndex = (name: unknown): boolean => typeof name === "string" && /^\d+$/.test(name);
const isElementOf = (descriptor: unknown): descriptor is Fields => isObject(descriptor) && isIndex(descriptor.name);
const isElement = (value: unknown): boolean => typeof value === "number" || (typeof value === "string" && [...value.slice(0, 3)].length === 1);
const isBoxed = (internal: unknown): boolean => Array.isArray(internal) && internal.some((one: unknown) => isObject(one) && one.name === "[[PrimitiveValue]]");

/** @param descriptors as `Runtime.getProperties` has them */
function isSpelledOut(descriptors: unknown[]): boolean {
  const all = descriptors.filter(isObject);
  // V8 shows what typed arrays inherit as if it were theirs: their length in bytes tells them from arrays.
  const isArray = all.some(({ name }) => name === "length") && !all.some(({ name }) => name === "byteLength");
  return !isArray && isSpelled(all.map(({ name, value }) => [String(name), isObject(value) ? value.value : undefined]));
}

function isSpelled(members: [string, unknown][]): boolean {
  const elements = members.filter(([name]) => isIndex(name));
  return elements.length > 0 && elements.every(([, value]) => isElement(value));
}
