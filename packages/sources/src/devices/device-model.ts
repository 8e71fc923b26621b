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
  readonly source: string;
  /** Licence of the source; `facts` where single published figures were taken. */
  readonly licence: string;
  /** When the source was published. */
  readonly year: number;
}

const recording = "nvidia_gpu_exporter recordings of nvidia-smi (idle reading, power limit)";

/** The models known; an idle power or a peak rate is left out where no source was found. */
export const deviceModels: readonly DeviceModel[] = [
  {
    name: "H100-SXM",
    aliases: ["H100 80GB HBM3", "H100 SXM5", "H100 SXM 80GB", "H100 SXM5 80GB"],
    idleWatts: 70,
    maxWatts: 700,
    peakTeraflops: 989.4,
    source: `${recording}; NVIDIA H100 data sheet (peak rate)`,
    licence: "MIT; facts",
    year: 2026,
  },
  {
    name: "H100-PCIe",
    aliases: ["H100 PCIe 80GB"],
    maxWatts: 350,
    peakTeraflops: 756,
    source: "NVIDIA H100 PCIe product brief PB-11133-001 (power); NVIDIA H100 data sheet",
    licence: "facts",
    year: 2022,
  },
  {
    name: "H200",
    aliases: ["H200 SXM", "H200 SXM5", "H200 SXM 141GB", "H200 141GB HBM3e"],
    idleWatts: 78,
    maxWatts: 700,
    peakTeraflops: 989.4,
    source: `${recording}; NVIDIA H200 data sheet (peak rate)`,
    licence: "MIT; facts",
    year: 2026,
  },
  {
    name: "A100-SXM",
    aliases: ["A100 SXM4", "A100 SXM 80GB", "A100 SXM4 80GB"],
    idleWatts: 63,
    maxWatts: 400,
    peakTeraflops: 312,
    source: "SplitwiseSim constant power model (idle, maximum); NVIDIA A100 data sheet (peak rate)",
    licence: "MIT; facts",
    year: 2024,
  },
  {
    name: "A100-PCIe",
    aliases: ["A100 80GB PCIe"],
    maxWatts: 300,
    peakTeraflops: 312,
    source: "NVIDIA A100 80GB data sheet",
    licence: "facts",
    year: 2021,
  },
  {
    name: "B200",
    aliases: ["B200 SXM", "B200 180GB", "B200 SXM 180GB"],
    maxWatts: 1000,
    peakTeraflops: 2250,
    source: "NVIDIA Blackwell architecture brief, HGX B200",
    licence: "facts",
    year: 2024,
  },
  {
    name: "L4",
    aliases: ["L4 24GB"],
    maxWatts: 72,
    peakTeraflops: 121,
    source: "NVIDIA L4 data sheet",
    licence: "facts",
    year: 2023,
  },
  {
    name: "L40S",
    aliases: ["L40S 48GB"],
    maxWatts: 350,
    peakTeraflops: 362,
    source: `${recording.replace("idle reading, ", "")}; NVIDIA L40S data sheet (peak rate)`,
    licence: "MIT; facts",
    year: 2026,
  },
  {
    name: "A10",
    aliases: ["A10 PCIe", "A10 24GB"],
    maxWatts: 150,
    peakTeraflops: 125,
    source: "NVIDIA A10 data sheet",
    licence: "facts",
    year: 2021,
  },
  {
    name: "T4",
    aliases: ["T4 16GB"],
    maxWatts: 70,
    peakTeraflops: 65,
    source: "NVIDIA T4 data sheet",
    licence: "facts",
    year: 2019,
  },
  {
    name: "RTX-3090",
    aliases: ["RTX3090"],
    maxWatts: 350,
    peakTeraflops: 71,
    source: "NVIDIA Ampere GA102 architecture paper, appendix A",
    licence: "facts",
    year: 2020,
  },
  {
    name: "RTX-4090",
    aliases: ["RTX4090"],
    maxWatts: 450,
    peakTeraflops: 165.2,
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
    source: "AMD Instinct MI300X data sheet",
    licence: "facts",
    year: 2023,
  },
];
