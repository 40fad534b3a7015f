import { extname } from "node:path";

const TYPES = {
  ".json": "application/json",
  ".vsixmanifest": "text/xml",
  ".cjs": "application/javascript",
  ".js": "application/javascript",
  ".css": "text/css",
  ".md": "text/markdown",
  ".txt": "text/plain",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

/**
 * The part [Content_Types].xml of an Open Packaging file.
 * @param {readonly string[]} names
 */
export function contentTypes(names) {
  const extensions = [...new Set([".vsixmanifest", ...names.map((name) => extname(name).toLowerCase()).filter(Boolean)])].sort();
  const rows = extensions.map((extension) => `<Default Extension="${xml(extension)}" ContentType="${TYPES[extension] ?? "application/octet-stream"}"/>`);
  return `<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">${rows.join("")}</Types>
`;
}

/** Which file of the package is which part of an extension's page. */
const ASSETS = [
  ["Microsoft.VisualStudio.Code.Manifest", "package.json"],
  ["Microsoft.VisualStudio.Services.Content.Details", "README.md"],
  ["Microsoft.VisualStudio.Services.Content.Changelog", "CHANGELOG.md"],
  ["Microsoft.VisualStudio.Services.Content.License", "LICENSE.txt"],
];

/**
 * extension.vsixmanifest, as galleries and editors read it.
 * @param {Record<string, any>} manifest package.json of the extension
 * @param {readonly string[]} names files of the package
 */
export function extensionManifest(manifest, names) {
  const properties = {
    "Microsoft.VisualStudio.Code.Engine": manifest.engines.vscode,
    "Microsoft.VisualStudio.Code.ExtensionDependencies": (manifest.extensionDependencies ?? []).join(","),
    "Microsoft.VisualStudio.Code.ExtensionPack": (manifest.extensionPack ?? []).join(","),
    "Microsoft.VisualStudio.Code.ExtensionKind": (manifest.extensionKind ?? ["workspace"]).join(","),
    "Microsoft.VisualStudio.Code.LocalizedLanguages": "",
  };
  const assets = [...ASSETS, ...(manifest.icon ? [["Microsoft.VisualStudio.Services.Icons.Default", manifest.icon.replace(/^\.\//, "")]] : [])];
  return `<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011" xmlns:d="http://schemas.microsoft.com/developer/vsx-schema-design/2011">
  <Metadata>
    <Identity Language="en-US" Id="${xml(manifest.name)}" Version="${xml(manifest.version)}" Publisher="${xml(manifest.publisher)}"/>
    <DisplayName>${xml(manifest.displayName)}</DisplayName>
    <Description xml:space="preserve">${xml(manifest.description)}</Description>
    <Tags>${xml((manifest.keywords ?? []).join(","))}</Tags>
    <Categories>${xml((manifest.categories ?? []).join(","))}</Categories>
    <GalleryFlags>Public</GalleryFlags>
    <Properties>
${Object.entries(properties)
  .map(([id, value]) => `      <Property Id="${id}" Value="${xml(value)}"/>`)
  .join("\n")}
    </Properties>
    <License>extension/LICENSE.txt</License>${manifest.icon ? `\n    <Icon>extension/${xml(manifest.icon.replace(/^\.\//, ""))}</Icon>` : ""}
  </Metadata>
  <Installation>
    <InstallationTarget Id="Microsoft.VisualStudio.Code"/>
  </Installation>
  <Dependencies/>
  <Assets>
${assets
  .filter(([, name]) => names.includes(name))
  .map(([type, name]) => `    <Asset Type="${type}" Path="extension/${xml(name)}" Addressable="true"/>`)
  .join("\n")}
  </Assets>
</PackageManifest>
`;
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const xml = (text) => String(text).replace(/[&<>"]/g, (sign) => ENTITIES[sign]);
