import { createHash, timingSafeEqual } from "node:crypto";

/** Whether the value of a header Authorization lets its sender in. */
export type CheckBearer = (authorization: string | undefined) => boolean;

/** Compares with `tokens` in a time that tells nothing of them; without tokens everyone is let in. */
export function createBearerCheck(tokens: readonly string[] = []): CheckBearer {
  if (tokens.length === 0) return () => true;
  const known = tokens.map(digest);
  return (authorization) => {
    const [, token] = /^Bearer +(\S+) *$/i.exec(authorization ?? "") ?? [];
    if (token === undefined) return false;
    const shown = digest(token);
    // Every token is compared, so that the time does not tell which one matched.
    return known.filter((each) => timingSafeEqual(each, shown)).length > 0;
  };
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
