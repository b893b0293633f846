// The certificate library's dependency injection asks for this before it is loaded.
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

const day = 24 * 60 * 60_000;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface ServerCredentials {
  /** Private key, PKCS #8 PEM. Stays in memory. */
  readonly key: string;
  /** The server's certificate, PEM. */
  readonly cert: string;
}

/**
 * A certificate authority that lives as long as one attempt. node:crypto reads certificates but cannot sign them;
 * a library does that in process, where the `openssl` program would need to be installed and to be handed
 * private keys in files.
 */
export class Authority {
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #certificate: x509.X509Certificate;
  readonly #now: number;

  private constructor(keys: webcrypto.CryptoKeyPair, certificate: x509.X509Certificate, now: number) {
    this.#keys = keys;
    this.#certificate = certificate;
    this.#now = now;
  }

  /** `now`: milliseconds since the epoch. Guests' clocks may be off by a day. */
  static async create(now: number): Promise<Authority> {
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      ...validity(now),
      serialNumber: serial(),
      name: 'CN=kola test authority',
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new Authority(keys, certificate, now);
  }

  /** The authority's own certificate, PEM: what a guest has to trust. */
  get certificate(): string {
    return `${this.#certificate.toString('pem')}\n`;
  }

  /** Credentials of a server that goes by these DNS names and IP addresses. */
  async issue(names: readonly string[]): Promise<ServerCredentials> {
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      ...validity(this.#now),
      serialNumber: serial(),
      subject: 'CN=kola test server',
      issuer: this.#certificate.subject,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          names.map(value => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
        ),
        await x509.AuthorityKeyIdentifierExtension.create(this.#keys.publicKey),
      ],
    });
    const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
    return {
      key: x509.PemConverter.encode(key, 'PRIVATE KEY'),
      cert: `${certificate.toString('pem')}\n`,
    };
  }
}

const newKeys = async (): Promise<webcrypto.CryptoKeyPair> =>
  await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

const validity = (now: number): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(now - day),
  notAfter: new Date(now + 30 * day),
});

/** Positive and without leading zeros, as RFC 5280 asks. */
const serial = (): string => `01${randomBytes(15).toString('hex')}`;
