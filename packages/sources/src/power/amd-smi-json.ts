/** What `amd-smi` says of one device. */
export interface AmdSmiSample {
  /** Its number in the list. */
  readonly gpu: number;
  /** Since some start. */
  readonly joules?: number;
  readonly watts?: number;
}

/** Reads `amd-smi metric --power --energy --json`, of all versions: a list, or a list under `gpu_data`. */
export function parseAmdSmiMetric(text: string): readonly AmdSmiSample[] {
  return devicesOf(text).map(({ gpu, entry }) => {
    const joules = quantityOf(entry, "energy", ["total_energy_consumption"], { J: 1 });
    const powers = ["socket_power", "current_socket_power", "average_socket_power"];
    const watts = quantityOf(entry, "power", powers, { W: 1 });
    return {
      gpu,
      ...(joules === undefined ? {} : { joules }),
      ...(watts === undefined || watts === 0 ? {} : { watts }),
    };
  });
}

/** Reads `amd-smi list --json`: the id of each device by its number. */
export function parseAmdSmiList(text: string): ReadonlyMap<number, string> {
  return new Map(
    devicesOf(text).flatMap(({ gpu, entry }): [number, string][] => {
      const id = [entry["uuid"], entry["bdf"]].find((name) => typeof name === "string");
      return typeof id === "string" ? [[gpu, id]] : [];
    }),
  );
}

type Entry = Readonly<Record<string, unknown>>;

function devicesOf(text: string): readonly { readonly gpu: number; readonly entry: Entry }[] {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return [];
  }
  const list = isEntry(answer) ? answer["gpu_data"] : answer;
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) =>
    isEntry(entry) && typeof entry["gpu"] === "number" ? [{ gpu: entry["gpu"], entry }] : [],
  );
}

/** A number, or `{ value, unit }`; undefined for `N/A`, what is negative and units that are not known. */
function quantityOf(
  entry: Entry,
  section: string,
  names: readonly string[],
  units: Readonly<Record<string, number>>,
): number | undefined {
  const found = entry[section];
  if (!isEntry(found)) return undefined;
  for (const name of names) {
    const quantity = found[name];
    const { value, unit } = isEntry(quantity) ? quantity : { value: quantity, unit: undefined };
    const scale = typeof unit === "string" ? units[unit] : 1;
    if (typeof value === "number" && value >= 0 && scale !== undefined) return value * scale;
  }
  return undefined;
}

function isEntry(value: unknown): value is Entry {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
