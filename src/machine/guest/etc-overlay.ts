export interface OverlayPaths {
  readonly lowerdir: string;
  readonly upperdir: string;
}

/** The layers of /etc in the text of /proc/self/mountinfo, as seen from the running system; undefined when it is no overlay. */
export const pathsOfOverlay = (mountinfo: string): OverlayPaths | undefined => {
  for (const line of mountinfo.split('\n')) {
    const [before, after] = line.split(' - ');
    if (before?.split(' ')[4] !== '/etc' || !after?.startsWith('overlay ')) continue;
    const option = (name: string): string | undefined =>
      // In the initrd the root filesystem was /sysroot, and the options still say so.
      new RegExp(`\\b${name}=([^,\\s]+)`).exec(after)?.[1]?.replace(/^\/sysroot(?=\/)/, '');
    const [lowerdir, upperdir] = [option('lowerdir'), option('upperdir')];
    if (lowerdir !== undefined && upperdir !== undefined) return { lowerdir, upperdir };
  }
  return undefined;
};

/**
 * Lists the upper layer from a mount namespace without the overlay, after `first` was done there: where the upper
 * layer is below /etc itself, the overlay hides it. Whiteouts, which stand for what was deleted, are marked.
 */
export const lookBelow = (upper: string, first = 'true'): string =>
  `sudo unshare -m bash -c '[ "${upper}" != /etc ] || umount -l /etc; ${first} && find ${upper} -mindepth 1 -maxdepth 1 -printf "%y %f\\n"'`;

/** Names in the upper layer, but for whiteouts. */
export const copiedUp = (listing: string): readonly string[] =>
  listing.split('\n').flatMap(line => {
    const [kind, ...name] = line.split(' ');
    return name.length === 0 || kind === 'c' ? [] : [name.join(' ')];
  });
