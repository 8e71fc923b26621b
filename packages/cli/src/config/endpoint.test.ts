import { describe, expect, it } from "vitest";
import { formatEndpoint, parseEndpoint } from "./endpoint.ts";

describe("parseEndpoint", () => {
  it.each([
    ["127.0.0.1:4317", "127.0.0.1", 4317],
    ["localhost:0", "localhost", 0],
    ["[::1]:4318", "::1", 4318],
    ["0.0.0.0:65535", "0.0.0.0", 65_535],
  ])("reads %s and writes it again", (text, host, port) => {
    expect(parseEndpoint(text)).toEqual({ host, port });
    expect(formatEndpoint({ host, port })).toBe(text);
  });

  it.each([
    "",
    "4317",
    ":4317",
    "localhost",
    "localhost:65536",
    "localhost:x",
    "::1:4317",
    "[x]:1",
  ])("refuses %j", (text) => {
    expect(parseEndpoint(text)).toBeUndefined();
  });

  it("refuses a URL", () => {
    expect(parseEndpoint("http://localhost:4318")).toBeUndefined();
  });
});
