import { describe, expect, it } from 'vitest';
import { verdictMarkdown } from '../../../src/gate/decision/markdown.ts';
import { parsePolicy } from '../../../src/gate/policy/load.ts';
import { decide } from '../../../src/gate/verdict.ts';
import { goInput, policyText, result, target } from '../../support/gate-input.ts';

const synthetic = target('made', [result('a')], { synthetic: true, kind: 'reference' });

describe('what a verdict rests on', () => {
  it('needs no words when it is tests of Flatcar', () => {
    expect(decide(goInput()).notices).toEqual([]);
  });
  it('says that nobody is named who could make a majority', () => {
    const policy = parsePolicy('policy.yaml', policyText.replace(/^voters: .*$/m, 'voters: []'));
    expect(decide(goInput({ policy })).notices).toEqual([
      'the policy names no voters: no majority can be reached, only lazy consensus (fill in voters)',
    ]);
  });
  it('needs none for results that do not count', () => {
    expect(decide(goInput({ targets: [...goInput().targets, synthetic] })).notices).toEqual([]);
  });
  it('is said wherever made-up results and the reference guest count', () => {
    const text = policyText.replace('[flatcar] }', '[flatcar, reference], synthetic: true }');
    const policy = parsePolicy('policy.yaml', text);
    const verdict = decide(goInput({ policy, targets: [...goInput().targets, synthetic] }));
    expect(verdict.notices).toEqual([
      'results are synthetic, made up for an example: qemu/amd64',
      'the reference guest was tested, which is not Flatcar: qemu/amd64',
    ]);
    expect(verdictMarkdown(verdict)).toContain('> results are synthetic, made up for an example: qemu/amd64');
  });
});
