import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import type { FastifyReply, FastifyRequest } from "fastify";
import { RunwrightError } from "../../core/errors.ts";
import type { App } from "../request.ts";

/** Built by scripts/build-dashboard.mjs. */
const FOLDER = join(import.meta.dirname, "../../dashboard/dist");

/** Addresses that are pages of the dashboard, which tells them apart itself; whatever else nobody knows stays an error. */
const PLACES = [
  "machines",
  "updates",
  "deployments",
  "windows",
  "reports",
  "runbooks",
  "jobs",
  "approvals",
  "schedules",
  "webhooks",
  "assets",
  "activity",
  "settings",
];

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".woff": "font/woff",
};

/**
 * The page loads nothing from elsewhere, runs nothing that stands in it, and can't be put into another page. Styles that scripts set on elements are theirs to set; style elements and attributes aren't allowed.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

interface Packed {
  type: string;
  plain: Buffer;
  gzip?: Buffer;
  br?: Buffer;
}

/** The dashboard's files, held in memory: they are few, and a path is a key among known ones, never a place on the disk. */
export function dashboardRoutes(app: App): void {
  let files: Promise<ReadonlyMap<string, Packed>> | undefined;
  const load = () => {
    files ??= readFiles(FOLDER).catch((cause) => {
      files = undefined; // it may be built while the engine runs
      throw new RunwrightError("NOT_FOUND", "the dashboard isn't built; `npm start` builds it, as does `npm run setup`", { cause });
    });
    return files;
  };

  async function page(request: FastifyRequest, reply: FastifyReply) {
    return send(request, reply, "index.html", "no-cache");
  }

  async function send(request: FastifyRequest, reply: FastifyReply, name: string, cacheControl: string) {
    const found = (await load()).get(name);
    if (!found)
      throw new RunwrightError("NOT_FOUND", "there is no such file; the page that asked for it may be of another version of the engine: load it again");
    const accepted = String(request.headers["accept-encoding"] ?? "");
    const encoding = (["br", "gzip"] as const).find((one) => found[one] !== undefined && accepted.includes(one));
    reply.headers({
      "content-type": found.type,
      "content-security-policy": POLICY,
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
      "cache-control": cacheControl,
      vary: "accept-encoding",
      ...(encoding ? { "content-encoding": encoding } : {}),
    });
    return reply.send(encoding ? found[encoding] : found.plain);
  }

  const options = { config: { door: "public" }, schema: { hide: true } as object } as const;
  app.get("/", options, page);
  for (const place of PLACES) {
    app.get(`/${place}`, options, page);
    app.get(`/${place}/*`, options, page);
  }
  // Their names hold a hash of what is in them.
  app.get<{ Params: { name: string } }>("/files/:name", options, async (request, reply) =>
    send(request, reply, `files/${request.params.name}`, "public, max-age=31536000, immutable"),
  );
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, Packed>> {
  const names = (await readdir(folder, { recursive: true })).map((name) => name.replaceAll("\\", "/"));
  const plain = names.filter((name) => TYPES[extname(name)] !== undefined);
  if (!plain.includes("index.html")) throw new Error(`${folder} has no index.html`);
  const known = new Set(names);
  const read = (name: string) => (known.has(name) ? readFile(join(folder, name)) : undefined);
  return new Map(
    await Promise.all(
      plain.map(async (name) => {
        const [bytes, gzip, br] = await Promise.all([readFile(join(folder, name)), read(`${name}.gz`), read(`${name}.br`)]);
        const packed: Packed = { type: TYPES[extname(name)] ?? "application/octet-stream", plain: bytes, ...(gzip ? { gzip } : {}), ...(br ? { br } : {}) };
        return [name, packed] as const;
      }),
    ),
  );
}
