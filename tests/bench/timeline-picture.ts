import { RunFold } from '../../reports/fold-run.ts';
import { timeline } from '../../reports/html/timeline.ts';
import type { RunEvent } from '../../src/core/event.ts';

/** The colours of the HTML report in the light, as a picture on its own has no page around it. */
const style = `
svg { font: 11px 'DejaVu Sans Mono', Menlo, Consolas, monospace; background: #ffffff; }
rect.creating, rect.cleaning { fill: #5d6570; opacity: .55; }
rect.booting { fill: url(#hatch); stroke: #e2e3e0; stroke-width: .5; }
.hatch-ground { fill: #f0f0ed; } .hatch-line { fill: #5d6570; opacity: .45; }
rect.testing.good { fill: #e3f2e8; stroke: #1b7a48; }
rect.testing.bad { fill: #fbe7e4; stroke: #bb2d24; }
rect.testing.doubtful { fill: #fbf0d4; stroke: #8a5c00; }
text { fill: #20242a; } text.tick { fill: #5d6570; } line.tick { stroke: #e2e3e0; }`;

/** The timeline of the HTML report as an SVG file of its own. */
export const timelinePicture = (events: readonly RunEvent[]): string => {
  const fold = new RunFold();
  for (const event of events) fold.event(event);
  const svg = timeline(fold.model()).replace(/<\/svg>.*$/s, '</svg>');
  return svg
    .replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ')
    .replace('>', `><style>${style}</style>`);
};
