import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { type HmacFormat, sign, type VerifyOptions, verify, WEBHOOK_REASONS } from "../../engine/webhooks.ts";
import { PUBLISHED } from "./vendors.ts";

const NOW = Temporal.Instant.from("2026-06-01T12:00:00Z");
const SECONDS = NOW.epochMilliseconds / 1_000;
const bytes = (text: string) => new TextEncoder().encode(text);
const BODY = bytes('{"action":"restart","größe":1}');
const plain: HmacFormat = { header: "X-Signature" };

/** Everything but the headers, for each scheme. */
const SCENES = {
  standard: { scheme: "standard", secret: PUBLISHED.standard.secret, body: BODY, now: NOW, id: "msg_1" },
  github: { scheme: "github", secret: "s3cret", body: BODY, now: NOW },
  slack: { scheme: "slack", secret: "s3cret", body: BODY, now: NOW },
  stripe: { scheme: "stripe", secret: "whsec_test", body: BODY, now: NOW },
  hex: { scheme: "hmac", hmac: { ...plain, prefix: "sha256=" }, secret: "s3cret", body: BODY, now: NOW },
  base64: { scheme: "hmac", hmac: { ...plain, algorithm: "sha512", encoding: "base64" }, secret: "s3cret", body: BODY, now: NOW },
  base64url: { scheme: "hmac", hmac: { ...plain, algorithm: "sha1", encoding: "base64url" }, secret: "s3cret", body: BODY, now: NOW },
} as const satisfies Record<string, Omit<VerifyOptions, "headers"> & { id?: string }>;
type Scene = (typeof SCENES)[keyof typeof SCENES];
const scenes = Object.entries(SCENES) as [string, Scene][];

const reasonOf = (options: VerifyOptions) => {
  const verification = verify(options);
  return verification.valid ? "valid" : verification.reason;
};
const withHeaders = (scene: Scene, headers: VerifyOptions["headers"]) => reasonOf({ ...scene, headers } as VerifyOptions);

describe("published requests", () => {
  for (const [vendor, request] of Object.entries(PUBLISHED)) {
    it(`of ${vendor} are valid, and signing makes the same headers`, () => {
      assert.deepEqual(verify(request), { valid: true });
      const id = "webhook-id" in request.headers ? request.headers["webhook-id"] : undefined;
      const lowerCase = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]));
      assert.deepEqual(sign({ ...request, id }), lowerCase);
    });
  }

  it("in Stripe's form: the time, a v1 signature over time and body, a v0 one that proves nothing", () => {
    const v1 = createHmac("sha256", "whsec_test").update(`${SECONDS}.`).update(BODY).digest("hex");
    const v0 = "6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39";
    assert.equal(withHeaders(SCENES.stripe, { "Stripe-Signature": `t=${SECONDS},v1=${v1},v0=${v0}` }), "valid");
    assert.equal(withHeaders(SCENES.stripe, { "Stripe-Signature": `t=${SECONDS},v0=${v1}` }), "header_malformed");
    assert.equal(withHeaders(SCENES.stripe, { "Stripe-Signature": `t=${SECONDS},v1=${v0}` }), "signature_mismatch");
    assert.equal(withHeaders(SCENES.stripe, { "Stripe-Signature": `t=${SECONDS},t=${SECONDS + 1},v1=${v1}` }), "header_malformed");
  });
});

