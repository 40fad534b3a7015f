import { useMemo } from "preact/hooks";
import type { Diff, RunbookDetails, VersionWithSources } from "../../../protocol/http/runbooks.ts";
import { inPath } from "../../model/engine.ts";
import { Empty } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import { Patch } from "../../parts/patch.tsx";
import { Shown, useRead } from "../../parts/read.tsx";
import { Select } from "../../parts/select.tsx";
import { Source } from "../../parts/source.tsx";
import { PermissionChanges } from "./permission-changes.tsx";

const AROUND = 330;

/** The sources of one version, or what differs between two. Which ones stands in the address, and so does the line that is pointed at. */
export function SourceOf({ runbook: { name, latestVersion } }: { runbook: RunbookDetails }) {
  const { location } = usePage();
  const { query } = location.place.value;
  if (latestVersion === 0) {
    return (
      <Empty says="Never published.">
        A draft is kept as a bundle to be run; its sources come with the first version: <code>runwright runbook publish {name}.ts</code>
      </Empty>
    );
  }
  const version = numbered(query.version, latestVersion) ?? latestVersion;
  const compare = numbered(query.compare, latestVersion);
  const versions = useMemo(() => Array.from({ length: latestVersion }, (_, index) => String(latestVersion - index)), [latestVersion]);
  return (
    <div class="stack">
      <div class="filters">
        <Select
          isLabelled
          label="Version"
          value={String(version)}
          choices={versions.map((value) => ({ value, name: Number(value) === latestVersion ? `${value}, newest` : value }))}
          onValue={(value) => location.narrow({ version: Number(value) === latestVersion ? null : value, line: null })}
        />
        {latestVersion > 1 && (
          <Select
            isLabelled
            label="against"
            value={compare === undefined || compare === version ? "" : String(compare)}
            choices={[
              { value: "", name: "nothing" },
              ...versions.filter((value) => Number(value) !== version).map((value) => ({ value, name: `version ${value}` })),
            ]}
            onValue={(value) => location.narrow({ compare: value, line: null, file: null })}
          />
        )}
        {compare === undefined || compare === version ? <FileChoice name={name} version={version} /> : null}
      </div>
      {compare === undefined || compare === version ? (
        <OneVersion name={name} version={version} />
      ) : (
        <TwoVersions name={name} from={Math.min(compare, version)} to={Math.max(compare, version)} />
      )}
    </div>
  );
}

const numbered = (text: string | undefined, most: number): number | undefined => {
  const number = Number(text);
  return text !== undefined && Number.isInteger(number) && number >= 1 && number <= most ? number : undefined;
};

const useVersion = (name: string, version: number) => useRead<VersionWithSources>(`/api/v1/runbooks/${inPath(name)}/versions/${version}`, { of: [] });

function FileChoice({ name, version }: { name: string; version: number }) {
  const { location } = usePage();
  const sources = useVersion(name, version).value?.sources ?? [];
  if (sources.length < 2) return null;
  const { file } = location.place.value.query;
  const [entry] = sources;
  return (
    <Select
      isLabelled
      label="File"
      value={sources.some(({ path }) => path === file) ? (file ?? "") : (entry?.path ?? "")}
      choices={sources.map(({ path }) => ({ value: path, name: path }))}
      onValue={(value) => location.narrow({ file: value === entry?.path ? null : value, line: null })}
    />
  );
}

function OneVersion({ name, version }: { name: string; version: number }) {
  const { location } = usePage();
  const { file, line } = location.place.value.query;
  return (
    <Shown of={useVersion(name, version)} lines={14}>
      {({ sources }) => {
        const source = sources.find(({ path }) => path === file) ?? sources[0];
        if (source === undefined || source.text === "") return <Empty says="This version has no source text." />;
        return (
          <div class="sheet">
            <Source
              key={source.path}
              label={`Source of ${source.path}`}
              text={source.text}
              line={line === undefined ? undefined : Number(line) || undefined}
              onLine={(number) => location.narrow({ line: String(number) })}
              around={AROUND}
            />
          </div>
        );
      }}
    </Shown>
  );
}

function TwoVersions({ name, from, to }: { name: string; from: number; to: number }) {
  const diff = useRead<Diff>(`/api/v1/runbooks/${inPath(name)}/diff`, { query: { from, to }, of: [] });
  return (
    <Shown of={diff} lines={14}>
      {({ permissions, files }) => (
        <>
          <PermissionChanges changes={permissions} from={from} to={to} />
          {files.length === 0 ? (
            <Empty says={`The sources of versions ${from} and ${to} are the same.`} />
          ) : (
            <div class="sheet">
              <Patch files={files} around={AROUND} />
            </div>
          )}
        </>
      )}
    </Shown>
  );
}
