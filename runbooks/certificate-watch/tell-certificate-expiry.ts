/**
 * Tells of a certificate among the assets that is about to expire. The rule `certificate-expiring` starts it 30, 7 and 1 days before, and when it has expired.
 *
 * It writes a line into its log; with `post` it tells a chat, too, whose path the secret `certificate-hook` has.
 */
import { runbook, Type } from "runwright";

export default runbook({
  summary: "Tell that a certificate among the assets expires soon",
  parameters: Type.Object({
    event: Type.Object(
      {
        certificate: Type.Object({
          name: Type.String(),
          scope: Type.String(),
          subject: Type.String({ default: "" }),
          notAfter: Type.String(),
          daysLeft: Type.Integer(),
        }),
      },
      { description: "What has happened, as the rule has it" },
    ),
    post: Type.Boolean({ default: false, description: "Tell the chat, too" }),
  }),
  permissions: { http: ["https://hooks.slack.com"], secrets: ["certificate-hook"] },
  async run({ params, http, secrets, log, output, retry }) {
    const { name, scope, subject, notAfter, daysLeft } = params.event.certificate;
    const text = `The certificate ${name} in ${scope} (${subject}) ${daysLeft < 0 ? "has expired" : `expires in ${daysLeft} days`}, at ${notAfter}. Renew it, and set it with: runwright asset set ${name} --certificate …`;
    (daysLeft < 7 ? log.error : log.warning)(text);
    output({ certificate: name, scope, daysLeft });
    if (!params.post) return;
    const path = await secrets.get("certificate-hook");
    const post = async () => {
      const headers = { "content-type": "application/json" };
      const { ok, status } = await http.fetch(`https://hooks.slack.com/${path}`, { method: "POST", headers, body: JSON.stringify({ text }) });
      if (!ok) throw new Error(`the chat answered with status ${status}`);
    };
    await retry(post, { attempts: 4, backoff: { initial: "10s" } });
  },
});
