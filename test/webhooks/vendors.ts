import type { VerifyOptions } from "../../engine/webhooks.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const at = (seconds: number) => Temporal.Instant.fromEpochMilliseconds(seconds * 1_000);

/** Requests that the schemes' owners publish, with the secrets they publish with them. */
export const PUBLISHED = {
  /** docs.github.com, Validating webhook deliveries, Testing the webhook payload validation. */
  github: {
    scheme: "github",
    secret: "It's a Secret to Everybody",
    headers: { "X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17" },
    body: bytes("Hello, World!"),
    now: at(1_700_000_000),
  },
  /** api.slack.com, Verifying requests from Slack, A recipe for security. */
  slack: {
    scheme: "slack",
    secret: "8f742231b10e8888abcd99yyyzzz85a5",
    headers: {
      "X-Slack-Request-Timestamp": "1531420618",
      "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    },
    body: bytes(
      "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA" +
        "&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554" +
        "%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
    ),
    now: at(1_531_420_618),
  },
  /** The sample of Standard Webhooks' reference libraries. */
  standard: {
    scheme: "standard",
    secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    headers: {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    body: bytes('{"test": 2432232314}'),
    now: at(1_614_265_330),
  },
} as const satisfies Record<string, VerifyOptions>;
