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

  it("may name a user and password, which are sent as a header and stand in no address", () => {
    assert.deepEqual(traces({ OTEL_EXPORTER_OTLP_ENDPOINT: "https://us%40er:p%C3%A4%3Ass@collector:4318/otlp", OTEL_EXPORTER_OTLP_HEADERS: "x-key=a" }), {
      url: "https://collector:4318/otlp/v1/traces",
      headers: { "x-key": "a", authorization: `Basic ${Buffer.from("us@er:pä:ss").toString("base64")}` },
    });
    assert.throws(
      () => traces({ OTEL_EXPORTER_OTLP_ENDPOINT: "https://user:geheim@collector", OTEL_EXPORTER_OTLP_HEADERS: "Authorization=Bearer%20x" }),
      (error) => isRunwrightError(error, "CONFIG_INVALID") && /has a user/.test(error.message) && !error.message.includes("geheim"),
    );
  });

  for (const value of ["a%0ab", "a%0D%0Ax-more: b", "%00", "a%09b", "%7f", "a%E2%82%ACb", "%C2%85"]) {
    it(`is refused with the header value ${value}, which no request could carry`, () => {
      assert.throws(
        () => traces({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector", OTEL_EXPORTER_OTLP_HEADERS: `x-key=geheim${value}` }),
        (error) =>
          isRunwrightError(error, "CONFIG_INVALID") &&
          /otlpHeaders: the value of x-key has a line end/.test(error.message) &&
          !error.message.includes("geheim"),
      );
    });
  }

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
