import { disabledExtension } from './_disable.ts';

export default disabledExtension({
  name: 'sysext.disable-docker',
  description: 'An image without the extension of docker has no docker',
  extensions: ['docker-flatcar'],
  program: '/usr/bin/docker',
});
