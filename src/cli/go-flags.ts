/**
 * Every flag of the Go kola and what became of it. The parser accepts or refuses flags by this table, and
 * docs/reference/go-kola-flags.md is printed from it (`npm run docs:flags`).
 */
export type GoSupport =
  /** Works as it did; the note says what is different. */
  | { readonly kind: 'same'; readonly note?: string }
  /** Accepted without effect, so that old command lines keep working. */
  | { readonly kind: 'no-op'; readonly note: string }
  /** An error with a hint: ignoring it would test something else than what was asked for. */
  | { readonly kind: 'refused'; readonly note: string }
  /** Comes with the platform's adapter; refused until that is there. */
  | { readonly kind: 'adapter'; readonly platform: string };

export interface GoFlag {
  readonly name: string;
  readonly short?: string;
  /** Absent = a switch. */
  readonly value?: string;
  readonly group: string;
  readonly support: GoSupport;
}

const same = (note?: string): GoSupport => (note === undefined ? { kind: 'same' } : { kind: 'same', note });
const noOp = (note: string): GoSupport => ({ kind: 'no-op', note });
const refused = (note: string): GoSupport => ({ kind: 'refused', note });

type Row = readonly [flag: string, support: GoSupport];

/** `-p, --platform NAME` → its parts. */
const flag = (group: string, [text, support]: Row): GoFlag => {
  const match = /^(?:-(\w), )?--([\w-]+)(?: (\S+))?$/.exec(text);
  if (match === null) throw new TypeError(`not a flag: ${text}`);
  const [, short, name = '', value] = match;
  return {
    name,
    group,
    support,
    ...(short === undefined ? {} : { short }),
    ...(value === undefined ? {} : { value }),
  };
};

const general: readonly Row[] = [
  ['--log-level LEVEL', same('`error`, `warn`, `notice`, `info`, `debug`; capitals are fine')],
  ['-v, --verbose', same()],
  ['-d, --debug', same()],
  ['--output-dir DIR', same('the folder *is* the run folder; a foreign non-empty one is refused')],
  ['-p, --platform NAME', same('a comma list runs several platforms; `qemu-unpriv` means `qemu`')],
  ['--channel NAME', same()],
  ['--offering NAME', same('`basic` is the only one left; `pro` is refused')],
  ['-b, --distro NAME', same('`cl` only; `fcos` and `rhcos` are refused')],
  ['-j, --parallel N', same('counts machines, not tests; default `auto` instead of 1')],
  ['--image-version VERSION', same('only for images without a manifest; it never costs a machine')],
  ['--disable-selinux-avc-checks', same()],
  ['--tapfile FILE', same('written for interrupted runs too')],
  ['--basename NAME', noOp('names of resources come from the run id, so that every one can be traced back')],
  [
    '--debug-systemd-unit UNIT',
    noOp('had no effect in Go kola either; the journal of each machine is always kept'),
  ],
  [
    '--ignition-version VERSION',
    noOp('the image says what it accepts; each scenario is rendered in the fitting version'),
  ],
  [
    '--enable-secureboot',
    same('alone: `--qemu-firmware=uefi-secure`; or beside firmware files with secure boot'),
  ],
  ['--ssh-retries N', noOp('waiting for SSH is limited by the boot deadline, not by a number of tries')],
  ['--ssh-timeout DURATION', noOp('waiting for SSH is limited by the boot deadline')],
  [
    '--board NAME',
    same('`amd64-usr`, `arm64-usr`, or both as a comma list; default: the architecture of the image'),
  ],
  ['--oscontainer IMAGE', refused('belonged to RHCOS, which kola does not test')],
];

const run: readonly Row[] = [
  [
    '-r, --remove',
    same('`--remove=false` keeps machines of failed scenarios, until the next run removes them'),
  ],
  ['-k, --keys', same('adds the keys of the agent and of `~/.ssh/id_*.pub`')],
  ['--key FILE', same('repeatable')],
];

