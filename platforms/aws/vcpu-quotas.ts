/** A limit of the vCPUs that On-Demand instances of some families have together, in one region of an account. */
export interface VcpuQuota {
  /** In Service Quotas, of the service `ec2`. */
  readonly code: string;
  /** As in the vendor's name for it: "Running On-Demand Standard … instances". */
  readonly name: string;
  /** What instance types begin with: the letters before the first digit or dash. */
  readonly families: readonly string[];
}

/** The quotas of "Running On-Demand … instances" in the vendor's list of EC2's quotas. */
const quotas: readonly VcpuQuota[] = [
  {
    code: 'L-1216C47A',
    name: 'Standard',
    families: ['a', 'c', 'd', 'h', 'i', 'im', 'is', 'm', 'r', 't', 'z'],
  },
  { code: 'L-6E869C2A', name: 'DL', families: ['dl'] },
  { code: 'L-74FC7D96', name: 'F', families: ['f'] },
  { code: 'L-DB2E81BA', name: 'G and VT', families: ['g', 'gr', 'vt'] },
  { code: 'L-43DA4232', name: 'High Memory', families: ['u'] },
  { code: 'L-F7808C92', name: 'HPC', families: ['hpc'] },
  { code: 'L-1945791B', name: 'Inf', families: ['inf'] },
  { code: 'L-417A185B', name: 'P', families: ['p'] },
  { code: 'L-2C3B7624', name: 'Trn', families: ['trn'] },
  { code: 'L-7295265B', name: 'X', families: ['x'] },
];

/** Undefined for what is counted otherwise (Macs, by their hosts) and for families that are newer than this table. */
export const vcpuQuotaOf = (type: string): VcpuQuota | undefined => {
  const family = /^[a-z]+/.exec(type)?.[0] ?? '';
  return quotas.find(({ families }) => families.includes(family));
};
