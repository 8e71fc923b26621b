/** What is done with baseline draw: reported apart, shared by the open phases, or not known. */
export type IdlePolicy = "separate" | "shared" | "included";

/** How energy is spread inside a meter interval. */
export type TimeShape = "uniform" | "busy";

/** How a phase's cost weight is found from its tokens and duration. */
export type WeightPolicy = "time" | "tokens" | "priced";

/** What a figure says of its weights: `roofline` is `priced` by what a decode token costs on the phase's own devices. */
export type WeightMethod = WeightPolicy | "roofline";
