import type { ArchContext, ReleaseContext, Requirement } from '../requirement.ts';
import { adoption } from './adoption.ts';
import { completeness } from './completeness.ts';
import { coverage } from './coverage.ts';
import { flakes } from './flakes.ts';
import { freshness } from './freshness.ts';
import { imageDigest } from './image-digest.ts';
import { imageSignature } from './image-signature.ts';
import { imageSize } from './image-size.ts';
import { knownIssues } from './known-issues.ts';
import { lineage } from './lineage.ts';
import { nightlies } from './nightlies.ts';
import { packages } from './packages.ts';
import { payload } from './payload.ts';
import { provenance } from './provenance.ts';
import { releaseWindow } from './release-window.ts';
import { retries } from './retries.ts';
import { sbom } from './sbom.ts';
import { scenarios } from './scenarios.ts';
import { setAside } from './set-aside.ts';
import { soak } from './soak.ts';
import { stream } from './stream.ts';
import { userIssues } from './user-issues.ts';

/** Asked once for each architecture, in the order of the agenda. */
export const archRequirements: readonly ((context: ArchContext) => Requirement[])[] = [
  scenarios,
  completeness,
  flakes,
  retries,
  freshness,
  coverage,
  imageDigest,
  imageSignature,
  imageSize,
  packages,
  payload,
  sbom,
  provenance,
  nightlies,
];

/** Asked once for the release. */
export const releaseRequirements: readonly ((context: ReleaseContext) => Requirement[])[] = [
  stream,
  lineage,
  soak,
  adoption,
  knownIssues,
  userIssues,
  setAside,
  releaseWindow,
];
