/**
 * Text that others chose, for where VS Code reads links: messages, progress, prompts and problems of input boxes, details in the status of a language. There
 * `[words](command:…)` becomes a link that runs the command. What is shown here has no links of its own, so none is left.
 * Source: `parseLinkedText` of VS Code, where a link needs `](`.
 */
export const unlinked = (text: string): string => text.replaceAll("](", "] (");
