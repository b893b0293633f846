import { hourlyPrice } from '../../src/cloud/prices.ts';
import type { PreflightReport } from '../../src/core/cloud-account.ts';
import { UsageError } from '../../src/core/errors.ts';
import type { MachineSize } from '../../src/core/platform.ts';
import type { Arch } from '../../src/core/target.ts';
import type { Plan } from './api.ts';
import type { MetalCloud } from './connect.ts';
import type { Place } from './launch.ts';
import { examineStock } from './stock.ts';

export interface Wish {
  readonly plans: readonly string[];
  readonly places: readonly Place[];
  readonly arch: Arch;
  readonly machines: number | undefined;
  readonly reuse: boolean;
}

/** Credentials, project, plans and stock, and what the run will cost. Nothing is created. */
export const examineProject = async (
  cloud: MetalCloud,
  wish: Wish,
  signal: AbortSignal,
): Promise<{ readonly report: PreflightReport; readonly size: MachineSize }> => {
  const { api, calls } = cloud;
  const project = await calls.call('metal GetProject', signal, own => api.project(own));
  const known = await calls.call('metal ListPlans', signal, own => api.plans(own));
  const plans = wish.plans.map(slug => planOf(known, slug, wish.arch));
  const stock = await examineStock(cloud, wish, signal);
  const [first = ''] = wish.plans;
  const hourly = hourlyPrice('equinixmetal', first, wish.machines ?? 1);
  const many = wish.machines === undefined ? '' : `, up to ${wish.machines} at once`;
  const where = wish.places.map(place => ('metro' in place ? place.metro : place.facility.join())).join(', ');
  const sizes = plans.map(sizeOf);
  return {
    size: {
      memoryMiB: Math.min(...sizes.map(({ memoryMiB }) => memoryMiB)),
      vcpus: Math.min(...sizes.map(({ vcpus }) => vcpus)),
    },
    report: {
      identity: `project ${project.name === '' ? project.id : project.name}`,
      creates: ['an SSH key for consoles', `${wish.plans.join(' or ')} devices in ${where}${many}`],
      ...(hourly === undefined ? {} : { hourly }),
      notes: [
        'every device is billed by whole hours',
        ...(wish.reuse ? ['devices are used again by later machines of the run'] : []),
        stock,
      ],
    },
  };
};

const planOf = (known: readonly Plan[], slug: string, arch: Arch): Plan => {
  const found = known.find(plan => plan.slug === slug);
  if (found === undefined)
    throw new UsageError('equinixmetal-plan', `the project has no plan ${slug}`, {
      hint: 'choose another with --equinixmetal-plan',
    });
  // The API does not say what a plan's processor is; the name does.
  const itsArch = /\.arm/.test(slug) ? 'arm64' : 'amd64';
  if (itsArch !== arch)
    throw new UsageError('equinixmetal-plan', `expected a plan for ${arch}, found ${slug}`, {
      hint: 'choose another with --equinixmetal-plan',
    });
  return found;
};

/** `32GB` of memory; the processors are counted, not their cores. */
const sizeOf = ({ specs }: Plan): MachineSize => {
  const said = /^(\d+) ?GB$/.exec(specs?.memory?.total ?? '');
  return { memoryMiB: Number(said?.[1] ?? 32) * 1024, vcpus: Math.max(8, specs?.cpus?.[0]?.count ?? 1) };
};