const list: readonly Row[] = [
  ['--json', same('`{"scenarios": […]}` with reasons, a superset')],
  ['--filter', same('also `--selected`; version windows count, too')],
];

const spawn: readonly Row[] = [
  ['-c, --nodecount N', same()],
  ['-u, --userdata FILE', same()],
  ['-t, --detach', same('the machines stay until the next `kola run` or `kola spawn` removes them')],
  ['-s, --shell', same()],
  ['--omaha-package VERSION', refused('use kola run --update-payload=FILE with the scenarios cl.update.*')],
  ['--qemu-options JSON', refused('use --qemu-memory and the other QEMU flags')],
];

const inputs: readonly Row[] = [
  [
    '--update-payload FILE',
    same("the reference guest brings one; a key beside it, `FILE.pub.pem`, replaces the image's"),
  ],
  ['--force-flatcar-key', noOp('the key of a payload lies beside it: see `--update-payload`')],
  ['--torcx-manifest FILE', noOp('torcx left Flatcar in 2023')],
  ['--devcontainer-url URL', same('`@ARCH@` and `@VERSION@` stand for the machine’s own')],
  ['--devcontainer-file FILE', same()],
  ['--devcontainer-binhost-url URL', same('`@ARCH@` and `@VERSION@` stand for the machine’s own')],
];

const qemu: readonly Row[] = [
  ['--qemu-image FILE', same('another name of `--image`; never modified')],
  ['--qemu-firmware FILE', same('also `bios`, `uefi`, `uefi-secure`')],
  ['--qemu-bios FILE', same('another name of `--qemu-firmware`, as before')],
  ['--qemu-ovmf-vars FILE', same()],
  ['--qemu-vnc ADDRESS', same()],
  ['--qemu-skip-mangle', noOp('images are never mangled')],
  ['--qemu-grow-base-disk-by SIZE', same()],
  ['--qemu-tpm', same()],
];

const aws: readonly Row[] = [
  ['--aws-credentials-file FILE', same()],
  ['--aws-region NAME', same()],
  ['--aws-profile NAME', same()],
  ['--aws-ami ID', same('`--image` then only describes it')],
  ['--aws-type NAME', same('a comma list is tried in turn')],
  ['--aws-sg NAME', same('default: a group for the run, open to the runner only')],
  ['--aws-iam-profile NAME', same('no profile is made when none is named')],
];

const digitalocean: readonly Row[] = [
  ['--do-config-file FILE', same()],
  ['--do-profile NAME', same()],
  ['--do-token TOKEN', refused('credentials are no flags: set DIGITALOCEAN_TOKEN, or use the config file')],
  ['--do-region NAME', same('default sfo3 instead of sfo2')],
  ['--do-size NAME', same('a comma list is tried in turn; default s-2vcpu-2gb instead of s-1vcpu-2gb')],
  ['--do-image NAME', same('an id or a slug; the names of channels led nowhere any more')],
];

const overSsh = refused('commands run on this host: call `ssh` in them');

const external: readonly Row[] = [
  ['--external-user NAME', overSsh],
  ['--external-password TEXT', overSsh],
  ['--external-host ADDRESS', overSsh],
  ['--external-socks ADDRESS', overSsh],
  ['--external-provisioning-cmds TEXT', same('JSON in, JSON out: see external.md')],
  ['--external-serial-console-cmd TEXT', same('JSON in, text out')],
  ['--external-deprovisioning-cmds TEXT', same('JSON in')],
];

const ownGroup = refused('each run makes a resource group of its own, and destroys it');

