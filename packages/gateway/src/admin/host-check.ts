import { isIP } from "node:net";

const loopbackNames: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];
const wildcards: readonly string[] = ["0.0.0.0", "::"];

/** Whether a Host header names this server: a loopback name, one of `hosts`, or, bound to all addresses, any IP. A name a page was rebound from is none. */
export function isHostAllowed(header: string | undefined, hosts: readonly string[]): boolean {
  const host = hostOf(header ?? "");
  if (host === "") return false;
  if ([...loopbackNames, ...hosts.map(asHost)].includes(host)) return true;
  const isBoundToAll = hosts.some((name) => wildcards.includes(name));
  return isBoundToAll && isIP(host.replace(/^\[(.*)\]$/, "$1")) !== 0;
}

// The port says nothing about rebinding, and a forwarded one differs from ours.
function hostOf(header: string): string {
  return header.trim().toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
}

function asHost(name: string): string {
  return isIP(name) === 6 ? `[${name.toLowerCase()}]` : name.toLowerCase();
}
