import { useState } from "preact/hooks";
import type { NewToken, Token } from "../../../protocol/http/access.ts";
import { inPath } from "../../model/engine.ts";
import { mayAnywhere } from "../../model/rights.ts";
import { inOrder, tokenState } from "../../model/tokens.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Name } from "../../parts/name.tsx";
import { Empty } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import { ProblemBox, useRead } from "../../parts/read.tsx";
import { type Column, RowTable } from "../../parts/row-table.tsx";
import { Select } from "../../parts/select.tsx";
import { ShownOnce } from "../../parts/shown-once.tsx";
import { Badge, Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";
import { Grants } from "./grants.tsx";
import { NewTokenDialog } from "./new-token.tsx";

const SHOWN = [
  { value: "", name: "in use" },
  { value: "all", name: "all, also ended ones" },
];

export const useTokens = () => useRead<{ items: Token[] }>("/api/v1/tokens", { of: ["tokens", "activity"], every: 3_000 });

/** Own tokens, and those that the viewer may revoke. A session is a token that a browser keeps. */
export function Tokens() {
  const { location, who, now } = usePage();
  const { show = "" } = location.place.value.query;
  const [revoked, setRevoked] = useState<Token>();
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<NewToken>();
  const read = useTokens();
  const at = now.value;
  const all = inOrder(read.value?.items ?? [], at);
  const rows = show === "all" ? all : all.filter((token) => tokenState(token, at) === "active");
  const columns: readonly Column<Token>[] = [
    { name: "State", width: "78px", cell: (token) => <Status word={tokenState(token, at)} /> },
    { name: "Name", width: "minmax(150px, 1.6fr)", cell: (token) => <TokenName token={token} isThis={token.id === who.tokenId} /> },
    { name: "Of", width: "minmax(80px, 1fr)", rank: 2, cell: ({ principal }) => <Name text={principal} /> },
    { name: "May", width: "minmax(120px, 1.4fr)", rank: 3, cell: ({ grants }) => <Grants grants={grants} /> },
    { name: "Made", width: "84px", number: true, rank: 3, cell: ({ createdAt }) => <Time at={createdAt} /> },
    { name: "Used", width: "84px", number: true, rank: 2, cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
    {
      name: "Ends",
      width: "84px",
      number: true,
      rank: 2,
      cell: ({ expiresAt }) => (expiresAt === null ? <span class="soft">never</span> : <Time at={expiresAt} />),
    },
    {
      name: "Revoke",
      width: "60px",
      number: true,
      cell: (token) =>
        tokenState(token, at) === "active" && (
          <button type="button" class="button plain" onClick={() => setRevoked(token)} aria-label={`Revoke ${token.name}`}>
            Revoke
          </button>
        ),
    },
  ];
  return (
    <>
      <div class="filters">
        <Select label="State" value={show} choices={SHOWN} onValue={(word) => location.narrow({ show: word })} />
        {mayAnywhere(who, "token.write") && (
          <button type="button" class="button" onClick={() => setMaking(true)}>
            Make a token
          </button>
        )}
      </div>
      {read.problem && <ProblemBox problem={read.problem} again={read.again} isOlder={read.value !== undefined} />}
      <RowTable<Token>
        label="Tokens and sessions"
        rows={rows}
        columns={columns}
        idOf={({ id }) => id}
        isLoading={read.value === undefined && read.problem === undefined}
        empty={<Empty says="No token is in use." />}
      />
      {isMaking && <NewTokenDialog onMade={setMade} onClose={() => setMaking(false)} />}
      {made && (
        <ShownOnce
          title={`Token ${made.name}`}
          name="The token"
          secret={made.token}
          hint="It is shown this once: the engine keeps its hash alone. Whoever has it may do what it may."
          onClose={() => setMade(undefined)}
        />
      )}
      {revoked && <RevokeDialog token={revoked} onClose={() => setRevoked(undefined)} />}
    </>
  );
}

function TokenName({ token: { name, sessionOf }, isThis }: { token: Token; isThis: boolean }) {
  return (
    <span class="badges">
      {sessionOf !== null && <Badge tone={isThis ? "good" : "quiet"}>{isThis ? "this browser" : "session"}</Badge>}
      <Name text={name} longest={80} />
    </span>
  );
}

function RevokeDialog({ token, onClose }: { token: Token; onClose(): void }) {
  const { engine, reads, who } = usePage();
  const does = async () => {
    await engine.send("DELETE", `/api/v1/tokens/${inPath(token.id)}`);
    reads.changed(["tokens", "activity"]);
  };
  return (
    <Dialog
      title={token.sessionOf === null ? "Revoke a token" : "End a session"}
      act={token.sessionOf === null ? "Revoke" : "End"}
      isGrave
      does={does}
      onClose={onClose}
    >
      <p>
        <strong>
          <Name text={token.name} longest={80} />
        </strong>
        , of <Name text={token.principal} />: whoever uses it is refused from now on.
        {token.sessionOf === null && " Sessions that were made from it end with it."}
      </p>
      {token.id === who.tokenId && <p class="tone-warn">It is the one with which you are signed in here.</p>}
    </Dialog>
  );
}
