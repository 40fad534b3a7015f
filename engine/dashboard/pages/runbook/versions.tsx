import { useMemo, useState } from "preact/hooks";
import type { RunbookDetails, Version } from "../../../protocol/http/runbooks.ts";
import type { Page as PageOf } from "../../../protocol/http/shapes.ts";
import { inPath } from "../../model/engine.ts";
import { mayAt } from "../../model/rights.ts";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { Empty } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import { Shown, useRead } from "../../parts/read.tsx";
import { type Column, RowTable } from "../../parts/row-table.tsx";
import { Time } from "../../parts/time.tsx";
import { Rollback } from "./rollback.tsx";

/** Who published what, and why; an earlier one can become the newest again. */
export function Versions({ runbook }: { runbook: RunbookDetails }) {
  const { who } = usePage();
  const { name, scope, latestVersion } = runbook;
  const [back, setBack] = useState<Version>();
  const mayPublish = runbook.deletedAt === null && mayAt(who, "runbook.publish", scope);
  const versions = useRead<PageOf<Version>>(`/api/v1/runbooks/${inPath(name)}/versions`, { of: ["runbooks"] });
  const columns = useMemo((): readonly Column<Version>[] => {
    const address = `/runbooks/${inPath(name)}`;
    return [
      {
        name: "Version",
        width: "62px",
        number: true,
        cell: ({ version }) => (
          <Link to={`${address}?version=${version}`} tabIndex={-1}>
            {version}
          </Link>
        ),
      },
      {
        name: "Message",
        width: "minmax(120px, 2fr)",
        cell: ({ message }) => (message === "" ? <span class="soft">no message</span> : <Name text={message} />),
      },
      { name: "Published by", width: "minmax(90px, 1fr)", rank: 2, cell: ({ publishedBy }) => <Name text={publishedBy} /> },
      { name: "Bundle", width: "100px", rank: 3, cell: ({ bundleHash }) => <code title={bundleHash}>{bundleHash.slice(0, 12)}</code> },
      { name: "Published", width: "92px", number: true, cell: ({ publishedAt }) => <Time at={publishedAt} /> },
      {
        name: "Compared",
        width: "112px",
        rank: 2,
        cell: ({ version }) =>
          version > 1 ? (
            <Link to={`${address}?${version === latestVersion ? "" : `version=${version}&`}compare=${version - 1}`} tabIndex={-1}>
              with {version - 1}
            </Link>
          ) : null,
      },
      ...(mayPublish
        ? [
            {
              name: "Roll back",
              width: "80px",
              cell: (one: Version) =>
                one.version === latestVersion ? (
                  <span class="soft">newest</span>
                ) : (
                  <button type="button" class="button plain" aria-label={`Roll back to version ${one.version}`} onClick={() => setBack(one)}>
                    Roll back
                  </button>
                ),
            },
          ]
        : []),
    ];
  }, [name, latestVersion, mayPublish]);
  return (
    <Shown of={versions} lines={8}>
      {({ items }) => (
        <>
          <RowTable
            label="Versions, newest first"
            rows={items}
            columns={columns}
            idOf={({ version }) => String(version)}
            linkOf={({ version }) => `/runbooks/${inPath(name)}?version=${version}`}
            below={140}
            empty={
              <Empty says="Never published.">
                <code>runwright runbook publish {name}.ts</code>
              </Empty>
            }
          />
          {back && <Rollback runbook={runbook} to={back} onClose={() => setBack(undefined)} />}
        </>
      )}
    </Shown>
  );
}
