import { z } from 'zod';

/** Requests as Nova's own schemas have them, as far as kola makes them: anything else is refused. */
const metadata = z.record(z.string().regex(/^[a-zA-Z0-9-_:. ]{1,255}$/), z.string().max(255));

export const serverRequest = z.strictObject({
  server: z.strictObject({
    name: z.string().min(1).max(255),
    flavorRef: z.string(),
    imageRef: z.guid().optional(),
    key_name: z.string().optional(),
    user_data: z.base64().max(65_535).optional(),
    config_drive: z.boolean().optional(),
    metadata,
    tags: z
      .array(
        z
          .string()
          .max(60)
          .regex(/^[^,/]*$/),
      )
      .max(50)
      .optional(),
    networks: z.array(z.strictObject({ port: z.guid() })).min(1),
    block_device_mapping_v2: z
      .array(
        z.strictObject({
          uuid: z.guid(),
          boot_index: z.number().int(),
          source_type: z.enum(['image', 'volume']),
          destination_type: z.enum(['local', 'volume']),
          delete_on_termination: z.boolean().optional(),
        }),
      )
      .optional(),
  }),
});
export type ServerRequest = z.infer<typeof serverRequest>['server'];

export const keypairRequest = z.strictObject({
  keypair: z.strictObject({
    name: z.string().regex(/^[a-zA-Z0-9 _-]{1,255}$/),
    public_key: z.string().regex(/^ssh-(ed25519|rsa) [A-Za-z0-9+/=]+( .*)?$/),
  }),
});

export const metadataRequest = z.strictObject({ metadata });

export const actionRequest = z.union([
  z.strictObject({ 'os-getConsoleOutput': z.strictObject({ length: z.number().optional() }) }),
  z.strictObject({ forceDelete: z.null() }),
]);
