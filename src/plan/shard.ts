/** FNV-1a, 32 bit: small, and the same on every machine and in every version of kola. */
const fnv1a = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
};

/** The 1-based shard, out of `of`, that a scenario belongs to. Depends on its name only. */
export const shardOf = (scenario: string, of: number): number => (fnv1a(scenario) % of) + 1;
