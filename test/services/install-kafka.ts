import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./build-jaeger.ts";

const VERSION = "4.3.1";

/** Folder with the jars of a Kafka broker (44 MB, from Maven, kept outside the project); or why they cannot be had. */
export function installKafka(): { readonly jars: string } | { readonly missing: string } {
  const folder = join(cacheFolder, `kafka-${VERSION}`);
  const jars = join(folder, "jars");
  const ready = join(folder, "ready");
  if (existsSync(ready)) return { jars };
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "pom.xml"), pom());
    execFileSync(
      "mvn",
      [
        "-q",
        "-B",
        "dependency:copy-dependencies",
        `-DoutputDirectory=${jars}`,
        "-DincludeScope=runtime",
      ],
      { cwd: folder, stdio: "pipe", timeout: 600_000 },
    );
    execFileSync("java", ["-version"], { stdio: "ignore" });
    writeFileSync(ready, "");
    return { jars };
  } catch (error) {
    return { missing: `Kafka cannot be had: ${(error as Error).message.split("\n")[0]}` };
  }
}

function pom(): string {
  const dependency = (group: string, artifact: string, version: string): string =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>local</groupId><artifactId>kafka-broker</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
${dependency("org.apache.kafka", "kafka_2.13", VERSION)}
${dependency("org.slf4j", "slf4j-simple", "1.7.36")}
</dependencies></project>
`;
}
