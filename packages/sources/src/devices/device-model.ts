/** An accelerator model as its maker or a recording describes it. */
export interface DeviceModel {
  readonly name: string;
  /** Other names of exactly this model, as drivers and exporters write them. */
  readonly aliases: readonly string[];
  /** Idle power with a driver loaded, watts; absent where no source was found. */
  readonly idleWatts?: number;
  /** Highest board power by default, watts. */
  readonly maxWatts: number;
  /** Peak dense FP16 or BF16 matrix rate with FP32 accumulation, in 10^12 operations per second. */
  readonly peakTeraflops?: number;
  /** Peak rate of its memory, 10^9 bytes per second. */
  readonly peakGigabytesPerSecond?: number;
  readonly source: string;
  /** Figures that could not be read again in a source, only in tables that repeat it; as good as their repetition. */
  readonly unconfirmed?: readonly (
    | "idleWatts"
    | "maxWatts"
    | "peakTeraflops"
    | "peakGigabytesPerSecond"
  )[];
  /** Licence of the source; `facts` where single published figures were taken. */
  readonly licence: string;
  /** When the source was published. */
  readonly year: number;
}

const recording = "nvidia_gpu_exporter recordings of nvidia-smi (idle reading, power limit)";

const macStudio =
  "Apple support 102027, Mac Studio at the wall, system and power supply included (watts)";

