import { z } from 'zod';

/** What is used of the API's answers; everything else is ignored. */
export const droplet = z.object({
  id: z.number(),
  name: z.string(),
  status: z.string(),
  tags: z.array(z.string()),
  networks: z
    .object({ v4: z.array(z.object({ ip_address: z.string(), type: z.string() })).default([]) })
    .nullish(),
});
export type DropletFacts = z.infer<typeof droplet>;

export const image = z.object({
  id: z.number(),
  name: z.string(),
  status: z.string().optional(),
  error_message: z.string().optional(),
  description: z.string().nullish(),
  created_at: z.string().optional(),
  regions: z.array(z.string()).optional(),
  min_disk_size: z.number().nullish(),
});
export type ImageFacts = z.infer<typeof image>;

export const sshKey = z.object({ id: z.number(), name: z.string(), fingerprint: z.string().optional() });
export const firewall = z.object({ id: z.string(), name: z.string() });
export const tag = z.object({ name: z.string() });
export const size = z.object({
  slug: z.string(),
  memory: z.number(),
  vcpus: z.number(),
  disk: z.number(),
  available: z.boolean(),
  regions: z.array(z.string()),
});
export const account = z.object({
  email: z.string(),
  droplet_limit: z.number(),
  status: z.string(),
  status_message: z.string(),
});
