import assert from "node:assert/strict";
import { loadConfig } from "../../engine/config.ts";
import { isRunwrightError } from "../../engine/core/errors.ts";

const traces = (env: Record<string, string>) => loadConfig({ options: {}, env, cwd: "/nowhere" }).traces;

describe("where traces go", () => {
  it("is nowhere, unless the variables that every OpenTelemetry program goes by say it", () => {
    assert.equal(traces({}), null);
    assert.deepEqual(traces({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/", OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20b,x-other=c=d" }), {
      url: "http://collector:4318/v1/traces",
      headers: { "x-key": "a b", "x-other": "c=d" },
    });
  });

  it("is refused when it is no address or headers aren't any, without repeating what may be secret", () => {
    assert.throws(
      () => traces({ OTEL_EXPORTER_OTLP_ENDPOINT: "grpc://collector:4317", OTEL_EXPORTER_OTLP_HEADERS: "pass word=geheim" }),
      (error) => isRunwrightError(error, "CONFIG_INVALID") && /not by gRPC[\s\S]*name=value/.test(error.message) && !error.message.includes("geheim"),
    );
    assert.throws(
      () => traces({ OTEL_EXPORTER_OTLP_ENDPOINT: "collector" }),
      (error) => isRunwrightError(error, "CONFIG_INVALID"),
    );
  });
});
