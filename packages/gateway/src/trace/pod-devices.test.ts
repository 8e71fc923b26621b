import { addNs, instantOfMs, type PodSighting } from "@wattspan/footprint";
import type { AttributeValue } from "@wattspan/otlp";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NodeOptions } from "../pipeline-options.ts";
import { createPlacement, type Placement } from "./place-worker.ts";
import { createPodDevices } from "./pod-devices.ts";

const T0 = instantOfMs(1_795_000_020_000);
const seen = (pod: string, id: string, second = 0, namespace?: string): PodSighting => {
  const at = addNs(T0, second * 1e9);
  return { pod, node: "node-a", id, at, ...(namespace === undefined ? {} : { namespace }) };
};

describe("createPodDevices", () => {
  it("knows a pod's devices in any order of sightings", () => {
    const all = [seen("p", "GPU-2", 30), seen("p", "GPU-1"), seen("q", "GPU-3", 5)];
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (sightings) => {
        const pods = createPodDevices();
        for (const one of sightings) pods.note([one]);
        expect(pods.devicesOf("p", undefined).map(({ id }) => id)).toEqual(["GPU-1", "GPU-2"]);
        expect(pods.devicesOf("r", undefined)).toEqual([]);
      }),
    );
  });

  it("lets go of a device that the pod left", () => {
    const pods = createPodDevices();
    pods.note([seen("llama-0", "GPU-1"), seen("llama-0", "GPU-2", 301)]);
    expect(pods.devicesOf("llama-0", undefined).map(({ id }) => id)).toEqual(["GPU-2"]);
  });

  it("tells pods of one name apart by their namespace, and takes none where that is not told", () => {
    const pods = createPodDevices();
    pods.note([seen("p", "GPU-1", 0, "blue"), seen("p", "GPU-2", 0, "green")]);
    expect(pods.devicesOf("p", "green").map(({ id }) => id)).toEqual(["GPU-2"]);
    expect(pods.devicesOf("p", "red")).toEqual([]);
    expect(pods.devicesOf("p", undefined)).toEqual([]);
  });
});

describe("a worker in a pod", () => {
  const nodes: readonly NodeOptions[] = [
    { name: "node-a", aliases: [], zone: "FR", devices: [{ id: "GPU-1" }, { id: "GPU-2" }] },
  ];
  const worker = (given: Readonly<Record<string, string>>): ReadonlyMap<string, AttributeValue> =>
    new Map(Object.entries(given));
  const idsOf = (placement: Placement): readonly string[] =>
    "missing" in placement ? [placement.missing] : placement.devices.map(({ id }) => id);

  it("runs on the devices that their meter names for it, without any list", () => {
    const pods = createPodDevices();
    const place = createPlacement(nodes, [], pods);
    const inPod = worker({ "k8s.pod.name": "llama-0", "k8s.namespace.name": "serving" });
    expect(idsOf(place(inPod, undefined, 0n))).toEqual(["unknown_worker"]);
    pods.note([seen("llama-0", "GPU-2", 0, "serving")]);
    const placement = place(inPod, undefined, 0n);
    expect(placement).toMatchObject({ node: "node-a", zone: "FR", isGuessed: false });
    expect(idsOf(placement)).toEqual(["GPU-2"]);
  });

  it("is no guess any more on a node that is known by name", () => {
    const pods = createPodDevices();
    const place = createPlacement(nodes, [], pods);
    const both = worker({ "k8s.pod.name": "llama-0", "host.name": "node-a" });
    expect(place(both, undefined, 0n)).toMatchObject({ isGuessed: true });
    pods.note([seen("llama-0", "GPU-1")]);
    expect(place(both, undefined, 0n)).toMatchObject({ isGuessed: false });
    expect(idsOf(place(both, undefined, 0n))).toEqual(["GPU-1"]);
  });

  it("gives way to devices that the span or a row names", () => {
    const pods = createPodDevices();
    pods.note([seen("llama-0", "GPU-1")]);
    const match = new Map([["k8s.pod.name", "llama-0"]]);
    const rows = [{ match, node: "node-a", devices: ["GPU-2"] }];
    const inPod = worker({ "k8s.pod.name": "llama-0" });
    expect(idsOf(createPlacement(nodes, rows, pods)(inPod, undefined, 0n))).toEqual(["GPU-2"]);
    expect(idsOf(createPlacement(nodes, [], pods)(inPod, ["GPU-2"], 0n))).toEqual(["GPU-2"]);
  });
});
