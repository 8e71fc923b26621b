import { expect, it } from "vitest";
import { litresOf } from "./water.ts";

it("raises the grid's water by PUE, and not the site's", () => {
  const water = { siteLitresPerKwh: 0.2, gridLitresPerKwh: 3 };
  // 0.5 kWh: 0.5 x (0.2 + 1.2 x 3).
  expect(litresOf(1.8e6, water, 1.2)).toBeCloseTo(1.9, 12);
  expect(litresOf(1.8e6, { ...water, gridLitresPerKwh: 0 }, 1.5)).toBeCloseTo(0.1, 12);
});
