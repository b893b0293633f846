import { describe, expect, test } from 'vitest';
import { standInsOf } from '../../../src/plan/stand-ins.ts';

describe('standInsOf', () => {
  const needs = { machines: 1, capabilities: ['ab-slots', 'update-engine'] };
  test('names what is needed and stood in for', () => {
    expect(standInsOf({ needs }, { standIns: ['update-engine', 'other'] })).toEqual({
      standIns: ['update-engine'],
    });
  });
  test('is empty for an image without stand-ins, and for a scenario that needs none of them', () => {
    expect(standInsOf({ needs }, {})).toEqual({});
    expect(standInsOf({ needs: { machines: 1 } }, { standIns: ['update-engine'] })).toEqual({});
  });
});