describe("a signed request", () => {
  for (const [name, scene] of scenes) {
    const headers = sign(scene);
    const alter = (header: string, change: (value: string) => string) => withHeaders(scene, { ...headers, [header]: change(headers[header] ?? "") });

    it(`${name}: is valid, whatever the case of its headers' names and whoever gives them`, () => {
      assert.equal(withHeaders(scene, headers), "valid");
      assert.equal(withHeaders(scene, Object.fromEntries(Object.entries(headers).map(([header, value]) => [header.toUpperCase(), value]))), "valid");
      assert.equal(withHeaders(scene, new Headers(headers)), "valid");
      assert.equal(withHeaders(scene, Object.fromEntries(Object.entries(headers).map(([header, value]) => [header, [value]]))), "valid");
    });

    it(`${name}: any byte of any header altered makes it invalid`, () => {
      for (const [header, value] of Object.entries(headers)) {
        for (let i = 0; i < value.length; i++) {
          const altered = alter(header, () => value.slice(0, i) + (value[i] === "1" ? "2" : "1") + value.slice(i + 1));
          assert.notEqual(altered, "valid", `${header} at ${i}`);
        }
      }
    });

    it(`${name}: any header truncated, empty, missing or repeated makes it invalid`, () => {
      for (const [header, value] of Object.entries(headers)) {
        for (let length = 1; length < value.length; length++)
          assert.notEqual(
            alter(header, () => value.slice(0, length)),
            "valid",
            `${header} to ${length}`,
          );
        assert.equal(
          alter(header, () => ""),
          "header_missing",
        );
        assert.equal(withHeaders(scene, { ...headers, [header]: undefined }), "header_missing");
        assert.equal(withHeaders(scene, { ...headers, [header]: [value, value] }), "header_repeated");
        assert.equal(withHeaders(scene, { ...headers, [header.toUpperCase()]: value }), "header_repeated");
      }
    });

    it(`${name}: a body altered by a byte, cut, prolonged or decoded and encoded again makes it invalid`, () => {
      for (const body of [
        BODY.with(0, 0x5b),
        BODY.slice(1),
        Uint8Array.of(...BODY, 10),
        bytes(JSON.stringify(JSON.parse(new TextDecoder().decode(BODY)), null, 1)),
      ])
        assert.equal(reasonOf({ ...scene, body, headers } as VerifyOptions), "signature_mismatch");
    });

    it(`${name}: an empty body and a binary one are signed like any other`, () => {
      for (const body of [new Uint8Array(), Uint8Array.from({ length: 256 }, (_, i) => i), Buffer.from([0xff, 0xfe, 0x00])])
        assert.equal(reasonOf({ ...scene, body, headers: sign({ ...scene, body } as never) } as VerifyOptions), "valid");
    });

    it(`${name}: during a rotation the old and the new secret are right, others aren't`, () => {
      const other = name === "standard" ? "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" : "other";
      assert.equal(reasonOf({ ...scene, secret: [other, scene.secret], headers } as VerifyOptions), "valid");
      assert.equal(reasonOf({ ...scene, secret: [scene.secret, other], headers } as VerifyOptions), "valid");
      assert.equal(reasonOf({ ...scene, secret: [other], headers } as VerifyOptions), "signature_mismatch");
    });

    it(`${name}: neither reason nor message shows the secret or the right signature`, () => {
      const verification = verify({
        ...scene,
        headers: { ...headers, ...Object.fromEntries(Object.keys(headers).map((header) => [header, "x"])) },
      } as VerifyOptions);
      assert.equal(verification.valid, false);
      const text = JSON.stringify(verification);
      const signature = /[\w+/=-]{20,}$/.exec(Object.values(headers).at(-1) ?? "")?.[0] ?? "none";
      assert.ok(!text.includes(signature) && !text.includes(scene.secret), text);
      assert.ok(!verification.valid && WEBHOOK_REASONS.includes(verification.reason));
    });
  }
});

describe("the time of signing", () => {
  for (const name of ["standard", "slack", "stripe"] as const) {
    const scene = SCENES[name];
    const headers = sign(scene);
    const later = (seconds: number) => withHeaders({ ...scene, now: NOW.add({ seconds }) as never }, headers);
    it(`${name}: may differ by five minutes to either side, and no second more`, () => {
      assert.deepEqual([300, 301, -300, -301].map(later), ["valid", "timestamp_too_old", "valid", "timestamp_too_new"]);
    });

    it(`${name}: is signed: another one isn't believed`, () => {
      const moved = Object.fromEntries(Object.entries(headers).map(([header, value]) => [header, value.replace(String(SECONDS), String(SECONDS + 1))]));
      assert.equal(withHeaders(scene, moved), "signature_mismatch");
    });

    it(`${name}: is a number of seconds, nothing else`, () => {
      for (const time of ["soon", "-1", "1e9", "0x5", " ", `${SECONDS}.0`, "9".repeat(20)]) {
        const odd = Object.fromEntries(Object.entries(headers).map(([header, value]) => [header, value.replace(String(SECONDS), time)]));
        assert.match(withHeaders(scene, odd), /^header_(malformed|missing)$/, time);
      }
    });
  }

  it("isn't part of github and hmac: they are valid for ever", () => {
    for (const scene of [SCENES.github, SCENES.hex]) assert.equal(withHeaders({ ...scene, now: NOW.add({ hours: 10_000 }) as never }, sign(scene)), "valid");
  });

  it("is compared with an instant, a date or Unix milliseconds, and never with what is none", () => {
    const headers = sign(SCENES.slack);
    for (const now of [NOW, new Date(NOW.epochMilliseconds), NOW.epochMilliseconds]) assert.equal(reasonOf({ ...SCENES.slack, headers, now }), "valid");
    for (const now of [Number.NaN, new Date(Number.NaN)]) assert.throws(() => verify({ ...SCENES.slack, headers, now }), TypeError);
  });
});

