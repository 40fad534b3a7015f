import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import type { NewId } from "../core/id.ts";
import { scopeIncludes } from "../core/scope.ts";
import type { AgentFrames } from "../protocol/agent.ts";
import { type HandshakeNonces, isSignedBy, joinStatement, leaveStatement } from "../protocol/signature.ts";
import type { ActivityEntry } from "../store/records/activity.ts";
import type { JoinTokenRecord, MachineRecord } from "../store/records/machines.ts";
import type { Store, Writes } from "../store/store.ts";
import { joinTokenHash } from "./join-tokens.ts";

export interface EnrolmentParts {
  store: Store;
  clock: Clock;
  newId: NewId;
}

/**
 * Makes a machine a member. Names are unique. A machine that was set up anew gets its name, id, tags and history back when it joins with a token made to replace
 * it, or when it was revoked or found cloned before; else its name is taken.
 */
export function createEnrolment({ store, clock, newId }: EnrolmentParts) {
  /**
   * @returns the machine, committed. Joining again with the same key and token gives the same machine: the first answer may have been lost.
   * @throws JOIN_TOKEN_INVALID, AGENT_KEY_REFUSED, NAME_TAKEN
   */
  return function join(frame: AgentFrames["join"], nonces: HandshakeNonces, address: string): Promise<MachineRecord> {
    const statement = joinStatement(nonces, frame.publicKey, frame.runId);
    if (!isSignedBy(frame.joinKey, statement, frame.joinSignature))
      throw new RunwrightError("JOIN_TOKEN_INVALID", "the join token isn't the one that signed this request");
    if (!isSignedBy(frame.publicKey, statement, frame.signature))
      throw new RunwrightError("AGENT_KEY_REFUSED", "the machine doesn't have the key that it names");
    return store.write(async (tx) => {
      const token = await tx.machines.joinTokenByHash(joinTokenHash(frame.joinKey));
      if (!token) throw new RunwrightError("JOIN_TOKEN_INVALID", "this engine doesn't know the join token; create a new one");
      const member = await tx.machines.byPublicKey(frame.publicKey);
      if (member && member.removedAt === null && (member.state === "online" || member.state === "offline")) return member;
      await take(tx, token);
      const machine = await enrol(tx, token, frame);
      const entry = (operation: string, { name, scope }: MachineRecord, details: object): ActivityEntry => ({
        ...{ at: clock.now(), actorId: machine.id, actorKind: "agent", actorName: machine.name, address },
        ...{ operation, target: name, scope, result: "ok", correlationId: frame.runId, details },
      });
      tx.activity.append(entry("machine.join", machine, { joinToken: token.id, machineId: machine.id }));
      const told = await tellApart(tx, frame, nonces);
      if (told) tx.activity.append(entry("machine.reinstate", told, { toldApartFrom: machine.id }));
      return machine;
    });
  };

  /** A machine of two that had one key has given it up: the one that still has it is let in again. */
  async function tellApart(tx: Writes, { leaves, runId }: AgentFrames["join"], nonces: HandshakeNonces): Promise<MachineRecord | undefined> {
    if (leaves === undefined) return undefined;
    const former = await tx.machines.get(leaves.machineId);
    if (former?.state !== "cloned" || former.removedAt !== null) return undefined;
    if (!isSignedBy(former.publicKey, leaveStatement(nonces, former.id, runId), leaves.signature)) return undefined;
    await tx.machines.patch(former.id, { state: "offline" });
    return former;
  }

  async function take(tx: Writes, token: JoinTokenRecord): Promise<void> {
    if (token.revokedAt !== null) throw new RunwrightError("JOIN_TOKEN_INVALID", "the join token was revoked; create a new one");
    if (token.expiresAt <= clock.now()) throw new RunwrightError("JOIN_TOKEN_INVALID", "the join token has expired; create a new one");
    if (!(await tx.machines.useJoinToken(token.id))) throw new RunwrightError("JOIN_TOKEN_INVALID", "the join token was used already; create a new one");
  }

  async function enrol(tx: Writes, token: JoinTokenRecord, frame: AgentFrames["join"]): Promise<MachineRecord> {
    const name = token.replaces ?? machineName(frame.name ?? frame.facts.hostname);
    const before = await tx.machines.byName(name);
    const fresh = {
      publicKey: frame.publicKey,
      state: "offline",
      facts: frame.facts,
      enrolledAt: clock.now(),
      enrolledBy: token.createdBy,
      engine: null,
    } as const;
    if (before === undefined) {
      const machine = { id: newId("mch"), name, scope: token.scope, tags: token.tags, lastSeenAt: null, staleSince: null, removedAt: null, ...fresh };
      await tx.machines.insert(machine);
      return machine;
    }
    const mayReplace = token.replaces === name || before.state === "revoked" || before.state === "cloned";
    // Whoever may enrol in one scope must not take over a machine of another.
    if (!mayReplace || !scopeIncludes(token.scope, before.scope)) {
      throw new RunwrightError(
        "NAME_TAKEN",
        `there is a machine "${name}" already; join with another --name, or with a token made with --replaces ${name} if this is that machine, set up anew`,
      );
    }
    const tags = { ...before.tags, ...token.tags };
    await tx.machines.patch(before.id, { ...fresh, tags });
    return { ...before, ...fresh, tags };
  }
}
export type Join = ReturnType<typeof createEnrolment>;

/** A name that selectors and shells take as it is. */
function machineName(text: string): string {
  const name = text
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, 63);
  if (name === "") throw new RunwrightError("BAD_REQUEST", `"${text.slice(0, 63)}" can't be a machine's name; join with --name`);
  return name;
}
