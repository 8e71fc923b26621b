import { generate } from "selfsigned";

/** PEM texts. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** An authority, a server at 127.0.0.1 and a client of it, and a client that it does not know. */
export interface Certificates {
  readonly ca: string;
  readonly server: Pair;
  readonly client: Pair;
  readonly stranger: Pair;
}

const curve = { keyType: "ec", algorithm: "sha256" } as const;
const named = (value: string) => [{ name: "commonName", value }];

/** Makes new ones. */
export async function makeCertificates(): Promise<Certificates> {
  const authority = await generate(named("test authority"), {
    ...curve,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, digitalSignature: true },
    ],
  });
  const ca = { key: authority.private, cert: authority.cert };
  const server = await generate(named("127.0.0.1"), {
    ...curve,
    ca,
    extensions: [
      { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] },
      { name: "extKeyUsage", serverAuth: true },
    ],
  });
  const clientUse = [{ name: "extKeyUsage" as const, clientAuth: true }];
  const client = await generate(named("collector"), { ...curve, ca, extensions: clientUse });
  const stranger = await generate(named("collector"), { ...curve, extensions: clientUse });
  return {
    ca: authority.cert,
    server: pairOf(server),
    client: pairOf(client),
    stranger: pairOf(stranger),
  };
}

function pairOf(made: { readonly cert: string; readonly private: string }): Pair {
  return { cert: made.cert, key: made.private };
}
