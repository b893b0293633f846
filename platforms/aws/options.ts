import { z } from 'zod';
import { cloudOptions, endpointOption, word, words } from '../../src/cloud/options.ts';

const id = (prefix: string, what: string): z.ZodType<string, string> =>
  word(what).refine(text => new RegExp(`^${prefix}-[0-9a-f]{8,17}$`).test(text), {
    error: issue =>
      `expected ${what} such as ${prefix}-0123456789abcdef0, found ${JSON.stringify(issue.input)}`,
  });

export const optionsSchema = z
  .strictObject({
    awsRegion: word('a region')
      .refine(text => /^[a-z]{2}(-[a-z]+)+-\d$/.test(text), {
        error: issue => `expected a region such as us-east-1, found ${JSON.stringify(issue.input)}`,
      })
      .optional(),
    awsProfile: word('the name of a profile').optional(),
    awsCredentialsFile: word('a file name').optional(),
    awsAmi: id('ami', 'an image id').optional(),
    awsType: words('instance types').optional(),
    awsSg: word('a security group').optional(),
    awsIamProfile: word('an instance profile').optional(),
    awsSubnets: words('subnet ids').optional(),
    awsImport: z
      .enum(['ebs', 's3'], { error: issue => `expected ebs or s3, found ${JSON.stringify(issue.input)}` })
      .optional(),
    awsBucket: word('the name of a bucket').optional(),
    awsScheduleRole: word('the ARN of a role')
      .refine(text => /^arn:aws[a-z-]*:iam::\d{12}:role\/./.test(text), {
        error: issue =>
          `expected a role such as arn:aws:iam::123456789012:role/name, found ${JSON.stringify(issue.input)}`,
      })
      .optional(),
    awsEndpoint: endpointOption.optional(),
    ...cloudOptions,
  })
  .refine(options => options.awsImport !== 's3' || options.awsBucket !== undefined, {
    path: ['awsImport'],
    error: 's3 needs a bucket (--aws-bucket)',
  });
export type AwsOptions = z.infer<typeof optionsSchema>;
