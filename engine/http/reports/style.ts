/** The dashboard's constants (engine/dashboard/styles/tokens.css): a test keeps them equal. */
export const LIGHT: Readonly<Record<string, string>> = {
  ground: "#f3f1ec",
  surface: "#fdfcf9",
  sunken: "#eae7df",
  line: "#d9d5ca",
  ink: "#1c1b18",
  "ink-soft": "#57544c",
  accent: "#0c5a62",
  good: "#17673f",
  warn: "#8a4b00",
  bad: "#a51f17",
  busy: "#1a55a8",
  quiet: "#6f6b61",
};
export const DARK: Readonly<Record<string, string>> = {
  ground: "#111315",
  surface: "#181b1e",
  sunken: "#0c0e0f",
  line: "#2b3035",
  ink: "#e9e6df",
  "ink-soft": "#b3afa5",
  accent: "#72c6c3",
  good: "#6cd19b",
  warn: "#ecb35c",
  bad: "#f58d83",
  busy: "#8ab9f6",
  quiet: "#938f86",
};

const variables = (theme: Readonly<Record<string, string>>): string =>
  Object.entries(theme)
    .map(([name, value]) => `--${name}:${value}`)
    .join(";");
const LOOKS = ["good", "warn", "bad", "busy", "quiet", "accent"];

/** Paper is light, whatever the screen is. */
export const STYLE = `
:root{color-scheme:light;${variables(LIGHT)}}
@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark;${variables(DARK)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:13px/1.5 "IBM Plex Sans Variable",system-ui,sans-serif;overflow-wrap:anywhere}
main{max-width:1080px;margin:0 auto;padding:32px 20px}
h1{font-size:27px;line-height:1.2;margin:0 0 4px}
h2{font-size:15px;margin:0 0 12px}
p{margin:0 0 8px}
.soft{color:var(--ink-soft)}
section{background:var(--surface);border:1px solid var(--line);border-radius:3px;padding:16px 20px;margin-top:12px}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:12px;margin-top:20px}
.figures section{margin:0}
.figures b{display:block;font-size:27px;line-height:1.2;font-weight:600;font-variant-numeric:tabular-nums}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(340px,100%),1fr));gap:12px}
.pair>section{margin-top:12px}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;font-weight:400;padding:4px 8px 4px 0;vertical-align:middle}
thead th{color:var(--ink-soft);border-bottom:1px solid var(--line)}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;padding-right:0;padding-left:8px}
.bars th{width:26%}.bars td.number{width:18%}
td.wide{width:30%}
svg{display:block}
svg.chart{width:100%;height:auto}
.sideways{overflow-x:auto}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;color:var(--ink-soft);margin:0 0 8px}
.legend span{display:inline-flex;align-items:center;gap:6px}
.tick{fill:var(--ink-soft);font-size:11px}
.grid{stroke:var(--line);stroke-width:1}
rect.sunken{fill:var(--sunken)}
${LOOKS.map((look) => `rect.${look},circle.${look}{fill:var(--${look})}polyline.${look}{stroke:var(--${look})}`).join("\n")}
.line{fill:none;stroke-width:2;stroke-linejoin:round}
.text-bad{color:var(--bad)}.text-good{color:var(--good)}
footer{color:var(--ink-soft);margin-top:20px}
/* Of a phone: each scope gets lines of its own, and charts keep text that can be read. */
@media screen and (max-width:600px){main{padding:20px 12px}section{padding:14px}
.scopes tr{display:grid;grid-template-columns:repeat(5,1fr)}.scopes th[scope=row],.scopes td.wide{grid-column:1/-1;width:auto}.scopes thead th:nth-child(-n+2){display:none}.scopes td.number,.scopes th.number{padding-left:0;white-space:normal}
.bars th{width:32%}.sideways svg.chart{width:640px}.tick{font-size:16px}}
@media print{.sideways{overflow:visible}tr{break-inside:avoid}@page{margin:14mm}body{background:#fff;font-size:11px}main{max-width:none;padding:0}section{background:#fff}section:not(.scopes){break-inside:avoid}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
