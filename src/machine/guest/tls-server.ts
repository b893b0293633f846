import type { Machine } from '../../core/machine.ts';
import type { CheckContext } from '../../core/scenario.ts';

const folder = '/var/lib/kola-tls';

/** One complete answer, so that a server that knows no HTTP can give it. */
export const httpAnswer = (body: string): string =>
  [
    'HTTP/1.0 200 OK',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');

/**
 * Starts a server on port 443 of a machine that answers `GET /index` with this body, with what the image has: OpenSSL.
 * Returns its self-signed certificate, which names the machine's private address.
 */
export const makeTlsServer = async (t: CheckContext, machine: Machine, body: string): Promise<string> => {
  const address = machine.privateAddress;
  await machine.run(
    [
      `sudo mkdir -p ${folder}/www`,
      `sudo openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:secp384r1 -nodes -days 3650 -subj /CN=${address} -addext subjectAltName=IP:${address} -keyout ${folder}/key.pem -out ${folder}/cert.pem 2>/dev/null`,
    ].join(' && '),
  );
  await machine.write(`${folder}/www/index`, httpAnswer(body));
  await machine.run(
    `sudo systemd-run --quiet --unit=kola-tls --working-directory=${folder}/www openssl s_server -accept 443 -cert ../cert.pem -key ../key.pem -HTTP -quiet`,
  );
  const certificate = await machine.read(`${folder}/cert.pem`);
  const found = await t.eventually('the TLS server', async () => {
    const { code, stdout } = await machine.try(
      `curl --silent --show-error --fail --max-time 20 --cacert ${folder}/cert.pem https://${address}/index`,
    );
    return code === 0 ? stdout : undefined;
  });
  if (found.trim() !== body.trim()) t.block(`the scenario's own server answers ${JSON.stringify(found)}`);
  return certificate;
};
