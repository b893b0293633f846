import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { reportSchema } from '../report-schema.ts';

/** Where the published schema lies. */
export const schemaFile = fileURLToPath(new URL('report.schema.json', import.meta.url));

/** JSON Schema (draft 2020-12) of `report.json`, made from the schema that the code has. */
export const reportJsonSchema = (): string => {
  const schema = z.toJSONSchema(reportSchema, { target: 'draft-2020-12', reused: 'ref' });
  const titled = { $schema: schema.$schema, title: 'Report of a kola run', ...schema };
  return `${JSON.stringify(titled, null, 2)}\n`;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(schemaFile, reportJsonSchema());
