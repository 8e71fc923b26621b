import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Two devices with NVML's own signatures; the second has no energy counter. `control` changes what they say. */
const SOURCE = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdint.h>
typedef struct device { int index; } *nvmlDevice_t;
typedef struct { unsigned int pid; unsigned long long usedGpuMemory; unsigned int gpuInstanceId, computeInstanceId; } info_t;
typedef struct { unsigned int pid; unsigned long long timeStamp; unsigned int smUtil, memUtil, encUtil, decUtil; } sample_t;
static struct device devices[2] = {{0}, {1}};
static unsigned long long energy = 126272101025ULL;
static const char *control(const char *key, char *out) {
  const char *path = getenv("FAKE_NVML_CONTROL");
  FILE *file = path ? fopen(path, "r") : NULL;
  char line[64]; size_t length = strlen(key);
  if (!file) return NULL;
  const char *found = NULL;
  while (fgets(line, sizeof line, file))
    if (!strncmp(line, key, length) && line[length] == '=') { strcpy(out, line + length + 1); found = out; }
  fclose(file);
  return found;
}
int nvmlInit_v2(void) { char v[64]; return control("dead", v) ? 9 : 0; }
int nvmlShutdown(void) { return 0; }
int nvmlDeviceGetCount_v2(unsigned int *count) { *count = 2; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_t *device) { if (index > 1) return 2; *device = &devices[index]; return 0; }
int nvmlDeviceGetUUID(nvmlDevice_t device, char *uuid, unsigned int length) { snprintf(uuid, length, "GPU-%d0000000-0000", device->index); return 0; }
int nvmlDeviceGetName(nvmlDevice_t device, char *name, unsigned int length) { snprintf(name, length, "%s", device->index ? "Tesla T4" : "NVIDIA H100 80GB HBM3"); return 0; }
int nvmlDeviceGetTotalEnergyConsumption(nvmlDevice_t device, unsigned long long *out) {
  char v[64];
  if (control("dead", v)) return 15;
  if (device->index) return 3;
  energy += 35000; *out = energy; return 0;
}
int nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned int *out) { char v[64]; if (control("dead", v)) return 15; *out = 27300; return 0; }
int nvmlDeviceGetEnforcedPowerLimit(nvmlDevice_t device, unsigned int *out) { *out = device->index ? 70000 : 700000; return 0; }
int nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t device, unsigned int *count, info_t *infos) {
  char v[64]; unsigned int n = 0;
  if (device->index == 0) {
    if (control("own", v)) infos[n++].pid = (unsigned int) atoi(v);
    if (control("other", v)) infos[n++].pid = (unsigned int) atoi(v);
  }
  *count = n; return 0;
}
int nvmlDeviceGetProcessUtilization(nvmlDevice_t device, sample_t *samples, unsigned int *count, unsigned long long since) {
  char v[64]; unsigned int n = 0;
  if (!control("utilization", v)) return 3;
  if (control("own", v)) { samples[n].pid = (unsigned int) atoi(v); samples[n].timeStamp = since + 1; samples[n++].smUtil = 30; }
  if (control("other", v)) { samples[n].pid = (unsigned int) atoi(v); samples[n].timeStamp = since + 1; samples[n++].smUtil = 10; }
  *count = n; return 0;
}
`;

/** A shared library that answers like NVML, or why it could not be built. */
export function buildFakeNvml(): { readonly library: string } | { readonly reason: string } {
  const folder = mkdtempSync(join(tmpdir(), "wattspan-nvml-"));
  const source = join(folder, "nvml.c");
  const library = join(folder, "libnvidia-ml.so.1");
  writeFileSync(source, SOURCE);
  const run = spawnSync("gcc", ["-shared", "-fPIC", "-o", library, source], { encoding: "utf8" });
  if (run.error !== undefined) return { reason: "no C compiler" };
  return run.status === 0 ? { library } : { reason: `gcc: ${run.stderr}` };
}
