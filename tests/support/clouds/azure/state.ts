import type { Guest } from '../guests.ts';

export const subscription = '00000000-1111-2222-3333-444444444444';
export const location = 'westeurope';

export interface Group {
  readonly name: string;
  tags: Record<string, string>;
}

/** Any resource in a group, as it was asked for. */
export interface Resource {
  /** `Microsoft.Compute/virtualMachines`. */
  readonly type: string;
  /** The whole path, as the API has it. */
  readonly id: string;
  readonly group: string;
  readonly name: string;
  body: Body;
  /** Disks and what is made of them: a raw disk, once it was written. */
  file?: string;
  guest?: Guest | undefined;
  off?: boolean;
}

/** The parts of requests that mean something here. */
export interface Body {
  readonly location?: string;
  readonly tags?: Record<string, string>;
  readonly properties?: {
    readonly creationData?: { readonly createOption: string; readonly uploadSizeBytes?: number };
    readonly supportedCapabilities?: { readonly architecture?: string };
    readonly architecture?: string;
    readonly securityRules?: readonly { readonly properties: Readonly<Record<string, unknown>> }[];
    readonly subnets?: readonly object[];
    readonly hardwareProfile?: { readonly vmSize?: string };
    readonly userData?: string;
    readonly osProfile?: {
      readonly computerName?: string;
      readonly adminUsername?: string;
      readonly customData?: string;
      readonly linuxConfiguration?: {
        readonly disablePasswordAuthentication?: boolean;
        readonly ssh?: {
          readonly publicKeys?: readonly { readonly path?: string; readonly keyData: string }[];
        };
      };
    };
    readonly storageProfile?: {
      readonly imageReference?: { readonly id?: string };
      readonly osDisk?: {
        readonly deleteOption?: string;
        readonly diskSizeGB?: number;
        readonly managedDisk?: { readonly id?: string };
      };
      readonly osDiskImage?: { readonly source?: { readonly id?: string } };
      readonly dataDisks?: readonly {
        readonly lun: number;
        readonly diskSizeGB: number;
        readonly deleteOption?: string;
      }[];
      readonly diskControllerType?: string;
    };
    readonly networkProfile?: {
      readonly networkInterfaceConfigurations?: readonly {
        readonly name: string;
        readonly properties: { readonly deleteOption?: string };
      }[];
    };
    readonly securityProfile?: { readonly securityType?: string };
  };
}

export const sizes: Readonly<
  Record<string, { readonly arch: string; readonly gib: number; readonly family: string }>
> = {
  Standard_D2s_v6: { arch: 'x64', gib: 8, family: 'StandardDsv6Family' },
  Standard_D2s_v5: { arch: 'x64', gib: 8, family: 'standardDSv5Family' },
  Standard_D2pls_v6: { arch: 'Arm64', gib: 4, family: 'StandardDplsv6Family' },
};