/** The models known; an idle power or a peak rate is left out where no source was found. */
export const deviceModels: readonly DeviceModel[] = [
  {
    name: "H100-SXM",
    aliases: ["H100 80GB HBM3", "H100 SXM5", "H100 SXM 80GB", "H100 SXM5 80GB"],
    idleWatts: 70,
    maxWatts: 700,
    peakTeraflops: 989.4,
    peakGigabytesPerSecond: 3350,
    source: `${recording}; NVIDIA H100 data sheet (peak rates)`,
    licence: "MIT; facts",
    year: 2026,
  },
  {
    name: "H100-PCIe",
    aliases: ["H100 PCIe 80GB"],
    maxWatts: 350,
    peakTeraflops: 756,
    peakGigabytesPerSecond: 2000,
    source:
      "NVIDIA H100 PCIe product brief PB-11133-001 (350 W, more than 2,000 GB/s); NVIDIA H100 data sheet (half of the 1,513 with sparsity)",
    unconfirmed: ["peakTeraflops"],
    licence: "facts",
    year: 2022,
  },
  {
    name: "H200",
    aliases: ["H200 SXM", "H200 SXM5", "H200 SXM 141GB", "H200 141GB HBM3e"],
    idleWatts: 78,
    maxWatts: 700,
    peakTeraflops: 989.4,
    peakGigabytesPerSecond: 4800,
    source: `${recording}; NVIDIA H200 data sheet (peak rates)`,
    licence: "MIT; facts",
    year: 2026,
  },
  {
    name: "A100-SXM",
    aliases: ["A100 SXM4", "A100 SXM 80GB", "A100 SXM4 80GB"],
    idleWatts: 63,
    maxWatts: 400,
    peakTeraflops: 312,
    peakGigabytesPerSecond: 2039,
    source:
      "SplitwiseSim constant power model (idle, maximum); NVIDIA A100 data sheet (peak rates)",
    licence: "MIT; facts",
    year: 2024,
  },
  {
    name: "A100-PCIe",
    aliases: ["A100 80GB PCIe"],
    maxWatts: 300,
    peakTeraflops: 312,
    peakGigabytesPerSecond: 1935,
    source: "NVIDIA A100 80GB data sheet",
    licence: "facts",
    year: 2021,
  },
  {
    name: "B200",
    aliases: ["B200 SXM", "B200 180GB", "B200 SXM 180GB"],
    maxWatts: 1000,
    peakTeraflops: 2250,
    peakGigabytesPerSecond: 8000,
    source:
      "NVIDIA Blackwell architecture brief, HGX B200 (up to 8 TB/s; listings of the 180 GB part say 7.7)",
    licence: "facts",
    year: 2024,
  },
  {
    name: "GB200",
    aliases: ["GB200 186GB", "GB200 192GB"],
    maxWatts: 1200,
    peakTeraflops: 2500,
    peakGigabytesPerSecond: 8000,
    source: "NVIDIA Blackwell architecture brief, one GPU of GB200",
    licence: "facts",
    year: 2024,
  },
  {
    name: "L4",
    aliases: ["L4 24GB"],
    maxWatts: 72,
    peakTeraflops: 121,
    peakGigabytesPerSecond: 300,
    source: "NVIDIA L4 data sheet",
    unconfirmed: ["peakTeraflops"],
    licence: "facts",
    year: 2023,
  },
  {
    name: "L40S",
    aliases: ["L40S 48GB"],
    maxWatts: 350,
    peakTeraflops: 362,
    peakGigabytesPerSecond: 864,
    source: `${recording.replace("idle reading, ", "")}; NVIDIA L40S data sheet (peak rates)`,
    unconfirmed: ["peakTeraflops"],
    licence: "MIT; facts",
    year: 2026,
  },
  {
    name: "A10",
    aliases: ["A10 PCIe", "A10 24GB"],
    maxWatts: 150,
    peakTeraflops: 125,
    peakGigabytesPerSecond: 600,
    source: "NVIDIA A10 data sheet",
    unconfirmed: ["peakTeraflops"],
    licence: "facts",
    year: 2021,
  },
  {
    name: "T4",
    aliases: ["T4 16GB"],
    maxWatts: 70,
    peakTeraflops: 65,
    peakGigabytesPerSecond: 320,
    source: "NVIDIA T4 data sheet",
    unconfirmed: ["peakTeraflops"],
    licence: "facts",
    year: 2019,
  },
  {
    name: "RTX-3090",
    aliases: ["RTX3090"],
    maxWatts: 350,
    peakTeraflops: 71,
    peakGigabytesPerSecond: 936,
    source: "NVIDIA Ampere GA102 architecture paper, appendix A",
    licence: "facts",
    year: 2020,
  },
  {
    name: "RTX-4090",
    aliases: ["RTX4090"],
    maxWatts: 450,
    peakTeraflops: 165.2,
    peakGigabytesPerSecond: 1008,
    source: "NVIDIA Ada architecture paper, appendix A",
    licence: "facts",
    year: 2022,
  },
  {
    name: "RTX-2080-SUPER",
    aliases: ["RTX2080 SUPER"],
    idleWatts: 39,
    maxWatts: 250,
    source: recording,
    licence: "MIT",
    year: 2026,
  },
  {
    name: "RTX-4080-SUPER",
    aliases: ["RTX4080 SUPER"],
    maxWatts: 320,
    source: recording.replace("idle reading, ", ""),
    licence: "MIT",
    year: 2026,
  },
  {
    name: "MI300X",
    aliases: ["MI300X OAM", "MI300X 192GB"],
    maxWatts: 750,
    peakTeraflops: 1307.4,
    peakGigabytesPerSecond: 5300,
    source: "AMD Instinct MI300X data sheet",
    licence: "facts",
    year: 2023,
  },
  {
    name: "MI250",
    aliases: ["MI250 OAM", "MI250 128GB"],
    idleWatts: 90,
    maxWatts: 560,
    peakTeraflops: 362.1,
    peakGigabytesPerSecond: 3277,
    source:
      "AMD Instinct MI200 series table (362.1 TF, 3.2 TB/s of 8 HBM2e stacks at 1.6 GHz); ROCm documentation, MI250 microarchitecture (1.6 TB/s a die); rocm-smi listing of an idle machine in the documentation of Hugging Face Optimum (idle, power cap)",
    unconfirmed: ["idleWatts"],
    licence: "facts",
    year: 2023,
  },
  {
    name: "M1-Max",
    aliases: ["Apple M1 Max"],
    idleWatts: 11,
    maxWatts: 115,
    peakGigabytesPerSecond: 400,
    source: macStudio,
    unconfirmed: ["peakGigabytesPerSecond"],
    licence: "facts",
    year: 2022,
  },
  {
    name: "M1-Ultra",
    aliases: ["Apple M1 Ultra"],
    idleWatts: 13,
    maxWatts: 215,
    peakGigabytesPerSecond: 800,
    source: macStudio,
    unconfirmed: ["peakGigabytesPerSecond"],
    licence: "facts",
    year: 2022,
  },
  {
    name: "M2-Max",
    aliases: ["Apple M2 Max"],
    idleWatts: 9,
    maxWatts: 145,
    peakGigabytesPerSecond: 400,
    source: macStudio,
    unconfirmed: ["peakGigabytesPerSecond"],
    licence: "facts",
    year: 2023,
  },
  {
    name: "M2-Ultra",
    aliases: ["Apple M2 Ultra"],
    idleWatts: 10,
    maxWatts: 295,
    peakGigabytesPerSecond: 800,
    source: macStudio,
    unconfirmed: ["peakGigabytesPerSecond"],
    licence: "facts",
    year: 2023,
  },
];
