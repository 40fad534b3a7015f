import type { Facts } from "../core/machine.ts";
import type { AgentFrames } from "../protocol/agent.ts";
import { type HandshakeNonces, type Identity, joinStatement, leaveStatement, openIdentity } from "../protocol/signature.ts";
import { newRunId } from "./run-id.ts";

export interface JoiningMachine {
  /** Its new key. */
  identity: Identity;
  /** Of the join token: the right to join, which never crosses the network. */
  secret: string;
  name: string | undefined;
  facts: Facts;
  /** The membership of the same engine that it gives up. */
  former: (Identity & { machineId: string }) | undefined;
}

/** What a machine says of itself when it asks to become a member. */
export function joinIntroduction({ identity, secret, name, facts, former }: JoiningMachine) {
  const right = openIdentity(secret);
  const runId = newRunId();
  return (nonces: HandshakeNonces, protocol: number): AgentFrames["join"] => {
    const statement = joinStatement(nonces, identity.publicKey, runId);
    return {
      type: "join",
      protocol,
      runId,
      publicKey: identity.publicKey,
      joinKey: right.publicKey,
      joinSignature: right.sign(statement),
      signature: identity.sign(statement),
      ...(name === undefined ? {} : { name }),
      facts,
      ...(former ? { leaves: { machineId: former.machineId, signature: former.sign(leaveStatement(nonces, former.machineId, runId)) } } : {}),
    };
  };
}
