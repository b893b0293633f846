import { address, releasePages, rootOf, unslug } from '../../reports/dashboard/addresses.ts';
import { clientScript, themeScript } from '../../reports/dashboard/client.ts';
import { type Page, renderPage } from '../../reports/dashboard/layout.ts';
import type { BoardModel, Frame, Marks } from '../../reports/dashboard/model.ts';
import { icon, style } from '../../reports/dashboard/style.ts';
import { boardPage } from '../../reports/dashboard/views/board.ts';
import { comparePage } from '../../reports/dashboard/views/compare.ts';
import { coveragePage } from '../../reports/dashboard/views/coverage.ts';
import { decisionPage } from '../../reports/dashboard/views/decision.ts';
import { failuresPage } from '../../reports/dashboard/views/failures.ts';
import { flakesPage } from '../../reports/dashboard/views/flakes.ts';
import { runsPage, scenariosPage } from '../../reports/dashboard/views/lists.ts';
import { placePage } from '../../reports/dashboard/views/place.ts';
import { releasePage } from '../../reports/dashboard/views/release.ts';
import { runPage } from '../../reports/dashboard/views/run.ts';
import { scenarioPage } from '../../reports/dashboard/views/scenario.ts';
import { soakPage } from '../../reports/dashboard/views/soak.ts';
import { waiversPage } from '../../reports/dashboard/views/waivers.ts';
import { loadBoard } from './load/board.ts';
import { loadCoverage } from './load/coverage.ts';
import { loadDecision } from './load/decision.ts';
import { marksOf, type ReleaseState, releaseState } from './load/release-state.ts';
import { loadCompare, loadFailures, loadPlace, loadRelease, loadSoak } from './load/release-views.ts';
import { loadRun, loadRuns } from './load/run.ts';
import { loadFlakes, loadScenario, loadScenarios } from './load/scenario.ts';
import { loadWaivers } from './load/waivers.ts';
import type { Moment } from './site.ts';

/** How pages are handed out. */
export type Setting = Pick<Frame, 'live' | 'access'>;

const none: Marks = { synthetic: false, reference: false };
const anyOf = (all: readonly Marks[]): Marks => ({
  synthetic: all.some(one => one.synthetic),
  reference: all.some(one => one.reference),
  embargoed: all.some(one => one.embargoed ?? false),
});

type Draw = (frame: (marks: Marks) => Frame) => Page;

/** The document at an address; undefined = there is none. */
export const pageAt = async (moment: Moment, path: string, setting: Setting): Promise<string | undefined> => {
  const draw = await prepare(moment, path);
  if (draw === undefined) return undefined;
  const base = { root: rootOf(path), at: moment.at, ...setting };
  let used: Frame = { ...base, marks: none };
  const page = draw(marks => {
    used = { ...base, marks };
    return used;
  });
  return renderPage(used, page);
};

/** The board of a moment, made once. */
export const boardOf = (moment: Moment): Promise<BoardModel> => moment.memo('board', () => loadBoard(moment));

const prepare = async (moment: Moment, path: string): Promise<Draw | undefined> => {
  const [kind, ...parts] = path.replace(/\.html$/, '').split('/');
  if (!path.endsWith('.html') || kind === undefined) return undefined;
  if (parts.length === 0) return section(moment, path);
  const names = parts.map(unslug).filter(name => name !== undefined);
  if (names.length !== parts.length) return undefined;
  const [first = '', second = '', ...rest] = names;
  if (kind === 'release' && rest.length > 0) return release(moment, first, second, rest);
  if (parts.length !== 1) return undefined;
  if (kind === 'scenario') return scenario(moment, first);
  return kind === 'run' ? run(moment, first) : undefined;
};

const section = async (moment: Moment, path: string): Promise<Draw | undefined> => {
  switch (path) {
    case address.board: {
      const model = await boardOf(moment);
      const marks = anyOf([...model.candidates, ...model.tested].map(one => one.marks));
      return frame => boardPage(frame(marks), model);
    }
    case address.scenarios: {
      const model = await moment.memo('scenarios', () => loadScenarios(moment));
      return frame => scenariosPage(frame(none), model);
    }
    case address.flakes: {
      const model = await moment.memo('flakes', () => loadFlakes(moment));
      return frame => flakesPage(frame(none), model);
    }
    case address.waivers: {
      const model = await loadWaivers(moment);
      return frame => waiversPage(frame(none), model);
    }
    case address.runs: {
      const model = await loadRuns(moment);
      return frame => runsPage(frame(anyOf(model.runs.map(one => one.marks))), model);
    }
    default:
      return undefined;
  }
};

const release = async (
  moment: Moment,
  channel: string,
  version: string,
  rest: readonly string[],
): Promise<Draw | undefined> => {
  const [page = '', platform = '', arch = ''] = rest;
  const state = await releaseState(moment, channel, version);
  if (state.input.targets.length === 0 && state.input.release === undefined) return undefined;
  const marks = marksOf(state.counted);
  if (page === 'on' && rest.length === 3) {
    const model = loadPlace(state, platform, arch);
    return model && (frame => placePage(frame(marks), model));
  }
  const known = releasePages.find(one => one === page);
  return known === undefined || rest.length !== 1 ? undefined : releaseView(moment, state, known, marks);
};

const releaseView = async (
  moment: Moment,
  state: ReleaseState,
  page: (typeof releasePages)[number],
  marks: Marks,
): Promise<Draw> => {
  switch (page) {
    case 'index': {
      const model = await loadRelease(moment, state);
      return frame => releasePage(frame(marks), model);
    }
    case 'failures': {
      const model = await loadFailures(moment, state);
      return frame => failuresPage(frame(marks), model);
    }
    case 'compare': {
      const model = await loadCompare(moment, state);
      return frame => comparePage(frame(anyOf([marks, marksOf(state.before)])), model);
    }
    case 'coverage': {
      const model = await loadCoverage(moment, state);
      return frame => coveragePage(frame(marks), model);
    }
    case 'soak': {
      const model = loadSoak(state);
      return frame => soakPage(frame(marks), model);
    }
    case 'decision': {
      const model = await loadDecision(moment, state);
      return frame => decisionPage(frame(marks), model);
    }
  }
};

const scenario = async (moment: Moment, name: string): Promise<Draw | undefined> => {
  const model = await loadScenario(moment, name);
  if (model.results.length === 0) return undefined;
  return frame => scenarioPage(frame(anyOf(model.results.map(one => one.marks))), model);
};

const run = async (moment: Moment, id: string): Promise<Draw | undefined> => {
  const model = await loadRun(moment, id);
  return model && (frame => runPage(frame(model.marks), model));
};

interface Asset {
  readonly type: string;
  readonly text: string;
}

/** Files that pages refer to. */
export const assets: Readonly<Record<string, Asset>> = {
  'assets/dashboard.css': { type: 'text/css; charset=utf-8', text: style },
  'assets/dashboard.js': { type: 'text/javascript; charset=utf-8', text: clientScript },
  'assets/theme.js': { type: 'text/javascript; charset=utf-8', text: themeScript },
  'assets/icon.svg': { type: 'image/svg+xml', text: icon },
};
