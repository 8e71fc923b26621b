import { exportResponse, type Signal, statusBody } from "@wattspan/otlp";
import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeMessage } from "./otlp-proto.ts";

const text = fc.string({ unit: "grapheme" });

it("a status reads back in both encodings", () => {
  fc.assert(
    fc.property(fc.nat(16), text, (code, message) => {
      const plain = { code, message };
      expect({
        code: 0,
        message: "",
        ...decodeMessage("RpcStatus", statusBody("protobuf", code, message)),
      }).toEqual(plain);
      expect(parsed(statusBody("json", code, message))).toEqual(plain);
    }),
  );
});

it("what was rejected reads back in both encodings", () => {
  const names: Record<Signal, string> = {
    traces: "rejectedSpans",
    metrics: "rejectedDataPoints",
    logs: "rejectedLogRecords",
  };
  const signals = fc.constantFrom<Signal>("traces", "metrics", "logs");
  fc.assert(
    fc.property(signals, fc.integer({ min: 1, max: 2 ** 40 }), text, (signal, count, message) => {
      const wire = decodeMessage(
        "ExportResponse",
        exportResponse("protobuf", signal, count, message),
      );
      const said = message === "" ? {} : { errorMessage: message };
      expect(wire).toEqual({ partialSuccess: { rejected: String(count), ...said } });
      expect(parsed(exportResponse("json", signal, count, message))).toEqual({
        partialSuccess: { [names[signal]]: String(count), errorMessage: message },
      });
    }),
  );
});

it("full success says nothing", () => {
  expect(exportResponse("protobuf", "traces", 0)).toEqual(new Uint8Array(0));
  expect(parsed(exportResponse("json", "logs", 0))).toEqual({});
  const warning = exportResponse("protobuf", "metrics", 0, "slow down");
  expect(decodeMessage("ExportResponse", warning)).toEqual({
    partialSuccess: { errorMessage: "slow down" },
  });
});

function parsed(body: Uint8Array): unknown {
  return JSON.parse(Buffer.from(body).toString("utf8"));
}
