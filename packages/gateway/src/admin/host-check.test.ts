import { expect, it } from "vitest";
import { isHostAllowed } from "./host-check.ts";

it.each([
  ["localhost:8080", true],
  ["LOCALHOST", true],
  ["localhost.:80", true],
  ["127.0.0.1:1", true],
  ["[::1]:8080", true],
  ["gateway.lan:8080", true],
  ["evil.example:8080", false],
  ["localhost.evil.example", false],
  ["127.0.0.1.evil.example", false],
  ["10.0.0.5:8080", false],
  ["", false],
  [undefined, false],
])("on a loopback address, %j is %s", (header, isAllowed) => {
  expect(isHostAllowed(header, ["127.0.0.1", "Gateway.lan"])).toBe(isAllowed);
});

it.each([
  ["10.0.0.5:8080", true],
  ["[fd00::5]:8080", true],
  ["evil.example", false],
])("bound to all addresses, %j is %s", (header, isAllowed) => {
  expect(isHostAllowed(header, ["0.0.0.0"])).toBe(isAllowed);
  expect(isHostAllowed(header, ["::"])).toBe(isAllowed);
});

it("knows a configured IPv6 address", () => {
  expect(isHostAllowed("[FD00::5]:1", ["fd00::5"])).toBe(true);
});
