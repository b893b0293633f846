import { describe, expect, it } from 'vitest';
import { detectForm, hasBootSignature } from '../../../src/image/detect.ts';

describe('detectForm', () => {
  it.each([
    ['qcow2', 'QFI\xfb\0\0\0\x03'],
    ['bzip2', 'BZh91AY&SY'],
    ['gzip', '\x1f\x8b\x08\0'],
  ])('knows %s', (form, start) => {
    expect(detectForm(Buffer.from(start, 'latin1'))).toBe(form);
  });

  it.each([
    ['a web page', '<!DOCTYPE html>\n<html><head><title>404</title>'],
    ['a web page', '\n<html>'],
    ['a web page', '<?xml version="1.0"?><Error>'],
    ['a text file', 'FLATCAR_VERSION=4081.2.0\n'],
    ['an xz archive', '\xfd7zXZ\0\0'],
    ['a VMware disk', 'KDMV\x01\0'],
    ['a program', '\x7fELF\x02'],
  ])('names %s', (name, start) => {
    expect(detectForm(Buffer.from(start, 'latin1'))).toEqual({ foreign: name });
  });

  it('takes the rest for a raw disk', () => {
    expect(detectForm(Buffer.alloc(1024))).toBe('raw');
    expect(detectForm(Buffer.from([0xeb, 0x63, 0x90]))).toBe('raw');
  });
});

describe('hasBootSignature', () => {
  it('looks at the end of the first sector', () => {
    const sector = Buffer.alloc(512);
    expect(hasBootSignature(sector)).toBe(false);
    sector.writeUInt16LE(0xaa55, 510);
    expect(hasBootSignature(sector)).toBe(true);
    expect(hasBootSignature(sector.subarray(0, 511))).toBe(false);
  });
});
