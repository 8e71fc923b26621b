/** An exporter that writes one line to stderr for each phase and request. */
export function createPrintingExporter() {
  return {
    export(spans, done) {
      for (const { name, attributes: has } of spans) {
        const joules = has["footprint.energy.total"] ?? has["footprint.request.energy"];
        const grams = has["footprint.carbon.total"] ?? has["footprint.request.carbon"];
        const tokens = has["footprint.inference.processed_tokens"] ?? "";
        const figures = [joules?.toFixed(2), "J", grams?.toFixed(6), "g CO2e", tokens].join(" ");
        console.error(name, figures, has["footprint.measurement.status"] ?? "");
      }
      done({ code: 0 });
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
}
