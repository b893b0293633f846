import { type Droplet, type Firewall, type Image, type Key, region, sizes } from './state.ts';

export const sizeView = ({ slug, memory, vcpus, disk, price }: (typeof sizes)[number]): object => ({
  slug,
  memory,
  vcpus,
  disk,
  transfer: 2,
  price_monthly: Math.round(price * 672),
  price_hourly: price,
  regions: [region],
  available: true,
  description: 'Basic',
});

export const imageView = (image: Image): object => ({
  id: image.id,
  name: image.name,
  type: 'custom',
  distribution: 'Unknown',
  slug: null,
  public: false,
  regions: image.status === 'available' ? [image.region] : [],
  created_at: image.created,
  min_disk_size: 1,
  size_gigabytes: 0.1,
  description: image.description,
  tags: [],
  status: image.status,
  error_message: image.error,
});

export const keyView = ({ id, name, publicKey, fingerprint }: Key): object => ({
  id,
  name,
  public_key: publicKey,
  fingerprint,
});

export const firewallView = ({ id, body, created }: Firewall): object => ({
  ...body,
  id,
  status: 'succeeded',
  created_at: created,
  pending_changes: [],
});

export const dropletView = (droplet: Droplet, image: Image | undefined): object => {
  const size = sizes.find(({ slug }) => slug === droplet.size) ?? sizes[1];
  const address = (ip_address: string, type: string): object => ({
    ip_address,
    type,
    netmask: '255.255.240.0',
    gateway: type === 'public' ? '198.51.100.1' : '10.77.0.1',
  });
  const { guest } = droplet;
  return {
    id: droplet.id,
    name: droplet.name,
    memory: size.memory,
    vcpus: size.vcpus,
    disk: size.disk,
    disk_info: [],
    locked: droplet.status === 'new',
    status: droplet.status,
    kernel: null,
    created_at: droplet.created,
    features: ['private_networking'],
    backup_ids: [],
    next_backup_window: null,
    snapshot_ids: [],
    image: image === undefined ? {} : imageView(image),
    volume_ids: [],
    size: sizeView(size),
    size_slug: size.slug,
    networks: {
      v4:
        guest === undefined
          ? []
          : [address(guest.privateAddress, 'private'), address(guest.publicAddress, 'public')],
      v6: [],
    },
    region: { name: 'San Francisco 3', slug: region, features: [], available: true, sizes: [size.slug] },
    tags: [...droplet.tags],
    vpc_uuid: '760e09ef-dc84-11e8-981e-3cfdfeaae000',
  };
};
