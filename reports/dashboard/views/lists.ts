import { duration } from '../../printable.ts';
import { address } from '../addresses.ts';
import { empty, filterBox, fresh, type Page } from '../layout.ts';
import { clean, html } from '../markup.ts';
import type { Frame, RunsModel, ScenariosModel } from '../model.ts';
import { badges, state, time } from '../words.ts';

/** Newest runs. */
export const runsPage = (frame: Frame, model: RunsModel): Page => ({
  title: 'Runs',
  section: address.runs,
  body: html`<h1>Runs <span class="quiet">newest ${model.runs.length}</span></h1>
${
  model.runs.length === 0
    ? empty('Nothing was imported yet.')
    : html`${filterBox('runs', 'Filter runs')}<div class="card scroll"><table class="stack" id="runs"><thead><tr><th>Run</th><th>Started</th><th>Targets</th><th>State</th><th>Said</th></tr></thead><tbody>${model.runs.map(
        run => html`<tr data-row><th scope="row"><a href="${frame.root}${address.run(run.run)}">${clean(run.run, 30)}</a> ${badges(run.marks)}${run.format === 'kola' ? '' : html` <span class="badge plain">${clean(run.format)}</span>`}</th>
<td class="nowrap">${time(run.startedAt)}</td><td class="text">${run.targets
          .slice(0, 4)
          .map(one => clean(one))
          .join(', ')}${run.targets.length > 4 ? ` and ${run.targets.length - 4} more` : ''}</td>
<td class="nowrap">${run.ended ? html`<span class="quiet">ended</span>` : html`${state('running')} <span class="quiet">last word ${fresh(run.lastAt, frame)} ago</span>`}</td><td class="text">${clean(run.verdict ?? '')}</td></tr>`,
      )}</tbody></table></div>`
}`,
});

/** Every scenario with results lately. */
export const scenariosPage = (frame: Frame, model: ScenariosModel): Page => ({
  title: 'Scenarios',
  section: address.scenarios,
  body: html`<h1>Scenarios <span class="quiet">last ${model.days} days</span></h1>
${
  model.rows.length === 0
    ? empty('No result is that young.')
    : html`${filterBox('scenarios', 'Filter scenarios')}<div class="card scroll"><table class="stack" id="scenarios"><thead><tr><th>Scenario</th><th class="number">Results</th><th class="number">Passed</th><th class="number">Failed or flaky</th><th class="number">Mean time</th><th class="number">Last</th></tr></thead><tbody>${model.rows.map(
        row =>
          html`<tr data-row><th scope="row"><a href="${frame.root}${address.scenario(row.scenario)}">${clean(row.scenario)}</a></th><td class="number" data-label="results">${row.results}</td><td class="number" data-label="passed">${Math.floor((100 * row.passed) / Math.max(1, row.results))} %</td><td class="number" data-label="failed or flaky">${row.unstable === 0 ? html`<span class="quiet">0</span>` : html`<b class="doubtful">${row.unstable}</b>`}</td><td class="number" data-label="mean time">${duration(row.mean)}</td><td class="number">${fresh(row.lastAt, frame)}</td></tr>`,
      )}</tbody></table></div>`
}`,
});
