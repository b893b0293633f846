import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OmahaRequest, parseRequest, writeRequest } from '../../../../src/services/omaha/request.ts';
import { type OmahaResponse, parseResponse, writeResponse } from '../../../../src/services/omaha/response.ts';
import { XmlError } from '../../../../src/services/omaha/xml.ts';

/** Any text that survives XML 1.1: no controls, no line ends (they become spaces), no mark of a broken encoding. */
const text = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML cannot carry
  .filter(value => !/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffd-\uffff]/.test(value));
const number = fc.integer({ min: -2_000_000_000, max: 2_000_000_000 });

const requests: fc.Arbitrary<OmahaRequest> = fc.record({
  protocol: fc.constant('3.0'),
  version: text,
  installSource: text,
  os: fc.record({ platform: text, version: text, arch: text }),
  apps: fc.array(
    fc.record({
      id: text,
      version: text,
      track: text,
      fromTrack: text,
      bootId: text,
      machineId: text,
      oem: text,
      oemVersion: text,
      alephVersion: text,
      board: text,
      ping: fc.option(fc.record({ active: fc.boolean() }), { nil: undefined }),
      updateCheck: fc.option(fc.record({ targetVersionPrefix: text }), { nil: undefined }),
      events: fc.array(
        fc.record({
          type: number,
          result: number,
          errorCode: number,
          previousVersion: text,
          nextVersion: text,
        }),
        { maxLength: 3 },
      ),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

const responses: fc.Arbitrary<OmahaResponse> = fc.record({
  server: text,
  dayStart: fc.nat(86_399),
  apps: fc.array(
    fc.record({
      id: text,
      status: fc.constantFrom(
        'ok' as const,
        'error-unknownApplication' as const,
        'error-invalidAppId' as const,
      ),
      ping: fc.boolean(),
      events: fc.nat(3),
      updateCheck: fc.option(
        fc.oneof(
          fc.record({ status: fc.constantFrom('noupdate' as const, 'error-internal' as const) }),
          fc.record({
            status: fc.constant('ok' as const),
            version: text,
            codebase: text,
            packages: fc.array(
              fc.record({ name: text, size: fc.nat(2_000_000_000), sha1: text, sha256: text }),
              { minLength: 1, maxLength: 3 },
            ),
          }),
        ),
        { nil: undefined },
      ),
    }),
    { maxLength: 3 },
  ),
});

describe('the Omaha codec', () => {
  it('reads the requests it writes', () => {
    fc.assert(
      fc.property(requests, request => {
        expect(parseRequest(writeRequest(request))).toEqual(request);
      }),
    );
  });

  it('reads the responses it writes', () => {
    fc.assert(
      fc.property(responses, response => {
        expect(parseResponse(writeResponse(response))).toEqual(response);
      }),
    );
  });

  it('reads what update_engine sends', () => {
    const request = parseRequest(`<?xml version="1.0" encoding="UTF-8"?>
<request protocol="3.0" version="update_engine-0.4.10" updaterversion="update_engine-0.4.10" installsource="ondemandupdate" ismachine="1">
    <os version="Chateau" platform="CoreOS" sp="4459.2.1_x86_64"></os>
    <app appid="{e96281a6-d1af-4bde-9a0a-97b76e56dc57}" version="4459.2.1" track="stable" from_track="stable" bootid="{b}" oem="qemu" oemversion="" alephversion="4459.2.0" machineid="0123" machinealias="" lang="en-US" board="amd64-usr" hardware_class="" delta_okay="false" >
        <ping active="1"></ping>
        <updatecheck></updatecheck>
        <event eventtype="3" eventresult="2" previousversion="4459.2.0"></event>
    </app>
</request>`);
    expect(request.installSource).toBe('ondemandupdate');
    expect(request.apps).toEqual([
      {
        id: '{e96281a6-d1af-4bde-9a0a-97b76e56dc57}',
        version: '4459.2.1',
        track: 'stable',
        fromTrack: 'stable',
        bootId: '{b}',
        machineId: '0123',
        oem: 'qemu',
        oemVersion: '',
        alephVersion: '4459.2.0',
        board: 'amd64-usr',
        ping: { active: true },
        updateCheck: { targetVersionPrefix: '' },
        events: [{ type: 3, result: 2, errorCode: 0, previousVersion: '4459.2.0', nextVersion: '' }],
      },
    ]);
  });

  it('puts the hash of the payload where update_engine looks for it', () => {
    const one = { name: 'u.gz', size: 5, sha1: 'c2hhMQ==', sha256: 'c2hhMjU2' };
    const answer = { status: 'ok' as const, version: '2', codebase: 'http://h/', packages: [one] };
    const xml = writeResponse({
      server: 'kola',
      dayStart: 0,
      apps: [{ id: '{a}', status: 'ok', ping: false, events: 0, updateCheck: answer }],
    });
    expect(xml).toContain('<action event="postinstall" sha256="c2hhMjU2" DisablePayloadBackoff="true"');
    expect(xml).toMatch(/<package name="u.gz" size="5" hash="c2hhMQ=="[^>]* required="true"\/>/);
  });

  it.each([
    ['nothing', '', /root/],
    ['no XML', 'hello', /root/],
    ['cut in a tag', '<request protocol="3.0"><app appid="{x}" ver', /end of input|unclosed/],
    ['cut between tags', '<request><app appid="x">', /unclosed|end/],
    ['crossed tags', '<request><app></request></app>', /mismatch/],
    ['two roots', '<request/><request/>', /root|one element/],
    ['another root', '<response/>', /root element is request/],
    ['no app', '<request protocol="3.0"/>', /at least one app/],
    ['a DOCTYPE', '<!DOCTYPE r [<!ENTITY a "b">]><request><app/></request>', /DOCTYPE/],
    ['an unknown entity', '<request><app appid="&a;"/></request>', /entity/],
    ['a control character', '<request><app appid="\u0001"/></request>', /control/],
    ['a bare attribute', '<request a=1><app/></request>', /quot/],
    [
      'a word for a number',
      '<request><app><event eventtype="x"/></app></request>',
      /eventtype .* whole number/,
    ],
    ['a huge number', '<request><app><event eventtype="99999999999"/></app></request>', /whole number/],
    ['too many elements', `<request>${'<app/>'.repeat(6000)}</request>`, /too many/],
    ['a deep nest', `${'<request>'.repeat(30)}${'</request>'.repeat(30)}`, /nested/],
  ])('refuses a request that is %s', (_, xml, message) => {
    expect(() => parseRequest(xml)).toThrow(XmlError);
    expect(() => parseRequest(xml)).toThrow(message);
  });

  it('throws nothing but its own error, whatever comes', () => {
    const pieces = fc.constantFrom(
      '<',
      '>',
      '/',
      '"',
      '=',
      '&',
      ';',
      'request',
      'app',
      ' ',
      '<?xml',
      '<!--',
      '-->',
      ']]>',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 4 })), { maxLength: 30 }), parts => {
        try {
          parseRequest(parts.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(XmlError);
        }
      }),
    );
  });

  it('refuses a response with a status it does not know', () => {
    expect(() => parseResponse('<response><app appid="a" status="fine"/></response>')).toThrow(/fine of app/);
    expect(() =>
      parseResponse('<response><app appid="a" status="ok"><updatecheck status="ok"/></app></response>'),
    ).toThrow(/updatecheck has no manifest/);
  });
});
