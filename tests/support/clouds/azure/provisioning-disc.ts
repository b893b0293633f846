import type { Resource } from './state.ts';
import { makeUdf } from './udf.ts';

/** The label that Azure gives it. */
const label = 'rd_rdfe_stable';

/**
 * The disc in the drive of every new machine: who may log in, and the custom data, both for the agent and as a file of its
 * own. Ignition reads it where there is no user data.
 */
export const provisioningDisc = (machine: Resource): Uint8Array => {
  const { customData } = machine.body.properties?.osProfile ?? {};
  return makeUdf(label, [
    { name: 'ovf-env.xml', content: Buffer.from(environment(machine)) },
    ...(customData === undefined
      ? []
      : [{ name: 'CustomData.bin', content: Buffer.from(customData, 'base64') }]),
  ]);
};

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const element = (name: string, text: string | undefined): string =>
  text === undefined ? '' : `<${name}>${escaped(text)}</${name}>`;

const environment = ({ body }: Resource): string => {
  const { computerName, adminUsername, customData, linuxConfiguration } = body.properties?.osProfile ?? {};
  const { disablePasswordAuthentication: closed, ssh } = linuxConfiguration ?? {};
  const keys = (ssh?.publicKeys ?? []).map(
    ({ path, keyData }) => `<PublicKey>${element('Path', path)}${element('Value', keyData)}</PublicKey>`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>
<Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:wa="http://schemas.microsoft.com/windowsazure">
  <wa:ProvisioningSection>
    <wa:Version>1.0</wa:Version>
    <LinuxProvisioningConfigurationSet xmlns="http://schemas.microsoft.com/windowsazure">
      <ConfigurationSetType>LinuxProvisioningConfiguration</ConfigurationSetType>
      ${element('HostName', computerName)}
      ${element('UserName', adminUsername)}
      ${element('DisableSshPasswordAuthentication', String(closed ?? false))}
      ${element('CustomData', customData)}
      <SSH><PublicKeys>${keys.join('')}</PublicKeys></SSH>
    </LinuxProvisioningConfigurationSet>
  </wa:ProvisioningSection>
  <wa:PlatformSettingsSection>
    <wa:Version>1.0</wa:Version>
    <PlatformSettings xmlns="http://schemas.microsoft.com/windowsazure">
      <ProvisionGuestAgent>true</ProvisionGuestAgent>
      <PreprovisionedVm>false</PreprovisionedVm>
    </PlatformSettings>
  </wa:PlatformSettingsSection>
</Environment>
`;
};
