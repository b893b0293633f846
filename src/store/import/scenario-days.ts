import { sql, type Transaction } from 'kysely';
import type { Database } from '../schema.ts';

type Day = Database['scenario_days'];
type Counted = Pick<Database['results'], 'scenario' | 'outcome' | 'took' | 'decided_at'>;

const dayLength = 86_400_000;
const unstable: ReadonlySet<string> = new Set(['failed', 'flaky', 'timedout']);
const none = { results: 0, passed: 0, unstable: 0, took: 0, last_at: 0 };
/** Rows of one statement. */
const together = 50;

/** What an import adds to the days' counts, and takes from them when it replaces a run's beginning. */
export class ScenarioDays {
  readonly #days = new Map<string, Day>();

  add(results: readonly Counted[], embargoed: number): void {
    for (const result of results) this.#count(result, embargoed, 1);
  }

  remove(results: readonly Counted[], embargoed: number): void {
    for (const result of results) this.#count(result, embargoed, -1);
  }

  #count(result: Counted, embargoed: number, sign: 1 | -1): void {
    const day = Math.floor(result.decided_at / dayLength);
    const key = `${day} ${embargoed} ${result.scenario}`;
    const { scenario } = result;
    const row = this.#days.get(key) ?? { ...none, day, scenario, embargoed };
    row.results += sign;
    row.passed += result.outcome === 'passed' ? sign : 0;
    row.unstable += unstable.has(result.outcome) ? sign : 0;
    row.took += sign * result.took;
    row.last_at = Math.max(row.last_at, result.decided_at);
    this.#days.set(key, row);
  }

  /** The last step of a transaction, in the order of the keys: importers then wait for each other and never in a circle. */
  async write(trx: Transaction<Database>): Promise<void> {
    const rows = [...this.#days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
    for (let start = 0; start < rows.length; start += together) {
      await trx
        .insertInto('scenario_days')
        .values(rows.slice(start, start + together))
        .onConflict(conflict =>
          conflict.columns(['day', 'scenario', 'embargoed']).doUpdateSet(eb => ({
            results: eb('scenario_days.results', '+', eb.ref('excluded.results')),
            passed: eb('scenario_days.passed', '+', eb.ref('excluded.passed')),
            unstable: eb('scenario_days.unstable', '+', eb.ref('excluded.unstable')),
            took: eb('scenario_days.took', '+', eb.ref('excluded.took')),
            last_at: sql<number>`case when excluded.last_at > scenario_days.last_at then excluded.last_at else scenario_days.last_at end`,
          })),
        )
        .execute();
    }
  }
}
