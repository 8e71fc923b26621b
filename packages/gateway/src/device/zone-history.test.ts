import { expect, it } from "vitest";
import { createZoneHistory } from "./zone-history.ts";

const node = (name: string, zone?: string) => ({
  name,
  aliases: [],
  devices: [],
  ...(zone === undefined ? {} : { zone }),
});

it("keeps old zones for phases that are still running, and says nothing new of the past", () => {
  const history = createZoneHistory([node("a", "FR"), node("b")]);
  history.renew([node("a", "PL"), node("b", "DE"), node("c", "SE")], 100);
  history.renew([node("a", "PL"), node("b")], 200);
  expect(history.zonesOf("a", 99)).toEqual(["FR"]);
  expect(history.zonesOf("a", 100)).toEqual(["FR", "PL"]);
  expect(history.zonesOf("a", 300)).toEqual(["FR", "PL"]);
  expect([99, 100, 300].map((epoch) => history.zonesOf("b", epoch))).toEqual([[], ["DE"], ["DE"]]);
  history.renew([node("a", "NO")], 400);
  expect([399, 400].map((epoch) => history.zonesOf("a", epoch))).toEqual([
    ["FR", "PL"],
    ["FR", "PL", "NO"],
  ]);
  expect(history.zonesOf("c", 100)).toEqual(["SE"]);
  expect(history.zonesOf("d", 100)).toEqual([]);
});
