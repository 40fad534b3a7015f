import type { ServiceParts } from "./systemd-unit.ts";

export const WINDOWS_SERVICE = "runwright-agent";

/**
 * A service definition for WinSW (its XML configuration file, github.com/winsw/winsw, doc/xml-config-file.md): Node can't answer the service control manager
 * itself. Written after the documentation and not proven on a Windows machine. The service runs as LocalSystem, as Windows Update refuses installs from remote
 * sessions. `stopparentprocessfirst` ends the agent and leaves what it has started.
 */
export function windowsService({ command, stateDirectory }: ServiceParts): string {
  const [executable = "", ...words] = command;
  return `<service>
  <id>${WINDOWS_SERVICE}</id>
  <name>Runwright agent</name>
  <description>Reports installed and missing updates to its engine and does what the engine asks</description>
  <executable>${xml(executable)}</executable>
  <arguments>${xml(words.map(argument).join(" "))}</arguments>
  <workingdirectory>${xml(stateDirectory)}</workingdirectory>
  <logpath>${xml(stateDirectory)}</logpath>
  <log mode="roll-by-size">
    <sizeThreshold>10240</sizeThreshold>
    <keepFiles>5</keepFiles>
  </log>
  <startmode>Automatic</startmode>
  <delayedAutoStart>true</delayedAutoStart>
  <onfailure action="restart" delay="5 sec"/>
  <resetfailure>1 hour</resetfailure>
  <stoptimeout>120 sec</stoptimeout>
  <stopparentprocessfirst>true</stopparentprocessfirst>
</service>
`;
}

/** As CommandLineToArgvW takes a command line apart: backslashes count before a quote only. */
const argument = (text: string): string => (text !== "" && !/[\s"]/.test(text) ? text : `"${text.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, "$1$1")}"`);

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
/** Control characters can't be in XML at all, and in no path of Windows. */
const xml = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? "").replace(/\p{Cc}/gu, "");