const azure: readonly Row[] = [
  ['--azure-blob-url URL', refused('name the image with --image, or --azure-disk-uri')],
  ['--azure-image-file FILE', refused('use --image')],
  ['--azure-disk-uri URI', same('the id of an image or of a gallery image version')],
  ['--azure-publisher NAME', same()],
  ['--azure-offer NAME', same()],
  ['--azure-sku NAME', same('chooses a marketplace image; without it --image is uploaded')],
  ['--azure-version VERSION', same('default: the latest')],
  ['--azure-location NAME', same('default westeurope instead of westus')],
  [
    '--azure-size NAME',
    same('a comma list is tried in turn; default Standard_D2s_v6 instead of Standard_DS2_v2'),
  ],
  ['--azure-hyper-v-generation V1|V2', same('default V2 instead of V1')],
  ['--azure-vnet-subnet-name NAME', ownGroup],
  ['--azure-use-gallery', same('arm64, trusted launch and NVMe imply it')],
  ['--azure-use-private-ips', ownGroup],
  ['--azure-disk-controller NAME', same()],
  ['--azure-resource-group NAME', ownGroup],
  [
    '--azure-resource-group-basename NAME',
    noOp('names of resources come from the run id, so that every one can be traced back'),
  ],
  ['--azure-availability-set ID', refused('machines of a run are not spread')],
  ['--azure-kola-vnet NAME', ownGroup],
  ['--azure-vm-identity ID', same()],
  ['--azure-trusted-launch', same()],
  ['--azure-confidential-vm', refused('confidential machines are not supported yet')],
];

const gce: readonly Row[] = [
  ['--gce-image NAME', same('`--image` then only describes it; a family is fine')],
  ['--gce-project NAME', same('default: GOOGLE_CLOUD_PROJECT, or that of the credentials')],
  ['--gce-zone NAME', same('a comma list is tried in turn')],
  [
    '--gce-machinetype NAME',
    same('a comma list is tried in turn; default as Flatcar tests it, n1-standard-2'),
  ],
  ['--gce-disktype NAME', same()],
  ['--gce-network NAME', same('the run makes its own firewall rules there')],
  ['--gce-gvnic', same()],
  ['--gce-service-auth', noOp('the account of the machine that kola runs on is found without it')],
  ['--gce-json-key FILE', same()],
];

/** Go kola dropped the platform on 2025-11-24; these are the flags that it had until then. */
const equinixmetal: readonly Row[] = [
  ['--equinixmetal-config-file FILE', same()],
  ['--equinixmetal-profile NAME', same()],
  ['--equinixmetal-project ID', same()],
  ['--equinixmetal-plan NAME', same('a comma list is tried in turn')],
  ['--equinixmetal-metro NAME', same('a comma list is tried in turn')],
  ['--equinixmetal-facility NAME', same('a comma list is tried in turn')],
  ['--equinixmetal-installer-image-base-url URL', same()],
  ['--equinixmetal-installer-image-kernel-url URL', same()],
  ['--equinixmetal-installer-image-cpio-url URL', same()],
  ['--equinixmetal-image-url URL', same('`--image` then only describes it')],
  ['--equinixmetal-launch-timeout MINUTES', same()],
  ['--equinixmetal-install-timeout MINUTES', same()],
  ['--equinixmetal-api-key TOKEN', refused('set METAL_AUTH_TOKEN: a flag shows in the list of processes')],
  ['--equinixmetal-storage-url URL', refused('the run serves its files itself: see --equinixmetal-serve')],
  ['--equinixmetal-remote-user NAME', refused('the run serves its files itself: see --equinixmetal-serve')],
  [
    '--equinixmetal-remote-ssh-private-key-path FILE',
    refused('the run serves its files itself: see --equinixmetal-serve'),
  ],
  [
    '--equinixmetal-remote-document-root FOLDER',
    refused('the run serves its files itself: see --equinixmetal-serve'),
  ],
];

const hetzner: readonly Row[] = [
  ['--hetzner-token TOKEN', refused('credentials are no flags: set HCLOUD_TOKEN')],
  ['--hetzner-image NAME', same('the id of an image')],
  ['--hetzner-location NAME', same()],
  ['--hetzner-server-type NAME', same('a comma list is tried in turn')],
];

const noJump = refused(
  'machines are reached directly: give them addresses with --openstack-floating-ip-pool, or run kola beside them',
);

