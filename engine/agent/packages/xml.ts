import sax from "sax";

export interface XmlElement {
  name: string;
  attributes: Readonly<Record<string, string>>;
}

export interface XmlVisitor {
  open?(element: XmlElement, parents: readonly string[]): void;
  /** @param text what stood directly in the element, cut after 64 KB */
  close?(element: XmlElement, text: string, parents: readonly string[]): void;
}

export interface XmlReader {
  /** @throws Error when it isn't well-formed XML; what came before has been visited */
  write(chunk: string): void;
  end(): void;
}

const LONGEST_TEXT = 64 * 1024;
/** What nests deeper than anything that a package manager writes is an attack on our memory. */
const DEEPEST = 64;

/** Reads XML piece by piece, so that a document of any size takes little memory. Entities of the document's own aren't expanded. */
export function createXmlReader(visitor: XmlVisitor): XmlReader {
  const parser = sax.parser(true);
  const open: { element: XmlElement; text: string }[] = [];
  const parents: string[] = [];
  parser.onerror = (error) => {
    throw new Error(`XML that can't be read: ${error.message.replaceAll("\n", ", ")}`, { cause: error });
  };
  parser.onopentag = ({ name, attributes }) => {
    if (open.length >= DEEPEST) throw new Error(`XML that can't be read: elements are nested deeper than ${DEEPEST}`);
    const element = { name, attributes: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)])) };
    visitor.open?.(element, parents);
    open.push({ element, text: "" });
    parents.push(name);
  };
  parser.ontext = parser.oncdata = (text) => {
    const current = open.at(-1);
    if (current && current.text.length < LONGEST_TEXT) current.text += text.slice(0, LONGEST_TEXT - current.text.length);
  };
  parser.onclosetag = () => {
    const closed = open.pop();
    parents.pop();
    if (closed) visitor.close?.(closed.element, closed.text, parents);
  };
  return {
    write: (chunk) => void parser.write(chunk),
    end: () => void parser.close(),
  };
}

/** Reads a whole text. @throws Error when it isn't well-formed XML */
export function readXml(text: string, visitor: XmlVisitor): void {
  const reader = createXmlReader(visitor);
  reader.write(text);
  reader.end();
}
