import { disabledExtension } from './_disable.ts';

export default disabledExtension({
  name: 'sysext.disable-containerd',
  description: 'An image without the extension of containerd has no containerd',
  extensions: ['containerd-flatcar', 'docker-flatcar'],
  program: '/usr/bin/containerd',
});
