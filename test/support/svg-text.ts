import { readFileSync } from 'node:fs';
import { chartAssets } from '../../src/charts/drawing/assets.ts';
import { readFontWidths } from '../../src/charts/drawing/font-widths.ts';
import { packagePath } from '../../src/core/package-path.ts';

/** A line of text and the room that it takes, in pixels. */
export interface TextBox {
  readonly text: string;
  readonly fontSize: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const measure = readFontWidths(readFileSync(packagePath('node_modules', chartAssets['roboto.ttf'])));
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" };

/** The texts of a chart's SVG. */
export function textBoxes(svg: string): TextBox[] {
  return [...svg.matchAll(/<text ([^>]*)>([^<]*)<\/text>/g)].map(([, attributes = '', content = '']) => {
    const text = content.replace(/&(#?\w+);/g, (_, name: string) => entities[name] ?? '?');
    const number = (pattern: RegExp) => Number(pattern.exec(attributes)?.[1] ?? 0);
    const fontSize = number(/font-size:([\d.]+)px/);
    const width = measure(text, fontSize);
    const anchor = /text-anchor="(\w+)"/.exec(attributes)?.[1];
    const x = number(/ x="([-\d.]+)"/) + number(/translate\(([-\d.]+)/);
    const left = x - (anchor === 'end' ? width : anchor === 'middle' ? width / 2 : 0);
    // `dominant-baseline="central"`: the place is the middle of the line.
    const y = number(/ y="([-\d.]+)"/) + number(/translate\([-\d.]+ ([-\d.]+)/);
    return { text, fontSize, left, right: left + width, top: y - fontSize / 2, bottom: y + fontSize / 2 };
  });
}
