import { z } from 'zod';

const rulesetSchema = z.object({ nftables: z.array(z.record(z.string(), z.unknown())) });

/** A match on a TCP destination port, as `nft --json` writes it. */
const matchSchema = z.object({
  match: z.object({
    left: z.object({ payload: z.object({ protocol: z.literal('tcp'), field: z.literal('dport') }) }),
    right: z.number(),
  }),
});
const ruleSchema = z.object({ rule: z.object({ expr: z.array(z.record(z.string(), z.unknown())) }) });

/** TCP destination ports that rules in the output of `nft --json list ruleset` drop. */
export const droppedPorts = (json: string): readonly number[] =>
  rulesetSchema.parse(JSON.parse(json)).nftables.flatMap(entry => {
    const rule = ruleSchema.safeParse(entry);
    if (!rule.success || !rule.data.rule.expr.some(part => 'drop' in part)) return [];
    return rule.data.rule.expr.flatMap(part => {
      const found = matchSchema.safeParse(part);
      return found.success ? [found.data.match.right] : [];
    });
  });