describe("Standard Webhooks", () => {
  const headers = sign(SCENES.standard);
  const signature = headers["webhook-signature"] ?? "";

  it("holds several signatures: one that fits is enough, those of other versions don't count", () => {
    const wrong = `v1,${Buffer.alloc(32).toString("base64")}`;
    const check = (value: string) => withHeaders(SCENES.standard, { ...headers, "webhook-signature": value });
    assert.equal(check(`${wrong} ${signature}`), "valid");
    assert.equal(check(`v1a,${signature.slice(3)} v2,abc ${signature}`), "valid");
    assert.equal(check(`v1,broken ${signature}`), "valid");
    assert.equal(check(`v1a,${signature.slice(3)}`), "header_malformed");
    assert.equal(check(`${wrong} ${wrong}`), "signature_mismatch");
  });

  it("signs with each secret of a rotation, so that receivers of either accept it", () => {
    const secrets = [PUBLISHED.standard.secret, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"];
    const both = sign({ ...SCENES.standard, secret: secrets });
    for (const secret of secrets) assert.equal(reasonOf({ ...SCENES.standard, secret, headers: both }), "valid");
    const stripe = sign({ ...SCENES.stripe, secret: ["a", "b"] });
    for (const secret of ["a", "b"]) assert.equal(reasonOf({ ...SCENES.stripe, secret, headers: stripe }), "valid");
  });

  it("an id with a dot is refused, because id and time could be split elsewhere", () => {
    assert.equal(withHeaders(SCENES.standard, { ...headers, "webhook-id": "msg.1" }), "header_malformed");
    for (const id of ["msg.1", "", "a b", "a\n", undefined]) assert.throws(() => sign({ ...SCENES.standard, id }), TypeError);
  });

  it("takes a secret with or without whsec_ and padding, and as bytes", () => {
    const key = Buffer.from("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "base64");
    for (const secret of ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", key, new Uint8Array(key)])
      assert.equal(reasonOf({ ...SCENES.standard, secret, headers }), "valid");
    const short = sign({ ...SCENES.standard, secret: "whsec_AAECAw==" });
    assert.equal(reasonOf({ ...SCENES.standard, secret: "whsec_AAECAw", headers: short }), "valid");
  });
});

describe("encodings", () => {
  const digest = createHmac("sha256", "s3cret").update(BODY).digest();
  const check = (encoding: HmacFormat["encoding"], value: string) =>
    reasonOf({ ...SCENES.hex, hmac: { ...plain, encoding }, headers: { "x-signature": value } });

  it("hex is read in either case, base64url with or without padding, base64 with it", () => {
    assert.equal(check("hex", digest.toString("hex").toUpperCase()), "valid");
    assert.equal(check("base64url", digest.toString("base64url")), "valid");
    assert.equal(check("base64url", `${digest.toString("base64url")}=`), "valid");
    assert.equal(check("base64", digest.toString("base64")), "valid");
  });

  it("another encoding, another length and stray characters are malformed or don't fit", () => {
    assert.equal(check("hex", digest.toString("base64")), "header_malformed");
    assert.notEqual(check("base64", digest.toString("hex")), "valid");
    assert.equal(check("base64", digest.toString("base64").replace("=", "")), "header_malformed");
    assert.equal(check("base64", `${digest.toString("base64")} x`), "header_malformed");
    assert.equal(check("hex", `${digest.toString("hex")}0`), "header_malformed");
    assert.equal(check("hex", `${digest.toString("hex")}00`), "signature_mismatch");
    assert.equal(check("hex", digest.toString("hex").slice(0, 2)), "signature_mismatch");
    assert.equal(check("hex", `sha256=${digest.toString("hex")}`), "header_malformed");
  });

  it("two texts of one signature aren't both taken: unused bits of base64 must be zero", () => {
    const text = digest.toString("base64");
    const last = text.at(-2) ?? "";
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const twin = `${text.slice(0, -2)}${alphabet[alphabet.indexOf(last) + 1]}=`;
    assert.deepEqual(Buffer.from(twin, "base64"), digest);
    assert.equal(check("base64", twin), "header_malformed");
  });
});

describe("the package", () => {
  it("offers the verifier as runwright/webhooks", async () => {
    const library = await import("runwright/webhooks");
    assert.deepEqual(library.verify(PUBLISHED.github), { valid: true });
  });
});

describe("what the receiver set up wrongly", () => {
  it("is its own mistake, told as TypeError: secrets that are empty, none or not base64", () => {
    for (const secret of ["", [], [""], ["good", ""], new Uint8Array()]) assert.throws(() => verify({ ...SCENES.github, secret, headers: {} }), TypeError);
    for (const secret of ["whsec_", "whsec_!!!", "whsec_ä"]) assert.throws(() => verify({ ...SCENES.standard, secret, headers: {} }), TypeError);
  });

  it("a format without header, with an unknown algorithm or encoding", () => {
    for (const hmac of [undefined, { header: "" }, { header: "a b" }, { header: "x", algorithm: "md5" }, { header: "x", encoding: "utf8" }])
      assert.throws(() => verify({ ...SCENES.hex, hmac, headers: {} } as unknown as VerifyOptions), TypeError);
  });

  it("a body that isn't bytes", () => {
    for (const body of ["text", { a: 1 }, undefined])
      assert.throws(() => verify({ ...SCENES.github, body, headers: {} } as unknown as VerifyOptions), TypeError);
  });

  it("a secret beyond ASCII is UTF-8, as text or as bytes", () => {
    const secret = "Schlüssel-鍵-🔑";
    const headers = sign({ ...SCENES.github, secret });
    assert.equal(headers["x-hub-signature-256"], `sha256=${createHmac("sha256", Buffer.from(secret, "utf8")).update(BODY).digest("hex")}`);
    assert.equal(reasonOf({ ...SCENES.github, secret: bytes(secret), headers }), "valid");
    assert.equal(reasonOf({ ...SCENES.github, secret: "Schlussel-鍵-🔑", headers }), "signature_mismatch");
  });
});
