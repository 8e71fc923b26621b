import type { AddressInfo, Server } from "node:net";

/** Where to listen; port 0 takes a free one. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Binds `server` and gives the address with its real port; rejects when it cannot be bound. */
export function bindServer(server: Server, endpoint: Endpoint): Promise<Endpoint> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error): void => {
      const { host, port } = endpoint;
      reject(new Error(`cannot listen on ${host}:${port}: ${cause.message}`, { cause }));
    };
    server.once("error", onError);
    server.listen(endpoint.port, endpoint.host, () => {
      server.off("error", onError);
      resolve({ host: endpoint.host, port: (server.address() as AddressInfo).port });
    });
  });
}