const openstack: readonly Row[] = [
  ['--openstack-config-file FILE', same('a clouds.yaml is fine, too')],
  ['--openstack-profile NAME', same('also a cloud of clouds.yaml')],
  ['--openstack-region NAME', same()],
  ['--openstack-image NAME', same('an id or a name; `--image` then only describes it')],
  [
    '--openstack-flavor NAME',
    same('a name or an id; a comma list is tried in turn; default m1.small instead of 1'),
  ],
  ['--openstack-network NAME', same('default: the run makes a network of its own')],
  ['--openstack-domain NAME', same()],
  ['--openstack-floating-ip-pool NAME', same('default: the only external network')],
  ['--openstack-host ADDRESS', noJump],
  ['--openstack-user NAME', noJump],
  ['--openstack-keyfile FILE', noJump],
];

const adapterFlags: Readonly<Record<string, readonly string[]>> = {
  esx: [
    'config-file FILE',
    'server ADDRESS',
    'profile NAME',
    'base-vm NAME',
    'ova-path FILE',
    'static-ips N',
    'gateway ADDRESS',
    'gateway-private ADDRESS',
    'first-static-ip ADDRESS',
    'first-static-ip-private ADDRESS',
    'subnet-size N',
  ],
  oraclecloud: [
    'tenancy ID',
    'user ID',
    'region NAME',
    'private-key KEY',
    'private-key-passphrase TEXT',
    'fingerprint TEXT',
    'compartment-id ID',
    'availability-domain NAME',
    'subnet-id ID',
    'image-id ID',
    'shape NAME',
    'ocpus N',
    'memory-gb N',
  ],
  brightbox: ['client-id ID', 'client-secret TEXT', 'image NAME', 'server-type NAME'],
  scaleway: [
    'organization-id ID',
    'project-id ID',
    'access-key TEXT',
    'secret-key TEXT',
    'image NAME',
    'region NAME',
    'zone NAME',
    'instance-type NAME',
  ],
  akamai: ['token TOKEN', 'image NAME', 'region NAME', 'type NAME'],
  stackit: [
    'project-id ID',
    'image-id ID',
    'region NAME',
    'service-account-key-path FILE',
    'type NAME',
    'availability-zone NAME',
  ],
};

const clouds = Object.entries(adapterFlags).flatMap(([platform, flags]) =>
  flags.map(text => flag(platform, [`--${platform}-${text}`, { kind: 'adapter', platform }])),
);

export const goFlags: readonly GoFlag[] = [
  ...general.map(row => flag('General', row)),
  ...run.map(row => flag('kola run', row)),
  ...list.map(row => flag('kola list', row)),
  ...spawn.map(row => flag('kola spawn', row)),
  ...inputs.map(row => flag('Test inputs', row)),
  ...qemu.map(row => flag('QEMU', row)),
  ...aws.map(row => flag('AWS', row)),
  ...digitalocean.map(row => flag('DigitalOcean', row)),
  ...external.map(row => flag('External', row)),
  ...azure.map(row => flag('Azure', row)),
  ...gce.map(row => flag('Google Compute Engine', row)),
  ...equinixmetal.map(row => flag('Equinix Metal', row)),
  ...hetzner.map(row => flag('Hetzner', row)),
  ...openstack.map(row => flag('OpenStack', row)),
  ...clouds,
];

/** What became of Go kola's commands. */
export const goCommands: readonly { readonly name: string; readonly now: string }[] = [
  { name: '`kola run`', now: 'same; exit codes say more than 0 and 1' },
  { name: '`kola list`', now: 'same' },
  { name: '`kola spawn`', now: 'same' },
  { name: '`kola check-console`', now: 'same' },
  { name: '`kola version`, `kola help`', now: 'same' },
  { name: '`kola bootchart`', now: '`kola spawn`, then `systemd-analyze plot`' },
  { name: '`kola updatepayload`', now: '`kola run --update-payload=FILE` with the scenarios `cl.update.*`' },
];
