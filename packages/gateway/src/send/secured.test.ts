import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, beforeAll, expect, it } from "vitest";
import { type Certificates, makeCertificates } from "../receive/certificates.test.maker.ts";
import { startExporter, stopAll } from "./start-backend.test.fixture.ts";
import type { ClientTls } from "./tls-options.ts";

let certificates: Certificates;
const closing: (() => void)[] = [];

beforeAll(async () => {
  certificates = await makeCertificates();
});

afterEach(async () => {
  await stopAll();
  for (const close of closing.splice(0)) close();
});

/** A backend that wants a client's certificate; sends one request to it and gives the names of those who came. */
async function sendWith(tls: ClientTls): Promise<readonly string[]> {
  const { server: pair, ca } = certificates;
  const names: string[] = [];
  const server = createServer({ ...pair, ca, requestCert: true }, (request, response) => {
    const { socket } = request as unknown as {
      socket: { getPeerCertificate(): { subject: { CN: string } } };
    };
    names.push(socket.getPeerCertificate().subject.CN);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  const { exporter } = startExporter({
    endpoint: `https://127.0.0.1:${port}`,
    tls,
    retry: { maxElapsedMs: 50 },
  });
  exporter.offer("traces", "json", Buffer.from("{}"));
  await exporter.flush(2000);
  return names;
}

it("shows a certificate of its own to a backend that it believes", async () => {
  const { ca, client, stranger } = certificates;
  expect(await sendWith({ ca, ...client })).toEqual(["collector"]);
  expect(await sendWith({ ca })).toEqual([]);
  expect(await sendWith({ ca, ...stranger })).toEqual([]);
});

it("does not believe a backend whose certificate is another's", async () => {
  const { ca, client } = certificates;
  expect(await sendWith(client)).toEqual([]);
  expect(await sendWith({ ca, ...client, serverName: "another" })).toEqual([]);
  expect(await sendWith({ isUnverified: true, ...client })).toEqual(["collector"]);
});
