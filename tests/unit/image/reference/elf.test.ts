import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readElfNeeds } from '../../../../src/image/reference/elf.ts';

describe('readElfNeeds', () => {
  it('names the libraries, loader and private library folders of a program', () => {
    expect(readElfNeeds(elfFile(['libc.so.6', 'libm.so.6'], '/usr/lib/private:/opt/lib'))).toEqual({
      needed: ['libc.so.6', 'libm.so.6'],
      interpreter: '/lib64/ld.so',
      runPaths: ['/usr/lib/private', '/opt/lib'],
    });
  });

  it('reads a real program', async () => {
    const needs = readElfNeeds(await readFile(process.execPath));
    expect(needs?.needed).toContain('libc.so.6');
    expect(needs?.interpreter).toMatch(/^\/lib.*ld-linux/);
  });

  it('says nothing about a script or a short file', () => {
    expect(readElfNeeds(Buffer.from('#!/bin/sh\nexit 0\n'))).toBeUndefined();
    expect(readElfNeeds(Buffer.alloc(0))).toBeUndefined();
  });
});

/** A little ELF file: header, three program headers, loader name, string table, dynamic section. */
function elfFile(needed: readonly string[], runPath: string): Buffer {
  const interpreter = Buffer.from('/lib64/ld.so\0');
  let strings = '\0';
  const at = (text: string): number => {
    const offset = strings.length;
    strings += `${text}\0`;
    return offset;
  };
  const base = 0x400000;
  const neededAt = needed.map(at);
  const runPathAt = at(runPath);
  const interpOffset = 64 + 3 * 56;
  const stringsOffset = interpOffset + interpreter.length;
  const dynamicOffset = stringsOffset + strings.length;
  const pairs = [...neededAt.map(value => [1, value]), [29, runPathAt], [5, base + stringsOffset], [0, 0]];
  const total = dynamicOffset + pairs.length * 16;
  const file = Buffer.alloc(total);
  file.writeUInt32BE(0x7f454c46, 0);
  file[4] = 2;
  file[5] = 1;
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(3, 56);
  const segments = [
    [1, 0, base, total],
    [3, interpOffset, base + interpOffset, interpreter.length],
    [2, dynamicOffset, base + dynamicOffset, pairs.length * 16],
  ];
  segments.forEach(([type = 0, offset = 0, address = 0, size = 0], index) => {
    const header = 64 + index * 56;
    file.writeUInt32LE(type, header);
    file.writeBigUInt64LE(BigInt(offset), header + 8);
    file.writeBigUInt64LE(BigInt(address), header + 16);
    file.writeBigUInt64LE(BigInt(size), header + 32);
  });
  interpreter.copy(file, interpOffset);
  file.write(strings, stringsOffset, 'latin1');
  pairs.forEach(([tag = 0, value = 0], index) => {
    file.writeBigInt64LE(BigInt(tag), dynamicOffset + index * 16);
    file.writeBigUInt64LE(BigInt(value), dynamicOffset + index * 16 + 8);
  });
  return file;
}
