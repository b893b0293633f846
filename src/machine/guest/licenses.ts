import { z } from 'zod';

const entriesSchema = z.array(z.object({ project: z.string() }));

/** The version of docker in the text of licenses.json, whose entries are named `app-containers/docker-24.0.9-r1`. */
export const dockerVersionOf = (json: string): string | undefined => {
  for (const { project } of entriesSchema.parse(JSON.parse(json))) {
    const version = /^app-(?:containers|emulation)\/docker-(\d+(?:\.\d+)+)(?:-r\d+)?(?:::|$)/.exec(
      project,
    )?.[1];
    if (version !== undefined) return version;
  }
  return undefined;
};
