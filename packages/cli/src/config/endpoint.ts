import { isIPv6 } from "node:net";
import { z } from "zod";

/** Where to listen; port 0 takes a free one. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Host and port of `host:port`, an IPv6 address in brackets; undefined for another text. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [, address, name, digits] = match;
  const port = Number(digits);
  if (port > 65_535 || (address !== undefined && !isIPv6(address))) return undefined;
  return { host: address ?? name ?? "", port };
}

/** `host:port`, with brackets where they are needed. */
export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** An address to listen at. */
export const endpoint: z.ZodType<Endpoint, string> = z.string().transform((text, context) => {
  const parsed = parseEndpoint(text);
  if (parsed !== undefined) return parsed;
  const message = `not host:port, such as 127.0.0.1:4317: ${JSON.stringify(text)}`;
  context.addIssue({ code: "custom", message, input: text });
  return z.NEVER;
});
