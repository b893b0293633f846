import { ScenarioError } from '../../core/errors.ts';
import type { RuleHit } from './hit.ts';
import { LineCutter, type Piece } from './lines.ts';
import type { ConsoleRule, ConsoleRules } from './rules.ts';

export interface WatchOptions {
  /** Ids of rules that the scenario allows to be broken. */
  readonly allow?: readonly string[];
  /** Whether the image has an SELinux policy; default true. */
  readonly selinux?: boolean;
  /** Flatcar major version of the image; unknown = the newest. */
  readonly major?: number | undefined;
}

/** Hits reported of one rule, excused and counting ones apart: a machine in a loop of warnings must not fill the event log. */
const maxHitsOfRule = 20;
const excerptLines = 20;

/** `Nov 20 18:19:34.123456 host identifier[pid]: …`, the journal's short formats and syslog files. */
const journalLine = /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)? \S+ ([^:[]+)(?:\[\d+\])?: /;
const continuation = /^\s/;

interface ActiveRule {
  readonly rule: ConsoleRule;
  readonly allowed: boolean;
  /** For rules with `repeat`: how often the pattern came, by what it captured. */
  readonly counts: Map<string, number>;
  readonly reported: { counting: number; excused: number };
}

const capture = (match: RegExpExecArray): string | undefined =>
  match.slice(1).find(group => group !== undefined);

const describe = (rule: ConsoleRule, match: RegExpExecArray): string => {
  const captured = capture(match)?.trim() ?? '';
  return captured === '' ? rule.description : `${rule.description} (${captured.slice(0, 200)})`;
};

/** Applies the rules to a log while it grows. Text goes in, hits come out; it keeps a few lines, never the log. */
export class LogWatcher {
  readonly #active: readonly ActiveRule[];
  readonly #quotations: ConsoleRules['quotations'];
  readonly #cutter = new LineCutter();
  readonly #recent: string[] = [];
  /** Rules that hit the unfinished line already. */
  readonly #pendingHits = new Set<string>();
  #speaker: string | undefined;

  constructor(rules: ConsoleRules, options: WatchOptions = {}) {
    const allow = new Set(options.allow);
    const known = new Set(rules.rules.map(rule => rule.id));
    for (const id of allow)
      if (!known.has(id))
        throw new ScenarioError(
          'unknown-console-rule',
          `the scenario allows console rule "${id}", which does not exist`,
          {
            hint: `known: ${[...known].join(', ')}`,
          },
        );
    const applies = (rule: ConsoleRule): boolean =>
      (rule.only_with !== 'selinux' || options.selinux !== false) &&
      (rule.from === undefined || options.major === undefined || options.major >= rule.from);
    this.#quotations = rules.quotations;
    this.#active = rules.rules.filter(applies).map(rule => ({
      rule,
      allowed: [rule.id, ...(rule.silenced_by ?? [])].some(id => allow.has(id)),
      counts: new Map(),
      reported: { counting: 0, excused: 0 },
    }));
  }

  /** Takes the next part of the log, cut anywhere between two characters. */
  feed(chunk: string): RuleHit[] {
    return this.#cutter.feed(chunk).flatMap(piece => this.#judge(piece, true));
  }

  /** To be called when nothing came for a moment: looks at the unfinished last line, which may be a prompt. */
  idle(): RuleHit[] {
    const pending = this.#cutter.pending;
    return pending === undefined ? [] : this.#judge(pending, false);
  }

  /** The log is over. */
  end(): RuleHit[] {
    return this.#cutter.end().flatMap(piece => this.#judge(piece, true));
  }

  #judge(piece: Piece, complete: boolean): RuleHit[] {
    const hits: RuleHit[] = [];
    for (const active of this.#active) {
      if (active.rule.repeat !== undefined && !complete) continue;
      const match = active.rule.pattern.exec(piece.text);
      this.#resetCounts(active, piece.text);
      if (match === null || !this.#repeated(active, match) || this.#pendingHits.has(active.rule.id)) continue;
      const hit = this.#hit(active, match, piece);
      if (active.reported[hit.excused === undefined ? 'counting' : 'excused']++ < maxHitsOfRule)
        hits.push(hit);
      if (!complete) this.#pendingHits.add(active.rule.id);
    }
    if (complete) this.#remember(piece.text);
    return hits;
  }

  #hit(active: ActiveRule, match: RegExpExecArray, piece: Piece): RuleHit {
    const excused = this.#excuse(active, piece.text);
    return {
      rule: active.rule.id,
      description: describe(active.rule, match),
      severity: active.rule.severity,
      line: piece.line,
      text: piece.text,
      ...(excused === undefined ? {} : { excused }),
      excerpt: [...this.#recent, piece.text],
    };
  }

  #excuse({ rule, allowed }: ActiveRule, text: string): string | undefined {
    if (allowed) return 'allowed by the scenario';
    if (rule.ignore?.test(text)) return 'benign: matches the ignore pattern of the rule';
    const quotation = this.#quotations.find(({ pattern }) => pattern.test(text));
    if (quotation !== undefined) return `a quotation: ${quotation.id}`;
    const speaker = journalLine.exec(text)?.[1] ?? (continuation.test(text) ? this.#speaker : undefined);
    if (speaker !== undefined && rule.speakers !== undefined && !rule.speakers.includes(speaker))
      return `said by ${speaker}, not by ${rule.speakers.join(' or ')}`;
    return undefined;
  }

  #repeated({ rule, counts }: ActiveRule, match: RegExpExecArray): boolean {
    if (rule.repeat === undefined) return true;
    const key = capture(match) ?? '';
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count % rule.repeat.times);
    return count === rule.repeat.times;
  }

  #resetCounts({ rule, counts }: ActiveRule, text: string): void {
    if (counts.size > 0 && rule.repeat?.unless.test(text)) counts.clear();
  }

  #remember(text: string): void {
    this.#pendingHits.clear();
    this.#recent.push(text);
    if (this.#recent.length > excerptLines) this.#recent.shift();
    // The lines that continue a message are indented and have no speaker of their own.
    if (!continuation.test(text)) this.#speaker = journalLine.exec(text)?.[1];
  }
}
